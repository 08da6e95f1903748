"""Fit the weights of `assistant.chances` and `assistant.choosing`: which section answers, and which of its sentences.

    python -m benchmarks.fit_sentences

Two logistic fits over the golden questions that may be tuned on, in the answers' own evidence. A section answers when a
golden question names it. A sentence of such a section, of those that hold a key fact at all, answers when it holds one.
How well such weights do on articles they were not fitted on is told by five-fold cross-validation; the held-out
questions are left to `assistant evaluate`. Over 342 questions, cross-validated: key facts .857 in 4.17 sentences a reply, .776
of these from a section that the question names; the shipped weights, made before the last articles, state .859 in 4.18. Where
other sections spoke from a chance of .22, and not .3, it had been .864 in 4.38 with .745 of them (345 questions of the time).
What a sentence looks like (a time for "how long", a definition for "what is") gained nothing beside its nearness and its
words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from assistant import chances, choosing, wiring
from assistant.evaluation import states
from assistant.evidence import gather_each
from assistant.extractive import answer
from assistant.followup import standalone
from assistant.golden import Golden, read
from assistant.model import Evidence
from assistant.parts import parts
from assistant.settings import load
from assistant.units import units
from corpus.shelf import SHIPPED
from index.model import Hit
from index.search import Searcher

Matrix = NDArray[np.float64]
FOLDS, RIDGE, STEPS = 5, 5.0, 30


Gather = Callable[[Mapping[str, Sequence[Hit]]], tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """A golden question, what is searched for, and what is found for each part of it."""

    golden: Golden
    searched: str
    found: Mapping[str, Sequence[Hit]]
    fold: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Which key facts are stated, in how many sentences, and how many of these come from a section the question names."""

    stated: Sequence[bool]
    sentences: int
    named: int


Rows = tuple[Matrix, NDArray[np.bool_], NDArray[np.int64]]
"""Features, whether it answers, and the fold, one row a section or sentence."""


def main() -> None:
    wiring.prepare_process()
    settings = load()
    searcher = wiring.searcher(settings)
    subject = wiring.subject(settings, searcher)
    golden = [one for one in read([SHIPPED / "golden"]) if one.passages and not one.held_out]
    cases = [_case(one, searcher) for one in golden]
    searcher.close()

    def evidence(found: Mapping[str, Sequence[Hit]]) -> tuple[Evidence, ...]:
        return gather_each(found, settings.answers.min_confidence, subject=subject)

    cases = [case for case in cases if evidence(case.found)]
    print(f"{len(cases)} of {len(golden)} questions have evidence")
    parts_found = [
        (case, part, hits, own)
        for case in cases
        for part, hits in case.found.items()
        if (own := evidence({part: hits}))
    ]
    of_sections, of_sentences = _sections(parts_found), _sentences(parts_found)
    _print("today's weights", [_reply(case, evidence) for case in cases])
    apart = []
    for fold in range(FOLDS):
        _set(*(fitted(rows, rows[2] != fold) for rows in (of_sections, of_sentences)))
        apart += [_reply(case, evidence) for case in cases if case.fold == fold]
    _print("cross-validated", apart)
    for module, names, rows in (
        ("chances", chances.WEIGHTS, of_sections),
        ("choosing", choosing.WEIGHTS, of_sentences),
    ):
        constant, weights = _named(fitted(rows, rows[2] >= 0), names)
        print(f"assistant.{module}: CONSTANT = {constant:.2f}, WEIGHTS =")
        print({name: round(weight, 2) for name, weight in weights.items()})


def _case(golden: Golden, searcher: Searcher) -> Case:
    searched = standalone(golden.text, golden.turns)
    found = {part: searcher.search(part) for part in parts(searched)}
    fold = crc32(golden.passages[0].partition("#")[0].encode()) % FOLDS
    return Case(golden, searched, found, fold)


def _is_named(golden: Golden, item: Evidence) -> bool:
    return item.passage.id.rsplit("/", 1)[0] in golden.passages


Found = Sequence[tuple[Case, str, Sequence[Hit], Sequence[Evidence]]]
"""A case, one part of its question, the hits for that, and the evidence made of them."""


def _sections(found: Found) -> Rows:
    rows = []
    for case, part, hits, evidence in found:
        by_id = {hit.passage.id: hit for hit in hits}
        features = chances.features(part, [by_id[item.passage.id] for item in evidence])
        rows += [
            (one, _is_named(case.golden, item), case.fold)
            for item, one in zip(evidence, features, strict=True)
        ]
    return _columns(rows)


def _sentences(found: Found) -> Rows:
    rows = []
    for case, part, _, evidence in found:
        each = [units(item) for item in evidence]
        for own, features in zip(each, choosing.features(part, each), strict=True):
            holds = [any(states(unit.quote, fact) for fact in case.golden.key_facts) for unit in own]
            if any(holds) and _is_named(case.golden, own[0].evidence):
                rows += [(one, held, case.fold) for one, held in zip(features, holds, strict=True)]
    return _columns(rows)


def _columns(rows: Sequence[tuple[tuple[float, ...], bool, int]]) -> Rows:
    features, answers, folds = zip(*rows, strict=True)
    return np.array(features), np.array(answers), np.array(folds)


def fitted(rows: Rows, used: NDArray[np.bool_]) -> Matrix:
    """The constant and the weights, by Newton's method on standardized features with a ridge."""
    features, answers = rows[0][used], rows[1][used]
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    scaled = np.column_stack((np.ones(len(features)), (features - mean) / spread))
    ridge = np.diag([0.0, *[RIDGE] * features.shape[1]])
    weights = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (answers - chance) - ridge @ weights
        bend = (scaled * (chance * (1 - chance))[:, None]).T @ scaled + ridge
        weights += np.linalg.solve(bend, slope)
    plain: Matrix = weights[1:] / spread
    return np.concatenate(([weights[0] - plain @ mean], plain))


def _set(of_sections: Matrix, of_sentences: Matrix) -> None:
    chances.CONSTANT, chances.WEIGHTS = _named(of_sections, chances.WEIGHTS)
    choosing.CONSTANT, choosing.WEIGHTS = _named(of_sentences, choosing.WEIGHTS)


def _named(fit: Matrix, names: Iterable[str]) -> tuple[float, dict[str, float]]:
    constant, *weights = map(float, fit)
    return constant, dict(zip(names, weights, strict=True))


def _reply(case: Case, gather: Gather) -> Reply:
    evidence = gather(case.found)
    statements = list(answer(case.searched, evidence))
    text = " ".join(statement.text for statement in statements)
    by_number = {item.number: item for item in evidence}
    named = sum(
        _is_named(case.golden, by_number[statement.citations[0].evidence]) for statement in statements
    )
    return Reply([states(text, fact) for fact in case.golden.key_facts], len(statements), named)


def _print(name: str, replies: Sequence[Reply]) -> None:
    facts = [stated for reply in replies for stated in reply.stated]
    said = sum(reply.sentences for reply in replies)
    named = sum(reply.named for reply in replies)
    print(
        f"{name}: key facts {np.mean(facts):.3f} of {len(facts)}, {said / len(replies):.2f} sentences a reply, "
        f"{named / said:.3f} of them from a section that the question names"
    )


if __name__ == "__main__":
    main()
