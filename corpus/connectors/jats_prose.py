"""Mixed content of JATS → plain text, with its citation marks lifted out."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from html.entities import html5

from lxml import etree

Cites = tuple[tuple[int, str], ...]
Lift = Callable[[etree._Element], None]

LANG = "{http://www.w3.org/XML/1998/namespace}lang"

SET_APART = frozenset(
    (
        "fig", "fig-group", "table-wrap", "table-wrap-group", "boxed-text", "disp-quote", "supplementary-material", "media",
        "graphic", "disp-formula", "disp-formula-group", "chem-struct-wrap", "ref-list", "fn-group",
    )
)  # fmt: skip
"""Blocks that are no part of the text they stand in, even inside one of its sentences."""

_DROPPED = frozenset(
    (
        "fn", "email", "tex-math", "inline-graphic", "inline-supplementary-material", "object-id", "related-article",
        "related-object", "private-char", "sub-article", "response", "alt-text", "long-desc", "permissions", "attrib",
        "x", "inline-media", "label", "table", "address", "sec-meta", "mml:math",
    )
)  # fmt: skip
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_MARKS_OF_NOTES = frozenset(("fn", "table-fn", "aff", "corresp", "author-notes"))
_RAISED = str.maketrans("0123456789+-−–()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_NUMERIC = re.compile(r"[\d+\-−–()\s]+")
_NOTE_SIGN = re.compile(r"[a-z*†‡§¶‖#]|\*+|[a-z](?:,\s*[a-z])+")

# Private characters: a mark is \ue000<number>\ue001; text of a citation that goes in brackets is \ue002…\ue003.
_MARK = "\ue000\\d+\ue001"
_CITED = f"(?:\ue002[^\ue003]*\ue003)?{_MARK}"
# None of these begins with what may be missing: they would be tried at each letter of an article.
_BRACKETED = re.compile(
    rf"[\[(] ?(?:(?:see(?: also)?|e\.g\.|cf\.|reviewed in|refs?\.?)[ ,]*)?({_CITED}(?:[ ,;&–—-]*{_CITED})*)[ ,;.]*[\])]"
)
_LEADING = re.compile(rf"([\[(]) ?((?:{_MARK})+)[,;] ?")
_RUN = re.compile(rf"({_MARK})(?:[\s,;–—-]+(?={_MARK}))")
_SHOWN = re.compile("[\ue002\ue003]")
_HIDDEN = re.compile("\ue002[^\ue003]*\ue003")
_MARKS = re.compile(f"(?:{_MARK})+")
_NUMBER = re.compile(r"\d+")
_OURS = re.compile("[\ue000-\ue003]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_LOOSE_STOP = re.compile(rf"({_MARK}) (?=[.,;:](?: |$))")
_EMPTY = re.compile(r"[\[(][ ,;–—-]*[\])]")
_EMPTY_BRACKETS = re.compile(rf" ?{_EMPTY.pattern}")
_WORD = re.compile(r"[^\W\d_]{2}")


class Prose:
    """Blocks of text as they are gathered: paragraphs apart by an empty line, items of a list a line each."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._cites: list[tuple[int, str]] = []
        self._length = 0

    def block(self, element: etree._Element, lift: Lift) -> None:
        """A paragraph, a list, or whatever else holds text."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _DROPPED:
            return
        if tag in SET_APART:
            lift(element)
        elif tag == "list":
            self._list(element, lift)
        elif tag == "def-list":
            for item in element.iterfind("def-item"):
                self._definition(item, lift)
        elif tag in ("p", "preformat", "verse-line", "title", "td", "th", "term", "article-title"):
            self._paragraph(element, lift)
        elif len(element):
            for child in element:
                self.block(child, lift)
        else:
            self._paragraph(element, lift)

    def taken(self) -> tuple[str, Cites]:
        """All that was gathered since the last time."""
        text, cites = "".join(self._text), tuple(self._cites)
        self._text, self._cites, self._length = [], [], 0
        return text, cites

    def _paragraph(self, element: etree._Element, lift: Lift) -> None:
        """The text of a paragraph; a list inside it follows what leads to it."""
        run = _Run()
        run.children(element)
        for piece in run.pieces():
            if isinstance(piece, str):
                self._put(*cleaned(piece, run.keys), joined="\n\n")
            elif piece.tag in ("list", "def-list"):
                self.block(piece, lift)
            else:
                lift(piece)

    def _list(self, element: etree._Element, lift: Lift) -> None:
        for item in element.iterfind("list-item"):
            inner = Prose()
            for child in item:
                inner.block(child, lift)
            text, cites = inner.taken()
            waiting = deque(_in_single_lines(text, cites))
            begin = 0
            for number, line in enumerate(text.replace("\n\n", "\n").split("\n")):
                mark = "" if line.startswith("- ") else "- " if not number else ""
                own: list[tuple[int, str]] = []
                while waiting and waiting[0][0] <= begin + len(line):
                    at, key = waiting.popleft()
                    own.append((at - begin + len(mark), key))
                if line:
                    self._put(mark + line, tuple(own), joined="\n")
                begin += len(line) + 1

    def _definition(self, item: etree._Element, lift: Lift) -> None:
        term, meaning = Prose(), Prose()
        for child in item:
            (term if child.tag == "term" else meaning).block(child, lift)
        name, _ = term.taken()
        text, cites = meaning.taken()
        if text:
            lead = f"- {name}: " if name else "- "
            line, cites = text.replace("\n\n", " "), tuple(_in_single_lines(text, cites, gap=" "))
            self._put(lead + line, tuple((at + len(lead), key) for at, key in cites), joined="\n")

    def _put(self, text: str, cites: Cites, *, joined: str) -> None:
        if not text:
            if cites and self._length:  # a paragraph of nothing but marks belongs to what stands before it
                self._cites += [(self._length, key) for _, key in cites]
            return
        if self._length:
            self._text.append(joined)
            self._length += len(joined)
        self._cites += [(self._length + at, key) for at, key in cites]
        self._text.append(text)
        self._length += len(text)


def _in_single_lines(text: str, cites: Cites, gap: str = "\n") -> list[tuple[int, str]]:
    """The places of citations once paragraphs are apart by one character less."""
    moved: list[tuple[int, str]] = []
    passed = breaks = 0
    for at, key in sorted(cites, key=lambda cite: cite[0]):
        breaks += text.count("\n\n", passed, at)
        passed = at
        moved.append((at - breaks * (2 - len(gap)), key))
    return moved


class _Run:
    """The inline content of one element: text, and the lists and figures that stand in it."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._is_raised = False
        self._found: list[str | etree._Element] = []

    def pieces(self) -> Iterator[str | etree._Element]:
        """Text and lists in their order, neighbouring text joined; then what is set apart.

        A figure inside a sentence does not end it: the text goes on behind it.
        """
        text: list[str] = []
        late: list[etree._Element] = []
        for piece in self._found:
            if isinstance(piece, str):
                text.append(piece)
            elif piece.tag in ("list", "def-list"):
                yield "".join(text)
                text.clear()
                yield piece
            else:
                late.append(piece)
        yield "".join(text)
        yield from late

    def children(self, element: etree._Element) -> None:
        self._say(element.text)
        for child in element:
            self._child(child)
            self._say(child.tail)

    def _say(self, text: str | None) -> None:
        if text:
            self._found.append(text if text.isascii() else _OURS.sub("", text))

    def _child(self, element: etree._Element) -> None:
        tag = element.tag
        if not isinstance(tag, str):
            if tag is etree.Entity:
                self._say(html5.get(f"{element.name};", ""))
            return
        if tag == "xref":
            self._xref(element)
        elif tag in ("sup", "sub"):
            self._raised(element, is_raised=tag == "sup")
        elif tag in SET_APART:
            self._say(" ")
            self._found.append(element)
        elif tag in ("list", "def-list"):
            self._found.append(element)
        elif tag == "inline-formula":
            self._say(formula(element) or "[…]")
        elif tag == _MATH:
            self._say("".join("".join(element.itertext()).split()))
        elif tag == "alternatives":
            chosen = next((child for child in element if child.tag == _MATH), None)
            chosen = chosen if chosen is not None else next(iter(element), None)
            if chosen is not None:
                self._child(chosen)
        elif tag in ("break", "p"):
            self._say(" ")
            self.children(element)
            self._say(" ")
        elif tag not in _DROPPED:
            self.children(element)

    def _xref(self, element: etree._Element) -> None:
        kind = element.get("ref-type") or ""
        if kind in _MARKS_OF_NOTES:
            return
        if kind != "bibr":
            self.children(element)
            return
        shown = "".join(element.itertext())
        if not self._is_raised and _WORD.search(shown):  # "Doe et al., 2010" may be a word of the sentence
            self._found.append("\ue002")
            self.children(element)
            self._found.append("\ue003")
        for key in (element.get("rid") or "").split():
            self._found.append(f"\ue000{len(self.keys)}\ue001")
            self.keys.append(key)

    def _raised(self, element: etree._Element, *, is_raised: bool) -> None:
        shown = "".join(element.itertext()).strip()
        if element.find(".//xref") is not None:
            before = len(self._found)
            self._is_raised = True
            self.children(element)
            self._is_raised = False
            # Commas and dashes between raised marks are marks themselves.
            self._change(before, lambda text: re.sub(r"[\s,;–—-]+", "", text))
        elif is_raised and _NOTE_SIGN.fullmatch(shown):
            return
        elif is_raised and _NUMERIC.fullmatch(shown):
            self._say(shown.translate(_RAISED))
        elif is_raised:
            self.children(element)
        else:
            before = len(self._found)
            self.children(element)
            self._change(before, lambda text: text.translate(_LOWERED))

    def _change(self, begin: int, change: Callable[[str], str]) -> None:
        """Change the text found from `begin` on, marks of citations apart."""
        self._found[begin:] = [
            change(piece) if isinstance(piece, str) and "\ue000" not in piece else piece
            for piece in self._found[begin:]
        ]


