"""PDF → blocks: lines put together again into paragraphs, headings told by their size."""

import io
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from corpus.connectors.document import NO_TITLE, Block, Document, Heading, Item, Paragraph, document
from corpus.model import CorpusError
from corpus.sentences import sentences

_MOST_PAGES = 600
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00ad": ""}
)
_PAGE_NUMBER = re.compile(
    r"\W*(?:page\s*)?\d{1,4}(?:\s*(?:of|/|\|)\s*\d{1,4})?\W*|[ivxl]{1,6}", re.IGNORECASE
)
_ITEM = re.compile(r"(?:[•‣▪◦·●○]|[-–*](?=\s)|[\[(]?(?P<number>\d{1,3})[.)\]]+(?=\s))\s*(?=\S)")
_LONGEST_HEADING = 120
_BOLD = re.compile(r"bold|black|heavy|cmbx|-medi")
_NUMBERED = re.compile(r"\d{1,2}((?:\.\d{1,2})*)\.?\s+[^\W\d_]")
_UNTITLED = re.compile(
    r"untitled|microsoft word|\.docx?$|\.tex$|\.indd$|^title$|^document\d*$|^\W*$", re.IGNORECASE
)


@dataclass(slots=True)
class _Line:
    text: str
    size: float
    bold: bool
    top: float
    page: int


def read(data: bytes, name: str) -> Document:
    pages, title, notes = _pages(data, name)
    pages, running = _without_running_lines(pages)
    if running:
        notes.append(f"Lines that repeat on the pages: “{'”, “'.join(running[:3])}”")
    lines = [line for page in pages for line in page]
    blocks = _blocks(lines)
    beginning = " ".join(line.text for line in lines[:40]).casefold()
    if _UNTITLED.search(title) or title.casefold() not in beginning:
        title = ""
    if not title:
        blocks, title = _with_title(blocks)
    return document(_without_title_line(blocks, title), title, notes)


def _pages(data: bytes, name: str) -> tuple[list[list[_Line]], str, list[str]]:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it comments on every oddity of a file
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise CorpusError(f"{name} is locked with a password. Save a copy without one and add that.")
        count = len(reader.pages)
        if count > _MOST_PAGES:
            raise CorpusError(
                f"{name} has {count} pages, more than {_MOST_PAGES}. Add the chapters that matter."
            )
        pages = [_lines(page, number) for number, page in enumerate(reader.pages)]
        title = str((reader.metadata.title if reader.metadata else "") or "")
    except CorpusError:
        raise
    except DependencyError:
        raise CorpusError(f"{name} is encrypted. Save a copy without protection and add that.") from None
    except Exception as error:  # a damaged file can make the parser raise anything
        raise CorpusError(
            f"{name} is damaged and cannot be read ({type(error).__name__}). Save it again and add that."
        ) from None
    empty = [number for number, lines in enumerate(pages, 1) if not lines]
    if not any(pages):
        raise CorpusError(
            f"{name} holds pictures of its pages and no text. Run text recognition (OCR) over it first."
        )
    notes = [f"Pages without text (pictures?): {', '.join(map(str, empty))}"] if empty else []
    return pages, " ".join(title.split()), notes


def _lines(page: Any, number: int) -> list[_Line]:
    lines: list[_Line] = []
    parts: list[tuple[str, float, bool]] = []
    top: list[float] = []

    def close() -> None:
        text = " ".join("".join(part for part, _, _ in parts).translate(_LIGATURES).split())
        text = "".join(char for char in text if char.isprintable())
        if text:
            sizes: Counter[float] = Counter()
            for part, size, _ in parts:
                sizes[size] += len(part.strip())
            bold = all(bold for part, _, bold in parts if part.strip())
            lines.append(_Line(text, sizes.most_common(1)[0][0], bold, top[0] if top else 0.0, number))
        parts.clear()
        top.clear()

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: Any, size: float) -> None:
        scale = abs(tm[3] * cm[3] or tm[1] * cm[2] or 1)
        name = str((font or {}).get("/BaseFont", "")).casefold()
        bold = bool(_BOLD.search(name))
        for at, part in enumerate(text.split("\n")):
            if at:
                close()
            if part.strip() and not top:
                top.append(tm[5] * cm[3] + cm[5])
            parts.append((part, round(float(size or 0) * scale, 1), bold))

    page.extract_text(visitor_text=visit)
    close()
    return lines


