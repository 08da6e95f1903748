"""Folders of documents that the clinic keeps: each file in a form that `corpus add` takes too."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from corpus import licences
from corpus.connectors import files
from corpus.connectors.faults import NotThere, Unwanted
from corpus.connectors.pacing import Clock
from corpus.connectors.publication import Publication, RawItem, Ref, Stated
from corpus.connectors.site import from_document
from corpus.model import CorpusError

_TAKEN = frozenset((".md", ".markdown", ".txt", ".text", ".html", ".htm", ".xhtml", ".pdf", ".docx"))


@dataclass(frozen=True, slots=True)
class Folder:
    """`licence` is what the clinic vouches for where a file names no terms of its own."""

    path: Path
    licence: str = licences.OWN


class Folders:
    name = "files"

    def __init__(self, folders: Sequence[Folder], clock: Clock) -> None:
        self._folders = folders
        self._clock = clock

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]:
        given = 0
        for folder in self._folders:
            if not folder.path.is_dir():
                raise CorpusError(
                    f"There is no folder {folder.path}. Make it, or take it out of sources.folders."
                )
            for path in sorted(_within(folder.path)):
                changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
                if (since and changed < since) or not _has(query, path):
                    continue
                if given == limit:
                    return
                given += 1
                name = path.relative_to(folder.path).as_posix()
                yield Ref(
                    self.name, name, path.name, path.stem, {"path": str(path), "licence": folder.licence}
                )

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        if "path" not in ref.facts:
            raise NotThere(f"{ref.id} is in none of the folders any more. Nothing is to be done.")
        path = Path(ref.facts["path"])
        if path.suffix.lower() not in _TAKEN:
            raise Unwanted(f"{path.name} is of another kind than {files.TAKEN}.")
        data = files.contents(path)
        digest = hashlib.sha256(data).hexdigest()
        if known and known[1] == digest:
            return None
        return RawItem(ref, "", data, "", ref.address, self._clock.now(), digest, digest, ref.facts)

    def parse(self, raw: RawItem) -> Publication:
        found = files.read(raw.data, raw.ref.address)
        given = Stated("metadata", found.licence) if found.licence else Stated("manual", raw.facts["licence"])
        return from_document(found, raw, (given,))


def _within(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it, without hidden ones and those that an open document leaves beside it."""

    def cannot(error: OSError) -> None:
        raise CorpusError(
            f"{error.filename} cannot be read: {error.strerror}. Allow it to be read, or take it out of sources.folders."
        ) from None

    for root, folders, names in os.walk(folder, onerror=cannot):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found = (Path(root, name) for name in names if not name.startswith((".", "~$")))
        yield from (path for path in found if path.is_file())


def _has(query: str, path: Path) -> bool:
    """Whether the name of a file has one of the words asked for; without words every file is meant."""
    words = re.findall(r"\w{3,}", re.sub(r"\b(?:AND|OR|NOT)\b", " ", query).lower())
    return not words or any(word in path.stem.lower() for word in words)
