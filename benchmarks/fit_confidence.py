"""Fit what tells a question that the corpus answers from one that it does not.

    python -m benchmarks.fit_confidence UNANSWERABLE.jsonl[.gz] … [--but ANSWERABLE.jsonl[.gz]]

Two steps. First the weights of `assistant.subject`, a logistic fit on the question's vector alone: the other ways to ask
of the corpus and the golden questions on one side, golden abstentions and the texts of the files named on the other
(less those of `--but`). Then those of `assistant.evidence.confidence`, where the first step speaks through values that it
was not fitted on (five folds). Held-out golden questions and every third line of the files are never fitted; the
rates at the end are theirs. The shipped weights were made from MedQuAD (CC BY 4.0; `--but` its musculoskeletal part),
K-QA and PubMedQA (MIT) and CLINC150 (CC BY 3.0) questions.
"""

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant import wiring
from assistant.evidence import features
from assistant.golden import read
from assistant.routing import Router
from assistant.settings import load
from assistant.subject import Weights
from corpus.shelf import SHIPPED

Matrix = NDArray[np.float64]
MOST = 3000
"""So many questions of one file at most, drawn with a fixed seed."""
FOLDS, VECTOR_RIDGE, RIDGE = 5, 3.0, 0.3
UNIT = 3.0
"""Vectors are brought to this length, so that the ridge leaves them room."""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one kind. `weight` is what all of them together count for."""

    name: str
    texts: Sequence[str]
    held_out: NDArray[np.bool_]
    answerable: bool
    weight: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--but", type=Path)
    given = parser.parse_args()
    wiring.prepare_process()
    settings = load()
    searcher = wiring.searcher(settings)
    embedder = wiring.built_embedder(settings, searcher.manifest.embedder)
    router = Router.load(placeholders=settings.placeholders)
    groups = [*_own(), *_named(given.files, given.but)]
    vectors = [
        UNIT * np.array(embedder.embeddings.embed_documents(list(group.texts)), dtype=np.float64)
        for group in groups
    ]

    owner = np.concatenate([np.full(len(group.texts), place) for place, group in enumerate(groups)])
    every = np.concatenate(vectors)
    held = np.concatenate([group.held_out for group in groups])
    answerable = np.array([groups[place].answerable for place in owner])
    weight = np.array([groups[place].weight / len(groups[place].texts) for place in owner])
    fold = np.random.default_rng(0).integers(0, FOLDS, len(owner))
    subject = np.empty(len(owner))
    for number in range(FOLDS):
        fitted = logistic(
            every[~held & (fold != number)],
            answerable[~held & (fold != number)],
            weight[~held & (fold != number)],
            VECTOR_RIDGE,
        )
        subject[fold == number] = _odds(every[fold == number], fitted)
    whole = logistic(every[~held], answerable[~held], weight[~held], VECTOR_RIDGE)
    subject[held] = _odds(every[held], whole)
    Weights(embedder.fingerprint, (UNIT * whole[1:]).astype(np.float32), float(whole[0])).save()

    asked = [
        (place, at, text)
        for at, (place, text) in enumerate(
            (place, text) for place, group in enumerate(groups) for text in group.texts
        )
        if groups[place].name in ("golden", "abstain") or place >= len(groups) - len(given.files)
        if router(text).subject in ("knowledge", "personal_clinical")
    ]
    rows = np.array(
        [(*features(text, searcher.search(text, 1)[0]), subject[at]) for _, at, text in asked],
        dtype=np.float64,
    )
    places = np.array([place for place, _, _ in asked])
    ats = np.array([at for _, at, _ in asked])
    searcher.close()
    tuned = ~held[ats]
    counts = np.bincount(places, minlength=len(groups))
    share = np.array([groups[place].weight / counts[place] for place in places])
    weights = logistic(rows[tuned], answerable[ats][tuned], share[tuned], RIDGE)
    print("WEIGHTS =", tuple(round(float(value), 2) for value in weights))
    trust = 1 / (1 + np.exp(-_odds(rows, weights)))
    for name, part in (("fitted", tuned), ("held out", ~tuned)):
        for limit in (0.3, 0.4, 0.5, 0.6, 0.7):
            told = [
                f"{group.name} {int((trust[part & (places == place)] >= limit).sum())}/"
                f"{int((~group.held_out if name == 'fitted' else group.held_out).sum())}"
                for place, group in enumerate(groups)
                if counts[place]
            ]
            print(f"{name}, believed from {limit}: {', '.join(told)}")


def _own() -> Iterator[Group]:
    shelf = wiring.shelf(load())
    asked = [text for article in shelf for section in article.sections for text in section.asked]
    yield Group("asked", asked, np.zeros(len(asked), dtype=np.bool_), True, 0.6)
    golden = read([SHIPPED / "golden"])
    for name, chosen in (
        ("golden", [one for one in golden if one.passages and one.is_answerable]),
        ("abstain", [one for one in golden if one.reason]),
    ):
        held = np.array([one.held_out for one in chosen])
        yield Group(
            name, [one.text for one in chosen], held, name == "golden", 0.4 if name == "golden" else 0.2
        )


def _named(files: Sequence[Path], but: Path | None) -> Iterator[Group]:
    spared = set(_texts(but)) if but else set()
    for file in files:
        texts = sorted(set(_texts(file)) - spared)
        drawn = np.random.default_rng(0).permutation(len(texts))[:MOST]
        held = np.arange(len(drawn)) % 3 == 2
        yield Group(file.name, [texts[at] for at in drawn], held, False, 0.8 / len(files))


def _texts(file: Path) -> Iterator[str]:
    with (
        gzip.open(file, "rt", encoding="utf-8")
        if file.suffix == ".gz"
        else file.open(encoding="utf-8") as lines
    ):
        for line in lines:
            item = json.loads(line)
            yield str(item.get("text") or item.get("question") or item["query"])


def _odds(rows: Matrix, weights: Matrix) -> Matrix:
    odds: Matrix = rows @ weights[1:] + weights[0]
    return odds


def logistic(rows: Matrix, answerable: NDArray[np.bool_], weight: Matrix, ridge: float) -> Matrix:
    """Newton's method for a ridge-penalised logistic regression; the constant comes first and is not penalised."""
    rows = np.column_stack((np.ones(len(rows)), rows))
    weight = weight / weight.sum() * len(rows)
    weights = np.zeros(rows.shape[1])
    penalty = ridge * np.eye(len(weights))
    penalty[0, 0] = 0
    for _ in range(50):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (weight * (chance - answerable)) + penalty @ weights
        curve = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + penalty
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return weights


if __name__ == "__main__":
    main()