def cleaned(raw: str, keys: list[str]) -> tuple[str, Cites]:
    """`raw` with one space for each white space, and its marks as places in it."""
    text = " ".join((raw if raw.isascii() else _INVISIBLE.sub("", raw)).split())
    if "\ue000" not in text:
        return _without_empty_brackets(text), ()
    text = _BRACKETED.sub(lambda match: _HIDDEN.sub("", match[1]), text)
    text = _SHOWN.sub("", text)
    text = _RUN.sub(r"\1", text)
    text = _without_empty_brackets(text)
    text = _LEADING.sub(r"\1\2", text)
    text = _LOOSE_STOP.sub(r"\1", text)
    cites: list[tuple[int, str]] = []
    done: list[str] = []
    length = begin = 0
    for run in _MARKS.finditer(text):
        piece, after = text[begin : run.start()], text[run.end() : run.end() + 2]
        # The space before marks goes with them where a stop or another space follows.
        if piece.endswith(" ") and (not after or after[0] in " .,;:!?)]"):
            piece = piece[:-1]
        done.append(piece)
        length += len(piece)
        cites += ((length, keys[int(number)]) for number in _NUMBER.findall(run[0]))
        # "Roe et al. [3]." ends with one full stop once its mark is gone.
        begin = run.end() + (piece.endswith(".") and after in (".", ". "))
    done.append(text[begin:])
    whole = "".join(done)
    kept = whole.strip()
    lead = len(whole) - len(whole.lstrip())
    return kept, tuple((min(max(at - lead, 0), len(kept)), key) for at, key in cites)


def _without_empty_brackets(text: str) -> str:
    return _EMPTY_BRACKETS.sub("", text) if _EMPTY.search(text) else text


def line(element: etree._Element) -> str:
    """The text of a title or caption in one line, without marks."""
    if not len(element) and (plain := element.text or "").isascii():
        return " ".join(plain.split())
    run = _Run()
    run.children(element)
    text = " ".join(piece for piece in run.pieces() if isinstance(piece, str))
    return cleaned(text, run.keys)[0]


def formula(element: etree._Element) -> str:
    """A formula in a line as its letters; never as the source of a typesetting program."""
    math = next(element.iter(_MATH), None)
    if math is not None:
        return "".join("".join(math.itertext()).split())
    alt: str | None = element.findtext(".//alt-text")
    if alt:
        return alt
    run = _Run()
    run.children(element)
    return "".join(piece for piece in run.pieces() if isinstance(piece, str))
