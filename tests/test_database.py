"""The database: brought up to date with a copy kept, refused when newer, the same on SQLite and Postgres."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from databases import postgres
from sqlalchemy import create_engine, inspect, text, update

from assistant.database import Database
from assistant.inbox import Outdated
from assistant.model import AssistantError, Callback, Handoff
from assistant.store import Busy, Gone, Person, Store
from assistant.tables import SCHEMA_VERSION, about, metadata

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
OLD = Path(__file__).parent / "data" / "schema-1.sql"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as version 1 left it, with a callback request in it."""
    file = tmp_path / "assistant.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    return file


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


def columns(url: str) -> dict[str, list[str]]:
    engine = create_engine(url)
    found = inspect(engine)
    tables = {name: sorted(c["name"] for c in found.get_columns(name)) for name in found.get_table_names()}
    engine.dispose()
    return tables


def test_an_older_database_is_brought_up_to_date_and_its_content_kept(old: Path) -> None:
    store = Store(f"sqlite:///{old}")

    (kept,) = store.inbox.handoffs()
    assert (kept.id, kept.callback.name, kept.overdue) == ("K7M-42P", "Ann", None)
    assert store.inbox.take("K7M-42P", 1, "Bea", NOON).assignee == "Bea"
    store.close()


def test_a_database_that_grew_is_like_one_that_was_made_new(old: Path, tmp_path: Path) -> None:
    Database(f"sqlite:///{old}").close()
    Database(f"sqlite:///{tmp_path / 'new.db'}").close()

    assert columns(f"sqlite:///{old}") == columns(f"sqlite:///{tmp_path / 'new.db'}")


def test_a_copy_of_the_older_database_is_kept(old: Path) -> None:
    Database(f"sqlite:///{old}").close()

    (copy,) = old.parent.glob("assistant.db.v1-*")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT schema_version FROM about").fetchone() == (1,)
        assert connection.execute("SELECT name FROM handoffs").fetchone() == ("Ann",)


def test_the_copy_is_deleted_when_what_is_in_it_is_too_old(old: Path) -> None:
    store = Store(f"sqlite:///{old}")
    (copy,) = old.parent.glob("assistant.db.v1-*")
    made = datetime.fromtimestamp(copy.stat().st_mtime, UTC)
    store.purge(made - timedelta(seconds=1), NOON)
    assert copy.exists()
    store.purge(made + timedelta(seconds=1), NOON)
    store.close()

    assert not copy.exists()
    assert old.exists()


def test_a_database_that_is_up_to_date_is_not_copied(old: Path) -> None:
    for _ in range(3):
        Database(f"sqlite:///{old}").close()

    assert len(list(old.parent.glob("assistant.db.v*"))) == 1


