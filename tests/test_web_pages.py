"""The pages as a browser without script meets them: every button a form, every word escaped."""

import re
import uuid
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake_assistant import CALL_911, GO_NOW, STARTERS, OneArticle, site
from flask import Flask
from flask.testing import FlaskClient

from assistant.settings import ClinicSettings, Settings
from index.model import IndexNotReady
from web import create_app
from web.presenting import unbroken

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> \"'</textarea>"


class Page(HTMLParser):
    """The tags of a page, its forms' fields, and its visible words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def field(self, name: str) -> str:
        return next(a["value"] or "" for tag, a in self.tags if tag == "input" and a.get("name") == name)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = site(tmp_path, messages_per_minute=100)
    yield made
    made.extensions["assistant"]().close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def opened(client: FlaskClient, path: str = "/chat") -> Page:
    return Page(client.get(path).get_data(as_text=True))


def ask(client: FlaskClient, text: str, page: Page | None = None) -> Page:
    page = page or opened(client)
    sent = {"text": text, "id": page.field("id"), "token": page.field("token")}
    response = client.post("/chat", data=sent)
    assert response.status_code == 200
    return Page(response.get_data(as_text=True))


def test_the_front_door_leads_to_the_chat(client: FlaskClient) -> None:
    response = client.get("/")

    assert (response.status_code, response.headers["Location"]) == (302, "/chat")


def test_the_start_page_offers_questions_the_phone_and_what_this_is_not(client: FlaskClient) -> None:
    page = opened(client)

    assert all(question in page.text for question in STARTERS)
    assert "General information, not a diagnosis." in page.text
    assert "604-828-2610" in page.text
    assert ("a", "tel:+16048282610") in [(tag, a.get("href")) for tag, a in page.tags]


def test_a_conversation_goes_on_from_page_to_page_without_a_cookie(client: FlaskClient) -> None:
    first = ask(client, "What is heel pain?")
    second = ask(client, "And what helps against that?", first)

    assert "What is heel pain?" in second.text
    assert "And what helps against that?" in second.text
    assert "Searched for: What is plantar heel pain?" in second.text
    assert first.field("token")
    assert not client._cookies  # type: ignore[attr-defined]


def test_every_citation_opens_its_passage_with_the_quoted_words_marked(client: FlaskClient) -> None:
    page = ask(client, "What is heel pain?")
    buttons = [a for tag, a in page.tags if tag == "button" and a.get("class") == "cite"]
    panels = {a["id"] for tag, a in page.tags if "popover" in a}

    assert [a["aria-label"] for a in buttons] == [f"Source {n}: Plantar heel pain" for n in (1, 1, 2)]
    assert {a["popovertarget"] for a in buttons} == panels
    assert sum(tag == "mark" for tag, _ in page.tags) == 3
    assert ("a", "https://doi.org/10.1000/heels") in [(tag, a.get("href")) for tag, a in page.tags]


@pytest.mark.parametrize(("question", "message"), [("chest pain", CALL_911), ("I am numb", GO_NOW)])
def test_an_emergency_stands_alone_in_the_alert(client: FlaskClient, question: str, message: str) -> None:
    html = client.post("/chat", data={"text": question, "id": str(uuid.uuid4())}).get_data(as_text=True)
    alert = html[html.index('role="alert"') : html.index('role="status"')]

    assert Page(alert).text.count(unbroken(message)) == 1
    assert "Immediate action required:" in alert
    assert 'href="tel:911"' in alert
    assert 'class="answer"' not in html
    assert 'class="judge"' not in html
    assert 'class="offer"' not in html


def test_the_phone_card_stands_above_the_answer(client: FlaskClient) -> None:
    html = client.post("/chat", data={"text": "my heel", "id": str(uuid.uuid4())}).get_data(as_text=True)

    assert html.index('class="offer"') < html.index('class="answer"')


def test_a_reload_of_the_answer_page_asks_nothing_again(client: FlaskClient, app: Flask) -> None:
    sent = {"text": "What is heel pain?", "id": str(uuid.uuid4())}

    pages = [client.post("/chat", data=sent).get_data(as_text=True) for _ in range(2)]

    assert len(app.extensions["assistant"]()._chain.asked) == 1
    assert [page.count('class="asked"') for page in pages] == [1, 1]


def test_an_expired_token_begins_a_new_conversation(client: FlaskClient) -> None:
    sent = {"text": "What is heel pain?", "id": str(uuid.uuid4()), "token": "expired"}

    assert client.post("/chat", data=sent).status_code == 200


def test_a_call_back_is_kept_and_its_number_shown(client: FlaskClient, app: Flask) -> None:
    page = ask(client, "my heel")
    form = {"id": str(uuid.uuid4()), "token": page.field("token"), "name": "Jo Doe", "phone": "604-555-0188"}

    refused = client.post("/chat/call-back", data=form)
    taken = client.post("/chat/call-back", data={**form, "consent": "yes"})

    (kept,) = app.extensions["assistant"]()._store.inbox.handoffs()
    assert refused.status_code == 422
    assert 'value="Jo Doe"' in refused.get_data(as_text=True)
    assert taken.status_code == 201
    assert kept.id in taken.get_data(as_text=True)


def test_consent_is_never_ticked_beforehand(client: FlaskClient) -> None:
    page = ask(client, "my heel")

    (consent,) = [a for tag, a in page.tags if a.get("name") == "consent"]
    assert "checked" not in consent


def test_feedback_download_and_deletion_work_as_forms(client: FlaskClient, app: Flask) -> None:
    page = ask(client, "What is heel pain?")
    mine = {"token": page.field("token")}
    id = next(a["id"] or "" for _, a in page.tags if (a.get("id") or "").startswith("judge-")).removeprefix(
        "judge-"
    )

    thanks = client.post("/chat/feedback", data={**mine, "id": id, "helpful": "no", "reason": "unclear"})
    copy = client.post("/chat/download", data=mine)
    gone = client.post("/chat/delete", data=mine)

    assert "Thank you" in thanks.get_data(as_text=True)
    assert "You: What is heel pain?" in copy.get_data(as_text=True)
    assert "Your conversation was deleted." in gone.get_data(as_text=True)
    assert "You: " not in client.post("/chat/download", data=mine).get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/chat", {}, 422),
        ("/chat", {"text": "x"}, 422),
        ("/chat", {"text": "  ", "id": str(uuid.uuid4())}, 422),
        ("/chat/feedback", {"helpful": "yes"}, 400),
        ("/chat/call-back", {}, 422),
    ],
)
def test_a_form_sent_wrongly_is_a_page_that_offers_the_phone(
    client: FlaskClient, path: str, sent: dict[str, str], status: int
) -> None:
    response = client.post(path, data=sent)

    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert "604-828-2610" in response.get_data(as_text=True)


def test_words_of_visitors_and_settings_never_become_markup(tmp_path: Path) -> None:
    from fake_assistant import fake_assistant

    settings = Settings(data_dir=tmp_path, clinic=ClinicSettings(name=f"Clinic {EVIL}"))
    client = create_app(fake_assistant(settings), settings).test_client()
    form = {"text": EVIL, "id": str(uuid.uuid4()), "name": EVIL, "phone": EVIL, "best_time": EVIL}

    for path in ("/chat", "/chat/call-back"):
        page = Page(client.post(path, data=form).get_data(as_text=True))
        assert not [tag for tag, a in page.tags if tag == "img" or a.get("onerror")]
        assert all(a.get("src") for tag, a in page.tags if tag == "script")


def test_an_article_can_be_read_with_anchors_and_numbered_references(client: FlaskClient) -> None:
    page = opened(client, "/articles/heel")
    ids = {a["id"] for _, a in page.tags if a.get("id")}

    assert {"what-is-plantar-heel-pain", "ref-1"} <= ids
    assert "Last checked November 24, 2026" in page.text
    assert "Certainty of the evidence: moderate" in page.text
    assert "A study of heels" in page.text
    assert "#ref-1" in {a["href"] for _, a in page.tags if a.get("aria-label") == "Reference 1"}


def test_evidence_points_to_a_place_that_exists(client: FlaskClient) -> None:
    reply = client.post("/api/v1/messages", json={"id": str(uuid.uuid4()), "text": "heel"}).json

    for item in reply["evidence"]:
        path, _, anchor = item["url"].partition("#")
        assert anchor in {a.get("id") for _, a in opened(client, path).tags}


@pytest.mark.parametrize("path", ["/articles/none", "/nothing", "/articles/%2e%2e"])
def test_what_is_not_there_is_a_page_with_a_way_on(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Accept": "text/html"})

    assert response.status_code == 404
    assert "Back to the chat" in response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/about", "/about/card", "/privacy"])
def test_the_small_print_names_the_clinic_and_its_phone(client: FlaskClient, path: str) -> None:
    text = opened(client, path).text

    assert "Chipperfield In-Home Physiotherapy" in text
    assert "604-828-2610" in text


def test_ready_says_what_is_missing(client: FlaskClient, app: Flask) -> None:
    ready = client.get("/readyz")
    searcher: OneArticle = app.extensions["assistant"]()._searcher
    searcher.fault = IndexNotReady("There is no index yet. Build one with: assistant index build")
    missing = client.get("/readyz")

    assert (ready.status_code, ready.json) == (200, {"index": "ok", "database": "ok"})
    assert missing.status_code == 503
    assert "assistant index build" in missing.json["index"]
    assert client.get("/healthz").status_code == 200


def test_a_site_whose_assistant_cannot_open_still_offers_the_phone(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file where the folder should be")
    settings = Settings(data_dir=tmp_path, clinic=ClinicSettings(timezone="Nowhere/Land"))
    client = create_app(settings=settings).test_client()

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/about").status_code == 200


def test_what_the_clinic_has_to_mend_is_told_to_the_clinic_and_not_to_visitors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(data_dir=tmp_path, clinic=ClinicSettings(hours={"someday": "09:00-17:00"}))
    client = create_app(settings=settings).test_client()
    told = client.post("/api/v1/messages", json={"id": str(uuid.uuid4()), "text": "What is heel pain?"})

    assert told.status_code == 503  # asked again by the widget, as 4xx never is
    assert "clinic.hours" not in told.text
    assert "clinic.hours" in caplog.text
    assert "clinic.hours" in client.get("/readyz").json["assistant"]


@pytest.mark.parametrize("path", ["/chat", "/about", "/privacy", "/articles/heel", "/widget/demo"])
def test_every_page_says_in_a_sentence_of_its_own_what_it_is(client: FlaskClient, path: str) -> None:
    described = re.findall(r'<meta name="description" content="([^"]+)">', client.get(path).text)

    assert len(described) == 1
    assert 30 < len(described[0]) <= 160
