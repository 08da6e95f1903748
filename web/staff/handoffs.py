"""The inbox: who asked to be called, who calls, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from assistant.exporting import handoffs_csv
from assistant.handoff import NEXT_STATES, WAITING, spell, waited
from assistant.model import AssistantError, Conflict, Handoff, HandoffState
from assistant.outbox import Outbox
from web.payloads import clean
from web.site import assistant
from web.staff.door import console, me, record, staff, went_well
from web.staff.sending import download

LONGEST_NOTE = 1000
MINUTE = timedelta(minutes=1)

SHOWN: Mapping[str, tuple[str, Sequence[HandoffState]]] = {
    "waiting": ("Waiting", WAITING),
    "called": ("Called", ("called",)),
    "closed": ("Closed", ("closed",)),
    "spam": ("Spam", ("spam",)),
}

ACTS: Mapping[HandoffState, str] = {
    "called": "Called",
    "closed": "Close",
    "spam": "Spam",
    "new": "Hand back",
    "in progress": "Call again",
}
"""What the button says that leads to a state."""


@staff.get("/handoffs")
def handoffs() -> str:
    shown = request.args.get("show", "waiting")
    if shown not in SHOWN:
        raise NotFound("There is no such list of callback requests.")
    every = console().inbox.handoffs()
    lists = {key: [item for item in every if item.state in states] for key, (_, states) in SHOWN.items()}
    rows = lists[shown] if shown == "waiting" else lists[shown][::-1]
    return render_template(
        "staff/handoffs.html",
        rows=rows,
        shown=shown,
        counts={key: (label, len(lists[key])) for key, (label, _) in SHOWN.items()},
        waits={item.id: _waits(item) for item in rows},
        untold=sorted({notice.handoff for notice in Outbox(console().database).given_up()}),
    )


@staff.get("/handoffs.csv", endpoint="handoffs_export")
def export() -> Response:
    record("exported callback requests")
    return download("callback-requests.csv", handoffs_csv(console().inbox.handoffs()))


@staff.get("/handoffs/<reference>", endpoint="handoffs_one")
def one(reference: str) -> str:
    item = _found(reference)
    turns = assistant().transcript(item.conversation) if item.conversation else []
    record("opened callback request", item.id)
    return render_template(
        "staff/handoff.html",
        item=item,
        turns=turns,
        waits=_waits(item),
        moves=[(state, ACTS[state]) for state in NEXT_STATES[item.state] if not _is_taking(item, state)],
        longest_note=LONGEST_NOTE,
    )


@staff.post("/handoffs/<reference>/take", endpoint="handoffs_take")
def take(reference: str) -> BaseResponse:
    item = _found(reference)
    try:
        console().inbox.take(item.id, _version(), me().name, console().clock())
    except Conflict as conflict:
        flash(str(conflict), "warning")
    else:
        record("took callback request", item.id)
        went_well(f"{item.id} is yours. Call {item.callback.name} and say here what came of it.")
    return redirect(url_for("staff.handoffs_one", reference=item.id), code=303)


@staff.post("/handoffs/<reference>/move", endpoint="handoffs_move")
def move(reference: str) -> BaseResponse:
    item, state = _found(reference), request.form.get("state", "")
    if state not in ACTS:
        raise BadRequest("There is no such state.")
    note = clean(request.form.get("note"))[:LONGEST_NOTE].strip()
    wanted = cast(HandoffState, state)
    try:
        console().inbox.move(item.id, _version(), wanted, console().clock(), note)
    except (Conflict, AssistantError) as error:
        flash(str(error), "warning")
        return redirect(url_for("staff.handoffs_one", reference=item.id), code=303)
    record(f"set callback request to {state}", item.id)
    went_well(f"{item.id} is {state}.")
    return redirect(url_for("staff.handoffs"), code=303)


@staff.post("/handoffs/<reference>/note", endpoint="handoffs_note")
def note(reference: str) -> BaseResponse:
    item = _found(reference)
    written = clean(request.form.get("note"))[:LONGEST_NOTE].strip()
    try:
        console().inbox.note(item.id, _version(), written, console().clock())
    except Conflict as conflict:
        flash(str(conflict), "warning")
    else:
        record("noted on callback request", item.id)
        went_well("The note is kept.")
    return redirect(url_for("staff.handoffs_one", reference=item.id), code=303)


@staff.app_template_filter("phone")
def phone(number: str) -> str:
    """A number as people here write it: 604-555-0199."""
    return f"{number[2:5]}-{number[5:8]}-{number[8:]}" if number.startswith("+1") else number


def _is_taking(item: Handoff, state: HandoffState) -> bool:
    return item.state == "new" and state == "in progress"


def _found(reference: str) -> Handoff:
    try:
        return console().inbox.get(reference)
    except AssistantError:
        raise NotFound("There is no callback request of that number. It may have been deleted.") from None


def _version() -> int:
    """The version that the form was made for: whoever changed the request since then comes first."""
    try:
        return int(request.form.get("version", ""))
    except ValueError:
        raise BadRequest("The form does not say which version it was made for. Load the page anew.") from None


def _waits(item: Handoff) -> str | None:
    """How much opening time the request has waited, in words; None where no hours are set, or none wait."""
    if item.state not in WAITING:
        return None
    time = waited(assistant().clinic, item.created, console().clock())
    if time is None:
        return None
    return f"waiting {spell(time)} of opening hours" if time >= MINUTE else "no opening time has passed yet"
