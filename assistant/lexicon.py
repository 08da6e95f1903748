"""Named vocabularies of plain phrases, and where a text uses them.

A vocabulary is a list of entries:

- ``numb down there``: these words in a row; ``hurts/hurting`` is either, ``faint*`` any word that starts so,
  ``#`` a number (its bounds stand in the entry), ``#alone`` one between commas ("67, fell on the stairs")
- ``<numb> .. <groin>``: two other vocabularies (or plain words), the second within three words of the first;
  ``...`` is within seven, ``~`` within five in either order
- ``<numb>``: everything of another vocabulary
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from assistant.language import Words, number, plain, words
from assistant.model import AssistantError
from assistant.senses import DENIERS, LONG_AGO, ages, asked, denied

_GAPS = {"..": 3, "...": 7, "~": 5}
_NUMBER = "#"
_NUMBER_ALONE = "#alone"


class Use(NamedTuple):
    """One use of a vocabulary: the words from `start` to `end`, and in what sense they are meant."""

    start: int
    end: int
    denied: bool
    asked: bool
    age: int
    tongue: str


@dataclass(frozen=True, slots=True)
class Template:
    """Several vocabularies or phrases that stand close together. `gaps[i]` follows `parts[i]`."""

    parts: tuple[str, ...]
    gaps: tuple[tuple[int, bool], ...]
    tongue: str


@dataclass(slots=True)
class _Node:
    next: dict[str, "_Node"] = field(default_factory=dict)
    ends: list[tuple[str, float, float, str]] = field(default_factory=list)


Uses = Mapping[str, Sequence[Use]]


class Reading(NamedTuple):
    """The uses in a text, and for each of its words whether it is meant: not denied, long past or only asked."""

    uses: Uses
    meant: tuple[bool, ...]


class Lexicon:
    """Built once; `uses` reads a text against all vocabularies at the same time."""

    def __init__(
        self,
        vocabularies: Mapping[str, Sequence[Any]],
        spelling: Mapping[str, Sequence[str]] | None = None,
        real_words: Iterable[str] = (),
    ) -> None:
        self._root = _Node()
        self._templates: dict[str, list[Template]] = {name: [] for name in vocabularies}
        self._literals: set[str] = set()
        self._known: set[str] = {plain(word) for word in real_words}
        self._stems: dict[int, set[str]] = {}
        for name, entries in vocabularies.items():
            for entry in entries:
                self._add(name, entry)
        self._order = {name: i for i, name in enumerate(self._sorted())}
        self._begun_by: dict[str, dict[str, list[Template]]] = {}
        for name, templates in self._templates.items():
            for template in templates:
                self._begun_by.setdefault(template.parts[0], {}).setdefault(name, []).append(template)
        self._keys = cache(self._keys_of)
        self._slips = {slip: word for word, slips in (spelling or {}).items() for slip in slips}
        self._often_misspelt = _by_cut(word for word in spelling or () if len(word) >= 6)
        self._spelled = cache(self._spelling_of)

    def __contains__(self, name: str) -> bool:
        return name in self._templates

    # Reading the vocabularies

    def _add(self, name: str, entry: Any) -> None:
        if isinstance(entry, Mapping):
            unknown = set(entry) - {"said", "from", "to", "in"}
            if unknown or "said" not in entry:
                raise AssistantError(
                    f"words: {name}: an entry with {', '.join(sorted(map(str, unknown or entry)))} is not understood. "
                    "Write a phrase, or a mapping with said and from, to or in."
                )
            low, high = float(entry.get("from", -1)), float(entry.get("to", 1e9))
            for phrase in entry["said"]:
                self._add_phrase(name, phrase, low, high, str(entry.get("in", "")))
        else:
            self._add_phrase(name, entry, -1, 1e9, "")

    def _add_phrase(self, name: str, phrase: Any, low: float, high: float, tongue: str) -> None:
        if not isinstance(phrase, str) or not phrase.strip():
            raise AssistantError(f"words: {name}: {phrase!r} is not a phrase. Put it in quotation marks.")
        if "<" not in phrase and not any(f" {gap} " in phrase for gap in _GAPS):
            self._add_literal(name, phrase, low, high, tongue)
            return
        parts: list[str] = []
        gaps: list[tuple[int, bool]] = []
        for plain_words, piece in itertools.groupby(
            phrase.split(), lambda w: not (w in _GAPS or w[0] == "<")
        ):
            for atom in (" ".join(piece),) if plain_words else piece:
                if atom in _GAPS:
                    gaps.append((_GAPS[atom], atom == "~"))
                    continue
                if len(parts) > len(gaps):
                    gaps.append((0, False))
                parts.append(self._part(name, atom, low, high))
        if not parts or len(gaps) != len(parts) - 1:
            raise AssistantError(f"words: {name}: {phrase!r} is not understood. See the head of lexicon.py.")
        self._templates[name].append(Template(tuple(parts), tuple(gaps), tongue))

    def _part(self, name: str, piece: str, low: float, high: float) -> str:
        if piece.startswith("<"):
            other = piece[1:-1].strip()
            if other not in self._templates:
                raise AssistantError(
                    f"words: {name} uses <{other}>, which is not a vocabulary. Add it, or mend the name."
                )
            return other
        key = f'"{piece}"'
        if key not in self._literals:
            self._literals.add(key)
            self._add_literal(key, piece, low, high, "")
        return key

    def _add_literal(self, name: str, phrase: str, low: float, high: float, tongue: str) -> None:
        choices = [word.split("/") for word in plain(phrase).split()]
        for chosen in itertools.product(*choices):
            node = self._root
            for word in itertools.chain.from_iterable(_as_read(piece) for piece in chosen):
                if word.endswith("*"):
                    self._stems.setdefault(len(word) - 1, set()).add(word[:-1])
                elif not word.startswith(_NUMBER):
                    self._known.add(word)
                node = node.next.setdefault(word, _Node())
            node.ends.append((name, low, high, tongue))

    def _sorted(self) -> list[str]:
        """Vocabularies after those that they use."""
        order: list[str] = []
        state: dict[str, int] = {}

        def visit(name: str, path: tuple[str, ...]) -> None:
            if name.startswith('"') or state.get(name) == 2:
                return
            if state.get(name) == 1:
                raise AssistantError(f"words: {' → '.join((*path, name))} go round in a circle. Break it.")
            state[name] = 1
            for template in self._templates[name]:
                for part in template.parts:
                    visit(part, (*path, name))
            state[name] = 2
            order.append(name)

        for name in self._templates:
            visit(name, ())
        return order

    # Reading a text

    def _keys_of(self, word: str) -> tuple[str, ...]:
        keys = [word]
        keys += [word[:size] + "*" for size, stems in self._stems.items() if word[:size] in stems]
        if number(word) is not None:
            keys.append(_NUMBER)
        return tuple(keys)

    def _spelling_of(self, word: str) -> str:
        if word in self._slips:
            return self._slips[word]
        if len(word) < 6 or word in self._known or len(self._keys_of(word)) > 1:
            return word
        near = {
            known
            for cut in _cuts(word)
            for known in self._often_misspelt.get(cut, ())
            if _one_slip(word, known)
        }
        return min(near) if near else word

    def spelled(self, text: Words) -> tuple[str, ...]:
        """The words, each that is one slip away from a word of the vocabularies as that word."""
        return tuple(self._spelled(word) for word in text.words)

    def read(self, text: Words, asserted_from: int | None = None) -> Reading:
        """Where each vocabulary is used. From word `asserted_from` on nothing counts as only asked about."""
        said = self.spelled(text)
        found = list(self._phrases(said, text))
        kept = frozenset(
            i
            for _, start, end, _ in found
            if end - start > 1 and DENIERS & set(said[start:end])
            for i in range(start, end)
        )
        no, when = denied(text, kept), ages(text)
        wondered = asked(text)
        if asserted_from is not None:
            wondered = frozenset(i for i in wondered if i < asserted_from)
        uses: dict[str, list[Use]] = {}
        for name, start, end, tongue in found:
            use = Use(
                start,
                end,
                any(i in no and i not in kept for i in range(start, end)),
                start in wondered,
                max(when[start:end]),
                tongue,
            )
            uses.setdefault(name, []).append(use)
        self._compose(uses, text.sentence)
        firmly = denied(text, kept, firmly=True)
        meant = [
            (i in kept or i not in firmly) and i not in wondered and when[i] < LONG_AGO
            for i in range(len(said))
        ]
        for i in range(len(said) - 2, -1, -1):  # a "no" goes with what it denies
            if said[i] in DENIERS and i not in kept and i + 1 in firmly and not meant[i + 1]:
                meant[i] = False
        return Reading(uses, tuple(meant))

    def _compose(self, uses: dict[str, list[Use]], sentence: Sequence[int]) -> None:
        """Add what is told by several phrases together, the simpler vocabularies before those built on them."""
        begun: dict[str, list[Template]] = {}
        waiting: list[tuple[int, str]] = []

        def begin(part: str) -> None:
            for name, templates in self._begun_by.get(part, {}).items():
                if name not in begun:
                    begun[name] = []
                    heapq.heappush(waiting, (self._order[name], name))
                begun[name].extend(templates)

        for part in list(uses):
            begin(part)
        while waiting:
            _, name = heapq.heappop(waiting)
            more = {use for template in begun[name] for use in _matches(template, uses, sentence)}
            if more:
                known = name in uses
                uses[name] = sorted(more.union(uses.get(name, ())))
                if not known:
                    begin(name)

    def _phrases(self, said: Sequence[str], text: Words) -> Iterator[tuple[str, int, int, str]]:
        keys = [self._keys(word) for word in said]
        for i in _alone(text):
            if _NUMBER in keys[i]:
                keys[i] = (*keys[i], _NUMBER_ALONE)
        for start in range(len(said)):
            stack: list[tuple[_Node, int, float]] = [(self._root, start, 0.0)]
            while stack:
                node, i, value = stack.pop()
                for name, low, high, tongue in node.ends:
                    if low <= value <= high:
                        yield name, start, i, tongue
                if i == len(said) or text.sentence[i] != text.sentence[start]:
                    continue
                for key in keys[i]:
                    after = node.next.get(key)
                    if after is not None:
                        stack.append((after, i + 1, number(said[i]) or 0.0 if key[0] == _NUMBER else value))


def _alone(text: Words) -> Iterator[int]:
    """The words that are a whole clause: "67, fell on the stairs"."""
    clauses = (-1, *text.clause, -1)
    return (i - 1 for i in range(1, len(clauses) - 1) if clauses[i - 1] != clauses[i] != clauses[i + 1])


@cache
def _as_read(piece: str) -> tuple[str, ...]:
    if piece in (_NUMBER, _NUMBER_ALONE):
        return (piece,)
    return (
        (*words(piece[:-1]).words[:-1], words(piece[:-1]).words[-1] + "*")
        if piece.endswith("*")
        else words(piece).words
    )


def _matches(template: Template, uses: Uses, sentence: Sequence[int]) -> Iterator[Use]:
    lists = [uses.get(part) for part in template.parts]
    if not all(lists):
        return
    chains: list[Use] = list(lists[0] or ())
    for (gap, either), following in zip(template.gaps, lists[1:], strict=True):
        chains = [
            Use(
                min(left.start, right.start),
                max(left.end, right.end),
                left.denied or right.denied,
                left.asked or right.asked,
                max(left.age, right.age),
                left.tongue or right.tongue,
            )
            for left in chains
            for right in following or ()
            if sentence[left.start] == sentence[right.start]
            and (0 <= right.start - left.end <= gap or (either and 0 <= left.start - right.end <= gap))
        ]
        if not chains:
            return
    for use in chains:
        yield use._replace(tongue=template.tongue) if template.tongue else use


def _cuts(word: str) -> Iterator[str]:
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def _by_cut(known: Iterable[str]) -> dict[str, set[str]]:
    """Words under themselves and under each form that lacks one letter, which words one slip apart share."""
    found: dict[str, set[str]] = {}
    for word in known:
        for cut in _cuts(word):
            found.setdefault(cut, set()).add(word)
    return found


def _one_slip(word: str, known: str) -> bool:
    """Whether one letter more, less, other or swapped, after the first, makes the one word the other."""
    if word[0] != known[0]:
        return False
    if len(word) != len(known):
        long, short = sorted((word, known), key=len, reverse=True)
        return any(long[:i] + long[i + 1 :] == short for i in range(1, len(long)))
    differ = [i for i in range(len(word)) if word[i] != known[i]]
    return len(differ) == 1 or (
        len(differ) == 2
        and differ[1] == differ[0] + 1
        and word[differ[0]] == known[differ[1]]
        and word[differ[1]] == known[differ[0]]
    )
