"""From hits to numbered evidence, or to nothing when the corpus does not say enough."""

from collections.abc import Sequence
from math import exp

from assistant.model import Evidence
from index.model import Hit

QUOTABLE = ("full", "quote-only")
WEIGHTS = (-6.0, 9.0, 3.0)
FAR = 0.25
"""Below this best cosine the question is about something else altogether, not just a gap in the corpus."""


def confidence(hit: Hit) -> float:
    """How far (0 to 1) this passage can be trusted to be about the query.

    No single number tells "known" from "unknown": a near topic has a high cosine without the query's words,
    and common words match without the meaning. So both count, each where the other is weak. The weights
    are a logistic fit over questions with and without an answer in the shipped corpus:
    `python -m benchmarks.fit_confidence`.
    """
    constant, *weights = WEIGHTS
    return 1 / (1 + exp(-constant - sum(w * x for w, x in zip(weights, features(hit), strict=True))))


def features(hit: Hit) -> tuple[float, float]:
    """What the confidence is made of: the cosine, and the share of the query's information in the passage."""
    return (hit.dense or 0.0, hit.coverage)


def gather(hits: Sequence[Hit], min_confidence: float, limit: int = 4) -> tuple[Evidence, ...]:
    """Evidence numbered from 1, best first: quotable, one voice for each section, and close to the best.

    Empty when even the best hit stays below `min_confidence`.
    """
    judged = [(hit, confidence(hit)) for hit in hits if hit.card.licence.admission in QUOTABLE]
    if not judged or judged[0][1] < min_confidence:
        return ()
    floor = max(min_confidence, 0.6 * judged[0][1])
    chosen: dict[tuple[str, str], tuple[Hit, float]] = {}
    for hit, trust in judged:
        if trust >= floor:
            chosen.setdefault((hit.passage.article, hit.passage.anchor), (hit, trust))
    return tuple(
        Evidence(number, hit.passage, hit.card, hit.references, trust, hit.found_by)
        for number, (hit, trust) in enumerate(list(chosen.values())[:limit], start=1)
    )


def is_far(hits: Sequence[Hit]) -> bool:
    """True when nothing in the corpus is even near the question."""
    return all((hit.dense or 0.0) < FAR for hit in hits)
