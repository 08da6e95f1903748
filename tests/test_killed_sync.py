"""`assistant corpus sync` as a process of its own: killed at each of its requests, interrupted, and on a terminal."""

import fcntl
import os
import pty
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from fake_services import Services, serving
from pulling import THREE
from test_cli_sources import CONTACT, SETTINGS

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with serving() as made:
        made.papers = [replace(paper) for paper in THREE]
        (tmp_path / "settings.toml").write_text(SETTINGS.format(contact=CONTACT, base=made.base), "utf-8")
        yield made


SYNC = [
    *(sys.executable, "-m", "assistant", "--config", "settings.toml", "--data", "var"),
    *("corpus", "sync", "--source", "pmc"),
]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def started(folder: Path) -> subprocess.Popen[str]:
    """A run as from a terminal: it hears an interrupt, also where a shell started the tests in the background."""
    return subprocess.Popen(
        SYNC,
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def on_a_terminal(folder: Path, *more: str) -> str:
    """What a terminal of 100 columns is sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    said = b""
    with subprocess.Popen(
        [*SYNC, *more], cwd=folder, env=ENVIRONMENT, stdin=theirs, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        try:
            while piece := os.read(ours, 65536):
                said += piece
        except OSError:  # the other side is closed
            pass
    os.close(ours)
    return said.decode()


def stopped(folder: Path, services: Services, at: int, by: signal.Signals) -> tuple[int, str]:
    """A run that gets the signal at its request number `at`: its exit status and what it said of it."""
    services.asked.clear()
    with started(folder) as running:
        while len(services.asked) < at and running.poll() is None:
            time.sleep(0.001)
        running.send_signal(by)
        _, said = running.communicate(timeout=60)
    return running.returncode, said


def whole(folder: Path) -> None:
    with started(folder) as running:
        said = running.communicate(timeout=60)
    assert running.returncode == 0, said


def state(folder: Path) -> tuple[list[str], list[tuple[str, str, str]]]:
    database = sqlite3.connect(folder / "var" / "sources.db")
    try:
        rows = database.execute("SELECT id, status, article FROM records ORDER BY id, version").fetchall()
    finally:
        database.close()
    return sorted(str(path) for path in (folder / "var" / "shelf").rglob("*")), rows


@pytest.mark.parametrize("at", range(1, 12))
def test_a_process_killed_at_any_request_and_run_again_has_all_once(at, services, tmp_path):
    status, _ = stopped(tmp_path, services, at, signal.SIGKILL)
    assert status == -signal.SIGKILL

    whole(tmp_path)

    files, rows = state(tmp_path)
    assert [Path(path).name for path in files] == ["pmc", "pmc101.md", "pmc102.md"]
    assert rows == [("PMC101", "ok", "pmc101"), ("PMC102", "ok", "pmc102"), ("PMC103", "refused", "")]


def test_a_run_that_is_interrupted_says_what_to_do_and_goes_on_where_it_was(services, tmp_path):
    services.faults["cloud"] = (
        "503*1"  # so that it waits a second after its third request, and cannot end before
    )

    status, said = stopped(tmp_path, services, 3, signal.SIGINT)

    assert status == 1
    assert said.endswith("Interrupted. What was taken is kept; run it again to go on.\n")
    assert "Traceback" not in said
    whole(tmp_path)
    assert len(state(tmp_path)[1]) == 3


def test_a_terminal_shows_how_far_the_run_is_and_then_the_table_alone(services, tmp_path):
    """Whatever the bar wrote is wiped from its line before anything else stands there."""
    services.faults["cloud"] = "503*1"  # so that the first takes a second

    bar, *rest = on_a_terminal(tmp_path).split("source  found")

    assert "pmc:   0%|" in bar
    assert "| 1/20 [" in bar
    assert bar.rsplit("\r", 2)[1].strip() == ""
    assert len(rest) == 1
    assert "publications" not in rest[0]


def test_the_lines_of_a_dry_run_stand_alone_on_a_terminal(services, tmp_path):
    said = on_a_terminal(tmp_path, "--dry-run")

    assert "\r\nquote-only  pmc  PMC102" in said
    assert "publications" not in said
