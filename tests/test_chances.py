"""Which of several sections answers, and what that does to the evidence for the parts of a question."""

from dataclasses import replace

import pytest
from worlds import hit, passage

from assistant.chances import WEIGHTS, chances, features
from assistant.evidence import gather_each

HEEL = hit(passage("Heel pain lasts some months.", "heel", "How long does heel pain last?"))
HOME = hit(passage("Soft shoes ease heel pain.", "home", "What can I do at home?"))


def test_every_weight_has_a_feature() -> None:
    assert {len(one) for one in features("heel pain", [HEEL, HOME])} == {len(WEIGHTS)}


def test_a_section_far_behind_the_best_is_unlikely_to_answer() -> None:
    first, near, far = chances(
        "heel pain", [replace(HEEL, score=9.0), replace(HOME, score=8.5), replace(HOME, score=1.0)]
    )

    assert first > near > far


def test_no_section_has_no_chance() -> None:
    assert chances("heel pain", []) == []


def test_parts_with_the_same_best_passage_are_asked_of_it_together() -> None:
    found = {"how long": [replace(HEEL, sentences=(0.4,))], "how often": [replace(HEEL, sentences=(0.7,))]}

    (item,) = gather_each(found, 0.0)

    assert (item.number, item.asked, item.sentences) == (1, "how long how often", (0.7,))


@pytest.mark.parametrize("part", ["how long", "at home"])
def test_each_part_has_its_own_evidence(part: str) -> None:
    gathered = gather_each({"how long": [HEEL], "at home": [HOME]}, 0.0)

    assert part in [item.asked for item in gathered]
    assert [item.number for item in gathered] == [1, 2]


@pytest.mark.parametrize(
    ("next_best", "own"), [(8.5, "home"), (2.0, "heel")], ids=["as good as the best", "far behind it"]
)
def test_a_second_part_is_not_answered_from_what_answers_the_first_if_another_is_as_good(
    next_best: float, own: str
) -> None:
    first, second = replace(HEEL, score=9.0), replace(HOME, score=next_best)

    gathered = gather_each({"how long": [first], "and at home": [first, second]}, 0.0)

    assert next(item.passage.article for item in gathered if "and at home" in item.asked) == own
