"""A reply being made, as a stream of frames that survives a reader who goes away."""

import logging
import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from assistant.model import AssistantError, Found, Said
from assistant.payloads import statement_payload
from index.model import IndexNotReady
from web.payloads import HEARTBEAT, Message, frame, problem

if TYPE_CHECKING:
    from assistant.desk import Assistant

HEARTBEAT_SECONDS = 15.0
FIRST_WORD_SECONDS = 0.2
"""How long a reply may take to begin before the stream is opened without it."""

log = logging.getLogger(__name__)


class Reply:
    """One message being answered in a thread of its own.

    A visitor whose connection is cut asks again with the same id: the answer must then be there, so it is
    finished and stored whether or not anyone still listens.
    """

    def __init__(self, assistant: "Assistant", message: Message, conversation: str) -> None:
        self._events: SimpleQueue[Any] = SimpleQueue()
        self._held: list[Any] = []
        thread = threading.Thread(target=self._make, args=(assistant, message, conversation), daemon=True)
        thread.start()

    def _make(self, assistant: "Assistant", message: Message, conversation: str) -> None:
        try:
            for event in assistant.receive(message.id, message.text, conversation, message.page):
                self._events.put(event)
        except Exception as error:
            self._events.put(error)

    def begin(self) -> None:
        """Wait a moment for the first event. Raises what went wrong while a status can still tell it."""
        try:
            first = self._events.get(timeout=FIRST_WORD_SECONDS)
        except Empty:
            return
        if isinstance(first, Exception):
            raise first
        self._held.append(first)

    def frames(self, phone: str, deltas: bool) -> Iterator[str]:
        """status → delta… → answer, or error. The answer frame holds the whole reply: it is the authority."""
        number = 1
        yield frame(number, "status", {"stage": "searching", "text": "Looking through the articles…"})
        while True:
            try:
                event = self._held.pop() if self._held else self._events.get(timeout=HEARTBEAT_SECONDS)
            except Empty:
                yield HEARTBEAT
                continue
            number += 1
            match event:
                case Found():
                    found = len(event.evidence)
                    text = f"Reading {found} passage{'s' if found != 1 else ''}…"
                    yield frame(number, "status", {"stage": "reading", "text": text})
                case Said():
                    if deltas:
                        yield frame(number, "delta", statement_payload(event.statement))
                case Exception():
                    yield frame(number, "error", _problem(event, phone))
                    return
                case _:
                    yield frame(number, "answer", event.payload)
                    return


def _problem(error: Exception, phone: str) -> dict[str, Any]:
    if isinstance(error, AssistantError | IndexNotReady):
        log.warning("a reply failed: %s", error)
    else:
        log.error("a reply failed", exc_info=error)
    return problem(
        503, "Service Unavailable", f"I could not finish this answer. Please try again, or call {phone}."
    )
