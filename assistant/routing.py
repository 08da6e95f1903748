"""Which kind of message this is: something to look up, or something for the desk, a courtesy, or none of ours.

The rules are data (`routes.yaml`) that staff can read and edit. Red flags were looked for before, by `safety`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

from assistant.model import AssistantError, Route, Subject, Turn
from assistant.tongues import tongue
from assistant.topics import topics

RULES = Path(__file__).with_name("routes.yaml")

_MEANT = {
    "u": "you", "ur": "your", "r": "are", "shld": "should", "cld": "could", "wld": "would", "pls": "please",
    "plz": "please", "appt": "appointment", "apt": "appointment", "tmrw": "tomorrow", "wat": "what",
    "gonna": "going to", "wanna": "want to", "mins": "minutes", "hrs": "hours", "abt": "about",
}  # fmt: skip
_TYPED = re.compile(rf"\b(?:{'|'.join(_MEANT)})\b")
# The parts of a message that are routed on their own, and how a part begins that asks something.
_PARTS = re.compile(r"[.!?;,\n]+|\b(?:and|also|plus|btw|but)\b")
_ASKS = re.compile(
    r"(?:so |then )?(?:do|does|is|are|can|could|should|will|would|whats?|hows?|why|when|which)\b"
)
_QUOTES = str.maketrans({"’": "", "‘": "", "'": "", "“": '"', "”": '"'})


@dataclass(frozen=True, slots=True)
class _Rule:
    """`whole` rules must explain the whole message, up to politeness; others may stand anywhere in it."""

    id: str
    subject: Subject
    text: str | None
    says: re.Pattern[str]
    unless: re.Pattern[str] | None
    whole: bool

    def holds(self, text: str) -> bool:
        found = self.says.fullmatch(text) if self.whole else self.says.search(text)
        return found is not None and not (self.unless and self.unless.search(text))


@dataclass(frozen=True, slots=True)
class Router:
    """The first rule that holds decides; a message that no rule knows is a question for the articles."""

    rules: tuple[_Rule, ...]
    other_language: Mapping[str, str]

    @classmethod
    def load(cls, path: Path = RULES, placeholders: Mapping[str, str] | None = None) -> "Router":
        """Raises AssistantError naming the rule that cannot be read."""
        written = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        names = dict(placeholders or {})
        words = {name: re.sub(r"\|\s+", "|", listed) for name, listed in written["words"].items()}
        return cls(
            tuple(_rule(item, words, names) for item in written["rules"]),
            {code: _filled(text, names, code) for code, text in written["other_language"].items()},
        )

    def __call__(self, text: str, turns: Sequence[Turn] = ()) -> Route:
        if (language := tongue(text)) != "en":
            return Route(
                "other_language", language, self.other_language.get(language, self.other_language["other"])
            )
        said = plain(text)
        route = self._routed(said)
        if route.subject in ("booking", "price"):
            return next((r for part in _PARTS.split(said) if (r := self._asks(part)) is not None), route)
        return route

    def _routed(self, said: str) -> Route:
        for rule in self.rules:
            if rule.holds(said):
                return Route(rule.subject, rule.id, rule.text)
        return Route("knowledge", "default")

    def _asks(self, part: str) -> Route | None:
        """The route of one part of a message, if that part asks something the articles may answer."""
        route = self._routed(part.strip())
        asks = _ASKS.match(part.strip()) and topics(part)
        return route if asks and route.subject in ("knowledge", "personal_clinical") else None


def plain(text: str) -> str:
    """Small letters, no apostrophes, single spaces, and no marks at the ends: what the rules are matched against."""
    text = _TYPED.sub(lambda match: _MEANT[match.group()], text.translate(_QUOTES).casefold())
    return re.sub(r"\s+", " ", text).strip(' .!?,;:)("-~*')


def _rule(item: Mapping[str, Any], words: Mapping[str, str], names: Mapping[str, str]) -> _Rule:
    id = str(item.get("id", "a rule without id"))
    subject: Any = item.get("subject")
    if subject not in get_args(Subject):
        raise AssistantError(
            f"routes.yaml: {id} has the subject {subject!r}. Use one of {get_args(Subject)}."
        )
    whole = bool(item.get("whole"))
    pattern = _joined(item.get("says") or (), words, id)
    return _Rule(
        id,
        subject,
        _filled(item["text"], names, id) if item.get("text") else None,
        _compiled(rf"(?:{_POLITE})*(?:{pattern})(?:{_POLITE})*" if whole else rf"\b(?:{pattern})", id),
        _compiled(rf"\b(?:{_joined(item['unless'], words, id)})", id) if item.get("unless") else None,
        whole,
    )


_POLITE = (
    r"[\s.!?,;:)(]+|\b(?:hi|hey|hello|hiya|ok|okay|oh|so|well|and|please|pls|plz|thanks|thank you|thx|ty|sorry|"
    r"then|there|um|lol|haha|but|just|yes|yeah|no)\b"
)


def _joined(parts: Sequence[str], words: Mapping[str, str], id: str) -> str:
    def named(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise AssistantError(
                f"routes.yaml: {id} names <{match[1]}>, which `words` does not have. Add it there."
            )
        return f"(?:{words[match[1]]})"

    return "|".join(re.sub(r"<(\w+)>", named, part) for part in parts)


def _compiled(pattern: str, id: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise AssistantError(
            f"routes.yaml: {id} cannot be read as a pattern: {error}. Mend it there."
        ) from None


def _filled(text: str, names: Mapping[str, str], id: str) -> str:
    try:
        return " ".join(text.split()).format_map(names)
    except KeyError as missing:
        raise AssistantError(
            f"routes.yaml: {id} names {{{missing.args[0]}}}, which no setting has."
        ) from None
