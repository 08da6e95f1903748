"""What a visitor tells of their own health, and the caution that belongs to it.

"I'm on warfarin, does cupping help neck pain?" asks about cupping; what the articles say of blood thinners belongs into
the answer all the same.
"""

from collections.abc import Iterable

from assistant.model import Evidence
from assistant.topics import mentions, topics
from index.model import Hit

RISKS = frozenset(
    (
        "blood thinners", "blood clot", "pregnancy", "cancer", "osteoporosis", "fracture", "diabetes", "heart disease",
        "high blood pressure", "stroke", "joint replacement", "surgery", "infection", "lymphedema", "children",
        "older adults",
    )
)  # fmt: skip
"""The topics of topics.yaml that change what is safe."""

MOST = 2


def cautions(question: str, evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """Questions to ask besides, one for each risk that is told of and that the best evidence is not about."""
    best = {item.asked: item for item in reversed(tuple(evidence))}.values()
    covered = {topic for item in best for topic in _named(item.card.title, *item.passage.trail)}
    told = [topic for topic in topics(question) if topic in RISKS and topic not in covered]
    treatment = next((found.topic for found in mentions(question) if found.kind == "techniques"), "massage")
    return tuple(f"Is {treatment} safe with {risk}?" for risk in told[:MOST])


def about_a_risk(hits: Iterable[Hit], question: str) -> list[Hit]:
    """Those hits whose article or heading is about a risk that the question names."""
    risks = RISKS.intersection(topics(question))
    return [hit for hit in hits if risks.intersection(_named(hit.card.title, *hit.passage.trail))]


def _named(*headings: str) -> tuple[str, ...]:
    return topics(" – ".join(headings))
