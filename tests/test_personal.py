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


@pytest.mark.parametrize(
    "question",
    [
        "what can i do for a stiff neck from sleeping funny",
        "can i massage my own feet",
        "is it ok to talk during my massage",
        "would regular massage get rid of my insomnia",
    ],
)
def test_what_anybody_may_do_is_not_for_one_person_to_decide(question: str) -> None:
    assert not is_personal(question, [SAFETY if "insomnia" not in question else HEEL])


@pytest.mark.parametrize(
    "question",
    [
        "broke two ribs in september, when can someone touch my back",
        "shes 79 and frail, could somebody work on her shoulders",
    ],
)
def test_who_tells_what_happened_is_asking_for_one_person(question: str) -> None:
    assert is_personal(question, [SAFETY])
