"""The builds of the index side by side: each in a directory of its own, and a pointer to the one in use."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from index.locking import held
from index.model import IndexNotReady, Manifest
from index.records import MANIFEST, read_manifest, write_manifest

_CURRENT, _LOCK = "CURRENT", ".lock"
_BUILDING, _PRUNED = ".building-", ".pruned-"


class Generations:
    """The generations in the folder `root`; the newest `keep` of them stay when a build prunes.

    A generation is never changed. It appears under its name all at once, with its manifest, and is used from
    the moment that CURRENT names it, so a build that is killed at any point leaves the one in use as it was.
    """

    def __init__(self, root: Path, *, keep: int = 3) -> None:
        self.root = root
        self._keep = max(keep, 1)

    def path(self, name: str) -> Path:
        return self.root / name

    def pointer(self) -> tuple[int, int] | None:
        """What changes whenever another generation comes into use; None while there is none."""
        try:
            status = (self.root / _CURRENT).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def current(self) -> str | None:
        """The name of the generation in use."""
        try:
            return (self.root / _CURRENT).read_text("utf-8").strip()
        except FileNotFoundError:
            return None

    def in_use(self) -> str:
        """Like `current`, but no index is an error."""
        name = self.current()
        if name is None:
            raise IndexNotReady(
                f"There is no index in {self.root} yet. Build one with: assistant index build"
            )
        return name

    def manifest(self, name: str) -> Manifest:
        if not (self.path(name) / MANIFEST).is_file():
            raise IndexNotReady(
                f"There is no generation {name} in {self.root}. See what there is with: assistant index list"
            )
        return read_manifest(self.path(name))

    def names(self) -> list[str]:
        """All complete generations, the newest first; one whose manifest is damaged counts as the oldest."""
        if not self.root.is_dir():
            return []
        names = [
            path.name
            for path in self.root.iterdir()
            if not path.name.startswith(".") and (path / MANIFEST).is_file()
        ]
        return sorted(names, key=lambda name: (self._built(name), name), reverse=True)

    def _built(self, name: str) -> datetime:
        try:
            return self.manifest(name).built
        except IndexNotReady:
            return datetime.min.replace(tzinfo=UTC)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who writes here; IndexNotReady names the process that already does."""
        with held(self.root / _LOCK, "A build of the index"):
            yield

    @contextmanager
    def fresh(self) -> Iterator[tuple[str, Path]]:
        """A name and an empty directory for a new generation; what is not published inside is removed."""
        name = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-{secrets.token_hex(2)}"
        directory = self.root / f"{_BUILDING}{name}"
        directory.mkdir(parents=True)
        try:
            yield name, directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def publish(self, directory: Path, manifest: Manifest) -> None:
        """Bring what lies complete in the `fresh` directory into use."""
        _settle(directory)
        write_manifest(directory, manifest)
        _settle(directory)
        directory.rename(self.path(manifest.generation))
        self.use(manifest.generation)

    def use(self, name: str) -> None:
        fresh = self.root / f".{_CURRENT}"
        fresh.write_text(f"{name}\n", "utf-8")
        _flush(fresh)
        fresh.replace(self.root / _CURRENT)
        _flush(self.root)

    def previous(self) -> str | None:
        """The generation before the one in use."""
        names = self.names()
        current = self.current()
        return next(iter(names[names.index(current) + 1 :]), None) if current in names else None

    def rollback(self, name: str | None = None) -> str:
        """Bring an older generation, or the one named, into use again, and return its name."""
        with self.locked():
            wanted = name or self.previous()
            if wanted is None:
                raise IndexNotReady(
                    f"There is no generation before {self.in_use()}. Build with: assistant index build"
                )
            self.manifest(wanted)
            self.use(wanted)
            return wanted

    def prune(self) -> None:
        """Turn all but the newest generations, the one in use and the one before it into `remains`."""
        names = self.names()
        for name in set(names) - {*names[: self._keep], self.current(), self.previous()}:
            self.path(name).rename(self.root / f"{_PRUNED}{name}")

    def remains(self) -> list[tuple[str, Path]]:
        """What is left of builds that were killed and of pruned generations; only for who holds the lock."""
        return [
            (path.name.removeprefix(prefix), path)
            for prefix in (_BUILDING, _PRUNED)
            for path in self.root.glob(f"{prefix}*")
        ]


def _settle(directory: Path) -> None:
    """Have the system write everything in `directory` to the disk."""
    for path in sorted(directory.rglob("*"), reverse=True):
        _flush(path)
    _flush(directory)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
