"""What is kept of a person: shown to them, erased for them, and deleted by itself when it is too old."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assistant.cli import assistant
from assistant.model import Callback, Handoff
from assistant.store import Store

Run = Callable[..., Result]
REPLY = {
    "kind": "courtesy",
    "reason": None,
    "text": "Hello.",
    "standalone": "",
    "evidence": [],
    "handoff": None,
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    now = datetime.now(UTC)
    for visitor, phone, days in (("ann", "+16045550199", 0), ("jo", "+16045550188", 31)):
        at = now - timedelta(days=days)
        opened.claim(visitor, f"m-{visitor}", f"hello from {visitor}", "", at)
        opened.settle(visitor, f"m-{visitor}", REPLY)
        opened.feedback(visitor, f"m-{visitor}", False, "wrong", at)
        reference = f"{visitor:A<3}-AAA".upper()
        opened.inbox.add(
            Handoff(reference, Callback(visitor.title(), phone, "", True), visitor, at), visitor, ("log:",)
        )
    return opened


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Run:
    def command(*words: str) -> Result:
        return CliRunner().invoke(assistant, ["--data", str(tmp_path), "privacy", *words])

    return command


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


@pytest.mark.parametrize(
    "named", [("--phone", "604 555 0199"), ("--reference", "annaaa"), ("--conversation", "ann")]
)
def test_a_person_gets_all_that_is_kept_of_them_and_nothing_of_others(
    run: Run, named: tuple[str, str]
) -> None:
    printed = run("export", *named).stdout
    kept = json.loads(printed)

    assert kept["conversations"]["ann"][0]["text"] == "hello from ann"
    assert [item["name"] for item in kept["callback_requests"]] == ["Ann"]
    assert len(kept["feedback"]) == 1
    assert "jo" not in printed.casefold().replace("json", "")


@pytest.mark.parametrize(
    "named", [("--phone", "604 555 0199"), ("--reference", "ANN-AAA"), ("--conversation", "ann")]
)
def test_a_person_is_erased_and_others_stay(
    run: Run, store: Store, tmp_path: Path, named: tuple[str, str]
) -> None:
    done = run("erase", *named, "--yes")
    store.close()

    assert done.stdout.startswith("Deleted 1 messages and 1 callback requests.")
    assert b"hello from ann" not in everything(tmp_path)
    assert b"+16045550199" not in everything(tmp_path)
    assert b"hello from jo" in everything(tmp_path)


def test_nothing_is_erased_without_a_yes(run: Run, store: Store) -> None:
    assert run("erase", "--phone", "604 555 0199").exit_code == 1
    assert len(store.inbox.handoffs()) == 2


@pytest.mark.parametrize("command", ["export", "erase"])
def test_a_person_has_to_be_named(run: Run, command: str) -> None:
    assert run(command).exit_code == 2


def test_the_purge_tells_what_it_deleted(run: Run, store: Store) -> None:
    assert run("purge").stdout == (
        "Deleted 1 messages older than 30 days and 0 callback requests older than 365 days.\n"
    )
    assert store.transcript("jo") == []
    assert len(store.transcript("ann")) == 1
