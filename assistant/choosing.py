"""Which sentences of the evidence are said: those that are likely to hold what the question is after."""

import re
from collections.abc import Sequence
from math import exp, log

from assistant.chances import particulars, subjects
from assistant.model import Evidence
from assistant.topics import topics
from assistant.units import Unit, alike, plainly, units
from index import intent
from index.terms import stems

WEIGHTS = {
    "less near": -2.57,
    "opens": 0.86,
    "place": -1.43,
    "new words": 3.4,
    "number": -0.07,
    "other topic": -0.22,
    "length": 0.22,
    "less asked": -3.28,
    "of others": -0.52,
}
CONSTANT = 0.69
"""A logistic fit over golden and judged questions that may be tuned on: `python -m benchmarks.fit_sentences`."""

WORTH = 0.15
"""How likely (0 to 1) a sentence of the best section must hold what is asked for; the two best ones always speak."""
LEAST = 2
FROM_ONE_PASSAGE = 5
CHANCE, WORTH_OF_OTHERS, FROM_ANOTHER = 0.42, 0.5, 2
"""Another section speaks when it is so likely to answer, with its sentences of such worth, and so many of them."""
FROM_ONE_PAPER = 2

_NUMBER = re.compile(r"\d")
_OF_OTHERS = re.compile(r"\bet al\b|\band colleagues\b")


def chosen(
    question: str,
    evidence: Sequence[Evidence],
    limit: int,
    said: Sequence[Unit] = (),
) -> list[tuple[Unit, float]]:
    """At most `limit` units with their worth, none of which repeats another or what was `said`.

    The section that is the likeliest to answer speaks first. Others add to it when they are likely enough to answer, and
    never when they are about a condition or technique that neither the question nor the first one names.
    """
    speaking = _speaking(question, evidence)
    found = [units(item) for item in speaking]
    weighed = worths(question, found)
    known = subjects(question) | subjects(_headings(speaking[0])) if speaking else frozenset()
    spoken: list[tuple[Unit, float]] = []
    for own, worth in zip(found, weighed, strict=True):
        item = own[0].evidence
        first = not spoken
        if not first and not subjects(_headings(item)) <= known:
            continue
        best_first = sorted(zip(own, worth, strict=True), key=lambda pair: (-pair[1], pair[0].place))
        room = FROM_ONE_PASSAGE if first else FROM_ANOTHER
        if len(evidence) == 1:
            room = limit
        if item.card.paper:
            told = sum(
                unit.evidence.card.id == item.card.id for unit in (*said, *(unit for unit, _ in spoken))
            )
            room = min(room, FROM_ONE_PAPER - told)
            best_first = [pair for pair in best_first if not _OF_OTHERS.search(pair[0].quote)]
        taken: list[tuple[Unit, float]] = []
        for unit, value in best_first:
            enough = value >= (WORTH if first else WORTH_OF_OTHERS) or (first and len(taken) < LEAST)
            if len(taken) >= room or not enough:
                break
            if unit.leans and (item.number, unit.place - 1) not in {other.key for other, _ in taken}:
                continue
            if any(alike(unit, other) for other in (*said, *(other for other, _ in (*spoken, *taken)))):
                continue
            taken.append((plainly(unit), value))
        spoken += taken
    return _most_likely(spoken, limit)


def _speaking(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The likely ones, best first; about calling for help only where that is asked. Where there are none, the best."""
    kinds = intent.kinds(question)
    ranked = sorted(evidence, key=lambda item: -item.chance)
    likely = [
        item
        for item in ranked
        if item.chance >= CHANCE and intent.agreement(kinds, item.passage.trail[-1]) >= 0
    ]
    return likely or ranked[:1]


def _most_likely(spoken: Sequence[tuple[Unit, float]], limit: int) -> list[tuple[Unit, float]]:
    kept: list[tuple[Unit, float]] = []
    for unit, value in sorted(spoken, key=lambda pair: -pair[1] * pair[0].evidence.chance):
        alone = not unit.leans or (unit.evidence.number, unit.place - 1) in {other.key for other, _ in kept}
        if alone and len(kept) < limit:
            kept.append((unit, value))
    return kept


def worths(question: str, found: Sequence[Sequence[Unit]]) -> list[list[float]]:
    """For each unit of each passage, how likely (0 to 1) it holds what is asked for, if its section does."""
    weights = WEIGHTS.values()
    return [
        [
            1 / (1 + exp(-CONSTANT - sum(w * x for w, x in zip(weights, one, strict=True))))
            for one in of_passage
        ]
        for of_passage in features(question, found)
    ]


def features(question: str, found: Sequence[Sequence[Unit]]) -> list[list[tuple[float, ...]]]:
    """In the order of `WEIGHTS`: how far a unit is behind the nearest one of its passage, whether it opens the passage,
    its place (from 0 to 1, the seventh), its share of the question's words that the headings lack (rare ones among
    these units count more), whether it has a number, whether it names a topic that neither question nor headings do,
    its length in units of 200 letters, how far it is behind in being asked for like that, and whether it speaks of other people,
    conditions or techniques alone, where another unit speaks of those in question."""
    asked = frozenset(stems(question))
    named, particular = set(topics(question)), particulars(question)
    every = [unit for own in found for unit in own]
    weight = {
        word: log((len(every) + 1) / (sum(word in unit.words for unit in every) + 0.5)) for word in asked
    }
    told: list[list[tuple[float, ...]]] = []
    for own in found:
        headings = _headings(own[0].evidence)
        covered = named.union(topics(headings))
        new = {word: weight[word] for word in asked.difference(stems(headings))}
        total = sum(new.values()) or 1.0
        nearest, asked_like = max(unit.nearness for unit in own), max(unit.asked_like for unit in own)
        about = [particulars(unit.quote) for unit in own]
        some_fit = any(each & particular for each in about)
        told.append(
            [
                (
                    nearest - unit.nearness,
                    float(unit.place == 0),
                    min(unit.place, 6) / 6,
                    sum(value for word, value in new.items() if word in unit.words) / total,
                    float(_NUMBER.search(unit.quote) is not None),
                    float(not covered.issuperset(topics(unit.quote))),
                    len(unit.quote) / 200,
                    asked_like - unit.asked_like,
                    float(some_fit and bool(each) and not each & particular),
                )
                for unit, each in zip(own, about, strict=True)
            ]
        )
    return told


def _headings(item: Evidence) -> str:
    return " – ".join((item.card.title, *item.passage.trail))
