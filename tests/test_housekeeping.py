"""What is done while the site runs: long waits are told once, and what may no longer be kept is deleted."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fake_assistant import Clock
from receivers import Webhook, running

from assistant.gaps import Gaps
from assistant.handoff import Clinic, parse_hours, waited
from assistant.housekeeping import Housekeeping, keep_house
from assistant.model import Callback, Handoff
from assistant.notify import Carrier
from assistant.outbox import Notice
from assistant.store import Store

TUESDAY_NOON = datetime(2026, 11, 24, 19, tzinfo=UTC)  # 12:00 in Vancouver
OPEN = parse_hours({"mon": "09:00-17:00", "tue": "09:00-17:00", "wed": "09:00-17:00"})
CLINIC = Clinic("Clinic", "604-555-0100", "", "America/Vancouver")
CALLBACK = Callback("Ann", "+16045550199", "", True)


class House:
    """Housekeeping over a store, with a carrier that remembers."""

    def __init__(self, folder: Path, clinic: Clinic = CLINIC, tend: Callable[[Gaps], object] = id) -> None:
        self.clock = Clock(TUESDAY_NOON)
        self.store = Store(f"sqlite:///{folder / 'assistant.db'}")
        self.carried: list[Notice] = []
        self.keeping = Housekeeping(
            self.store,
            clinic,
            self.carry,
            ("log:",),
            timedelta(hours=4),
            (timedelta(days=30), timedelta(days=365)),
            tend,
            self.clock,
        )

    def carry(self, address: str) -> Carrier:
        return self.carried.append

    def ask(self, id: str = "K7M-42P") -> None:
        self.store.inbox.add(Handoff(id, CALLBACK, "visitor", self.clock.now), id)

    def after(self, **later: float) -> None:
        self.clock.now += timedelta(**later)
        self.keeping.round()
        self.keeping.round()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def test_a_request_that_waits_too_long_is_told_once_and_marked(house: House) -> None:
    house.ask()
    house.after(hours=3.9)
    assert house.carried == []

    house.after(hours=0.2)
    house.after(hours=20)

    assert [(notice.handoff, notice.occasion) for notice in house.carried] == [("K7M-42P", "overdue")]
    assert house.store.inbox.get("K7M-42P").overdue is not None


def test_a_request_that_was_called_is_not_overdue(house: House) -> None:
    house.ask()
    house.store.inbox.take("K7M-42P", 1, "Bea", house.clock.now)
    house.store.inbox.move("K7M-42P", 2, "called", house.clock.now)
    house.after(hours=9)

    assert house.carried == []


def test_with_hours_set_a_night_is_no_waiting(tmp_path: Path) -> None:
    house = House(tmp_path, replace(CLINIC, hours=OPEN))
    house.clock.now = TUESDAY_NOON + timedelta(hours=4)  # an hour before closing
    house.ask()

    house.after(hours=17)
    assert house.carried == []
    house.after(hours=3)
    assert len(house.carried) == 1
    house.store.close()


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ((24, 19), (24, 22), 3),
        ((24, 19), (25, 19), 5 + 3),
        ((25, 2), (25, 16), 0),
        ((19, 19), (24, 19), 8 + 3),
        ((24, 19), (24, 19), 0),
    ],
)
def test_waiting_is_counted_in_opening_hours(
    since: tuple[int, int], until: tuple[int, int], hours: int
) -> None:
    moments = (datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in (since, until))

    assert waited(replace(CLINIC, hours=OPEN), *moments) == timedelta(hours=hours)


def test_a_holiday_is_no_waiting_and_without_hours_nothing_is_said() -> None:
    until = TUESDAY_NOON + timedelta(days=1)
    closed = replace(CLINIC, hours=OPEN, holidays=frozenset({TUESDAY_NOON.date() + timedelta(days=1)}))

    assert waited(closed, TUESDAY_NOON, until) == timedelta(hours=5)
    assert waited(CLINIC, TUESDAY_NOON, until) is None


def test_hours_are_counted_as_they_pass_when_the_clock_is_changed() -> None:
    night = Clinic(
        "Clinic", "604-555-0100", "", "America/Toronto", {6: parse_hours({"sun": "00:00-06:00"})[6]}
    )
    since = datetime(2026, 11, 1, 3, tzinfo=UTC)

    assert waited(night, since, since + timedelta(days=1)) == timedelta(hours=7)


def test_what_is_old_is_deleted_within_the_hour_and_nothing_else(house: House) -> None:
    house.keeping.round()
    house.store.claim("visitor", "old", "hello", "", house.clock.now)
    house.ask("OLD-OLD")
    house.after(days=30, minutes=1)
    house.store.claim("visitor", "new", "hello", "", house.clock.now)
    assert house.store.claim("visitor", "old", "another text", "", house.clock.now).reply is None
    assert [item.id for item in house.store.inbox.handoffs()] == ["OLD-OLD"]

    house.after(days=336)

    assert house.store.inbox.handoffs() == ()
    assert house.store.outbox.due(house.clock.now) == ()


def test_one_thing_going_wrong_holds_up_none_of_the_others(tmp_path: Path, caplog) -> None:
    calls: list[int] = []

    def tend(gaps: Gaps) -> None:
        calls.append(1)
        raise RuntimeError("the index is gone")

    house = House(tmp_path, tend=tend)
    house.ask()
    house.after(hours=5)
    house.after(hours=1)

    assert len(calls) == 4
    assert len(house.carried) == 1
    assert [m for m in caplog.messages if "tend_gaps" in m and "the index is gone" in m] == caplog.messages[
        -1:
    ]
    house.store.close()


def test_a_database_that_comes_up_later_is_waited_for(tmp_path: Path) -> None:
    tried: list[int] = []

    def opened() -> Housekeeping:
        tried.append(1)
        if len(tried) == 1:
            raise OSError("not there yet")
        house = House(tmp_path)
        house.ask()
        house.clock.now += timedelta(hours=5)
        return house.keeping

    end = keep_house(opened, every=0.01)
    store = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    for _ in range(200):
        if any(item.overdue for item in store.inbox.handoffs()):
            break
        time.sleep(0.02)
    end()

    assert [item.overdue is not None for item in store.inbox.handoffs()] == [True]
    assert len(tried) == 2
    store.close()


@pytest.mark.slow
def test_the_running_site_tells_its_webhook_of_a_callback_request(tmp_path: Path) -> None:
    with running(Webhook()) as hook:
        config = tmp_path / "settings.toml"
        config.write_text(f'[notify]\naddresses = ["{hook.address}"]\n')
        environment = {
            **os.environ,
            "ASSISTANT_CONFIG": str(config),
            "ASSISTANT_DATA": str(tmp_path / "data"),
            "ASSISTANT_WEBHOOK_KEY": "key",
        }
        command = [sys.executable, "-m", "gunicorn", "web:create_app()", "--bind", "127.0.0.1:0"]
        site = subprocess.Popen(
            [*command, "--worker-class", "gthread", "--no-control-socket"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert site.stderr is not None
            said = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in site.stderr)
            address = next(found.group() for found in said if found)
            form = {"id": "0" * 32, "name": "Ann", "phone": "604 555 0199", "consent": True}
            request = urllib.request.Request(
                f"{address}/api/v1/handoffs", json.dumps(form).encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=60) as response:
                reference = json.load(response)["reference"]
            for _ in range(100):
                if hook.posts:
                    break
                time.sleep(0.1)
        finally:
            site.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                site.communicate(timeout=20)

    ((_, body),) = hook.posts
    assert json.loads(body)["data"] == {"reference": reference}
