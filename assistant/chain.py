"""The retrieval chain: one turn from text to events. A LangChain Runnable, so `invoke`, `batch` and callbacks work."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from langchain_core.callbacks import CallbackManagerForChainRun
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langchain_core.runnables.config import patch_config

from assistant import wording
from assistant.approved import approved, recited
from assistant.cautions import about_a_risk, cautions
from assistant.citing import cited_only, released
from assistant.evidence import gather_each, is_far
from assistant.followup import standalone
from assistant.handoff import Clinic, offer
from assistant.model import (
    Abstention,
    Answer,
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
    Route,
    Said,
    Statement,
)
from assistant.parts import parts
from assistant.personal import is_personal
from assistant.routing import DESK, Router
from assistant.safety import Triage
from assistant.subject import UNKNOWN
from assistant.topics import topics
from index.model import Hit
from index.search import Searcher

Answerer = Callable[[str, Sequence[Evidence]], Iterator[Statement]]

LONGEST_ANSWERED = 4_000
LONGEST_TRIAGED = 16_384
PATIENCE = 2
"""After so many replies in a row that did not help, a person is offered instead of another try."""

STORY = 60
"""A message of more words tells of one person's case: without an answer in the articles it is for a person."""


class AnswerChain(Runnable[Question, Response]):
    """Safety → routing → follow-up → search → evidence → answer → citation check.

    `invoke` gives the Response; `stream` gives the events of the same turn (Found, Said…, Finished), each
    statement released only after its citations were checked. The chain stores nothing and reads no clock
    but the one it is given, so equal questions over the same index get equal replies.
    """

    def __init__(
        self,
        triage: Triage,
        router: Router,
        searcher: Searcher,
        answerer: Answerer,
        clinic: Clinic,
        clock: Callable[[], datetime],
        *,
        min_confidence: float = 0.45,
        subject: Callable[[str], float] = lambda question: UNKNOWN,
    ) -> None:
        self._triage = triage
        self._router = router
        self._searcher = searcher
        self._search: Runnable[str, list[Hit]] = RunnableLambda(searcher.search, name="search")
        self._answerer = answerer
        self._clinic = clinic
        self._clock = clock
        self._min_confidence = min_confidence
        self._subject = subject

    def invoke(self, input: Question, config: RunnableConfig | None = None, **kwargs: Any) -> Response:
        return self._call_with_config(self._respond, input, config, run_type="chain")

    def stream(  # type: ignore[override]  # the events of a response, not pieces of one
        self, input: Question, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Event]:
        def events(
            questions: Iterator[Question], run_manager: CallbackManagerForChainRun, config: RunnableConfig
        ) -> Iterator[Event]:
            for question in questions:
                yield from self._events(question, _child(run_manager, config))

        # LangChain thinks of a stream as pieces of the output; here the last event holds the whole of it.
        streamed: Any = events
        pieces: Iterator[Any] = self._transform_stream_with_config(
            iter([input]), streamed, config, run_type="chain"
        )
        return pieces

    def _respond(
        self, question: Question, run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> Response:
        *_, last = self._events(question, _child(run_manager, config))
        assert isinstance(last, Finished)
        return last.response

    def _events(self, question: Question, config: RunnableConfig) -> Iterator[Event]:
        clock = _Stopwatch()
        finish = self._finisher(question, clock)
        text = question.text[:LONGEST_TRIAGED]

        findings = self._triage.findings(text, question.turns)
        if (alarm := findings.alarm) is not None:
            handoff = self._offer("same_day") if alarm.level == "same_day" else None
            clock.lap("safety")
            yield finish(Emergency(alarm.level, alarm.flag, alarm.message, alarm.sources, handoff))
            return
        needs_person = findings.caution is not None
        clock.lap("safety")
        if question.last or len(question.text) > LONGEST_ANSWERED:
            words = wording.ENOUGH if question.last else wording.TOO_LONG
            yield finish(Abstention("unsupported", self._worded(words), self._offer("not_covered")))
            return

        route = self._router(text, question.turns)
        personal = route.subject == "personal_clinical" or needs_person
        if (settled := self._settled(route)) is not None:
            clock.lap("routing")
            yield finish(settled)
            return
        searched = standalone(text, question.turns)
        clock.lap("routing")

        found = {part: self._search.invoke(part, config) for part in parts(searched)}
        hits = [hit for of_part in found.values() for hit in of_part]
        own = approved(searched, hits, self._searcher.article)
        evidence = own or gather_each(found, self._min_confidence, subject=self._subject)
        if evidence and not own and (besides := cautions(searched, evidence)):
            first = {asked: about_a_risk(self._search.invoke(asked, config), asked)[:1] for asked in besides}
            found = first | found
            evidence = gather_each(found, self._min_confidence, subject=self._subject)
        clock.lap("search")
        if not evidence:
            yield finish(self._unanswered(question, hits, personal, route), searched)
            return

        yield Found(searched, evidence)
        statements: list[Statement] = []
        drafted = recited(own) if own else self._answerer(searched, evidence)
        for statement in released(drafted, evidence):
            statements.append(statement)
            yield Said(statement)
        clock.lap("compose")
        if not statements:
            text_of = self._worded(wording.UNSUPPORTED)
            yield finish(Abstention("unsupported", text_of, self._offer("not_covered")), searched)
            return
        said, shown = cited_only(statements, evidence)
        personal = personal or is_personal(searched, evidence)
        reason = "personal_clinical" if personal else _desk(route.beside)
        handoff = self._offer(reason) if reason else None
        yield finish(Answer(said, shown, handoff, self._follow_ups(shown)), searched)

    def _settled(self, route: Route) -> Reply | None:
        """The reply to a message that needs no search, or None."""
        match route.subject:
            case "knowledge" | "personal_clinical":
                return None
            case "courtesy":
                return Courtesy(route.text or "")
            case "off_topic":
                return Abstention("off_topic", route.text or wording.OFF_TOPIC)
            case "other_medicine":
                return Abstention("not_covered", route.text or self._worded(wording.NOT_COVERED))
            case "other_language":
                return Abstention(
                    "not_covered",
                    route.text or self._worded(wording.NOT_COVERED),
                    self._offer("other_language"),
                )
            case reason:
                text = route.text or self._worded(wording.TO_THE_DESK)
                return Referral(reason, text, self._offer(reason))

    def _unanswered(self, question: Question, hits: Sequence[Hit], personal: bool, route: Route) -> Reply:
        unhelpful = [turn.kind == "abstention" for turn in question.turns[-PATIENCE:]]
        if len(unhelpful) == PATIENCE and all(unhelpful):
            return Referral("human_request", self._worded(wording.STILL_STUCK), self._offer("human_request"))
        if personal or len(question.text.split()) > STORY:
            text = self._worded(wording.PERSONAL_CLINICAL)
            return Referral("personal_clinical", text, self._offer("personal_clinical"))
        named = topics(question.text)
        if route.beside and not (named and route.beside.subject in ("off_topic", "other_medicine")):
            return self._settled(route.beside) or self._not_covered()
        if is_far(hits) and not named:
            return Abstention("off_topic", wording.OFF_TOPIC)
        return self._not_covered()

    def _not_covered(self) -> Abstention:
        return Abstention("not_covered", self._worded(wording.NOT_COVERED), self._offer("not_covered"))

    def _follow_ups(self, shown: Sequence[Evidence], limit: int = 3) -> tuple[str, ...]:
        """Headings of the best article that ask something the answer has not used: the index can answer them."""
        used = {item.passage.trail[-1] for item in shown}
        trails = [passage.trail for passage in self._searcher.article(shown[0].passage.article)]
        headings = dict.fromkeys(trail[-1] for trail in trails if trail and trail[-1].endswith("?"))
        return tuple(heading for heading in headings if heading not in used)[:limit]

    def _offer(self, reason: str) -> Offer:
        return offer(reason, self._clinic, self._clock())

    def _worded(self, text: str) -> str:
        return text.format(phone=self._clinic.phone)

    def _finisher(self, question: Question, clock: "_Stopwatch") -> Callable[..., Finished]:
        def finish(reply: Reply, searched: str = "") -> Finished:
            return Finished(
                Response(question, searched or question.text, reply, _engine(reply), clock.finished())
            )

        return finish


class _Stopwatch:
    """Milliseconds spent in each named stage."""

    def __init__(self) -> None:
        self._began = self._last = perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self._laps[stage] = (now - self._last) * 1000
        self._last = now

    def finished(self) -> Mapping[str, float]:
        return {**self._laps, "total": (perf_counter() - self._began) * 1000}


def _engine(reply: Reply) -> str:
    """Who worded an answer, each once and the first speaker first; all other replies are the house's own words."""
    worded = reply.statements if isinstance(reply, Answer) else ()
    return ", ".join(dict.fromkeys(statement.engine for statement in worded)) or "extractive"


def _desk(route: Route | None) -> str | None:
    """The reason to offer a person for what a message may be as well; None when that is nothing for the desk."""
    return route.subject if route and route.subject in DESK else None


def _child(run_manager: CallbackManagerForChainRun, config: RunnableConfig) -> RunnableConfig:
    return patch_config(config, callbacks=run_manager.get_child())
