"""Fit the weights of `index.ranking`: which signals say that a passage answers a question.

    python -m benchmarks.fit_ranking

A listwise fit (ListNet's top-one loss: Cao Z, Qin T, Liu TY, Tsai MF, Li H. Learning to rank. ICML 2007:129-136) over the
golden questions that may be tuned on. It is told by five-fold cross-validation, with all questions of an article in one
fold, how well such weights do on questions that they were not fitted on; the held-out ones are left to
`assistant evaluate`. Over 337 questions the cross-validated hit@1 / hit@5 / MRR@10 were .864 / .970 / .909 (.846 /
.964 / .897 before `index.intent` knew more ways to ask); without `article` hit@1 and MRR@10 are one hundredth lower.

Tried and left out, for they gained nothing on the questions they were not fitted on: the other ways to ask as training
questions (each without itself), a low-rank map of the question's vector trained on them, the mean of the three nearest
ways to ask, the article's centroid, words and letter groups shared with one way to ask, coverage by the headings alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from assistant import wiring
from assistant.evaluation import Ranking
from assistant.evaluation import ranking as ranked
from assistant.golden import Golden, read
from assistant.settings import load
from corpus.shelf import SHIPPED
from index.ranking import WEIGHTS, columns, order
from index.search import Searcher

Matrix = NDArray[np.float64]
FOLDS, RIDGE, STEPS = 5, 0.01, 600


@dataclass(frozen=True, slots=True)
class Case:
    """A question's candidates: their sections, their signals (a row each), and which of them answer it."""

    golden: Golden
    sections: Sequence[str]
    signals: Matrix
    answers: NDArray[np.bool_]


def main() -> None:
    wiring.prepare_process()
    searcher = wiring.searcher(load())
    golden = [one for one in read([SHIPPED / "golden"]) if one.passages and not one.held_out]
    cases = [_case(searcher, one) for one in golden]
    searcher.close()
    found = [case for case in cases if case.answers.any()]
    print(f"{len(found)} of {len(cases)} questions have an answer among their candidates")
    apart: list[Ranking] = []
    for fold in range(FOLDS):
        weights = fitted([case for case in found if _fold(case) != fold])
        apart += [_ranking(case, weights) for case in cases if _fold(case) == fold]
    _print("today's weights", [_ranking(case, np.array(list(WEIGHTS.values()))) for case in cases])
    _print("cross-validated", apart)
    weights = fitted(found)
    print("WEIGHTS =", {name: round(float(weight), 2) for name, weight in zip(WEIGHTS, weights, strict=True)})


def _case(searcher: Searcher, golden: Golden) -> Case:
    ids, signals = searcher.candidates(golden.text)
    sections = [id.rsplit("/", 1)[0] for id in ids]
    answers = np.array([section in golden.passages for section in sections])
    return Case(golden, sections, np.column_stack(list(columns(signals).values())), answers)


def _fold(case: Case) -> int:
    return crc32(case.golden.passages[0].partition("#")[0].encode()) % FOLDS


def fitted(cases: Sequence[Case]) -> Matrix:
    """Gradient ascent on the logarithm of the chance that a softmax over the candidates gives to the right ones."""
    spread = np.concatenate([case.signals for case in cases]).std(axis=0)
    weights = np.zeros(len(WEIGHTS))
    for _ in range(STEPS):
        slope = np.zeros_like(weights)
        for case in cases:
            signals = case.signals / spread
            scores = signals @ weights
            chance = np.exp(scores - scores.max())
            chance /= chance.sum()
            right = chance * case.answers
            slope += signals.T @ (right / right.sum() - chance)
        weights += 0.5 * (slope / len(cases) - RIDGE * weights)
    fit: Matrix = weights / spread
    return fit


def _ranking(case: Case, weights: Matrix) -> Ranking:
    return ranked([case.sections[at] for at in order(case.signals @ weights)], case.golden.passages)


def _print(name: str, rankings: Sequence[Ranking]) -> None:
    hit_1, hit_5, reciprocal = (
        np.mean([getattr(one, figure) for one in rankings]) for figure in ("hit_1", "hit_5", "reciprocal")
    )
    print(f"{name}: hit@1 {hit_1:.3f}, hit@5 {hit_5:.3f}, MRR@10 {reciprocal:.3f} (n={len(rankings)})")


if __name__ == "__main__":
    main()
