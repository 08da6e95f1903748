"""What one person may do with the health they have is told apart from what holds in general."""

from dataclasses import replace

import pytest
from worlds import evidence, passage

from assistant.personal import is_personal

HEEL = evidence(1, passage())
SAFETY = replace(HEEL, card=replace(HEEL.card, topic="safety"))


@pytest.mark.parametrize(
    "question",
    [
        "bp is up a bit but my pills hold it, ok to get my back rubbed?",
        "Her skin tears easily. How hard can anyone press?",
        "i have eczema on both arms, should i skip the oil",
    ],
)
def test_who_asks_for_somebody_and_is_answered_from_safety_is_offered_a_person(question: str) -> None:
    assert is_personal(question, [SAFETY])
    assert not is_personal(question, [HEEL])


def test_a_risk_of_ones_own_is_enough_whatever_answers() -> None:
    assert is_personal("im on warfarin, can i roll my calves", [HEEL])


@pytest.mark.parametrize(
    "question",
    ["Why do thinners make bruises likelier?", "Is massage safe with osteoporosis?", "My calf is sore."],
)
def test_what_holds_for_everybody_is_not_personal(question: str) -> None:
    assert not is_personal(question, [SAFETY])
