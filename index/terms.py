"""What a text is searched by: the stems of its words, without the little ones, and their synonyms."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from index.model import IndexNotReady

# Words that say nothing of what a question is about. "Not", "often" and "long" do.
STOP_WORDS = frozenset(
    """
    a about above after again aint all also am an and any are arent as at be because been before being
    below between both but by can cannot cant could couldnt d did didnt do does doesnt doing don done
    dont down each else for from further get gets getting give go goes going gonna got had hadnt has
    hasnt have havent having he hello her here heres hers hi him his how hows i id if im in into is isn
    isnt it its ive just let ll m ma may me might more most much must my need of off ok okay on once
    only or other our ours out over own please re really s same shall she should shouldnt so some such t
    tell than thank thanks that thats the their theirs them then there theres these they theyre thing
    things this those through to too under until up us ve very wanna want was wasnt we were werent what
    whats when where wheres whether which while who whom whos why will with wont would wouldnt you your
    youre yours
    """.split()
)

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_APOSTROPHES = str.maketrans("’‘ʼ`", "''''")


def words(text: str) -> list[str]:
    """The words of a text in order, in small letters and without accents; stop words are left out."""
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    found = (word.removesuffix("'s").replace("'", "") for word in WORD.findall(plain))
    return [word for word in found if word not in STOP_WORDS]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in words(text))


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


Phrase = tuple[str, ...]
"""A synonym as a sequence of stems."""


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Groups of phrases that visitors and clinicians use for one thing.

    `others` maps each phrase to the rest of its group.
    """

    others: dict[Phrase, tuple[Phrase, ...]]

    def within(self, query: Sequence[str]) -> list[tuple[range, tuple[Phrase, ...]]]:
        """The places in a row of stems where a known phrase stands, with its synonyms; longer ones first."""
        longest = max(map(len, self.others), default=0)
        found: list[tuple[range, tuple[Phrase, ...]]] = []
        for size in range(min(longest, len(query)), 0, -1):
            for start in range(len(query) - size + 1):
                others = self.others.get(tuple(query[start : start + size]))
                place = range(start, start + size)
                if others and not any(set(place) <= set(taken) for taken, _ in found):
                    found.append((place, others))
        return found


def synonyms(groups: Iterable[Iterable[str]]) -> Synonyms:
    others: dict[Phrase, tuple[Phrase, ...]] = {}
    for group in groups:
        phrases = tuple(dict.fromkeys(stems(phrase) for phrase in group))
        for phrase in phrases:
            if not phrase or phrase in others:
                raise IndexNotReady(
                    f"synonyms.yaml has “{' '.join(phrase)}” (as stems) twice, or a phrase of stop words "
                    "alone. Join the groups, or drop the phrase."
                )
            others[phrase] = tuple(other for other in phrases if other != phrase)
    return Synonyms(others)


@cache
def shipped_synonyms() -> Synonyms:
    """The table beside this module, which a clinician can edit; it is read anew by every process."""
    groups = yaml.load((Path(__file__).parent / "synonyms.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return synonyms(groups)
