"""Small honest stand-ins with the shape of the real thing."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from index.embedding import Embedder, estimated_length
from index.model import IndexNotReady
from index.vectors import Matrix


class HashingEmbeddings(Embeddings):
    """Texts that share words are similar; nothing is learnt. Remembers what it was asked to embed."""

    def __init__(self, size: int = 64) -> None:
        self.size = size
        self.texts: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts += texts
        return [self._embed(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._embed(text)

    def _embed(self, text: str) -> list[float]:
        vector = np.full(self.size, 1e-3)
        for word in re.findall(r"\w+", text.casefold()):
            vector[crc32(word.encode()) % self.size] += 1
        return [float(number) for number in vector / np.linalg.norm(vector)]


def hashing_embeddings() -> HashingEmbeddings:
    """For settings: embedder = "python:fakes:hashing_embeddings"."""
    return HashingEmbeddings()


def hashing_embedder(name: str = "hashing", size: int = 64) -> Embedder:
    return Embedder(name, HashingEmbeddings(size), estimated_length, 256)


class MemoryStore:
    """Vectors in memory, by generation."""

    def __init__(self) -> None:
        self.generations: dict[str, MemoryVectors] = {}

    def create(self, directory: Path, generation: str) -> "MemoryVectors":
        self.generations[generation] = MemoryVectors()
        return self.generations[generation]

    def open(self, directory: Path, generation: str) -> "MemoryVectors":
        if generation not in self.generations:
            raise IndexNotReady(f"{generation} has no vectors. Build anew with: assistant index build --full")
        self.generations[generation].users += 1
        return self.generations[generation]

    def forget(self, generation: str) -> None:
        self.generations.pop(generation, None)


class MemoryVectors:
    def __init__(self) -> None:
        self.users = 1
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._kinds: dict[str, str] = {}

    def add(self, ids: Sequence[str], vectors: Matrix, facts: Sequence[Mapping[str, str]]) -> None:
        for id, vector, fact in zip(ids, vectors, facts, strict=True):
            self._vectors[id] = vector / np.linalg.norm(vector)
            self._kinds[id] = fact["kind"]

    def fetch(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        return {id: self._vectors[id] for id in ids if id in self._vectors}

    def nearest(
        self, vector: Sequence[float], n: int, kinds: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        asked = np.asarray(vector) / np.linalg.norm(vector)
        found = [
            (id, float(asked @ stored))
            for id, stored in self._vectors.items()
            if kinds is None or self._kinds[id] in kinds
        ]
        return sorted(found, key=lambda item: -item[1])[:n]

    def count(self) -> int:
        return len(self._vectors)

    def close(self) -> None:
        self.users -= 1
