import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.followup import LONGEST, standalone, topics
from assistant.model import Turn


@pytest.mark.parametrize(
    ("before", "text", "searched"),
    [
        ("what is plantar fasciitis", "and how long does it take?", "how long does plantar fasciitis take?"),
        ("does massage help low back pain", "and how often?", "how often – massage for low back pain"),
        (
            "is massage safe in pregnancy",
            "is it safe for her if she's 82",
            "is massage for pregnancy safe for her if she's 82",
        ),
        (
            "does cupping or dry needling work",
            "which of those two hurts less",
            "which of cupping or dry needling hurts less",
        ),
        ("does cupping work", "where did you get that from", "does cupping work"),
        ("does cupping work", "u sure?", "does cupping work"),
        ("does dry needling hurt", "why", "does dry needling hurt"),
        ("stretches for knee pain", "no i meant the shoulder", "stretches for knee pain – the shoulder"),
        ("does massage help neck pain", "what about headaches", "does massage help headaches"),
        ("does massage help neck pain", "and for headaches?", "does massage help headaches"),
        ("what is a trigger point", "does it hurt", "does trigger point hurt"),
        ("is cupping safe", "what about for kids", "is cupping safe – for kids"),
        (
            "does massage help sore muscles",
            "how many times a week",
            "how many times a week – massage for sore muscles",
        ),
    ],
)
def test_a_follow_up_is_read_with_the_topic_before_it(before: str, text: str, searched: str) -> None:
    assert standalone(text, (Turn(before, "…"),)) == searched


@pytest.mark.parametrize(
    ("before", "text", "searched"),
    [
        ("tennis elbow treatment?", "actually different question, does cupping work", "does cupping work"),
        ("what is a trigger point", "does foam rolling help sleep", "does foam rolling help sleep"),
        (
            "is cupping safe",
            "thanks, what should I wear to a first visit",
            "thanks, what should I wear to a first visit",
        ),
    ],
)
def test_a_question_that_names_its_own_topic_is_left_alone(before: str, text: str, searched: str) -> None:
    assert standalone(text, (Turn(before, "…"),)) == searched


def test_without_a_conversation_nothing_is_added() -> None:
    assert standalone("and how often?") == "and how often?"


def test_the_topic_is_that_of_the_last_question_that_was_looked_up() -> None:
    turns = (
        Turn("does cupping work", "…", "does cupping work", "answer"),
        Turn("thanks", "You are welcome.", "thanks", "courtesy"),
    )

    assert standalone("does it hurt", turns) == "does cupping hurt"


def test_a_chain_of_follow_ups_keeps_its_topic() -> None:
    turns: tuple[Turn, ...] = (Turn("what is plantar fasciitis", "…", "what is plantar fasciitis", "answer"),)
    for text in ("how long does it last", "and how often should I stretch it?", "u sure?"):
        searched = standalone(text, turns)
        assert "plantar fasciitis" in searched
        turns = (*turns, Turn(text, "…", searched, "answer"))


def test_a_topic_has_one_name_whatever_it_is_called() -> None:
    assert topics("does a massage help adhesive capsulitis") == ("massage", "frozen shoulder")


@given(st.text(max_size=600), st.text(max_size=100))
def test_a_question_never_grows_without_bound(text: str, before: str) -> None:
    assert len(standalone(text, (Turn(before, "…", before, "answer"),))) <= max(LONGEST, len(text))
