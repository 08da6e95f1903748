"""BM25 over the same passages as the vectors: what a question's own words find.

Compressed rows of NumPy arrays, memory-mapped: opened in a millisecond, and nothing but NumPy to import.
(bm25s is as fast, but brings SciPy, a third of a second at every start, and knows no fields.)
A passage is addressed by its row, its place among the passages of the generation.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.model import IndexNotReady
from index.terms import WORD, Synonyms, stem, words

_ARRAYS = ("terms", "idf", "starts", "rows", "weights", "words", "word_terms", "word_counts")

_SATURATION, _LENGTHS = 1.2, 0.75  # BM25's k1 and b
_HEADING = 2.0  # a word in the title or a heading counts as much as this many in the text
_ASKED = 1.0  # one in the other ways to ask, as much as this many
_SYNONYM = 0.4  # and what a synonym finds, as this share of what the question's own word would
_LONGEST = 40  # bytes of a word that are looked at
_COMMON = 5  # so often the texts must have a word that is put for one of the other ways to ask


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question. `number` is that of its stem in the index, None if no passage has it.

    `others` are synonyms, as numbers of stems: a passage that has all of one has this word as well.
    """

    word: str
    number: int | None
    idf: float
    others: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The words of a question that a passage has, and the share of the question's information they carry.

    A word that no passage has counts in full for what is missing.
    """

    words: tuple[str, ...]
    coverage: float


def unknown(query: Sequence[Term]) -> float:
    """The share of a query's information that its words carry of which no passage knows anything."""
    total = sum(term.idf for term in query)
    return sum(term.idf for term in query if term.number is None and not term.others) / (total or 1)


def write(directory: Path, texts: Iterable[tuple[str, str, str]]) -> None:
    """Index (heading, text, other ways to ask) in the order of their rows into the new folder `directory`."""
    postings: dict[str, list[tuple[int, int, bool, bool]]] = defaultdict(list)
    surface: Counter[str] = Counter()
    lengths: list[int] = []
    for row, (heading, text, asked) in enumerate(texts):
        counts: Counter[str] = Counter()
        said, above = words(text), words(heading)
        for word in said:
            counts[stem(word)] += 1
        headings, ways = {stem(word) for word in above}, {stem(word) for word in words(asked)}
        surface.update(said + above)
        lengths.append(len(said))
        for term in {*counts, *headings, *ways}:
            postings[term].append((row, counts[term], term in headings, term in ways))
    directory.mkdir()
    for name, array in _arrays(postings, surface, np.array(lengths, dtype=np.float32)).items():
        np.save(directory / f"{name}.npy", array)
    np.save(directory / "count.npy", len(lengths))


def _arrays(
    postings: dict[str, list[tuple[int, int, bool, bool]]],
    surface: Counter[str],
    lengths: NDArray[np.float32],
) -> dict[str, NDArray[Any]]:
    terms = sorted(postings, key=_key)
    norms = 1 - _LENGTHS + _LENGTHS * lengths / (lengths.mean() if lengths.any() else 1)
    idf = np.array([_idf(len(postings[term]), len(lengths)) for term in terms], dtype=np.float32)
    rows, weights = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.float32)]
    for term, information in zip(terms, idf, strict=True):
        found, counts, headings, ways = (np.array(column) for column in zip(*postings[term], strict=True))
        often = counts / norms[found] + _HEADING * headings + _ASKED * ways
        rows.append(found.astype(np.int32))
        weights.append((information * often * (_SATURATION + 1) / (often + _SATURATION)).astype(np.float32))
    places = {term: place for place, term in enumerate(terms)}
    known = sorted(surface, key=_key)
    return {
        "terms": _bytes(terms),
        "idf": idf,
        "starts": np.cumsum([0, *(len(postings[term]) for term in terms)]).astype(np.int64),
        "rows": np.concatenate(rows),
        "weights": np.concatenate(weights),
        "words": _bytes(known),
        "word_terms": np.array([places[stem(word)] for word in known], dtype=np.int32),
        "word_counts": np.array([surface[word] for word in known], dtype=np.int32),
    }


def _key(word: str) -> bytes:
    return word.encode()[:_LONGEST]


def _bytes(sorted_words: Sequence[str]) -> NDArray[np.bytes_]:
    return np.array([_key(word) for word in sorted_words], dtype=f"S{_LONGEST}")


def _idf(passages_with_it: int, passages: int) -> float:
    return log(1 + (passages - passages_with_it + 0.5) / (passages_with_it + 0.5))


