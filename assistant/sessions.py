"""Staff sessions, kept in the database: a cookie holds nothing but a random name for one of them."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from assistant.database import Database
from assistant.staff_tables import staff_sessions as table

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""A session that is in use is written down at most this often."""


@dataclass(frozen=True, slots=True)
class Session:
    """`account` is None before sign-in."""

    token: str
    account: str | None
    data: Mapping[str, Any]


class Sessions:
    """Safe for threads. The database holds the hash of a token, so who reads it cannot sign in with it."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def start(self, account: str | None, data: Mapping[str, Any]) -> str:
        """A new session's token. What has expired is cleared away on the way."""
        now = self._clock()
        token = secrets.token_urlsafe(32)
        row = {"id": _id(token), "account": account, "created": now, "seen": now, "data": dict(data)}
        with self._database.writing() as connection:
            connection.execute(delete(table).where(_expired(now)))
            connection.execute(insert(table).values(row))
        return token

    def find(self, token: str, *, using: bool = True) -> Session | None:
        """The session of a token, unless it is unknown or expired. `using` it keeps it from falling idle."""
        now = self._clock()
        this = table.c.id == _id(token)
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(this & ~_expired(now))).first()
        if row is None:
            return None
        if using and now - row.seen >= SEEN_EVERY:
            with self._database.writing() as connection:
                connection.execute(update(table).where(this).values(seen=now))
        return Session(token, row.account, row.data)

    def keep(self, token: str, data: Mapping[str, Any]) -> None:
        with self._database.writing() as connection:
            connection.execute(update(table).where(table.c.id == _id(token)).values(data=dict(data)))

    def end(self, token: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.id == _id(token)))


def _id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _expired(now: datetime) -> Any:
    return (table.c.seen < now - IDLE) | (table.c.created < now - LONGEST)
