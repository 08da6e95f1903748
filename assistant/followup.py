"""A question that stands alone, out of a message and the turns before it.

No model: what was spoken of is remembered by the words of `topics.yaml`, and only a message that leans on it
(a pronoun, "and …", "how often?") is completed. A question that says what it is about is never touched.
"""

import re
from collections.abc import Sequence

from assistant.cautions import RISKS
from assistant.leaning import BROAD, IT, SITES, own_words, pronoun_of, short, with_it
from assistant.model import Turn
from assistant.moves import (
    asks,
    compares,
    corrected,
    goes_on,
    new_topic,
    of_another,
    opening,
    other_side,
    picked,
    plain,
    tells_more,
    told,
    what_about,
)
from assistant.topics import Mention, asks_again, follow_ups, mentions, topics

LONGEST_LEANING = 160
"""A longer message says itself what it is about."""
_LONGEST_EARLIER = 160
_TURNS_BACK = 6

_SMALL = re.compile(
    r"""^(?:(?:for|with|in|on|using|doing|to|of|is|it|its|it's|about|a|an|the|my|your|his|her|instead|someone|people
    |when|if)\s+)+""",
    re.VERBOSE,
)
_TAIL = re.compile(
    r"[,\s]+(?:instead|then|though|tho|too|as well|please|pls|specifically|especially|in particular|rather|"
    r"not (?:the |my )?\w+(?: \w+)?)$",
    re.IGNORECASE,
)
_SIDED = re.compile(r"\b(?:left|right) $", re.IGNORECASE)
_SAYS_SIDE = re.compile(r"(?:left|right)\b", re.IGNORECASE)
_COMES_FROM = re.compile(
    r"(?:s|es|ing|ed)? (?:\w+ )?(?:after|from|with|caused by|because of|due to) (?:a |an |the |my )?"
)
_CAUSES = re.compile(r"\b(?:cause|leave|give|make|get|lead)")
_WHAT = re.compile(r"(?:(?:what|how|wat) (?:about )?(?=\w))?")
_POLITE_END = re.compile(
    r"(?: (?:please|pls|plz|though|tho|then|exactly|online|somewhere|(?:on|in|from) (?:the )?\w+(?: \w+)?))+$"
)
_HAS = re.compile(r"\b(?:have|has|had|got|i've|ive)\b")
_STUCK = re.compile(
    r"\b(?:question|ask|asking|wondering|want|need|looking|know|like|talk|speak|book|cancel|call)\b"
)


def standalone(text: str, turns: Sequence[Turn]) -> str:
    """The question to search for. Without turns, or when it needs none, this is `text` itself."""
    said = " ".join(text.split())
    return _resolved(said, _spoken_of(turns)) if turns else said


def _spoken_of(turns: Sequence[Turn]) -> str:
    """The question that a message may lean on: the latest one that has a topic, itself made whole."""
    earlier = ""
    for turn in turns[-_TURNS_BACK:]:
        if turn.kind == "courtesy":
            continue
        asked = turn.standalone or _resolved(" ".join(turn.text.split()), earlier)
        there = mentions(asked)
        if not any(mention.kind in ("techniques", "conditions") for mention in there):
            named = (*turn.titles, *topics(turn.replied))[:1] if turn.kind in (None, "answer") else ()
            if not there and (len(asked.split()) < 3 or not named):
                continue
            asked = f"{_clipped(asked)} ({named[0]})" if named else asked
        earlier = _clipped(asked)
    return earlier


def _resolved(text: str, earlier: str) -> str:
    said = plain(text)
    if (after := new_topic(said)) is not None:
        rest = text[after:].strip()
        return rest[opening(plain(rest)) :] or text
    start = opening(said)
    if not earlier or len(text) > LONGEST_LEANING or not _bare(said[start:]):
        return text[start:].strip() or text
    if (pick := picked(said[start:])) is not None and (one := _one_of(earlier, pick.last)):
        return _made_whole(text[start + pick.end :].strip(), one) if said[start + pick.end :] else one
    if _asks_again(said) or _asks_again(said[start:]):
        return earlier
    for begin in (0, start):
        if (instead := corrected(said[begin:])) is not None:
            meant = text[begin:][instead].strip()
            return (
                other_side(_bare(plain(meant)), earlier)
                or _exchanged(meant, earlier)
                or _made_whole(meant, earlier)
            )
        if (named := what_about(said[begin:])) is not None:
            new = text[begin + named :].strip()
            if other := _exchanged(new, earlier):
                return other
            if _is_bit(_bare(plain(new))):
                return f"{text[start:].strip()} ({short(earlier)})"
    return _made_whole(text[start:].strip(), earlier)


def _made_whole(text: str, earlier: str) -> str:
    """A message that neither doubts nor corrects, with what it leaves to the earlier question."""
    bare = _bare(plain(text))
    before = mentions(earlier)
    if (side := other_side(bare, earlier)) or (side := _whole(bare, before, plain(earlier))):
        return side
    if compares(bare):
        return f"{short(earlier)} {text}"
    if not asks(bare) and (other := _exchanged(text, earlier)):
        return other
    if _adds(bare):
        return f"{short(earlier)}, {_told(text)}{'?' if asks(plain(earlier)) else ''}"
    return with_it(text, bare, before, earlier)


def _one_of(earlier: str, last: bool) -> str | None:
    """The first or the last of two techniques that a question named, with what they are for."""
    named = mentions(earlier)
    techniques = [*dict.fromkeys(m.topic for m in named if m.kind == "techniques")]
    if len(techniques) != 2:
        return None
    place = next((m.topic for m in named if m.kind == "conditions"), None)
    return techniques[-1 if last else 0] + (f" for {place}" if place else "")


