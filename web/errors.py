"""What went wrong, told as a problem document to programs and as a page that offers the phone to people."""

import logging
from collections.abc import Callable

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_limiter.errors import RateLimitExceeded
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from assistant.model import AssistantError, Conflict
from index.model import IndexNotReady
from web.payloads import problem

log = logging.getLogger(__name__)

PLAINER = {
    400: "The request could not be understood. Please go back and try again.",
    404: "There is nothing at this address. It may have been moved or withdrawn.",
    405: "This address cannot be used that way.",
    413: "That is more than can be sent at once. Please send less. In an emergency, call 9-1-1.",
}
"""Said instead of what the library says, where a view has not said it better."""


def tell_errors(app: Flask, too_fast: Callable[[RateLimitExceeded], HTTPException]) -> None:
    from assistant.store import Busy

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return told(too_fast(error) if isinstance(error, RateLimitExceeded) else error)

    @app.errorhandler(Conflict)
    def _conflict(error: Conflict) -> Response:
        return told_as(409, "Conflict", str(error))

    @app.errorhandler(Busy)
    def _busy(error: Busy) -> Response:
        # Not 409: the very same request is right in a moment, and 4xx is never tried again.
        response = told_as(503, "Service Unavailable", str(error))
        response.headers["Retry-After"] = "1"
        return response

    @app.errorhandler(AssistantError)
    def _mendable(error: AssistantError) -> Response:
        return told_as(422, "Unprocessable Content", str(error))

    @app.errorhandler(IndexNotReady)
    def _not_ready(error: IndexNotReady) -> Response:
        log.error("nothing can be answered: %s", error)
        return told(
            ServiceUnavailable("I cannot look anything up right now. Please try again in a few minutes.")
        )

    @app.errorhandler(Exception)
    def _fault(error: Exception) -> Response:
        log.exception("a request failed", exc_info=error)
        return told(InternalServerError("Something went wrong on our side. Please try again in a moment."))


def told(error: HTTPException) -> Response:
    status = error.code or 500
    unsaid = error.description in (None, type(error).description)
    detail = PLAINER.get(status) if unsaid else None
    response = told_as(status, error.name, detail or error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() in ("retry-after", "allow"):
            response.headers[name] = value
    return response


def told_as(status: int, title: str, detail: str) -> Response:
    if _for_a_program():
        response = jsonify(problem(status, title, detail))
        response.mimetype = "application/problem+json"
    else:
        response = make_response(render_template("error.html", status=status, title=title, detail=detail))
    response.status_code = status
    return response


def _for_a_program() -> bool:
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"
