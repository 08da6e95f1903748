"""Whether sentences can be quoted alone: what a visitor would read without the page around them."""

import re
from collections.abc import Iterator

from corpus.model import Section
from corpus.readability import words
from corpus.sentences import sentences

LONGEST_SENTENCE = 30

# A sentence that begins like this leans on the one before it.
LEANS = re.compile(
    r"(?:[Tt]his|[Tt]hat|[Tt]hese|[Tt]hose|It|it|[Ii]ts|[Tt]hey|[Tt]heir|[Tt]hem|[Hh]e|[Ss]he|[Ss]uch|[Hh]owever|[Bb]ut|"
    r"[Aa]lso|[Ss]o|[Tt]hen|[Tt]herefore|[Ii]nstead|[Aa]nother|[Oo]thers|[Aa]s above)\b"
)
_ADVICE = re.compile(r"(?:Call|Phone|Go to|Get|See a|Ask for)\b")
_GENERAL = frozenset(
    "what which when where who whom whose why how does did will would can could should may might must is are was were "
    "have has had been being the and for with from after before about into your you yours they them their there here "
    "this that these those much many long often soon need needs help helps good better best work works really make makes "
    "take takes mean means tell know than then also only very more most some any not".split()
)


def said(section: Section) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sentences of a section, each with the keys it cites."""
    for start, end in sentences(section.text):
        keys = dict.fromkeys(key for offset, key in section.cites if start < offset <= end)
        yield section.text[start:end], tuple(keys)


def uncited(section: Section) -> Iterator[str]:
    """The sentences of a section that name no source."""
    return (sentence for sentence, keys in said(section) if not keys)


def long(section: Section) -> Iterator[tuple[str, int]]:
    """The sentences of a section that are too long, with their words counted."""
    for sentence, _ in said(section):
        if (length := len(words(sentence))) > LONGEST_SENTENCE:
            yield sentence, length


def leaning(section: Section) -> Iterator[str]:
    """The sentences that cannot be quoted without the one before them."""
    return (sentence for sentence, _ in said(section) if LEANS.match(sentence))


def names_its_subject(section: Section, title: str) -> bool:
    """Whether the first sentence shares a word that matters with the headings above it or the article's title.

    Advice to call for help names what to do, which is its subject.
    """
    first = next((sentence for sentence, _ in said(section)), "")
    if LEANS.match(first):
        return False
    return bool(_ADVICE.match(first) or _roots(first) & _roots(" ".join((title, *section.trail))))


def _roots(text: str) -> set[str]:
    """The beginnings of the words that matter: near enough to a stem to tell "massaging" from "muscle"."""
    return {word.casefold()[:4] for word in words(text) if len(word) > 2 and word.casefold() not in _GENERAL}
