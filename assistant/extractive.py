"""The default answerer: whole sentences of the evidence, word for word, chosen and put in order."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.model import Citation, Evidence, Statement
from assistant.topics import mentions
from corpus.papers import introduced
from corpus.prose import LEANS
from corpus.sentences import sentences
from index.terms import stems

FROM_ONE_PASSAGE = 5
FROM_ANOTHER = 1
FROM_ONE_PAPER = 2
NEARLY_THE_SAME = 0.6
BESIDE = 0.9
"""A sentence of another source than the best must be this share as near to the question as the nearest of all."""

_ANYTHING = frozenset(("massage", "soft tissue therapy", "physiotherapy", "exercise"))

_OF_OTHERS = re.compile(r"\bet al\b|\band colleagues\b")
_YES_OR_NO = re.compile(r"^(yes|no),\s+", re.IGNORECASE)

# What a sentence that answers such a question usually holds.
_SHAPES = (
    (
        re.compile(r"\bhow (long|soon|quick(ly)?)\b|\bwhen (will|can|does)\b", re.I),
        re.compile(r"\b(minutes?|hours?|days?|weeks?|months?|years?)\b", re.I),
    ),
    (
        re.compile(r"\bhow (often|many)\b|\bfrequen", re.I),
        re.compile(r"\b(once|twice|times?|daily|weekly|every|sessions?|visits?|a (day|week|month))\b", re.I),
    ),
    (
        re.compile(r"\bhow much\b|\bcost|\bcover|\bpay\b|\binsur", re.I),
        re.compile(r"\$|\b(cost|cover|pay|plan|insur|bill)\w*", re.I),
    ),
    (
        re.compile(r"^(what('s| is| are)|define|meaning|explain)\b|\bwhat (a|an|the) .+ (is|are)\b", re.I),
        re.compile(r"^\W*[\w(),’' -]{2,60} (is|are|means?|describes?) ", re.I),
    ),
    (
        re.compile(r"\b(safe|risk|danger|harm|hurt|avoid|should ?n[o']t|not get|side effects?)\b", re.I),
        re.compile(r"\b(avoid|safe|risk|careful|caution|stop|harm|doctor|not)\b", re.I),
    ),
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a lead-in with its list: the smallest thing that makes sense alone.

    `nearness` is the cosine of its nearest sentence to the question.
    """

    evidence: Evidence
    place: int
    quote: str
    words: frozenset[str]
    leans: bool
    nearness: float


def answer(question: str, evidence: Sequence[Evidence], limit: int = 6) -> Iterator[Statement]:
    """At most `limit` statements, the best evidence first and each passage in its own order.

    The first sentence of a section answers its heading, so the best passage always opens with it. Of the others,
    those that are nearest to the question, share most of its words and repeat nothing follow. Another source adds
    one sentence at most: what it says beside the question is left out, and so are sources about a condition or a
    technique that neither the question nor the best source names. A sentence that leans on the one before it is
    used only together with that one. Where a question has parts, each has its share. Sentences of an article
    nobody has reviewed are told as what the article says, and a paper tells what it found itself.
    """
    asked = dict.fromkeys(item.asked or question for item in evidence)
    chosen: list[_Unit] = []
    for left, part in zip(range(len(asked), 0, -1), asked, strict=True):
        own = [item for item in evidence if (item.asked or question) == part]
        chosen += _chosen(part, own, (limit - len(chosen)) // left, chosen, one_of_many=len(asked) > 1)
    speaker = ""
    for unit in sorted(chosen, key=lambda unit: (unit.evidence.number, unit.place)):
        article = unit.evidence.card.id
        yield Statement(
            _told(unit, goes_on=article == speaker), (Citation(unit.evidence.number, unit.quote),)
        )
        speaker = article


def _chosen(
    question: str, evidence: Sequence[Evidence], limit: int, said: Sequence[_Unit], *, one_of_many: bool
) -> list[_Unit]:
    asked = frozenset(stems(question))
    wanted = [answer_shape for question_shape, answer_shape in _SHAPES if question_shape.search(question)]
    chosen: list[_Unit] = []
    found = [_units(item) for item in evidence]
    nearest = max((unit.nearness for units in found for unit in units), default=0.0)
    subjects = _subjects(question) | _subjects(_heading(evidence[0])) if evidence else frozenset()
    for own in found:
        if chosen and not _subjects(_heading(own[0].evidence)) <= subjects:
            continue
        near = own if not chosen else [unit for unit in own if unit.nearness >= BESIDE * nearest]
        units = [_plainly(unit) for unit in near] if chosen or one_of_many else near
        room = min(FROM_ANOTHER if chosen else FROM_ONE_PASSAGE, limit - len(chosen))
        if len(evidence) == 1:
            room = limit
        if own and own[0].evidence.card.paper:
            article = own[0].evidence.card.id
            spoken = sum(unit.evidence.card.id == article for unit in (*said, *chosen))
            room = min(room, FROM_ONE_PAPER - spoken)
            units = [unit for unit in units if not _OF_OTHERS.search(unit.quote)]
        ranked = sorted(units, key=lambda unit: (-_worth(unit, asked, wanted), unit.place))
        taken: list[_Unit] = []
        for unit in ranked:
            if len(taken) >= room:
                break
            if unit.leans and unit.place - 1 not in {other.place for other in taken}:
                continue
            if any(_alike(unit, other) for other in (*said, *chosen, *taken)):
                continue
            taken.append(unit)
        chosen += taken
    return chosen


def _heading(item: Evidence) -> str:
    return " – ".join((item.card.title, *item.passage.trail))


def _subjects(text: str) -> frozenset[str]:
    """The conditions and techniques that a text names, less those that nearly everything here is about."""
    named = {found.topic for found in mentions(text) if found.kind in ("conditions", "techniques")}
    return frozenset(named - _ANYTHING)


def _worth(unit: _Unit, asked: frozenset[str], wanted: Sequence[re.Pattern[str]]) -> float:
    shared = len(unit.words & asked) / len(asked) if asked else 0.0
    opens = 1.0 if unit.place == 0 else 0.0
    fits = any(shape.search(unit.quote) for shape in wanted)
    return opens + unit.nearness + shared + 0.5 * fits - 0.05 * unit.place


def _units(item: Evidence) -> list[_Unit]:
    text = item.passage.text
    spans = sentences(text)
    units: list[_Unit] = []
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
        units.append(
            _Unit(item, len(units), quote, frozenset(stems(quote)), bool(LEANS.match(quote)), nearness)
        )
    return units


def _plainly(unit: _Unit) -> _Unit:
    """The unit without a leading yes or no: after the best section a second one would seem to take the first back, and
    where a question has parts, one would be taken for all of them."""
    return replace(unit, quote=_YES_OR_NO.sub("", unit.quote))


def _is_item(text: str, start: int) -> bool:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return re.fullmatch(r"\s*([-*•]|\d+[.)])\s*", line) is not None


def _alike(one: _Unit, other: _Unit) -> bool:
    both = one.words | other.words
    return bool(both) and len(one.words & other.words) / len(both) >= NEARLY_THE_SAME


def _told(unit: _Unit, *, goes_on: bool) -> str:
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
