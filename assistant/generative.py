"""The optional answerer: a language model words the evidence, and nothing it says leaves before it was checked."""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from assistant import planted
from assistant.model import Citation, Evidence, Statement
from assistant.prompts import Draft, draft, prompt
from assistant.support import Embed, verdict
from corpus.admission import may_be_reworded
from corpus.sentences import LIST_MARKER, sentences
from index.terms import stems

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Answerer = Callable[[str, Sequence[Evidence]], Iterator[Statement]]

LONGEST_STATEMENT = 400
SHORTEST_QUOTE = 3
LETTERS_A_TOKEN = 4
NEARLY_THE_SAME = 0.6
_FINISHED = ("finish_reason", "stop_reason", "done_reason", "status")
_WHOLE = ("stop", "end_turn", "length", "max_tokens", "stop_sequence", "completed")
_CURLY = str.maketrans("‘’“”–—", "''\"\"--")

log = logging.getLogger(__name__)


class Purse(Protocol):
    def reserve(self, tokens: int) -> bool: ...
    def settle(self, reserved: int, used: int) -> None: ...


class _Broken(Exception):
    """The model did not finish; the message says how, without a visitor's word in it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take, and how many are made at a time."""

    seconds: float = 30
    tokens: int = 600
    streams: int = 8
    statements: int = 6


class Generative:
    """An answerer over a chat model, with `fallback` for whatever it does not do well.

    A statement is released when its quotation is in the passage, letter by letter, its content is in the quotation,
    and it holds no link, telephone number or dose. When the model is late, broken off, refused, spent or caught as
    often as not, `fallback` completes what was released, or answers alone; nothing released is taken back. No error
    leaves this class; the log says what happened, without the question.
    """

    def __init__(
        self,
        engine: str,
        open_model: "Callable[[], BaseChatModel]",
        embed: Embed,
        fallback: Answerer,
        purse: Purse,
        limits: Limits,
    ) -> None:
        self._engine = engine
        self._open = open_model
        self._embed = embed
        self._fallback = fallback
        self._purse = purse
        self._limits = limits
        self._places = BoundedSemaphore(limits.streams)

    def __call__(self, question: str, evidence: Sequence[Evidence]) -> Iterator[Statement]:
        said: list[Statement] = []
        refused = 0
        shared = _shared(evidence)
        try:
            for proposed in self._drafts(question, shared) if shared else ():
                statement, because = self._checked(proposed, shared, said)
                if statement is None:
                    refused += 1
                    log.info("%s: a statement was refused: %s", self._engine, because)
                    continue
                said.append(statement)
                yield statement
                if len(said) == self._limits.statements:
                    return
        except Exception as error:  # whatever a provider's client raises, the visitor gets an answer
            why = str(error) if isinstance(error, _Broken) else type(error).__name__
            log.warning("%s did not finish (%s): the extractive engine answers", self._engine, why)
        else:
            if len(said) > refused:
                return
        for statement in self._fallback(question, evidence):
            if len(said) == self._limits.statements:
                return
            if not any(_repeats(statement, other) for other in said):
                said.append(statement)
                yield statement

    def _checked(
        self, proposed: Draft, evidence: Sequence[Evidence], said: Sequence[Statement]
    ) -> tuple[Statement | None, str]:
        """(the statement, "") or (None, which check it failed)."""
        item = next((item for item in evidence if item.number == proposed.source), None)
        quote = located(proposed.quote, item.passage.text) if item else ""
        if item is None or not quote:
            return None, "quotation"
        if not proposed.text or len(proposed.text) > LONGEST_STATEMENT:
            return None, "length"
        if any(
            found(proposed.text) for found in (planted.contact, planted.dose, planted.markup, planted.order)
        ):
            return None, "planted"
        if not planted.may_be_quoted(quote, item):
            return None, "planted"
        context = ". ".join((item.card.title, *item.passage.trail))
        judged = verdict(proposed.text, quote, context, self._embed)
        if not judged.holds:
            return None, judged.because
        statement = Statement(proposed.text, (Citation(item.number, quote),), self._engine)
        if any(_repeats(statement, other) for other in said):
            return None, "repeated"
        return statement, ""

    def _drafts(self, question: str, evidence: Sequence[Evidence]) -> Iterator[Draft]:
        """What the model proposes, line by line. Raises whatever went wrong, after the lines that were whole."""
        words = prompt(question, evidence, self._limits.statements)
        asked = sum(len(text) for _, text in words) // LETTERS_A_TOKEN
        reserved = asked + self._limits.tokens
        if not self._places.acquire(blocking=False):
            raise _Broken("all places are taken")
        try:
            if not self._purse.reserve(reserved):
                raise _Broken("the daily allowance is spent")
            pump = _Pump(self._open, words, self._limits, self._purse, reserved, self._places.release)
        except BaseException:
            self._places.release()
            raise
        try:
            held = ""
            for piece in pump.pieces():
                *lines, held = (held + piece).split("\n")
                yield from filter(None, map(draft, lines))
            if (last := draft(held)) is not None:
                yield last
        finally:
            pump.stop()


