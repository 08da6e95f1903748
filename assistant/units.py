"""The smallest things of a passage that make sense alone, and how they are told."""

import re
from dataclasses import dataclass, replace

from assistant.model import Evidence
from corpus.papers import introduced
from corpus.prose import LEANS
from corpus.sentences import sentences
from index.terms import stems

NEARLY_THE_SAME, NEARLY_WITHIN = 0.6, 0.7
"""The share of all words of two units that they have in common, and of the shorter one's where two sections tell it."""

_YES_OR_NO = re.compile(r"^(yes|no),\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or a lead-in with its list. `nearness` is the cosine of its nearest sentence to the question, `asked_like`
    that of the nearest of the ways to ask for it, or of itself where there is none."""

    evidence: Evidence
    place: int
    quote: str
    words: frozenset[str]
    leans: bool
    nearness: float
    asked_like: float = 0.0

    @property
    def key(self) -> tuple[int, int]:
        """Where it stands: its evidence and its place there."""
        return self.evidence.number, self.place


def units(item: Evidence) -> list[Unit]:
    text = item.passage.text
    spans = sentences(text)
    found: list[Unit] = []
    at = 0
    while at < len(spans):
        start, end = spans[at]
        first, at = at, at + 1
        if text[start:end].rstrip().endswith(":"):
            while at < len(spans) and _is_item(text, spans[at][0]):
                end = spans[at][1]
                at += 1
        quote = text[start:end]
        nearness = max(item.sentences[first:at], default=0.0)
        asked_like = max(item.ways[first:at], default=0.0) or nearness
        leans = bool(LEANS.match(quote))
        found.append(Unit(item, len(found), quote, frozenset(stems(quote)), leans, nearness, asked_like))
    return found


def plainly(unit: Unit) -> Unit:
    """The unit without a leading yes or no. It answers its own heading, and would turn into its opposite under a question
    that is put the other way round ("should I cancel?"), take the section before it back, or say nothing to "how long"."""
    return replace(unit, quote=_YES_OR_NO.sub("", unit.quote))


def alike(one: Unit, other: Unit) -> bool:
    """True when the two say the same. What a section says after its own sentence, in much the same words, adds to it."""
    both, shared = one.words | other.words, len(one.words & other.words)
    shorter = min(len(one.words), len(other.words))
    apart = one.evidence.number != other.evidence.number
    return bool(shared) and (
        shared / len(both) >= NEARLY_THE_SAME or (apart and shared / shorter >= NEARLY_WITHIN)
    )


def told(unit: Unit, *, goes_on: bool) -> str:
    """The quotation as prose: a list runs on after its lead-in. An unreviewed article is named as the speaker, once
    where it `goes_on`."""
    lead, *items = re.split(r"\n+\s*(?:[-*•]|\d+[.)])\s*", unit.quote)
    prose = re.sub(r"\s+", " ", lead)
    if items:
        prose += " " + "; ".join(re.sub(r"\s+", " ", item).rstrip(" .;") for item in items) + "."
    prose = prose[:1].upper() + prose[1:]
    card = unit.evidence.card
    if card.is_reviewed and not card.paper:
        return prose
    speaker = "It also" if goes_on else introduced(card.paper) if card.paper else "The clinic’s article"
    return f"{speaker} says: “{prose}”"


def _is_item(text: str, start: int) -> bool:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return re.fullmatch(r"\s*([-*•]|\d+[.)])\s*", line) is not None
