"""Fit what tells a question that the corpus answers from one that it does not.

    python -m benchmarks.fit_confidence UNANSWERABLE.jsonl[.gz] … [--but ANSWERABLE.jsonl[.gz]]

Two steps. First the weights of `assistant.subject`: a support vector machine with a quadratic kernel on the question's
vector alone, written out as a quadratic form of which the strongest directions are kept. The other ways to ask of the
corpus and the golden questions are on one side, golden abstentions, `subject/elsewhere.yaml` and the texts of the files
named on the other (less those of `--but`). Then those of `assistant.evidence.confidence`, a logistic fit over the same
questions without the other ways to ask, and over `subject/beside.yaml` and the judged questions (`benchmarks.judged`) that are
best met with silence: questions of our field that no article answers, which must not be told by what they are about. The first step speaks through values that it was not fitted on (five
folds). Held-out golden questions and every third line of the files are never fitted, nor is any other line that says the
same; the rates at the end are theirs. The shipped weights were made from K-QA, PubMedQA (MIT), MedQuAD (CC BY 4.0; `--but`
its musculoskeletal part) and CLINC150 (CC BY 3.0) questions.

The constant is shipped 0.65 higher than fitted, so that 0.45 (the default of `answers.min_confidence`) is where a fit would have
0.3: of the questions never fitted, wrongly refused 8.5 % of 223 golden ones, wrongly answered 1.8 % of 164 of other medicine,
3.0 % of 333 everyday ones and 31 % of 91 of our field that no article answers. As fitted it would be 12.1, 0.6, 1.5 and 23 %.
More than half of these everyday ones are what the articles do answer (is it a person or a machine, what eases stress). A
plane instead of the quadratic form wrongly answered about twice as many of other medicine. Tried and left out: trees and
products of the features (no gain), how far the best question stands out among all passages (refuses all in a small corpus).
"""

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from assistant import wiring
from assistant.evidence import features
from assistant.golden import read
from assistant.routing import Router
from assistant.settings import load
from assistant.subject import Weights
from benchmarks import judged
from corpus.shelf import SHIPPED

Matrix = NDArray[np.float64]
MOST = 1500
"""So many questions of one file at most, drawn with a fixed seed."""
WRITTEN = Path(__file__).with_name("subject")
FOLDS, RIDGE = 5, 0.3
SLACK, OFFSET, DIRECTIONS = 2.0, 0.3, 64
"""What a question on the wrong side costs, how much the plain vector counts beside its squares, and what is kept."""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one kind. `weight` is what all of them together count for; `of_subject` ones teach the first step."""

    name: str
    texts: Sequence[str]
    held_out: NDArray[np.bool_]
    answerable: bool
    weight: float
    of_subject: bool = True


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
    texts = [text for group in groups for text in group.texts]
    read = [searcher.respelt(text) for text in texts]
    every = np.array(embedder.embeddings.embed_documents(read), dtype=np.float64)
    every /= np.linalg.norm(every, axis=1, keepdims=True)

    owner = np.concatenate([np.full(len(group.texts), place) for place, group in enumerate(groups)])
    held = np.concatenate([group.held_out for group in groups])
    answerable = np.array([groups[place].answerable for place in owner])
    weight = np.array([groups[place].weight / len(groups[place].texts) for place in owner])
    taught = ~held & np.array([groups[place].of_subject for place in owner])
    fold = np.random.default_rng(0).integers(0, FOLDS, len(owner))
    subject = np.empty(len(owner))
    for number in range(FOLDS):
        part = taught & (fold != number)
        apart = quadratic(embedder.fingerprint, every[part], answerable[part], weight[part])
        subject[fold == number] = _told(apart, every[fold == number])
    whole = quadratic(embedder.fingerprint, every[taught], answerable[taught], weight[taught])
    subject[held] = _told(whole, every[held])
    whole.save()

    asked = [
        (int(owner[at]), at, text)
        for at, text in enumerate(texts)
        if groups[owner[at]].name != "asked" and router(text).subject in ("knowledge", "personal_clinical")
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
    for side in (answerable[ats], ~answerable[ats]):
        share[side] /= share[side & tuned].sum()
    weights = logistic(rows[tuned], answerable[ats][tuned], share[tuned], RIDGE)
    print("WEIGHTS =", tuple(round(float(value), 2) for value in weights))
    trust = 1 / (1 + np.exp(-_odds(rows, weights)))
    for name, part in (("fitted", tuned), ("held out", ~tuned)):
        for limit in (0.3, 0.4, 0.45, 0.5, 0.6):
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
        yield Group(name, [one.text for one in chosen], held, name == "golden", 0.4)

    elsewhere = _written("elsewhere")
    yield Group("elsewhere", elsewhere, np.zeros(len(elsewhere), dtype=np.bool_), False, 0.3)
    full = [one.question for one in judged.read() if one.answered == "full"]
    yield Group("judged", full, np.zeros(len(full), dtype=np.bool_), True, 0.3)
    silent = [one.question for one in judged.read() if one.answered == "no"]
    yield Group("best silent", silent, np.zeros(len(silent), dtype=np.bool_), False, 0.15, of_subject=False)
    beside = _written("beside")
    yield Group("beside", beside, np.arange(len(beside)) % 3 == 2, False, 0.2, of_subject=False)


def _written(name: str) -> list[str]:
    kinds = yaml.safe_load((WRITTEN / f"{name}.yaml").read_text("utf-8"))
    return [line for lines in kinds.values() for line in lines.strip().splitlines()]


def _named(files: Sequence[Path], but: Path | None) -> Iterator[Group]:
    spared = set(_texts(but)) if but else set()
    for file in files:
        texts = sorted(set(_texts(file)) - spared)
        drawn = np.random.default_rng(0).permutation(len(texts))[:MOST]
        held = np.arange(len(drawn)) % 3 == 2
        yield Group(file.name, [texts[at] for at in drawn], held, False, 1 / len(files))
        spared |= {texts[at] for at in drawn}


def _texts(file: Path) -> Iterator[str]:
    with (
        gzip.open(file, "rt", encoding="utf-8")
        if file.suffix == ".gz"
        else file.open(encoding="utf-8") as lines
    ):
        for line in lines:
            item = json.loads(line)
            yield str(item.get("text") or item.get("question") or item["query"])


def quadratic(embedder: str, vectors: Matrix, answerable: NDArray[np.bool_], weight: Matrix) -> Weights:
    """What a support vector machine with the kernel (x·y + OFFSET)² has learnt, written out as a quadratic form."""
    from sklearn.svm import SVC

    machine = SVC(kernel="poly", degree=2, gamma=1.0, coef0=OFFSET, C=SLACK)
    machine.fit(vectors, answerable, sample_weight=weight / weight.mean())
    support, share = machine.support_vectors_, machine.dual_coef_[0]
    curves, directions = np.linalg.eigh((support * share[:, None]).T @ support)
    kept = np.argsort(-np.abs(curves))[:DIRECTIONS]
    return Weights(
        embedder,
        directions[:, kept].T.astype(np.float32),
        curves[kept].astype(np.float32),
        (2 * OFFSET * share @ support).astype(np.float32),
        float(OFFSET**2 * share.sum() + machine.intercept_[0]),
    )


def _told(weights: Weights, vectors: Matrix) -> Matrix:
    return np.array([weights(vector) for vector in vectors.astype(np.float32)])


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