def test_a_step_that_fails_leaves_the_older_database_as_it_was(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(
            "ALTER TABLE handoffs ADD COLUMN overdue DATETIME"
        )  # the second thing the step adds
        connection.commit()

    with pytest.raises(Exception, match="duplicate column"):
        Database(f"sqlite:///{old}")

    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT schema_version FROM about").fetchone() == (1,)
        names = [row[1] for row in connection.execute("PRAGMA table_info(handoffs)")]
    assert "changed" not in names


@pytest.mark.slow
def test_processes_that_start_at_once_on_an_older_database_all_find_it_up_to_date(old: Path) -> None:
    opening = f"from assistant.store import Store; Store('sqlite:///{old}').ping()"
    started = [subprocess.Popen([sys.executable, "-c", opening], stderr=subprocess.PIPE) for _ in range(4)]
    told = [process.communicate()[1] for process in started]

    assert [process.returncode for process in started] == [0] * 4, told
    assert len(list(old.parent.glob("assistant.db.v*"))) == 1


def test_a_newer_database_is_refused_with_the_next_step(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'assistant.db'}"
    opened = Database(url)
    with opened.writing() as connection:
        connection.execute(update(about).values(schema_version=SCHEMA_VERSION + 1))
    opened.close()

    with pytest.raises(AssistantError, match=r"newer.*Update the program, or restore an older backup\.$"):
        Database(url)


@pytest.mark.parametrize(
    "forget",
    [
        lambda store: store.erase("visitor"),
        lambda store: store.erase_person(Person(conversation="visitor")),
        lambda store: store.purge(NOON + timedelta(days=1), NOON),
    ],
)
def test_what_is_deleted_is_in_no_file_any_more_while_the_site_runs(
    tmp_path: Path, forget: Callable[[Store], object]
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    store.claim("visitor", "m1", "an unmistakable sentence", "", NOON)
    assert b"unmistakable" in kept_in(tmp_path)
    forget(store)

    assert b"unmistakable" not in kept_in(tmp_path)
    store.close()


def kept_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_database_that_cannot_be_reached_is_told_with_the_next_step() -> None:
    pytest.importorskip("psycopg", reason="the Postgres driver psycopg is not installed")
    with pytest.raises(AssistantError, match=r"Check store\.url"):
        Database("postgresql+psycopg://clinic@127.0.0.1:1/none")


# Postgres


@pytest.mark.slow
def test_postgres_remembers_as_sqlite_does(server: str) -> None:
    store = Store(server)
    store.claim("visitor", "m1", "hi", "", NOON)
    with pytest.raises(Busy):
        store.claim("visitor", "m1", "hi", "", NOON)
    reply = {"kind": "courtesy", "reason": None, "text": "Hi", "standalone": "hi", "evidence": []}
    store.settle("visitor", "m1", reply)
    store.feedback("visitor", "m1", False, "wrong", NOON)
    callback = Callback("Ann", "+16045550100", "", True)
    store.inbox.add(Handoff("K7M-42P", callback, "visitor", NOON), "r1", ("log:",))

    assert store.claim("visitor", "m1", "hi", "", NOON).reply == reply
    assert store.inbox.add(Handoff("AAA-AAA", callback, "visitor", NOON), "r1").id == "K7M-42P"
    assert [notice.handoff for notice in store.outbox.due(NOON)] == ["K7M-42P"]
    assert store.outbox.lease("housekeeping", "a", NOON, timedelta(seconds=30))
    assert not store.outbox.lease("housekeeping", "b", NOON, timedelta(seconds=30))
    assert list(store.personal(Person(phone="+16045550100"))["conversations"]) == ["visitor"]
    assert store.erase_person(Person(reference="K7M-42P")) == Gone(1, 1)
    store.close()


@pytest.mark.slow
def test_gaps_and_notices_are_kept_on_postgres_as_on_sqlite(server: str) -> None:
    store = Store(server)
    for number, (reason, handoff) in enumerate(
        (
            ("not_covered", None),
            ("not_covered", {"reason": "other_language"}),
            ("not_covered", {"reason": "x"}),
        )
    ):
        reply = {
            "kind": "abstention",
            "reason": reason,
            "text": "…",
            "standalone": f"text {number}",
            "evidence": [],
        }
        store.claim("asker", f"g{number}", f"text {number}", "", NOON)
        store.settle("asker", f"g{number}", {**reply, "handoff": handoff})
    store.inbox.add(Handoff("YYY-YYY", Callback("Jo", "+16045550102", "", True), None, NOON), "r8", ("log:",))
    (notice,) = store.outbox.due(NOON)

    assert store.gaps.gather(lambda texts: ("model", [[1.0, 0.0]] * len(texts)), NOON) == 2
    assert [gap.count for gap in store.gaps.list()] == [2]
    assert store.gaps.ask_again("g1", lambda text, reason: True, NOON) == 1
    assert store.outbox.claim(notice, NOON)
    assert store.outbox.failed(notice, "no", NOON)
    assert store.inbox.warn("YYY-YYY", ("log:",), NOON)
    assert store.purge(NOON + timedelta(days=1), NOON + timedelta(days=1)).messages == 3
    assert (store.gaps.list(), store.inbox.handoffs(), store.outbox.waiting()) == ((), (), 0)
    store.close()


@pytest.mark.slow
def test_of_two_who_take_a_request_on_postgres_one_gets_it(server: str) -> None:
    store = Store(server)
    store.inbox.add(Handoff("ZZZ-ZZZ", Callback("Jo", "+16045550101", "", True), None, NOON), "r9")
    got: list[str] = []

    def take(who: str) -> None:
        try:
            got.append(store.inbox.take("ZZZ-ZZZ", 1, who, NOON).assignee)
        except Outdated:
            got.append("")

    threads = [Thread(target=take, args=(f"person {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(bool(who) for who in got) == 1
    store.close()


@pytest.mark.slow
def test_an_older_postgres_database_is_brought_up_to_date_as_well(server: str) -> None:
    engine = create_engine(server)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        script = OLD.read_text("utf-8").replace("DATETIME", "TIMESTAMP WITH TIME ZONE")
        script = script.replace("mornings', 1,", "mornings', true,")
        for statement in script.split(";"):
            if statement.strip():
                connection.execute(text(statement))
    engine.dispose()

    store = Store(server)
    assert [item.id for item in store.inbox.handoffs()] == ["K7M-42P"]
    assert store.inbox.warn("K7M-42P", (), NOON)
    assert store.inbox.get("K7M-42P").overdue == NOON
    store.close()
