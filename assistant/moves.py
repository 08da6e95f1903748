"""What a message does in a conversation, by its small words: starts anew, corrects, goes on, tells, or leans.

All of it is read as `plain` gives it, with the letters in their places. What a message speaks of is told by `topics`.
"""

import re
from typing import NamedTuple

_THANKS = r"(?:many |)(?:thanks|thank you|thx|ty|cheers)(?: (?:so much|very much|a lot|a bunch|again|for \w+(?: \w+)?))?"
# The first always open a message; the others do so before a pause or a question ("right, …", not "right knee").
_OPENS = (
    rf"(?:and|but|so|ok|okay|k|oh|ah|also|then|well|hm+|um+|uh|actually|btw|by the way|anyways?|{_THANKS}|"
    r"(?:one more|another) (?:thing|question)|(?:quick|last) question|"
    r"(?:lets )?(?:go|going) back to (?:that|it|(?:my|the|your) (?:\w+ )?(?:thing|question|one|answer|bit|point)))\b"
)
_NODS = (
    r"(?:great|cool|nice|perfect|awesome|good|alright|all right|wow|lol|haha|sure|right|yes|yeah|yep|no|nope|wait|interesting|fine|true|good point|noted|sounds good|"
    r"understood|got it|gotcha|i see|fair enough|(?:that )?makes sense|(?:good|nice|great) to (?:know|hear)|"
    r"(?:that'?s|that is|this is|that was|that) (?:very |really |so )?"
    r"(?:helps?|helpful|useful|good|great|clear|interesting)(?: to (?:know|hear))?)"
    r"(?=\s*[,.:;!-]|\s+(?:and|but|so|ok|then|thanks|what|how|why|when|which|who|where|is|are|can|could|does|do|did|should|will|"
    r"would|may|am)\b)"
)
_LEAD = re.compile(rf"^(?:(?:{_OPENS}|{_NODS})[\s,.:;!-]*)+")
_NEW = re.compile(
    r"^(?:(?:actually|ok|okay|so|hey|wait|thank you|thanks|thx|great|cool|and|i have an?|got an?|sorry|quick)[\s,.!]+)*"
    r"(?:(?:totally |completely |entirely |slightly )?(?:different|new|other|unrelated|separate|change of) "
    r"(?:question|topic|thing|subject|matter)|"
    r"(?:totally |completely |entirely |something )?(?:different|unrelated|separate)(?=\s*[,.:;!-])|"
    r"(?:let'?s )?(?:chang|switch)(?:e|ing) (?:the )?(?:topics?|subjects?|gears)|"
    r"on (?:another|a (?:different|separate)) (?:note|topic|subject)|nothing to do with (?:that|this|it)|"
    r"forget (?:about )?(?:that|it)|never ?mind(?: (?:that|it))?|unrelated|something else)\b[\s,.:;!?-]*"
)
_PARDON = r"no|nope|nah|sorry|sry|wait|oops|whoops|my bad|typo|correction"
_NOT_THAT = r"not (?:for |in |on )?(?:the |my |his |her |a )?\w+(?: \w+)?"
_MEANT = re.compile(
    rf"^(?:(?:{_PARDON}|actually|not that|{_NOT_THAT})[\s,.:]+)*"
    r"(?:i (?:mean|meant|was (?:asking|talking) about|said|am asking about)|i'?m asking about|meant|mean|make that)[\s,:]+"
    rf"|^(?:{_PARDON}|{_NOT_THAT}(?=[\s,]*,|\s+but))[\s,.:]+(?:but )?(?=(?:it'?s |it is )?(?:for |in |on )?(?:the|my|his|her)\b)"
    rf"|^{_NOT_THAT}[\s,.:]+(?:but )?(?=(?:for )?(?:the|my)\b)"
    rf"|^(?:sorry|sry|oops|whoops|my bad|typo|correction)[\s,:]+(?=(?:\w+ ){{0,3}}\w+$)|^\*(?=\w)|^{_NOT_THAT}\s*,\s*(?:but )?(?=(?:\w+ ){{0,2}}\w+$)"
)
_MEANT_AFTER = re.compile(
    r"[\s,.(-]+(?:(?:is what |that'?s what )?i (?:mean|meant)|sorry|my bad|typo)[\s).!]*$"
)
_OTHER_SIDE = re.compile(
    r"(?:(?:it'?s|it is) )?(?:on )?(?:the |my |his |her )?(left|right|other)(?: (?:one|side))?"
)
_SIDE = re.compile(r"\b(?:left|right)\b")
_WHAT_ABOUT = re.compile(
    r"^(?:(?:what|how|wat) about|and|or|but|(?:(?:is|would) (?:it|that)(?: be)? )?(?:the )?same (?:for|with|on|in)"
    r"|(?:what|how) if)\b[\s,]*"
)
_ASKS = re.compile(
    r"(?:(?:for|by|about|since|with|at|in|to|on) (?:how|what|which|whom?)|how|why|what|where|who|which|whats|hows|is|are|was|were|does|do|did|would|will|can|could|should|shall|am|may|might|has|"
    r"when(?! (?:i|i'm|im|he|she|it|it's|its|they|we|you|my|the|lying|sitting|walking|running|standing)\b))\b"
)
_GOES_ON = re.compile(
    r"(?:(?:what|how|wat) about (?!for\b|with\b)|(?:what|how) (?=if\b))?(?:(?:even|only|just|right|like|also) )*(?:on|in|at|for|with|without|during|after|before|while|when|if|under|over|between|"
    r"around|near|until|since|through|by|using|despite|because|from|every)\b"
)
_THAN = re.compile(
    r"(?:(?:any|a lot|much|even) )?(?:more|less|better|worse|\w+er)(?: \w+)? than\b|(?:vs|versus|compared (?:to|with)|rather than)\b"
)
_RELATIVE = r"(?:mom|mum|mother|dad|father|wife|husband|hubby|partner|son|daughter|kid|baby|gran\w*|nan|nana|sister|brother|aunt|uncle|friend)"
_TELLS = re.compile(
    r"(?:though |because |since |cause |cuz )?"
    r"(?:i|i'm|im|i've|ive|he|he's|hes|she|she's|shes|they|they're|theyre|we|we're|it's|its|mine|(?:my|our) (?:\w+ )?\w+(?:'s)?|"
    rf"{_RELATIVE}(?:'s)?)\b"
)
_TELLS_MORE = re.compile(
    r"\b(?:\d+|it|that|this|them|already|still|before|never|only|too|though|allergic|years?|months?|weeks?|days?|old|young|says?|said|told|thinks?|recommends?)\b"
)
_MATTERS = re.compile(
    r"[\s,.;:!-]+(?:and |so |but )?(?:does|do|would|will|can|could) (?:that|this|it) (?:change|matter|affect|make)(?: \w+){0,3}$"
)
_PICKED = re.compile(
    r"(?:(?:the|with|for) )*(?:(?P<first>first|former|1st)|second|latter|last|2nd)(?: one| of (?:those|these|the two))?(?:[\s,.:;!?-]+|$)"
)
_ANOTHER = re.compile(r"(?:s?he|s?he's|shes|hes|they're|theyre)\b")
_A_RELATIVE = re.compile(rf"(?:(?:my|our) )?{_RELATIVE}(?:'s| is| was| has| takes| can| does)\b")
_LONGEST_BIT = 9


