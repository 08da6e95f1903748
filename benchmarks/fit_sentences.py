"""Fit the weights of `assistant.chances` and `assistant.choosing`: which section answers, and which of its sentences.

    python -m benchmarks.fit_sentences

Two logistic fits, in the answers' own evidence, over the golden questions that may be tuned on and over the judged ones
(`benchmarks.judged`). A section answers when a golden question names it, or when it has a sentence of the ideal reply. A
sentence of such a section answers when it holds a key fact (of sections that hold one at all), or is of the ideal reply. How
well such weights do on what they were not fitted on is told by five-fold cross-validation, by article and by reader; the
held-out questions are left to `assistant evaluate`.
Cross-validated over 449 golden and 424 judged questions: key facts .878 in 4.28 sentences a reply, .749 of these from a section
that the question names, F1 .556 over the ideal sentences; with the weights of before, fitted to key facts alone and without the
ways to ask for single sentences, .870 in 4.33, .776 and .531. What the thresholds of `assistant.choosing` trade: F1 stays
within .542 and .554 from 3.5 to 4.65 sentences a reply, key facts go from .839 to .888; shipped are .870 in 3.97, for readers
mind padding more: of other sections' sentences 40 % are neither ideal nor fine, of the first one's 32 %.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from assistant import chances, choosing, wiring
from assistant.evaluation import states
from assistant.evidence import gather_each
from assistant.extractive import answer
from assistant.followup import standalone
from assistant.golden import Golden, read
from assistant.model import Evidence, Statement
from assistant.parts import parts
from assistant.settings import load
from assistant.units import Unit, units
from benchmarks import judged
from benchmarks.judged import Judged
from corpus.shelf import SHIPPED
from index.model import Hit
from index.search import Searcher

Matrix = NDArray[np.float64]
FOLDS, RIDGE, STEPS = 5, 5.0, 30


Asked = TypeVar("Asked", Golden, Judged)
Gather = Callable[[Mapping[str, Sequence[Hit]]], tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Case(Generic[Asked]):
    """A question, what is searched for, and what is found for each part of it."""

    asked: Asked
    searched: str
    found: Mapping[str, Sequence[Hit]]
    fold: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Which key facts are stated, in how many sentences, and how many of these come from a section the question names."""

    stated: Sequence[bool]
    sentences: int
    named: int


Row = tuple[tuple[float, ...], bool, int]
Rows = tuple[Matrix, NDArray[np.bool_], NDArray[np.int64]]
"""Features, whether it answers, and the fold, one row a section or sentence."""


def main() -> None:
    wiring.prepare_process()
    settings = load()
    searcher = wiring.searcher(settings)
    subject = wiring.subject(settings, searcher)
    golden = [one for one in read([SHIPPED / "golden"]) if one.passages and not one.held_out]

    def evidence(found: Mapping[str, Sequence[Hit]]) -> tuple[Evidence, ...]:
        return gather_each(found, settings.answers.min_confidence, subject=subject)

    of_golden = [case for one in golden if evidence((case := _of_golden(one, searcher)).found)]
    print(f"{len(of_golden)} of {len(golden)} golden questions have evidence")
    of_judged = [_of_judged(one, searcher) for one in judged.read()]
    searcher.close()
    of_sections = _columns([*_sections(of_golden, evidence), *_judged_sections(of_judged, evidence)])
    of_sentences = _columns([*_sentences(of_golden, evidence), *_judged_sentences(of_judged, evidence)])
    _print("today's weights", [_reply(case, evidence) for case in of_golden], _worths(of_judged, evidence))
    apart, worths = [], []
    for fold in range(FOLDS):
        _set(*(fitted(rows, rows[2] != fold) for rows in (of_sections, of_sentences)))
        apart += [_reply(case, evidence) for case in of_golden if case.fold == fold]
        worths += _worths([case for case in of_judged if case.fold == fold], evidence)
    _print("cross-validated", apart, worths)
    for module, names, rows in (
        ("chances", chances.WEIGHTS, of_sections),
        ("choosing", choosing.WEIGHTS, of_sentences),
    ):
        constant, weights = _named(fitted(rows, rows[2] >= 0), names)
        print(f"assistant.{module}: CONSTANT = {constant:.2f}, WEIGHTS =")
        print({name: round(weight, 2) for name, weight in weights.items()})


def _of_golden(golden: Golden, searcher: Searcher) -> Case[Golden]:
    searched = standalone(golden.text, golden.turns)
    found = {part: searcher.search(part) for part in parts(searched)}
    return Case(golden, searched, found, crc32(golden.passages[0].partition("#")[0].encode()) % FOLDS)


