"""A question that leaves something to the one before, given what it leaves out.

"Is it safe?" has a pronoun, "when can i run again" has nothing at all to say what it is about; "what should i wear to my
first visit" needs nothing. The words of `topics.yaml` are what it can be about.
"""

import re
from collections.abc import Sequence

from assistant.cautions import RISKS
from assistant.chances import GENERAL
from assistant.topics import Mention, mentions

SITES = ("conditions", "body parts")
BROAD = GENERAL | {"stretching", "strengthening"}
"""Techniques that say little without what they are for."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
IT = "it|this|that|these|those|they|them"
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
    |during|to|get|getting|have|doing|use|using|try|trying|while|when|if)\ (?P<it>{IT})\b
    |\b(?P<last>{IT})$|(?<=[a-z]\ )(?P<other>it|them)\b""",
    re.VERBOSE,
)
_ASKS_IT = re.compile(
    rf"^(?:(?:(?:how|why|when|what) )?(?:is|are|was|does|do|did|would|will|can|could|should)|(?:how|what)'?s) (?P<it>{IT}) "
)
_HOW_MUCH = re.compile(r"(?:for )?how (?:long|many|often|much|hard|far|soon)\b")
_HOW_MUCH_THERE = re.compile(rf"{_HOW_MUCH.pattern}(?: \w+)? (?:on|for|in|at|with|per|each) ")
_SOMEBODY = re.compile(r"\b(?:she|he|her|him|his)\b")
_PEOPLE_DO = re.compile(r"\bthey (?:press|push|rub|dig|go|use|do|touch|work on)\b")
# After "that" or "those": it stands alone, and is not part of "those shoes".
_STANDS_ALONE = re.compile(
    r"$|\s*[,.;?!]|\s+(?:is|are|was|were|does|do|did|will|would|can|could|should|might|may|has|have|help\w*|work\w*|mean\w*|"
    r"hurts?|makes?|takes?|lasts?|gets?|goes|go|come\w*|happens?|stay\w*|if|when|while|with|for|to|on|in|at|after|before|during|"
    r"and|or|but|too|again|safe\w*|ok|okay|good|bad|normal|any\w*|every\w*|all|really|actually|still|even|ever|so|more|less|better|"
    r"worse|myself|yourself|alone|daily|as|because|without|be|not|up|off|out|go)\b"
)
_OF_THE_ILL = re.compile(
    r"\b(?:heals?|worse|goes away|go away|comes? back|serious|flares?|permanent|spreads?|swell\w*|swollen|symptoms?|"
    r"(?:run|walk|work|play|exercise|train|drive|sleep|live|lift|swim) (?:on|with) (?:it|this|that|them))\b"
)
_DOES_IT = re.compile(
    r"\b(?:do|try|use|get|have) (?P<it>it|this|that) (?=with|if|when|while|on|for|after|before|during|in)"
)
_HELPS = re.compile(
    r"\b(?:help|helps|work|works|benefit|do anything|be good|be ok|be enough|make a difference)"
    r"(?: (?:too|at all|more|as well|better|faster|here|then))?$"
)
_MAY_I = re.compile(
    r"(?:when|how soon|can|could|should|may|will|must|do|am|is it (?:ok|okay|safe|fine) (?:to|if)) (?:can |should |could |will |do )?i\b"
)
_CLINIC = re.compile(
    r"\b(?:wear|bring|undress\w*|cloth\w+|insur\w+|cover(?:ed|s|age)?|msp|icbc|wcb|worksafe\w*|referral|receipts?|invoices?|visits?|"
    r"appointments?|cancel\w*|park\w*|tip|priva\w+|chat|data|prices?|costs?|fees?|pay|book\w*|phone|call|clinic|therapists?|home|notes?|"
    r"records?|tax|benefits|claim)\b"
)
# "how tight", "which oil then": what is asked, and nothing of what it is asked about.
_ASKS_ALONE = re.compile(
    r"(?:how|which|what|where|who|when|starting|from) (?!(?:is|are|was|do|does|did|can|could|should|will|would|to|about|it|now|come)\b)"
    r"\w+(?: (?:then|exactly|too|though))?$|starting when$"
)
_AS_WELL = re.compile(r" (?:too|as well|at least|either|then|also)$")
_I = re.compile(r"\b(?:i|me|my)\b")
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
    training fly bike cycle golf tennis gym fast slow hold daily twice everyday evening play playing sport sports
    weights speed dance dancing ski skating soccer hockey football stairs kneel sit sitting stand standing lie lying
    cure fix permanent likely chance chances change specifically by myself yourself himself herself itself else
    anything something everything shouldnt dont didnt couldnt wouldnt havent arent hows whos wheres
    pain pains painful sore soreness movement motion mobility strength stronger recover recovered recovery healing
    healed treatment treatments symptom symptoms full fully completely weak stiff damage injury harm risk risks
    dangerous results effect effects difference improve improvement progress common
    """.split()
)


def with_it(text: str, bare: str, before: Sequence[Mention], earlier: str) -> str:
    """A question with what its pronouns stand for, or beside the earlier one where that is left out."""
    named = mentions(bare)
    technique = next((m.topic for m in before if m.kind == "techniques"), None)
    place = next((m.topic for kind in SITES for m in before if m.kind == kind), None)
    risks = dict.fromkeys(m.topic for m in before if m.topic in RISKS)
    if _OF_THOSE.search(bare) and not any(mention.kind == "techniques" for mention in named):
        return f"{text} ({short(earlier)})"
    if any(mention.kind == "techniques" for mention in named):
        return _besides(text, bare, before, technique, place)
    spoken = place if technique is None or (place and _OF_THE_ILL.search(bare)) else technique
    if any(
        found.kind != "people" and found.topic not in RISKS for found in named
    ) and not _HOW_MUCH_THERE.match(bare):
        # "does it help tennis elbow": only an "it" that asks, before anything it could stand for.
        pronoun = _ASKS_IT.match(bare) or _DOES_IT.search(bare)
        if pronoun is None or _FREE_IT.search(bare) or named[0].start < pronoun.start("it"):
            return text
        if _NAMES_IT.match(bare[pronoun.end() :]) or any(mention.topic == spoken for mention in named):
            return text
        return _replaced(text, pronoun.span("it"), spoken) if spoken else f"{text} ({short(earlier)})"
    span = pronoun_of(bare)
    if named and _HOW_MUCH_THERE.match(bare):
        return f"{text} ({short(earlier)})"
    if named and span is None and spoken and _HELPS.search(bare.partition(",")[0]):
        return f"{text} ({spoken})"
    if named and (span is None or any(mention.topic == spoken for mention in named)):
        return text
    if not named and not _leans(bare, text.endswith("?")):
        return text
    if spoken is None or len(bare.split()) < 3:
        return f"{text} ({short(earlier)})"
    if span is None:
        return f"{text} ({', '.join(dict.fromkeys(m.topic for m in before))})"
    beside = [*risks, *([place] if place and technique in BROAD else [])]
    also = [] if named else [topic for topic in dict.fromkeys(beside) if topic != spoken]
    return _replaced(text, span, spoken) + (f" ({', '.join(also)})" if also else "")


def _besides(
    text: str, bare: str, before: Sequence[Mention], technique: str | None, place: str | None
) -> str:
    """A question about a technique of its own, where an "it" is another technique ("is it like cupping?") or what is
    treated ("should i ice it?")."""
    if _OF_THOSE.search(bare) or any(mention.kind == "conditions" for mention in mentions(bare)):
        return text
    ills = dict.fromkeys(m.topic for m in before if m.kind == "conditions" or m.topic in RISKS)
    if _SOMEBODY.search(bare) and (ills or place):
        return f"{text} ({', '.join(ills) or place})"
    if any(mention.kind == "body parts" for mention in mentions(bare)):
        return text
    risks = dict.fromkeys(m.topic for m in before if m.topic in RISKS)
    if risks and technique is None and _I.search(bare):
        return f"{text} ({', '.join(risks)})"
    last = pronoun_of(bare, last=True)
    if technique and (asked := _ASKS_IT.match(bare)) and not _OF_THE_ILL.search(bare):
        if place and last and last[0] > asked.end():
            text = _replaced(text, last, place)
        return _replaced(text, asked.span("it"), technique)
    if place is None:
        return text
    if last is not None:
        return _replaced(text, last, place)
    return f"{text} ({place})" if _HELPS.search(bare) and len(bare.split()) <= 6 else text


def pronoun_of(bare: str, last: bool = False) -> tuple[int, int] | None:
    """Where an "it" stands for what was spoken of: not "it is normal that", "those shoes" or "they press"."""
    if _FREE_IT.search(bare) or _PEOPLE_DO.search(bare):
        return None
    every = [*_MEANS_IT.finditer(bare)]
    for found in reversed(every) if last else every:
        name = next(name for name, word in found.groupdict().items() if word)
        if found[name] in ("it", "they", "them") or _STANDS_ALONE.match(bare[found.end(name) :]):
            return found.span(name)
    return None


def _leans(bare: str, asks: bool) -> bool:
    """Whether a message without a topic of its own needs the one before to be understood; `asks` if it ends so."""
    own, count = len(own_words(bare)), len(bare.split())
    if pronoun_of(bare) is not None or (_MEANS_IT.search(bare) and not _FREE_IT.search(bare)):
        return own <= 3
    if _SOMEBODY.search(bare):
        return own <= 3
    if _CLINIC.search(bare):
        return False
    if _ASKS_ALONE.match(bare) or _AS_WELL.search(bare) or (asks and count <= 3):
        return own <= 2
    if _HELPS.search(bare) or _MAY_I.match(bare):
        return own <= 2 and count <= 10
    return own <= bool(_HOW_MUCH.match(bare) and count <= 5) and count <= 8


def own_words(bare: str) -> list[str]:
    """The words of a message that say more than that somebody asks."""
    words = (word.replace("'", "") for word in _WORD.findall(bare))
    return [word for word in words if word not in _OWN_WORDS and not word.isdigit()]


def _replaced(text: str, span: tuple[int, int], topic: str) -> str:
    return text[: span[0]] + topic + text[span[1] :]


def short(question: str) -> str:
    return question.replace(" (", ", ").replace(")", "").rstrip(" ?!.")
