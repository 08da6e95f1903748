"""Tables as CSV that a spreadsheet can open without running what a visitor wrote."""

import csv
import io
from collections.abc import Iterable, Sequence

from assistant.model import Handoff

_FORMULA = ("=", "+", "-", "@", "\0")
_BREAKS = ("\t", "\r", "\n", "\0")
_UNSEEN = "".join(map(chr, (*range(1, 0x21), *range(0x7F, 0xA1), 0x200B, 0x2060, 0xFEFF)))
"""Control characters and spaces of no width, which `str.lstrip` does not all know."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with its headings. A text that a spreadsheet would take for a formula begins with an apostrophe, which
    spreadsheets show as plain text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = str(value)
    # Some programs trim a cell before they look at it, and full-width signs count as the plain ones.
    trimmed = text.lstrip().lstrip(_UNSEEN).lstrip()
    signs = trimmed.translate({0xFF1D: "=", 0xFF0B: "+", 0xFF0D: "-", 0xFF20: "@"})
    unsafe = signs.startswith(_FORMULA) or text.lstrip(" ").startswith(_BREAKS)
    return f"'{text}" if unsafe else text


HANDOFF_COLUMNS = (
    "reference", "asked", "state", "name", "phone", "best_time", "assignee", "note", "changed", "overdue",
)  # fmt: skip


def handoffs_csv(handoffs: Iterable[Handoff]) -> str:
    return csv_text(HANDOFF_COLUMNS, map(_handoff, handoffs))


def _handoff(item: Handoff) -> tuple[object, ...]:
    callback = item.callback
    asked, *later = (
        each.isoformat() if each else None for each in (item.created, item.changed, item.overdue)
    )
    said = (callback.name, callback.phone, callback.best_time)
    return (item.id, asked, item.state, *said, item.assignee, item.note, *later)
