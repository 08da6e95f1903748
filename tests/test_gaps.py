"""Gaps: what was asked in vain, grouped by meaning, until the index or somebody of the clinic answers it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_assistant import REFERENCE, answer
from fakes import HashingEmbeddings
from hypothesis import given
from hypothesis import strategies as st
from worlds import card, passage

from assistant.clustering import ALIKE, middle, nearest, unit
from assistant.gaps import Gaps, answers
from assistant.model import Abstention, AssistantError, Evidence, Question, Response
from assistant.store import Store

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
PARKING = ("where can i park", "where can i park my car", "can i park my car here")


def embed(texts: Sequence[str]) -> tuple[str, list[list[float]]]:
    return "hashing", HashingEmbeddings(512).embed_documents(list(texts))


class Desk:
    """A store in which questions get replies."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.gaps: Gaps = store.gaps
        self.number = 0

    def ask(
        self, text: str, kind: str = "abstention", reason: str | None = "not_covered", **more: Any
    ) -> str:
        self.number += 1
        id = f"m{self.number}"
        visitor, at = more.pop("visitor", "visitor"), more.pop("at", NOON)
        self.store.claim(visitor, id, text, "", at)
        reply = {
            "kind": kind,
            "reason": reason,
            "text": "…",
            "standalone": text,
            "evidence": [],
            "handoff": None,
        }
        self.store.settle(visitor, id, reply | more)
        return id

    def gather(self) -> list[tuple[int, list[str]]]:
        self.gaps.gather(embed, NOON)
        return [(gap.count, [each.text for each in gap.questions]) for gap in self.gaps.list()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    yield Desk(store)
    store.close()


def test_what_means_the_same_is_one_gap_the_most_asked_first(desk: Desk) -> None:
    desk.ask("do unicorns get massages")
    for minutes, text in enumerate(PARKING):
        desk.ask(text, at=NOON + timedelta(minutes=minutes))

    assert desk.gather() == [(3, list(reversed(PARKING))), (1, ["do unicorns get massages"])]


@pytest.mark.parametrize(
    ("kind", "reason", "more"),
    [
        ("answer", None, {}),
        ("referral", "booking", {}),
        ("emergency", None, {}),
        ("courtesy", None, {}),
        ("abstention", "not_covered", {"handoff": {"reason": "other_language"}}),
    ],
)
def test_what_was_answered_or_is_none_of_the_articles_business_is_no_gap(
    desk: Desk, kind, reason, more
) -> None:
    desk.ask("where can i park", kind, reason, **more)

    assert desk.gather() == []


def test_a_text_that_was_too_long_to_be_read_is_no_gap(desk: Desk) -> None:
    desk.ask("where can i park " * 300, reason="unsupported")

    assert desk.gather() == []


def test_an_answer_that_did_not_help_is_a_gap_and_one_that_did_is_none(desk: Desk) -> None:
    for text, helpful in (("where can i park", False), ("do unicorns get massages", True)):
        id = desk.ask(text, "answer", None)
        desk.store.feedback("visitor", id, helpful, "", NOON)

    assert desk.gather() == [(1, ["where can i park"])]
    assert desk.gaps.list()[0].questions[0].reason == "not_helpful"


def test_a_follow_up_is_kept_as_it_was_searched_for(desk: Desk) -> None:
    desk.ask("and there?", standalone="Is there parking at the clinic?")

    assert desk.gather() == [(1, ["Is there parking at the clinic?"])]


def test_nothing_is_taken_in_twice(desk: Desk) -> None:
    desk.ask(PARKING[0])
    desk.gather()
    desk.ask(PARKING[1], at=NOON + timedelta(minutes=1))

    assert desk.gather() == [(2, [PARKING[1], PARKING[0]])]


def test_a_gap_that_is_asked_again_after_it_was_answered_is_open_again(desk: Desk) -> None:
    desk.ask(PARKING[0])
    desk.gather()
    (gap,) = desk.gaps.list()
    desk.gaps.settle(gap.id, "answered", "Bea", NOON + timedelta(hours=1), "parking")
    desk.ask(PARKING[1], at=NOON + timedelta(hours=2))
    desk.gather()

    assert [(gap.state, gap.article) for gap in desk.gaps.list()] == [("open", "parking")]


def test_what_was_taken_for_off_topic_is_kept_apart_until_it_is_asked_as_a_question_of_ours(
    desk: Desk,
) -> None:
    desk.ask(PARKING[0], reason="off_topic")
    desk.gather()
    assert [gap.state for gap in desk.gaps.list()] == ["doubtful"]

    desk.ask(PARKING[1], at=NOON + timedelta(hours=1))
    desk.gather()
    assert [(gap.state, gap.count) for gap in desk.gaps.list()] == [("open", 2)]
    desk.ask(PARKING[2], reason="off_topic", at=NOON + timedelta(hours=2))
    desk.gather()
    assert [(gap.state, gap.count) for gap in desk.gaps.list()] == [("open", 3)]


def test_an_ignored_gap_stays_ignored(desk: Desk) -> None:
    desk.ask(PARKING[0])
    desk.gather()
    (gap,) = desk.gaps.list()
    desk.gaps.settle(gap.id, "ignored", "Bea", NOON)
    desk.ask(PARKING[1], at=NOON + timedelta(hours=2))
    desk.gather()

    assert [(gap.state, gap.count) for gap in desk.gaps.list()] == [("ignored", 2)]
    assert desk.gaps.list(("open",)) == ()


def test_what_the_index_answers_after_a_build_is_marked_by_itself(desk: Desk) -> None:
    for text in (*PARKING[:2], "do unicorns get massages"):
        desk.ask(text)
    desk.gather()

    assert desk.gaps.ask_again("g1", lambda text, reason: text == PARKING[0], NOON) == 0
    assert {gap.answered_now for gap in desk.gaps.list()} == {0, 1}
    assert desk.gaps.ask_again("g2", lambda text, reason: "park" in text, NOON) == 1
    (open_gap,) = desk.gaps.list(("open",))
    (answered,) = desk.gaps.list(("answered",))
    assert open_gap.label == "do unicorns get massages"
    assert (answered.changed_by, answered.answered_now) == ("", 2)


def test_a_question_is_asked_of_each_index_once(desk: Desk) -> None:
    desk.ask(PARKING[0])
    desk.gather()
    asked: list[str] = []

    def ask(text: str, reason: str) -> bool:
        asked.append(text)
        return False

    for generation in ("g1", "g1", "g2"):
        desk.gaps.ask_again(generation, ask, NOON)

    assert len(asked) == 2


def test_an_unhelpful_answer_is_mended_by_an_approved_one_alone() -> None:
    def response(kind: str) -> Response:
        evidence = Evidence(1, passage(), card(), (REFERENCE,), 0.9, ("dense",))
        told = replace(answer(), evidence=(replace(evidence, card=replace(card(), kind=kind)),))
        return Response(Question("?"), "?", told, "extractive")

    nothing = Response(Question("?"), "?", Abstention("not_covered", "…"), "extractive")
    assert answers(response("authored"), "not_covered")
    assert not answers(response("authored"), "not_helpful")
    assert answers(response("answer"), "not_helpful")
    assert not answers(nothing, "not_covered")


def test_a_gap_is_forgotten_with_the_last_conversation_it_came_from(desk: Desk) -> None:
    desk.ask(PARKING[0], visitor="one", at=NOON - timedelta(days=31))
    desk.ask(PARKING[1], visitor="two")
    desk.ask("do unicorns get massages", visitor="one", at=NOON - timedelta(days=31))
    desk.gather()

    desk.store.purge(NOON - timedelta(days=30), NOON - timedelta(days=365))
    assert [[each.text for each in gap.questions] for gap in desk.gaps.list()] == [[PARKING[1]]]

    desk.store.erase("two")
    assert desk.gaps.list() == ()
    with pytest.raises(AssistantError, match="assistant gaps list"):
        desk.gaps.get(1)


def test_another_embedding_model_makes_the_vectors_anew(desk: Desk) -> None:
    desk.ask(PARKING[0])
    desk.gather()
    desk.ask(PARKING[1])

    def other(texts: Sequence[str]) -> tuple[str, list[list[float]]]:
        return "other", HashingEmbeddings(64).embed_documents(list(texts))

    desk.gaps.gather(other, NOON)

    assert [gap.count for gap in desk.gaps.list()] == [2]


vectors = st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8).filter(
    lambda v: np.linalg.norm(v) > 0.1
)


@given(st.lists(vectors, min_size=1, max_size=6))
def test_a_question_is_nearest_to_a_group_of_its_own(found: list[list[float]]) -> None:
    middles = {n: middle([unit(vector)]) for n, vector in enumerate(found)}
    chosen = nearest(unit(found[0]), middles)

    assert chosen is not None
    assert unit(found[0]) @ middles[chosen] >= 1 - 1e-5


@given(vectors, vectors)
def test_what_is_not_alike_is_in_no_group(one: list[float], other: list[float]) -> None:
    cosine = float(unit(one) @ unit(other))

    assert (nearest(unit(one), {7: unit(other)}) == 7) == (cosine >= ALIKE)
    assert nearest(unit(one), {}) is None
