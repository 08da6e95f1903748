from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from worlds import HEEL, hit, passage

from assistant import extractive
from assistant.chain import AnswerChain
from assistant.handoff import Clinic
from assistant.model import (
    Abstention,
    Answer,
    Citation,
    Courtesy,
    Emergency,
    Evidence,
    Finished,
    Found,
    Question,
    Referral,
    Reply,
    Said,
    Statement,
    Turn,
)
from assistant.payloads import reply_payload
from assistant.routing import Router
from assistant.safety import Triage
from assistant.settings import Settings
from index.model import Hit, Passage

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
CLINIC = Clinic("A clinic", "604-828-2610", "BC", "America/Vancouver")
MASSAGE = passage("Massage may ease heel pain for a short time.", heading="Does massage help heel pain?")


class Shelf:
    """A searcher that finds what it was given, and remembers what it was asked."""

    def __init__(self, *passages: Passage, dense: float = 0.8, coverage: float = 0.9) -> None:
        self.passages = passages
        self.dense, self.coverage = dense, coverage
        self.asked: list[str] = []

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        self.asked.append(query)
        return [
            replace(hit(item, self.dense, self.coverage), found_by=("dense",), lexical=None)
            for item in self.passages[:limit]
        ]

    def article(self, id: str) -> tuple[Passage, ...]:
        return tuple(item for item in self.passages if item.article == id)


Answerer = Callable[[str, Sequence[Evidence]], Iterator[Statement]]


SETTINGS = Settings()
TRIAGE = Triage.load(numbers=SETTINGS.numbers)
ROUTER = Router.load(placeholders=SETTINGS.placeholders)


def chain(shelf: Shelf, answerer: Answerer = extractive.answer) -> AnswerChain:
    return AnswerChain(
        TRIAGE,
        ROUTER,
        shelf,  # type: ignore[arg-type]
        answerer,
        CLINIC,
        lambda: NOON,
    )


def reply(text: str, shelf: Shelf, *turns: Turn) -> Reply:
    return chain(shelf).invoke(Question(text, turns)).reply


def test_a_question_that_the_articles_answer_gets_cited_sentences() -> None:
    answer = reply("does massage help heel pain", Shelf(MASSAGE, passage()))

    assert isinstance(answer, Answer)
    assert answer.statements[0].text == "Massage may ease heel pain for a short time."
    texts = {item.number: item.passage.text for item in answer.evidence}
    assert all(cited.quote in texts[cited.evidence] for said in answer.statements for cited in said.citations)


def test_a_red_flag_is_answered_before_anything_is_searched() -> None:
    shelf = Shelf(passage())

    answer = reply("numb between my legs and I cannot hold my pee, would massage help my heel pain", shelf)

    assert isinstance(answer, Emergency)
    assert answer.level == "emergency_department"
    assert answer.handoff is None
    assert shelf.asked == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("can I talk to a real person", "human_request"),
        ("I'd like to book an appointment", "booking"),
        ("how much does a session cost", "price"),
        ("I want to make a complaint about my therapist", "complaint"),
    ],
)
def test_what_is_for_the_desk_goes_to_the_desk_without_a_search(text: str, reason: str) -> None:
    shelf = Shelf(passage())

    answer = reply(text, shelf)

    assert isinstance(answer, Referral)
    assert (answer.reason, answer.handoff.phone) == (reason, "604-828-2610")
    assert shelf.asked == []


def test_small_talk_is_answered_kindly() -> None:
    assert isinstance(reply("hi there!", Shelf()), Courtesy)


def test_a_personal_question_is_informed_with_the_phone_beside_it() -> None:
    answer = reply("I'm on warfarin, does massage help heel pain", Shelf(MASSAGE))

    assert isinstance(answer, Answer)
    assert answer.handoff is not None
    assert answer.handoff.reason == "personal_clinical"


def test_a_personal_question_that_the_articles_do_not_answer_is_for_a_person() -> None:
    answer = reply("I'm on warfarin, is it safe for me", Shelf(passage(), dense=0.2, coverage=0.1))

    assert isinstance(answer, Referral)
    assert answer.reason == "personal_clinical"


