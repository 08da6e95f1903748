"""The inbox from the terminal."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from assistant.cli import assistant
from assistant.model import Callback, Handoff
from assistant.store import Store
from assistant.tables import SCHEMA_VERSION, about

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    store = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    store.claim("visitor", "m1", "Does cupping hurt?", "", datetime(2026, 11, 24, 20, tzinfo=UTC))
    reply = {"kind": "courtesy", "reason": None, "text": "It leaves marks.", "standalone": "", "evidence": []}
    store.settle("visitor", "m1", reply)
    callback = Callback("Ann", "+16045550199", "mornings", True)
    store.inbox.add(Handoff("K7M-42P", callback, "visitor", datetime(2026, 11, 24, 20, tzinfo=UTC)), "r1")
    store.close()

    def command(*words: str) -> Result:
        return CliRunner().invoke(assistant, ["--data", str(tmp_path), "handoff", *words])

    return command


def test_a_request_is_shown_with_what_was_said_before(run: Run) -> None:
    shown = run("show", "k7m42p").stdout

    assert "name: Ann" in shown
    assert "phone: +16045550199" in shown
    assert "Visitor: Does cupping hurt?\nAssistant: It leaves marks." in shown
    assert (
        json.loads(run("show", "K7M-42P", "--json").stdout)["transcript"][0]["text"] == "Does cupping hurt?"
    )


def test_a_request_is_taken_called_and_gone_from_the_list(run: Run) -> None:
    taken = run("take", "K7M-42P", "--as", "Bea")
    listed = run("list").stdout
    closed = run("close", "K7M-42P", "--state", "called", "--note", "visit on Friday")

    assert "with Bea" in taken.stdout
    assert "in progress" in listed
    assert "Bea" in listed
    assert closed.stdout == "K7M-42P is called.\n"
    assert run("list").stdout == ""
    assert "visit on Friday" in run("show", "K7M-42P").stdout


def test_a_request_that_somebody_has_cannot_be_taken(run: Run) -> None:
    run("take", "K7M-42P", "--as", "Bea")
    second = run("take", "K7M-42P", "--as", "Cy")

    assert second.exit_code == 1
    assert "in progress (Bea)" in second.stderr


def test_an_unknown_reference_is_told_with_the_next_step(run: Run) -> None:
    done = run("show", "AAA-AAA")

    assert done.exit_code == 1
    assert "assistant handoff list --all" in done.stderr


def test_requests_are_exported_for_a_spreadsheet(run: Run) -> None:
    (line,) = csv.DictReader(io.StringIO(run("export").stdout))

    assert (line["reference"], line["phone"]) == ("K7M-42P", "'+16045550199")


def test_without_hours_no_waiting_time_is_made_up(run: Run) -> None:
    assert "waiting" not in run("list").stdout


def test_with_hours_the_waiting_time_is_opening_time(run: Run, tmp_path: Path, monkeypatch) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[clinic]\nhours = {mon = "09:00-17:00", tue = "09:00-17:00"}\n')
    monkeypatch.setenv("ASSISTANT_CONFIG", str(config))

    assert "of opening hours" in run("list").stdout


def test_a_database_of_a_newer_program_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    with store.database.writing() as connection:
        connection.execute(update(about).values(schema_version=SCHEMA_VERSION + 1))
    store.close()

    done = run("list")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "Update the program" in done.stderr
