"""The body of an article: Markdown → sections. `corpus.rendering` goes the other way."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.model import CorpusError, Section

Marks = list[tuple[int, str]]

_CITATION = re.compile(r"(?P<space>[^\S\n]*)(?<!\x00)\[\s*(?P<keys>@[^\]\[]*)\]")
_KEY = re.compile(r"@(\w[\w:.+/-]*)")
ITEM = re.compile(r"(?:-|(\d{1,9})\.) (?=\S)")
_PARSER = MarkdownIt("commonmark").enable("table").disable("text_join")


def sections(body: str, title: str, name: str, fill: Callable[[str], str]) -> tuple[tuple[Section, ...], str]:
    """The sections of a Markdown text, and its title.

    A document without a `title` takes the first-level heading that it opens with, and such a heading that
    repeats the title is not a section. Text before the first heading stands under the title. `fill` fills
    placeholders, `name` is the file to name in errors.
    """
    definitions: dict[str, dict[str, object]] = {}
    tokens = _PARSER.parse(body, definitions)
    for key in definitions.get("references", ()):
        if key.startswith("@"):
            raise CorpusError(f"{name}: a line begins with “[{key.lower()}]:”. Take out the colon.")
    reader = _Reader(name, fill)
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        heading = reader.uncited(tokens[1])
        if not title or heading.casefold() == title.casefold():
            title, tokens = title or heading, tokens[3:]
    return tuple(reader.sections(tokens, title)), title


def slug(text: str) -> str:
    """The anchor GitHub gives to a heading."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\- ]", "", text.strip().lower())) or "section"


@dataclass(slots=True)
class _Text:
    """A section's text as it grows, with the marks lifted out of it."""

    text: str = ""
    cites: Marks = field(default_factory=list)
    lost: Marks = field(default_factory=list)
    """Marks before any text, which support nothing."""
    ends_in_list: bool = False

    def add(self, block: str, cites: Sequence[tuple[int, str]]) -> None:
        """Put a block behind the others; items that follow each other become one list."""
        if not block:  # a line of nothing but marks belongs to what stands before it
            (self.cites if self.text else self.lost).extend((len(self.text), key) for _, key in cites)
            return
        begin = 0
        for line in block.split("\n"):
            item = ITEM.match(line)
            joins = bool(item) == self.ends_in_list and (bool(item) or begin > 0)
            self.text += ("\n" if joins else "\n\n") * bool(self.text)
            start = len(self.text)
            self.text += line
            self.cites += [
                (start + max(offset - begin, item.end() if item else 0), key)
                for offset, key in cites
                if begin <= offset <= begin + len(line)
            ]
            self.ends_in_list = bool(item)
            begin += len(line) + 1