@pytest.mark.parametrize(("dense", "reason"), [(0.35, "not_covered"), (0.05, "off_topic")])
def test_weak_evidence_is_no_answer(dense: float, reason: str) -> None:
    answer = reply("what about my liver enzymes", Shelf(passage(), dense=dense, coverage=0.0))

    assert isinstance(answer, Abstention)
    assert answer.reason == reason
    assert (answer.handoff is not None) == (reason == "not_covered")


def test_what_names_a_topic_of_ours_is_never_called_outside() -> None:
    answer = reply("any rub for osteoporosis at 88", Shelf(passage(), dense=0.05, coverage=0.0))

    assert isinstance(answer, Abstention)
    assert answer.reason == "not_covered"
    assert answer.handoff is not None


def test_after_two_replies_that_did_not_help_a_person_is_offered() -> None:
    stuck = Turn("what about it", "I could not find…", "what about it", "abstention", "not_covered")

    answer = reply("what about my liver enzymes", Shelf(passage(), dense=0.3, coverage=0.0), stuck, stuck)

    assert isinstance(answer, Referral)
    assert answer.reason == "human_request"


def test_a_quotation_that_is_not_in_its_passage_never_gets_out() -> None:
    def inventing(question: str, evidence: Sequence[Evidence]) -> Iterator[Statement]:
        yield Statement("Massage cures arthritis.", (Citation(1, "cures arthritis"),))

    answer = chain(Shelf(passage()), inventing).invoke(Question("does massage help heel pain")).reply

    assert isinstance(answer, Abstention)
    assert answer.reason == "unsupported"


def test_an_article_that_may_not_be_quoted_is_not_evidence() -> None:
    from assistant.evidence import gather

    closed = hit()
    closed = replace(
        closed, card=replace(closed.card, licence=replace(closed.card.licence, admission="reference"))
    )

    assert gather("heel pain", [closed], 0.1) == ()


def test_an_imported_document_shows_the_works_it_names_for_all_it_says() -> None:
    from worlds import STUDY

    from assistant.evidence import gather

    silent = replace(passage(), cites=())
    own, imported = hit(silent), hit(silent)
    imported = replace(imported, card=replace(imported.card, kind="file"))

    assert gather("heel pain", [own], 0.1)[0].references == ()
    assert gather("heel pain", [imported], 0.1)[0].references == (STUDY,)


def test_one_section_speaks_once() -> None:
    from assistant.evidence import gather

    parts = [hit(passage(f"Part {n} of heel pain.", n=n)) for n in range(3)]

    assert len(gather("heel pain", parts, 0.1)) == 1


def test_what_is_streamed_is_what_is_finished() -> None:
    events = list(chain(Shelf(MASSAGE, passage())).stream(Question("does massage help heel pain")))

    assert isinstance(events[0], Found)
    assert isinstance(events[-1], Finished)
    final = events[-1].response.reply
    assert isinstance(final, Answer)
    assert tuple(event.statement.text for event in events if isinstance(event, Said)) == tuple(
        statement.text for statement in final.statements
    )


def test_the_same_question_gets_the_same_reply() -> None:
    def told() -> dict[str, Any]:
        payload = reply_payload(
            chain(Shelf(MASSAGE, passage())).invoke(Question("does massage help heel pain"))
        )
        return {key: payload[key] for key in ("kind", "text", "statements", "evidence")}

    assert told() == told()


def test_follow_ups_are_headings_that_the_answer_has_not_used() -> None:
    other = passage(HEEL, heading="How long does heel pain last?")
    answer = reply("does massage help heel pain", Shelf(MASSAGE, dense=0.8))
    assert isinstance(answer, Answer)
    assert answer.follow_ups == ()

    shelf = Shelf(MASSAGE)
    shelf.article = lambda id: (MASSAGE, other)  # type: ignore[method-assign]
    answer = reply("does massage help heel pain", shelf)

    assert isinstance(answer, Answer)
    assert answer.follow_ups == ("How long does heel pain last?",)


def test_langchain_callbacks_see_the_search() -> None:
    class Watching(BaseCallbackHandler):
        def __init__(self) -> None:
            self.seen: list[str] = []

        def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
            self.seen.append(str(kwargs.get("name")))

    watching = Watching()

    chain(Shelf(MASSAGE)).invoke(Question("does massage help heel pain"), {"callbacks": [watching]})

    assert watching.seen == ["AnswerChain", "search"]


