"""The inbox of callback requests, as it lies in the database."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from assistant.database import Database
from assistant.handoff import NEXT_STATES, WAITING
from assistant.model import AssistantError, Callback, Conflict, Handoff, HandoffState
from assistant.outbox import post
from assistant.tables import handoffs


class ReferenceTaken(AssistantError):
    """The reference number belongs to another request. Draw another."""


class RequestConflict(Conflict):
    """The visitor used the id of the request before, with other words in it."""


class Outdated(Conflict):
    """Somebody else changed the request since it was looked at."""


class Inbox:
    """Safe for threads; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, handoff: Handoff, request: str, addresses: Sequence[str] = ()) -> Handoff:
        """Keep a callback request together with a notice to each of `addresses`.

        The same `request` of the same visitor again gives the handoff it made the first time, and makes
        nothing. Raises RequestConflict when it asks for another call, ReferenceTaken for a number in use.
        """
        callback = handoff.callback
        key = _key(handoff.conversation, request)
        values = {
            "id": handoff.id,
            "request": key,
            "conversation": handoff.conversation,
            "created": handoff.created,
            "name": callback.name,
            "phone": callback.phone,
            "best_time": callback.best_time,
            "consent": callback.consent,
            "state": handoff.state,
        }
        try:
            with self._database.writing() as connection:
                connection.execute(insert(handoffs).values(values))
                post(connection, handoff.id, "new", addresses, handoff.created)
            return handoff
        except IntegrityError:
            known = self._made_by(key)
        if known is None:
            raise ReferenceTaken(f"{handoff.id} belongs to another request. Draw another number.")
        if known.callback.phone != callback.phone:
            raise RequestConflict("This request id was used for another number. Send a new id.")
        return known

    def handoffs(self, states: Sequence[HandoffState] = ()) -> tuple[Handoff, ...]:
        """Callback requests, longest waiting first; all states when none is named."""
        query = select(handoffs).order_by(handoffs.c.created, handoffs.c.id)
        if states:
            query = query.where(handoffs.c.state.in_(states))
        with self._database.reading() as connection:
            return tuple(_handoff(row) for row in connection.execute(query))

    def get(self, reference: str) -> Handoff:
        """The request of that reference number, however it is spelt. Raises AssistantError for none."""
        wanted = spelt(reference)
        with self._database.reading() as connection:
            row = connection.execute(select(handoffs).where(handoffs.c.id == wanted)).first()
        if row is None:
            raise AssistantError(
                f"There is no callback request {reference}. See all with: assistant handoff list --all"
            )
        return _handoff(row)

    def take(self, reference: str, version: int, who: str, now: datetime) -> Handoff:
        """Have `who` make the call. Of two people who try it, the second is told who was first."""
        known = self._current(reference, version)
        if known.state != "new":
            raise Outdated(
                f"{known.id} is {known.state}{f' ({known.assignee})' if known.assignee else ''}. "
                "Take another one, or ask them to hand it back."
            )
        return self._change(known, now, state="in progress", assignee=who)

    def move(
        self, reference: str, version: int, state: HandoffState, now: datetime, note: str | None = None
    ) -> Handoff:
        """Bring the request into another state, with a note if one is given; back to new frees it for others."""
        known = self._current(reference, version)
        if state not in NEXT_STATES[known.state]:
            raise AssistantError(
                f"A request that is {known.state} cannot become {state}. "
                f"It can become {' or '.join(NEXT_STATES[known.state])}."
            )
        changed: dict[str, Any] = {"state": state, "note": known.note if note is None else note}
        return self._change(known, now, **changed, **({"assignee": ""} if state == "new" else {}))

    def note(self, reference: str, version: int, note: str, now: datetime) -> Handoff:
        return self._change(self._current(reference, version), now, note=note)

    def warn(self, reference: str, addresses: Sequence[str], now: datetime) -> bool:
        """Mark that the request waits too long and post a notice of it; False when that was done before."""
        waiting = handoffs.c.state.in_(WAITING) & handoffs.c.overdue.is_(None)
        with self._database.writing() as connection:
            marked = connection.execute(
                update(handoffs).where((handoffs.c.id == reference) & waiting).values(overdue=now)
            )
            if marked.rowcount:
                post(connection, reference, "overdue", addresses, now)
        return bool(marked.rowcount)

    def _current(self, reference: str, version: int) -> Handoff:
        known = self.get(reference)
        if known.version != version:
            raise _outdated(known)
        return known

    def _change(self, known: Handoff, now: datetime, **values: Any) -> Handoff:
        this = (handoffs.c.id == known.id) & (handoffs.c.version == known.version)
        with self._database.writing() as connection:
            changed = connection.execute(
                update(handoffs).where(this).values(version=known.version + 1, changed=now, **values)
            )
        if changed.rowcount == 0:
            raise _outdated(self.get(known.id))
        return self.get(known.id)

    def _made_by(self, request: str) -> Handoff | None:
        with self._database.reading() as connection:
            row = connection.execute(select(handoffs).where(handoffs.c.request == request)).first()
        return None if row is None else _handoff(row)


def _key(conversation: str | None, request: str) -> str:
    """One visitor's request: hashed, so that it says nothing of the visitor once the conversation is erased."""
    return hashlib.sha256(f"{conversation or ''} {request}".encode()).hexdigest()


def spelt(reference: str) -> str:
    """A reference number as it is written, however it was typed."""
    drawn = "".join(letter for letter in reference.upper() if letter.isalnum())
    return f"{drawn[:3]}-{drawn[3:]}"


def _outdated(known: Handoff) -> Outdated:
    by = f" ({known.assignee})" if known.assignee else ""
    return Outdated(f"{known.id} was changed meanwhile: it is {known.state}{by}. Look at it again.")


def _handoff(row: Row[Any]) -> Handoff:
    return Handoff(
        id=row.id,
        callback=Callback(row.name, row.phone, row.best_time, row.consent),
        conversation=row.conversation,
        created=row.created,
        state=row.state,
        assignee=row.assignee,
        note=row.note,
        version=row.version,
        changed=row.changed,
        overdue=row.overdue,
    )
