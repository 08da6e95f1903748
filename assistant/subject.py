"""Whether a question is about what the articles are about at all, by its vector.

A passage may share a question's words and still be about something else ("weak knees" on a first date). What the
whole question is like is told by a quadratic form of its vector, fitted over questions that the corpus answers,
questions of other fields of medicine, and everyday ones: `python -m benchmarks.fit_confidence`. A plane alone cannot
part them, for what is ours (heels, consent, cookies, fees) has no one direction. The weights belong to one embedding
model; with another one nothing is said either way.
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
UNKNOWN = 0.75
"""What is said where nothing is known: three of four questions that the articles answer are told more."""


@dataclass(frozen=True, slots=True)
class Weights:
    """`directions` are rows of the length of a vector, and `curves` what the square of a vector's share in each counts."""

    embedder: str
    directions: NDArray[np.float32]
    curves: NDArray[np.float32]
    vector: NDArray[np.float32]
    constant: float

    def __call__(self, vector: NDArray[np.float32]) -> float:
        bent = np.square(self.directions @ vector) @ self.curves
        return float(bent + vector @ self.vector) + self.constant

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Weights":
        try:
            with np.load(path, allow_pickle=False) as kept:
                directions, curves, vector = (
                    kept[name].astype(np.float32) for name in ("directions", "curves", "vector")
                )
                return cls(str(kept["embedder"]), directions, curves, vector, float(kept["constant"]))
        except (OSError, ValueError, KeyError) as error:
            raise AssistantError(
                f"{path} cannot be read ({error}). Fit it with: python -m benchmarks.fit_confidence"
            ) from error

    def save(self, path: Path = WEIGHTS) -> None:
        np.savez(
            path,
            embedder=self.embedder,
            directions=self.directions.astype(np.float16),
            curves=self.curves.astype(np.float16),
            vector=self.vector.astype(np.float16),
            constant=self.constant,
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """Callable: how far a question is on the side of soft tissue therapy (above 0) or another; UNKNOWN when that is not
    known.

    `read` makes of what was typed what is embedded, as the search does: its words set right.
    """

    weights: Weights
    embedder: "Callable[[], Embedder]"
    read: Callable[[str], str] = str

    def __call__(self, question: str) -> float:
        try:
            embedder = self.embedder()
            if embedder.fingerprint != self.weights.embedder:
                return UNKNOWN
            vector = np.asarray(embedder.embeddings.embed_query(self.read(question)), dtype=np.float32)
        except IndexNotReady:
            return UNKNOWN
        return self.weights(vector / np.linalg.norm(vector))
