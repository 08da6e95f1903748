"""Plain text → blocks: headings, paragraphs and lists told apart by the way they are laid out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from corpus.connectors.document import Block, Heading, Item, Paragraph

_ITEM = re.compile(r"\s*(?:[-*•‣▪◦·–]|[\[(]?(?P<number>\d{1,3})[.)\]]+)\s+(?=\S)")
_UNDERLINE = re.compile(r"\s*(?:={3,}|-{3,}|~{3,})\s*")
_WRAPPED = 120  # lines of a wrapped text are no longer than this
_LONGEST_HEADING = 120


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Lines that stand together, and how many blank lines stand before them."""

    lines: tuple[str, ...]
    gap: int
    underlined: bool = False

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())


def blocks(text: str) -> list[Block]:
    """The blocks of a text.

    A short line between blank lines that is no sentence is a heading, when text follows it. Headings that
    stand directly one after another are of falling rank, and the last of such a run is of the lowest, as is
    a heading that stands alone. The first heading is the title (level 0).
    """
    chunks = _chunks(text)
    usual = Counter(chunk.gap for chunk in chunks[1:]).most_common(1)[0][0] if len(chunks) > 1 else 1
    levels = _levels([_is_heading(chunk, following) for chunk, following in zip_longest(chunks, chunks[1:])])
    made: list[Block] = []
    for chunk, level in zip(chunks, levels, strict=True):
        if level is not None:
            made.append(Heading(level, chunk.text))
        else:
            apart = chunk.gap > max(usual, 1) and bool(made) and not isinstance(made[-1], Heading)
            made += _body(chunk, apart)
    return made


def _chunks(text: str) -> list[_Chunk]:
    lines = [line.rstrip() for line in text.replace("\f", "\n\n").splitlines()]
    longest = max((len(line) for line in lines), default=0)
    # Without blank lines or with long lines, a line is a paragraph of its own.
    line_is_paragraph = longest > _WRAPPED or not any(not line for line in lines[1:-1])
    found: list[_Chunk] = []
    run: list[str] = []
    gap = blanks = 0

    def close(underlined: bool = False) -> None:
        nonlocal run, gap
        if run:
            found.append(_Chunk(tuple(run), gap, underlined))
            run, gap = [], 0

    for line in lines:
        if not line.strip():
            close()
            blanks += 1
            continue
        if len(run) == 1 and _UNDERLINE.fullmatch(line):
            close(underlined=True)
            continue
        if run and (line_is_paragraph or _ITEM.match(line)):
            close()
        if not run:
            gap, blanks = blanks, 0
        run.append(line)
    close()
    return found


def _is_heading(chunk: _Chunk, following: _Chunk | None) -> bool:
    if chunk.underlined:
        return True
    line = chunk.text
    return (
        len(chunk.lines) == 1
        and len(line) <= _LONGEST_HEADING
        and not _ITEM.match(chunk.lines[0])
        and not line.endswith((".", ",", ";", ":", "!", "…", "”", '"'))
        and "://" not in line
        and "@" not in line
        and (line[0].isupper() or line[0].isdigit())
        and (following is None or following.gap > 0 or len(following.text) > 2 * len(line))
    )


def _levels(is_heading: Sequence[bool]) -> list[int | None]:
    levels: list[int | None] = [None] * len(is_heading)
    begin = 0
    if is_heading and is_heading[0]:
        levels[0] = 0
        begin = 1
    runs = list(_runs(is_heading, begin))
    # Headings at the very end head nothing, and say nothing about the others.
    depth = max((end - start for start, end in runs if end < len(is_heading)), default=1)
    for start, end in runs:
        for at in range(start, end):
            levels[at] = max(1, depth - (end - 1 - at))
    return levels


def _runs(flags: Sequence[bool], begin: int) -> Iterator[tuple[int, int]]:
    at = begin
    while at < len(flags):
        end = at
        while end < len(flags) and flags[end]:
            end += 1
        if end > at:
            yield at, end
        at = max(end, at + 1)


def _body(chunk: _Chunk, apart: bool) -> list[Block]:
    item = _ITEM.match(chunk.lines[0])
    if not item:
        return [Paragraph(chunk.text, apart=apart)]
    text = " ".join("\n".join([chunk.lines[0][item.end() :], *chunk.lines[1:]]).split())
    return [Item(text, number=int(item["number"]) if item["number"] else None)]
