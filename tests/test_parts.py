"""A message that asks two things is searched for twice."""

import pytest

from assistant.parts import parts


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Does IMS hurt and what happens after", ("Does IMS hurt", "what happens after (dry needling)")),
        (
            "My heel hurts. How long does it last, and what can I do at home?",
            ("My heel hurts. How long does it last", "My heel hurts. what can I do at home?"),
        ),
        (
            "Knee OA and Swedish massage: what dose, and does it last a year?",
            ("Knee OA and Swedish massage what dose", "Knee OA and Swedish massage does it last a year?"),
        ),
        ("is cupping safe? does it help my neck?", ("is cupping safe?", "does it help my neck? (cupping)")),
        (
            "what is cupping and is it any better than normal massage",
            ("what is cupping", "is it any better than normal massage (cupping)"),
        ),
        (
            "how do i use a foam roller and who shouldn't?",
            ("how do i use a foam roller", "who shouldn't? (foam rolling)"),
        ),
        (
            "I fell last week. where do i go, and should i ring first?",
            ("I fell last week. where do i go", "I fell last week. where do i go should i ring first?"),
        ),
        ("whats that thing and does it hurt", ("whats that thing", "whats that thing does it hurt")),
    ],
)
def test_two_things_are_taken_apart_each_with_what_it_is_about(question: str, asked: tuple[str, ...]) -> None:
    assert parts(question) == asked


@pytest.mark.parametrize(
    "question",
    [
        "does massage help sore muscles",
        "my heel kills me first thing in the morning, whats going on",
        "When I floss my sciatic nerve, should it tingle or not?",
        "Do percussion massagers do anything real or is it hype?",
        "Is massage safe with osteoporosis and high blood pressure?",
        "My knee hurts. My hip hurts. Nothing helps.",
        "",
    ],
)
def test_one_thing_stays_whole(question: str) -> None:
    assert parts(question) == (question,)
