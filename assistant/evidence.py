"""From hits to numbered evidence, or to nothing when the corpus does not say enough."""

import re
from collections.abc import Sequence
from math import exp

from assistant.model import Evidence
from assistant.topics import topics
from corpus.model import Reference
from index.model import Hit

QUOTABLE = ("full", "quote-only")
WEIGHTS = (-4.88, 11.83, 0.81, 0.5)
CLOSE = 0.6
"""The share of the best confidence that other evidence must reach."""
FAR = 0.25
"""Below this best cosine the question is about something else altogether, not just a gap in the corpus."""

_KINDS = {
    kind: re.compile(says, re.IGNORECASE)
    for kind, says in {
        "how long": r"\bhow (long|soon|quick)|\bwhen (will|can) (i|it|my)\b|\b(last|heal|recover)\w*\b.{0,12}$",
        "how often": r"\bhow (often|many|frequent)",
        "what is": r"^(so |ok |hi |hey )?(what('s| is| are)|define|explain|meaning)\b|\bwhat (a|an|the)?\b.{1,40}\b(is|are|means?)\b",
        "does it help": r"\b(do(es)?|can|will|would|could|is|are)\b.{1,60}\b(help|work|fix|ease|cure|good for|effective|worth|relieve|get rid|benefit)",
        "what helps": r"\b(what|which|how).{0,30}\b(helps?|treat\w*|fix|exercises?|stretch\w*|do (about|for)|tips|cure|remed\w+|get rid)\b|\btreatments?\b|\btips\b",
        "safe": r"\b(safe|risks?|danger\w*|side effects?|harm\w*|careful|avoid|contraindicat\w+|should ?n[o']?t|not (get|have))\b",
        "why": r"\bwhy\b|\bcauses?\b|\bfrom\?",
        "feel": r"\b(feels?|hurts?|painful)\b",
        "cost": r"\b(costs?|cover\w*|pays?|msp|icbc|insurance|benefits plan)\b",
        "urgent": r"\b(when should|should i).{0,30}\b(doctor|medical|urgent|help|emergency|worr\w+)\b|\b(serious|emergency|red flags?|warning signs?)\b",
        "clinic": r"\b(call|phone) the clinic\b",
    }.items()
}


def confidence(question: str, hit: Hit) -> float:
    """How far (0 to 1) this passage can be trusted to be about the query.

    No single number tells "known" from "unknown": a near topic has a high cosine without the query's words,
    and common words match without the meaning. So both count, each where the other is weak. The weights
    are a logistic fit over questions with and without an answer in the shipped corpus:
    `python -m benchmarks.fit_confidence`.
    """
    constant, *weights = WEIGHTS
    return 1 / (
        1 + exp(-constant - sum(w * x for w, x in zip(weights, features(question, hit), strict=True)))
    )


def features(question: str, hit: Hit) -> tuple[float, float, float]:
    """What the confidence is made of: the cosine; the share of the question's information that the passage has; and
    whether title or headings name a technique, condition or body part that the question names."""
    headings = " – ".join((hit.card.title, *hit.passage.trail))
    shared = set(topics(question)) & set(topics(headings))
    return (hit.dense or 0.0, hit.coverage, float(bool(shared)))


def gather(question: str, hits: Sequence[Hit], min_confidence: float, limit: int = 4) -> tuple[Evidence, ...]:
    """Evidence numbered from 1, best first: quotable, one voice for each section, and close to the best.

    Empty when no hit reaches `min_confidence`. A section whose heading asks the same kind of thing as the
    question (how long, is it safe, does it help …) goes before one that is only about the same subject.
    """
    quotable = [hit for hit in hits if hit.card.licence.admission in QUOTABLE]
    trusted = {hit.passage.id: confidence(question, hit) for hit in quotable}
    best = max(trusted.values(), default=0.0)
    if best < min_confidence:
        return ()
    chosen: dict[tuple[str, str], Hit] = {}
    for hit in sorted(quotable, key=lambda hit: -hit.score * fit(question, hit.passage.trail[-1])):
        if trusted[hit.passage.id] >= CLOSE * best:
            chosen.setdefault((hit.passage.article, hit.passage.anchor), hit)
    return tuple(
        Evidence(number, hit.passage, hit.card, _references(hit), trusted[hit.passage.id], hit.found_by)
        for number, hit in enumerate(list(chosen.values())[:limit], start=1)
    )


def _references(hit: Hit) -> tuple[Reference, ...]:
    """The works that the passage cites; an imported document names its works once, for all it says."""
    return hit.references or (hit.card.references if hit.card.kind == "file" else ())


def fit(question: str, heading: str) -> float:
    """By how much a heading's kind of question speaks for (above 1) or against its section.

    Ranks fused from two searches lie so close together that a tenth moves a section by a few places.
    """
    asked, answered = _kinds(question), _kinds(heading)
    if asked & answered:
        return 1.12
    return 0.9 if answered & {"urgent", "clinic"} else 1.0


def _kinds(text: str) -> set[str]:
    return {kind for kind, says in _KINDS.items() if says.search(text)}


def is_far(hits: Sequence[Hit]) -> bool:
    """True when nothing in the corpus is even near the question."""
    return all((hit.dense or 0.0) < FAR for hit in hits)
