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
    "behind": -0.25,
    "later": -1.03,
    "coverage": 1.22,
    "other subject": -0.87,
    "other article": 0.35,
    "lead": 0.25,
    "fainter": -1.98,
    "less asked": -3.13,
    "elsewhere": -0.65,
}
CONSTANT = 0.35
"""A logistic fit over golden and judged questions that may be tuned on: `python -m benchmarks.fit_sentences`."""

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
    how far its nearest sentence is behind the nearest of all, and the nearest way to ask for it behind that of all, and whether
    its headings name other body parts than the question."""
    if not hits:
        return []
    best = max(hit.score for hit in hits)
    nearest = [max(hit.sentences, default=0.0) for hit in hits]
    asked_like = max(hit.question for hit in hits)
    places = body_parts(question)
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
            asked_like - hit.question,
            float(
                bool(places) and bool(body_parts(headings(hit))) and not places & body_parts(headings(hit))
            ),
        )
        for place, (hit, near) in enumerate(zip(hits, nearest, strict=True))
    ]


def headings(hit: Hit) -> str:
    return " – ".join((hit.card.title, *hit.passage.trail))


def body_parts(text: str) -> frozenset[str]:
    return frozenset(found.topic for found in mentions(text) if found.kind == "body parts")


def particulars(text: str) -> frozenset[str]:
    """Its subjects, and the people that it names."""
    named = {found.topic for found in mentions(text) if found.kind != "body parts"}
    return frozenset(named - GENERAL)


def subjects(text: str) -> frozenset[str]:
    """The conditions and techniques that a text names, less the general ones."""
    named = {found.topic for found in mentions(text) if found.kind in ("conditions", "techniques")}
    return frozenset(named - GENERAL)
