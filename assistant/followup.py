"""From a follow-up ("and how often?") to a question that stands alone, with the topic of the one before. No model."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from assistant.model import Turn

LEXICON = Path(__file__).with_name("topics.yaml")
LONGEST = 400

_QUOTES = str.maketrans({"’": "'", "‘": "'"})
_NEW_TOPIC = re.compile(
    r"^.{0,40}?\b(?:(?:totally |completely )?(?:different|another|new|other|unrelated|separate) (?:question|topic|thing)|"
    r"change (?:of|the) (?:topic|subject)|on (?:a|another) (?:different )?(?:note|topic))\b[\s:,.–-]*",
    re.IGNORECASE,
)
_ABOUT_THE_REPLY = re.compile(
    r"^(?:\W|and|but|ok|okay|so|wait|hmm|huh|lol)*(?:"
    r"(?:where|how)(?: did| do|'d)? (?:you|u|that|this|it) (?:get|know|find|come|from)\b.*|says who|who says.*|"
    r"(?:what(?:'s| is| are)? (?:your|the|ur) )?(?:source|sources|reference|references|citation|evidence|proof)\b.*|"
    r"(?:are )?(?:you|u) (?:really |quite |so )?(?:sure|certain|positive)\b.*|really|is (?:that|this) (?:really )?(?:true|right|correct|so)|"
    r"(?:tell me |say |explain )?more(?: please| about (?:that|it|this))?|(?:can|could) you (?:explain|elaborate|say more|expand).*|"
    r"go on|continue|explain(?: that| it| this| please)*|i (?:don't|dont|do not) (?:get|understand)(?: it| that| this)*|what do you mean.*|why(?: is that| not)?|how so|how come"
    r")\W*$",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"^(?:\W|no|nope|sorry|oops|actually|i mean|wait|not that)*\b(?:i (?:meant|mean|was asking about|asked about)|not .{1,40}?[,;] (?:but )?|make that)\s+",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"^(?:\W|and|or|but|ok|okay|so|then)*(?:(?:what|how) about|(?:what|how) (?:abt|bout)|same (?:for|with)|(?:and|or|also) (?!(?:how|what|why|when|who|where|which|does|do|is|are|can|could|should|will|would|did)\b)(?:for |with |in |on )?|what if it(?:'s| is)|does that (?:apply|go) (?:to|for)|is (?:that|it) the same (?:for|with))\s*(?=\S)",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:it|its|it's|that|this|these|those|they|them|their|one|ones|either|neither|both|which|the other|there)\b",
    re.IGNORECASE,
)
_POINTS_AT = re.compile(
    r"\b(?:(?:those|these|them|the) (?:two|both|ones)|it|that|this|these|those|they|them)\b(?! (?:a|the|my|your|way|time|day|week|month|year)\b)",
    re.IGNORECASE,
)
_OPENS_MIDWAY = re.compile(
    r"^(?:\W)*(?:and|but|or|so|also|then|ok|okay|what if|what about|how about)\b", re.IGNORECASE
)
_OF_THE_DESK = ("courtesy", "referral", "emergency")


def standalone(text: str, turns: Sequence[Turn] = ()) -> str:
    """`text` as a question that can be searched without the conversation.

    A question that names its own topic is left as it is. One that leans on the conversation gets the topic of
    the last question that was looked up; one that doubts or asks for the source is that question again.
    """
    said = " ".join(text.translate(_QUOTES).split())
    before = _looked_up(turns)
    if (fresh := _NEW_TOPIC.sub("", said, count=1).strip()) and fresh != said:
        return fresh[:LONGEST] if len(fresh.split()) > 1 else said
    if not before or len(said.split()) > 30:
        return said
    if _ABOUT_THE_REPLY.match(said):
        return before
    topic = _topic(turns, before)
    if (corrected := _CORRECTION.sub("", said, count=1)) != said or (
        _INSTEAD.match(said) and len(said.split()) <= 8
    ):
        return _with_instead(_INSTEAD.sub("", corrected, count=1), before, topic)
    midway = _OPENS_MIDWAY.match(said) and _POINTS_AT.search(said)
    if not _leans(said) or (topics(said) and not midway):
        return said
    if not topic:
        return _joined(said, before)
    opened = _OPENS_MIDWAY.sub("", said, count=1).strip(" ,")
    if _POINTS_AT.search(opened):
        return _POINTS_AT.sub(topic, opened, count=1)[:LONGEST]
    return f"{opened.rstrip(' ?.!')} – {topic}"[:LONGEST]


def topics(text: str) -> tuple[str, ...]:
    """The topics named in `text`, by their names in topics.yaml: the longest wording first found at each place."""
    known, pattern = _lexicon()
    return tuple(
        dict.fromkeys(known[match.group().lower()][0] for match in pattern.finditer(text.translate(_QUOTES)))
    )


def _leans(said: str) -> bool:
    return bool(_LEANS.search(said) or _OPENS_MIDWAY.match(said)) or len(said.split()) <= 5


def _looked_up(turns: Sequence[Turn]) -> str:
    """The last question that was about something, as it was searched."""
    for turn in reversed(turns):
        if turn.kind not in _OF_THE_DESK and (turn.standalone or turn.text):
            asked = turn.standalone or turn.text
            if topics(asked) or turn is turns[0] or turn.kind == "answer":
                return asked
    return ""


def _topic(turns: Sequence[Turn], before: str) -> str:
    """What the question before was about, in the visitor's own words; else what the reply was about."""
    for text in (before, *(text for turn in reversed(turns) for text in (*turn.titles, turn.replied[:200]))):
        if found := _named(text):
            return _phrase(found)
    return ""


