"""What was seen of every source, and what was decided about it: one SQLite file that outlives every run."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from corpus.model import CorpusError

Status = Literal["ok", "refused", "gone", "retracted", "error"]

_LAYOUT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS records (
  source TEXT NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL, status TEXT NOT NULL, article TEXT NOT NULL,
  admission TEXT NOT NULL, reason TEXT NOT NULL, policy TEXT NOT NULL, licence TEXT NOT NULL, licence_url TEXT NOT NULL,
  evidence TEXT NOT NULL, copyright TEXT NOT NULL, flags TEXT NOT NULL, address TEXT NOT NULL, title TEXT NOT NULL,
  citation TEXT NOT NULL, stamp TEXT NOT NULL, sha256 TEXT NOT NULL, retrieved TEXT NOT NULL, checked TEXT NOT NULL,
  PRIMARY KEY (source, id, version)
);
CREATE INDEX IF NOT EXISTS by_id ON records (id);
CREATE INDEX IF NOT EXISTS by_article ON records (article);
CREATE TABLE IF NOT EXISTS tombstones (
  id TEXT PRIMARY KEY, article TEXT NOT NULL, reason TEXT NOT NULL, removed TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One version of one publication as one source gave it.

    `article` is its id on the shelf, empty unless it stands there. `policy` names the rules it was decided
    by, so that it is decided anew when they change. `checked` is when the source was last asked about it.
    """

    source: str
    id: str
    version: str
    status: Status
    article: str = ""
    admission: str = ""
    reason: str = ""
    policy: str = ""
    licence: str = ""
    licence_url: str = ""
    evidence: str = ""
    copyright: str = ""
    flags: tuple[str, ...] = ()
    address: str = ""
    title: str = ""
    citation: str = ""
    stamp: str = ""
    sha256: str = ""
    retrieved: datetime | None = None
    checked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A publication that is not to come back, whichever source offers it."""

    id: str
    article: str
    reason: str
    removed: datetime


_COLUMNS = tuple(field.name for field in fields(Record))


class Manifest:
    """The records and tombstones in the file `path`, which is made when it is missing. Each call is a
    transaction of its own; a killed process leaves what was put before."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            layout = self._db.execute("PRAGMA user_version").fetchone()[0]
            if layout not in (0, _LAYOUT):
                raise CorpusError(f"{path} was written by another version. Move it away and sync again.")
            self._db.executescript(_TABLES)
            self._db.execute(f"PRAGMA user_version = {_LAYOUT}")
        except sqlite3.Error as error:
            raise CorpusError(f"{path} cannot be used ({error}). Move it away and sync again.") from None

    def close(self) -> None:
        self._db.close()

    def record(self, source: str, id: str) -> Record | None:
        """The newest record of a publication: of its versions the one that was checked last."""
        return next(
            self._select("WHERE source = ? AND id = ? ORDER BY checked DESC LIMIT 1", (source, id)), None
        )

    def records(self, sources: Sequence[str] = ()) -> list[Record]:
        if not sources:
            return list(self._select("ORDER BY source, id, version"))
        marks = ", ".join("?" * len(sources))
        return list(self._select(f"WHERE source IN ({marks}) ORDER BY source, id, version", tuple(sources)))

    def holders(self, id: str) -> list[Record]:
        """The records by which the publication stands on the shelf, of all sources."""
        return list(self._select("WHERE id = ? AND article != '' ORDER BY checked", (id,)))

    def of_article(self, article: str) -> list[Record]:
        return list(self._select("WHERE article = ? ORDER BY checked", (article,)))

    def put(self, record: Record) -> None:
        """Keep a record; other versions of it no longer stand on the shelf."""
        values = tuple(_stored(record, name) for name in _COLUMNS)
        with self._transaction() as db:
            db.execute(
                "UPDATE records SET article = '' WHERE source = ? AND id = ? AND version != ?",
                (record.source, record.id, record.version),
            )
            marks = ", ".join("?" * len(_COLUMNS))
            db.execute(f"INSERT OR REPLACE INTO records ({', '.join(_COLUMNS)}) VALUES ({marks})", values)

    def seen(self, record: Record, checked: datetime) -> None:
        self.put(replace(record, checked=checked))

    def bury(self, stone: Tombstone) -> None:
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?, ?)",
                (stone.id, stone.article, stone.reason, stone.removed.isoformat()),
            )
            db.execute(
                "UPDATE records SET article = '', status = 'gone', stamp = '', reason = ? WHERE id = ?",
                (stone.reason, stone.id),
            )

    def tombstone(self, id: str) -> Tombstone | None:
        return next(self._stones("WHERE id = ?", (id,)), None)

    def tombstones(self) -> list[Tombstone]:
        return list(self._stones("ORDER BY removed, id"))

    def _stones(self, rest: str, values: Sequence[str] = ()) -> Iterator[Tombstone]:
        rows = self._db.execute(f"SELECT id, article, reason, removed FROM tombstones {rest}", values)
        return (Tombstone(id, article, why, datetime.fromisoformat(when)) for id, article, why, when in rows)

    def _select(self, rest: str, values: Sequence[str] = ()) -> Iterator[Record]:
        for row in self._db.execute(f"SELECT {', '.join(_COLUMNS)} FROM records {rest}", values):
            yield _record(dict(zip(_COLUMNS, row, strict=True)))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def told(record: Record) -> dict[str, object]:
    """A record as JSON values."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(record).items()
    }


def _stored(record: Record, name: str) -> str:
    value = getattr(record, name)
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, datetime) else value or ""


def _record(row: dict[str, str]) -> Record:
    times = {
        name: datetime.fromisoformat(row[name]) if row[name] else None for name in ("retrieved", "checked")
    }
    return Record(**{**row, **times, "flags": tuple(json.loads(row["flags"]))})  # type: ignore[arg-type]
