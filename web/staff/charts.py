"""Bars drawn by the server: where each one stands, for a template to write as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log10

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, BOTTOM, TOP = 8, 36, 24, 8
"""The numbers stand at the newest end, which is what a small screen shows first."""


@dataclass(frozen=True, slots=True)
class Bar:
    series: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines` are (height on the page, number beside it), `labels` (place, text) under the bars."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, int], ...]
    labels: tuple[tuple[float, str], ...]


def stacked(columns: Sequence[tuple[str, Mapping[str, int]]], series: Sequence[str]) -> Chart:
    """A column for each (label, numbers by series), the series stacked from below in their order."""
    step = _step(max((sum(numbers.values()) for _, numbers in columns), default=0))
    top = max(step, step * ceil(max((sum(n.values()) for _, n in columns), default=0) / step))
    room = HEIGHT - BOTTOM - TOP
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    width = min(44.0, slot * 0.72)
    bars: list[Bar] = []
    for place, (_, numbers) in enumerate(columns):
        foot = float(HEIGHT - BOTTOM)
        for name in series:
            height = numbers.get(name, 0) / top * room
            if height:
                foot -= height
                x = LEFT + place * slot + (slot - width) / 2
                bars.append(Bar(name, round(x, 1), round(foot, 1), round(width, 1), round(height, 1)))
    lines = tuple((HEIGHT - BOTTOM - n / top * room, n) for n in range(0, top + 1, step))
    every = ceil(len(columns) / 8)
    labels = tuple(
        (LEFT + (place + 0.5) * slot, label)
        for place, (label, _) in enumerate(columns)
        if place % every == (len(columns) - 1) % every
    )
    return Chart(tuple(bars), lines, labels)


def _step(most: int) -> int:
    """A round distance between lines, so that there are at most five."""
    if most <= 5:
        return 1
    size: int = 10 ** int(log10(most))
    return next(
        step
        for step in (max(1, size // 10), size // 5, size // 4, size // 2, size, 2 * size)
        if step and most / step <= 5
    )
