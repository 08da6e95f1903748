"""A reply's JSON as a page shows it: what is highlighted, what can be dialled, what things are called."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

_NUMBER = re.compile(r"(?<![\d-])(?:\d-\d-\d|(?:1-)?\d{3}-\d{3}-\d{4}|\d{3}-\d{4})(?![\d-])")

HEADINGS = {
    "911": ("Immediate action required: ", "Call 9-1-1 now"),
    "emergency_department": ("Immediate action required: ", "Go to an emergency department now"),
    "support_line": ("Immediate action required: ", "Talk to someone now"),
    "same_day": ("Urgent advice: ", "Get medical advice today"),
}
"""The hidden and the visible part of an urgent card's heading, by level. The clinic words the text."""

OFFERS = {
    "personal_clinical": "This depends on you. Talk it over with the clinic.",
    "human_request": "Talk to a person",
    "booking": "Book by phone",
    "price": "Ask about prices by phone",
    "complaint": "Tell the clinic",
    "same_day": "Questions about your care?",
}
OTHER_OFFER = "The clinic can help"

REASONS = (
    ("not_asked", "Not what I asked"),
    ("unclear", "Hard to understand"),
    ("wrong", "Seems wrong"),
    ("missing", "Something is missing"),
)

_KINDS = {"web": "Web page", "rct": "Randomized trial"}


def tel(number: str) -> str:
    """The link that dials a North American number; short ones (9-1-1, 310-6789) are dialled as they are."""
    digits = re.sub(r"\D", "", number)
    return f"tel:{digits}" if len(digits) < 10 else f"tel:+1{digits[-10:]}"


def calls(level: str | None, text: str) -> list[tuple[str, str]]:
    """(number, link) for each number that an urgent message names, 9-1-1 first where the level says so."""
    named = _NUMBER.findall(text)
    first = ["9-1-1"] if level == "911" else []
    return [(number, tel(number)) for number in dict.fromkeys(first + named)]


def unbroken(text: str) -> str:
    """`text` with the numbers that can be dialled kept on one line."""
    return _NUMBER.sub(lambda found: found[0].replace("-", "\u2011"), text)


def marked(text: str, quotes: Iterable[str]) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it is quoted; overlapping quotes become one piece."""
    quoted = bytearray(len(text))
    for quote in quotes:
        start = text.find(quote) if quote else -1
        if start >= 0:
            quoted[start : start + len(quote)] = b"\1" * len(quote)
    runs = groupby(enumerate(text), key=lambda place: bool(quoted[place[0]]))
    return [("".join(letter for _, letter in run), is_quoted) for is_quoted, run in runs]


def quotes(reply: Mapping[str, Any], number: int) -> list[str]:
    """What the reply quotes from evidence `number`."""
    return [
        citation["quote"]
        for statement in reply["statements"]
        for citation in statement["citations"]
        if citation["evidence"] == number
    ]


def paragraphs(statements: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Statements that lean on the same evidence read on in one paragraph."""

    def leans_on(statement: Mapping[str, Any]) -> int:
        first: int = statement["citations"][0]["evidence"]
        return first

    return [list(together) for _, together in groupby(statements, key=leans_on)]


def sort_of_evidence(kind: str) -> str:
    """ "systematic_review" → "Systematic review"."""
    return _KINDS.get(kind, kind.replace("meta_", "meta-").replace("_", " ").capitalize())


def spelled(day: date | str) -> str:
    """A date as people write it here: November 24, 2026."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day:%B} {day.day}, {day.year}"


def safe_link(url: str | None) -> str | None:
    """The address if a click on it can only open a page."""
    return url if url and (url.startswith(("https://", "http://")) or re.match(r"/[^/\\]", url)) else None
