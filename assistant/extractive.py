"""The default answerer: whole sentences of the evidence, word for word, chosen and put in order."""

from collections.abc import Iterator, Sequence

from assistant.choosing import chosen
from assistant.model import Citation, Evidence, Statement
from assistant.units import Unit, told

AHEAD = 1.2
"""A sentence opens what its section says when it is worth so many times what the first one is."""


def answer(question: str, evidence: Sequence[Evidence], limit: int = 6) -> Iterator[Statement]:
    """At most `limit` statements that are likely to answer (`assistant.choosing`): the likeliest section first, each in
    its own order, for the first sentence of a section answers its heading.

    Where another sentence of the section answers much better, that one comes before it. A sentence that leans on the
    one before it is used only together with that one. Where a question has parts, each has its share. Sentences of an
    article nobody has reviewed are told as what the article says, and a paper tells what it found itself.
    """
    asked = dict.fromkeys(item.asked or question for item in evidence)
    spoken: list[Unit] = []
    for left, part in zip(range(len(asked), 0, -1), asked, strict=True):
        own = [item for item in evidence if (item.asked or question) == part]
        share = (limit - len(spoken)) // left
        spoken += _ordered(chosen(part, own, share, spoken))
    speaker = ""
    for unit in spoken:
        article = unit.evidence.card.id
        yield Statement(told(unit, goes_on=article == speaker), (Citation(unit.evidence.number, unit.quote),))
        speaker = article


def _ordered(weighed: Sequence[tuple[Unit, float]]) -> list[Unit]:
    """The units in the order of reading; `weighed` has the likeliest section's first."""
    sections: dict[int, list[tuple[Unit, float]]] = {}
    for unit, worth in sorted(weighed, key=lambda pair: pair[0].evidence.number):
        sections.setdefault(unit.evidence.number, []).append((unit, worth))
    by_chance = sorted(sections.values(), key=lambda own: -own[0][0].evidence.chance)
    return [unit for own in by_chance for unit in _of_section(own)]


def _of_section(own: Sequence[tuple[Unit, float]]) -> list[Unit]:
    in_place = sorted(own, key=lambda pair: pair[0].place)
    leaned_on = {unit.place - 1 for unit, _ in own if unit.leans}
    best, worth = max(in_place, key=lambda pair: pair[1])
    moves = worth > AHEAD * in_place[0][1] and not best.leans and best.place not in leaned_on
    rest = [unit for unit, _ in in_place if not (moves and unit is best)]
    return [best, *rest] if moves else rest
