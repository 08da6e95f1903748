"""What a reader makes of a file, and what of it becomes an article."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.model import Reference, Section

URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
NO_TITLE = re.compile(
    r"(?:\d+(?:\.\d+)*\.?\s)|(?:abstract|summary|introduction|background|references|contents)$", re.IGNORECASE
)
"""The heading of a part, as a document may begin with when its title is a picture or missing."""
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s<>\"]*[^\s<>\".,;)\]]")
_SOURCES = re.compile(
    r"(?:\d+\.?\s*)?(?:references?|sources?|bibliography|works cited|literature(?: cited)?|further reading|"
    r"citations)(?: (?:and|&) [\w ]+)?:?",
    re.IGNORECASE,
)
_JOURNAL = re.compile(r"\bjournal\b|\bannals\b|\barchives of\b|\bacta\b", re.IGNORECASE)
_PROMOTION = re.compile(
    r"\bclick\b|\blink below\b|\blearn more\b|\bbook (?:now|online|a |an |your )|\bcontact us\b|\bcall us\b|"
    r"\bsubscribe\b|\bsign up\b|\bfollow us\b|\bshare this\b|\bare you looking for\b|\bget in touch\b|"
    r"\bcall (?:\+?1[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}|\bread (?:more|next)\b|\bfree consultation\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}|https?://|\blink\b|\bbutton\b|\bbelow\b|\bnewsletter\b", re.IGNORECASE
)
_HELP = re.compile(
    r"9-?1-?1\b|8-?1-?1\b|9-?8-?8\b|emergenc|poison|crisis|ambulance|\bdoctor\b|hospital", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*[\[(]?\d{1,3}[.)\]]+\s*")
_INVISIBLE = frozenset("\u200b\u2060\ufeff\u00ad")
_LONGEST_ENTRY = 600


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`apart` when the writer left more space before it than elsewhere: it ends what went before."""

    text: str
    links: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list; `number` when the list is numbered."""

    text: str
    links: tuple[str, ...] = ()
    number: int | None = None


Block = Heading | Paragraph | Item


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text in order, its works (without keys yet), and what was seen and not taken."""

    title: str
    blocks: tuple[Block, ...]
    references: tuple[Reference, ...] = ()
    left_out: tuple[str, ...] = ()
    licence: str = ""


def document(
    blocks: Iterable[Block], title: str = "", left_out: Sequence[str] = (), licence: str = ""
) -> Document:
    """The article among `blocks`: without a closing advertisement or the titles of other articles, and with
    its list of sources taken out of the text. The first heading is the title where none is given."""
    kept = [block for block in map(_cleaned, blocks) if block.text]
    if kept and isinstance(kept[0], Heading):
        first = kept[0].text
        if _same(first, title) if title else not NO_TITLE.match(first):
            title, kept = first, kept[1:]
    kept, dropped = _without_tail(kept)
    kept, references, unread = _without_sources(kept)
    kept, dropped_before_sources = _without_tail(kept)
    notes = [*left_out, *unread, *dropped_before_sources, *dropped]
    return Document(" ".join(title.split()), tuple(kept), tuple(references), tuple(notes), licence)


def _cleaned(block: Block) -> Block:
    text = "".join(
        char for char in block.text if char == "\n" or (char.isprintable() and char not in _INVISIBLE)
    )
    return replace(block, text=text.strip())


def sections(blocks: Iterable[Block], title: str) -> tuple[Section, ...]:
    """The blocks under their headings. What stands under none, or apart, is the title's own."""
    made: list[Section] = []
    trail: list[Heading] = []
    text: list[str] = []
    last: Block | None = None

    def close() -> None:
        nonlocal last
        if text:
            made.append(Section(tuple(heading.text for heading in trail) or (title,), "", "".join(text)))
        text.clear()
        last = None

    for block in blocks:
        if isinstance(block, Heading):
            close()
            trail = [*[heading for heading in trail if heading.level < block.level], block]
            continue
        if isinstance(block, Paragraph) and block.apart and trail:
            close()
            trail = []
        line = block.text
        if isinstance(block, Item):
            line = f"- {line}" if block.number is None else f"{block.number}. {line}"
        joined = isinstance(block, Item) and isinstance(last, Item)
        text += ["\n" if joined else "\n\n", line] if text else [line]
        last = block
    close()
    return tuple(made)


