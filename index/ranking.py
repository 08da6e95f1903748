"""What several searches say of the same passages, made one order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of each candidate of one question, one number a candidate in every field.

    `passage`, `sentence` and `question` are cosines: to the whole passage, to the nearest of its sentences, and to
    the nearest of the ways it is asked for; `article` is the highest `question` among the candidates of the same
    article. `lexical` is the BM25 score, `coverage` the share of the question's information that the passage has,
    `intent` whether both ask the same kind of thing (1), another kind (-1) or neither is known (0).
    """

    passage: Scores
    sentence: Scores
    question: Scores
    article: Scores
    lexical: Scores
    coverage: Scores
    intent: Scores


WEIGHTS = {
    "passage": 1.31,
    "sentence": 0.1,
    "question": 0.85,
    "article": 0.66,
    "lexical": 0.6,
    "coverage": 5.96,
    "intent": 1.77,
}
"""A listwise fit over the golden questions that may be tuned on: `python -m benchmarks.fit_ranking`."""

_SCALED = ("passage", "sentence", "question", "article", "lexical")


def columns(signals: Signals) -> dict[str, Scores]:
    """The signals as they are weighed.

    Cosines and BM25 are told in standard deviations from the mean of the candidates: an embedder's cosines have their
    own range, and a BM25 score grows with the question's length, but what stands out among candidates does not.
    """
    return {
        name: _standing_out(getattr(signals, name)) if name in _SCALED else getattr(signals, name)
        for name in WEIGHTS
    }


def scores(signals: Signals, dense: float = 1.0, lexical: float = 1.0) -> Scores:
    """A score for each candidate, higher is better; it means nothing across questions.

    `dense` and `lexical` multiply the weights of the cosines and of the matching words.
    """
    share = {"lexical": lexical, "coverage": lexical, "intent": 1.0}
    weighed = [WEIGHTS[name] * share.get(name, dense) * column for name, column in columns(signals).items()]
    total: Scores = np.sum(weighed, axis=0)
    return total


def best_of_each(values: Scores, groups: Sequence[str]) -> Scores:
    """For each candidate the highest value of its group."""
    best: dict[str, float] = {}
    for group, value in zip(groups, values, strict=True):
        best[group] = max(value, best.get(group, value))
    return np.array([best[group] for group in groups])


def order(scores: Scores) -> Sequence[int]:
    """The places of the candidates, best first; equal ones stay in their order."""
    return [int(place) for place in np.argsort(-scores, kind="stable")]


def lead(scores: Scores, groups: Sequence[str]) -> float:
    """What the best candidate has over the best one of another group; 0 where there is no other."""
    if not len(scores):
        return 0.0
    best = int(np.argmax(scores))
    others = [score for score, group in zip(scores, groups, strict=True) if group != groups[best]]
    return float(scores[best] - max(others, default=scores[best]))


def _standing_out(values: Scores) -> Scores:
    if not len(values):
        return values
    spread = float(values.std())
    centred: Scores = values - values.mean()
    return centred / spread if spread > 1e-9 else np.zeros(len(values))
