"""The judged questions of `sentences/judged.yaml`: which sentences the best reply to each would show."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("sentences") / "judged.yaml"


@dataclass(frozen=True, slots=True)
class Judged:
    """`ideal` and `fine` are (section, how the sentence begins); `reader` is who judged, by number.

    `answered` is "full", "part" or "no"; `sections` are those whose sentences were judged at all.
    """

    question: str
    reader: int
    answered: str
    ideal: tuple[tuple[str, str], ...]
    fine: tuple[tuple[str, str], ...]
    sections: frozenset[str]


def read() -> list[Judged]:
    groups = yaml.load(FILE.read_text("utf-8"), yaml.CSafeLoader)
    return [
        Judged(
            item["question"],
            reader,
            item["answered"],
            _named(item["ideal"]),
            _named(item["fine"]),
            frozenset(item["judged"]),
        )
        for reader, items in enumerate(groups.values())
        for item in items
    ]


def _named(told: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((section, beginning) for section, _, beginning in (one.partition(" ") for one in told))


def holds(named: Sequence[tuple[str, str]], section: str, sentence: str) -> bool:
    """True when the sentence is one of those `named`."""
    plain = " ".join(sentence.split())
    return any(section == known and plain.startswith(beginning) for known, beginning in named)


def worth(judged: Judged, shown: Sequence[tuple[str, str]]) -> float:
    """How good (0 to 1) the sentences (section, text) are as a reply: van Rijsbergen's F1 over the ideal ones, where fine
    ones neither help nor harm. Where nothing should be said, silence is worth 1."""
    if judged.answered == "no" or not judged.ideal:
        return float(not shown)
    right = sum(holds(judged.ideal, *one) for one in shown)
    wrong = sum(not holds(judged.ideal, *one) and not holds(judged.fine, *one) for one in shown)
    return 2 * right / (right + wrong + len(judged.ideal)) if right else 0.0
