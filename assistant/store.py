"""What is remembered: conversations and feedback here, and the way to the inbox, the outbox and the gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from assistant.database import Database
from assistant.gaps import Gaps
from assistant.inbox import Inbox
from assistant.model import AssistantError, Conflict, Turn
from assistant.outbox import Outbox
from assistant.presence import Presence
from assistant.tables import feedback, gap_questions, gaps, handoffs, messages, notices

ABANDONED = timedelta(seconds=30)
"""A message whose reply is not there after this long may be answered by another, also where nobody can tell that the
process which began is gone."""

TURNS_REMEMBERED = 12


class MessageConflict(Conflict):
    """The id was used before for another text."""


class Busy(AssistantError):
    """The same message is being answered right now by another request."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message id that is ours to answer (`reply` is None), or that was answered before."""

    reply: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose data is asked for or erased, by whatever they can name: the conversation, the reference number
    of a callback request, or the phone number (E.164) they gave for it."""

    conversation: str = ""
    reference: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """How much was deleted."""

    messages: int
    callbacks: int


class Store:
    """Safe for threads; every method is one transaction."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.inbox = Inbox(self.database)
        self.outbox = Outbox(self.database)
        self.gaps = Gaps(self.database)
        self._presence = Presence(self.database.file())

    def close(self) -> None:
        self._presence.close()
        self.database.close()

    def ping(self) -> None:
        self.database.ping()

    # conversations

    def claim(self, conversation: str, id: str, text: str, page: str, now: datetime) -> Claim:
        """Take the message for answering, or get the reply it was given before.

        The claim is in the database before anything is said, so that a retry, or a second process, never
        makes a second answer. Raises MessageConflict when `id` was used for another text, and Busy while
        another request is answering it: for ABANDONED, or until its process has ended.
        """
        worker = self._presence.name
        row = {
            "conversation": conversation,
            "id": id,
            "asked": now,
            "text": text,
            "page": page,
            "worker": worker,
        }
        this = (messages.c.conversation == conversation) & (messages.c.id == id)
        try:
            with self.database.writing() as connection:
                connection.execute(insert(messages).values(row))
            return Claim()
        except IntegrityError:
            with self.database.writing() as connection:
                known = connection.execute(select(messages).where(this)).one()
                if known.text != text:
                    raise MessageConflict(
                        "This message id was used for another text. Send a new id."
                    ) from None
                if known.reply is not None:
                    return Claim(known.reply)
                abandoned = messages.c.asked < now - ABANDONED
                if known.worker is not None and self._presence.is_gone(known.worker):
                    abandoned |= messages.c.worker == known.worker
                taken_over = connection.execute(
                    update(messages)
                    .where(this & messages.c.kind.is_(None) & abandoned)
                    .values(asked=now, worker=worker)
                )
                if taken_over.rowcount == 0:
                    raise Busy("This message is being answered. Wait a moment and send it again.") from None
            return Claim()

    def settle(self, conversation: str, id: str, reply: Mapping[str, Any]) -> None:
        """Keep the reply of a claimed message."""
        with self.database.writing() as connection:
            connection.execute(
                update(messages)
                .where((messages.c.conversation == conversation) & (messages.c.id == id))
                .values(kind=reply["kind"], reason=reply["reason"], reply=dict(reply))
            )

    def release(self, conversation: str, id: str) -> None:
        """Give up a claim that led to no reply, so that a retry can take it at once."""
        unanswered = messages.c.kind.is_(None)
        with self.database.writing() as connection:
            connection.execute(
                delete(messages).where(
                    (messages.c.conversation == conversation) & (messages.c.id == id) & unanswered
                )
            )

    def recent(self, id: str, text: str, since: datetime) -> tuple[str, Mapping[str, Any]] | None:
        """(conversation, reply) of an answered message with this id and text that was asked after `since`."""
        with self.database.reading() as connection:
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
        with self.database.reading() as connection:
            rows = connection.execute(
                select(messages.c.text, messages.c.reply)
                .where((messages.c.conversation == conversation) & messages.c.kind.is_not(None))
                .order_by(messages.c.number.desc())
                .limit(TURNS_REMEMBERED)
            ).all()
        return tuple(_turn(row.text, row.reply) for row in reversed(rows))

    def length(self, conversation: str) -> int:
        """How many messages the conversation has, answered or not."""
        with self.database.reading() as connection:
            counted = (
                select(func.count()).select_from(messages).where(messages.c.conversation == conversation)
            )
            return int(connection.execute(counted).scalar_one())

    def transcript(self, conversation: str) -> list[dict[str, Any]]:
        with self.database.reading() as connection:
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
        with self.database.writing() as connection:
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
        with self.database.writing() as connection:
            _forget(connection, messages.c.conversation == conversation)
            connection.execute(
                update(handoffs).where(handoffs.c.conversation == conversation).values(conversation=None)
            )
        self.database.forget()

    def purge(self, conversations_before: datetime, handoffs_before: datetime) -> Gone:
        """Delete what is older, in copies of the database as well."""
        self.database.forget_copies(conversations_before)
        with self.database.writing() as connection:
            connection.execute(delete(feedback).where(feedback.c.given < conversations_before))
            gone = Gone(
                _forget(connection, messages.c.asked < conversations_before),
                _strike(connection, handoffs.c.created < handoffs_before),
            )
        self.database.forget()
        return gone

    # one person

    def personal(self, person: Person) -> dict[str, Any]:
        """Everything that is kept of a person, for them to have."""
        with self.database.reading() as connection:
            conversations = _conversations(connection, person)
            asked = select(handoffs).where(_called(person, conversations)).order_by(handoffs.c.created)
            requests = [dict(row._mapping) for row in connection.execute(asked)]
            given = connection.execute(select(feedback).where(feedback.c.conversation.in_(conversations)))
            verdicts = [dict(row._mapping) for row in given]
        return {
            "conversations": {each: self.transcript(each) for each in conversations},
            "feedback": verdicts,
            "callback_requests": [
                {name: value for name, value in request.items() if name != "request"} for request in requests
            ],
        }

    def erase_person(self, person: Person) -> Gone:
        """Delete everything that is kept of a person, callback requests as well."""
        with self.database.writing() as connection:
            conversations = _conversations(connection, person)
            gone = Gone(
                _forget(connection, messages.c.conversation.in_(conversations)),
                _strike(connection, _called(person, conversations)),
            )
        self.database.forget()
        return gone


