"""One database behind a SQLAlchemy URL: opened, made or brought up to this program's schema, copied before that."""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from assistant import staff_tables  # noqa: F401  # so that these tables are made as well
from assistant.model import AssistantError
from assistant.tables import SCHEMA_VERSION, about, metadata

_log = logging.getLogger(__name__)

_ALONE = 7_228_101
"""The advisory lock of Postgres that is held while tables are made or changed."""


class Database:
    """Safe for threads. Opening brings an older schema up to date and refuses one that is newer."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._prepare()

    def close(self) -> None:
        self._engine.dispose()

    def ping(self) -> None:
        with self.reading() as connection:
            connection.execute(select(about.c.schema_version))

    def reading(self) -> AbstractContextManager[Connection]:
        return self._engine.connect()

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction: all of what is executed on its connection is kept, or nothing."""
        return self._engine.begin()

    def copy(self, place: Path) -> None:
        """A whole copy, made while others write. SQLite only: raises AssistantError for another database."""
        source = self.file()
        if source is None:
            raise AssistantError("This database is not a file. Copy it with its own tool, such as pg_dump.")
        copy_file(source, place)

    def forget(self) -> None:
        """Have what was deleted leave the log beside a SQLite file as well, where it would lie until it is overwritten."""
        if self.file() is not None:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget_copies(self, before: datetime) -> None:
        """Delete the copies of older schemas that were made before then: they hold what was purged since."""
        if (file := self.file()) is not None:
            for copy in file.parent.glob(f"{file.name}.v*-*"):
                if copy.stat().st_mtime < before.timestamp():
                    copy.unlink()

    def file(self) -> Path | None:
        """Where the database is, when it is a file of SQLite."""
        named = self._engine.url.database
        return Path(named) if self._engine.dialect.name == "sqlite" and named else None

    def _prepare(self) -> None:
        try:
            with self._engine.connect() as connection:
                version = _version(connection)
        except OperationalError as error:
            raise AssistantError(
                f"The database cannot be opened: {error.orig}. Check store.url and that its server is running."
            ) from error
        if version is None or version < SCHEMA_VERSION:
            self._bring_up_to_date()
        elif version > SCHEMA_VERSION:
            raise _newer(version)

    def _bring_up_to_date(self) -> None:
        copied: Path | None = None
        with self._alone() as connection:
            # Two processes may have started at once: whoever comes second finds the work done.
            version = _version(connection)
            if version == SCHEMA_VERSION:
                return
            if version is not None and version > SCHEMA_VERSION:
                raise _newer(version)
            if version is not None and (file := self.file()) is not None and file.exists():
                copied = file.with_name(f"{file.name}.v{version}-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}")
                copy_file(file, copied)
            for step in range(version or SCHEMA_VERSION, SCHEMA_VERSION):
                if step in _STEPS:
                    _STEPS[step](connection)
            metadata.create_all(connection)
            if version is None:
                connection.execute(insert(about).values(schema_version=SCHEMA_VERSION))
            else:
                connection.execute(update(about).values(schema_version=SCHEMA_VERSION))
        if version is not None:
            kept = f"as it was: {copied}" if copied else "no copy was made, it is not a file"
            _log.warning("The database went from schema %s to %s (%s)", version, SCHEMA_VERSION, kept)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """A transaction that no other process changes tables beside, undone whole when anything in it fails."""
        if self._engine.dialect.name != "sqlite":
            with self._engine.begin() as connection:
                if self._engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ALONE})
                yield connection
            return
        # Python's sqlite3 begins no transaction for statements that make tables, so this one is begun by hand.
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")


def copy_file(source: Path, place: Path) -> None:
    """A SQLite file copied whole, whatever is written to it meanwhile."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(place)) as new:
        old.backup(new)


def _version(connection: Connection) -> int | None:
    """The schema that the database has; None when it is empty."""
    if not inspect(connection).has_table(about.name):
        return None
    version: int | None = connection.execute(select(about.c.schema_version)).scalar()
    return version


def _newer(version: int) -> AssistantError:
    return AssistantError(
        f"The database has schema version {version}, newer than this program's {SCHEMA_VERSION}. "
        "Update the program, or restore an older backup."
    )


def _to_2(connection: Connection) -> None:
    kind = "TIMESTAMP WITH TIME ZONE" if connection.dialect.name == "postgresql" else "DATETIME"
    for column in ("changed", "overdue"):
        connection.exec_driver_sql(f"ALTER TABLE handoffs ADD COLUMN {column} {kind}")


def _to_4(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE messages ADD COLUMN worker VARCHAR(16)")


_STEPS: dict[int, Callable[[Connection], None]] = {1: _to_2, 3: _to_4}
"""How a database of each version becomes one of the next; tables that are only new are made without a step."""


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # An error of the database tells its parameters, which are visitors' words and numbers, and errors are logged.
    engine = create_engine(url, pool_pre_ping=parsed.get_backend_name() != "sqlite", hide_parameters=True)
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:
    """Readers beside one writer, waiting instead of failing, and a commit that is on the disk when it returns.

    What is deleted is overwritten: a purge that leaves the words in the file's free pages has purged nothing.
    """
    pragmas = ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
    for pragma in (*pragmas, "secure_delete = ON"):
        for attempt in range(50):
            try:
                connection.execute(f"PRAGMA {pragma}")
                break
            except Exception:
                # Switching to WAL does not wait for busy_timeout while another process switches too.
                if attempt == 49:
                    raise
                time.sleep(0.1)
