"""A search as staff see it: narrowed by what is known of the articles, and explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from assistant.evidence import CLOSE, confidence
from corpus.model import Card
from corpus.papers import standing, tells_findings
from index.model import Hit
from index.terms import WORD, stems

DEPTH = 100
"""How many passages are looked at before the filters; both searches together give no more."""

_LAST = 4
"""The turn of what is less sure, and of what papers did: in the places of the ranking."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What an article must be; what is empty lets all through. `reviewed_since` leaves out what nobody reviewed."""

    kind: str = ""
    topic: str = ""
    certainty: str = ""
    reviewed_since: date | None = None

    @property
    def are_set(self) -> bool:
        return self != Filters()

    def let(self, card: Card) -> bool:
        since = self.reviewed_since
        return (
            self.kind in ("", card.kind)
            and self.topic in ("", card.topic)
            and self.certainty in ("", card.certainty)
            and (since is None or (card.reviewed is not None and card.reviewed >= since))
        )


@dataclass(frozen=True, slots=True)
class Result:
    """A hit with its places: in the merged ranking, and in those of the two searches that found it."""

    hit: Hit
    place: int
    by_meaning: int | None
    by_words: int | None
    confidence: float


def results(query: str, hits: Sequence[Hit], filters: Filters, limit: int = 20) -> list[Result]:
    """Places count all hits, so that they explain the ranking as visitors meet it, whatever is filtered out.

    Staff read papers, which visitors hear last: among what can be trusted nearly as far as the best, findings of
    guidelines and reviews come first, then those of single studies, then the clinic's own articles.
    """
    meaning = _places([hit.dense if "dense" in hit.found_by else None for hit in hits])
    words = _places([hit.lexical for hit in hits])
    found = [
        Result(hit, place, meaning[place - 1], words[place - 1], confidence(query, hit))
        for place, hit in enumerate(hits, start=1)
        if filters.let(hit.card)
    ]
    enough = CLOSE * max((result.confidence for result in found), default=0.0)
    return sorted(found, key=lambda result: _turn(result, enough))[:limit]


def _turn(result: Result, enough: float) -> int:
    card = result.hit.card
    if result.confidence < enough or not tells_findings(card, result.hit.passage.trail):
        return _LAST
    return standing(card) or _LAST - 1


def _places(scores: Sequence[float | None]) -> list[int | None]:
    """The place of each score among all of them, best first; None has none."""
    ordered = sorted((score for score in scores if score is not None), reverse=True)
    return [None if score is None else ordered.index(score) + 1 for score in scores]


def matched(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it is, in whatever form, one of `words`."""
    wanted = {stem for word in words for stem in stems(word)}
    pieces: list[tuple[str, bool]] = []
    end = 0
    for word in WORD.finditer(text):
        pieces += [
            (text[end : word.start()], False),
            (word.group(), not wanted.isdisjoint(stems(word.group()))),
        ]
        end = word.end()
    pieces.append((text[end:], False))
    return [
        ("".join(part for part, _ in run), is_matched)
        for is_matched, run in groupby(pieces, key=lambda piece: piece[1])
    ]