def test_a_batch_is_answered_in_order() -> None:
    responses = chain(Shelf(MASSAGE)).batch([Question("hello"), Question("does massage help heel pain")])

    assert [type(response.reply) for response in responses] == [Courtesy, Answer]


def test_a_message_that_is_too_long_is_still_triaged(tmp_path: Path) -> None:
    story = "my heel hurts and I like long walks. " * 200

    assert isinstance(reply(story + "I cannot feel when I wipe and cannot pee", Shelf()), Emergency)
    assert isinstance(reply(story, Shelf(MASSAGE)), Abstention)


def test_the_last_word_of_a_conversation_is_kind_and_an_emergency_goes_before_it() -> None:
    shelf = Shelf(HEEL, MASSAGE)
    ended = chain(shelf).invoke(Question("Does massage help heel pain?", last=True)).reply
    alarmed = chain(shelf).invoke(Question("I have chest pain and cannot breathe", last=True)).reply

    assert isinstance(ended, Abstention)
    assert "begin a new one" in ended.text
    assert ended.handoff is not None
    assert isinstance(alarmed, Emergency)
    assert shelf.asked == []


def test_each_part_of_a_question_has_its_own_evidence() -> None:
    from assistant.evidence import gather_each

    long, home, both = (passage(f"{word} heel pain.", word) for word in ("long", "home", "both"))
    found = {
        "how long": [hit(long, dense=0.9), hit(home, dense=0.8), hit(both, dense=0.8)],
        "at home": [hit(home, dense=0.9), hit(both, dense=0.8)],
        "nothing": [],
    }

    gathered = gather_each(found, 0.1, limit=6)

    assert [(item.number, item.asked, item.passage.article) for item in gathered] == [
        (1, "how long", "long"),
        (2, "how long", "both"),
        (3, "at home", "home"),
    ]


def test_both_parts_of_a_question_are_answered() -> None:
    reply = (
        chain(Shelf(MASSAGE, passage()))
        .invoke(Question("does massage help heel pain, and when is heel pain worst?"))
        .reply
    )

    assert isinstance(reply, Answer)
    assert {citation.evidence for statement in reply.statements for citation in statement.citations} == {1, 2}


def test_the_caution_that_belongs_to_a_visitor_comes_first() -> None:
    thinners = passage(
        "Ask first when you take warfarin.", "thinners", "Is massage safe with blood thinners?"
    )

    class TwoShelves(Shelf):
        def search(self, query: str, limit: int = 10) -> list[Hit]:
            return Shelf(thinners if query.startswith("Is ") else MASSAGE).search(query, limit)

    answer = reply("does massage help heel pain, im on warfarin", TwoShelves(MASSAGE))

    assert isinstance(answer, Answer)
    assert [said.text for said in answer.statements] == [thinners.text, MASSAGE.text]
    assert answer.handoff is not None


def heard(text: str, shelf: Shelf, **shares: float) -> Reply:
    """The reply where a message that no rule knows is heard with these shares."""
    router = Router.load(placeholders=SETTINGS.placeholders, kinds=lambda said: shares)
    asked = AnswerChain(TRIAGE, router, shelf, extractive.answer, CLINIC, lambda: NOON)  # type: ignore[arg-type]
    return asked.invoke(Question(text)).reply


def test_what_may_be_for_the_desk_as_well_is_answered_with_the_phone_beside_it() -> None:
    answer = heard("does massage help heel pain", Shelf(MASSAGE), ours=0.6, price=0.4)

    assert isinstance(answer, Answer)
    assert answer.handoff is not None
    assert answer.handoff.reason == "price"


def test_what_the_articles_do_not_answer_is_for_the_desk_if_it_may_be() -> None:
    answer = heard("what does it come to", Shelf(passage(), dense=0.2, coverage=0.1), ours=0.6, price=0.4)

    assert isinstance(answer, Referral)
    assert answer.reason == "price"


def test_other_medicine_is_called_so_and_not_off_topic() -> None:
    answer = heard("what is a normal psa", Shelf(passage(), dense=0.05, coverage=0.0), medicine=0.9, ours=0.1)

    assert isinstance(answer, Abstention)
    assert answer.reason == "not_covered"
    assert "8-1-1" in answer.text
