"""Fit the weights of `assistant.support.likelihood`: whether a quotation says what a statement says.

    python -m benchmarks.fit_support PAIRS.jsonl

A line is {"question", "answer", "claim", "label"}, as physicians labelled them in K-QA (Itaymanes/K-QA, MIT); "entailed"
is the one label that counts as support. Of each answer the two sentences nearest to the claim stand for the quotation.
All rates are of questions that the weights were not fitted on (five folds, by question), with 95 % Wilson intervals.
"""

import json
import sys
from collections.abc import Sequence
from functools import cache
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant import support, wiring
from assistant.settings import load
from benchmarks.fit_confidence import logistic
from corpus.sentences import sentences

FOLDS = 5
RIDGE = 0.5


def main() -> None:
    wiring.prepare_process()
    settings = load()
    items = [json.loads(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]

    @cache
    def vector(text: str) -> NDArray[np.float32]:
        return np.asarray(wiring.embed(settings, [text])[1][0], dtype=np.float32)

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([vector(text) for text in texts])

    quotes = [_nearest(item["answer"], item["claim"], embed) for item in items]
    rows = np.array(
        [
            support.features(item["claim"], quote, item["question"], embed)
            for item, quote in zip(items, quotes, strict=True)
        ]
    )
    right = np.array([item["label"] == "entailed" for item in items])
    passed = np.array(
        [
            not support.contradiction(item["claim"], quote, item["question"])
            for item, quote in zip(items, quotes, strict=True)
        ]
    )
    questions = list(dict.fromkeys(item["question"] for item in items))
    fold = np.array([questions.index(item["question"]) % FOLDS for item in items])
    trust = np.zeros(len(items))
    for n in range(FOLDS):
        trust[fold == n] = _trust(rows[fold == n], _fit(rows[fold != n], right[fold != n]))
    print("weights (constant first):", np.round(_fit(rows, right), 2).tolist())
    for limit in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        for name, let in (
            ("likelihood alone", trust >= limit),
            ("with all checks", (trust >= limit) & passed),
        ):
            print(
                f"from {limit}, {name}: accuracy {_rate((let == right).sum(), right.size)}, "
                f"precision {_rate((let & right).sum(), let.sum())}, recall {_rate((let & right).sum(), right.sum())}"
            )


def _fit(rows: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Both classes weigh the same, so that a likelihood of one half is the even chance."""
    weight = np.where(right, 0.5 / right.mean(), 0.5 / (1 - right.mean()))
    return logistic(rows, right, weight, RIDGE)


def _trust(rows: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    trust: NDArray[np.float64] = 1 / (1 + np.exp(-weights[0] - rows @ weights[1:]))
    return trust


def _nearest(answer: str, claim: str, embed: support.Embed) -> str:
    spans = sentences(answer)
    pairs = [answer[start : spans[min(n + 1, len(spans) - 1)][1]] for n, (start, _) in enumerate(spans)]
    return pairs[int(np.argmax(embed(pairs) @ embed([claim])[0]))]


def _rate(hits: int, of: int, z: float = 1.96) -> str:
    if not of:
        return "0/0"
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{hits}/{of} = {share:.3f} ({middle - half:.3f} to {middle + half:.3f})"


if __name__ == "__main__":
    main()
