"""Where sentences begin and end, so that one can be quoted whole and alone."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LIST_MARKER = re.compile(r"[ \t]*(?:[-*•‣▪]|\d{1,3}[.)])[ \t]+(?=\S)")

_LINE = re.compile(r"[^\n]+")
# Marks that end a sentence, with the quotes, brackets and bracketed reference numbers that close behind them.
_STOP = re.compile(r"[.!?…。！？][.!?…。！？\"'”’»)\]]*(?:\[\d{1,3}(?:[,–-] ?\d{1,3})*\])*")
_FIRST_WORD = re.compile(r"\w+|\S")
_NOT_A_WORD = frozenset(" \t([\"“‘'«—–")
_LONGEST_ABBREVIATION = 12
_OPENERS = "\"'“‘«([*_"
_PAIRED_WITHIN = 400  # a bracket that closes later than this is taken for a slip, not for a pair

# Followed by a name or by the rest of the thought: never the end. As written: "MS" is an illness.
_GOES_ON = _words(
    "Dr Mr Mrs Ms Mx Prof Rev Hon Mt Gen Sgt Lt Capt vs Vs e.g E.g eg i.e I.e ie cf Cf approx Approx ca incl "
    "Incl resp esp Esp"
)
# The end unless a number follows ("No. 5", "pp. 3-9", "Davis et al. (2020)").
_BEFORE_NUMBER = _words("al no nos fig figs tab vol p pp sec ch eq ref refs min max par para ext")
# Often in the middle of a name or a measure: the end only where the next word usually opens a sentence.
_ENDS_BEFORE_STARTER = _words(
    "st ave rd blvd hwy jr sr u.s u.k u.s.a b.c ph.d m.d b.sc m.sc d.o r.n inc ltd co corp jan feb mar "
    "apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun dept univ"
)
_CLOCK = frozenset(("a.m", "p.m"))
_DAYS = _words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december pacific pst pdt"
)
_STARTERS = _words(
    "a after all also although always an and any are as ask at avoid because before both but by call can do "
    "does each even every few first for from get go have he her here his how however i if in is it its keep "
    "later less many more most my never no not now of often on once one only or other our please rest see "
    "several she since so some stop such tell that the their then there these they this those three to today "
    "try two until use very we were what when where whether which while who why will with without you your "
    "massage pain research soft people patients studies therapists physiotherapists doctors"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """The (start, end) of every sentence, in order.

    A line break always ends a sentence: in a section's text it parts paragraphs, list items and table rows.
    The spans cover everything but white space and the markers of list items.
    """
    return [span for line in _LINE.finditer(text) for span in _of_line(text, line.start(), line.end())]


def _of_line(text: str, start: int, end: int) -> list[tuple[int, int]]:
    marker = LIST_MARKER.match(text, start, end)
    begin = _skip_space(text, marker.end() if marker else start, end)
    brackets = _bracketed(text, begin, end)
    spans = []
    for stop in _STOP.finditer(text, begin, end):
        here = stop.end()
        while brackets and brackets[-1][1] < here:
            brackets.pop()
        inside = bool(brackets) and brackets[-1][0] < here
        if here < end and not inside and _is_boundary(text, begin, stop, end):
            spans.append((begin, here))
            begin = _skip_space(text, here, end)
    while end > begin and text[end - 1].isspace():
        end -= 1
    if end > begin:
        spans.append((begin, end))
    return spans


def _is_boundary(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    mark = stop[0]
    if mark[0] in "。！？":
        return True
    following = _first_word(text, stop.end(), end)
    if not text[stop.end()].isspace() or not following or following[0].islower():
        return False
    if mark[0] != "." or mark.startswith(".."):
        return True
    if mark == "." and stop.start() - begin <= 3 and _is_step(text[begin : stop.start()]):
        return False
    return _ends(_word_before(text, begin, stop.start()), following, closed=mark != ".")


def _is_step(text: str) -> bool:
    """Whether all there is so far is the number of a step, as in "2. Lift the heel"."""
    return text.isdigit() or (len(text) == 1 and text.isalpha())


def _ends(word: str, following: str, *, closed: bool) -> bool:
    """Whether a full stop after `word` ends the sentence; `closed` when a quote or bracket follows it."""
    before = word.casefold()
    opens = following.casefold() in _STARTERS
    if word in _GOES_ON:
        return False
    if closed:
        return True
    if before in _BEFORE_NUMBER:
        return not following[0].isdigit()
    if before in _CLOCK:
        return not following[0].isdigit() and following.casefold() not in _DAYS
    if (before in _ENDS_BEFORE_STARTER and word[:1].isupper()) or (len(word) == 1 and word.isupper()):
        return opens  # the second: an initial, or "vitamin D."
    return True


def _word_before(text: str, begin: int, end: int) -> str:
    start = end
    while start > begin and end - start <= _LONGEST_ABBREVIATION and text[start - 1] not in _NOT_A_WORD:
        start -= 1
    return text[start:end]


def _first_word(text: str, start: int, end: int) -> str:
    begin = _skip_space(text, start, end)
    while begin < end and text[begin] in _OPENERS:
        begin += 1
    word = _FIRST_WORD.match(text, begin, end)
    return word[0] if word else ""


def _bracketed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The outermost pairs of round brackets, last first: a stop inside one does not end the sentence."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for at in range(start, end):
        if text[at] == "(":
            opened.append(at)
        elif text[at] == ")" and opened and at - (begin := opened.pop()) <= _PAIRED_WITHIN:
            while pairs and pairs[-1][0] > begin:
                pairs.pop()
            pairs.append((begin, at))
    return pairs[::-1]


def _skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start
