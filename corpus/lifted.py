"""Tables and figures of a paper → sections of their own, which staff find and no answer quotes.

A table is kept as structured text: one line a row, each cell under the head of its column, so that a piece of it still
says what its numbers are. A figure is kept as its caption.
"""

from collections.abc import Iterator, Sequence

from corpus.admission import Decision
from corpus.connectors.publication import Figure, Part, Publication, Table
from corpus.sentences import sentences

APART = "Tables and figures"
"""The heading that they stand under, which tells them from the prose."""

_ROW = "- "
_LONGEST_TITLE = 120
_MOST_LETTERS = 6_000
"""A longer table is data to work with in the article itself; its caption alone says what there is."""


def shown_apart(publication: Publication, decision: Decision) -> Iterator[Part]:
    """Those that follow the terms of the article; none where it may only be quoted, and none of someone else's."""
    if decision.admission != "full":
        return
    for table in publication.tables:
        if table.caption and not table.is_third_party:
            text = "\n\n".join(filter(None, (table.caption, _rows(table), " ".join(table.notes))))
            yield Part((APART, _title(table, "Table")), text)
    for figure in publication.figures:
        if figure.caption and not figure.is_third_party:
            yield Part((APART, _title(figure, "Figure")), figure.caption)


def without_rows(text: str) -> str:
    """What is said of a table: its caption and notes."""
    return "\n".join(line for line in text.split("\n") if line and not line.startswith(_ROW))


def _title(known: Table | Figure, otherwise: str) -> str:
    """Its label, with what it shows where that can be said shortly."""
    label = known.label.rstrip(" .:") or otherwise
    start, end = sentences(known.caption)[0]
    about = known.caption[start:end].rstrip(" .")
    return f"{label}: {about}" if len(about) <= _LONGEST_TITLE else label


def _rows(table: Table) -> str:
    if len(table.rows) < 2:
        return ""
    heads, *rows = table.rows
    text = "\n".join(filter(None, (_row(heads, row) for row in rows)))
    return text if len(text) <= _MOST_LETTERS else ""


def _row(heads: Sequence[str], row: Sequence[str]) -> str:
    """ "- Pain at rest: Massage 3.2; Control 4.9", or the words of a row that is a heading of those below it."""
    first, *cells = row
    if len(set(filter(None, row))) <= 1:
        return f"{_ROW}{next(filter(None, row), '')}".rstrip(_ROW)
    named = dict.fromkeys(  # a cell over two columns under one head over both is one
        " ".join(filter(None, (heads[at] if at < len(heads) else "", cell)))
        for at, cell in enumerate(cells, 1)
        if cell
    )
    return f"{_ROW}{first}: {'; '.join(named)}" if first else f"{_ROW}{'; '.join(named)}"
