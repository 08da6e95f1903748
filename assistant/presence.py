"""Which processes are at work on a database, told by the system: each holds a lock that it loses however it ends.

A number of a process would not do: it is given out again, and means nothing in another container.
"""

import fcntl
import logging
import os
import secrets
import weakref
from pathlib import Path
from threading import Lock
from typing import Any

_log = logging.getLogger(__name__)


class Presence:
    """This process, as others that work on the same file see it. Safe for threads.

    The lock is taken at the first look at `name`, which is the name to leave on work that is begun; it is None
    where the database is no file, or where the file system knows no locks: nothing can be told of such work.
    """

    def __init__(self, database: Path | None) -> None:
        self._database = database
        self._guard = Lock()
        self._release: weakref.finalize[..., Any] | None = None
        self._name: str | None = None

    @property
    def name(self) -> str | None:
        with self._guard:
            if self._release is None and self._database is not None:
                try:
                    self._enter(self._database)
                except OSError as error:
                    _log.warning("a crash of this process cannot be noticed at once: %s", error)
                    self._database = None
            return self._name

    def is_gone(self, name: str) -> bool:
        """Whether the process of that name has ended; False as well where nobody can tell."""
        return self._database is not None and _is_free(_place(self._database, name))

    def close(self) -> None:
        with self._guard:
            if self._release is not None and self._database is not None and self._name is not None:
                _place(self._database, self._name).unlink(missing_ok=True)
                self._release()
            self._database = self._release = self._name = None

    def _enter(self, database: Path) -> None:
        for left in database.parent.glob(_place(database, "*").name):
            if _is_free(left):
                left.unlink(missing_ok=True)
        name = secrets.token_hex(8)
        place = _place(database, name)
        # Nobody may find the file before it is locked.
        hidden = place.with_name(f".{place.name}")
        held = os.open(hidden, os.O_CREAT | os.O_RDWR, 0o600)
        release = weakref.finalize(self, os.close, held)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hidden.rename(place)
        except OSError:
            release()
            hidden.unlink(missing_ok=True)
            raise
        self._release, self._name = release, name


def _place(database: Path, name: str) -> Path:
    return database.with_name(f"{database.name}.worker-{name}")


def _is_free(place: Path) -> bool:
    try:
        with place.open() as file:
            # Shared, so that two who look at once do not take each other for the owner.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
