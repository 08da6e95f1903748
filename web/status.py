"""How the site is, and what its interface looks like: for monitors and for programmers."""

from flask import Blueprint, Response, jsonify

from assistant.model import AssistantError
from index.model import IndexNotReady
from web.openapi import description
from web.site import assistant

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
