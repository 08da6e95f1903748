"""Where vectors are kept: a Chroma directory inside each generation, or a Chroma server by its URL."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from index.model import IndexNotReady

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.config import Settings

Matrix: TypeAlias = NDArray[np.float32]
"""One vector a row."""

_COLLECTION = "knowledge"
_SERVER = "chroma+"
_ROWS = 500  # at once; Chroma itself refuses more than 5,461


_HNSW: "CreateHNSWConfiguration" = {
    "space": "cosine",
    "ef_search": 200,
    # Texts that are nearly alike (a notice under many titles) cut each other off from the graph: with the
    # defaults (16, 100) a tenth of such passages could not be found by their own vectors.
    "max_neighbors": 48,
    "ef_construction": 200,
    "sync_threshold": 100,  # what was not synced, by default up to 1,000 rows, is read again at every opening
}


class Vectors(Protocol):
    """The vectors of one generation, by passage id."""

    def add(self, ids: Sequence[str], vectors: Matrix, facts: Sequence[Mapping[str, str]]) -> None:
        """Store vectors; `facts` (article, section, kind) are for whoever looks into the store."""

    def fetch(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The stored vectors of those ids that are there."""

    def nearest(
        self, vector: Sequence[float], n: int, kinds: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """The `n` passages of these kinds most similar to `vector`, best first, each with its cosine."""

    def count(self) -> int: ...

    def close(self) -> None: ...


class Store(Protocol):
    """Opens the vectors of a generation, which lives in `directory`."""

    def create(self, directory: Path, generation: str) -> Vectors: ...

    def open(self, directory: Path, generation: str) -> Vectors: ...

    def forget(self, generation: str) -> None:
        """Remove what is kept outside the directory of a generation that is gone; nothing is no fault."""


class Recent:
    """The vectors that `fetch` gives for rows, each fetched once until more than `most` are kept: then all are forgotten.

    May be asked from several threads, and never gives fewer than were asked for and `fetch` has.
    """

    def __init__(
        self, fetch: Callable[[Sequence[int]], Mapping[int, NDArray[np.float32]]], most: int
    ) -> None:
        self._fetch = fetch
        self._most = most
        self._kept: Mapping[int, NDArray[np.float32]] = {}

    def __call__(self, rows: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        kept = self._kept
        if len(kept) > self._most:
            kept = {}
        if new := [row for row in rows if row not in kept]:
            kept = {**kept, **self._fetch(new)}
            self._kept = kept  # replaced and never changed, for others may be reading it
        return {row: kept[row] for row in rows if row in kept}


class ChromaStore:
    """Chroma as `setting` says: "chroma", or "chroma+http://host:port" with a collection per generation.

    A client keeps serving what lay at its path when it first opened, even after the folder is replaced, and
    never sees rows that another process adds. So every generation has a path, or a collection, of its own.
    """

    def __init__(self, setting: str = "chroma") -> None:
        url = urlsplit(setting.removeprefix(_SERVER)) if setting.startswith(_SERVER) else None
        if setting != "chroma" and not (url and url.scheme in ("http", "https") and url.hostname):
            raise IndexNotReady(
                f"There is no vector store {setting!r}. Set index.vectors to chroma or chroma+http://host:port."
            )
        self._url = url

    def create(self, directory: Path, generation: str) -> "ChromaVectors":
        return ChromaVectors(self._client(directory), self._name(generation), create=True)

    def open(self, directory: Path, generation: str) -> "ChromaVectors":
        if not self._url and not (directory / "chroma").is_dir():
            raise IndexNotReady(
                f"{directory} holds no vectors. Build anew with: assistant index build --full"
            )
        return ChromaVectors(self._client(directory), self._name(generation))

    def forget(self, generation: str) -> None:
        if self._url:
            client = self._client(Path())
            if self._name(generation) in {collection.name for collection in client.list_collections()}:
                client.delete_collection(self._name(generation))
            _close(client)

    def _name(self, generation: str) -> str:
        return f"{_COLLECTION}-{generation}" if self._url else _COLLECTION

    def _client(self, directory: Path) -> "Client":
        import chromadb

        if not self._url:
            return cast("Client", chromadb.PersistentClient(directory / "chroma", _settings()))
        secure = self._url.scheme == "https"
        host, port = self._url.hostname or "", self._url.port or (443 if secure else 8000)
        try:
            return cast("Client", chromadb.HttpClient(host, port, ssl=secure, settings=_settings()))
        except ValueError as error:
            raise IndexNotReady(
                f"No Chroma server answers at {self._url.geturl()}. Start it, or correct index.vectors."
            ) from error


class ChromaVectors:
    """One Chroma collection with cosine distance; the passages' text is kept elsewhere."""

    def __init__(self, client: "Client", name: str, *, create: bool = False) -> None:
        from chromadb.errors import NotFoundError

        self._client = client
        # Without `embedding_function=None` Chroma would fetch a model of its own from the network.
        try:
            self._rows = (
                client.create_collection(
                    name,
                    embedding_function=None,
                    configuration={"hnsw": _HNSW},
                )
                if create
                else client.get_collection(name, embedding_function=None)
            )
        except NotFoundError as error:
            _close(client)
            raise IndexNotReady(
                f"Chroma has no collection {name}. Build anew with: assistant index build --full"
            ) from error

    def add(self, ids: Sequence[str], vectors: Matrix, facts: Sequence[Mapping[str, str]]) -> None:
        for start in range(0, len(ids), _ROWS):
            part = slice(start, start + _ROWS)
            self._rows.add(
                ids=list(ids[part]), embeddings=vectors[part], metadatas=[dict(fact) for fact in facts[part]]
            )

    def fetch(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        found: dict[str, NDArray[np.float32]] = {}
        for start in range(0, len(ids), _ROWS):
            with _answering():
                rows = self._rows.get(ids=list(ids[start : start + _ROWS]), include=["embeddings"])
            vectors = np.asarray(rows["embeddings"], dtype=np.float32)
            found.update(zip(rows["ids"], vectors, strict=True))
        return found

    def nearest(
        self, vector: Sequence[float], n: int, kinds: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        where: Any = None if kinds is None else {"kind": {"$in": sorted(kinds)}}
        with _answering():
            rows = self._rows.query(
                query_embeddings=[vector], n_results=n, where=where, include=["distances"]
            )
        distances = rows["distances"] or [[]]
        return [(id, 1.0 - distance) for id, distance in zip(rows["ids"][0], distances[0], strict=True)]

    def count(self) -> int:
        return self._rows.count()

    def close(self) -> None:
        _close(self._client)


@contextmanager
def _answering() -> Iterator[None]:
    from httpx import TransportError

    try:
        yield
    except TransportError as error:
        raise IndexNotReady(f"The Chroma server does not answer ({error}). Start it again.") from error


def _close(client: "Client") -> None:
    """Give back the ten files and ten megabytes of a client, and the connections that it forgets itself."""
    client.close()
    for part in (client, client._admin_client):
        # https://github.com/chroma-core/chroma/issues/2702
        session = getattr(getattr(part, "_server", None), "_session", None)
        if session is not None:
            session.close()


def _settings() -> "Settings":
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False, _env_file=None)  # type: ignore[call-arg]
