"""A site that takes two callback requests and delivers their notices, killed at a chosen moment.

usage: killed_delivery.py DATABASE MOMENT ADDRESS…   (MOMENT counts what is asked of the database; 0 is never)
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
from assistant.notify import Secrets, carrier
from assistant.settings import NotifySettings
from assistant.store import Store

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)


def main(url: str, moment: int, addresses: tuple[str, ...]) -> None:
    count = 0

    def live_or_die(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store(url)
    event.listen(Engine, "before_cursor_execute", live_or_die)
    event.listen(Engine, "commit", live_or_die)
    for reference in ("AAA-AAA", "CCC-CCC"):
        callback = Callback("Ann", "+16045550199", "", True)
        store.inbox.add(Handoff(reference, callback, None, NOON), f"request {reference}", addresses)
        print(reference, flush=True)
        house(store).round()
    print(count, flush=True)


def house(store: Store, now: datetime = NOON) -> Housekeeping:
    return Housekeeping(
        store,
        Clinic("Clinic", "604-555-0100", "", "America/Vancouver"),
        lambda address: carrier(address, NotifySettings(), Secrets(webhook_key="key")),
        (),
        timedelta(hours=400),
        (timedelta(days=30), timedelta(days=365)),
        lambda gaps: None,
        lambda: now,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), tuple(sys.argv[3:]))