def _without_running_lines(pages: list[list[_Line]]) -> tuple[list[list[_Line]], list[str]]:
    """The pages without page numbers, and without heads and feet that stand on half of them."""

    def pattern(line: _Line) -> str:
        return re.sub(r"\d+", "#", line.text)

    counts = Counter(
        kind
        for page in pages
        for kind in {pattern(line) for line in [*page[:2], *page[-2:]] if len(page) > 4}
    )
    often = {kind for kind, count in counts.items() if count >= max(2, (len(pages) + 1) // 2)}
    kept: list[list[_Line]] = []
    running: dict[str, None] = {}
    for page in pages:
        edges = {*range(min(2, len(page))), *range(max(0, len(page) - 2), len(page))}
        rest = []
        for at, line in enumerate(page):
            repeats = at in edges and pattern(line) in often
            if repeats and not _PAGE_NUMBER.fullmatch(line.text):
                running[line.text] = None
            is_number = at in (0, len(page) - 1) and len(page) > 1 and _PAGE_NUMBER.fullmatch(line.text)
            if not repeats and not is_number:
                rest.append(line)
        kept.append(rest)
    return kept, list(running)


def _blocks(lines: Sequence[_Line]) -> list[Block]:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    width = sorted(len(line.text) for line in lines)[int(len(lines) * 0.8)] if lines else 0
    gaps = Counter(
        round(one.top - two.top, 1)
        for one, two in pairwise(lines)
        if one.page == two.page and one.top > two.top
    )
    gap = gaps.most_common(1)[0][0] if gaps else 0.0
    bold_heads = sum(len(line.text) for line in lines if line.bold) < 0.2 * sum(
        len(line.text) for line in lines
    )
    larger = sorted({line.size for line in lines if line.size > body * 1.12}, reverse=True)
    words = Counter(word for line in lines for word in re.findall(r"\w+(?:-\w+)+|\w+", line.text.casefold()))
    made: list[Block] = []
    before: _Line | None = None
    for line in lines:
        size_level = larger.index(line.size) + 1 if line.size in larger else 0
        is_head = size_level or (line.bold and bold_heads)
        numbered = _NUMBERED.match(line.text)
        level = 1 + numbered[1].count(".") if numbered else size_level or len(larger) + 1
        last = made[-1] if made else None
        if is_head and _may_head(line.text):
            goes_on = (
                before and isinstance(last, Heading) and last.level == level and before.size == line.size
            )
            if goes_on and isinstance(last, Heading) and before and before.page == line.page:
                made[-1] = Heading(level, f"{last.text} {line.text}")
            else:
                made.append(Heading(level, line.text))
            before = line
            continue
        item = _ITEM.match(line.text)
        if item:
            number = int(item["number"]) if item["number"] else None
            made.append(Item(line.text[item.end() :], number=number))
        elif isinstance(last, (Paragraph, Item)) and before and _continues(before, line, width, gap):
            text = _joined(last.text, line.text, words)
            made[-1] = Item(text, number=last.number) if isinstance(last, Item) else Paragraph(text)
        else:
            made.append(Paragraph(line.text))
        before = line
    return made


def _may_head(text: str) -> bool:
    return (
        len(text) <= _LONGEST_HEADING
        and bool(re.search(r"[^\W\d_]{2}", text))
        and not text.endswith((".", ",", ";"))
        and len(sentences(text)) == 1
    )


def _continues(before: _Line, line: _Line, width: int, gap: float) -> bool:
    """Whether a line belongs to the paragraph of the line before it."""
    ended = before.text.endswith((".", "!", "?", ":", "”", '"'))
    if before.page != line.page or before.top <= line.top:  # the next page or column
        return not ended
    if gap and before.top - line.top > 1.45 * gap:
        return False
    return not (ended and len(before.text) < 0.75 * width)


def _joined(text: str, line: str, words: Counter[str]) -> str:
    """Two lines as one; a word that was parted at the end of the first is made whole."""
    parted = re.search(r"(\w+)-$", text)
    rest = re.match(r"[^\W\d_]+", line)
    if not parted or not rest or not rest[0][0].islower():
        return f"{text} {line}"
    whole, hyphened = f"{parted[1]}{rest[0]}".casefold(), f"{parted[1]}-{rest[0]}".casefold()
    keeps = words[hyphened] > words[whole]
    return (text if keeps else text[:-1]) + line


def _with_title(blocks: list[Block]) -> tuple[list[Block], str]:
    """The largest heading near the beginning is the title."""
    near = [
        (block.level, at)
        for at, block in enumerate(blocks[:12])
        if isinstance(block, Heading) and not NO_TITLE.match(block.text)
    ]
    if not near:
        return blocks, ""
    _, at = min(near)
    title = blocks[at].text
    return [*blocks[:at], *blocks[at + 1 :]], title


def _without_title_line(blocks: list[Block], title: str) -> list[Block]:
    return [
        block
        for at, block in enumerate(blocks)
        if at > 11 or not title or block.text.casefold() != title.casefold()
    ]
