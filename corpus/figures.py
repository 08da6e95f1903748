"""Numbers in articles, held against what the cited works found."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from corpus.model import Reference

CLINIC = "clinic"
"""The kind of a reference that stands for the clinic's own guidance."""

_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split(),
        start=1,
    )
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90"}

# Part of a name and no figure: telephone numbers, "C7", "COVID-19", "type 2", "stage 1".
_NAME = re.compile(
    r"\b\d+(?:-\d+){2,}\b|\b\d{3}-\d{4}\b|\b(?:type|stage|grade|level|class|omega)[ -]\d+\b|"
    r"\b[A-Za-z]+-?\d+\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+(?:[.·]\d+)?)|\b(" + "|".join(_WORDS) + r")\b", re.IGNORECASE
)
_PER_HUNDRED = re.compile(r"\b(?:in|of|out of(?: every)?) 100\b")
_UNIT = re.compile(
    r"(?: (?:more|fewer|small|large|randomi[sz]ed|controlled|clinical|older))* ?([a-z%]+)", re.IGNORECASE
)

_SIZES = frozenset("trial trials study studies people participants adults patients children".split())
_MEASURES = _SIZES | frozenset(
    "second seconds minute minutes hour hours day days week weeks month months year years "
    "time times session sessions visit visits point points percent per".split()
)


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in plain digits; `unit` the word that follows it, in small letters, or empty."""

    value: str
    unit: str
    in_words: bool = False

    @property
    def is_measured(self) -> bool:
        """Whether it states a measure. "Four groups" in words only counts what the sentence itself lists, and "one
        trial" or "the two weeks" is no figure at all."""
        return not self.in_words or (self.unit in _MEASURES and self.value not in ("1", "2"))


def figures(text: str) -> list[Figure]:
    """The numbers that a text states, in order."""
    plain = _PER_HUNDRED.sub("per cent", _NAME.sub(" ", text))
    found = []
    for match in _FIGURE.finditer(plain):
        digits, word = match.groups()
        value = _WORDS[word.casefold()] if word else digits.replace(",", "").replace("·", ".")
        unit = _UNIT.match(plain, match.end())
        found.append(Figure(_trimmed(value), unit[1].casefold() if unit else "", bool(word)))
    return found


def _trimmed(value: str) -> str:
    return value.rstrip("0").rstrip(".") if "." in value else value


def unsupported(sentence: str, works: Iterable[Reference]) -> list[str]:
    """The numbers of a sentence that no finding of the works it cites holds.

    Nothing where one of them is the clinic's own guidance, which has no finding to hold a number.
    """
    works = tuple(works)
    if not works or any(work.kind == CLINIC for work in works):
        return []
    held = {figure.value for work in works for figure in figures(f"{work.finding} {work.year or ''}")}
    return [figure.value for figure in figures(sentence) if figure.is_measured and figure.value not in held]


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence of an article, with the keys that it cites."""

    article: str
    heading: str
    sentence: str
    keys: tuple[str, ...]


def conflicts(
    stated: Iterable[Stated], references: Mapping[str, Reference]
) -> Iterator[tuple[Stated, Stated, str]]:
    """Pairs of articles that give one work two different sizes: (one, other, what they disagree about).

    Only sentences that cite a single work are compared, and only numbers of trials and people: a work has one of each
    for one question, while it may well hold several numbers of weeks. Two numbers that its finding holds are two
    questions.
    """
    sizes: dict[tuple[str, str], dict[str, Stated]] = defaultdict(dict)
    for item in stated:
        if len(item.keys) == 1 and item.keys[0] in references:
            for figure in figures(item.sentence):
                if figure.unit in _SIZES:
                    sizes[item.keys[0], figure.unit].setdefault(figure.value, item)
    for (key, unit), by_value in sizes.items():
        held = {figure.value for figure in figures(references[key].finding)}
        for (value, item), (other_value, other) in combinations(by_value.items(), 2):
            if item.article != other.article and not {value, other_value} <= held:
                yield item, other, f"{value} and {other_value} {unit} for [@{key}]"
