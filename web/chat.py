"""The visitor's page. Without script every button is a form, and a signed field carries the conversation."""

import uuid
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from assistant.handoff import tel
from assistant.model import AssistantError
from corpus.bibliography import citation
from web import presenting
from web.access import conversation, opened_conversation, visitors
from web.payloads import as_text, clean, identifier, message
from web.site import assistant, settings

chat = Blueprint("chat", __name__)

for _shown in (presenting.calls, presenting.marked, presenting.quotes, presenting.paragraphs):
    chat.app_template_global()(_shown)
chat.app_template_filter("sort_of_evidence")(presenting.sort_of_evidence)
chat.app_template_filter("safe_link")(presenting.safe_link)
chat.app_template_filter("spelled")(presenting.spelled)
chat.app_template_filter("unbroken")(presenting.unbroken)
chat.app_template_filter("printed")(citation)


@chat.app_context_processor
def _everywhere() -> dict[str, Any]:
    known = settings()
    clinic = known.clinic
    return {
        "clinic": clinic,
        "clinic_tel": tel(clinic.phone),
        "emergency": known.numbers["emergency"],
        "emergency_tel": presenting.tel(known.numbers["emergency"]),
        "privacy": known.privacy,
    }


@chat.after_request
def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@chat.get("/")
def start() -> BaseResponse:
    return redirect(url_for("chat.page"), code=302)


@chat.get("/chat")
def page() -> str:
    return _page(None)


@chat.post("/chat")
def ask() -> str:
    asked = message(request.form)
    mine = conversation() or opened_conversation(asked.id, asked.text)
    assistant().reply(asked.id, asked.text, mine, request.base_url)
    return _page(mine)


@chat.post("/chat/call-back")
def call_back() -> tuple[str, int]:
    mine = conversation()
    fields = {**request.form, "consent": request.form.get("consent") == "yes"}
    try:
        handoff = assistant().call_back(identifier(request.form), fields, mine)
    except AssistantError as error:
        return _page(mine, call_back={"error": str(error), "fields": fields}), 422
    return _page(mine, call_back={"reference": handoff.id}), 201


@chat.post("/chat/feedback")
def feedback() -> str:
    mine = conversation()
    verdict = request.form.get("helpful")
    if mine is None or verdict not in ("yes", "no"):
        raise BadRequest("That feedback did not belong to a conversation. Please go back to the chat page.")
    reason = clean(request.form.get("reason"))[:200]
    assistant().feedback(identifier(request.form), mine, verdict == "yes", reason)
    return _page(mine, notice="Thank you. Your feedback helps the clinic mend its articles.")


@chat.post("/chat/download")
def download() -> Response:
    mine = conversation()
    turns = assistant().transcript(mine) if mine else []
    response = Response(as_text(settings().clinic.name, turns), mimetype="text/plain")
    response.headers["Content-Disposition"] = 'attachment; filename="conversation.txt"'
    return response


@chat.post("/chat/delete")
def delete() -> str:
    if mine := conversation():
        assistant().erase(mine)
    return _page(None, notice="Your conversation was deleted.")


def _page(mine: str | None, **happened: Any) -> str:
    desk = assistant()
    open_now, hours = desk.opening()
    return render_template(
        "chat.html",
        turns=desk.transcript(mine) if mine else [],
        token=visitors().token(mine) if mine else "",
        fresh_id=lambda: str(uuid.uuid4()),
        open_now=open_now,
        hours=hours,
        starters=desk.starters(),
        headings=presenting.HEADINGS,
        offers=presenting.OFFERS,
        other_offer=presenting.OTHER_OFFER,
        reasons=presenting.REASONS,
        **happened,
    )
