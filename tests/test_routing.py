"""Which kind of message this is, on cases of our own; a third of them is only measured."""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import AssistantError
from assistant.routing import Router
from assistant.settings import Settings

CASES: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "routing.yaml").read_text("utf-8")
)
ROUTER = Router.load(placeholders=Settings().placeholders)


@pytest.mark.parametrize(
    ("subject", "text"), [(subject, text) for subject, texts in CASES["tuning"].items() for text in texts]
)
def test_a_message_is_known_for_what_it_is(subject: str, text: str) -> None:
    assert ROUTER(text).subject == subject


def test_messages_that_no_rule_was_made_for_are_mostly_known_too() -> None:
    held_out = [(subject, text) for subject, texts in CASES["held_out"].items() for text in texts]

    known = [ROUTER(text).subject == subject for subject, text in held_out]

    assert sum(known) >= 0.95 * len(known)


def test_no_question_for_the_articles_is_turned_away() -> None:
    questions = CASES["tuning"]["knowledge"] + CASES["held_out"]["knowledge"]

    assert not [text for text in questions if ROUTER(text).subject == "off_topic"]


@pytest.mark.parametrize("change", [str.upper, "  {}  ".format, "{}!!".format, "{} 😊".format])
@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("can i talk to a real person", "human_request"),
        ("do you have anything available this weekend", "booking"),
        ("what do you charge for an hour", "price"),
        ("does massage help neck pain", "knowledge"),
        ("are you a robot", "courtesy"),
    ],
)
def test_capitals_marks_and_emoji_change_nothing(change: object, text: str, subject: str) -> None:
    assert callable(change)
    assert ROUTER(change(text)).subject == subject


@pytest.mark.parametrize(
    "text", ["hello", "can i talk to a person", "how much is a massage", "hola, me duele la espalda"]
)
def test_a_fixed_text_holds_the_clinics_own_number_where_one_belongs(text: str) -> None:
    said = ROUTER(text).text

    assert said
    assert "{" not in said


@given(st.text(max_size=400))
def test_every_message_has_a_route(text: str) -> None:
    assert ROUTER(text).rule


@pytest.mark.parametrize(
    "piece", ["a ", "how much ", "do you ", "my ", "ignore all ", "i have ", "the other ", "!?", "hi "]
)
def test_a_long_message_takes_no_longer_than_a_moment(piece: str) -> None:
    began = perf_counter()

    ROUTER(piece * (16_384 // len(piece)))

    assert perf_counter() - began < 2


def test_a_rule_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    rules = tmp_path / "routes.yaml"
    rules.write_text(
        "words: {}\nother_language: {}\nrules:\n  - {id: broken, subject: price, says: ['(']}\n", "utf-8"
    )

    with pytest.raises(AssistantError, match="broken"):
        Router.load(rules)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("hello", "hello"),
        ("hi there!", "hello"),
        ("thanks", "thanks"),
        ("ok bye", "goodbye"),
        ("???", "wordless"),
    ],
)
def test_a_courtesy_is_answered_in_kind(text: str, rule: str) -> None:
    assert Router.load(placeholders=Settings().placeholders)(text).rule == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ok good to know, that's all", "thanks"),
        ("that was helpful. have a nice day", "goodbye"),
        ("great. thank you!", "thanks"),
        ("and the price?", "price"),
        ("booking?", "booking"),
        ("how many tylenol can i take before the massage", "doses"),
        ("is it ok to take ibuprofen before a massage", "default"),
        ("i have metal plates in my wrist, can it be massaged", "own-illness"),
        ("my dad has a defibrillator, is massage ok", "own-illness"),
        ("liver transplant in 2015, any reason to skip a massage", "own-illness"),
        ("ten days after my tooth extraction, can i have my jaw worked on", "own-illness"),
        ("do you fix tight calves with needles or with stretching", "default"),
        ("do you treat knees with cupping or by hand", "default"),
        ("do you treat knees", "services"),
    ],
)
def test_short_and_mixed_messages_are_told_apart(text: str, rule: str) -> None:
    assert ROUTER(text).rule == rule
