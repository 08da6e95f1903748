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
from killed_delivery import NOON, REFERENCES, ask, house
from receivers import MailServer, Mood, Webhook, running
from sqlalchemy import select

from assistant.store import Store
from assistant.tables import notices

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
POINTS = 12
WAYS = ("webhook", "mail")
TROUBLES: tuple[Mood, ...] = ("refusing", "silent", "rude")

Receiver = Webhook | MailServer


def receiver(way: str) -> Receiver:
    return Webhook() if way == "webhook" else MailServer()


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(way: str) -> Iterator[Receiver]:
    with running(receiver(way)) as made:
        yield made


def begin(database: Path, moment: int, server: Receiver) -> subprocess.Popen[str]:
    """The site of `killed_delivery`, in a process of its own."""
    command = [sys.executable, str(TESTS / "killed_delivery.py"), f"sqlite:///{database}", str(moment)]
    return subprocess.Popen(
        [*command, str(server.port), server.address],
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}:{TESTS}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(site: subprocess.Popen[str]) -> set[str]:
    """The references that visitors were told before the site was killed."""
    said, faults = site.communicate(timeout=60)
    assert site.returncode == -signal.SIGKILL, faults
    return set(said.split())


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> int:
    with running(Webhook()) as server:
        whole = begin(tmp_path_factory.mktemp("whole") / "assistant.db", 0, server)
        said, faults = whole.communicate(timeout=60)
    assert whole.returncode == 0, faults
    return int(said.split()[-1])


def assert_made_good(database: Path, server: Receiver, references: set[str]) -> None:
    """Visitors who were told nothing ask again, a new process does its rounds: then each request is there once, each of
    its notices has arrived, and none that was recorded as sent arrived again."""
    server.mood = "well"
    store = Store(f"sqlite:///{database}")
    with store.database.reading() as connection:
        recorded = set(connection.execute(select(notices.c.id).where(notices.c.sent.is_not(None))).scalars())
    before = Counter(server.keys())
    assert references <= {item.id for item in store.inbox.handoffs()}
    for reference in REFERENCES:
        kept = ask(store, f"{reference[:3]}-NEW", (server.address,))
        assert kept.id == reference or reference not in references

    for minutes in (5, 90):
        house(store, server.port, NOON + timedelta(minutes=minutes)).round()

    after = Counter(server.keys())
    with store.database.reading() as connection:
        rows = connection.execute(select(notices)).all()
    assert len(store.inbox.handoffs()) == len(rows) == len(REFERENCES)
    assert all(row.sent is not None for row in rows)
    assert len(after) == len(REFERENCES)
    assert sum(after.values()) - sum(before.values()) == len(REFERENCES) - len(recorded)
    assert max(after.values()) <= 2
    store.close()


@pytest.mark.parametrize("point", range(POINTS))
def test_a_killed_site_loses_nothing_and_repeats_nothing_it_knew_was_sent(
    moments: int, server: Receiver, tmp_path: Path, point: int
) -> None:
    database = tmp_path / "assistant.db"
    references = told(begin(database, 1 + point * moments // POINTS, server))

    assert_made_good(database, server, references)


@pytest.mark.parametrize("mood", TROUBLES)
@pytest.mark.parametrize("third", [1, 2])
def test_a_site_killed_while_its_receiver_is_in_trouble_delivers_later(
    moments: int, server: Receiver, tmp_path: Path, mood: Mood, third: int
) -> None:
    database = tmp_path / "assistant.db"
    server.mood = mood
    references = told(begin(database, third * moments // 3, server))

    assert_made_good(database, server, references)


def test_a_site_killed_while_its_receiver_is_down_delivers_when_it_is_up(
    moments: int, way: str, tmp_path: Path
) -> None:
    database = tmp_path / "assistant.db"
    gone = receiver(way)
    gone.server_close()
    references = told(begin(database, moments * 2 // 3, gone))

    with running(type(gone)()) as server:
        store = Store(f"sqlite:///{database}")
        with store.database.writing() as connection:
            connection.execute(notices.update().values(address=server.address))
        store.close()
        assert_made_good(database, server, references)


def test_a_site_killed_before_it_hears_that_a_notice_was_taken_sends_it_again_under_the_same_key(
    server: Receiver, tmp_path: Path
) -> None:
    """The one case in which nobody can know: the receiver tells the repetition by its key."""
    database = tmp_path / "assistant.db"
    site = begin(database, 0, server)
    server.mood, server.kill = "deadly", site.kill
    references = told(site)

    assert_made_good(database, server, references)
    assert sorted(Counter(server.keys()).values()) == [1, 2]