def _of_judged(one: Judged, searcher: Searcher) -> Case[Judged]:
    """Only sections that were judged take part."""
    found = {
        part: [hit for hit in searcher.search(part) if _section(hit) in one.sections]
        for part in parts(one.question)
    }
    return Case(one, one.question, found, one.reader % FOLDS)


def _section(item: Hit | Evidence) -> str:
    return item.passage.id.rsplit("/", 1)[0]


def _by_part(
    case: Case[Golden] | Case[Judged], evidence: Gather
) -> Iterator[tuple[str, list[tuple[Evidence, tuple[float, ...]]]]]:
    """Each part of a question with its evidence, and the features of the sections."""
    for part, hits in case.found.items():
        by_id = {hit.passage.id: hit for hit in hits}
        if own := evidence({part: hits}):
            features = chances.features(part, [by_id[item.passage.id] for item in own])
            yield part, list(zip(own, features, strict=True))


def _sections(cases: Sequence[Case[Golden]], evidence: Gather) -> Iterator[Row]:
    for case in cases:
        for _, found in _by_part(case, evidence):
            yield from ((one, _section(item) in case.asked.passages, case.fold) for item, one in found)


def _judged_sections(cases: Sequence[Case[Judged]], evidence: Gather) -> Iterator[Row]:
    """A section of which sentences are fine, and none is ideal, teaches nothing."""
    for case in cases:
        ideal, fine = ({section for section, _ in kind} for kind in (case.asked.ideal, case.asked.fine))
        for _, found in _by_part(case, evidence) if ideal else ():
            for item, one in found:
                if _section(item) in ideal or _section(item) not in fine:
                    yield one, _section(item) in ideal, case.fold


def _sentences(cases: Sequence[Case[Golden]], evidence: Gather) -> Iterator[Row]:
    for case in cases:
        for own, features in _units(case, evidence):
            holds = [any(states(unit.quote, fact) for fact in case.asked.key_facts) for unit in own]
            if any(holds) and _section(own[0].evidence) in case.asked.passages:
                yield from ((one, held, case.fold) for one, held in zip(features, holds, strict=True))


def _judged_sentences(cases: Sequence[Case[Judged]], evidence: Gather) -> Iterator[Row]:
    for case in cases:
        for own, features in _units(case, evidence):
            section = _section(own[0].evidence)
            ideal, fine = (
                [judged.holds(kind, section, unit.quote) for unit in own]
                for kind in (case.asked.ideal, case.asked.fine)
            )
            for one, right, harmless in zip(features, ideal, fine, strict=True):
                if any(ideal) and (right or not harmless):
                    yield one, right, case.fold


def _units(
    case: Case[Golden] | Case[Judged], evidence: Gather
) -> Iterator[tuple[list[Unit], list[tuple[float, ...]]]]:
    """The units of each piece of evidence, with their features."""
    for part, found in _by_part(case, evidence):
        each = [units(item) for item, _ in found]
        yield from zip(each, choosing.features(part, each), strict=True)


def _columns(rows: Sequence[Row]) -> Rows:
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


def _said(case: Case[Golden] | Case[Judged], evidence: Gather) -> list[tuple[Statement, Evidence]]:
    found = evidence(case.found)
    by_number = {item.number: item for item in found}
    return [(one, by_number[one.citations[0].evidence]) for one in answer(case.searched, found)]


def _reply(case: Case[Golden], evidence: Gather) -> Reply:
    said = _said(case, evidence)
    text = " ".join(statement.text for statement, _ in said)
    named = sum(_section(item) in case.asked.passages for _, item in said)
    return Reply([states(text, fact) for fact in case.asked.key_facts], len(said), named)


def _worths(cases: Sequence[Case[Judged]], evidence: Gather) -> list[float]:
    """Of the replies to questions that have evidence: whether they should have any is not for these weights to say."""
    return [
        judged.worth(case.asked, [(_section(item), _whole(statement, item)) for statement, item in said])
        for case in cases
        if case.asked.ideal and (said := _said(case, evidence))
    ]


def _whole(statement: Statement, item: Evidence) -> str:
    """The unit that a statement quotes, which may be told without its leading yes or no."""
    quote = statement.citations[0].quote
    return next(unit.quote for unit in units(item) if unit.quote.endswith(quote))


def _print(name: str, replies: Sequence[Reply], worths: Sequence[float]) -> None:
    facts = [stated for reply in replies for stated in reply.stated]
    said = sum(reply.sentences for reply in replies)
    named = sum(reply.named for reply in replies)
    print(
        f"{name}: key facts {np.mean(facts):.3f} of {len(facts)}, {said / len(replies):.2f} sentences a reply, "
        f"{named / said:.3f} of them from a section that the question names; F1 {np.mean(worths):.3f} over the "
        f"ideal sentences of {len(worths)} judged questions"
    )


if __name__ == "__main__":
    main()
