"""The passages of an article, put together again as a page to read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from index.model import Passage

_ITEM = re.compile(r"[ \t]*(?:-|\d{1,9}\.) (?=\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words, and the numbers of the references that stand after them."""

    text: str
    cited: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    kind: Literal["paragraph", "bullets", "steps"]
    items: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class ReadSection:
    heading: str
    level: int
    anchor: str
    blocks: tuple[Block, ...]


def sections(passages: Sequence[Passage], numbers: Mapping[str, int]) -> list[ReadSection]:
    """`passages` in reading order; `numbers` are those of the references in the article's list."""
    return [
        _section(list(together), numbers) for _, together in groupby(passages, key=lambda item: item.anchor)
    ]


def _section(passages: Sequence[Passage], numbers: Mapping[str, int]) -> ReadSection:
    text, cites = _joined(passages)
    first = passages[0]
    blocks = tuple(_blocks(text, [(at, numbers[key]) for at, key in cites if key in numbers]))
    return ReadSection(first.trail[-1] if first.trail else "", len(first.trail), first.anchor, blocks)


def _joined(passages: Sequence[Passage]) -> tuple[str, list[tuple[int, str]]]:
    """The text of a section, of which passages leave out only white space between them."""
    text = ""
    cites: list[tuple[int, str]] = []
    end = passages[0].start
    for passage in passages:
        text += _gap(passage.start - end, passage.text)
        cites += [(len(text) + at, key) for at, key in passage.cites]
        text += passage.text
        end = passage.start + len(passage.text)
    return text, cites


def _gap(length: int, following: str) -> str:
    if length >= 2:
        return "\n\n"
    if length == 1:
        return "\n" if _ITEM.match(following) else " "
    return ""


def _blocks(text: str, cites: Sequence[tuple[int, int]]) -> Iterator[Block]:
    lines = [
        (match.start(), match.end())
        for match in re.finditer(r"[^\n]+(?:\n(?!\n)(?![ \t]*(?:-|\d{1,9}\.) )[^\n]+)*", text)
    ]
    for kind, together in groupby(lines, key=lambda line: _kind(text[line[0] : line[1]])):
        items = [_pieces(text, start, end, cites) for start, end in together]
        if kind == "paragraph":
            yield from (Block(kind, (item,)) for item in items)
        else:
            yield Block(kind, tuple(items))


def _kind(line: str) -> Literal["paragraph", "bullets", "steps"]:
    marker = _ITEM.match(line)
    if marker is None:
        return "paragraph"
    return "bullets" if "-" in marker[0] else "steps"


def _pieces(text: str, start: int, end: int, cites: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    if marker := _ITEM.match(text, start, end):
        start = marker.end()
    pieces = []
    here = [(at, number) for at, number in cites if start < at <= end]
    for at, together in groupby(here, key=lambda cite: cite[0]):
        pieces.append(Piece(text[start:at], tuple(dict.fromkeys(number for _, number in together))))
        start = at
    if start < end:
        pieces.append(Piece(text[start:end], ()))
    return tuple(pieces)
