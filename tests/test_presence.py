"""A message whose process was killed is free for the next request at once; one whose process lives is not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from assistant.presence import Presence
from assistant.store import Busy, Store
from assistant.tables import messages

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)

ANSWERING = """
import sys
from datetime import datetime
from assistant.store import Store
store = Store(sys.argv[1])
store.claim("visitor", "m1", "hi", "", datetime.fromisoformat(sys.argv[2]))
print("claimed", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    yield opened
    opened.close()


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has taken the message m1 at noon and never comes to an end with it."""
    process = subprocess.Popen(
        [sys.executable, "-c", ANSWERING, f"sqlite:///{tmp_path / 'assistant.db'}", NOON.isoformat()],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "claimed\n"
    yield process
    process.kill()
    process.communicate()


def rows(store: Store) -> int:
    with store.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(messages)).scalar_one())


def taken(store: Store, count: int) -> list[str]:
    """How so many requests for the message fare that come at once."""
    fared: list[str] = []

    def ask() -> None:
        try:
            store.claim("visitor", "m1", "hi", "", LATER)
            fared.append("taken")
        except Busy:
            fared.append("busy")

    threads = [Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(fared)


def test_a_killed_process_loses_its_message_at_once_to_one_request(store, answering) -> None:
    answering.kill()
    answering.wait()

    assert taken(store, 8) == ["busy"] * 7 + ["taken"]
    assert rows(store) == 1


def test_a_process_that_lives_keeps_its_message_until_it_is_overdue(store, answering) -> None:
    assert taken(store, 8) == ["busy"] * 8
    assert store.claim("visitor", "m1", "hi", "", NOON + timedelta(seconds=31)).reply is None


def test_who_took_over_is_robbed_no_more_than_the_first(store, answering, tmp_path) -> None:
    answering.kill()
    answering.wait()
    store.claim("visitor", "m1", "hi", "", LATER)
    other = Store(f"sqlite:///{tmp_path / 'assistant.db'}")

    with pytest.raises(Busy):
        other.claim("visitor", "m1", "hi", "", LATER)
    other.close()


def test_where_nobody_can_tell_the_message_is_free_when_it_is_overdue(store) -> None:
    store.claim("visitor", "m1", "hi", "", NOON)
    with store.database.writing() as connection:
        connection.execute(update(messages).values(worker=None))

    assert taken(store, 1) == ["busy"]
    assert store.claim("visitor", "m1", "hi", "", NOON + timedelta(seconds=31)).reply is None


def test_what_killed_processes_leave_is_swept_up_by_the_next(store, answering, tmp_path) -> None:
    answering.kill()
    answering.wait()
    assert len(list(tmp_path.glob("*.worker-*"))) == 1
    store.claim("visitor", "m2", "hi", "", NOON)
    (mine,) = tmp_path.glob("*.worker-*")
    store.close()

    assert not mine.exists()


@pytest.mark.parametrize("place", [None, Path("/proc/nothing/assistant.db")])
def test_without_a_place_for_the_lock_nothing_is_told(place: Path | None) -> None:
    presence = Presence(place)

    assert presence.name is None
    assert not presence.is_gone("somebody")
