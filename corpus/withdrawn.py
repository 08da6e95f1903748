"""The articles that must not be cited any more, whatever index still holds them."""

from pathlib import Path

from corpus.writing import write_whole


class Withdrawn:
    """A file of article ids, one a line; read again when it has changed, so that a running site heeds it at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._ids: frozenset[str] = frozenset()

    def __call__(self) -> frozenset[str]:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return frozenset()
        seen = (stat.st_ino, stat.st_mtime_ns)
        if seen != self._seen:
            self._ids = frozenset(self._path.read_text("utf-8").split())
            self._seen = seen
        return self._ids

    def add(self, article: str) -> None:
        if article not in self():
            self._write(self() | {article})

    def discard(self, article: str) -> None:
        if article in self():
            self._write(self() - {article})

    def _write(self, ids: frozenset[str]) -> None:
        write_whole(self._path, "".join(f"{id}\n" for id in sorted(ids)).encode())
        self._seen = None
