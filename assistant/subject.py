"""Whether a question is about what the articles are about at all, by its vector.

A passage may share a question's words and still be about something else ("weak knees" on a first date). What the
whole question is like is told by a logistic fit over questions that the corpus answers, questions of other fields of
medicine, and everyday ones: `python -m benchmarks.fit_confidence`. The weights belong to one embedding model; with
another one nothing is said either way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.model import AssistantError
from index.model import IndexNotReady

if TYPE_CHECKING:
    from index.embedding import Embedder

WEIGHTS = Path(__file__).with_name("subject.npz")
UNKNOWN = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    embedder: str
    vector: NDArray[np.float32]
    constant: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Weights":
        try:
            with np.load(path, allow_pickle=False) as kept:
                vector = kept["vector"].astype(np.float32)
                return cls(str(kept["embedder"]), vector, float(kept["constant"]))
        except (OSError, ValueError, KeyError) as error:
            raise AssistantError(
                f"{path} cannot be read ({error}). Fit it with: python -m benchmarks.fit_confidence"
            ) from error

    def save(self, path: Path = WEIGHTS) -> None:
        np.savez(path, embedder=self.embedder, vector=self.vector.astype(np.float16), constant=self.constant)


@dataclass(frozen=True, slots=True)
class Subject:
    """Callable: the logarithm of the odds that a question is about soft tissue therapy; 0 when that is not known."""

    weights: Weights
    embedder: "Callable[[], Embedder]"

    def __call__(self, question: str) -> float:
        try:
            embedder = self.embedder()
            if embedder.fingerprint != self.weights.embedder:
                return UNKNOWN
            vector = np.asarray(embedder.embeddings.embed_query(question), dtype=np.float32)
        except IndexNotReady:
            return UNKNOWN
        return float(vector @ self.weights.vector) + self.weights.constant
