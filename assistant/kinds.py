"""Which kind of message one is, by its likeness to others that were told apart before.

The readable rules of `routes.yaml` come first; this hears what they missed, in whatever words. Each kind is a rule of
that file, whose reply answers it, or `ours`: a question for the articles. The weights are fitted by
`python -m benchmarks.fit_kinds` and belong to one embedding model; with another one only the rules are used.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from assistant.model import AssistantError
from assistant.personal import signs
from assistant.topics import mentions
from index.model import IndexNotReady

if TYPE_CHECKING:
    from index.embedding import Embedder

WEIGHTS = Path(__file__).with_name("kinds.npz")
OURS = "ours"
LONGEST = 60
"""A message of more words tells a story: its first words do not say what kind it is."""

VECTOR_SCALE = 3.0
"""Brings a unit vector to the size of the words and signs beside it, which are 0 or 1."""

WORD_SCALE = 0.7
_WORD = re.compile(r"[a-z0-9$]+")
_NAMED = ("techniques", "conditions", "body parts", "people")


@dataclass(frozen=True, slots=True)
class Weights:
    """One column for each kind. `words` are single words, pairs of neighbours ("a b") and first words ("^a")."""

    embedder: str
    kinds: tuple[str, ...]
    words: tuple[str, ...]
    matrix: NDArray[np.float32]
    constant: NDArray[np.float32]
    made_from: str = ""

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Weights":
        try:
            with np.load(path, allow_pickle=False) as kept:
                return cls(
                    str(kept["embedder"]),
                    tuple(map(str, kept["kinds"])),
                    tuple(map(str, kept["words"])),
                    kept["matrix"].astype(np.float32) * kept["scale"],
                    kept["constant"],
                    str(kept["made_from"]),
                )
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise AssistantError(
                f"{path} cannot be read ({error}). Fit it with: python -m benchmarks.fit_kinds"
            ) from error

    def save(self, path: Path = WEIGHTS) -> None:
        scale = np.maximum(np.abs(self.matrix).max(axis=0), 1e-6) / 127
        np.savez_compressed(
            path,
            embedder=np.array(self.embedder),
            kinds=np.array(self.kinds),
            words=np.array(self.words),
            matrix=np.round(self.matrix / scale).astype(np.int8),
            scale=scale.astype(np.float32),
            constant=np.round(self.constant, 3),
            made_from=np.array(self.made_from),
        )

    def shares(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each row the probability of each kind."""
        raw = rows @ self.matrix + self.constant
        raw = np.exp(raw - raw.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = raw / raw.sum(axis=1, keepdims=True)
        return shares


def words(text: str) -> frozenset[str]:
    """The words of a text in small letters, each two neighbours, and the first one marked."""
    found = _WORD.findall(text.casefold().replace("’", "").replace("'", ""))
    pairs = (f"{one} {other}" for one, other in pairwise(found))
    return frozenset((*found, *pairs, *(f"^{word}" for word in found[:1])))


def features(
    texts: Sequence[str], vectors: Sequence[Sequence[float]], known: Sequence[str]
) -> NDArray[np.float32]:
    """For each text its vector, the known words that it uses, which topics of ours it names and whom it asks for."""
    used = [words(text) for text in texts]
    said = np.array([[word in own for word in known] for own in used], dtype=np.float32)
    told = np.array([_told(text) for text in texts], dtype=np.float32)
    return np.hstack([np.asarray(vectors, dtype=np.float32) * VECTOR_SCALE, said * WORD_SCALE, told])


def _told(text: str) -> tuple[bool, ...]:
    named = {found.kind for found in mentions(text)}
    return (*(kind in named for kind in _NAMED), *signs(text))


@dataclass(frozen=True, slots=True)
class Kinds:
    """Callable: the share of each kind in what a message may be; nothing where that cannot be told."""

    weights: Weights
    embedder: "Callable[[], Embedder]"

    def __call__(self, text: str) -> Mapping[str, float]:
        if not text.strip() or len(text.split()) > LONGEST:
            return {}
        try:
            embedder = self.embedder()
            if embedder.fingerprint != self.weights.embedder:
                return {}
            # As it was typed and as a query: what was read for its safety or is searched for has this vector.
            vector = embedder.embeddings.embed_query(text)
        except IndexNotReady:
            return {}
        shares = self.weights.shares(features([text], [vector], self.weights.words))[0]
        return dict(zip(self.weights.kinds, map(float, shares), strict=True))
