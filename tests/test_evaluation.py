"""Golden questions and the figures counted from them."""

import json
from pathlib import Path

import pytest
from worlds import HEEL, evidence

from assistant import wiring
from assistant.evaluation import Observation, below, figures, observe, ranking, states
from assistant.golden import Golden, read
from assistant.model import (
    Abstention,
    Answer,
    AssistantError,
    Citation,
    Offer,
    Question,
    Reply,
    Response,
    Statement,
)
from assistant.rates import Rate
from assistant.settings import Settings
from corpus.shelf import SHIPPED

HELD = "- {id: a, text: why does my heel hurt, passages: [heel#why], key_facts: [[first steps, first step]], held_out: true}\n"


def seen(golden: Golden, reply: Reply, found: tuple[str, ...] = ()) -> Observation:
    return observe(
        golden, lambda question: Response(question, question.text, reply, "test"), lambda text: found
    )


def an_answer(quote: str, handoff: Offer | None = None) -> Answer:
    return Answer((Statement(quote, (Citation(1, quote),)),), (evidence(),), handoff)


def test_a_question_without_an_action_is_to_be_answered_and_one_with_a_reason_is_not(tmp_path: Path) -> None:
    file = tmp_path / "care.yaml"
    file.write_text(HELD + "- {id: b, text: best sushi, reason: off_topic}\n", "utf-8")
    answerable, refused = read([tmp_path])
    assert answerable.actions == ("answer",)
    assert answerable.held_out
    assert answerable.topic == "care"
    assert answerable.key_facts == (("first steps", "first step"),)
    assert refused.actions == ("abstention", "referral")
    assert not refused.is_answerable


def test_json_lines_with_turns_are_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(
        '{"text": "how often?", "turns": [{"role": "visitor", "text": "cupping?"}, {"role": "assistant", "text": "Yes."}]}\n'
    )
    (golden,) = read([file])
    assert (golden.id, golden.turns[0].text, golden.turns[0].replied) == ("mine-1", "cupping?", "Yes.")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a: b\n", "not a list"),
        ("- {id: a}\n", "question 1: it has no text"),
        ("- {id: a, text: hi, action: dance}\n", "“dance” is not an action"),
        (HELD + HELD, "Two questions have the id “a”"),
        ("- [\n", "cannot be read"),
    ],
)
def test_a_faulty_file_is_refused_by_name(tmp_path: Path, content: str, fault: str) -> None:
    file = tmp_path / "care.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(AssistantError, match=fault):
        read([file])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssistantError, match="There is no file"):
        read([tmp_path / "none.yaml"])


