"""A site killed at any moment loses no callback request and no notice, and repeats none that was recorded as sent."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from killed_delivery import NOON, house
from receivers import Webhook, running
from sqlalchemy import select

from assistant.store import Store
from assistant.tables import notices

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
POINTS = 16


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with running(Webhook()) as server:
        yield server


def run(database: Path, moment: int, address: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TESTS / "killed_delivery.py", f"sqlite:///{database}", str(moment), address],
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}:{TESTS}"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> int:
    with running(Webhook()) as server:
        whole = run(tmp_path_factory.mktemp("whole") / "assistant.db", 0, server.address)
    assert whole.returncode == 0, whole.stderr
    return int(whole.stdout.split()[-1])


@pytest.mark.parametrize("point", range(POINTS))
def test_a_killed_site_loses_nothing_and_repeats_nothing_it_knew_was_sent(
    moments: int, hook: Webhook, tmp_path: Path, point: int
) -> None:
    database = tmp_path / "assistant.db"
    killed = run(database, 1 + point * moments // POINTS, hook.address)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    store = Store(f"sqlite:///{database}")
    with store.database.reading() as connection:
        recorded = set(connection.execute(select(notices.c.id).where(notices.c.sent.is_not(None))).scalars())
    before = Counter(hook.keys())

    for minutes in (5, 90):
        house(store, NOON + timedelta(minutes=minutes)).round()

    after = Counter(hook.keys())
    kept = {item.id for item in store.inbox.handoffs()}
    with store.database.reading() as connection:
        rows = connection.execute(select(notices)).all()
    assert set(killed.stdout.split()) <= kept
    assert {row.handoff for row in rows} == kept
    assert all(row.sent is not None for row in rows)
    assert {row.id for row in rows} == set(after)
    assert all(after[id] == before[id] == 1 for id in recorded)
    assert max(after.values(), default=0) <= 2
    store.close()
