"""An approved answer wins when the same thing is asked in other words, and only then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from worlds import card, hit, passage

from assistant.approved import SAME, approved, recited
from assistant.citing import released
from index.model import Hit, Passage

TEXT = "The clinic comes to you.\n\nHave ready:\n\n- a chair\n- a towel\n\nThen we begin."
QUESTION = "Do I need to prepare a room for a massage?"


def answer_hit(question: float, asked: Sequence[str] = ()) -> Hit:
    found = replace(passage(TEXT, "room", QUESTION), asked=tuple(asked))
    own = replace(
        card("room", "general guidance", QUESTION), kind="answer", reviewer="Bea Lee", references=()
    )
    return replace(hit(found), card=own, question=question)


def articles_hit(question: float) -> Hit:
    return replace(hit(), question=question)


def whole(of: Hit) -> Sequence[Passage]:
    return (of.passage,)


@pytest.mark.parametrize(
    ("question", "hits", "wins"),
    [
        ("must i make room for a massage", [answer_hit(0.9)], True),
        ("must i make room for a massage", [articles_hit(0.7), answer_hit(0.9)], True),
        ("must i make room for a massage", [answer_hit(SAME - 0.01)], False),
        ("must i make room for a massage", [answer_hit(0.9), articles_hit(0.95)], False),
        ("must i make room for the therapist", [answer_hit(0.9)], True),
        ("must i make room for cupping", [answer_hit(0.9)], False),
        ("must i make room for cupping", [answer_hit(0.9, ["room for cupping?"])], True),
        ("what is heel pain", [articles_hit(0.99)], False),
        ("what is heel pain", [], False),
    ],
)
def test_an_approved_answer_wins_over_passages_that_are_asked_for_less(question, hits, wins) -> None:
    own = next((found for found in hits if found.card.kind == "answer"), None)
    evidence = approved(question, hits, lambda id: whole(own) if own else ())

    assert [item.passage.article for item in evidence] == (["room"] if wins else [])


def test_an_approved_answer_is_told_whole_and_says_who_approved_it_and_when() -> None:
    found = replace(answer_hit(0.9), card=replace(answer_hit(0.9).card, reviewed=date(2026, 11, 4)))
    evidence = approved(QUESTION, [found], lambda id: whole(found))

    said = list(released(recited(evidence), evidence))

    assert [statement.text for statement in said] == [
        "The clinic’s answer, approved by Bea Lee on 4 November 2026: The clinic comes to you.",
        "Have ready:",
        "a chair; a towel.",
        "Then we begin.",
    ]
    assert all(statement.citations[0].quote in TEXT for statement in said)


def test_an_answer_of_several_passages_is_told_from_the_first_on() -> None:
    first = answer_hit(0.9)
    second = replace(first.passage, id="room#x/1", text="The clinic comes to you.")
    evidence = approved(QUESTION, [first], lambda id: (first.passage, second))

    said = list(recited(evidence))

    assert [statement.citations[0].evidence for statement in said] == [1, 1, 1, 1, 2]
    assert [statement.text.startswith("The clinic’s answer") for statement in said] == [True, *[False] * 4]
