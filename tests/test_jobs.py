"""Builds of the index are written down, whoever starts them and however they end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_assistant import Clock
from test_cli_index import ARTICLE, REFERENCES

from assistant import wiring
from assistant.cli import assistant as command
from assistant.console import Console
from assistant.model import AssistantError
from assistant.rebuilding import start_build
from assistant.settings import Settings


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    made = wiring.console(Settings(data_dir=tmp_path), Clock())
    yield made
    made.close()


def settings_file(tmp_path: Path, article: str = ARTICLE) -> Path:
    shelf = tmp_path / "ours"
    shelf.mkdir()
    (shelf / "references.yaml").write_text(REFERENCES)
    (shelf / "heel.md").write_text(article)
    path = tmp_path / "settings.toml"
    path.write_text(
        f'[corpus]\nshipped = false\nshelves = ["{shelf}"]\n'
        '[index]\nembedder = "python:fakes:hashing_embeddings"\n'
    )
    return path


def test_a_job_says_how_far_it_is_and_how_it_ended(console: Console) -> None:
    with console.jobs.running("build", "jo") as running:
        running.stage("embedding")
        running.advance(5, 20)
        current = console.jobs.current()
        assert current is not None
        assert (current.stage, current.done, current.total) == ("embedding", 5, 20)
        running.generation, running.outcome = "g1", "done in 1 s"

    [job] = console.jobs.recent()
    assert (job.stage, job.actor, job.generation, job.outcome) == ("done", "jo", "g1", "done in 1 s")
    assert job.ended is not None
    assert console.jobs.current() is None


def test_a_job_that_fails_says_why(console: Console) -> None:
    with pytest.raises(ValueError, match="no articles"), console.jobs.running("build", "jo"):
        raise ValueError("no articles")

    [job] = console.jobs.recent()
    assert (job.stage, job.outcome) == ("failed", "no articles")


def test_a_job_whose_process_was_killed_is_shown_as_stopped(console: Console) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    number = console.jobs.begin("build", "jo")
    console.jobs.write(number, process=gone.pid, stage="embedding")

    assert console.jobs.current() is None
    assert console.jobs.recent()[0].stage == "stopped"


def test_a_second_build_is_refused_while_one_runs(console: Console, tmp_path: Path) -> None:
    with (
        console.jobs.running("build", "jo"),
        pytest.raises(AssistantError, match="running already"),
    ):
        start_build(Settings(data_dir=tmp_path), console.jobs, "al")


def test_the_terminals_builds_and_rollbacks_are_in_the_same_table(tmp_path: Path, console: Console) -> None:
    settings = settings_file(tmp_path)
    arguments = ["--config", str(settings), "--data", str(tmp_path), "index"]
    for act in (["build"], ["build", "--full"], ["rollback"]):
        done = CliRunner().invoke(command, [*arguments, *act])
        assert done.exit_code == 0, done.output

    found = console.jobs.recent()
    assert [(job.kind, job.actor, job.stage) for job in found] == [
        ("rollback", "terminal", "done"),
        ("build", "terminal", "done"),
        ("build", "terminal", "done"),
    ]
    assert found[2].generation != found[1].generation
    assert found[0].generation == found[2].generation
    assert "In use" in found[1].outcome


def test_looking_what_a_build_would_do_is_no_job(tmp_path: Path, console: Console) -> None:
    arguments = ["--config", str(settings_file(tmp_path)), "--data", str(tmp_path), "index"]

    assert CliRunner().invoke(command, [*arguments, "build", "--dry-run"]).exit_code == 0
    assert console.jobs.recent() == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("article", "stage", "told"), [(ARTICLE, "done", "2 passages"), ("no front matter", "failed", "no title")]
)
def test_the_console_builds_in_a_process_of_its_own(
    article: str, stage: str, told: str, tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(here), str(here.parent)]))
    settings = Settings(data_dir=tmp_path, config=settings_file(tmp_path, article))
    number = start_build(settings, console.jobs, "jo")
    for _ in range(600):
        job = console.jobs.find(number)
        if job is not None and not job.is_running:
            break
        time.sleep(0.1)

    assert job is not None
    assert (job.stage, job.actor) == (stage, "jo")
    assert told in job.outcome
