"""The finer views of each passage: what it is asked by, and each of its sentences.

One vector for a whole passage blurs what it says. So its heading, other ways to ask for it (`Passage.asked`) and its
sentences have vectors of their own: a question is held against all of them, and the answer is put together from the
sentences nearest to it. They are kept as one array beside the vectors of the passages, in half precision, which moves
a cosine by less than 0.001.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.sentences import sentences
from index.model import IndexNotReady, Passage

FOLDER = "views"
_ALL = -1
"""What a way to ask for a passage asks for, where it is no sentence of it."""

Matrix = NDArray[np.float32]


def questions(passage: Passage) -> tuple[str, ...]:
    """What a passage is asked by: its heading, and the other ways to ask for it."""
    return (passage.trail[-1], *passage.asked)


def said(passage: Passage) -> tuple[str, ...]:
    """The sentences of a passage in order."""
    return tuple(passage.text[start:end] for start, end in sentences(passage.text))


def texts(passage: Passage) -> tuple[str, ...]:
    """All that is embedded of a passage beside itself, in the order of its rows."""
    return (*said(passage), *questions(passage))


def write(directory: Path, passages: Sequence[Passage], vectors: Mapping[str, Matrix]) -> None:
    """Store the rows of `vectors` (those of `texts`, by passage id) in the new folder `directory`/views."""
    folder = directory / FOLDER
    folder.mkdir()
    counts = [len(said(passage)) for passage in passages]
    found = [vectors[passage.id] for passage in passages]
    _Rows.write(folder, "sentences", [rows[:count] for rows, count in zip(found, counts, strict=True)])
    _Rows.write(folder, "questions", [rows[count:] for rows, count in zip(found, counts, strict=True)])
    asked_of = [(_ALL, *(passage.asked_of or (_ALL,) * len(passage.asked))) for passage in passages]
    np.save(folder / "asked-of.npy", np.concatenate(asked_of).astype(np.int32))


class _Rows:
    """Unit vectors in groups, one group a passage, none of them empty."""

    def __init__(self, folder: Path, name: str) -> None:
        self._vectors = np.load(folder / f"{name}.npy", mmap_mode="r")
        self._starts = np.load(folder / f"{name}-starts.npy")

    @staticmethod
    def write(folder: Path, name: str, groups: Sequence[Matrix]) -> None:
        np.save(folder / f"{name}.npy", _unit(np.concatenate(groups)).astype(np.float16))
        np.save(folder / f"{name}-starts.npy", np.cumsum([0, *map(len, groups)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def of(self, row: int) -> Matrix:
        found: Matrix = self._vectors[self._starts[row] : self._starts[row + 1]].astype(np.float32)
        return found

    def all(self) -> Matrix:
        found: Matrix = self._vectors[:].astype(np.float32)
        return found

    def cosines(self, asked: Matrix, rows: Sequence[int]) -> list[Matrix]:
        """Of a unit vector to each vector of these groups."""
        spans = [np.arange(self._starts[row], self._starts[row + 1]) for row in rows]
        found = self._vectors[np.concatenate(spans)].astype(np.float32) @ asked
        return np.split(found, np.cumsum([len(span) for span in spans])[:-1])

    def span(self, row: int) -> slice:
        """Where the vectors of a group stand among all."""
        return slice(self._starts[row], self._starts[row + 1])

    def best(self, cosines: Matrix) -> Matrix:
        """The highest of each group, given those of all vectors in order."""
        found: Matrix = np.maximum.reduceat(cosines, self._starts[:-1])
        return found


class Views:
    """The views of a generation, opened. A passage is addressed by its row among the passages."""

    def __init__(self, directory: Path) -> None:
        folder = directory / FOLDER
        try:
            self._sentences, self._questions = _Rows(folder, "sentences"), _Rows(folder, "questions")
            self._asked_of: NDArray[np.int32] = np.load(folder / "asked-of.npy")
        except (OSError, ValueError, EOFError) as error:
            raise IndexNotReady(
                f"{folder} cannot be read ({error}). Build anew with: assistant index build --full"
            ) from error
        self._asked = self._questions.all()

    def __len__(self) -> int:
        return len(self._sentences)

    def of(self, row: int) -> Matrix:
        """All vectors of a passage, as `texts` has them."""
        return np.concatenate((self._sentences.of(row), self._questions.of(row)))

    def asked_alike(
        self, vector: Matrix, n: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        """The `n` passages whose heading or other ways to ask are most like `vector`, best first, with the cosine."""
        best = self._questions.best(self._asked @ _unit(vector))
        if among is not None:
            best[~among] = -1.0
        rows = np.argpartition(-best, min(n, len(best)) - 1)[:n]
        rows = rows[np.argsort(-best[rows], kind="stable")]
        return [(int(row), float(best[row])) for row in rows if best[row] > -1.0]

    def cosines(self, vector: Matrix, rows: Sequence[int]) -> tuple[list[Matrix], list[float], list[Matrix]]:
        """For each passage of `rows`: the cosine of `vector` to each of its sentences, to the nearest of the ways it is
        asked for, and to the nearest of the ways to ask for each sentence (0 where there is none)."""
        if not rows:
            return [], [], []
        asked = _unit(vector)
        sentences, questions = self._sentences.cosines(asked, rows), self._questions.cosines(asked, rows)
        of_each = []
        for row, said, ways in zip(rows, sentences, questions, strict=True):
            places = self._asked_of[self._questions.span(row)]
            nearest = np.zeros_like(said)
            np.maximum.at(nearest, places[places >= 0], ways[places >= 0])
            of_each.append(nearest)
        return sentences, [float(ways.max()) for ways in questions], of_each


def _unit(vectors: Matrix) -> Matrix:
    lengths: Matrix = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Matrix = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit
