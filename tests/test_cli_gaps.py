"""Gaps from the terminal: seen, answered on the clinic's own shelf, indexed and closed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assistant import wiring
from assistant.cli import assistant
from assistant.gaps import answers
from assistant.settings import Settings, load
from assistant.store import Store

Run = Callable[..., Result]
NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
ARTICLE = "---\ntitle: Heel pain\ntopic: conditions\nlicence: CC BY 4.0\n---\n\n## What is heel pain?\n\nPain under the heel.\n"
ASKED = ("where can i park my car at the clinic", "can i park my car at the clinic", "do unicorns eat grass")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shelf = tmp_path / "articles"
    shelf.mkdir()
    (shelf / "heel-pain.md").write_text(ARTICLE)
    file = tmp_path / "settings.toml"
    file.write_text(
        f'data_dir = "{tmp_path}/var"\n[corpus]\nshipped = false\nshelves = ["{shelf}"]\n'
        '[index]\nembedder = "python:fakes:hashing_embeddings"\n[answers]\nmin_confidence = 0.6\n'
    )
    return file


@pytest.fixture
def settings(config: Path) -> Settings:
    return load(config)


@pytest.fixture
def run(config: Path, settings: Settings) -> Run:
    def command(*words: str) -> Result:
        return CliRunner().invoke(assistant, ["--config", str(config), *words])

    assert command("index", "build").exit_code == 0
    store = wiring.store(settings)
    for number, text in enumerate(ASKED):
        store.claim("visitor", f"m{number}", text, "", NOON)
        reply = {
            "kind": "abstention",
            "reason": "not_covered",
            "text": "…",
            "standalone": text,
            "evidence": [],
        }
        store.settle("visitor", f"m{number}", {**reply, "handoff": None})
    store.close()
    return command


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = wiring.store(settings)
    yield opened
    opened.close()


def test_gaps_are_listed_the_most_asked_first(run: Run) -> None:
    listed = run("gaps", "list").stdout.splitlines()
    found = json.loads(run("gaps", "list", "--json").stdout)["gaps"]

    assert "asked 2×" in listed[0]
    assert [gap["count"] for gap in found] == [2, 1]
    assert found[0]["question"] == ASKED[1]


def test_a_gap_is_answered_with_an_article_that_is_found(run: Run, settings: Settings, store: Store) -> None:
    gap = json.loads(run("gaps", "list", "--json").stdout)["gaps"][0]
    words = ("--by", "Bea", "--text", "The clinic has three free places to park a car.")
    done = run("gaps", "answer", str(gap["id"]), *words, "--phrasings")
    desk = wiring.assistant(settings)
    again = desk.ask(ASKED[0])
    desk.close()

    assert done.exit_code == 0, done.stderr
    assert [(one.state, one.changed_by) for one in store.gaps.list(("answered",))] == [("answered", "Bea")]
    assert answers(again, "not_helpful")
    assert run("corpus", "show", store.gaps.get(gap["id"]).article or "").exit_code == 0


def test_an_ignored_gap_is_gone_from_the_list(run: Run) -> None:
    gap = json.loads(run("gaps", "list", "--json").stdout)["gaps"][1]
    run("gaps", "ignore", str(gap["id"]), "--by", "Bea")

    assert "unicorns" not in run("gaps", "list").stdout
    assert "ignored" in run("gaps", "list", "--all").stdout


@pytest.mark.parametrize("words", [(), ("--text", "Yes.", "--file", "answer.txt")])
def test_an_answer_is_given_in_one_way(run: Run, words: tuple[str, ...]) -> None:
    assert run("gaps", "answer", "1", "--by", "Bea", *words).exit_code == 2


def test_an_unknown_gap_is_told_with_the_next_step(run: Run) -> None:
    done = run("gaps", "ignore", "99")

    assert (done.exit_code, "assistant gaps list --all" in done.stderr) == (1, True)
