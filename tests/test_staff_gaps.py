"""Gaps in the console: seen by meaning, answered, let be, made golden questions."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fakes import HashingEmbeddings
from staff_site import Staffed, post, staffed

from assistant.gaps import Gap
from assistant.golden import read
from corpus.shelf import Shelf

ATTACK = "<script>alert(1)</script> unicorn"


def embed(texts: Sequence[str]) -> tuple[str, list[list[float]]]:
    return "hashing", HashingEmbeddings(512).embed_documents(list(texts))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Staffed]:
    with staffed(tmp_path) as made:
        yield made


def gap(world: Staffed, *asked: str) -> Gap:
    for text in asked or ("is there a unicorn at the clinic", "a unicorn at the clinic please"):
        world.say(text)
    world.console.gaps.gather(embed, world.clock())
    return world.console.gaps.list()[0]


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def test_a_gap_is_shown_with_how_often_and_in_which_words_it_was_asked(world: Staffed) -> None:
    gap(world)
    client = world.signed_in()
    page = text(client.get("/staff/gaps"))

    assert "asked 2 times" in page
    assert "is there a unicorn at the clinic" in page
    assert "no answer found" in page
    assert "Gaps 1" in text(client.get("/staff/"))
    assert "a unicorn at the clinic please 2 times" in text(client.get("/staff/"))


def test_an_approved_answer_is_an_article_on_the_clinics_shelf(world: Staffed) -> None:
    made = gap(world)
    world.console.jobs.begin("build", "another")  # so that none is started here
    client = world.signed_in()
    post(
        client,
        f"/staff/gaps/{made.id}/answer",
        question="Is there a unicorn?",
        answer="There is none.",
        by="Bea Lee",
        wording="a unicorn at the clinic please",
    )

    (article,) = Shelf([world.settings.data_dir / "shelf"], {})
    assert (article.card.title, article.card.reviewer, article.card.kind) == (
        "Is there a unicorn?",
        "Bea Lee",
        "answer",
    )
    assert article.sections[0].asked == ("a unicorn at the clinic please",)
    known = world.console.gaps.get(made.id)
    assert (known.state, known.changed_by, known.article) == ("answered", "al", article.card.id)
    assert "A build runs already" in text(client.get("/staff/gaps?show=answered"))


def test_only_wordings_of_the_gap_are_kept(world: Staffed) -> None:
    made = gap(world)
    world.console.jobs.begin("build", "another")
    fields = {"question": "Is there a unicorn?", "answer": "None.", "by": "Bea", "wording": "something else"}
    post(world.signed_in(), f"/staff/gaps/{made.id}/answer", **fields)

    (article,) = Shelf([world.settings.data_dir / "shelf"], {})
    assert article.sections[0].asked == ()


def test_an_answer_without_words_is_refused_and_the_gap_stays_open(world: Staffed) -> None:
    made = gap(world)
    fields = {"question": "Is there a unicorn?", "answer": " ", "by": "Bea"}
    refused = post(world.signed_in(), f"/staff/gaps/{made.id}/answer", **fields)

    assert refused.status_code == 422
    assert "Write the answer" in text(refused)
    assert world.console.gaps.get(made.id).state == "open"


def test_a_gap_is_let_be_and_opened_again(world: Staffed) -> None:
    made = gap(world)
    client = world.signed_in()
    post(client, f"/staff/gaps/{made.id}/state", state="ignored")
    assert "Every question that was asked is answered" in text(client.get("/staff/gaps"))

    post(client, f"/staff/gaps/{made.id}/state", state="open")
    assert world.console.gaps.get(made.id).state == "open"


def test_a_question_that_is_answered_now_becomes_a_golden_one(world: Staffed) -> None:
    id = world.say("does heel pain pass", "visitor")
    world.desk.feedback(id, "visitor", False)
    made = gap(world, "a unicorn please")
    helped, unanswered = world.console.gaps.list()
    if helped.questions[0].reason != "not_helpful":
        helped, unanswered = unanswered, helped
    client = world.signed_in()
    refused = post(client, f"/staff/gaps/{unanswered.id}/golden", wording=unanswered.questions[0].text)
    post(client, f"/staff/gaps/{helped.id}/golden", wording="does heel pain pass")

    (kept,) = read([world.settings.data_dir / "golden"])
    assert (kept.text, kept.passages) == ("does heel pain pass", ("heel#what-is-plantar-heel-pain",))
    assert refused.status_code == 422
    assert made.id in (helped.id, unanswered.id)


def test_what_a_visitor_asked_is_text_and_nothing_else(world: Staffed) -> None:
    gap(world, ATTACK)
    page = world.signed_in().get("/staff/gaps").get_data(as_text=True)

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_no_visitors_words_stand_in_the_audit_log_or_in_an_address(world: Staffed) -> None:
    made = gap(world)
    client = world.signed_in()
    post(client, f"/staff/gaps/{made.id}/state", state="ignored")
    page = client.get("/staff/gaps?show=ignored").get_data(as_text=True)

    assert "unicorn" not in text(world.signed_in("jo").get("/staff/audit"))
    assert not [link for link in re.findall(r'(?:href|action)="([^"]+)"', page) if "unicorn" in link]
