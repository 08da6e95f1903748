"""The outbox: notices that wait in the database until their receiver took them, and who may carry them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from assistant.database import Database
from assistant.handoff import WAITING
from assistant.tables import handoffs, leases, notices

Occasion = Literal["new", "overdue"]

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 60
"""With the pauses above, a receiver may be away for about two days before a notice is given up."""

UNDERWAY = timedelta(minutes=2)
"""Longer than any one delivery may take, so that nobody tries a second one beside it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one receiver is told: that there is a callback request, and its number. Nothing of its content.

    `id` stays the same for each attempt: a receiver that hears it twice can tell.
    """

    id: str
    handoff: str
    occasion: Occasion
    address: str
    created: datetime
    attempts: int = 0
    fault: str = ""


def post(
    connection: Connection, handoff: str, occasion: Occasion, addresses: Sequence[str], now: datetime
) -> None:
    """Put a notice for each address into the outbox, in the transaction that makes the reason for it."""
    for address in dict.fromkeys(addresses):
        connection.execute(
            insert(notices).values(
                id=uuid4().hex, handoff=handoff, occasion=occasion, address=address, created=now, due=now
            )
        )


class Outbox:
    """Safe for threads; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime) -> tuple[Notice, ...]:
        """What is to be sent now, the oldest first."""
        waiting = notices.c.sent.is_(None) & notices.c.given_up.is_(None) & (notices.c.due <= now)
        return self._notices(select(notices).where(waiting).order_by(notices.c.due).limit(50))

    def given_up(self) -> tuple[Notice, ...]:
        """What never reached its receiver, of requests that still wait for their call."""
        still = select(handoffs.c.id).where(handoffs.c.state.in_(WAITING))
        lost = notices.c.given_up.is_not(None) & notices.c.handoff.in_(still)
        return self._notices(select(notices).where(lost))

    def waiting(self) -> int:
        """How many notices were not taken yet."""
        unsent = notices.c.sent.is_(None) & notices.c.given_up.is_(None)
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(notices).where(unsent)).scalar_one()

    def claim(self, notice: Notice, now: datetime) -> bool:
        """Be the one who sends it now; a sender that is killed leaves it to be sent again in two minutes."""
        mine = (notices.c.id == notice.id) & (notices.c.attempts == notice.attempts)
        with self._database.writing() as connection:
            claimed = connection.execute(
                update(notices)
                .where(mine & notices.c.sent.is_(None))
                .values(attempts=notice.attempts + 1, due=now + UNDERWAY)
            )
        return bool(claimed.rowcount)

    def sent(self, notice: Notice, now: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(update(notices).where(notices.c.id == notice.id).values(sent=now, fault=""))

    def failed(self, notice: Notice, fault: str, now: datetime) -> bool:
        """Have it tried again later; False when it was tried often enough and is given up."""
        hopeless = notice.attempts + 1 >= MOST_ATTEMPTS
        with self._database.writing() as connection:
            connection.execute(
                update(notices)
                .where((notices.c.id == notice.id) & notices.c.sent.is_(None))
                .values(fault=fault, due=now + pause(notice.attempts), given_up=now if hopeless else None)
            )
        return not hopeless

    def lease(self, name: str, holder: str, now: datetime, length: timedelta) -> bool:
        """True while `holder` is the one process that may do what `name` stands for, until `now + length`."""
        free = (leases.c.holder == holder) | (leases.c.until <= now)
        with self._database.writing() as connection:
            taken = connection.execute(
                update(leases).where((leases.c.name == name) & free).values(holder=holder, until=now + length)
            )
        if taken.rowcount:
            return True
        try:
            with self._database.writing() as connection:
                connection.execute(insert(leases).values(name=name, holder=holder, until=now + length))
            return True
        except IntegrityError:
            return False

    def _notices(self, query: Any) -> tuple[Notice, ...]:
        with self._database.reading() as connection:
            return tuple(_notice(row) for row in connection.execute(query))


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, up to an hour, and never in step with
    others that failed at the same moment."""
    longest = min(FIRST_PAUSE * (1 << min(attempts, 16)), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)


def _notice(row: Row[Any]) -> Notice:
    return Notice(row.id, row.handoff, row.occasion, row.address, row.created, row.attempts, row.fault)
