"""The shelf as staff see it beside the index: is the index behind it, and where did its articles come from."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.model import Source

if TYPE_CHECKING:
    from corpus.shelf import Shelf


@dataclass(frozen=True, slots=True)
class State:
    fingerprint: str
    sources: Mapping[str, Source]


class Shelved:
    """Safe for threads. Reading the whole shelf takes most of a second, so it is read again only when a file changed."""

    def __init__(self, open: Callable[[], "Shelf"], own: Path) -> None:
        self._open = open
        self._own = own
        self._lock = threading.Lock()
        self._folders: tuple[Path, ...] = ()
        self._seen: frozenset[tuple[str, int, int]] | None = None
        self._state: State | None = None

    def state(self) -> State:
        """Raises CorpusError when a file of the shelf cannot be read."""
        with self._lock:
            if self._state is None or self._marks() != self._seen:
                shelf = self._open()
                self._folders = shelf.folders
                self._seen = self._marks()
                self._state = State(shelf.fingerprint, {item.card.id: item.source for item in shelf})
            return self._state

    def _marks(self) -> frozenset[tuple[str, int, int]]:
        files = (
            path
            for folder in {*self._folders, self._own}
            for path in folder.rglob("*")
            if path.suffix in (".md", ".yaml")
        )
        return frozenset((str(path), (stat := path.stat()).st_mtime_ns, stat.st_size) for path in files)