def _with_instead(other: str, before: str, topic: str) -> str:
    """The question before, asked about something else: its topic of the same kind makes room for the new one."""
    other = other.strip(" ?.!,")
    known, pattern = _lexicon()
    for name in topics(other):
        kind = known[name.lower()][1]
        same = [match for match in pattern.finditer(before) if known[match.group().lower()][1] == kind]
        if same:
            return f"{before[: same[0].start()]}{other}{before[same[0].end() :]}"[:LONGEST]
    return _joined(other, before)


def _joined(said: str, before: str) -> str:
    return f"{before.rstrip(' ?.!')} – {said}"[:LONGEST]


def _named(text: str) -> list[tuple[str, str]]:
    """(wording, kind) of each topic in `text`, each topic once."""
    known, pattern = _lexicon()
    found: dict[str, tuple[str, str]] = {}
    for match in pattern.finditer(text.translate(_QUOTES)):
        name, kind = known[match.group().lower()]
        found.setdefault(name, (match.group(), kind))
    return list(found.values())


def _phrase(named: Sequence[tuple[str, str]]) -> str:
    """ "massage for low back pain"; things of one kind side by side: "cupping or dry needling"."""
    done = [word for word, kind in named if kind in ("technique", "practical")][:2]
    troubles = [word for word, kind in named if kind == "condition"][:2]
    parts = [word for word, kind in named if kind == "body part"][:1]
    return " for ".join(" or ".join(side) for side in (done, troubles or parts) if side)


@cache
def _lexicon() -> tuple[Mapping[str, tuple[str, str]], re.Pattern[str]]:
    """wording → (name, kind), and the pattern that finds any wording, longer ones first."""
    written = yaml.load(LEXICON.read_text("utf-8"), yaml.CSafeLoader)
    known = {
        wording.lower(): (name, kind)
        for kind, entries in written.items()
        for name, others in entries.items()
        for wording in (name, *others)
    }
    wordings = sorted(known, key=len, reverse=True)
    return known, re.compile(rf"\b(?:{'|'.join(map(re.escape, wordings))})\b", re.IGNORECASE)
