"""The real desk over a real store, with a chain that recites instead of searching."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from flask import Flask
from worlds import card, passage

from assistant import wiring
from assistant.chain import LONGEST_ANSWERED, AnswerChain
from assistant.desk import Assistant
from assistant.handoff import Clinic, offer
from assistant.housekeeping import keep_house
from assistant.model import (
    Abstention,
    Answer,
    Citation,
    Courtesy,
    Emergency,
    Event,
    Evidence,
    Finished,
    Found,
    Offer,
    Question,
    Referral,
    Reply,
    Response,
    Said,
    Statement,
)
from assistant.settings import Settings, WebSettings, load
from assistant.store import Store
from corpus.model import Card, Reference
from index.model import Passage
from index.search import Searcher
from web import create_app

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
REFERENCE = Reference(
    "study-2020", "systematic_review", "A study of heels", ("Doe J", "Roe R"), "Journal of Heels", 2020,
    doi="10.1000/heels", pmid="12345678",
)  # fmt: skip
NEXT = passage(
    "Calf and foot stretches often help plantar heel pain. Soft tissue work may ease it for a while.",
    heading="Does massage help heel pain?",
)
NOT_HERE = "I could not find that in the articles. The clinic can help you at 604-828-2610."
TOO_LONG = "Your message is longer than I can answer well. Please ask again in fewer words."
CALL_911 = "These can be signs of a heart attack. Call 9-1-1 now and stay still. Do not drive yourself."
GO_NOW = "Please go to an emergency department now. Call 9-1-1 if you cannot get there safely."
TODAY = "Please see a doctor today, or call 8-1-1 for advice on where to go."
STARTERS = (
    "What is plantar heel pain?",
    "Does massage help sore muscles after exercise?",
    "What happens at a first visit?",
    "Is soft tissue therapy covered by MSP or ICBC?",
)


class Clock:
    """Stands still until it is turned."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class RecitingChain:
    """Answers by a word in the question; the numbers of `asked` say how often it was at work."""

    def __init__(self, clinic: Clinic, clock: Callable[[], datetime]) -> None:
        self.clinic = clinic
        self.clock = clock
        self.asked: list[str] = []
        self.last = False

    def stream(self, question: Question) -> Iterator[Event]:
        self.asked.append(question.text)
        self.last = question.last
        words = question.text.lower()
        if "slow" in words:
            time.sleep(1.0)
        if "collapse" in words:
            raise RuntimeError("the chain collapsed")
        reply = self.reply(words)
        if isinstance(reply, Answer):
            yield Found(question.text, reply.evidence)
            for statement in reply.statements:
                yield Said(statement)
        standalone = "What is plantar heel pain?" if "that" in words else question.text
        yield Finished(Response(question, standalone, reply, "extractive", {"total": 3.0}))

    def reply(self, words: str) -> Reply:
        if "chest" in words:
            return Emergency("911", "heart-attack", CALL_911, ("source",))
        if "numb" in words:
            return Emergency("emergency_department", "cauda-equina", GO_NOW, ("source",))
        if "fever" in words:
            return Emergency("same_day", "infection", TODAY, ("source",), self.offer("same_day"))
        if len(words) > LONGEST_ANSWERED:
            return Abstention("unsupported", TOO_LONG, self.offer("not_covered"))
        if "hello" in words:
            return Courtesy("Hello. I am an automated assistant.")
        if "book" in words:
            return Referral("booking", "Booking is done by phone.", self.offer("booking"))
        if "spaceship" in words:
            return Abstention("off_topic", "That is outside what I can help with.")
        if "unicorn" in words:
            return Abstention("not_covered", NOT_HERE, self.offer("not_covered"))
        return answer(self.offer("personal_clinical") if "my " in words else None)

    def offer(self, reason: str) -> Offer:
        return offer(reason, self.clinic, self.clock())


class OneArticle:
    """A searcher's view of the index, holding the heel article alone."""

    def __init__(self) -> None:
        self.fault: Exception | None = None

    def article(self, id: str) -> tuple[Passage, ...]:
        return (passage(), NEXT) if id == "heel" else ()

    def card(self, id: str) -> Card | None:
        return card(id) if id == "heel" else None

    def warm(self) -> None:
        if self.fault:
            raise self.fault

    def close(self) -> None:
        pass


def answer(handoff: Offer | None = None) -> Answer:
    first, second = passage(), NEXT
    evidence = (
        Evidence(1, first, card(), (REFERENCE,), 0.91, ("dense", "lexical")),
        Evidence(2, second, card(), (REFERENCE,), 0.74, ("dense",)),
    )
    said = tuple(
        Statement(quote, (Citation(number, quote),))
        for number, quote in (
            (1, "Plantar heel pain is pain under the heel."),
            (1, "Plantar heel pain is worst with the first steps after rest."),
            (2, "Calf and foot stretches often help plantar heel pain."),
        )
    )
    return Answer(said, evidence, handoff, ("Does massage help heel pain?", "When should I get help?"))


def fake_assistant(
    settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC), **more: Any
) -> Assistant:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    clinic = wiring.clinic(settings)
    return Assistant(
        clinic,
        cast(AnswerChain, RecitingChain(clinic, clock)),
        cast(Searcher, OneArticle()),
        Store(settings.database_url),
        clock,
        STARTERS,
        **more,
    )


def fake_site() -> Flask:
    """The site over this assistant, for a server process of its own."""
    settings = load()
    return create_app(fake_assistant(settings), settings)


def notifying_site() -> Flask:
    """As `fake_site`, with notices of callback requests and the housekeeping that carries them."""
    settings = load()
    desk = fake_assistant(settings, notify=settings.notify.addresses)
    keep_house(lambda: wiring.housekeeping(settings, lambda: desk), every=0.1)
    return create_app(desk, settings)


def site(data_dir: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC), **web: Any) -> Flask:
    """The site in this process, with nothing shared between two of them; `web` are settings of [web]."""
    settings = Settings(data_dir=data_dir, web=WebSettings(**web))
    return create_app(fake_assistant(settings, clock), settings)


def chain_of(app: Flask) -> RecitingChain:
    return cast(RecitingChain, app.extensions["assistant"]()._chain)
