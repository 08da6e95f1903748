"""How hard a text is to read."""

import re

from corpus.sentences import sentences

_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
_SILENT = re.compile(r"(?<=[^aeiouy])e(?=(?:ly|ful|ness|ment|less|thing|one|where)$)")
_NO_SYLLABLE = re.compile(r"(?<=[^aeiouy])(?:(?<![^aeiouy]l)e|(?<=[^td])ed|(?<=[^scxzgh])es)$")
_VOWELS = re.compile(r"[aeiouy]+")
# Two vowels that are spoken apart: "area", "studio", "being", "diet", "trial", "usual"; and the m of "spasm".
_APART = re.compile(
    r"(?:(?<=tr)|(?<=d))ia|(?<!tr)(?<!d)ia(?!l)|io(?!n|us)|iet|ien(?!t|c)|(?<=sc)ien|(?<!q)ua|eo(?!p|n)|ei(?=ng)|"
    r"ea$|sms?$"
)


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def syllables(word: str) -> int:
    """By the groups of vowels, right for about nine words in ten and not biased to either side."""
    spoken = _SILENT.sub("", word.casefold())
    spoken = _NO_SYLLABLE.sub("", spoken)
    return max(1, len(_VOWELS.findall(spoken)) + len(_APART.findall(spoken)))


def grade(text: str) -> float:
    """The Flesch-Kincaid grade: the school year from which on a text is easy to read.

    Kincaid JP, Fishburne RP, Rogers RL, Chissom BS. Derivation of new readability formulas for Navy enlisted
    personnel. Naval Technical Training Command, Research Branch Report 8-75; 1975.
    """
    spoken = words(text)
    if not spoken:
        return 0.0
    per_sentence = len(spoken) / max(1, len(sentences(text)))
    return 0.39 * per_sentence + 11.8 * sum(map(syllables, spoken)) / len(spoken) - 15.59
