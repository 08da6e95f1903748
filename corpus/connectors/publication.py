"""What a source gives: a reference to a publication, its bytes, and what a reader makes of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from corpus.model import Reference

Evidence = Literal["ali", "link", "prose", "metadata", "manual"]
"""Where a statement of terms stood: `ali:license_ref`, a link beside or inside the licence, its prose, a
service's own record, or the word of the clinic."""

PartKind = Literal[
    "", "introduction", "methods", "results", "discussion", "conclusion", "box", "quote", "appendix"
]


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement of terms, as found: an address or the words themselves."""

    evidence: Evidence
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of prose under its headings, in the order of the document.

    `path` are the printed headings from the outermost; it is empty for text under none. A list has one line
    ("- …") an item, paragraphs stand apart by an empty line. Citation marks are lifted out: `cites` are
    (offset in `text`, key of a reference). Figures, tables and footnotes are never part of `text`.
    """

    path: tuple[str, ...]
    text: str
    kind: PartKind = ""
    cites: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with spans filled in, the header first; none when the table is a picture.

    `is_third_party` (of a figure too) when it carries terms of its own, so that it must not be shown.
    """

    label: str
    caption: str
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    is_third_party: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    caption: str
    is_third_party: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """One version of an article or page, read without judging what may be done with it.

    `id` is a PMCID ("PMC…"), DOI or address, `authors` are "Family I" or the name of a group, never with
    an e-mail address. `published` is the day as far as it is known. `article_type` is as printed
    ("research-article", "review-article", …). `abstract` is the main one, a plain-language one is
    `summary`, others and translations are `other_abstracts` by type ("graphical", "trans:es"). `parts` is
    the body with boxes, quotations and appendices; back matter (funding, interests, thanks, supplements)
    is not in it. `stated` holds all statements of terms in the article's own front matter, the most
    telling first. `notices` say that it is corrected, retracted or of concern, in words for the reader.
    """

    id: str
    title: str
    version: str = ""
    pmid: str = ""
    doi: str = ""
    authors: tuple[str, ...] = ()
    journal: str = ""
    year: int | None = None
    published: date | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    elocation: str = ""
    language: str = ""
    article_type: str = ""
    keywords: tuple[str, ...] = ()
    abstract: tuple[Part, ...] = ()
    summary: str = ""
    other_abstracts: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    references: tuple[Reference, ...] = ()
    stated: tuple[Stated, ...] = ()
    copyright: str = ""
    is_retracted: bool = False
    is_manuscript: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A publication that a source says it has. `facts` are what the listing already told of it."""

    source: str
    id: str
    address: str
    title: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawItem:
    """The bytes of one version, with where and when they came from.

    `facts` are what the service says of it beside the bytes (licence code, retracted, manuscript …).
    `stamp` changes when the source has another text: a checksum, an entity tag or a date.
    """

    ref: Ref
    version: str
    data: bytes
    content_type: str
    address: str
    retrieved: datetime
    sha256: str
    stamp: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class Connector(Protocol):
    """One source. `discover` is cheap and gives at most `limit` references; `fetch` gives None when the
    source still has the version and stamp that are `known`; `parse` touches nothing but the bytes."""

    @property
    def name(self) -> str: ...

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]: ...

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None: ...

    def parse(self, raw: RawItem) -> Publication: ...
