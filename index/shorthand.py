"""The short ways in which people type, written out: neither the words of an index nor an embedding model know them."""

import re

_WRITTEN_OUT = {
    "n": "and", "u": "you", "ur": "your", "r": "are", "abt": "about", "b4": "before", "w/": "with", "w/o": "without",
    "cuz": "because", "coz": "because", "tho": "though", "thru": "through", "alot": "a lot",
    "gonna": "going to", "wanna": "want to", "gotta": "have to", "hafta": "have to", "lemme": "let me",
    "dunno": "do not know", "idk": "I do not know", "wat": "what", "wot": "what", "pls": "please", "plz": "please",
    "shld": "should", "cld": "could", "wld": "would", "diff": "different", "smth": "something",
    "sumthing": "something", "sumone": "someone", "sumbody": "somebody", "some1": "someone", "any1": "anyone",
    "2day": "today", "2moro": "tomorrow", "tmrw": "tomorrow", "2nite": "tonight", "overnite": "overnight",
    "1st": "first", "2nd": "second", "3rd": "third", "appt": "appointment", "appts": "appointments",
    "apt": "appointment", "hrs": "hours", "hr": "hour", "mins": "minutes", "secs": "seconds", "wk": "week",
    "wks": "weeks", "yr": "year", "yrs": "years",
}  # fmt: skip
_TYPED = re.compile(
    rf"(?<![\w'’/]){'(?:' + '|'.join(map(re.escape, sorted(_WRITTEN_OUT, key=len, reverse=True))) + ')'}(?![\w'’/])",
    re.IGNORECASE,
)
# “dose” for “does”, where a verb stands and no amount is spoken of.
_DOSE = re.compile(
    r"(?:(?<=\b(?:how|why|and) )|(?<=\b(?:what|when|long|much|many) )|(?<=\boften )|^)dose"
    r"(?= \w)(?! (?:of|is|are|was|should|do|does|can|could|to|for|per|size)\b)",
    re.IGNORECASE,
)


def written_out(text: str) -> str:
    """`text` with the short ways written out; all else stays letter for letter."""
    return _DOSE.sub("does", _TYPED.sub(lambda typed: _WRITTEN_OUT[typed.group().lower()], text))
