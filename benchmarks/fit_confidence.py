"""Fit the weights of `assistant.evidence.confidence`: how far a best hit can be trusted to be about the question.

    python -m benchmarks.fit_confidence [MORE_UNANSWERABLE.jsonl …]

Known are the golden questions that are not held out; unknown are the golden abstentions that are not, and the texts of
the files named. The held-out ones are scored apart and never fitted. Rates are of questions whose best hit is believed.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from assistant import wiring
from assistant.evidence import features
from assistant.routing import Router
from assistant.settings import load
from corpus.shelf import SHIPPED
from index.search import Searcher

Matrix = NDArray[np.float64]


def main() -> None:
    wiring.prepare_process()
    searcher = wiring.searcher(load())
    router = Router.load(placeholders=load().placeholders)
    known = [item for path in sorted((SHIPPED / "golden").glob("*.yaml")) for item in _golden(path)]
    more = [{"text": text, "held_out": n % 3 == 2} for n, text in enumerate(_texts(sys.argv[1:]))]
    asked = [
        (item["text"], "passages" in item, bool(item.get("held_out")))
        for item in known + more
        if router(item["text"]).subject in ("knowledge", "personal_clinical")
    ]
    rows = _matrix(searcher, [text for text, _, _ in asked])
    answerable = np.array([yes for _, yes, _ in asked])
    held_out = np.array([held for _, _, held in asked])
    weights = _logistic(rows[~held_out], answerable[~held_out])
    print("weights (constant first):", np.round(weights, 2).tolist())
    trust = _trust(rows, weights)
    for name, chosen in (("fitted", ~held_out), ("held out", held_out)):
        for limit in (0.3, 0.4, 0.5, 0.6):
            right = trust[chosen & answerable] >= limit
            wrong = trust[chosen & ~answerable] >= limit
            print(
                f"{name}, from {limit}: believed {right.sum()}/{right.size} answerable, "
                f"{wrong.sum()}/{wrong.size} unanswerable"
            )
    searcher.close()


def _golden(path: Path) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def _texts(paths: Sequence[str]) -> Iterable[str]:
    for path in paths:
        for line in Path(path).read_text("utf-8").splitlines():
            item = json.loads(line)
            yield item.get("text") or item.get("question") or item["query"]


def _matrix(searcher: Searcher, texts: Sequence[str]) -> Matrix:
    best = [searcher.search(text, 1)[0] for text in texts]
    return np.array([(1.0, *features(text, hit)) for text, hit in zip(texts, best, strict=True)])


def _trust(rows: Matrix, weights: Matrix) -> Matrix:
    trust: Matrix = 1 / (1 + np.exp(-rows @ weights))
    return trust


def _logistic(rows: Matrix, answerable: NDArray[np.bool_], ridge: float = 0.5) -> Matrix:
    """Newton's method for a ridge-penalised logistic regression whose two classes weigh the same."""
    share = np.where(answerable, 0.5 / answerable.mean(), 0.5 / (1 - answerable.mean()))
    weights = np.zeros(rows.shape[1])
    penalty = ridge * np.eye(len(weights))
    penalty[0, 0] = 0
    for _ in range(50):
        trust = _trust(rows, weights)
        slope = rows.T @ (share * (trust - answerable)) + penalty @ weights
        curve = (rows * (share * trust * (1 - trust))[:, None]).T @ rows + penalty
        weights = weights - np.linalg.solve(curve, slope)
    return weights


if __name__ == "__main__":
    main()
