"""What kind of study a paper reports and how many people took part, as far as its own words say so."""

import re
from collections.abc import Iterable

_DESIGNS = (
    ("protocol", r"\bprotocol\b|\brationale and design\b|\bstudy design and methods\b", ""),
    ("guideline", r"\bguidelines?\b(?! (?:adherence|implementation|use))|\bconsensus statement\b|\bposition statement\b", ""),
    ("systematic review", r"\bsystematic(?:ally)? review\b|\bmeta-?analys[ie]s\b|\bumbrella review\b", ""),
    ("review", r"\b(?:scoping|narrative|literature|critical|integrative) review\b|\breview of (?:the )?(?:literature|evidence)\b|: an? review\b", ""),
    ("case report", r"\bcase (?:report|study|series)\b", ""),
    (
        "randomized trial",
        r"\brandomi[sz]ed\b",
        r"\b(?:was|were|is|are) (?:\w+ )?randomi[sz]ed\b|\brandomly (?:assigned|allocated|divided)\b|"
        r"\brandomi[sz]ed,? (?:\w+[ -]){0,3}(?:controlled )?(?:clinical )?(?:trial|study|crossover)\b|\bRCT\b",
    ),
    ("laboratory study", r"\bcadaver\w*\b|\bin vitro\b|\brats?\b|\bmice\b|\brabbits?\b", ""),
    (
        "observational study",
        r"\bcohort\b|\bcross-sectional\b|\bcase-control\b|\bsurvey\b|\bregistry\b|\bepidemiolog\w+|\bprevalence\b",
        r"\b(?:cohort|cross-sectional|case-control|observational|retrospective) (?:study|design|survey|review)\b",
    ),
    ("trial", r"\btrial\b|\bpilot study\b|\bquasi-experimental\b", r"\bclinical trial\b|\bpilot study\b|\bquasi-experimental\b"),
)  # fmt: skip
"""(design, what a title says, what an abstract says), the more telling first."""

_TYPES = {
    "systematic-review": "systematic review",
    "review-article": "review",
    "case-report": "case report",
    "guideline": "guideline",
    "study-protocol": "protocol",
}
_PEOPLE = (
    r"participants|patients|subjects|adults|volunteers|people|persons|individuals|players|athletes|students|"
    r"runners|dancers|residents|children|workers|nurses|veterans"
)
_BY_SEX = "women|men|females|males"
_UNITS = "one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = (
    {word: number for number, word in enumerate((*_UNITS, *_TEENS), 1)}
    | {ten: 10 * number for number, ten in enumerate(_TENS, 2)}
    | {
        f"{ten}{gap}{one}": 10 * n + m
        for n, ten in enumerate(_TENS, 2)
        for m, one in enumerate(_UNITS, 1)
        for gap in "- "
    }
)
_NUMBER = r"(?P<number>\d{1,3}(?:,\d{3})+|\d{1,6}|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
_COUNTED = re.compile(
    rf"(?<![\d.,–-])\b{_NUMBER}\b(?!\s*(?:%|percent|years?|months?|weeks?|days?|min|times|[-–]))\s+"
    rf"(?:(?!(?:of|and|or|in|with|from|for|to|points?)\b)[a-z-]+\s+){{0,4}}?(?:(?P<people>{_PEOPLE})|{_BY_SEX})\b",
    re.IGNORECASE,
)
_TAKEN_IN = re.compile(
    r"randomi[sz]|randomly|recruit|enrol|participat|includ|involv|allocat|assign|consist|volunteer|comprise|total of|divided|"
    r"\bselected\b|\b(?:study|trial|sample) of\b",
    re.IGNORECASE,
)
_THEM = re.compile(
    r"\W*(?:participants?|subjects?|patients?|population|sample)\b(?!.*\bmethods?\b)", re.IGNORECASE
)


def design(title: str, article_type: str = "", abstract: str = "") -> str:
    """The sort of study, or nothing when neither title, type nor abstract says it."""
    for name, in_title, _ in _DESIGNS:
        if re.search(in_title, title, re.IGNORECASE):
            return name
    if article_type in _TYPES:
        return _TYPES[article_type]
    for name, _, in_abstract in _DESIGNS:
        if in_abstract and re.search(in_abstract, abstract, re.IGNORECASE):
            return name
    return ""


def participants(sentences: Iterable[str], heading: str = "") -> int | None:
    """How many people took part, when the abstract gives one number for that. Parts of a whole are smaller
    than it, so the largest number of those who were taken in counts; without such a sentence nothing does.
    Under a `heading` that is about them, a sentence need not say that they were taken in."""
    about_them = _THEM.match(heading)
    found = [_most(sentence) for sentence in sentences if about_them or _TAKEN_IN.search(sentence)]
    return max((number for number in found if number), default=None)


def _most(sentence: str) -> int | None:
    """The whole that a sentence names; women and men beside each other are two parts and no whole."""
    matches = list(_COUNTED.finditer(sentence))
    wholes = [match for match in matches if match["people"]] or (matches if len(matches) == 1 else [])
    return max((_value(match["number"]) for match in wholes), default=None)


def _value(number: str) -> int:
    return _WORDS.get(number.lower()) or int(number.replace(",", ""))
