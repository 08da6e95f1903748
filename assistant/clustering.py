"""Which questions mean the same: their vectors against the middle of each group there is."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

ALIKE = 0.55
"""The cosine to a group's middle from which a question belongs to it. Of pairs of golden questions, this joins one in
eight that the same section answers, and two in a thousand that different articles answer."""


def unit(vector: Sequence[float] | Vector) -> Vector:
    """The vector at length one, so that a product of two is their cosine."""
    made = np.asarray(vector, dtype=np.float32)
    length = float(np.linalg.norm(made))
    return made / length if length else made


def middle(vectors: Sequence[Vector]) -> Vector:
    return unit(np.sum(vectors, axis=0))


def nearest(vector: Vector, middles: Mapping[int, Vector], least: float = ALIKE) -> int | None:
    """The group whose middle is closest; None when none is as close as `least`."""
    found = max(((float(vector @ other), -key) for key, other in middles.items()), default=(0.0, 0))
    return -found[1] if found[0] >= least else None
