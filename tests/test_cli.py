"""The command line as staff use it: a clinic of three small articles, indexed with the hashing embedder."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from assistant import wiring
from assistant.cli import assistant
from assistant.model import Callback, Handoff
from assistant.settings import load
from index.build import build

HEADER = (
    "---\ntitle: {title}\ntopic: conditions\naudience: visitors\ncertainty: low\nlicence: CC BY 4.0\n---\n\n"
)
ARTICLES = {
    "heel-pain": (
        "Heel pain",
        "## Does massage help heel pain?\n\nMassage may ease heel pain for a short time. [@doe-2020]\n\n"
        "## How long does heel pain last?\n\nHeel pain eases over some months. [@doe-2020]\n",
    ),
    "frozen-shoulder": (
        "Frozen shoulder",
        "## What is a frozen shoulder?\n\nA frozen shoulder is stiff. [@doe-2020]\n",
    ),
    "first-visit": (
        "First visit",
        "## What should I wear?\n\nWear loose clothes to a first visit. [@doe-2020]\n",
    ),
}
REFERENCES = "doe-2020:\n  kind: rct\n  title: A trial of heels\n  authors: [Doe J]\n  container: Journal of Heels\n  year: 2020\n"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic")
    shelf = folder / "articles"
    shelf.mkdir()
    for id, (title, body) in ARTICLES.items():
        (shelf / f"{id}.md").write_text(HEADER.format(title=title) + body)
    (shelf / "references.yaml").write_text(REFERENCES)
    config = folder / "clinic.toml"
    config.write_text(
        f'data_dir = "{folder / "var"}"\n[corpus]\nshipped = false\nshelves = ["{shelf}"]\n'
        '[index]\nembedder = "python:fakes:hashing_embeddings"\n'
    )
    settings = load(config)
    read = wiring.shelf(settings)
    build(
        read,
        read.fingerprint,
        wiring.generations(settings),
        wiring.embedder(settings),
        wiring.vectors(settings),
    )
    return config


def run(config: Path, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(assistant, ["--config", str(config), *arguments], input=typed)


def asked(config: Path, text: str) -> dict[str, Any]:
    done = run(config, "ask", text, "--json")
    assert done.exit_code == 0, done.output
    reply: dict[str, Any] = json.loads(done.stdout)
    return reply


def test_an_answer_as_json_has_every_key_and_exact_quotations(config: Path) -> None:
    reply = asked(config, "does massage help heel pain")

    assert set(reply) == {
        *("id", "question", "standalone", "conversation", "kind", "level", "text", "statements", "evidence"),
        *("handoff", "reason", "emergency", "follow_ups", "engine", "timings_ms"),
    }
    assert (reply["kind"], reply["engine"]) == ("answer", "extractive")
    texts = {item["number"]: item["text"] for item in reply["evidence"]}
    assert reply["statements"]
    for statement in reply["statements"]:
        assert statement["citations"]
        assert all(cited["quote"] in texts[cited["evidence"]] for cited in statement["citations"])
    best = reply["evidence"][0]
    assert best["url"] == "/articles/heel-pain#does-massage-help-heel-pain"
    assert best["references"][0]["citation"] == "Doe J. A trial of heels. Journal of Heels. 2020."


def test_the_same_question_twice_gets_the_same_answer(config: Path) -> None:
    one, two = asked(config, "does massage help heel pain"), asked(config, "does massage help heel pain")

    assert [one[key] for key in ("kind", "text", "statements", "evidence")] == [
        two[key] for key in ("kind", "text", "statements", "evidence")
    ]


def test_an_answer_for_a_person_names_its_sources(config: Path) -> None:
    done = run(config, "ask", "does massage help heel pain")

    assert "Massage may ease heel pain for a short time. [1]" in done.stdout
    assert "[1] Heel pain – Does massage help heel pain? (/articles/heel-pain#" in done.stdout
    assert "Doe J. A trial of heels." in done.stdout


def test_an_abstention_is_done_not_failed(config: Path) -> None:
    done = run(config, "ask", "qqqq zzzz")

    assert done.exit_code == 0


def test_a_batch_keeps_order_and_ids_and_understands_turns(config: Path, tmp_path: Path) -> None:
    batch = tmp_path / "questions.jsonl"
    turns = [
        {"role": "user", "text": "does massage help heel pain"},
        {"role": "assistant", "text": "It may."},
    ]
    lines = [
        {"id": "b", "text": "hello", "style": ["ignored"]},
        {"id": "a", "text": "and how long does it last?", "turns": turns},
        {"id": "c", "text": "crushing chest pain and my left arm is numb, sweating"},
    ]
    batch.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")

    done = run(config, "ask", "--batch", str(batch))

    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply["id"] for reply in replies] == ["b", "a", "c"]
    assert [reply["kind"] for reply in replies] == ["courtesy", "answer", "emergency"]
    assert "heel pain" in replies[1]["standalone"]
    assert replies[1]["evidence"][0]["article"] == "heel-pain"


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        '{"id": "a"}',
        '{"text": 7}',
        '{"text": "x", "turns": [{"role": "dog", "text": "y"}]}',
        '["x"]',
    ],
)
def test_a_batch_line_that_is_no_question_is_named(config: Path, tmp_path: Path, line: str) -> None:
    batch = tmp_path / "questions.jsonl"
    batch.write_text('{"id": "fine", "text": "hello"}\n' + line)

    done = run(config, "ask", "--batch", str(batch))

    assert done.exit_code == 1
    assert "Line 2" in done.stderr


@pytest.mark.parametrize(
    "arguments", [("ask",), ("ask", " "), ("ask", "x", "--batch", "-"), ("search", ""), ("nonsense",)]
)
def test_asking_wrongly_is_exit_status_two(config: Path, arguments: tuple[str, ...]) -> None:
    assert run(config, *arguments).exit_code == 2


def test_without_an_index_the_next_step_is_told(config: Path, tmp_path: Path) -> None:
    done = run(config, "--data", str(tmp_path / "empty"), "ask", "does massage help")

    assert done.exit_code == 1
    assert "assistant index build" in done.stderr


def test_a_conversation_understands_follow_ups(config: Path) -> None:
    done = run(config, "chat", typed="does massage help heel pain\nand how long does it last?\n\n")

    assert done.exit_code == 0
    assert "Searched for: How long does" in done.stdout
    assert done.stdout.count("[1] Heel pain – ") == 2


def test_search_shows_where_a_passage_stands_and_why(config: Path) -> None:
    done = run(config, "search", "frozen shoulder", "--why", "--limit", "1")

    assert done.stdout.startswith("1. Frozen shoulder > What is a frozen shoulder?")
    assert "coverage 1.00 (frozen, shoulder)" in done.stdout


def test_search_as_json_holds_the_scores(config: Path) -> None:
    hits = json.loads(run(config, "search", "frozen shoulder", "--json").stdout)["hits"]

    assert hits[0]["passage"] == "frozen-shoulder#what-is-a-frozen-shoulder/0"
    assert {"dense", "lexical", "coverage", "confidence", "found_by"} <= set(hits[0])


def test_callback_requests_are_listed(config: Path) -> None:
    assert "Nobody is waiting" in run(config, "handoff", "list").stderr

    store = wiring.store(load(config))
    created = datetime(2026, 11, 24, 20, 5, tzinfo=UTC)
    store.inbox.add(
        Handoff("K7M-42P", Callback("Ann", "+16045550199", "mornings", True), None, created), "r1"
    )
    store.close()

    listed = run(config, "handoff", "list").stdout
    assert listed == "K7M-42P  2026-11-24 13:05  new  Ann  +16045550199, best time: mornings\n"
    assert (
        json.loads(run(config, "handoff", "list", "--json").stdout)["handoffs"][0]["phone"] == "+16045550199"
    )


def test_an_unknown_setting_is_told_in_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[clinic]\nnane = 'x'")

    done = run(wrong, "ask", "hello")

    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "clinic.nane" in done.stderr


GOLDEN = (
    "- {id: heel-1, text: does massage help heel pain, passages: [heel-pain#does-massage-help-heel-pain], "
    "key_facts: [[short time]]}\n"
    "- {id: nothing-1, text: qqqq zzzz, reason: not_covered}\n"
)


def test_golden_questions_are_measured_against_floors_that_are_pinned(config: Path) -> None:
    golden = config.parent / "var" / "golden"
    golden.mkdir()
    (golden / "heel.yaml").write_text(GOLDEN)

    pinned = run(config, "evaluate", "--update-floors", "--json")
    report = json.loads(pinned.stdout)
    assert pinned.exit_code == 0, pinned.output
    assert [report["tuned"][figure]["share"] for figure in ("hit@1", "key facts", "right action")] == [
        1,
        1,
        1,
    ]

    (golden / "heel.yaml").write_text(GOLDEN.replace("short time", "many years"))
    fallen = run(config, "evaluate", "--worst", "1")
    assert fallen.exit_code == 1
    assert "tuned: key facts is 0.000, its floor 1.000" in fallen.stderr
    assert "heel-1 [answer]" in fallen.stdout

    floors = json.loads((golden / "floors.json").read_text())
    (golden / "floors.json").write_text(json.dumps({**floors, "corpus": "of another day"}))
    assert "pinned for other articles" in run(config, "evaluate").stderr


def test_own_questions_are_measured_without_floors(config: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(GOLDEN.replace("short time", "many years"))

    done = run(config, "evaluate", "--questions", str(mine))

    assert done.exit_code == 0
    assert "0.000 (0/1)" in done.stdout
    assert run(config, "evaluate", "--questions", str(mine), "--update-floors").exit_code == 2


def test_a_card_is_written_with_the_figures_and_those_of_plain_searches(config: Path) -> None:
    run(config, "evaluate", "--card", "--update-floors")
    card = (config.parent / "var" / "SYSTEM_CARD.md").read_text()

    assert "What it must not be used for" in card
    assert "| exact citations | 1.000" in card
    assert "| BM25, first passage |" in card
    assert run(config, "evaluate", "--card", "--questions", str(config)).exit_code == 2