def _called(person: Person, conversations: Sequence[str]) -> ColumnElement[bool]:
    """The callback requests of a person: by what they name, and those made in the same conversations."""
    return or_(
        handoffs.c.conversation.in_(conversations),
        handoffs.c.id.in_([person.reference] if person.reference else []),
        handoffs.c.phone.in_([person.phone] if person.phone else []),
    )


def _conversations(connection: Connection, person: Person) -> list[str]:
    named = [person.conversation] if person.conversation else []
    found = connection.execute(select(handoffs.c.conversation).where(_called(person, named))).scalars()
    return sorted({each for each in (*found, *named) if each})


def _forget(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete messages with all that was kept because of them, and say how many there were."""
    gone = select(messages.c.conversation, messages.c.id).where(which)
    for table in (feedback, gap_questions):
        connection.execute(delete(table).where(tuple_(table.c.conversation, table.c.message).in_(gone)))
    connection.execute(delete(gaps).where(gaps.c.id.not_in(select(gap_questions.c.gap))))
    return connection.execute(delete(messages).where(which)).rowcount


def _strike(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete callback requests with their notices, and say how many there were."""
    connection.execute(delete(notices).where(notices.c.handoff.in_(select(handoffs.c.id).where(which))))
    return connection.execute(delete(handoffs).where(which)).rowcount


def _turn(text: str, reply: Mapping[str, Any]) -> Turn:
    return Turn(
        text=text,
        replied=reply["text"],
        standalone=reply["standalone"],
        kind=reply["kind"],
        reason=reply["reason"],
        titles=tuple(dict.fromkeys(item["title"] for item in reply["evidence"])),
    )
