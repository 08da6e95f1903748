"""Tables and figures of JATS, kept apart from the prose."""

import re

from lxml import etree

from corpus.connectors.jats_prose import line
from corpus.connectors.publication import Figure, Table

_MOST_CELLS, _WIDEST = 5_000, 60
_BORROWED = re.compile(
    r"(?:reproduced|reprinted|adapted|modified|used) (?:\w+ ){0,4}?(?:from|with permission)|courtesy of",
    re.IGNORECASE,
)


def table(element: etree._Element) -> Table:
    caption = _caption(element)
    foot = element.find("table-wrap-foot")
    notes = [line(each) for each in foot.iter("p")] if foot is not None else []
    return Table(
        line(label) if (label := element.find("label")) is not None else "",
        caption,
        tuple(_rows(element)),
        tuple(note for note in notes if note),
        _is_borrowed(element, " ".join((caption, *notes))),
    )


def figure(element: etree._Element) -> Figure:
    caption = _caption(element)
    label = element.find("label")
    return Figure(line(label) if label is not None else "", caption, _is_borrowed(element, caption))


def _caption(element: etree._Element) -> str:
    caption = element.find("caption")
    if caption is None:
        return ""
    return " ".join(filter(None, (line(each) for each in caption.iterchildren("title", "p"))))


def _is_borrowed(element: etree._Element, words: str) -> bool:
    return element.find("permissions") is not None or bool(_BORROWED.search(words))


def _rows(element: etree._Element) -> list[tuple[str, ...]]:
    """The rows of all columns: a cell over several stands in each of them, headers over each other are one."""
    rows: list[list[str]] = []
    heads = 0
    cells = 0
    over: dict[tuple[int, int], str] = {}
    for number, row in enumerate(element.iter("tr")):
        made: list[str] = []
        is_head = row.getparent() is not None and row.getparent().tag == "thead"
        heads += is_head and heads == number
        for cell in row.iterchildren("th", "td"):
            while (number, len(made)) in over:
                made.append(over.pop((number, len(made))))
            text = line(cell)
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            for at in range(len(made), len(made) + across):
                for below in range(1, down):
                    over[number + below, at] = text
            made += [text] * across
            cells += across * down
            if cells > _MOST_CELLS or len(made) > _WIDEST:
                return []
        while (number, len(made)) in over:
            made.append(over.pop((number, len(made))))
        rows.append(made)
    if heads > 1:
        width = max(map(len, rows[:heads]))
        columns = ([row[at] for row in rows[:heads] if at < len(row)] for at in range(width))
        rows[:heads] = [[" ".join(dict.fromkeys(filter(None, column))) for column in columns]]
    return [tuple(row) for row in rows if any(row)]


def _span(cell: etree._Element, name: str) -> int:
    given = cell.get(name) or "1"
    return max(1, min(int(given), _WIDEST)) if given.isdigit() else 1
