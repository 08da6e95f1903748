"""The embed script for other sites' pages, and a page that shows it at work."""

import gzip
import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request

from assistant.handoff import tel
from assistant.settings import Settings
from web import presenting
from web.site import settings

SCRIPT = Path(__file__).parent / "static" / "widget.min.js"
"""Built from widget.js and what it imports by .ci/widget; a test builds it again and compares."""

MAX_AGE = 300

embed = Blueprint("embed", __name__, url_prefix="/widget")


@embed.get("/v1.js")
def script() -> Response:
    """The clinic's name, phone and first questions stand in the script: a page that embeds it asks for nothing more."""
    plain, zipped, etag = _made()
    response = Response(mimetype="text/javascript")
    response.set_etag(etag)
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"]:
        response.set_data(zipped)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(plain)
    response.make_conditional(request)
    return response


@embed.get("/demo")
def demo() -> str:
    return render_template("demo.html")


def script_text(known: Settings) -> str:
    """The script as it is served: a block of its own around it, so that no name of ours reaches the page."""
    clinic = known.clinic
    facts = {
        "name": clinic.name,
        "phone": clinic.phone,
        "tel": tel(clinic.phone),
        "emergency": known.numbers["emergency"],
        "emergencyTel": presenting.tel(known.numbers["emergency"]),
        "callbackDays": known.privacy.callback_days,
        "starters": known.answers.starters,
    }
    return f"{{const CLINIC={json.dumps(facts, ensure_ascii=False)};{SCRIPT.read_text('utf-8')}}}\n"


def _made() -> tuple[bytes, bytes, str]:
    """(plain, compressed, tag), made once a process."""
    made: tuple[bytes, bytes, str] | None = current_app.extensions.get("embed script")
    if made is None:
        plain = script_text(settings()).encode()
        zipped = gzip.compress(plain, 9, mtime=0)
        made = current_app.extensions["embed script"] = plain, zipped, hashlib.sha256(plain).hexdigest()[:16]
    return made