class Lexical:
    """The index in `directory`, opened for questions."""

    def __init__(self, directory: Path) -> None:
        try:
            self.count = int(np.load(directory / "count.npy"))
            arrays = {name: np.load(directory / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        except (OSError, ValueError, EOFError) as error:
            raise IndexNotReady(
                f"{directory} cannot be read ({error}). Build anew with: assistant index build --full"
            ) from error
        self._terms, self._idf, self._starts = arrays["terms"], arrays["idf"], arrays["starts"]
        self._rows, self._weights = arrays["rows"], arrays["weights"]
        self._words, self._word_terms = arrays["words"], arrays["word_terms"]
        self._word_counts = arrays["word_counts"]
        self._said = np.zeros(len(self._terms), dtype=np.bool_)
        self._said[self._word_terms] = True

    def respelt(self, query: str, is_word: Callable[[str], bool] = lambda word: False) -> str:
        """The query with its misspelt words set right, as far as words of the texts and headings were meant.

        `is_word` knows words that are right though no text has them.
        """
        return WORD.sub(lambda word: self._meant(word[0], is_word), query)

    def read(self, query: str, synonyms: Synonyms) -> tuple[Term, ...]:
        """The words of a query, each stem once, with their synonyms."""
        read = [self._term(word) for word in words(query)]
        others: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for place, phrases in synonyms.within([stem(term.word) for term in read]):
            known = [numbers for phrase in phrases if (numbers := self._phrase(phrase))]
            for at in place:
                others[at] += known
        unique = {stem(term.word): (at, term) for at, term in reversed(list(enumerate(read)))}
        return tuple(
            Term(term.word, term.number, term.idf, tuple(others[at]))
            for at, term in sorted(unique.values(), key=lambda item: item[0])
        )

    def rank(
        self, query: Sequence[Term], n: int, among: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        """The best `n` rows with their BM25 score, best first; `among` says of each row whether it counts."""
        scores = np.zeros(self.count, dtype=np.float32)
        own = {term.number for term in query if term.number is not None}
        lent = {number for term in query for other in term.others for number in other} - own
        for numbers, share in ((sorted(own), 1.0), (sorted(lent), _SYNONYM)):
            for number in numbers:
                place = slice(self._starts[number], self._starts[number + 1])
                scores[self._rows[place]] += share * self._weights[place]
        if among is not None:
            scores[~among] = 0
        # Only rows that share a word are sorted: a partition over mostly equal zeros takes ten times as long.
        found = np.flatnonzero(scores)
        best = found[np.argsort(-scores[found], kind="stable")[:n]]
        return [(int(row), float(scores[row])) for row in best]

    def matches(self, query: Sequence[Term], rows: Sequence[int]) -> list[Match]:
        """How much of the query each of these passages speaks of; headings and synonyms count."""
        total = sum(term.idf for term in query)
        present = [self._present(term, np.asarray(rows, dtype=np.int32)) for term in query]
        return [
            Match(
                words=tuple(term.word for term, has in zip(query, present, strict=True) if has[place]),
                coverage=sum(term.idf for term, has in zip(query, present, strict=True) if has[place])
                / (total or 1),
            )
            for place in range(len(rows))
        ]

    def _present(self, term: Term, rows: NDArray[np.int32]) -> list[bool]:
        present = np.zeros(len(rows), dtype=np.bool_)
        for option in (() if term.number is None else ((term.number,),)) + term.others:
            present |= np.logical_and.reduce([self._has(number, rows) for number in option])
        return [bool(has) for has in present]

    def _has(self, number: int, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
        known = self._rows[self._starts[number] : self._starts[number + 1]]
        places = np.minimum(np.searchsorted(known, rows), len(known) - 1)
        found: NDArray[np.bool_] = np.equal(known[places], rows)
        return found

    def _term(self, word: str) -> Term:
        number = self._number(word)
        return Term(word, number, _idf(0, self.count) if number is None else float(self._idf[number]))

    def _number(self, word: str) -> int | None:
        place = _found(self._words, word)
        return _found(self._terms, stem(word)) if place is None else int(self._word_terms[place])

    def _phrase(self, stemmed: Sequence[str]) -> tuple[int, ...]:
        """The numbers of the stems, or nothing if one of them stands in no passage."""
        numbers = tuple(_found(self._terms, term) for term in stemmed)
        return tuple(number for number in numbers if number is not None) if None not in numbers else ()

    def _meant(self, typed: str, is_word: Callable[[str], bool]) -> str:
        """The word of the texts that a misspelt one most likely stands for; any other word as it is.

        One slip is forgiven in a word of five letters, two in one of eight, and a letter written twice or once is none.
        The first letter is taken to be right, and the last unless there is a letter too few or too many (“statin” is
        not “static”). What is alike is decided by the number of slips, then by how often the texts have it. The other
        ways to ask are typed as visitors type, so a word that they alone have may be misspelt as well.
        """
        word = "".join(words(typed))
        slips = 0 if len(word) < 5 or not word.isalpha() else 1 if len(word) < 8 else 2
        if not slips or ((number := self._number(word)) is not None and self._said[number]) or is_word(word):
            return typed
        from rapidfuzz.distance import OSA

        often, once = 1 if number is None else _COMMON, _once(word)
        first = slice(*np.searchsorted(self._words, [word[0].encode(), word[0].encode() + b"\xff"]))
        options = [
            (OSA.distance(once, _once(known), score_cutoff=slips), -int(count), known)
            for known, count in zip(
                (found.decode(errors="replace") for found in self._words[first]),
                self._word_counts[first],
                strict=True,
            )
            if len(known) >= 4 and count >= often and (known[-1] == word[-1] or len(known) != len(word))
        ]
        distance, _, meant = min(options, default=(slips + 1, 0, ""))
        return meant if distance <= slips else typed


def _once(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word)


def _found(sorted_words: NDArray[np.bytes_], word: str) -> int | None:
    key = _key(word)
    place = int(np.searchsorted(sorted_words, np.bytes_(key)))
    return place if place < len(sorted_words) and sorted_words[place] == key else None
