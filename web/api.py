"""The programming interface: messages (JSON or event stream), call-backs, feedback, one's conversation."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, stream_with_context
from werkzeug.exceptions import (
    BadRequest,
    NotFound,
    RequestEntityTooLarge,
    Unauthorized,
    UnprocessableEntity,
    UnsupportedMediaType,
)

from assistant.model import AssistantError
from web.access import (
    TOKEN_HEADER,
    claimed_conversation,
    opened_conversation,
    visitors,
)
from web.payloads import as_text, clean, cut_off_message, identifier, message, optional_text
from web.site import assistant, settings
from web.streaming import Reply

LARGEST_BODY = 16_384
STREAM = "text/event-stream"

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.after_request
def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store, no-transform"
    return response


@api.post("/messages")
def messages() -> Response:
    asked = message(_message_fields())
    conversation = claimed_conversation()
    token = None
    if conversation is None:
        conversation = opened_conversation(asked.id, asked.text)
        token = visitors().token(conversation)

    if request.accept_mimetypes.best_match(["application/json", STREAM]) == STREAM:
        reply = Reply(assistant(), asked, conversation)
        reply.begin()
        deltas = settings().answers.engine != "extractive"
        frames = reply.frames(settings().clinic.phone, deltas)
        response = Response(stream_with_context(frames), mimetype=STREAM)
        # Without this, nginx holds the whole stream back and delivers it in one piece at the end.
        response.headers["X-Accel-Buffering"] = "no"
    else:
        response = jsonify(assistant().reply(asked.id, asked.text, conversation, asked.page))
    if token:
        response.headers[TOKEN_HEADER] = token
    return response


@api.post("/handoffs")
def handoffs() -> tuple[Response, int]:
    fields = _fields()
    handoff = assistant().call_back(identifier(fields), fields, claimed_conversation())
    return jsonify(reference=handoff.id), 201


@api.post("/feedback")
def feedback() -> tuple[str, int]:
    fields = _fields()
    helpful = fields.get("helpful")
    if not isinstance(helpful, bool):
        raise UnprocessableEntity("'helpful' should be true or false.")
    reason = clean(optional_text(fields, "reason"))[:200]
    try:
        assistant().feedback(identifier(fields), _own_conversation(), helpful, reason)
    except AssistantError as error:
        raise NotFound(str(error)) from None
    return "", 204


@api.get("/conversation")
def conversation() -> Response:
    turns = assistant().transcript(_own_conversation())
    if request.accept_mimetypes.best_match(["application/json", "text/plain"]) == "text/plain":
        response = Response(as_text(settings().clinic.name, turns), mimetype="text/plain")
        response.headers["Content-Disposition"] = 'attachment; filename="conversation.txt"'
        return response
    return jsonify(turns=turns)


@api.delete("/conversation")
def erase() -> tuple[str, int]:
    assistant().erase(_own_conversation())
    return "", 204


def _own_conversation() -> str:
    found = claimed_conversation()
    if found is None:
        raise Unauthorized(f"Send the visitor token of the conversation in {TOKEN_HEADER} or Authorization.")
    return found


def _fields() -> Mapping[str, Any]:
    body = _body()
    if len(body) > LARGEST_BODY:
        raise RequestEntityTooLarge(f"The request is longer than {LARGEST_BODY // 1024} KB. Send less.")
    return _parsed(body)


def _message_fields() -> Mapping[str, Any]:
    """As `_fields`, but the beginning of a text that is too long is read, for what it may need to be told."""
    from assistant.chain import LONGEST_ANSWERED

    body = _body()
    if len(body) <= LARGEST_BODY:
        return _parsed(body)
    fields = cut_off_message(body[:LARGEST_BODY])
    if len(fields.get("text", "")) <= LONGEST_ANSWERED:
        raise RequestEntityTooLarge(
            f"The message is longer than {LARGEST_BODY // 1024} KB. Ask again in fewer words. "
            "In an emergency, call 9-1-1."
        )
    return fields


def _body() -> bytes:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the request as JSON, with Content-Type: application/json.")
    request.max_content_length = None
    return request.stream.read(LARGEST_BODY + 1)


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        fields = current_app.json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest('The body is not JSON. Send an object such as {"id": …, "text": …}.') from None
    if not isinstance(fields, dict):
        raise BadRequest("The body should be one JSON object.")
    return fields
