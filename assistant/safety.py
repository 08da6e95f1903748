"""Red flags: whether a message tells of an emergency, and the fixed words to answer it with.

The rules are data (`red_flags.yaml`) that a clinician can read and edit; `likeness` adds the alarms that they
missed, in the words of the same rules. Nothing here searches or writes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from assistant.language import Words, is_yes, question, word_set, words
from assistant.lexicon import Reading, Use, Uses
from assistant.likeness import Likely, Piece, pieces
from assistant.model import Alarm, AssistantError, Level, Turn
from assistant.numbers import NUMBERS
from assistant.red_flags import LEVELS, Name, RedFlags, Rule, Sign, Step, red_flags
from assistant.senses import LONG_AGO, PRESENT, WEEKS_AGO, asked
from corpus import strict_yaml
from corpus.model import CorpusError

RULES = Path(__file__).with_name("red_flags.yaml")

_TURNS_BACK = 3
_LONGEST = 16_384
_LONGEST_EARLIER = 1_000
_SHORT = 12
_NEW_TOPIC = re.compile(
    r"\b(?:different|another|new|unrelated|separate) (?:question|topic|subject|matter)\b|\bsomething else\b"
    r"|\bchang\w+ (?:the )?(?:topic|subject)\b|\bon (?:another|a different) note\b",
    re.IGNORECASE,
)
_WISHES = word_set("should shall can could would will may do does is are what which how where when any")
_SOUNDED = re.compile(r"\b(?:9-1-1|9-8-8|emergency department|poison control)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caution:
    """A sign that raises no alarm but needs a clinician in the coming days."""

    flag: str
    message: str
    sources: tuple[str, ...]
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a message tells: its alarms, gravest first, and the first sign that a clinician should look at."""

    alarms: tuple[Alarm, ...]
    caution: Caution | None

    @property
    def alarm(self) -> Alarm | None:
        return next(iter(self.alarms), None)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A text read against the vocabularies; the words before `since` are earlier messages."""

    words: Words
    reading: Reading
    uses: Uses
    since: int = 0

    def quoted(self, uses: Sequence[Use]) -> tuple[str, ...]:
        said = self.words.words
        return tuple(dict.fromkeys(" ".join(said[use.start : use.end]) for use in sorted(uses)))


@dataclass(frozen=True, slots=True)
class _Finding:
    rule: Rule
    step: Step
    because: tuple[str, ...]
    tongue: str

    @property
    def rank(self) -> int:
        return LEVELS.index(self.step.level)


@dataclass(frozen=True, slots=True)
class Triage:
    """Callable: the gravest alarm of a message, or None. `findings` gives all of it. `likeness` hears what the
    rules missed."""

    flags: RedFlags
    likeness: Callable[[Sequence[Piece]], Likely | None] | None = None

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        numbers: Mapping[str, str] = NUMBERS,
        likeness: Callable[[Sequence[Piece]], Likely | None] | None = None,
    ) -> "Triage":
        """A fault in the file is an `AssistantError` that names the rule and the key."""
        source = path or RULES
        try:
            data = strict_yaml.load(source.read_text(encoding="utf-8"), str(source))
        except OSError as error:
            raise AssistantError(
                f"{source} cannot be read ({error.strerror}). Restore the rules file."
            ) from error
        except CorpusError as error:
            raise AssistantError(str(error)) from error
        return cls(red_flags(data, numbers), likeness)

    def __call__(self, text: str, turns: Sequence[Turn] = ()) -> Alarm | None:
        return self.findings(text, turns).alarm

    def findings(self, text: str, turns: Sequence[Turn] = ()) -> Findings:
        """Reads the message once. An alarm that only resembles others is raised where no rule raises one."""
        text = text[:_LONGEST]
        heard = self._heard(text)
        ruled = self._ruled(text, turns, heard)
        alarming = [finding for finding in ruled if finding.step.level != LEVELS[-1]]
        caution = next((finding for finding in ruled if finding.step.level == LEVELS[-1]), None)
        return Findings(
            tuple(
                Alarm(f.rule.flag, cast(Level, f.step.level), self._message(f), f.rule.sources, f.because)
                for f in alarming or self._resembling(text, turns, heard)
            ),
            Caution(caution.rule.flag, caution.step.message, caution.rule.sources, caution.because)
            if caution
            else None,
        )

    def _message(self, finding: _Finding) -> str:
        line = self.flags.lines.get(finding.tongue, {}).get(finding.step.level)
        return f"{finding.step.message}\n\n{line}" if line else finding.step.message

    def _ruled(self, text: str, turns: Sequence[Turn], heard: _Heard) -> list[_Finding]:
        found = {f.rule.flag: f for f in self._raised(heard)}
        for finding in self._joined(text, turns):
            known = found.get(finding.rule.flag)
            if known is None or finding.rank < known.rank:
                found[finding.rule.flag] = finding
        order = {rule.flag: i for i, rule in enumerate(self.flags.rules)}
        return sorted(found.values(), key=lambda f: (f.rank, order[f.rule.flag]))

    def _joined(self, text: str, turns: Sequence[Turn]) -> Iterator[_Finding]:
        """What a message tells only together with the turns before it.

        An alarm that those turns already raised, and that they were answered with, is not raised again.
        """
        recent = turns[-_TURNS_BACK:]
        if not recent or _NEW_TOPIC.search(text):
            return
        earlier = "\n".join(turn.text[-_LONGEST_EARLIER:] for turn in recent) + "\n"
        told: dict[str, int] = {}
        if any(_was_alarm(turn) for turn in recent):
            told = {f.rule.flag: f.rank for f in self._raised(self._heard(earlier))}
        agreed = is_yes(text)
        if not agreed and any(map(_was_alarm, recent)) and _only_asks(text):
            return
        now = f"{question(recent[-1].replied)}\n{text}" if agreed else text
        for finding in self._raised(self._heard(now, earlier, asserted=agreed)):
            if finding.rank < told.get(finding.rule.flag, len(LEVELS)):
                yield finding

    def _resembling(self, text: str, turns: Sequence[Turn], heard: _Heard) -> Iterator[_Finding]:
        if self.likeness is None:
            return
        found = self.likeness(_pieces(text, heard))
        if found is None and turns and len(text.split()) <= _SHORT and not _NEW_TOPIC.search(text):
            # A short message may only tell together with the one before it.
            earlier = turns[-1].text[-_LONGEST_EARLIER:]
            if not _was_alarm(turns[-1]) and self.likeness(_pieces(earlier, self._heard(earlier))) is None:
                earlier += "\n"
                found = self.likeness(_pieces(earlier + text, self._heard(text, earlier)))
        for rule in self.flags.rules:
            for step in rule.steps:
                if found and (rule.flag, step.level) == (found.flag, found.level):
                    yield _Finding(
                        rule, step, (f"like other tellings ({found.trust:.2f}): {found.said}",), ""
                    )

    def _heard(self, text: str, earlier: str = "", asserted: bool = False) -> _Heard:
        since = len(words(earlier).words) if earlier else 0
        read = words(earlier + text)
        reading = self.flags.lexicon.read(read, asserted_from=since if asserted else None)
        return _Heard(read, reading, _standing(reading.uses, self.flags.ended_by), since)

    def _raised(self, heard: _Heard) -> Iterator[_Finding]:
        for rule in self.flags.rules:
            found = _step(rule, heard)
            if found:
                step, because = found
                tongue = next((use.tongue for use in because if use.tongue), "")
                yield _Finding(rule, step, heard.quoted(because), tongue)


def _pieces(text: str, heard: _Heard) -> list[Piece]:
    return pieces(text, heard.words, heard.reading, heard.since)


def _standing(uses: Uses, ended_by: Mapping[str, tuple[str, ...]]) -> Uses:
    """The uses without the excuses that what is told after them has ended."""
    standing = dict(uses)
    for name, excuses in ended_by.items():
        last = max((use.end for use in _meant(("new", name), uses)), default=0)
        for excuse in excuses if last else ():
            standing[excuse] = [use for use in uses.get(excuse, ()) if use.end > last]
    return standing


def _step(rule: Rule, heard: _Heard) -> tuple[Step, tuple[Use, ...]] | None:
    """The highest step of a rule that the message reaches, be it with signs told in earlier messages."""
    first, *higher = rule.steps
    base = _found(first.signs, heard, heard.since)
    ground = base or (_found(first.signs, heard, 0) if heard.since else None)
    if ground is None:
        return None
    for step in sorted(higher, key=lambda step: LEVELS.index(step.level)):
        more = _found(step.signs, heard, 0 if base else heard.since)
        if more is not None:
            return step, (*ground, *more)
    return (first, base) if base else None


def _only_asks(text: str) -> bool:
    """Whether every word is curiosity: nothing of it is said to be so of anybody."""
    said = words(text)
    return bool(said.words) and len(asked(said)) == len(said.words)


def _was_alarm(turn: Turn) -> bool:
    return turn.kind == "emergency" or (turn.kind is None and bool(_SOUNDED.search(turn.replied)))


def _found(signs: Sequence[Sign], heard: _Heard, since: int) -> tuple[Use, ...] | None:
    """The uses that fulfil one of the signs, at least one of them from word `since` on."""
    return next((because for sign in signs if (because := _fulfilled(sign, heard, since)) is not None), None)


def _fulfilled(sign: Sign, heard: _Heard, since: int) -> tuple[Use, ...] | None:
    if not all(any(name in heard.uses for _, name in group) for group in sign.groups):
        return None
    groups = [[use for name in group for use in _meant(name, heard.uses)] for group in sign.groups]
    for first in groups[0]:
        chosen = [first]
        for group in groups[1:]:
            near = [use for use in group if _distance(first, use, heard.since) <= sign.near]
            if not near:
                break
            chosen.append(min(near, key=lambda use: (use.start < since, _distance(first, use, heard.since))))
        if len(chosen) < len(groups) or all(use.start < since for use in chosen):
            continue
        if not any(
            _distance(first, use, heard.since) <= sign.near and _excuses(use, chosen, heard)
            for name in sign.unless
            for use in _meant(name, heard.uses)
        ):
            return tuple(chosen)
    return None


def _excuses(use: Use, chosen: Sequence[Use], heard: _Heard) -> bool:
    """Whether an excuse belongs to a sign: it stands in the same sentences, or it is told after them.

    What was told before is about something else ("I had surgery years ago. My calf is hot."), and so is what is wished
    for after ("Should I stretch?").
    """
    sentence = heard.words.sentence
    there = sentence[use.start]
    if there > max(sentence[sign.start] for sign in chosen):
        return heard.words.words[sentence.index(there)] not in _WISHES
    return there >= min(sentence[sign.start] for sign in chosen)


def _meant(name: Name, uses: Uses) -> Iterator[Use]:
    sense, vocabulary = name
    oldest = {"new": PRESENT, "ever": LONG_AGO}.get(sense, WEEKS_AGO)
    return (
        use
        for use in uses.get(vocabulary, ())
        if not use.denied and use.age <= oldest and (sense == "asked" or not use.asked)
    )


def _distance(one: Use, other: Use, since: int) -> int:
    """Words between; none between an earlier message and this one."""
    if (one.start < since) != (other.start < since):
        return 0
    return max(0, max(one.start, other.start) - min(one.end, other.end))
