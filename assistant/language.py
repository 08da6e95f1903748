"""How a visitor's text is read: its words, sentences and clauses, and whether it only agrees."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass


def word_set(said: str) -> frozenset[str]:
    return frozenset(said.split())


_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-"}
)
_EMOJI = {"🤮": " vomiting ", "🩸": " blood ", "🚑": " ambulance ", "🆘": " help "}
_ACCENTS = re.compile("[\u0300-\u036f]")
# Latin words keep their apostrophes until they are joined ("can't" is one word); Chinese is read
# character by character, and Gurmukhi with its vowel signs.
_PIECE = re.compile(
    r"9-1-1|9-8-8|8-1-1|\bw/o\b|\bw/|\by/o\b|\d+(?:[.,]\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*[\u0a00-\u0a7f]*"
    r"|[\u0a00-\u0a7f]+|[.!?…\n,;:()&+\"。、]|(?<=\s)-+(?=\s)"
)
_ELISION = re.compile(r"\b([jnldscmt]|qu)'(?=[a-z]{2})")  # French: "n'arrive" is two words
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_STOPS = frozenset(".!?…\n。")
_COMMAS = frozenset(',;:()"、-')

_AS_SAID = {
    "&": "and", "+": "and", "n": "and", "w/o": "without", "w/": "with", "y/o": "year old", "yo": "year old",
    "yr": "year", "yrs": "years", "wk": "week", "wks": "weeks", "hr": "hour", "hrs": "hours", "min": "minute",
    "mins": "minutes", "mo": "month", "mos": "months", "u": "you", "ur": "your", "r": "are", "bc": "because",
    "cuz": "because", "coz": "because", "cos": "because", "rn": "right now", "2day": "today", "tdy": "today",
    "2nite": "tonight", "tonite": "tonight", "nite": "night", "tmrw": "tomorrow", "cnt": "cant", "dnt": "dont",
    "cannot": "cant", "hes": "he is", "shes": "she is", "theyre": "they are", "youre": "you are",
    "theres": "there is", "thru": "through", "abt": "about", "bout": "about", "b4": "before",
    "gonna": "going to", "wanna": "want to", "gotta": "have to", "outta": "out of", "plz": "please",
    "911": "9-1-1", "988": "9-8-8", "811": "8-1-1", "hubby": "husband",
    "its": "it is", "it's": "it is", "that's": "that is", "thats": "that is", "what's": "what is",
    "whats": "what is", "preggo": "pregnant", "preggers": "pregnant", "prego": "pregnant",
}  # fmt: skip
_WITH_NOT = {
    "can": "cant", "could": "couldnt", "do": "dont", "does": "doesnt", "did": "didnt", "is": "isnt",
    "are": "arent", "was": "wasnt", "were": "werent", "has": "hasnt", "have": "havent", "had": "hadnt",
    "will": "wont", "would": "wouldnt", "should": "shouldnt",
}  # fmt: skip
_UNITS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_COUNTS = _UNITS | {"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15}
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip

SUBJECTS = word_set("i im ive my he she his her they their we our there")
STARTERS = SUBJECTS | word_set(
    "it the now cant this that both one since then today is are was has have had feel feels felt keeps hurts"
)
_NEW_CLAUSE = word_set("but however although though except yet whereas mais pero lekin 但 ਪਰ")
_YES = re.compile(
    r"^(?:yes|yeah|yea|yep|yup|ya|yah|ye|correct|exactly|right|indeed|affirmative|both|all of (?:them|it|those|that|the above)|"
    r"i do|i am|he does|she does|he is|she is|it does|it is|they are|oui|si|haan|haanji|是|有|对|對|ਹਾਂ)\b"
)
_NOT_YES = word_set("no not none nope nah but thanks thank what how when where which")


@dataclass(frozen=True, slots=True)
class Words:
    """Text as words. `sentence` and `clause` number where each stands; `comma` holds the words after a comma."""

    words: tuple[str, ...]
    sentence: tuple[int, ...]
    clause: tuple[int, ...]
    comma: frozenset[int]


def plain(text: str) -> str:
    """Lower case, without accents, with straight quotes; letters said for longer lose their extra length."""
    text = text.translate(_QUOTES)
    if not text.isascii():
        for emoji, said in _EMOJI.items():
            text = text.replace(emoji, said)
        text = unicodedata.normalize("NFKC", text)
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
    text = text.lower()
    text = _ELISION.sub(r"\1 ", text)
    return re.sub(r"([a-z])\1{2,}", r"\1\1", text)


def words(text: str) -> Words:
    """The words of a text; shorthand and contractions become the form that the vocabularies use."""
    found: list[str] = []
    sentence: list[int] = []
    comma: set[int] = set()
    number = 0
    after_comma = False
    for piece in _pieces(plain(text)):
        if piece in _STOPS:
            number += bool(found) and (not sentence or sentence[-1] == number)
            continue
        if piece in _COMMAS:
            after_comma = True
            continue
        if piece == "not" and found and found[-1] in _WITH_NOT and sentence[-1] == number:
            found[-1] = _WITH_NOT[found[-1]]
            continue
        if piece == "am" and found and found[-1] == "i":
            found[-1] = "im"
            continue
        if piece in _UNITS and found and found[-1] in _TENS:
            found[-1] = str(_TENS[found[-1]] + _UNITS[piece])
            continue
        if after_comma:
            comma.add(len(found))
            after_comma = False
        found.append(piece)
        sentence.append(number)
    return Words(tuple(found), tuple(sentence), _clauses(found, sentence, comma), frozenset(comma))


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        if _CHINESE.search(piece):
            pieces.extend(piece)
        elif piece[0].isdigit() and "," in piece:
            pieces.append(piece.replace(",", "."))
        else:
            bare = piece.replace("'", "") if len(piece) > 1 else piece
            pieces.extend((_AS_SAID.get(piece) or _AS_SAID.get(bare) or bare).split())
    return pieces


def _clauses(found: list[str], sentence: list[int], comma: Collection[int]) -> tuple[int, ...]:
    numbers: list[int] = []
    number = 0
    for i, word in enumerate(found):
        if i and (
            sentence[i] != sentence[i - 1]
            or i in comma
            or word in _NEW_CLAUSE
            or (word in ("and", "then", "so", "because") and i + 1 < len(found) and found[i + 1] in STARTERS)
            or (
                word == "now"
                and found[i - 1] not in ("right", "just", "until", "by", "and")
                and _goes_on(i, sentence)
            )
        ):
            number += 1
        numbers.append(number)
    return tuple(numbers)


def _goes_on(i: int, sentence: list[int]) -> bool:
    return i + 1 < len(sentence) and sentence[i + 1] == sentence[i]


def number(word: str) -> float | None:
    """The value of a number in figures or in words, or None."""
    if word[0].isdigit():
        try:
            return float(word)
        except ValueError:
            return None
    return _COUNTS.get(word) or _TENS.get(word)


def is_yes(text: str) -> bool:
    """Whether a message only agrees: "yes", "yeah both", "yep, the headache is"."""
    said = words(text).words
    return bool(said) and len(said) <= 8 and bool(_YES.search(" ".join(said))) and not _NOT_YES & set(said)


def question(text: str) -> str:
    """The questions of a reply; the whole reply where it asks nothing."""
    asking = [s for s in re.findall(r"[^.!?\n]+[.!?]?", text) if s.strip().endswith("?")]
    return asking[-1] if asking else text
