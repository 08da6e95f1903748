"""A file is written whole or not at all, whenever the process is killed."""

import contextlib
import os
import tempfile
from pathlib import Path


def write_whole(place: Path, data: bytes, *, durable: bool = True) -> None:
    """Write beside `place` and move there, so that whoever looks sees the old file or the new one.

    `durable` waits until the disk has it; without, a power cut may leave the file empty.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(beside).chmod(0o644)
        Path(beside).replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
