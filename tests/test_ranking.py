"""Several signals make one order."""

import numpy as np
import pytest

from index.intent import agreement, kinds
from index.ranking import WEIGHTS, Signals, best_of_each, columns, lead, order, scores


def signals(**given: list[float]) -> Signals:
    size = len(next(iter(given.values())))
    return Signals(**{name: np.array(given.get(name, [0.0] * size)) for name in WEIGHTS})


@pytest.mark.parametrize("signal", list(WEIGHTS))
def test_more_of_any_signal_speaks_for_a_passage(signal: str) -> None:
    assert order(scores(signals(**{signal: [0.1, 0.9, 0.5]}))) == [1, 2, 0]


def test_equal_candidates_stay_in_their_order() -> None:
    assert order(scores(signals(passage=[0.5, 0.5, 0.5]))) == [0, 1, 2]


def test_what_counts_is_how_far_a_cosine_stands_out_and_not_its_range() -> None:
    narrow, wide = (signals(passage=values) for values in ([0.80, 0.81, 0.82], [0.1, 0.5, 0.9]))

    assert scores(narrow) == pytest.approx(scores(wide))


def test_one_candidate_or_none_is_no_fault() -> None:
    assert order(scores(signals(passage=[0.7]))) == [0]
    assert order(scores(signals(passage=[]))) == []


def test_meaning_and_words_can_be_weighed_apart() -> None:
    both = signals(passage=[0.9, 0.1], lexical=[1.0, 9.0])

    assert order(scores(both, dense=1.0, lexical=0.0)) == [0, 1]
    assert order(scores(both, dense=0.0, lexical=1.0)) == [1, 0]


def test_a_candidate_is_helped_by_the_best_of_its_article() -> None:
    best = best_of_each(np.array([0.2, 0.9, 0.5]), ["heel", "heel", "knee"])

    assert best.tolist() == [0.9, 0.9, 0.5]
    assert best_of_each(np.array([]), []).tolist() == []


@pytest.mark.parametrize(
    ("found", "articles", "ahead"),
    [([3.0, 2.5, 1.0], ["heel", "heel", "knee"], 2.0), ([3.0, 2.5], ["heel", "heel"], 0.0), ([], [], 0.0)],
)
def test_the_lead_is_over_the_best_of_another_article(
    found: list[float], articles: list[str], ahead: float
) -> None:
    assert lead(np.array(found), articles) == ahead


def test_every_signal_has_a_column_and_a_weight() -> None:
    assert list(columns(signals(passage=[1.0]))) == list(WEIGHTS)


@pytest.mark.parametrize(
    ("question", "heading", "agrees"),
    [
        ("how long till my heel is better", "How long does heel pain last?", 1.0),
        ("is it safe when pregnant", "Who should not have cupping?", 1.0),
        ("is cupping dangerous", "What are the risks of cupping?", 1.0),
        ("does cupping help", "When should I get medical help?", -1.0),
        ("when should i see a doctor", "When should I get medical help?", 1.0),
        ("is it ok to be rubbed on eliquis", "Can I have a massage on blood thinners?", 1.0),
        ("any point in cupping, or just hype", "Does cupping work for pain?", 1.0),
        ("prognosis of a torn calf", "How long does a calf strain take to heal?", 1.0),
        ("how many visits", "How often should I have a massage?", 1.0),
        ("should it sting", "What does dry needling feel like?", 1.0),
        ("heel pain", "What is heel pain?", 0.0),
    ],
)
def test_a_heading_that_asks_the_same_kind_of_thing_agrees(
    question: str, heading: str, agrees: float
) -> None:
    assert agreement(kinds(question), heading) == agrees