class _Pump:
    """Reads a model's stream in a thread of its own, so that a silent server costs the visitor no more than the limit.

    The place and the allowance are given back when the stream has really ended, not when nobody listens any more.
    """

    def __init__(
        self,
        open_model: "Callable[[], BaseChatModel]",
        words: list[tuple[str, str]],
        limits: Limits,
        purse: Purse,
        reserved: int,
        release: Callable[[], None],
    ) -> None:
        self._open = open_model
        self._words = words
        self._limits = limits
        self._purse = purse
        self._reserved = reserved
        self._release = release
        self._read: SimpleQueue[str | Exception | None] = SimpleQueue()
        self._stopped = Event()
        self._deadline = monotonic() + limits.seconds
        Thread(target=self._run, daemon=True, name="language model").start()

    def pieces(self) -> Iterator[str]:
        while True:
            try:
                piece = self._read.get(timeout=max(0.0, self._deadline - monotonic()))
            except Empty:
                raise _Broken("late") from None
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        letters, used = 0, 0
        try:
            ending = ""
            for chunk in self._open().stream(self._words):
                letters += len(chunk.text)
                used = max(used, _used(chunk))
                ending = _ending(chunk) or ending
                if self._stopped.is_set():
                    return
                if monotonic() > self._deadline:
                    raise _Broken("late")
                if letters > 2 * LETTERS_A_TOKEN * self._limits.tokens:
                    raise _Broken("endless")
                self._read.put(chunk.text)
            if ending not in _WHOLE:
                raise _Broken(f"ended with {ending!r}" if ending else "cut off")
            self._read.put(None)
        except Exception as error:
            self._read.put(error)
        finally:
            estimated = self._reserved - self._limits.tokens + letters // LETTERS_A_TOKEN
            with suppress(OSError):
                self._purse.settle(self._reserved, used or (estimated if letters else 0))
            self._release()


def _shared(evidence: Sequence[Evidence]) -> list[Evidence]:
    """What a model is given: what its licence lets it word anew, and a person has reviewed, for nobody knows what else
    a text may tell it to do. Nothing when the best of it is kept from the model."""
    shared = [item for item in evidence if item.card.is_reviewed and may_be_reworded(item.card.licence)]
    return shared if shared[:1] == list(evidence[:1]) else []


def located(quote: str, text: str) -> str:
    """The whole sentences of `text` that hold `quote`, exactly as they stand there; empty when it is not in there.

    White space and the bend of quotation marks may differ, letters may not. Half a sentence is never quoted, for the
    other half may say "not"; an item of a list brings its lead-in.
    """
    if len(quote.split()) < SHORTEST_QUOTE:
        return ""
    pattern = r"\s+".join(re.escape(word) for word in quote.translate(_CURLY).split())
    found = re.search(pattern, text.translate(_CURLY))
    if found is None:
        return ""
    spans = sentences(text)
    held = [at for at, (start, end) in enumerate(spans) if start < found.end() and end > found.start()]
    if not held:
        return ""
    first = held[0]
    while first and _is_item(text, spans[first][0]):
        first -= 1
    return text[spans[first][0] : spans[held[-1]][1]]


def _is_item(text: str, start: int) -> bool:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return bool(line.strip()) and LIST_MARKER.match(f"{line}x") is not None


def _repeats(one: Statement, other: Statement) -> bool:
    for cited in one.citations:
        for before in other.citations:
            if cited.evidence == before.evidence and (
                cited.quote in before.quote or before.quote in cited.quote
            ):
                return one.text == other.text or one.engine != other.engine
    words, others = set(stems(one.text)), set(stems(other.text))
    return bool(words | others) and len(words & others) / len(words | others) >= NEARLY_THE_SAME


def _used(chunk: Any) -> int:
    return int((getattr(chunk, "usage_metadata", None) or {}).get("total_tokens", 0))


def _ending(chunk: Any) -> str:
    return next(
        (str(chunk.response_metadata[key]) for key in _FINISHED if chunk.response_metadata.get(key)), ""
    )
