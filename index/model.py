"""What the index holds and what a search gives back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from corpus.model import Card, Reference

Finder = Literal["dense", "lexical"]


class IndexNotReady(Exception):
    """The index is missing, damaged or made for something else; the message ends with the next step."""


@dataclass(frozen=True, slots=True)
class Passage:
    """An exact slice of one section, small enough for the embedding model.

    `text == section.text[start : start + len(text)]`. `id` is "article#anchor/n"; `digest` covers
    everything the vectors depend on (`embedded` and `asked`), so equal digests mean the stored ones still hold.
    `cites` are (offset in `text`, reference key); `asked` are other ways to ask for what its section says, and
    `asked_of` tells for each of them which sentence of the passage it asks for (from 0), or -1 for all of it.
    """

    id: str
    article: str
    trail: tuple[str, ...]
    anchor: str
    text: str
    start: int
    cites: tuple[tuple[int, str], ...]
    digest: str
    asked: tuple[str, ...] = ()
    asked_of: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build has to do, decided id by id against the generation in use."""

    embed: tuple[Passage, ...]
    keep: tuple[Passage, ...]
    drop: tuple[str, ...]
    why_full: str | None = None
    """Why nothing could be kept ("the embedder changed from … to …"), or None."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one generation is made of. Written last: a directory without it is not a generation.

    `corpus` is the fingerprint of the shelf it was built from, `layout` the version of its own files, and
    `refused` says which articles of the shelf are not in it, and why.
    """

    generation: str
    built: datetime
    embedder: str
    dimension: int
    chunking: str
    articles: int
    passages: int
    corpus: str
    layout: int = 0
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in the light of one query.

    `score` orders hits of one search and means nothing across searches. `dense` is the cosine
    similarity to the query, `lexical` its BM25 score (None when no word is shared), and `coverage` the share
    (0 to 1) of the query's information, by inverse document frequency, whose words stand in the passage or its
    headings. `question` is the cosine to the nearest of the ways in which it is asked for, `sentences` are those
    to each of its sentences, in order, and `ways` those to the nearest of the ways to ask for each sentence (0: none). Every hit of a search has the same `unknown`, the share of the query's information
    in words that no passage has, and the same `lead`, what the best score has over the best one of another article.
    """

    passage: Passage
    card: Card
    score: float
    found_by: tuple[Finder, ...]
    dense: float | None
    lexical: float | None
    coverage: float
    matched: tuple[str, ...] = ()
    question: float = 0.0
    sentences: tuple[float, ...] = ()
    ways: tuple[float, ...] = ()
    unknown: float = 0.0
    lead: float = 0.0

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references that this passage itself cites, in the order of its text."""
        known = {reference.key: reference for reference in self.card.references}
        keys = dict.fromkeys(key for _, key in self.passage.cites)
        return tuple(known[key] for key in keys if key in known)


@dataclass(frozen=True, slots=True)
class BuildReport:
    generation: str
    articles: int
    passages: int
    embedded: int
    kept: int
    dropped: int
    refused: tuple[str, ...]
    seconds: float
    published: bool
    note: str = ""
