"""What is remembered: conversations, callback requests and feedback. The only module that speaks to the database."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, create_engine, delete, event, insert, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from assistant.model import AssistantError, Callback, Handoff, HandoffState, Turn
from assistant.tables import SCHEMA_VERSION, about, feedback, handoffs, messages, metadata

ABANDONED = timedelta(seconds=30)
"""A message whose reply is not there after this long was being answered by a process that is gone."""

TURNS_REMEMBERED = 12


class MessageConflict(AssistantError):
    """The id was used before for another text."""


class Busy(AssistantError):
    """The same message is being answered right now by another request."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message id that is ours to answer (`reply` is None), or that was answered before."""

    reply: Mapping[str, Any] | None = None


class Store:
    """Safe for threads; every method is one transaction."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._prepare()

    def close(self) -> None:
        self._engine.dispose()

    def ping(self) -> None:
        with self._engine.connect() as connection:
            connection.execute(select(about.c.schema_version))

    # conversations

    def claim(self, conversation: str, id: str, text: str, page: str, now: datetime) -> Claim:
        """Take the message for answering, or get the reply it was given before.

        The claim is in the database before anything is said, so that a retry, or a second process, never
        makes a second answer. Raises MessageConflict when `id` was used for another text, and Busy while
        another request is answering it.
        """
        row = {"conversation": conversation, "id": id, "asked": now, "text": text, "page": page}
        this = (messages.c.conversation == conversation) & (messages.c.id == id)
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(messages).values(row))
            return Claim()
        except IntegrityError:
            with self._engine.begin() as connection:
                known = connection.execute(select(messages).where(this)).one()
                if known.text != text:
                    raise MessageConflict(
                        "This message id was used for another text. Send a new id."
                    ) from None
                if known.reply is not None:
                    return Claim(known.reply)
                taken_over = connection.execute(
                    update(messages)
                    .where(this & messages.c.kind.is_(None) & (messages.c.asked < now - ABANDONED))
                    .values(asked=now)
                )
                if taken_over.rowcount == 0:
                    raise Busy("This message is being answered. Wait a moment and send it again.") from None
            return Claim()

    def settle(self, conversation: str, id: str, reply: Mapping[str, Any]) -> None:
        """Keep the reply of a claimed message."""
        with self._engine.begin() as connection:
            connection.execute(
                update(messages)
                .where((messages.c.conversation == conversation) & (messages.c.id == id))
                .values(kind=reply["kind"], reason=reply["reason"], reply=dict(reply))
            )

    def release(self, conversation: str, id: str) -> None:
        """Give up a claim that led to no reply, so that a retry can take it at once."""
        unanswered = messages.c.kind.is_(None)
        with self._engine.begin() as connection:
            connection.execute(
                delete(messages).where(
                    (messages.c.conversation == conversation) & (messages.c.id == id) & unanswered
                )
            )

    def recent(self, id: str, text: str, since: datetime) -> tuple[str, Mapping[str, Any]] | None:
        """(conversation, reply) of an answered message with this id and text that was asked after `since`."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(messages.c.conversation, messages.c.reply).where(
                    (messages.c.id == id)
                    & (messages.c.text == text)
                    & (messages.c.asked >= since)
                    & messages.c.kind.is_not(None)
                )
            ).first()
        return None if row is None else (row.conversation, row.reply)

    def turns(self, conversation: str) -> tuple[Turn, ...]:
        """The last answered exchanges, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(messages.c.text, messages.c.reply)
                .where((messages.c.conversation == conversation) & messages.c.kind.is_not(None))
                .order_by(messages.c.number.desc())
                .limit(TURNS_REMEMBERED)
            ).all()
        return tuple(_turn(row.text, row.reply) for row in reversed(rows))

    def transcript(self, conversation: str) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(messages)
                .where((messages.c.conversation == conversation) & messages.c.kind.is_not(None))
                .order_by(messages.c.number)
            ).all()
        return [
            {"id": row.id, "text": row.text, "asked": row.asked.isoformat(), "reply": row.reply}
            for row in rows
        ]

    def feedback(self, conversation: str, message: str, helpful: bool, reason: str, now: datetime) -> None:
        """Keep one verdict a message; a later one replaces it. Raises AssistantError for an unknown message."""
        this = (feedback.c.conversation == conversation) & (feedback.c.message == message)
        with self._engine.begin() as connection:
            known = connection.execute(
                select(messages.c.number).where(
                    (messages.c.conversation == conversation) & (messages.c.id == message)
                )
            ).first()
            if known is None:
                raise AssistantError("That message is not in this conversation. Nothing was kept.")
            connection.execute(delete(feedback).where(this))
            connection.execute(
                insert(feedback).values(
                    conversation=conversation, message=message, given=now, helpful=helpful, reason=reason
                )
            )

    def erase(self, conversation: str) -> None:
        """Forget a visitor: messages and feedback go; a callback request stays, cut off from the conversation,
        because the visitor asked to be called."""
        with self._engine.begin() as connection:
            connection.execute(delete(feedback).where(feedback.c.conversation == conversation))
            connection.execute(delete(messages).where(messages.c.conversation == conversation))
            connection.execute(
                update(handoffs).where(handoffs.c.conversation == conversation).values(conversation=None)
            )

    def purge(self, conversations_before: datetime, handoffs_before: datetime) -> tuple[int, int]:
        """Delete what is older, and say how many messages and callback requests went."""
        with self._engine.begin() as connection:
            connection.execute(delete(feedback).where(feedback.c.given < conversations_before))
            gone = connection.execute(
                delete(messages).where(messages.c.asked < conversations_before)
            ).rowcount
            called = connection.execute(delete(handoffs).where(handoffs.c.created < handoffs_before)).rowcount
        return gone, called

    # handoffs

    def add_handoff(self, handoff: Handoff, request: str) -> Handoff:
        """Keep a callback request; the same `request` again gives the handoff it made the first time."""
        values = {
            "id": handoff.id,
            "request": request,
            "conversation": handoff.conversation,
            "created": handoff.created,
            "name": handoff.callback.name,
            "phone": handoff.callback.phone,
            "best_time": handoff.callback.best_time,
            "consent": handoff.callback.consent,
            "state": handoff.state,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(handoffs).values(values))
            return handoff
        except IntegrityError:
            with self._engine.connect() as connection:
                row = connection.execute(select(handoffs).where(handoffs.c.request == request)).first()
            if row is None:
                raise
            return _handoff(row)

    def handoffs(self, states: Sequence[HandoffState] = ()) -> tuple[Handoff, ...]:
        """Callback requests, longest waiting first; all states when none is named."""
        query = select(handoffs).order_by(handoffs.c.created)
        if states:
            query = query.where(handoffs.c.state.in_(states))
        with self._engine.connect() as connection:
            return tuple(_handoff(row) for row in connection.execute(query))

    def _prepare(self) -> None:
        with self._engine.begin() as connection:
            fresh = not inspect(connection).has_table(about.name)
            # Two processes may start on an empty folder at once: whoever comes second finds the tables there.
            with suppress(OperationalError):
                metadata.create_all(connection)
            version = connection.execute(select(about.c.schema_version)).scalar()
            if fresh and version is None:
                connection.execute(insert(about).values(schema_version=SCHEMA_VERSION))
            elif version is not None and version > SCHEMA_VERSION:
                raise AssistantError(
                    f"The database has schema version {version}, newer than this program's {SCHEMA_VERSION}. "
                    "Update the program, or restore an older backup."
                )


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:
    """Readers beside one writer, waiting instead of failing, and a commit that is on the disk when it returns."""
    for pragma in ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        for attempt in range(50):
            try:
                connection.execute(f"PRAGMA {pragma}")
                break
            except Exception:
                # Switching to WAL does not wait for busy_timeout while another process switches too.
                if attempt == 49:
                    raise
                time.sleep(0.1)


def _turn(text: str, reply: Mapping[str, Any]) -> Turn:
    return Turn(
        text=text,
        replied=reply["text"],
        standalone=reply["standalone"],
        kind=reply["kind"],
        reason=reply["reason"],
        titles=tuple(dict.fromkeys(item["title"] for item in reply["evidence"])),
    )


def _handoff(row: Row[Any]) -> Handoff:
    callback = Callback(row.name, row.phone, row.best_time, row.consent)
    return Handoff(
        row.id, callback, row.conversation, row.created, row.state, row.assignee, row.note, row.version
    )
