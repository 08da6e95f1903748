"""Builds and rollbacks of the index, wherever they were started: what runs, how far it is, how the last ones ended."""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from assistant.database import Database
from assistant.staff_tables import index_jobs as table

Kind = Literal["build", "rollback"]

ENDS = ("done", "failed", "stopped")

KEPT = timedelta(days=90)
WRITTEN_EVERY = 0.5
"""Seconds between two notes of how far a job is."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """`stage` is what the build is at, or one of ENDS. A job is "stopped" when its process is gone without a word: it
    was killed, or the machine went down."""

    id: int
    kind: Kind
    actor: str
    started: datetime
    ended: datetime | None
    stage: str
    done: int
    total: int
    generation: str
    outcome: str

    @property
    def is_running(self) -> bool:
        return self.stage not in ENDS


class Running:
    """The note that a running job keeps of itself."""

    def __init__(self, jobs: "Jobs", id: int) -> None:
        self._jobs = jobs
        self.id = id
        self._written = 0.0
        self.generation = ""
        self.outcome = ""

    def stage(self, name: str) -> None:
        self._jobs.write(self.id, stage=name)

    def advance(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - self._written < WRITTEN_EVERY:
            return
        self._written = now
        self._jobs.write(self.id, done=done, total=total)


class Jobs:
    """Safe for threads. A job that cannot be written down is run all the same: the index matters more than its log."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def running(self, kind: Kind, actor: str, id: int | None = None) -> Iterator[Running]:
        """Note that a job runs in this process, and how it ends: well, or with the exception that passes here.

        `id` is the number of a job that was begun for this process by another one.
        """
        job = Running(self, self.begin(kind, actor) if id is None else id)
        self.write(job.id, process=os.getpid())
        try:
            yield job
        except BaseException as error:
            told = str(error) or "It was interrupted."
            self.write(job.id, stage="failed", ended=self._clock(), outcome=told[:2000])
            raise
        self.write(
            job.id, stage="done", ended=self._clock(), generation=job.generation, outcome=job.outcome[:2000]
        )

    def recent(self, limit: int = 20) -> tuple[Job, ...]:
        """The newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.id.desc()).limit(limit)).all()
        return tuple(_job(row) for row in rows)

    def current(self) -> Job | None:
        """The job that runs now."""
        return next((job for job in self.recent() if job.is_running), None)

    def find(self, id: int) -> Job | None:
        with self._database.reading() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
        return None if row is None else _job(row)

    def fail(self, id: int, fault: str) -> None:
        """Say why a job ended, unless it did so itself."""
        self.write(id, unless_ended=True, stage="failed", ended=self._clock(), outcome=fault[:2000])

    def begin(self, kind: Kind, actor: str) -> int:
        now = self._clock()
        row = {
            "kind": kind,
            "actor": actor,
            "started": now,
            "updated": now,
            "machine": socket.gethostname()[:64],
            "process": os.getpid(),
            "stage": "reading",
        }
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.started < now - KEPT))
            made = connection.execute(insert(table).values(row)).inserted_primary_key
            assert made is not None
            return int(made[0])

    def write(self, id: int, unless_ended: bool = False, **values: Any) -> None:
        this = (table.c.id == id) & table.c.ended.is_(None) if unless_ended else table.c.id == id
        try:
            with self._database.writing() as connection:
                connection.execute(update(table).where(this).values(updated=self._clock(), **values))
        except Exception as error:
            _log.warning("how far the index job is could not be written down: %s", type(error).__name__)


def _job(row: Row[Any]) -> Job:
    gone = row.ended is None and row.machine == socket.gethostname()[:64] and not _alive(row.process)
    return Job(
        id=row.id,
        kind=row.kind,
        actor=row.actor,
        started=row.started,
        ended=row.ended,
        stage="stopped" if gone else row.stage,
        done=row.done,
        total=row.total,
        generation=row.generation,
        outcome=row.outcome,
    )


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
