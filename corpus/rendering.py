"""Sections → Markdown that `corpus.sectioning` reads back equal."""

import re
from collections.abc import Iterable, Sequence

from corpus.model import Section
from corpus.sectioning import ITEM, Marks


def body(sections: Iterable[Section], title: str) -> str:
    """The Markdown that `sections` reads back equal."""
    parts: list[str] = []
    trail: tuple[str, ...] = ()
    for section in sections:
        if section.trail != (title,) or parts:
            parts += _headings(section.trail, trail)
            trail = section.trail
        parts += _blocks(section)
    return "\n\n".join(parts) + "\n"


def _headings(trail: tuple[str, ...], before: tuple[str, ...]) -> list[str]:
    """The heading lines that lead from one section to the next, headings without own text included."""
    same = 0
    while same < min(len(trail) - 1, len(before)) and trail[same] == before[same]:
        same += 1
    return [f"{'#' * (level + 2)} {_heading(text)}" for level, text in enumerate(trail[same:], same)]


def _heading(text: str) -> str:
    return re.sub(r"(?<!\\)#", r"\#", _plain_text(text, first=True, after_mark=False))


def _blocks(section: Section) -> list[str]:
    blocks: list[str] = []
    kind = ""
    at = 0
    for block in section.text.split("\n\n"):
        lines: list[str] = []
        for line in block.split("\n"):
            marks = [(offset - at, key) for offset, key in section.cites if at <= offset <= at + len(line)]
            marker = ITEM.match(line)
            this = "line" if not marker else "number" if marker[1] else "bullet"
            written = _line(line, marker.end() if marker else 0, marks)
            if lines and this == kind:
                lines.append(written)
            else:
                if lines:
                    blocks.append(_block(lines, kind))
                lines = [written]
            kind = this
            at += len(line) + 1
        blocks.append(_block(lines, kind))
        at += 1
    return blocks


def _block(lines: Sequence[str], kind: str) -> str:
    return ("\\\n" if kind == "line" else "\n").join(lines)


def _line(line: str, start: int, marks: Marks) -> str:
    return line[:start] + _escaped(line, start, marks)


def _escaped(line: str, start: int, marks: Marks) -> str:
    """`line` from `start` on with its marks set, and nothing in it that Markdown would take for its own."""
    pieces: list[str] = []
    cut = start
    for offset in dict.fromkeys(max(offset, start) for offset, _ in marks):
        pieces.append(_plain_text(line[cut:offset], first=cut == start, after_mark=cut > start))
        keys = "; ".join(f"@{key}" for at, key in marks if max(at, start) == offset)
        glued = offset == start or line[offset : offset + 1].isalnum()
        pieces.append(f"[{keys}]" if glued else f" [{keys}]")
        cut = offset
    pieces.append(_plain_text(line[cut:], first=cut == start, after_mark=bool(marks)))
    return "".join(pieces)


def _plain_text(text: str, *, first: bool, after_mark: bool) -> str:
    text = re.sub(r"[\\`*_\[<|]|&(?=#?\w+;)|\{(?=\{)|!$", r"\\\g<0>", text)
    if first:
        text = re.sub(r"^(?=[-+=~#>:])", r"\\", text)
        text = re.sub(r"^(\d+)(?=[.)])", r"\1\\", text)
    if after_mark:
        text = re.sub(r"^(?=[(:])", r"\\", text)
    return text
