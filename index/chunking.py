"""Articles cut into passages: exact slices of one section each, small enough for the embedding model.

LangChain's splitters measure pieces and join them again by separators. They know neither where a sentence
really ends ("approx. 5 mm") nor that a list belongs to the line that leads into it, and they fill each chunk
to the brim and leave a crumb at the end. So sections are cut here, over sentence spans, at the cheapest set
of breaks; LangChain's recursive splitter cuts what no sentence boundary can: a sentence that is too long.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate

from corpus.model import Article, Section
from corpus.sentences import LIST_MARKER, sentences
from index.model import Passage

CHUNKING = "sections/2"
"""Names the rules of this module. Change it with them: passages cut by other rules are all embedded again."""

Length = Callable[[str], int]

_SHORT, _LONG = 120, 180  # tokens, headings included; between them no length is better than another
_PARAGRAPH, _SENTENCE, _ITEM, _INSIDE_ITEM, _LEAD_IN = 0.0, 0.5, 1.0, 2.0, 8.0  # the price of a break


def passages(article: Article, length: Length, limit: int) -> list[Passage]:
    """The passages of an article in reading order; together they hold all of its text but white space.

    `length` counts the tokens of a text as the embedding model does, special tokens included; what is
    embedded of a passage (see `embedded`) never counts more than `limit` of them, provided that a text
    never counts more than its parts together.
    """
    return [
        passage
        for section in article.sections
        for passage in _of_section(article.card.id, article.card.title, section, length, limit)
    ]


def embedded(passage: Passage, title: str, length: Length, limit: int) -> str:
    """What the vector of a passage is made of: its text under the article's title and its headings."""
    return f"{_heading(title, passage.trail, length, limit)}\n{passage.text}"


def digest(text: str, asked: Sequence[str], asked_of: Sequence[int] = ()) -> str:
    """Of all that is embedded of a passage."""
    places = (str(at) for at in asked_of if at >= 0)
    return sha256("\n".join((text, *asked, *places)).encode()).hexdigest()


def _of_section(article: str, title: str, section: Section, length: Length, limit: int) -> Iterator[Passage]:
    heading = _heading(title, section.trail, length, limit)
    spans = _slices(section.text, heading, length, limit)
    cites = _shared_out(section.cites, [start for start, _ in spans])
    for number, (start, end) in enumerate(spans):
        text = section.text[start:end]
        asked, asked_of = _asked(section, start, text)
        yield Passage(
            id=f"{article}#{section.anchor}/{number}",
            article=article,
            trail=section.trail,
            anchor=section.anchor,
            text=text,
            start=start,
            cites=tuple((min(at - start, len(text)), key) for at, key in cites[number]),
            digest=digest(f"{heading}\n{text}", asked, asked_of),
            asked=asked,
            asked_of=asked_of,
        )


def _asked(section: Section, start: int, text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The ways to ask for a slice of a section: those for all of it, and those for the sentences that the slice has."""
    places = {start + at: number for number, (at, _) in enumerate(sentences(text))}
    own = [(places[at], way) for at, way in section.asked_at if at in places]
    return (
        (*section.asked, *(way for _, way in own)),
        (*(-1 for _ in section.asked), *(number for number, _ in own)),
    )


def _heading(title: str, trail: tuple[str, ...], length: Length, limit: int) -> str:
    """Title and headings in one line; a line that takes over half of the room loses its first words."""
    words = " > ".join((title, *trail)).split()
    while words and length(" ".join(words)) > limit // 2:
        words = words[len(words) // 4 + 1 :]
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or the first of a list item with its marker. `price` is that of a break before it."""

    start: int
    end: int
    price: float


def _units(text: str) -> list[_Unit]:
    units: list[_Unit] = []
    in_item = False
    for begin, end in sentences(text):
        line = text.rfind("\n", 0, begin) + 1
        marker = LIST_MARKER.match(text, line)
        opens_item = marker is not None and marker.end() == begin
        start = begin - len(text[line:begin].lstrip()) if opens_item else begin
        previous = units[-1].end if units else 0
        if opens_item:
            price = _ITEM if in_item else _LEAD_IN
        elif text.count("\n", previous, start) > 1:
            price, in_item = _PARAGRAPH, False
        else:
            in_item = in_item and _is_continued(text, line, previous)
            price = _INSIDE_ITEM if in_item else _SENTENCE
        in_item = in_item or opens_item
        units.append(_Unit(start, end, price))
    return units


def _is_continued(text: str, line: int, previous: int) -> bool:
    """Whether a list item goes on here: on its own line, or on an indented one."""
    return line <= previous or text[line : line + 1].isspace()


def _slices(text: str, heading: str, length: Length, limit: int) -> list[tuple[int, int]]:
    units = _units(text)
    blank = length("")
    tokens = [length(text[unit.start : unit.end]) - blank for unit in units]
    spans = [
        (units[first].start, units[last - 1].end)
        for first, last in _cheapest(tokens, [unit.price for unit in units], length(heading), limit)
    ]
    return [piece for span in spans for piece in _fitting(text, span, heading, length, limit)]


def _cheapest(
    tokens: Sequence[int], prices: Sequence[float], room_taken: int, limit: int
) -> list[tuple[int, int]]:
    """The grouping of units that costs least: its breaks, and lengths far from the wished ones."""
    total = [0, *accumulate(tokens)]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(1, len(tokens) + 1):
        options: list[tuple[float, int]] = []
        for first in range(last - 1, -1, -1):
            size = room_taken + total[last] - total[first]
            if size > limit and first < last - 1:
                break
            options.append((best[first][0] + _odd(size) + (prices[first] if first else 0.0), first))
        best.append(min(options))
    groups: list[tuple[int, int]] = []
    last = len(tokens)
    while last:
        groups.append((best[last][1], last))
        last = best[last][1]
    return groups[::-1]


def _odd(size: int) -> float:
    return float(max((_SHORT - size) / 60, (size - _LONG) / 30, 0.0) ** 2)


def _fitting(
    text: str, span: tuple[int, int], heading: str, length: Length, limit: int
) -> list[tuple[int, int]]:
    """`span` itself where the model can take it, else its pieces, cut at clauses and spaces."""
    start, end = span
    if length(f"{heading}\n{text[start:end]}") <= limit:
        return [span]
    blank = length("")
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=["\n", "; ", ": ", ", ", " ", ""],
        keep_separator="end",
        chunk_size=limit - length(f"{heading}\n"),
        chunk_overlap=0,
        length_function=lambda piece: length(piece) - blank,
        add_start_index=True,
    )
    return [
        (begin := start + document.metadata["start_index"], begin + len(document.page_content))
        for document in splitter.create_documents([text[start:end]])
    ]


def _shared_out(cites: tuple[tuple[int, str], ...], starts: Sequence[int]) -> list[list[tuple[int, str]]]:
    """Each citation with the slice it stands in; one between two slices belongs to the words before it."""
    shares: list[list[tuple[int, str]]] = [[] for _ in starts]
    for at, key in cites:
        if shares:
            shares[max(sum(start < at for start in starts) - 1, 0)].append((max(at, starts[0]), key))
    return shares
