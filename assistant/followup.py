"""A question that stands alone, out of a message and the turns before it.

No model: what was spoken of is remembered by the words of `topics.yaml`, and only a message that leans on it
(a pronoun, "and …", "how often?") is completed. A question that says what it is about is never touched.
"""

import re
from collections.abc import Sequence

from assistant.cautions import RISKS
from assistant.model import Turn
from assistant.topics import Mention, follow_ups, mentions, topics

LONGEST_LEANING = 160
"""A longer message says itself what it is about."""
_LONGEST_EARLIER = 160
_TURNS_BACK = 6

_SITES = ("conditions", "body parts")

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_IT = "it|this|that|these|those|they|them"
_LEAD = re.compile(
    r"""^(?:(?:and|but|so|ok|okay|oh|also|then|well|hm+|um+|great|thanks|thank\ you|cool|yes|yeah|no|sure
    |right|actually|(?:one\ more|another)\ (?:thing|question)|(?:quick|last)\ question)\b[\s,.:;!-]*)+""",
    re.VERBOSE,
)
_NEW_TOPIC = re.compile(
    r"""^(?:(?:actually|ok|okay|so|hey|wait|thanks|and|i\ have\ an?|got\ an?|sorry)[\s,.]+)*
    (?:(?:totally\ |completely\ )?(?:different|new|other|unrelated|separate|change\ of)
       \ (?:question|topic|thing|subject)
    |(?:let'?s\ )?chang(?:e|ing)\ (?:the\ )?(?:topic|subject)|on\ another\ (?:note|topic|subject)
    |forget\ (?:about\ )?(?:that|it)|never\ ?mind(?:\ that)?|unrelated|something\ else)\b[\s,.:;!?-]*""",
    re.VERBOSE,
)
_MEANT = re.compile(
    r"""^(?:(?:no|nope|nah|sorry|wait|oops|actually|not\ (?:that|the|my|for)\ [\w\ ]{1,24}?
        |not\ that)[\s,.]+)*
    (?:i\ (?:mean|meant|was\ (?:asking|talking)\ about|said|am\ asking\ about)|meant|mean)\s+
    |^(?:no|nope|not\ (?:the|my|for\ the|for\ my)\s+\w+(?:\ \w+)?)[\s,]+(?:but\ )?(?=(?:the|my|for)\b)""",
    re.VERBOSE,
)
_WHAT_ABOUT = re.compile(
    r"""^(?:(?:what|how|wat)\ about|and|or|but|(?:is\ it\ the\ )?same\ (?:for|with)
    |(?:what|how)\ if)\b[\s,]*""",
    re.VERBOSE,
)
_SMALL = re.compile(
    r"""^(?:(?:for|with|in|on|using|doing|to|of|is|it|its|about|a|an|the|my|your|instead|someone|people
    |when|if)\s+)+""",
    re.VERBOSE,
)
_TAIL = re.compile(
    r"[,\s]+(?:instead|then|though|tho|too|as well|please|pls|not (?:the |my )?\w+(?: \w+)?)$", re.IGNORECASE
)
_AGAIN = re.compile(
    r"""(?:where|what|how)\ (?:did|do|does)\ (?:you|u|this|that|it)\ (?:get|find|come|know|learn|hear)
        (?:\ (?:that|this|it))?(?:\ from)?
    |(?:(?:what|where|who)(?:s|\ is|\ are)?\ |any\ |(?:show|give)\ (?:me\ )?)?(?:your\ |the\ |a\ )?
        (?:sources?|references?|citations?|links?)(?:\ (?:for|of)\ (?:that|this|it))?(?:\ (?:please|pls))?
    |says\ who|who\ (?:says|said)(?:\ so|\ that)?|prove\ it
    |(?:can|could)\ (?:you|u)\ (?:cite|prove|back\ up|source)\ (?:that|this|it)
    |(?:are\ )?(?:you|u)\ (?:really\ |absolutely\ |100\ )?(?:sure|certain)(?:\ about\ (?:that|this))?
    |really|for\ real|seriously|is\ (?:that|this|it)\ (?:really\ )?(?:true|right|correct|accurate|legit
        |reliable)
    |based\ on\ what|according\ to\ (?:who|whom|what)|(?:say|repeat)\ (?:that|it)\ again|what\ did\ you\ say
    |come\ again|i\ (?:dont|do\ not)\ (?:understand|get\ it)
    |(?:that|this|it)\ (?:doesnt|does\ not|cant|cannot|isnt|is\ not)\ (?:sound\ |seem\ |be\ |look\ )?
        (?:right|true|correct|possible)|i\ (?:doubt|dont\ (?:believe|buy))\ (?:that|this|it)""",
    re.VERBOSE,
)
# An "it" that stands for nothing: "is it normal that …", "how long does it take to become …".
_FREE_IT = re.compile(
    r"""\bit\ (?:(?:is|be|was|feels?)\ )?(?:(?:really|also|still|even|just)\ )?
        (?!(?:compare|relate|spread|come|go|lead|get|add)d?s?\ )(?:\w+\ )?(?:to|that)\b
    |\b(?:this|that)\ (?:still\ )?(?:be\ )?true\b|\bit\ (?:hurts|depends)\b|\btime\ is\ it\b
    |\b(?:is|was)\ it\ (?:normal|common|possible|true|weird|usual|likely)\b""",
    re.VERBOSE,
)
_MEANS_IT = re.compile(
    rf"""\b(?:is|are|was|were|does|do|did|would|will|can|could|should|about|like|with|for|from|of|after|before
    |during|to|get|getting|have|doing|use|using|try|trying|while|when|if)\ (?P<it>{_IT})\b
    |\b(?P<last>{_IT})$""",
    re.VERBOSE,
)
_ASKS_IT = re.compile(
    rf"^(?:(?:how|why|when|what) )?(?:is|are|was|does|do|did|would|will|can|could|should) (?P<it>{_IT}) "
)
_ASKS = re.compile(
    r"(?:how|why|when|what|where|who|which|is|are|was|does|do|did|would|will|can|could|should|am|may)\b"
)
_HOW_MUCH = re.compile(r"(?:for )?how (?:long|many|often|much|hard|far|soon)\b")
_SOMEBODY = re.compile(r"\b(?:she|he|her|him|his)\b")
_PEOPLE_DO = re.compile(r"\bthey (?:press|push|rub|dig|go|use|do|touch|work on)\b")
_ON_IT = re.compile(
    r"\b(?:ice|heat|massage|stretch|tape|roll|rub|for|with|on|to|help) (?P<it>it|this|that|them)$"
)
_NAMES_IT = re.compile(r"(?:a |an |the |just |really |maybe |actually )*\w+(?: \w+)?$")
_OF_THOSE = re.compile(
    r"""\b(?:which|what|either|neither|both)\ (?:ones?\ )?of\ (?:those|these|them|the\ two)\b|\bboth\b
    |\bwhich\ (?:ones?|is|of|would|should)\b
    |\bwhich\ (?:\w+\ ){1,3}(?:more|less|most|least|better|best|worse|faster|easier|longer)\b|\b(?:other|first|second|last|latter|former)\ (?:one|two|way)\b
    |\bor\ (?:the\ )?other\b""",
    re.VERBOSE,
)
_OWN_WORDS = frozenset(
    """
    a an and are about again all also always am any anyone as at ask bad be been before better best but
    can cant could day days did do does doing done dont each eat even ever every exactly far first for
    from get getting gets go going good had happen happens hard has have having he help helps her hers
    here him his hour hours how hurt hurts i if im in instead is isnt it its just know last late like long
    longer lot make makes many matter may maybe me mean means might minutes month months more morning most
    much must my need needed needs never night no normal not now of off often ok okay old on once one only
    or other others out over own people please really right run running safe same say second seconds see
    shall she should so some someone soon start still stop such sure take takes tell than that thats the
    their them then there these they thing things think this those though time times to today together too
    toward true try trying two u under until up us use used using usual very walk walking want was way we
    week weeks well were what whats when where which while who whom whose why will with without wont work
    works worry worse would year years yes you your after during between less least each left right usually
    normally typically find age drawbacks rest drive driving swim swimming lift lifting train
    training fly bike cycle golf tennis gym fast slow hold daily twice everyday evening
    """.split()
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
    plain = _plain(text)
    if (new := _NEW_TOPIC.match(plain)) is not None:
        return text[new.end() :].strip() or text
    lead = _LEAD.match(plain)
    rest, start = (plain[lead.end() :], lead.end()) if lead else (plain, 0)
    bare = rest.rstrip(" ?!.,;:)")
    if not earlier or len(text) > LONGEST_LEANING or not bare:
        return text[start:].strip() or text
    if _AGAIN.fullmatch(bare.replace("'", "")):
        return earlier
    for cut in (_MEANT, _WHAT_ABOUT):
        if (found := cut.match(plain)) is not None and (other := _exchanged(text[found.end() :], earlier)):
            return other
    before = mentions(earlier)
    if whole := _whole(bare, before):
        return whole
    if (found := _WHAT_ABOUT.match(plain)) is not None and _is_bit(plain[found.end() :]):
        return f"{text[start:].strip()} ({_short(earlier)})"
    return _with_it(text[start:].strip(), bare, before, earlier)


def _is_bit(new: str) -> bool:
    """Whether this is a bit of a question at most: few words that ask nothing, name no topic and lean on none."""
    apart = not (mentions(new) or _ASKS.match(new) or re.match(rf"(?:{_IT}|i|you)\b", new))
    return apart and 0 < len(new.split()) <= 3


def _exchanged(new: str, earlier: str) -> str | None:
    """The earlier question about the thing that is named now; None when `new` is a question of its own."""
    plain = _plain(new)
    small = _SMALL.match(plain)
    shorter = new[small.end() :] if small else new
    only = _TAIL.sub("", shorter.rstrip(" ?!.,;:)"))
    named = mentions(only)
    if not named or len(only.split()) > 5 or not _says_only(only, named):
        return None
    kinds = _SITES if named[0].kind in _SITES else (named[0].kind,)
    there = [mention for mention in mentions(earlier) if mention.kind in kinds]
    if len({mention.topic for mention in there}) == 1 and named[0].kind != "people":
        return earlier[: there[0].start] + only + earlier[there[-1].end :]
    return f"{earlier.rstrip(' ?!.')}, {new.strip().rstrip(' ?!.')}?"


def _says_only(text: str, named: Sequence[Mention]) -> bool:
    """Whether a text names topics and says hardly anything else."""
    covered = sum(mention.end - mention.start for mention in named)
    return covered >= 0.5 * len(text)


def _whole(bare: str, before: Sequence[Mention]) -> str | None:
    """A well-known short question about what was spoken of, written out."""
    technique = next((m.topic for m in before if m.kind == "techniques"), None)
    condition = next((m.topic for m in before if m.kind == "conditions"), None)
    for pattern in follow_ups():
        if pattern.says.fullmatch(bare.replace("'", "")):
            if technique and pattern.technique:
                return pattern.technique.format(it=technique, for_it=f" for {condition}" if condition else "")
            if condition and pattern.condition:
                return pattern.condition.format(it=condition)
            return None
    return None


def _with_it(text: str, bare: str, before: Sequence[Mention], earlier: str) -> str:
    named = mentions(bare)
    spoken = next((m.topic for kind in ("techniques", "conditions") for m in before if m.kind == kind), None)
    if any(mention.kind == "techniques" for mention in named) and not _OF_THOSE.search(bare):
        place = next((m for m in before if m.kind in _SITES), None)
        ends = _ON_IT.search(bare)
        told = dict.fromkeys(m.topic for m in before if m.kind == "conditions" or m.topic in RISKS)
        if _SOMEBODY.search(bare) and told and not any(m.kind == "conditions" for m in named):
            return f"{text} ({', '.join(told)})"
        if place is None or ends is None or any(mention.kind in _SITES for mention in named):
            return text
        return _replaced(text, ends.span("it"), place.topic)
    if named:
        # "does it help tennis elbow": only an "it" that asks, before anything it could stand for.
        pronoun = _ASKS_IT.match(bare)
        if pronoun is None or _FREE_IT.search(bare) or named[0].start < pronoun.start("it"):
            return text
        if _NAMES_IT.match(bare[pronoun.end() :]) or any(mention.topic == spoken for mention in named):
            return text
        return _replaced(text, pronoun.span("it"), spoken) if spoken else f"{text} ({_short(earlier)})"
    if not _leans(bare):
        return text
    if _OF_THOSE.search(bare) or spoken is None or len(bare.split()) < 3:
        return f"{text} ({_short(earlier)})"
    pronoun = _MEANS_IT.search(bare)
    if pronoun is None or _FREE_IT.search(bare) or _PEOPLE_DO.search(bare):
        return f"{text} ({', '.join(dict.fromkeys(m.topic for m in before))})"
    return _replaced(text, pronoun.span("it" if pronoun["it"] else "last"), spoken)


def _leans(bare: str) -> bool:
    """Whether a message without a topic of its own needs the one before to be understood."""
    if _OF_THOSE.search(bare):
        return True
    own = [
        word for word in _WORD.findall(bare) if word.replace("'", "") not in _OWN_WORDS and not word.isdigit()
    ]
    if _MEANS_IT.search(bare) and not _FREE_IT.search(bare):
        return len(own) <= 3
    return len(own) <= bool(_HOW_MUCH.match(bare) and len(bare.split()) <= 5) and len(bare.split()) <= 8


def _replaced(text: str, span: tuple[int, int], topic: str) -> str:
    return text[: span[0]] + topic + text[span[1] :]


def _short(question: str) -> str:
    return question.rstrip(" ?!.")


def _clipped(question: str) -> str:
    """At most so many letters, kept around the sentence that names a topic."""
    if len(question) <= _LONGEST_EARLIER:
        return question
    sentences: list[str] = re.findall(r"[^.!?]+[.!?]?", question)
    named = [sentence.strip() for sentence in sentences if topics(sentence)]
    asking = [sentence for sentence in named if sentence.endswith("?")]
    kept = (asking or named or [question])[-1]
    return kept if len(kept) <= _LONGEST_EARLIER else kept[:_LONGEST_EARLIER].rsplit(" ", 1)[0]


def _plain(text: str) -> str:
    """Small letters, each in the place of its own."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text.replace("’", "'"))
