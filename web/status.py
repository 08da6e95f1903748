"""How the site is, and what its interface looks like: for monitors and for programmers."""

import json
import logging
from collections import Counter
from typing import Any

from flask import Blueprint, Response, jsonify, request

from assistant.model import AssistantError
from index.model import IndexNotReady
from web.openapi import description
from web.site import assistant

LONGEST_REPORT = 16_384
DIRECTIVES = frozenset(
    "default-src script-src script-src-elem script-src-attr style-src style-src-elem style-src-attr img-src font-src "
    "connect-src media-src object-src frame-src child-src worker-src manifest-src base-uri form-action "
    "frame-ancestors require-trusted-types-for trusted-types".split()
)

log = logging.getLogger(__name__)
status = Blueprint("status", __name__)


@status.get("/healthz")
def healthz() -> Response:
    """The process answers. Says nothing of what it needs."""
    return jsonify(status="ok")


@status.get("/readyz")
def readyz() -> tuple[Response, int]:
    try:
        parts = assistant().ready()
    except (AssistantError, IndexNotReady) as error:
        parts = {"assistant": str(error)}
    except Exception as error:
        parts = {"assistant": f"{type(error).__name__}: could not be opened"}
    return jsonify(parts), 200 if all(state == "ok" for state in parts.values()) else 503


@status.get("/openapi.json")
def openapi() -> Response:
    return jsonify(description())


@status.post("/csp-reports")
def csp_reports() -> tuple[str, int]:
    """Browsers tell what our content policy stopped. A report may hold what a visitor saw, so only counts are kept."""
    body = request.stream.read(LONGEST_REPORT + 1)
    for directive, count in blocked(body[:LONGEST_REPORT]).items():
        log.warning("the content policy stopped %s %d times", directive, count)
    return "", 204


def blocked(body: bytes) -> Counter[str]:
    """How often which directive of the policy was at work, from either kind of report; other words are "other"."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return Counter()
    reports = [item.get("body") for item in told if isinstance(item, dict)] if isinstance(told, list) else []
    if isinstance(told, dict):
        reports = [told.get("csp-report")]
    return Counter(_directive(report) for report in reports if isinstance(report, dict))


def _directive(report: dict[str, Any]) -> str:
    named = report.get("effectiveDirective") or report.get("effective-directive")
    return named if isinstance(named, str) and named in DIRECTIVES else "other"
