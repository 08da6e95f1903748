"""Answers that a person of the clinic approved: found when the same thing is asked in other words, and told whole."""

import re
from collections.abc import Callable, Iterator, Sequence

from assistant.model import Citation, Evidence, Statement
from assistant.topics import topics
from corpus.model import Card
from index.model import Hit, Passage

APPROVED = "answer"
"""The kind of article that an approved answer is."""

SAME = 0.78
"""The cosine of two questions from which they ask the same, when they also name the same things. Of golden questions
that come so close to a heading, seven in eight are answered by its section, and none has no answer at all."""

_OF_EVERY_QUESTION = {"massage", "soft tissue therapy"}


def approved(
    question: str, hits: Sequence[Hit], article: Callable[[str], Sequence[Passage]]
) -> tuple[Evidence, ...]:
    """The approved answer to this very question, however it is worded, all of it; nothing when there is none.

    It must be asked for in words that are closer to the question than those of any other passage, and that name
    the same techniques, conditions and body parts.
    """
    best = max(hits, key=lambda hit: hit.question, default=None)
    if best is None or best.card.kind != APPROVED or best.question < SAME:
        return ()
    named = _named(question)
    if all(_named(way) != named for way in (best.passage.trail[-1], *best.passage.asked)):
        return ()
    return tuple(
        Evidence(number, passage, best.card, best.card.references, best.question, best.found_by)
        for number, passage in enumerate(article(best.passage.article), start=1)
    )


def recited(evidence: Sequence[Evidence]) -> Iterator[Statement]:
    """An approved answer paragraph by paragraph, nothing left out, with who approved it and when."""
    for item in evidence:
        for quote in filter(None, map(str.strip, item.passage.text.split("\n\n"))):
            begins = item is evidence[0] and item.passage.text.lstrip().startswith(quote)
            yield Statement(
                f"{_by(item.card) if begins else ''}{_prose(quote)}", (Citation(item.number, quote),)
            )


def _named(text: str) -> set[str]:
    return set(topics(text)) - _OF_EVERY_QUESTION


def _by(card: Card) -> str:
    on = f" on {card.reviewed:%-d %B %Y}" if card.reviewed else ""
    return f"The clinic’s answer, approved by {card.reviewer}{on}: "


def _prose(quote: str) -> str:
    """A paragraph on one line, a list as a row."""
    lines = [re.sub(r"^(?:[-*•]|\d+\.) ", "", line.strip()) for line in quote.split("\n")]
    return "; ".join(line.rstrip(".;") for line in lines) + "." if len(lines) > 1 else lines[0]
