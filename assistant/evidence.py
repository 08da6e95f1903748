"""From hits to numbered evidence, or to nothing when the corpus does not say enough."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import exp, log1p

from assistant.chances import chances
from assistant.model import Evidence
from assistant.subject import UNKNOWN
from assistant.topics import topics
from corpus.model import Reference
from corpus.papers import standing, tells_findings
from index.model import Hit

QUOTABLE = ("full", "quote-only")
WEIGHTS = (-10.68, -0.37, 7.41, -0.26, 2.59, -0.36, -0.53, 2.13, -2.36, 0.05, 1.6)
CLOSE = 0.6
"""The share of the best confidence that other evidence must reach."""
NEXT = 0.8
"""The share of the best score with which another passage speaks for a later part, when an earlier one has the best."""
FAR = 0.28
"""Below this best cosine the question is about something else altogether, not just a gap in the corpus."""


def confidence(question: str, hit: Hit, subject: float = UNKNOWN) -> float:
    """How far (0 to 1) this passage can be trusted to answer the question; `subject` as `assistant.subject` tells it.

    No single number tells "known" from "unknown": a near topic has a high cosine without the question's words,
    common words match without the meaning, and a question of another field may have both. So all of them count. The
    weights are a logistic fit over questions with and without an answer in the shipped corpus:
    `python -m benchmarks.fit_confidence`.
    """
    constant, *weights = WEIGHTS
    known = (*features(question, hit), subject)
    return 1 / (1 + exp(-constant - sum(w * x for w, x in zip(weights, known, strict=True))))


def features(question: str, hit: Hit) -> tuple[float, ...]:
    """What a passage says for itself: the cosines to it, to the nearest way it is asked for and to its nearest sentence;
    the share of the question's information that it has; whether its headings name a topic of the question, and whether
    the whole of it leaves one out. Then how long the question is, the share of it in words that no passage has,
    and how far its best article leads."""
    headings = " – ".join((hit.card.title, *hit.passage.trail))
    asked, named = set(topics(question)), set(topics(headings))
    return (
        hit.dense or 0.0,
        hit.question,
        max(hit.sentences, default=0.0),
        hit.coverage,
        float(bool(asked & named)),
        float(bool(asked - named - set(topics(hit.passage.text)))),
        log1p(len(question.split())),
        hit.unknown,
        hit.lead,
    )


def gather_each(
    found: Mapping[str, Sequence[Hit]],
    min_confidence: float,
    limit: int = 4,
    subject: Callable[[str], float] = lambda question: UNKNOWN,
) -> tuple[Evidence, ...]:
    """Evidence for each part of a question. Parts that the same passage is by far the best for are asked of it together;
    else a passage speaks for the part that it is the best for, or the first."""
    own = _apart(found)
    each = _joined([gather(part, hits, min_confidence, limit, subject(part)) for part, hits in own.items()])
    taken = {evidence[0].passage.id for evidence in each}
    gathered: list[Evidence] = []
    for evidence in each:
        more = [item for item in evidence[1:] if item.passage.id not in taken][: limit // len(each) - 1]
        taken |= {item.passage.id for item in more}
        gathered += [evidence[0], *more]
    return tuple(replace(item, number=number) for number, item in enumerate(gathered, start=1))


def _apart(found: Mapping[str, Sequence[Hit]]) -> dict[str, Sequence[Hit]]:
    """The hits of each part, a later one without what leads an earlier one, if there is something as good as NEXT."""
    leading: set[str] = set()
    own: dict[str, Sequence[Hit]] = {}
    for part, hits in found.items():
        others = [hit for hit in hits if hit.passage.id not in leading]
        repeats = bool(hits) and hits[0].passage.id in leading
        own[part] = others if repeats and others and others[0].score >= NEXT * hits[0].score else hits
        leading |= {hit.passage.id for hit in own[part][:1]}
    return own


def _joined(each: Sequence[tuple[Evidence, ...]]) -> list[tuple[Evidence, ...]]:
    """The evidence of the parts, those that have the same best passage as one; parts without any are left out."""
    by_best: dict[str, tuple[Evidence, ...]] = {}
    for evidence in filter(None, each):
        best = evidence[0].passage.id
        by_best[best] = _together(by_best[best], evidence) if best in by_best else evidence
    return list(by_best.values())


def _together(one: Sequence[Evidence], other: Sequence[Evidence]) -> tuple[Evidence, ...]:
    asked = f"{one[0].asked} {other[0].asked}"
    held: dict[str, Evidence] = {}
    for item in (*one, *other):
        known = held.get(item.passage.id, item)
        nearest = tuple(map(max, known.sentences, item.sentences))
        ways = tuple(map(max, known.ways, item.ways))
        chance = max(known.chance, item.chance)
        held[item.passage.id] = replace(known, asked=asked, sentences=nearest, chance=chance, ways=ways)
    return tuple(held.values())


def gather(
    question: str, hits: Sequence[Hit], min_confidence: float, limit: int = 4, subject: float = UNKNOWN
) -> tuple[Evidence, ...]:
    """Evidence numbered from 1, best first: quotable, one voice for each section, and close to the best.

    Empty when no hit reaches `min_confidence`. Among those that can be trusted, the clinic's own articles speak
    before papers, and papers that weigh many studies before a single one. What a paper did is no answer to a visitor:
    it speaks with what it found.
    """
    quotable = [
        hit
        for hit in hits
        if hit.card.licence.admission in QUOTABLE and tells_findings(hit.card, hit.passage.trail)
    ]
    trusted = {hit.passage.id: confidence(question, hit, subject) for hit in quotable}
    best = max(trusted.values(), default=0.0)
    if best < min_confidence:
        return ()
    chosen: dict[tuple[str, str], Hit] = {}
    for hit in sorted(quotable, key=lambda hit: standing(hit.card)):
        if trusted[hit.passage.id] >= CLOSE * best:
            chosen.setdefault((hit.passage.article, hit.passage.anchor), hit)
    speaking = list(chosen.values())[:limit]
    return tuple(
        Evidence(
            number,
            hit.passage,
            hit.card,
            _references(hit),
            trusted[hit.passage.id],
            hit.found_by,
            hit.sentences,
            question,
            chance,
            hit.ways,
        )
        for number, (hit, chance) in enumerate(
            zip(speaking, chances(question, speaking), strict=True), start=1
        )
    )


def _references(hit: Hit) -> tuple[Reference, ...]:
    """The works that the passage cites; a paper is the first of its own, and an imported document names its works
    once, for all it says."""
    if hit.card.paper:
        return (hit.card.paper.work, *hit.references)
    return hit.references or (hit.card.references if hit.card.kind == "file" else ())


def is_far(hits: Sequence[Hit]) -> bool:
    """True when nothing in the corpus is even near the question."""
    return all((hit.dense or 0.0) < FAR for hit in hits)
