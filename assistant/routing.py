"""Which kind of message this is: something to look up, or something for the desk, a courtesy, or none of ours.

The rules are data (`routes.yaml`) that staff can read and edit. Red flags were looked for before, by `safety`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import yaml

from assistant.followup import standalone
from assistant.model import AssistantError, Route, Subject, Turn
from assistant.tongues import tongue
from assistant.topics import topics

RULES = Path(__file__).with_name("routes.yaml")

DESK: tuple[Subject, ...] = ("human_request", "booking", "price", "complaint")
SURE: Mapping[Subject, float] = {
    **dict.fromkeys(DESK, 0.65),
    "courtesy": 0.6,
    "personal_clinical": 0.3,
}
"""From this share of likeness on a message that no rule knows is of that kind. Below it, and for subjects that are not
here, it is answered if the articles can: `python -m benchmarks.fit_kinds` shows what each share costs."""

HINTED = 0.2
"""From this share on something else is said where there is no answer."""

BESIDE = 0.35
"""From this share on the desk is offered beside an answer; below it most messages are for the articles alone."""

OVERRULED = 0.9
"""From this share on likeness is believed more than a rule: a question is for the articles although a rule of the desk, or
one that calls it outside, holds (what that rule says stays beside the answer), and a request in which somebody tells of
their health is for the desk."""
_YIELDING = ("elsewhere", "animals")
"""The rules off topic that may be wrong; the others guard something."""

_MEANT = {
    "u": "you", "ur": "your", "r": "are", "shld": "should", "cld": "could", "wld": "would", "pls": "please",
    "plz": "please", "appt": "appointment", "apt": "appointment", "tmrw": "tomorrow", "wat": "what",
    "gonna": "going to", "wanna": "want to", "mins": "minutes", "hrs": "hours", "abt": "about",
}  # fmt: skip
_TYPED = re.compile(rf"\b(?:{'|'.join(_MEANT)})\b")
# The parts of a message that are routed on their own, and how a part begins that asks something.
_PARTS = re.compile(r"[.!?;,\n]+|\b(?:and|also|plus|btw|but)\b")
_SENTENCES = re.compile(r"[.!?;,\n]+")
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
    says: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    whole: bool

    def holds(self, text: str) -> bool:
        if self.says is None:
            return False
        found = self.says.fullmatch(text) if self.whole else self.says.search(text)
        return found is not None and not (self.unless and self.unless.search(text))


@dataclass(frozen=True, slots=True)
class Router:
    """The first rule that holds decides; a message that no rule knows is a question for the articles."""

    rules: tuple[_Rule, ...]
    other_language: Mapping[str, str]
    kinds: Callable[[str], Mapping[str, float]] | None = None
    """The share of each rule, by its id, in what a message that no rule knows may be; the rest is for the articles."""

    @classmethod
    def load(
        cls,
        path: Path = RULES,
        placeholders: Mapping[str, str] | None = None,
        kinds: Callable[[str], Mapping[str, float]] | None = None,
    ) -> "Router":
        """Raises AssistantError naming the rule that cannot be read."""
        written = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        names = dict(placeholders or {})
        words = {name: re.sub(r"\|\s+", "|", listed) for name, listed in written["words"].items()}
        return cls(
            tuple(_rule(item, words, names) for item in written["rules"]),
            {code: _filled(text, names, code) for code, text in written["other_language"].items()},
            kinds,
        )

    def __call__(self, text: str, turns: Sequence[Turn] = ()) -> Route:
        if (language := tongue(text)) != "en":
            return Route(
                "other_language", language, self.other_language.get(language, self.other_language["other"])
            )
        said = plain(text)
        route = self._routed(said)
        if route.subject in ("booking", "price"):
            asked = next((r for part in _PARTS.split(said) if (r := self._asks(part)) is not None), None)
            if asked is not None:
                return replace(asked, beside=route)
        fixed = route.subject not in ("knowledge", "personal_clinical", *DESK) and route.rule not in _YIELDING
        if fixed or not (shares := self._shares(text, turns)):
            return route
        return decided(route, [(self._named(id), share) for id, share in shares.items()])

    def _shares(self, text: str, turns: Sequence[Turn]) -> Mapping[str, float]:
        """What a message may be; one that leans on another ("by how much?") is heard with that one as well."""
        if self.kinds is None:
            return {}
        alone, whole = self.kinds(text), standalone(text, turns)
        if whole == text or not (together := self.kinds(whole)):
            return alone
        if not alone:
            return together
        return {kind: (alone[kind] + together[kind]) / 2 for kind in alone}

    def _named(self, id: str) -> Route:
        rule = next((rule for rule in self.rules if rule.id == id), None)
        return Route(rule.subject, id, rule.text) if rule else Route("knowledge", "default")

    def _routed(self, said: str) -> Route:
        for rule in self.rules:
            if rule.holds(said):
                return Route(rule.subject, rule.id, rule.text)
        pieces = [piece.strip() for piece in _SENTENCES.split(said) if piece.strip()]
        kind = [
            next((rule for rule in self.rules if rule.whole and rule.holds(piece)), None) for piece in pieces
        ]
        if (
            len(pieces) > 1
            and (last := kind[-1])
            and all(rule and rule.subject == "courtesy" for rule in kind)
        ):
            return Route(last.subject, last.id, last.text)
        return Route("knowledge", "default")

    def _asks(self, part: str) -> Route | None:
        """The route of one part of a message, if that part asks something the articles may answer."""
        route = self._routed(part.strip())
        asks = _ASKS.match(part.strip()) and topics(part)
        return route if asks and route.subject in ("knowledge", "personal_clinical") else None


def decided(route: Route, likely: Sequence[tuple[Route, float]]) -> Route:
    """`route`, or what it gives way to when the shares of `likely` are clear.

    The kinds of one subject add up, and all that is for the desk does. Where they are not clear it stays a question for
    the articles, with the likeliest other thing beside it.
    """
    sides: dict[Subject, list[tuple[Route, float]]] = {}
    for kind, share in likely:
        sides.setdefault("booking" if kind.subject in DESK else kind.subject, []).append((kind, share))
    together = {subject: sum(share for _, share in kinds) for subject, kinds in sides.items()}
    best = {subject: max(kinds, key=lambda kind: kind[1])[0] for subject, kinds in sides.items()}
    ours = together.get("knowledge", 0.0) + together.get("personal_clinical", 0.0)
    if route.subject not in ("knowledge", "personal_clinical"):
        if ours < OVERRULED:
            return route
        personal = together.get("personal_clinical", 0.0) >= SURE["personal_clinical"]
        return replace(best["personal_clinical"] if personal else Route("knowledge", "default"), beside=route)
    if route.subject == "personal_clinical":
        if together.get("booking", 0.0) >= OVERRULED:
            return best["booking"]
    else:
        sure = [subject for subject in SURE if together.get(subject, 0.0) >= SURE[subject]]
        if sure:
            route = best[max(sure, key=lambda subject: together[subject])]
        if route.subject not in ("knowledge", "personal_clinical"):
            return route
    enough = dict.fromkeys(together, HINTED) | {"booking": BESIDE, "knowledge": 2, "personal_clinical": 2}
    others = [subject for subject, share in together.items() if share >= enough[subject]]
    other = max(others, key=lambda subject: together[subject], default=None)
    return replace(route, beside=best[other]) if other else route


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
        _compiled(rf"(?:{_POLITE})*(?:{pattern})(?:{_POLITE})*" if whole else rf"\b(?:{pattern})", id)
        if pattern
        else None,
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
