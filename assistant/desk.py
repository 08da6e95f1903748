"""The assistant as the web meets it: answering and remembering, and taking callback requests."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from assistant.chain import AnswerChain
from assistant.handoff import Clinic, opening, reference_number, request_callback
from assistant.inbox import ReferenceTaken
from assistant.model import AssistantError, Finished, Found, Handoff, Question, Response, Said
from assistant.payloads import reply_payload
from assistant.privacy import redact
from assistant.store import Store
from corpus.model import Card
from index.model import Hit, IndexNotReady, Passage
from index.search import Searcher

RETRY_WITHOUT_TOKEN = timedelta(minutes=5)
LONGEST_CONVERSATION = 60
DRAWN = partial(reference_number, secrets.SystemRandom())
LONGEST_REASON = 64
MOST_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Replied:
    """The last event of a message: the reply as stored, word for word what the visitor gets."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as it stands in the index that answers."""

    card: Card
    passages: tuple[Passage, ...]


class Assistant:
    """One clinic's assistant. Safe for threads."""

    def __init__(
        self,
        clinic: Clinic,
        chain: AnswerChain,
        searcher: Searcher,
        store: Store,
        clock: Callable[[], datetime],
        starters: tuple[str, ...] = (),
        notify: tuple[str, ...] = (),
        reference: Callable[[], str] = DRAWN,
    ) -> None:
        self.clinic = clinic
        self._chain = chain
        self._searcher = searcher
        self._store = store
        self._clock = clock
        self._starters = starters
        self._notify = notify
        self._reference = reference

    def receive(
        self, message_id: str, text: str, conversation: str, page: str = ""
    ) -> Iterator[Found | Said | Replied]:
        """Answer a message and remember the exchange; the reply is stored before it is yielded.

        The same id and text again replays the stored reply as a single Replied. Raises MessageConflict
        for the same id with another text, and Busy while another request is answering it.
        """
        kept = redact(text)
        claim = self._store.claim(conversation, message_id, kept, redact(page), self._clock())
        if claim.reply is not None:
            yield Replied(claim.reply)
            return
        try:
            last = self._store.length(conversation) > LONGEST_CONVERSATION
            question = Question(kept, self._store.turns(conversation), conversation, message_id, last)
            for event in self._chain.stream(question):
                if isinstance(event, Finished):
                    payload = reply_payload(event.response)
                    self._store.settle(conversation, message_id, payload)
                    yield Replied(payload)
                else:
                    yield event
        finally:
            self._store.release(conversation, message_id)

    def reply(self, message_id: str, text: str, conversation: str, page: str = "") -> Mapping[str, Any]:
        """The reply alone, as CONTRACT's JSON. Raises as `receive` does."""
        *_, last = self.receive(message_id, text, conversation, page)
        assert isinstance(last, Replied)
        return last.payload

    def replay(self, message_id: str, text: str) -> tuple[str, Mapping[str, Any]] | None:
        """(conversation, reply) for a visitor who lost the first reply, and with it the token.

        Only an id that is under five minutes old and came with the same text: ids are random UUIDs made
        by the visitor's own browser, so nobody else knows one.
        """
        return self._store.recent(message_id, redact(text), self._clock() - RETRY_WITHOUT_TOKEN)

    def call_back(self, request_id: str, fields: Mapping[str, Any], conversation: str | None) -> Handoff:
        """Take a callback request; it is on disk when this returns, and once only for each `request_id`.

        Raises AssistantError, in words for the visitor, when a field is missing or wrong.
        """
        now = self._clock()
        callback = request_callback(fields)
        for _ in range(MOST_DRAWS):
            handoff = Handoff(self._reference(), callback, conversation, now)
            with suppress(ReferenceTaken):
                return self._store.inbox.add(handoff, request_id, self._notify)
        raise RuntimeError("No reference number is free: the inbox is never emptied, or the dice are loaded")

    def feedback(self, message_id: str, conversation: str, helpful: bool, reason: str = "") -> None:
        kept = redact(reason)[:LONGEST_REASON]
        self._store.feedback(conversation, message_id, helpful, kept, self._clock())

    def transcript(self, conversation: str) -> list[dict[str, Any]]:
        return self._store.transcript(conversation)

    def erase(self, conversation: str) -> None:
        self._store.erase(conversation)

    def ask(self, text: str) -> Response:
        """What a visitor would be answered who asked this first; nothing is kept."""
        *_, last = self._chain.stream(Question(redact(text)))
        assert isinstance(last, Finished)
        return last.response

    def search(self, query: str, limit: int, kinds: Collection[str] | None = None) -> list[Hit]:
        """What the index finds, for staff; `kinds` are the kinds of article to look at."""
        return self._searcher.search(query, limit, kinds)

    def opening(self) -> tuple[bool | None, str | None]:
        """(open now, in words), both None while the clinic has set no hours."""
        return opening(self.clinic.hours, self.clinic.timezone, self._clock(), self.clinic.holidays)

    def starters(self) -> tuple[str, ...]:
        """Questions to begin with, as the visitor would ask them."""
        return self._starters

    def article(self, id: str) -> ArticleView | None:
        """The article as it is indexed now, its passages in reading order; None when there is none of that id."""
        passages = self._searcher.article(id)
        card = self._searcher.card(id)
        return ArticleView(card, passages) if card is not None and passages else None

    def ready(self) -> dict[str, str]:
        """ "ok", or what is wrong, for each part that answering needs."""
        return {"index": _state(self._searcher.warm), "database": _state(self._store.ping)}

    def close(self) -> None:
        self._searcher.close()
        self._store.close()


def _state(check: Callable[[], object]) -> str:
    try:
        check()
    except (IndexNotReady, AssistantError) as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: not reachable"
    return "ok"