def _bare(said: str) -> str:
    return said.strip(' ?!.,;:)("*')


def _asks_again(said: str) -> bool:
    """Whether every sentence of a message doubts, asks where that is from, or asks for the same in simpler words."""
    pieces = [_bare(piece) for piece in re.split(r"[.?!,;]+", said.replace("'", ""))]
    pieces = [piece[opening(piece) :] for piece in pieces]
    pieces = [_POLITE_END.sub("", piece) for piece in pieces if piece]
    return bool(pieces) and all(asks_again(piece) for piece in pieces)


def _adds(bare: str) -> bool:
    """Whether this is a bit of a sentence, or tells what only makes sense with the question before."""
    if goes_on(bare):
        bits = what_about(bare) is None or pronoun_of(bare) is None
        return bits and all(
            found.kind in ("people", "body parts") or found.topic in RISKS for found in mentions(bare)
        )
    more = told(bare)
    if more is None or _STUCK.search(more):
        return False
    if of_another(more):
        return True
    named = mentions(more)
    if named and pronoun_of(more) is not None and not _HAS.search(more):
        return True
    risks = [found for found in named if found.topic in RISKS]
    others = [found for found in named if found.topic not in RISKS and found.kind != "people"]
    return not others and bool(risks or (tells_more(more) and len(own_words(more)) <= 3))


def _told(text: str) -> str:
    """What a text adds, in its own letters."""
    kept = text.strip(" ?!.,;:")
    more = told(_bare(plain(text)))
    return kept[: len(more)] if more else kept[_WHAT.match(plain(kept)).end() :]  # type: ignore[union-attr]


def _is_bit(new: str) -> bool:
    """Whether this is a bit of a question at most: few words that ask nothing, name no topic and lean on none."""
    apart = not (mentions(new) or asks(new) or re.match(rf"(?:{IT}|i|you)\b", new))
    return apart and 0 < len(new.split()) <= 3


def _exchanged(new: str, earlier: str) -> str | None:
    """The earlier question about the thing that is named now; None when `new` is a question of its own.

    What only changes what is safe ("with diabetes?") is added, and takes no other thing's place.
    """
    small = _SMALL.match(plain(new))
    shorter = new[small.end() :] if small else new
    only = _TAIL.sub("", shorter.rstrip(" ?!.,;:)"))
    named = mentions(only)
    if not named or len(only.split()) > 5 or not _says_only(only, named):
        return None
    kinds = SITES if named[0].kind in SITES else (named[0].kind,)
    there = [mention for mention in mentions(earlier) if mention.kind in kinds]
    apart = named[0].topic in RISKS and not any(mention.topic in RISKS for mention in there)
    if len({mention.topic for mention in there}) == 1 and named[0].kind != "people" and not apart:
        before = earlier[: there[0].start]
        if _SAYS_SIDE.match(only):
            before = _SIDED.sub("", before)
        return before + only + earlier[there[-1].end :]
    return f"{short(earlier)}, {new.strip().rstrip(' ?!.')}?"


def _says_only(text: str, named: Sequence[Mention]) -> bool:
    """Whether a text names topics and says hardly anything else."""
    covered = sum(mention.end - mention.start for mention in named)
    return covered >= 0.5 * len(_SAYS_SIDE.sub("", text))


def _whole(bare: str, before: Sequence[Mention], earlier: str) -> str | None:
    """A well-known short question about what was spoken of, written out."""
    technique = next((m.topic for m in before if m.kind == "techniques"), None)
    condition = next((m.topic for m in before if m.kind == "conditions"), None)
    effect = technique and condition and _effect(before, earlier)
    for pattern in follow_ups():
        if pattern.says.fullmatch(bare.replace("'", "")):
            if condition and pattern.condition and (effect or pattern.of_condition or not technique):
                return pattern.condition.format(it=f"{condition} after {technique}" if effect else condition)
            if technique and pattern.technique:
                for_it = f" for {condition}" if condition else ""
                whole = "{for_it}" not in pattern.technique and technique in BROAD
                return pattern.technique.format(it=technique + for_it if whole else technique, for_it=for_it)
            if condition and pattern.condition:
                return pattern.condition.format(it=condition)
            return None
    return None


def _effect(before: Sequence[Mention], earlier: str) -> bool:
    """Whether the earlier question is about what a technique does to somebody: bruises after cupping."""
    pairs = ((one, other) for one in before for other in before if one.end <= other.start)
    return any(
        (
            one.kind == "conditions"
            and other.kind == "techniques"
            and _COMES_FROM.fullmatch(earlier[one.end : other.start])
        )
        or (
            one.kind == "techniques"
            and other.kind == "conditions"
            and _CAUSES.search(earlier[one.end : other.start])
        )
        for one, other in pairs
    )


def _clipped(question: str) -> str:
    """At most so many letters, kept around the sentence that names a topic."""
    if len(question) <= _LONGEST_EARLIER:
        return question
    sentences: list[str] = re.findall(r"[^.!?]+[.!?]?", question)
    named = [sentence.strip() for sentence in sentences if topics(sentence)]
    asking = [sentence for sentence in named if sentence.endswith("?")]
    kept = (asking or named or [question])[-1]
    return kept if len(kept) <= _LONGEST_EARLIER else kept[:_LONGEST_EARLIER].rsplit(" ", 1)[0]