@pytest.mark.parametrize(
    ("found", "relevant", "figures"),
    [
        (["a", "b"], {"a"}, (1.0, 1.0, 1.0, 1.0)),
        (["b", "a"], {"a"}, (0.0, 1.0, 0.5, pytest.approx(0.6309, abs=1e-4))),
        (
            ["b", "b", "c", "d", "e", "f", "a"],
            {"a"},
            (0.0, 0.0, pytest.approx(1 / 6), pytest.approx(0.3562, abs=1e-4)),
        ),
        (["b", "b", "b", "b", "b", "a"], {"a"}, (0.0, 1.0, 0.5, pytest.approx(0.6309, abs=1e-4))),
        (["a", "c"], {"a", "b"}, (1.0, 1.0, 1.0, pytest.approx(0.6131, abs=1e-4))),
        ([], {"a"}, (0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_a_section_counts_where_it_is_first_found(
    found: list[str], relevant: set[str], figures: tuple[float, ...]
) -> None:
    got = ranking(found, relevant)
    assert (got.hit_1, got.hit_5, got.reciprocal, got.ndcg) == figures


@pytest.mark.parametrize(
    ("text", "fact", "stated"),
    [
        ("It eases in 2–3 weeks [1]. Rest.", ["2-3 weeks"], True),
        ("It eases [1] slowly.", ["eases slowly"], True),
        ("The  FIRST\nsteps hurt", ["other words", "first steps"], True),
        ("It eases in months.", ["weeks"], False),
    ],
)
def test_a_fact_is_stated_when_one_of_its_phrasings_occurs(text: str, fact: list[str], stated: bool) -> None:
    assert states(text, fact) is stated


def test_a_quotation_with_one_letter_changed_is_not_exact() -> None:
    golden = Golden("a", "why does my heel hurt", ("answer",))
    right = seen(golden, an_answer("Most people feel better within some months."))
    wrong = seen(golden, an_answer("Most people feel better within some month."))
    assert HEEL.endswith("Most people feel better within some months.")
    assert (right.quotations, right.exact, wrong.quotations, wrong.exact) == (1, 1, 1, 0)
    assert figures([right, wrong])["exact citations"].share == 0.5


def test_a_statement_without_a_citation_costs_an_exact_one() -> None:
    golden = Golden("a", "why", ("answer",))
    reply = Answer((Statement("It heals.", ()), *an_answer(HEEL).statements), (evidence(),))
    assert figures([seen(golden, reply)])["exact citations"].share == 0.0


def test_an_answer_that_should_offer_a_person_is_wrong_without_one() -> None:
    golden = Golden("a", "may i, after my surgery", ("answer_with_phone",))
    phone = Offer("personal_clinical", "604-828-2610", "tel:+16048282610")
    assert not seen(golden, an_answer(HEEL)).is_right
    assert seen(golden, an_answer(HEEL, phone)).is_right


def test_key_facts_of_a_question_that_was_not_answered_count_as_not_stated() -> None:
    golden = Golden("a", "why", ("answer",), ("heel#why",), (("first steps",),))
    counted = figures([seen(golden, Abstention("not_covered", "I do not know."), ("heel#why",))])
    assert counted["key facts"].share == 0.0
    assert counted["right action"].share == 0.0
    assert counted["hit@1"].share == 1.0


def test_the_interval_is_the_one_of_wilson() -> None:
    low, high = Rate(98, 100).interval or (0.0, 0.0)
    assert (round(low, 3), round(high, 3)) == (0.930, 0.994)
    assert Rate(0, 0).interval is None
    assert Rate(1.5, 3, is_mean=True).interval is None


def test_only_a_figure_under_its_floor_is_named() -> None:
    found = {"hit@5": Rate(9, 10), "MRR@10": Rate(7, 10, is_mean=True)}
    assert below(found, {"hit@5": 0.9, "MRR@10": 0.71, "gone": 1.0}) == ["MRR@10 is 0.700, its floor 0.710"]


def test_the_question_is_asked_with_its_turns() -> None:
    asked: list[Question] = []

    def reply(question: Question) -> Response:
        asked.append(question)
        return Response(question, "cupping how often", Abstention("not_covered", ""), "test")

    searched: list[str] = []
    golden = Golden("a", "how often?", ("answer",), ("cupping#often",))
    observe(golden, reply, lambda text: searched.append(text) or [])  # type: ignore[func-returns-value]
    assert asked[0].text == "how often?"
    assert searched == ["cupping how often"]


def test_the_pinned_floors_are_those_of_the_shipped_articles() -> None:
    """Articles were changed: look at `assistant evaluate`, then pin the figures with --update-floors."""
    floors = json.loads((SHIPPED / "golden" / "floors.json").read_text("utf-8"))

    assert floors["corpus"] == wiring.shelf(Settings()).fingerprint
    assert floors["held_out"]["exact citations"] == 1.0


def test_every_section_that_a_golden_question_names_is_there() -> None:
    shelf = wiring.shelf(Settings())
    sections = {f"{article.card.id}#{section.anchor}" for article in shelf for section in article.sections}
    golden = read([SHIPPED / "golden"])

    assert [(one.id, section) for one in golden for section in one.passages if section not in sections] == []
    assert all(sum(one.id.startswith(f"{article.card.id}-") for one in golden) >= 6 for article in shelf)
    assert sum(one.held_out for one in golden) >= len(golden) // 3 - 3
