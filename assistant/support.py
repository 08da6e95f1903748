"""Whether a quotation says what a statement says. It judges a language model's words, not our own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from assistant.topics import topics
from corpus.sentences import sentences
from index.terms import Synonyms, shipped_synonyms, stems

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to vectors, one a row."""

WEIGHTS = (-3.41, 3.43, 2.33, 0.2)
THRESHOLD = 0.8
"""High, because the likelihood tells little in between: of claims it was not fitted on, 15 of 19 above it are entailed (0.57
to 0.92), against 101 of 185 from 0.5. What stays above it keeps close to the words of its quotation."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_COUNTED = {
    word: str(n)
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split(),
    )
} | {"twice": "2", "once": "1", "dozen": "12", "half": "half", "double": "2", "triple": "3"}
_UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|nobody|nothing|hardly|rarely|unlikely|avoid\w*|unsafe|"
    r"little evidence|fails?|failed|lack\w*|stop\w*|unclear|uncertain|unproven|contraindicat\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:may|might|can|could|some(?:times)?|often|usually|possibl[ey]|perhaps|likely|seems?|appears?|suggests?|a little|"
    r"slightly|about|most|many|few|tends?|low[- ]certainty|probably|generally|in part|unclear|uncertain|short[- ]term|"
    r"for a short time)\b",
    re.IGNORECASE,
)
_BOLD = re.compile(
    r"\b(?:cures?|cured|always|never|every(?:one|body)?|all|guarantee\w*|completely|totally|entirely|fully|permanent\w*|"
    r"proven|proves?|best|only|must|certain(?:ly)?|definitely|safe(?:ly|st)?|harmless|heals?|healed|eliminat\w*|prevents?|"
    r"no risks?|no side effects?|immediate\w*|instant\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`because` names the first check that a statement failed, and is empty when it passed all of them."""

    because: str
    likelihood: float

    @property
    def holds(self) -> bool:
        return not self.because


def verdict(statement: str, quote: str, context: str, embed: Embed, threshold: float = THRESHOLD) -> Verdict:
    """Whether `quote`, read under the headings `context`, supports `statement`.

    A number, a "not", a promise or a topic that the quotation lacks is refused outright, and so is a certainty that it
    does not have: headings may only say what the statement is about. What is left is a likelihood out of a fit on
    pairs that physicians labelled (`python -m benchmarks.fit_support`), which holds for the default embedding model.
    """
    if _plain(statement) == _plain(quote):
        return Verdict("", 1.0)
    if because := contradiction(statement, quote, context):
        return Verdict(because, 0.0)
    likely = likelihood(features(statement, quote, context, embed))
    return Verdict("" if likely >= threshold else "unlikely", likely)


def contradiction(statement: str, quote: str, context: str = "") -> str:
    """The first thing that a statement says and its quotation does not, or an empty text."""
    if not numbers(statement) <= numbers(quote):
        return "number"
    if _odd(_NEGATION, statement) != _odd(_NEGATION, quote):
        return "negation"
    if not _words(_BOLD, statement) <= _words(_BOLD, quote):
        return "promise"
    if _HEDGE.search(quote) and not _HEDGE.search(statement):
        return "certainty"
    if not set(topics(statement)) <= set(topics(f"{context}. {quote}")):
        return "topic"
    return ""


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text, in digits or words, and the units of time they may be counted in."""
    lowered = text.casefold()
    said = _WORD.findall(lowered)
    found = {number.replace(",", "") for number in _NUMBER.findall(lowered)}
    found |= {_COUNTED[word] for word in said if word in _COUNTED}
    return frozenset(found | {unit for unit in _UNITS for word in said if word in (unit, f"{unit}s")})


def features(statement: str, quote: str, context: str, embed: Embed) -> tuple[float, float, float]:
    """What the likelihood is made of: the nearest cosine of a sentence of the quotation, or of the whole; the share of
    the statement's words that the quotation or its headings have; and the share that the quotation alone has."""
    parts = [quote[start:end] for start, end in sentences(quote)]
    texts = [statement, *dict.fromkeys((*parts, quote))]
    vectors = embed(texts)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    nearest = float((vectors[1:] @ vectors[0]).max())
    asked = set(_told(statement))
    with_headings, alone = set(_told(f"{quote}\n{context}")), set(_told(quote))
    if not asked:
        return nearest, 0.0, 0.0
    return nearest, len(asked & with_headings) / len(asked), len(asked & alone) / len(asked)


def likelihood(of: Sequence[float]) -> float:
    constant, *weights = WEIGHTS
    return 1 / (1 + exp(-constant - sum(w * x for w, x in zip(weights, of, strict=True))))


def _told(text: str, synonyms: Synonyms | None = None) -> tuple[str, ...]:
    """The stems of a text, each known phrase replaced by the name its group goes by."""
    found = stems(text)
    told = list(found)
    for place, others in (synonyms or shipped_synonyms()).within(found):
        phrase = tuple(found[place.start : place.stop])
        told[place.start] = " ".join(min(phrase, *others))
        told[place.start + 1 : place.stop] = [""] * (len(place) - 1)
    return tuple(word for word in told if word)


def _odd(pattern: re.Pattern[str], text: str) -> bool:
    return len(pattern.findall(text)) % 2 == 1


def _words(pattern: re.Pattern[str], text: str) -> set[str]:
    return {match.group().casefold().rstrip("s") for match in pattern.finditer(text)}


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" .")