class Pick(NamedTuple):
    """Which of two was chosen, and where the message goes on."""

    last: bool
    end: int


def plain(text: str) -> str:
    """Small letters, each in the place of its own."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text.replace("’", "'"))


def opening(said: str) -> int:
    """Where a message begins, after "ok thanks, and"."""
    found = _LEAD.match(said)
    return found.end() if found else 0


def new_topic(said: str) -> int | None:
    """Where a message goes on after it left what was spoken of; None when it does not."""
    found = _NEW.match(said)
    return found.end() if found else None


def corrected(said: str) -> slice | None:
    """Where a message names what was meant instead; None when it does not correct."""
    before, after = _MEANT.match(said), _MEANT_AFTER.search(said)
    if before is None and after is None:
        return None
    return slice(before.end() if before else 0, after.start() if after else len(said))


def other_side(said: str, earlier: str) -> str | None:
    """The earlier question about the other side, when that is all a message names."""
    told = _OTHER_SIDE.fullmatch(said)
    there = _SIDE.search(plain(earlier))
    if told is None or there is None:
        return None
    side = {"left": "right", "right": "left"}[there.group()] if told[1] == "other" else told[1]
    return earlier[: there.start()] + side + earlier[there.end() :]


def what_about(said: str) -> int | None:
    """Where the thing is named that a message asks the same about; None when it does not."""
    found = _WHAT_ABOUT.match(said)
    return found.end() if found else None


def picked(said: str) -> Pick | None:
    """Which of two a message chooses: "the second one, for how long?"; None when it chooses none."""
    found = _PICKED.match(said)
    return Pick(found["first"] is None, found.end()) if found else None


def of_another(said: str) -> bool:
    """Whether what is told is of somebody who was spoken of before."""
    return _ANOTHER.match(said) is not None


def asks(said: str) -> bool:
    """Whether this is a question with a verb of its own, as far as its first word tells."""
    return _ASKS.match(said) is not None


def goes_on(said: str) -> bool:
    """Whether this is no sentence, but more of the one before: "at night?", "if it swells"."""
    few = len(said.split()) <= _LONGEST_BIT
    return (
        few
        and (what_about(said) is not None or not asks(said))
        and _GOES_ON.match(said) is not None
        and "," not in said
    )


def compares(said: str) -> bool:
    """Whether this is the end of a comparison: "more than ice?"."""
    return _THAN.match(said) is not None and len(said.split()) <= _LONGEST_BIT


def told(said: str) -> str | None:
    """What a message adds about somebody, without "does that matter?"; None when it asks something or tells little."""
    shorter = _MATTERS.sub("", said)
    asked = any(asks(piece.strip()) for piece in re.split(r"[,.;:!?]", shorter))
    if asked or _TELLS.match(shorter) is None or len(shorter.split()) > _LONGEST_BIT + 3:
        return None
    return shorter


def tells_more(said: str) -> bool:
    """Whether what is told only makes sense with what was asked: "he's 14", "she had it for years"."""
    return (_TELLS_MORE.search(said) or _A_RELATIVE.match(said)) is not None
