"""How likely each of the sections that were found answers the question, weighed against the others.

`assistant.evidence.confidence` tells whether the corpus answers at all, and is near 1 for many sections of the right
article. Which of them speaks to what was asked is told here, so that an answer stays with one section where that
one is sure and hears a second one where it is not.
"""

from collections.abc import Sequence
from math import exp

from assistant.topics import mentions
from index.model import Hit

WEIGHTS = {
    "behind": -0.2,
    "later": -1.74,
    "coverage": 1.13,
    "other subject": -0.86,
    "other article": 0.49,
    "lead": 0.27,
    "fainter": -3.32,
}
CONSTANT = 0.06
"""A logistic fit over the golden questions that may be tuned on: `python -m benchmarks.fit_sentences`."""

GENERAL = frozenset(("massage", "soft tissue therapy", "physiotherapy", "exercise"))
"""What nearly everything here is about."""


def chances(question: str, hits: Sequence[Hit]) -> list[float]:
    """For each of `hits`, best first, the chance (0 to 1) that its section answers `question`."""
    weights = WEIGHTS.values()
    told = features(question, hits)
    return [1 / (1 + exp(-CONSTANT - sum(w * x for w, x in zip(weights, one, strict=True)))) for one in told]


def features(question: str, hits: Sequence[Hit]) -> list[tuple[float, ...]]:
    """In the order of `WEIGHTS`: how far a hit is behind the best score, its place (from 0 to 1, the fourth), the share of
    the question's information that it has, whether it is about a condition or technique that neither the question nor
    the first one names, whether it is of another article than the first, how far the first leads,
    and how far its nearest sentence is behind the nearest of all."""
    if not hits:
        return []
    best = max(hit.score for hit in hits)
    nearest = [max(hit.sentences, default=0.0) for hit in hits]
    known = subjects(question) | subjects(headings(hits[0]))
    return [
        (
            best - hit.score,
            min(place, 3) / 3,
            hit.coverage,
            float(not subjects(headings(hit)) <= known),
            float(hit.passage.article != hits[0].passage.article),
            hit.lead if place == 0 else 0.0,
            max(nearest) - near,
        )
        for place, (hit, near) in enumerate(zip(hits, nearest, strict=True))
    ]


def headings(hit: Hit) -> str:
    return " – ".join((hit.card.title, *hit.passage.trail))


def subjects(text: str) -> frozenset[str]:
    """The conditions and techniques that a text names, less the general ones."""
    named = {found.topic for found in mentions(text) if found.kind in ("conditions", "techniques")}
    return frozenset(named - GENERAL)