class _Reader:
    def __init__(self, name: str, fill: Callable[[str], str]) -> None:
        self.name = name
        self.fill = fill

    def sections(self, tokens: list[Token], title: str) -> list[Section]:
        sections: list[Section] = []
        anchors: set[str] = set()
        trail: list[tuple[int, str]] = []
        current = _Text()

        def close() -> None:
            if current.text:
                path = tuple(text for _, text in trail) or (title,)
                sections.append(
                    Section(
                        path,
                        _anchor(path[-1], anchors),
                        current.text,
                        tuple(sorted(current.cites, key=_offset)),
                    )
                )
            if current.lost:
                raise CorpusError(f"{self.name}: [@{current.lost[0][1]}] stands where there is no sentence.")

        at = 0
        while at < len(tokens):
            if tokens[at].type == "heading_open":
                close()
                current = _Text()
                level = int(tokens[at].tag[1])
                heading = self.uncited(tokens[at + 1]) or "Untitled"
                # Five levels, because a first-level heading is the title's and Markdown has six.
                trail = [*[entry for entry in trail if entry[0] < level][:4], (level, heading)]
                at += 3
            else:
                at = self._block(tokens, at, current)
        close()
        return sections

    def _block(self, tokens: list[Token], at: int, into: _Text) -> int:
        """Take the block at `at` into the text; the position after it."""
        token = tokens[at]
        if token.type in ("bullet_list_open", "ordered_list_open"):
            end = _closing(tokens, at)
            self._list(tokens[at:end], into)
            return end
        if token.type == "table_open":
            end = _closing(tokens, at)
            self._table(tokens[at:end], into)
            return end
        if token.type == "inline":
            into.add(*self.plain(token))
        elif token.type in ("fence", "code_block", "html_block"):
            into.add(_preformatted(token), ())
        return at + 1

    def _list(self, tokens: list[Token], into: _Text) -> None:
        """Items at any depth become items of one list: a passage has no use for indentation."""
        markers: list[str] = []
        item = _Text()

        def close() -> None:
            if item.text and markers:
                shift = len(markers[-1])
                into.add(markers[-1] + item.text, [(at + shift, key) for at, key in item.cites])
            elif item.cites:
                into.add("", item.cites)

        for token in tokens:
            if token.type == "list_item_open":
                close()
                item = _Text()
                markers.append(f"{token.info}. " if token.info else "- ")
            elif token.type == "list_item_close":
                close()
                item = _Text()
                markers.pop()
            elif token.type == "inline":
                text, cites = self.plain(token, one_line=True)
                shift = len(item.text) + 1 if item.text and text else len(item.text)
                item.text = f"{item.text} {text}" if item.text and text else item.text or text
                item.cites += [(shift + at, key) for at, key in cites]
            elif token.type in ("fence", "code_block", "html_block"):
                item.text = " ".join(f"{item.text} {_preformatted(token)}".split())
        close()

    def _table(self, tokens: list[Token], into: _Text) -> None:
        """One line a row, each cell behind the name of its column, so that a row can be quoted alone."""
        header: list[str] = []
        rows: list[list[tuple[str, Marks]]] = []
        for before, token in itertools.pairwise(tokens):
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline" and before.type == "th_open":
                header.append(self.uncited(token))
            elif token.type == "inline":
                rows[-1].append(self.plain(token, one_line=True))
        table = _Text()
        for row in rows:
            start = len(table.text) + 1 if table.text else 0
            line, cites = "", Marks()
            for name, (cell, marks) in zip(header, row, strict=False):
                lead = (("; " if line else "") + (f"{name}: " if name else "")) if cell else ""
                cites += [(start + len(line) + len(lead) + offset, key) for offset, key in marks]
                line += lead + cell
            if line:
                table.text += ("\n" if table.text else "") + line
                table.cites += cites
            else:
                table.cites += [(len(table.text), key) for _, key in cites]
        if header and not table.text:
            table.text = "; ".join(name for name in header if name)
        into.add(table.text, table.cites)

    def uncited(self, inline: Token) -> str:
        text, cites = self.plain(inline, one_line=True)
        if cites:
            raise CorpusError(
                f"{self.name}: the heading “{text}” cites [@{cites[0][1]}]. "
                "Put the citation behind the sentence that leans on it."
            )
        return text

    def plain(self, inline: Token, *, one_line: bool = False) -> tuple[str, Marks]:
        """The inline text without marks, and the marks with their places in it."""
        for before, after in itertools.pairwise(inline.children or ()):
            if before.type == "link_open" and after.content.startswith("@"):
                raise CorpusError(
                    f"{self.name}: “[{after.content}](” reads as a link. Put a space before the (."
                )
        raw = self.fill("".join(_inline(inline.children or (), " " if one_line else "\n")))
        text, cites, done = "", Marks(), 0
        for mark in _CITATION.finditer(raw):
            text = _joined(text, raw[done : mark.start()])
            following = raw[mark.end() : mark.end() + 1]
            cites += [(len(text), key) for key in self._keys(mark["keys"])]
            # The space before a mark goes with it, unless the words on both sides would then run together.
            if mark["space"] and following.isalnum() and text and not text.endswith("\n"):
                text += " "
            done = mark.end()
        text = _joined(text, raw[done:]).rstrip()
        return text, [(min(offset, len(text)), key) for offset, key in cites]

    def _keys(self, written: str) -> list[str]:
        keys = [_KEY.fullmatch(part.strip()) for part in written.split(";")]
        if not all(keys):
            raise CorpusError(
                f"{self.name}: “[{written.strip()}]” is not a citation. Write [@key] or [@key; @other]."
            )
        return [key[1] for key in keys if key]


def _joined(text: str, more: str) -> str:
    """`text` and `more` with every run of white space as one space or one line break."""
    more = re.sub(r"[^\S\n]+", " ", more.replace("\x00", ""))
    more = re.sub(r" ?\n\s*", "\n", more)
    if not text or text.endswith((" ", "\n")):
        more = more.lstrip()
    if more.startswith("\n"):
        text = text.rstrip()
    return text + more


def _inline(tokens: Sequence[Token], line_break: str) -> list[str]:
    parts: list[str] = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            parts.append(" " if token.type == "softbreak" else line_break)
        elif token.type == "text_special":
            # Escaped on purpose: neither a citation nor a number begins here.
            parts.append("\x00" + token.content if token.content in ("[", "{") else token.content)
        elif token.type == "code_inline":
            parts.append(re.sub(r"[\[{]", "\x00\\g<0>", token.content))
        elif token.type == "image":
            parts += _inline(token.children or (), line_break)
        elif token.type == "html_inline":
            parts.append(line_break if token.content.startswith("<br") else "")
        elif token.content:
            parts.append(token.content)
    return parts


def _preformatted(token: Token) -> str:
    content = token.content
    if token.type == "html_block":
        stripper = _Stripper()
        stripper.feed(content)
        stripper.close()
        content = "".join(stripper.text)
    lines = (" ".join(line.split()) for line in content.splitlines())
    return "\n".join(line for line in lines if line)


class _Stripper(HTMLParser):
    """Text of an HTML block; comments, scripts and styles are not text."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("script", "style", "template")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= self.hidden > 0 and tag in ("script", "style", "template")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def _offset(mark: tuple[int, str]) -> int:
    return mark[0]


def _closing(tokens: list[Token], at: int) -> int:
    """The position after the block that opens at `at`."""
    depth = 0
    for here in range(at, len(tokens)):
        depth += tokens[here].nesting
        if depth == 0:
            return here + 1
    return len(tokens)


def _anchor(heading: str, taken: set[str]) -> str:
    base = slug(heading)
    anchor, number = base, 0
    while anchor in taken:
        number += 1
        anchor = f"{base}-{number}"
    taken.add(anchor)
    return anchor
