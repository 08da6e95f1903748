"""A site that takes two callback requests and delivers their notices, killed at a chosen moment.

usage: killed_delivery.py DATABASE MOMENT PORT ADDRESS…
MOMENT counts what is asked of the database (0 is never), PORT is the mail server's.
Prints each reference number once its request is kept, and at the end how many moments there were.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from assistant.handoff import Clinic
from assistant.housekeeping import Housekeeping
from assistant.model import Callback, Handoff
from assistant.notify import Patience, Secrets, carrier
from assistant.settings import NotifySettings
from assistant.store import Store

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
REFERENCES = ("AAA-AAA", "CCC-CCC")


def main(url: str, moment: int, port: int, addresses: tuple[str, ...]) -> None:
    count = 0

    def live_or_die(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store(url)
    event.listen(Engine, "before_cursor_execute", live_or_die)
    event.listen(Engine, "commit", live_or_die)
    for reference in REFERENCES:
        ask(store, reference, addresses)
        print(reference, flush=True)
        house(store, port).round()
    print(count, flush=True)


def ask(store: Store, reference: str, addresses: tuple[str, ...]) -> Handoff:
    """Ask to be called, or ask again: it is one request, whatever reference the second attempt draws."""
    callback = Callback("Ann", "+16045550199", "", True)
    return store.inbox.add(Handoff(reference, callback, None, NOON), f"request {reference[:3]}", addresses)


def house(store: Store, port: int, now: datetime = NOON) -> Housekeeping:
    settings = NotifySettings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    patience = Patience(silence=0.5, whole=1.0)
    return Housekeeping(
        store,
        Clinic("Clinic", "604-555-0100", "", "America/Vancouver"),
        lambda address: carrier(address, settings, Secrets(webhook_key="key"), patience),
        (),
        timedelta(hours=400),
        (timedelta(days=30), timedelta(days=365)),
        lambda gaps: None,
        lambda: now,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), tuple(sys.argv[4:]))
