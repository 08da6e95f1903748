"""The embed script for other sites' pages, and a page that shows it at work."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request

from assistant.handoff import tel
from assistant.settings import Settings
from web import presenting
from web.site import settings

SCRIPT = Path(__file__).parent / "static" / "widget.min.js"
MORE = SCRIPT.with_name("widget-more.min.js")
"""Built from widget.js, widget-more.js and what they import by .ci/widget; a test builds them again and compares."""

MAX_AGE = 300

embed = Blueprint("embed", __name__, url_prefix="/widget")


@embed.get("/v1.js")
def script() -> Response:
    """The clinic's name, phone and first questions stand in the script: a page that embeds it asks for nothing more.

    With "more" it is what the script fetches at the first question: all that is not needed to ask and to be answered.
    One address for both, as a site's policy may name it to the letter.
    """
    if "more" in request.args:
        return _sent("second embed script", MORE.read_bytes)
    return _sent("embed script", lambda: script_text(settings()).encode())


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
        "more": f"/widget/v1.js?more={hashlib.sha256(MORE.read_bytes()).hexdigest()[:8]}",
    }
    return f"{{const CLINIC={json.dumps(facts, ensure_ascii=False)};{SCRIPT.read_text('utf-8')}}}\n"


def _sent(name: str, text: Callable[[], bytes]) -> Response:
    plain, zipped, etag = _made(name, text)
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


def _made(name: str, text: Callable[[], bytes]) -> tuple[bytes, bytes, str]:
    """(plain, compressed, tag), made once a process."""
    made: tuple[bytes, bytes, str] | None = current_app.extensions.get(name)
    if made is None:
        plain = text()
        zipped = gzip.compress(plain, 9, mtime=0)
        made = current_app.extensions[name] = plain, zipped, hashlib.sha256(plain).hexdigest()[:16]
    return made
