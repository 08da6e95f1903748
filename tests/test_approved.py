"""Approved answers: written by a person of the clinic, found on the shelf as an article of their own."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.approving import write_answer
from assistant.golden import add, read
from assistant.model import AssistantError
from corpus.model import Article
from corpus.shelf import Shelf

TODAY = date(2026, 11, 24)
QUESTION = "Do I need to make room at home?"
ANSWER = "A space of two by three metres is enough.\n\n- move the table\n- keep pets out"


def on_shelf(folder: Path) -> list[Article]:
    return list(Shelf([folder], {}))


def test_an_approved_answer_is_an_article_that_says_who_approved_it_and_when(tmp_path: Path) -> None:
    written = write_answer(QUESTION, ANSWER, "Bea Lee, physiotherapist", tmp_path, today=TODAY)

    (found,) = on_shelf(tmp_path)
    assert found.card.id == written.article == "do-i-need-to-make-room-at-home"
    assert (found.card.kind, found.card.title) == ("answer", QUESTION)
    assert (found.card.reviewer, found.card.reviewed) == ("Bea Lee, physiotherapist", TODAY)
    assert found.card.is_reviewed
    assert found.card.licence.admission == "full"
    assert found.card.url == "/articles/do-i-need-to-make-room-at-home"
    assert [(section.trail, section.text) for section in found.sections] == [((QUESTION,), ANSWER)]
    assert written.passage == f"{written.article}#{found.sections[0].anchor}"


def test_an_approved_answer_stops_no_build(tmp_path: Path) -> None:
    write_answer(QUESTION, ANSWER, "Bea", tmp_path, today=TODAY)

    assert [finding for finding in Shelf([tmp_path], {}).findings(TODAY) if finding.severity == "error"] == []


def test_a_newer_answer_to_the_same_question_takes_the_place_of_the_older(tmp_path: Path) -> None:
    write_answer(QUESTION, ANSWER, "Bea", tmp_path, today=TODAY)
    write_answer(QUESTION, "Two square metres are enough.", "Cy", tmp_path, today=TODAY)

    assert [(found.card.reviewer, found.sections[0].text) for found in on_shelf(tmp_path)] == [
        ("Cy", "Two square metres are enough.")
    ]


def test_an_article_of_that_name_is_left_alone(tmp_path: Path) -> None:
    article = (
        "---\ntitle: Do I need to make room at home?\ntopic: practical\nlicence: CC BY 4.0\n---\n\nYes.\n"
    )
    (tmp_path / "do-i-need-to-make-room-at-home.md").write_text(article)
    mine = write_answer(QUESTION, ANSWER, "Bea", tmp_path, today=TODAY)
    shipped = write_answer(
        "What is cupping?", "Cups.", "Bea", tmp_path, today=TODAY, taken={"what-is-cupping"}
    )

    assert (mine.article, shipped.article) == (
        "do-i-need-to-make-room-at-home-answer",
        "what-is-cupping-answer",
    )
    assert (tmp_path / "do-i-need-to-make-room-at-home.md").read_text() == article


def test_other_ways_to_ask_lie_beside_it(tmp_path: Path) -> None:
    asked = ["how much space", QUESTION, "how much space", " "]
    written = write_answer(QUESTION, ANSWER, "Bea", tmp_path, today=TODAY, asked=asked)

    kept = yaml.safe_load((tmp_path / "asked" / f"{written.article}.yaml").read_text())
    assert kept == {written.passage.partition("#")[2]: ["how much space"]}


@pytest.mark.parametrize(
    ("question", "answer", "by", "told"),
    [
        ("", "Yes.", "Bea", "Write the question"),
        ("x" * 201, "Yes.", "Bea", "at most 200"),
        ("Is it?", "  \n", "Bea", "Write the answer"),
        ("Is it?", "y" * 4001, "Bea", "at most 4000"),
        ("Is it?", "Yes.", " ", "who approves"),
    ],
)
def test_an_answer_that_is_incomplete_is_refused(tmp_path, question, answer, by, told) -> None:
    with pytest.raises(AssistantError, match=told):
        write_answer(question, answer, by, tmp_path, today=TODAY)

    assert list(tmp_path.iterdir()) == []


@given(st.text(alphabet="ab #*_[]()@{}<>&`|~:-.'\"\\", min_size=1, max_size=60).filter(str.strip))
def test_signs_in_an_answer_mean_nothing(tmp_path_factory: pytest.TempPathFactory, signs: str) -> None:
    folder = tmp_path_factory.mktemp("shelf")
    write_answer(QUESTION, f"See {signs} there.", "Bea", folder, today=TODAY)

    (found,) = on_shelf(folder)
    assert " ".join(found.sections[0].text.split()) == " ".join(f"See {signs} there.".split())


def test_a_golden_question_is_added_once_and_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "golden" / "asked.yaml"
    first = add(file, "where: can i “park”?", ["parking#where"])
    second = add(file, "is there parking", ["parking#where"])

    assert read([file]) == (first, second)
    assert (first.actions, first.passages, second.id) == (("answer",), ("parking#where",), "asked-2")
    with pytest.raises(AssistantError, match="already"):
        add(file, "Is there parking", [])
    assert file.read_text().startswith("# Golden questions")
