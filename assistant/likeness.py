"""Emergencies told in words that no rule knows, by their likeness to ones that were told before.

The readable rules come first; this hears what they missed. What is denied, long past or only asked about is left
out before anything is compared, and an alarm names the rule whose message answers it. The weights are fitted by
`python -m benchmarks.fit_triage` and belong to one embedding model; with another one only the rules are used.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from assistant.language import Words
from assistant.lexicon import Reading
from assistant.model import AssistantError
from index.model import IndexNotReady

if TYPE_CHECKING:
    from index.embedding import Embedder

WEIGHTS = Path(__file__).with_name("likeness.npz")
SILENT = "silent"
VECTOR_SCALE = 4.5
"""Brings a unit vector to the size of the vocabularies beside it, which are 0 or 1."""

WORD_SCALE = 0.7
"""A single word says less than a vocabulary that clinicians put together."""

PART_DISCOUNT = 0.6
"""A long story has many sentences that could each be mistaken: one alone must come closer to certainty."""

_LONG = 22
_LONGEST_WHOLE = 45
"""A longer text adds up small signs of many sentences to an alarm that none of them is: it is read in stretches."""

_STRETCH = 30
_FEWEST = 4
_CLAUSE = 9
_MOST_PIECES = 12
_MOST_READ = 10
"""So many parts of a message are embedded: of long stories made for trying no fewer alarms were heard than with all."""


class Piece(NamedTuple):
    """A message, or one sentence of a long one, as far as it is meant, with the vocabularies that it uses."""

    text: str
    words: frozenset[str]
    uses: frozenset[str]
    part: bool = False


class Likely(NamedTuple):
    flag: str
    level: str
    trust: float
    said: str


def pieces(text: str, words: Words, reading: Reading, since: int = 0) -> list[Piece]:
    """What of a message is meant, whole and (of a long one) sentence by sentence; nothing where all is denied.

    A text of more than some sentences is never read whole, only in stretches of neighbouring sentences.

    Where nothing has to be left out the whole is `text` itself, so that its vector serves the search as well.
    Words before `since` belong to earlier messages: only what says something new is a piece.
    """
    meant = [i for i, is_meant in enumerate(reading.meant) if is_meant]
    used = _used(reading)
    if len(meant) < 2 or (since and not any(start >= since for start, _, _ in used)):
        return []
    whole = text if len(meant) == len(words.words) else " ".join(words.words[i] for i in meant)
    found: list[Piece] = []
    if since or len(meant) <= _LONGEST_WHOLE:
        names = frozenset(name for _, _, name in used)
        found.append(Piece(whole, frozenset(words.words[i] for i in meant), names))
    if len(words.words) > _LONG and not since:
        parts = [_piece(words, reading, used, first, last) for first, last in _parts(words)]
        telling = [part for part in parts if part.uses and len(part.text.split()) >= _FEWEST]
        found += sorted(telling, key=lambda part: -len(part.uses))[:_MOST_PIECES]
    if len(meant) > _LONGEST_WHOLE and not since:
        found += [_piece(words, reading, used, first, last) for first, last in _stretches(words, reading)]
    return found


def _used(reading: Reading) -> list[tuple[int, int, str]]:
    """Start, end and vocabulary of each use that is meant, in the order of the text."""
    return sorted(
        {
            (use.start, use.end, name)
            for name, uses in reading.uses.items()
            if name[0] != '"'
            for use in uses
            if not use.denied and not use.asked and reading.meant[use.start]
        }
    )


def _piece(
    words: Words, reading: Reading, used: Sequence[tuple[int, int, str]], first: int, last: int
) -> Piece:
    said = [words.words[i] for i in range(first, last) if reading.meant[i]]
    there = used[bisect_left(used, (first,)) : bisect_left(used, (last,))]
    names = frozenset(name for _, end, name in there if end <= last)
    return Piece(" ".join(said), frozenset(said), names, part=True)


def _parts(words: Words) -> Iterator[tuple[int, int]]:
    """The sentences of a text, long ones cut where a clause ends."""
    first = 0
    for i in range(1, len(words.words)):
        clause_ends = words.clause[i] != words.clause[i - 1] and i - first >= _CLAUSE
        if clause_ends or words.sentence[i] != words.sentence[first]:
            yield first, i
            first = i
    yield first, len(words.words)


def _stretches(words: Words, reading: Reading) -> Iterator[tuple[int, int]]:
    """Neighbouring sentences, as many as are no longer than a message that is read whole."""
    starts = [i for i in range(len(words.words)) if not i or words.sentence[i] != words.sentence[i - 1]]
    ends = [*starts[1:], len(words.words)]
    reached = 0
    for k, first in enumerate(starts):
        last = next((end for end in reversed(ends[k:]) if sum(reading.meant[first:end]) <= _STRETCH), ends[k])
        if last > reached and sum(reading.meant[first:last]) >= _FEWEST:
            reached = last
            yield first, last


@dataclass(frozen=True, slots=True)
class Weights:
    """One column for each way of answering: silence, or a step of a rule as "flag@level"."""

    embedder: str
    answers: tuple[str, ...]
    vocabularies: tuple[str, ...]
    words: tuple[str, ...]
    matrix: NDArray[np.float32]
    constant: NDArray[np.float32]
    threshold: float
    made_from: str = ""

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Weights":
        try:
            with np.load(path, allow_pickle=False) as kept:
                return cls(
                    str(kept["embedder"]),
                    tuple(map(str, kept["answers"])),
                    tuple(map(str, kept["vocabularies"])),
                    tuple(map(str, kept["words"])),
                    kept["matrix"].astype(np.float32) * kept["scale"],
                    kept["constant"],
                    float(kept["threshold"]),
                    str(kept["made_from"]),
                )
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise AssistantError(
                f"{path} cannot be read ({error}). Fit it with: python -m benchmarks.fit_triage"
            ) from error

    def trust(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each row the probability of each answer."""
        raw = features @ self.matrix + self.constant
        raw = np.exp(raw - raw.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = raw / raw.sum(axis=1, keepdims=True)
        return shares

    def alarmed(self, shares: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each row of `trust` the probability of any alarm."""
        alarmed: NDArray[np.float32] = 1 - shares[:, self.answers.index(SILENT)]
        return alarmed


def features(
    vectors: Sequence[Sequence[float]],
    found: Sequence[Piece],
    vocabularies: Sequence[str],
    known: Sequence[str],
) -> NDArray[np.float32]:
    """For each piece its vector, the vocabularies of the rules that it uses, and its plain words."""
    used = np.array([[name in piece.uses for name in vocabularies] for piece in found], dtype=np.float32)
    said = np.array([[word in piece.words for word in known] for piece in found], dtype=np.float32)
    return np.hstack([np.asarray(vectors, dtype=np.float32) * VECTOR_SCALE, used, said * WORD_SCALE])


def bars(found: Sequence[Piece], threshold: float) -> NDArray[np.float32]:
    """How sure each piece must be."""
    raised = PART_DISCOUNT * (1 - threshold)
    return np.array([threshold + raised * piece.part for piece in found], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Callable: the likeliest alarm of some pieces, or None. `embedder` may raise IndexNotReady."""

    weights: Weights
    embedder: "Callable[[], Embedder]"

    def __call__(self, found: Sequence[Piece]) -> Likely | None:
        found = self._promising(found)
        if not found:
            return None
        try:
            embedder = self.embedder()
            if embedder.fingerprint != self.weights.embedder:
                return None
            # The first alone and as a query: the search that follows has its vector then.
            vectors = [embedder.embeddings.embed_query(found[0].text)]
            if len(found) > 1:
                vectors += embedder.embeddings.embed_documents([piece.text for piece in found[1:]])
        except IndexNotReady:
            return None
        shares = self.weights.trust(features(vectors, found, self.weights.vocabularies, self.weights.words))
        alarmed = self.weights.alarmed(shares)
        over = alarmed - bars(found, self.weights.threshold)
        best = int(over.argmax())
        if over[best] < 0:
            return None
        shares[:, self.weights.answers.index(SILENT)] = 0
        flag, _, level = self.weights.answers[int(shares[best].argmax())].partition("@")
        return Likely(flag, level, float(alarmed[best]), found[best].text)

    def _promising(self, found: Sequence[Piece]) -> Sequence[Piece]:
        """The whole, and of many parts those whose words alone speak most for an alarm: a vector is what costs."""
        whole = [piece for piece in found if not piece.part]
        parts = list(dict.fromkeys(piece for piece in found if piece.part))
        if len(parts) <= _MOST_READ:
            return whole + parts
        known = self.weights.vocabularies, self.weights.words
        dimension = len(self.weights.matrix) - sum(map(len, known))
        vectorless = [[0.0] * dimension] * len(parts)
        alarmed = self.weights.alarmed(self.weights.trust(features(vectorless, parts, *known)))
        best = sorted(alarmed.argsort()[::-1][:_MOST_READ])
        return whole + [parts[i] for i in best]
