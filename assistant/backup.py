"""The data folder in one file, whole and consistent, while the site goes on."""

import contextlib
import io
import os
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.database import Database, copy_file
from assistant.model import AssistantError
from index.generations import Generations

LEFT_OUT = ("models", "sources", "index", "index-build.log")
"""Made or fetched again when it is missing; of the index, the generation in use is taken along."""

DATABASE = "assistant.db"


@dataclass(frozen=True, slots=True)
class Backup:
    """`database` is False when the database is no file of ours: it is then copied with its own tool."""

    file: Path
    size: int
    files: int
    database: bool
    generation: str | None


def back_up(data_dir: Path, database_url: str, file: Path) -> Backup:
    """Write `file` (tar, gzip), readable for its owner alone. Raises AssistantError when there is one already."""
    if file.exists():
        raise AssistantError(f"{file} is there already. Name another file, or move it away.")
    if not data_dir.is_dir():
        raise AssistantError(f"There is no data folder {data_dir}. Name it with --data.")
    file.parent.mkdir(parents=True, exist_ok=True)
    # A file that mkstemp makes is readable for its owner alone.
    with tempfile.TemporaryDirectory() as aside, _moved_into(file) as beside:
        is_file, generation = False, None
        with tarfile.open(beside, "w:gz", compresslevel=6) as tar:
            for path in _plain_files(data_dir, skip=file):
                tar.add(_settled(path, Path(aside)), str(path.relative_to(data_dir)), recursive=False)
            is_file = _add_database(tar, database_url, Path(aside))
            generation = _add_index(tar, Generations(data_dir / "index"))
            count = len(tar.getmembers())
    return Backup(file, file.stat().st_size, count, is_file, generation)


def _plain_files(data_dir: Path, skip: Path) -> Iterator[Path]:
    """What is neither the database nor the index: the clinic's articles, golden questions, keys and records."""
    for path in sorted(data_dir.rglob("*")):
        first = path.relative_to(data_dir).parts[0]
        if first in LEFT_OUT or first.startswith((DATABASE, ".")) or path.resolve() == skip.resolve():
            continue
        if path.is_file() and not path.is_symlink() and not path.name.endswith((".part", "-wal", "-shm")):
            yield path


def _settled(path: Path, aside: Path) -> Path:
    """The file itself, or for one of SQLite a copy of it that nobody is writing to."""
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            return path
    copy = aside / path.name
    copy_file(path, copy)
    return copy


def _add_database(tar: tarfile.TarFile, url: str, aside: Path) -> bool:
    database = Database(url)
    try:
        database.copy(aside / DATABASE)
    except AssistantError:
        return False
    finally:
        database.close()
    tar.add(aside / DATABASE, DATABASE)
    return True


def _add_index(tar: tarfile.TarFile, generations: Generations) -> str | None:
    """The generation in use. It is never changed, and a build that ends meanwhile still keeps it."""
    name = generations.current()
    if name is None:
        return None
    tar.add(generations.path(name), f"index/{name}")
    pointer = tarfile.TarInfo("index/CURRENT")
    pointer.size, pointer.mtime, pointer.mode = len(name) + 1, int(time.time()), 0o644
    tar.addfile(pointer, io.BytesIO(f"{name}\n".encode()))
    return name


@contextlib.contextmanager
def _moved_into(file: Path) -> Iterator[Path]:
    """A file beside `file` that takes its place when all went well, and is gone when not."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    beside = Path(name)
    os.close(handle)
    try:
        yield beside
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
