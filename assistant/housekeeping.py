"""What is done behind the scenes while the site runs: notices are carried, long waits told, old data deleted."""

import logging
import os
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

from assistant.gaps import Gaps
from assistant.handoff import WAITING, Clinic, waited
from assistant.model import AssistantError, Handoff
from assistant.notify import Carrier, Undelivered, named
from assistant.outbox import Notice
from assistant.store import Gone, Store

LEASE = timedelta(seconds=30)
ROUND = 2.0
"""Seconds between two looks at the outbox."""

PURGE_EVERY = timedelta(hours=1)
TEND_EVERY = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class Housekeeping:
    """Rounds that are made by one process of all that have the database open: the one that holds the lease.

    `carry` gives the way to an address, `overdue` is how long a callback request may wait, `keep` how long
    conversations and callback requests are kept, `tend` what is done about gaps once a minute.
    """

    def __init__(
        self,
        store: Store,
        clinic: Clinic,
        carry: Callable[[str], Carrier],
        addresses: tuple[str, ...],
        overdue: timedelta,
        keep: tuple[timedelta, timedelta],
        tend: Callable[[Gaps], object],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._clinic = clinic
        self._carry = carry
        self._addresses = addresses
        self._overdue = overdue
        self._keep = keep
        self._tend = tend
        self._clock = clock
        self._me = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._leased_until: datetime | None = None
        self._done: dict[str, datetime] = {}
        self._troubles: dict[str, str] = {}

    def round(self) -> None:
        """One round, if it is ours to make. What goes wrong with one thing holds up none of the others."""
        tasks = (
            (self.deliver, timedelta()),
            (self.warn, timedelta()),
            (self.purge, PURGE_EVERY),
            (self.tend_gaps, TEND_EVERY),
        )
        for task, every in tasks:
            name, now = task.__name__, self._clock()
            if name in self._done and now - self._done[name] < every:
                continue
            try:
                if not self._is_mine():
                    return
                task()
                self._done[name] = now
                self._troubles.pop(name, None)
            except Exception as error:
                self._tell(name, error)

    def deliver(self) -> None:
        """Carry every notice that is due."""
        for notice in self._store.outbox.due(self._clock()):
            if self._is_mine() and self._store.outbox.claim(notice, self._clock()):
                self._send(notice)

    def warn(self) -> None:
        """Tell of each request, once, that it has waited for too long."""
        for item in self._store.inbox.handoffs(WAITING):
            if item.overdue is None and waiting(item, self._clinic, self._clock()) >= self._overdue:
                self._store.inbox.warn(item.id, self._addresses, self._clock())

    def purge(self) -> Gone:
        """Delete what is older than it may be kept."""
        now = self._clock()
        conversations, callbacks = self._keep
        return self._store.purge(now - conversations, now - callbacks)

    def tend_gaps(self) -> None:
        """Take in what was asked in vain, and ask it again where the index has changed."""
        self._tend(self._store.gaps)

    def close(self) -> None:
        self._store.close()

    def _send(self, notice: Notice) -> None:
        try:
            self._carry(notice.address)(notice)
        except (Undelivered, AssistantError) as error:
            again = self._store.outbox.failed(notice, str(error), self._clock())
            if not again or notice.attempts == 0:
                told = "will be tried again" if again else "is given up"
                _log.warning(
                    "The notice of %s to %s %s: %s", notice.handoff, named(notice.address), told, error
                )
        else:
            self._store.outbox.sent(notice, self._clock())

    def _is_mine(self) -> bool:
        now = self._clock()
        if self._leased_until is None or now >= self._leased_until - LEASE / 2:
            mine = self._store.outbox.lease("housekeeping", self._me, now, LEASE)
            self._leased_until = now + LEASE if mine else None
        return self._leased_until is not None

    def _tell(self, task: str, error: Exception) -> None:
        """Log a trouble when it is new, not every two seconds."""
        words = f"{type(error).__name__}: {error}"
        if self._troubles.get(task) != words:
            self._troubles[task] = words
            _log.error("Housekeeping (%s) did not succeed and will try again: %s", task, words)


def keep_house(opened: Callable[[], Housekeeping], every: float = ROUND) -> Callable[[], None]:
    """Make rounds in a thread of its own from now on; calling what is given ends them.

    A database that cannot be opened yet is tried again: the site may have come up before its server.
    """
    stop = Event()

    def rounds() -> None:
        house: Housekeeping | None = None
        told = ""
        while not stop.wait(every):
            try:
                house = house or opened()
            except Exception as error:
                if (words := str(error)) != told:
                    _log.error("Housekeeping has not begun and will try again: %s", told := words)
                continue
            house.round()
        if house is not None:
            house.close()

    thread = Thread(target=rounds, name="housekeeping", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(every + 5)

    return end


def waiting(item: Handoff, clinic: Clinic, now: datetime) -> timedelta:
    """How long a request has waited: in opening time where the clinic has set hours, else around the clock."""
    open_time = waited(clinic, item.created, now)
    return now - item.created if open_time is None else open_time
