"""What the clinic knows and where it comes from: the values every floor above is built on."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

NOT_REVIEWED = "not reviewed"

Admission = Literal["full", "quote-only", "reference", "refuse"]
Certainty = Literal["high", "moderate", "low", "mixed", "general guidance", "not reviewed"]


class CorpusError(Exception):
    """Something in the corpus that a person can mend; the message ends with the next step."""


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of one article version and what they let the clinic do with it."""

    code: str
    version: str
    name: str
    url: str
    admission: Admission


@dataclass(frozen=True, slots=True)
class Admitted:
    """What was decided about a text that was fetched, why, and on what evidence ("link: https://…")."""

    admission: Admission
    reason: str
    evidence: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article came from.

    `kind` is "authored" for an article written in this format, "file" for an imported document, "answer" for an
    approved answer to what visitors asked,
    and a connector's name ("pmc", "web", "link", …) for a fetched one, which has been `admitted`.
    """

    kind: str
    address: str
    licence: Licence
    retrieved: date | None = None
    admitted: Admitted | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A work that a sentence leans on.

    `kind` is the sort of evidence ("systematic_review", "guideline", "trial", "webpage", …),
    `finding` what it showed, in our own words. An empty identifier was not seen, never guessed.
    """

    key: str
    kind: str
    title: str
    authors: tuple[str, ...] = ()
    container: str = ""
    year: int | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""
    finding: str = ""
    certainty: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """The published work whose own words an article holds.

    `design` ("randomized trial", "systematic review", …) and `participants` are as its abstract says, or
    empty. `notices` tell of corrections and concerns. `retrieved` is the day of the copy.
    """

    work: Reference
    design: str = ""
    participants: int | None = None
    copyright: str = ""
    notices: tuple[str, ...] = ()
    retrieved: date | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One heading's own text, without its sub-sections.

    `trail` holds the headings from the article's first level down; `anchor` is unique in the article.
    `cites` are (offset, key) pairs: citations are lifted out of `text`, so that any slice of it can be
    quoted, and each offset says where in `text` the mark stood (just after the sentence it supports).
    `asked` are other ways in which people ask for what it says, `asked_at` those that ask for one sentence of it, each
    with the offset of that in `text`; they are searched and never shown.
    """

    trail: tuple[str, ...]
    anchor: str
    text: str
    cites: tuple[tuple[int, str], ...] = ()
    asked: tuple[str, ...] = ()
    asked_at: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What a reader must be told about an article, wherever a passage of it is shown."""

    id: str
    title: str
    url: str
    kind: str
    licence: Licence
    topic: str
    audience: str
    certainty: Certainty
    reviewer: str
    reviewed: date | None
    review_due: date | None
    references: tuple[Reference, ...]
    paper: Paper | None = None

    @property
    def is_reviewed(self) -> bool:
        return self.certainty != NOT_REVIEWED


@dataclass(frozen=True, slots=True)
class Article:
    """`replaces` is the id of the article on an earlier shelf that this one stands for, or empty."""

    card: Card
    source: Source
    sections: tuple[Section, ...]
    replaces: str = ""
