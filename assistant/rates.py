"""Shares with what their counts allow to say of them."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `of`; for a mean (`is_mean`) the sum of what was averaged."""

    count: float
    of: int
    is_mean: bool = False

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of Wilson EB, J Am Stat Assoc. 1927;22(158):209-212. None for a mean."""
        if not self.of or self.is_mean:
            return None
        n, p, z = self.of, self.count / self.of, Z95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if self.share is None:
            return "–"
        if self.interval is None:
            return f"{self.share:.3f} (n={self.of})"
        low, high = self.interval
        return f"{self.share:.3f} ({self.count:.0f}/{self.of}) {low:.2f}–{high:.2f}"
