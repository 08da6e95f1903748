"""One writer at a time, also when the last one was killed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.model import IndexNotReady


@contextmanager
def held(path: Path, work: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock file at `path`, or raise IndexNotReady naming the process that does `work`.

    The system lets go of the lock when its process ends, however it ends; the file itself stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            raise IndexNotReady(
                f"{work} is already under way (process {file.read().strip() or 'unknown'}). "
                "Wait until it has finished, then try again."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
