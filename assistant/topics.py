"""What a text speaks of: techniques, conditions, body parts and people, by the words of `topics.yaml`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from assistant.model import AssistantError
from index.terms import stem

TOPICS = Path(__file__).with_name("topics.yaml")

Kind = Literal["techniques", "conditions", "body parts", "people"]

_KINDS: tuple[Kind, ...] = ("techniques", "conditions", "body parts", "people")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class Mention(NamedTuple):
    """Where a topic is named, from the letter `start` up to `end`."""

    start: int
    end: int
    topic: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A short question that leans on another, and how to write it out; the texts hold {it} and {for_it}.

    `of_condition`: it asks about the condition even where a technique was named too ("will it come back?").
    """

    says: re.Pattern[str]
    technique: str | None
    condition: str | None
    of_condition: bool = False


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """`phrases` maps a row of stems to (topic, kind)."""

    phrases: Mapping[tuple[str, ...], tuple[str, Kind]]
    longest: int
    follow_ups: tuple[FollowUp, ...]
    again: re.Pattern[str]


@lru_cache(4096)
def topics(text: str) -> tuple[str, ...]:
    """What a text names, each thing once and by our own name, in the order of the text."""
    return tuple(dict.fromkeys(mention.topic for mention in mentions(text)))


def mentions(text: str) -> list[Mention]:
    """The topics of a text in order; a phrase within a longer one does not count."""
    known = _vocabulary()
    found = list(_WORD.finditer(text))
    stems = [_stem(word.group()) for word in found]
    taken: set[int] = set()
    named: list[Mention] = []
    for size in range(min(known.longest, len(stems)), 0, -1):
        for i in range(len(stems) - size + 1):
            topic = known.phrases.get(tuple(stems[i : i + size]))
            if topic is not None and taken.isdisjoint(range(i, i + size)):
                taken.update(range(i, i + size))
                named.append(Mention(found[i].start(), found[i + size - 1].end(), *topic))
    return sorted(named)


def follow_ups() -> tuple[FollowUp, ...]:
    return _vocabulary().follow_ups


def asks_again(said: str) -> bool:
    """Whether this only doubts what was said, asks where it is from, or asks for it once more."""
    return _vocabulary().again.fullmatch(said) is not None


def _stem(word: str) -> str:
    plain = word.lower().replace("’", "'").removesuffix("'s").replace("'", "")
    return str(stem(plain)) if len(plain) > 3 else plain  # "ims" is no plural of "im"


@cache
def _vocabulary() -> _Vocabulary:
    written = yaml.load(TOPICS.read_text("utf-8"), yaml.CSafeLoader)
    phrases: dict[tuple[str, ...], tuple[str, Kind]] = {}
    for kind in _KINDS:
        for topic, others in written[kind].items():
            for phrase in (topic, *others):
                key = tuple(_stem(word) for word in _WORD.findall(phrase))
                if phrases.get(key, (topic, kind)) != (topic, kind):
                    raise AssistantError(
                        f"topics.yaml: {phrase!r} stands under two topics. Keep one of them."
                    )
                phrases[key] = topic, kind
    again = _pattern("|".join(f"(?:{says})" for says in written["again"]))
    return _Vocabulary(phrases, max(map(len, phrases)), tuple(_follow_ups(written["follow_ups"])), again)


def _follow_ups(items: Sequence[Mapping[str, Any]]) -> Iterator[FollowUp]:
    for item in items:
        yield FollowUp(
            _pattern(item["says"]),
            item.get("technique"),
            item.get("condition"),
            item.get("first") == "condition",
        )


def _pattern(says: str) -> re.Pattern[str]:
    try:
        return re.compile(says)
    except re.error as error:
        raise AssistantError(
            f"topics.yaml: {says!r} cannot be read as a pattern: {error}. Mend it there."
        ) from None
