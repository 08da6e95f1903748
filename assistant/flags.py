"""What staff found outdated or wrong in an article, until someone has mended it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from assistant.database import Database
from assistant.model import AssistantError
from assistant.privacy import redact
from assistant.staff_tables import flags as table

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Flag:
    """`anchor` is that of a section, or empty for the whole article."""

    id: int
    article: str
    anchor: str
    note: str
    flagged: datetime
    flagged_by: str


class Flags:
    """Safe for threads."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def open(self) -> tuple[Flag, ...]:
        """What nobody has settled yet, the oldest first."""
        query = select(table).where(table.c.settled.is_(None)).order_by(table.c.id)
        with self._database.reading() as connection:
            return tuple(
                Flag(row.id, row.article, row.anchor, row.note, row.flagged, row.flagged_by)
                for row in connection.execute(query)
            )

    def put(self, article: str, anchor: str, note: str, by: str) -> None:
        row = {
            "article": article,
            "anchor": anchor,
            "note": redact(note.strip())[:LONGEST_NOTE],
            "flagged": self._clock(),
            "flagged_by": by,
        }
        with self._database.writing() as connection:
            connection.execute(insert(table).values(row))

    def settle(self, id: int, by: str) -> None:
        with self._database.writing() as connection:
            settled = connection.execute(
                update(table)
                .where((table.c.id == id) & table.c.settled.is_(None))
                .values(settled=self._clock(), settled_by=by)
            )
        if not settled.rowcount:
            raise AssistantError("That flag was settled already. Load the page anew.")
