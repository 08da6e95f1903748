"""The rules of `red_flags.yaml` as values. Every fault in the file is told with its rule and key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal, cast

from assistant.lexicon import Lexicon
from assistant.model import AssistantError

NEAR = 40
LEVELS = ("911", "emergency_department", "support_line", "same_day", "referral")
"""Gravest first. A "referral" raises no alarm: it needs a clinician, not a doctor today."""

Sense = Literal["", "new", "ever", "asked"]
Name = tuple[Sense, str]


@dataclass(frozen=True, slots=True)
class Sign:
    """Vocabularies that are all used (one of each group) within `near` words, with none of `unless` about."""

    groups: tuple[tuple[Name, ...], ...]
    unless: tuple[Name, ...]
    near: int


@dataclass(frozen=True, slots=True)
class Step:
    level: str
    message: str
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """`steps` begins with the rule's own level; a later one takes over when its signs are there as well."""

    flag: str
    steps: tuple[Step, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RedFlags:
    """`lines` holds, for a language and a level, the sentence that is added for a visitor who wrote in it.

    `ended_by` holds, for a vocabulary that ends excuses, those that it ends.
    """

    rules: tuple[Rule, ...]
    lexicon: Lexicon
    lines: Mapping[str, Mapping[str, str]]
    ended_by: Mapping[str, tuple[str, ...]]


def red_flags(data: Any, numbers: Mapping[str, str]) -> RedFlags:
    """What the file's data mean; numbers replace the {placeholders} of its messages."""
    data = _mapping(
        data,
        "the file",
        {"words", "spelling", "real_words", "ended_by", "languages", "rules"},
        {"words", "rules"},
    )
    words = _mapping(data["words"], "words")
    for name, entries in words.items():
        if not isinstance(entries, list):
            raise _fault(f"words: {name}", "is not a list of phrases")
    lexicon = Lexicon(words, _mapping(data.get("spelling", {}), "spelling"), data.get("real_words", ()))
    lines = {
        tongue: {
            level: _filled(f"languages: {tongue}: {level}", line, numbers)
            for level, line in _mapping(by_level, f"languages: {tongue}", set(LEVELS)).items()
        }
        for tongue, by_level in _mapping(data.get("languages", {}), "languages").items()
    }
    rules = tuple(
        _rule(flag, entry, lexicon, numbers) for flag, entry in _mapping(data["rules"], "rules").items()
    )
    ended_by = {
        name: tuple(excuse for _, excuse in _names(f"ended_by: {name}", [*excuses, name], lexicon)[:-1])
        for name, excuses in _mapping(data.get("ended_by", {}), "ended_by").items()
    }
    return RedFlags(rules, lexicon, lines, ended_by)


def _rule(flag: str, entry: Any, lexicon: Lexicon, numbers: Mapping[str, str]) -> Rule:
    keys = {"may_mean", "level", "message", "signs", "unless", "escalate", "sources"}
    entry = _mapping(entry, flag, keys, {"may_mean", "level", "message", "signs", "sources"})
    sources = entry["sources"]
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources) or not sources:
        raise _fault(f"{flag}: sources", "is not a list of source ids or addresses")
    unless = _lookalikes(f"{flag}: unless", entry.get("unless", []), lexicon)
    steps = [_step(flag, entry, entry["signs"], unless, lexicon, numbers)]
    for i, higher in enumerate(entry.get("escalate", ())):
        where = f"{flag}: escalate {i + 1}"
        higher = _mapping(higher, where, {"level", "when", "message"}, {"level", "when", "message"})
        step = _step(where, higher, higher["when"], (), lexicon, numbers)
        if LEVELS.index(step.level) >= LEVELS.index(steps[0].level):
            raise _fault(f"{where}: level", f"is {step.level}, which is not above {steps[0].level}")
        steps.append(step)
    return Rule(flag, tuple(steps), tuple(sources))


def _step(
    where: str,
    entry: Mapping[str, Any],
    signs: Any,
    unless: tuple[Name, ...],
    lexicon: Lexicon,
    numbers: Mapping[str, str],
) -> Step:
    if entry["level"] not in LEVELS:
        raise _fault(f"{where}: level", f"is {entry['level']!r}, not one of {', '.join(LEVELS)}")
    if not isinstance(signs, list) or not signs:
        raise _fault(f"{where}: signs", "is not a list of signs")
    return Step(
        entry["level"],
        _filled(f"{where}: message", entry["message"], numbers),
        tuple(_sign(f"{where}: sign {i + 1}", sign, unless, lexicon) for i, sign in enumerate(signs)),
    )


def _sign(where: str, sign: Any, unless: tuple[Name, ...], lexicon: Lexicon) -> Sign:
    near = NEAR
    if not isinstance(sign, str):
        sign = _mapping(sign, where, {"all", "unless", "near"}, {"all"})
        unless = (*unless, *_lookalikes(f"{where}: unless", sign.get("unless", []), lexicon))
        near, sign = sign.get("near", NEAR), sign["all"]
    groups = tuple(_names(where, group.split(" | "), lexicon) for group in str(sign).split(" + "))
    return Sign(groups, unless, int(near))


def _names(where: str, said: Any, lexicon: Lexicon) -> tuple[Name, ...]:
    if not isinstance(said, Sequence) or isinstance(said, str):
        raise _fault(where, "is not a list of vocabularies")
    return tuple(_name(where, str(name).split(), lexicon) for name in said)


def _lookalikes(where: str, said: Any, lexicon: Lexicon) -> tuple[Name, ...]:
    """As names of a sign, but what is told of the past excuses as well."""
    return tuple((sense or "ever", name) for sense, name in _names(where, said, lexicon))


def _name(where: str, said: list[str], lexicon: Lexicon) -> Name:
    sense: Sense = ""
    if len(said) == 2 and said[0] in ("new", "ever", "asked"):
        sense, said = cast(Sense, said[0]), said[1:]
    if len(said) != 1 or said[0] not in lexicon:
        raise _fault(where, f"names {' '.join(said)!r}, which is not a vocabulary")
    return sense, said[0]


def _filled(where: str, message: Any, numbers: Mapping[str, str]) -> str:
    if not isinstance(message, str) or not message.strip():
        raise _fault(where, "is empty")
    unknown = {name for _, name, _, _ in Formatter().parse(message) if name is not None} - set(numbers)
    if unknown:
        raise _fault(where, f"has {{{', '.join(sorted(unknown))}}}, which is no known telephone number")
    return message.format_map(numbers).strip()


def _mapping(
    value: Any, where: str, allowed: Iterable[str] | None = None, needed: Iterable[str] = ()
) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _fault(where, "is not a mapping")
    if unknown := set(value) - set(allowed if allowed is not None else value):
        raise _fault(where, f"has the unknown key {', '.join(sorted(map(str, unknown)))}")
    if missing := set(needed) - set(value):
        raise _fault(where, f"lacks {', '.join(sorted(missing))}")
    return value


def _fault(where: str, what: str) -> AssistantError:
    return AssistantError(f"Red flags: {where} {what}. Mend it in the rules file.")