def _without_tail(blocks: Sequence[Block]) -> tuple[list[Block], list[str]]:
    kept = list(blocks)
    dropped: list[str] = []
    while kept:
        last = kept[-1]
        if isinstance(last, Heading):
            dropped.insert(0, f"A heading without text: “{_short(last.text)}”")
        elif isinstance(last, Paragraph) and is_promotion(last.text):
            dropped.insert(0, f"An advertisement: “{_short(last.text)}”")
        else:
            break
        kept.pop()
    return kept, dropped


def is_promotion(text: str) -> bool:
    """Whether a paragraph only asks to call, click or subscribe. Advice to get help is never that."""
    return bool(_PROMOTION.search(text) and _PLACE.search(text) and not _HELP.search(text))


def _without_sources(blocks: Sequence[Block]) -> tuple[list[Block], list[Reference], list[str]]:
    start, end = _sources(blocks)
    if start == end:
        return list(blocks), [], []
    references: list[Reference] = []
    unread: list[str] = []
    for block in blocks[start:end]:
        if isinstance(block, Heading):
            continue
        entry = _entry(block)
        if entry:
            references.append(entry)
        else:
            unread.append(f"Part of the list of sources: “{_short(block.text)}”")
    return [*blocks[:start], *blocks[end:]], references, unread


def _sources(blocks: Sequence[Block]) -> tuple[int, int]:
    """Where the list of sources begins and ends: under such a heading, or as closing items with links."""
    for at, block in enumerate(blocks):
        if isinstance(block, Heading) and _SOURCES.fullmatch(block.text.strip()):
            end = at + 1
            while end < len(blocks) and not isinstance(blocks[end], Heading):
                end += 1
            if end > at + 1:
                return at, end
    end = len(blocks)
    while end and isinstance(blocks[end - 1], Paragraph):
        end -= 1
    start = end
    while start and isinstance(blocks[start - 1], Item):
        start -= 1
    items = [block for block in blocks[start:end] if isinstance(block, Item)]
    pointing = sum(bool(block.links or URL.search(block.text) or _DOI.search(block.text)) for block in items)
    length = sum(len(block.text) for block in items)
    is_less = length < sum(len(block.text) for block in blocks[:start])
    if len(items) >= 2 and pointing * 3 >= len(items) * 2 and is_less:
        return start, end
    return 0, 0


def _entry(block: Block) -> Reference | None:
    """A work from one entry of a list: "Title - what it is. https://…", or a citation as it was printed."""
    if isinstance(block, Heading):
        return None
    text = _NUMBER.sub("", block.text, count=1) if _NUMBER.match(block.text) else block.text
    addresses = [*URL.findall(text), *block.links]
    doi = next((found[0] for found in map(_DOI.search, [text, *addresses]) if found), "")
    pmid = re.search(r"\bPMID:?\s*(\d{1,8})\b", text)
    plain = " ".join(URL.sub("", text).split())
    title, dash, note = next(
        (parts for mark in (" - ", " – ", " — ") if (parts := plain.partition(mark))[1]), (plain, "", "")
    )
    title = title.strip(" -–—:;,")
    note = note.strip(" -–—:;,")
    if not 3 <= len(plain) <= _LONGEST_ENTRY or not title:
        return None
    is_citation = bool(re.search(r"\b(?:1[89]|20)\d\d\b", title)) or bool(doi or pmid)
    if is_citation and dash:  # a printed citation may hold a dash of its own
        title, note = plain, ""
    kind = (
        "work" if is_citation else "journal" if _JOURNAL.search(title) else "website" if addresses else "work"
    )
    return Reference(
        key="",
        kind=kind,
        title=title,
        doi=doi,
        pmid=pmid[1] if pmid else "",
        url=next((address for address in addresses if "doi.org/" not in address), ""),
        finding=note,
    )


def numbered(references: Iterable[Reference], id: str) -> tuple[Reference, ...]:
    """The works of one article with keys of its own."""
    return tuple(replace(known, key=f"{id}-{number}") for number, known in enumerate(references, 1))


def _same(one: str, other: str) -> bool:
    def letters(text: str) -> str:
        return "".join(filter(str.isalnum, text.casefold()))

    return letters(one) == letters(other)


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79].rsplit(" ", 1)[0] + " …"
