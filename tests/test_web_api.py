"""The programming interface: one question, one answer, however often and in whatever shape it is sent."""

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fake_assistant import CALL_911, TOO_LONG, Clock, chain_of, site
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from web.openapi import description

FIELD = st.sampled_from(
    ("id", "text", "page", "name", "phone", "best_time", "consent", "helpful", "reason", "token")
)
STREAM = {"Accept": "text/event-stream"}
FORM = {"name": "Jo Doe", "phone": "604-555-0188", "best_time": "mornings", "consent": True}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = site(
        tmp_path,
        clock,
        messages_per_minute=1000,
        messages_per_day=1000,
        requests_per_minute_per_address=1000,
        handoffs_per_hour=1000,
    )
    yield made
    made.extensions["assistant"]().close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def new_id() -> str:
    return str(uuid.uuid4())


def ask(
    client: FlaskClient,
    text: str = "What is heel pain?",
    id: str | None = None,
    token: str = "",
    **headers: str,
) -> TestResponse:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return client.post("/api/v1/messages", json={"id": id or new_id(), "text": text}, headers=headers)


def frames(response: TestResponse) -> list[tuple[str, Any]]:
    blocks = [block for block in response.get_data(as_text=True).split("\n\n") if block and block[0] != ":"]
    fields = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    assert [item["id"] for item in fields] == [str(n) for n in range(1, len(fields) + 1)] or len(fields) < 4
    return [(item["event"], json.loads(item["data"])) for item in fields]


def test_a_question_gets_a_reply_as_json_and_a_token(client: FlaskClient) -> None:
    response = ask(client)

    assert response.status_code == 200
    assert response.json["kind"] == "answer"
    assert response.headers["X-Visitor-Token"]
    for statement in response.json["statements"]:
        for citation in statement["citations"]:
            evidence = next(e for e in response.json["evidence"] if e["number"] == citation["evidence"])
            assert citation["quote"] in evidence["text"]


def test_a_streamed_reply_is_a_status_and_then_the_very_same_reply(client: FlaskClient) -> None:
    id = new_id()
    streamed = ask(client, id=id, **STREAM)
    streamed.get_data()
    plain = ask(client, id=id, token=streamed.headers["X-Visitor-Token"])

    events = frames(streamed)
    assert streamed.mimetype == "text/event-stream"
    assert (events[0][0], events[-1][0]) == ("status", "answer")
    assert events[-1][1] == plain.json
    assert streamed.headers["Cache-Control"] == "no-store, no-transform"
    assert streamed.headers["X-Accel-Buffering"] == "no"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_the_same_id_and_text_is_answered_once(client: FlaskClient, app: Flask, accept: str) -> None:
    id = new_id()
    first = ask(client, id=id, Accept=accept)
    first.get_data()

    again = ask(client, id=id, token=first.headers["X-Visitor-Token"], Accept=accept)

    assert again.status_code == 200
    assert again.get_data()
    assert len(chain_of(app).asked) == 1


@pytest.mark.parametrize("headers", [{}, STREAM])
@pytest.mark.parametrize("with_token", [True, False])
def test_the_same_id_with_another_text_is_a_conflict(
    client: FlaskClient, headers: dict[str, str], with_token: bool
) -> None:
    id = new_id()
    token = ask(client, id=id).headers["X-Visitor-Token"]

    response = ask(client, "What is a sprain?", id, token if with_token else "", **headers)

    assert response.status_code == 409
    assert response.mimetype == "application/problem+json"
    assert "new id" in response.json["detail"]


def test_a_retry_that_lost_its_token_gets_the_reply_and_a_token_for_five_minutes(
    client: FlaskClient, clock: Clock, app: Flask
) -> None:
    id = new_id()
    first = ask(client, id=id)

    clock.now += timedelta(minutes=4)
    again = ask(client, id=id)
    clock.now += timedelta(minutes=2)
    late = ask(client, id=id)

    assert again.json == first.json
    assert len(chain_of(app).asked) == 1
    assert read(client, again.headers["X-Visitor-Token"]) == read(client, first.headers["X-Visitor-Token"])
    assert late.status_code == 409
    assert "X-Visitor-Token" not in late.headers


def test_a_retry_while_the_first_is_being_answered_makes_no_second_answer(app: Flask) -> None:
    id = new_id()
    codes: list[int] = []

    def send() -> None:
        codes.append(ask(app.test_client(), "slow question", id).status_code)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == [200, 503, 503]
    assert len(chain_of(app).asked) == 1
    assert ask(app.test_client(), "slow question", id).status_code == 200


def test_an_answer_is_finished_and_kept_when_the_reader_goes_away(app: Flask) -> None:
    id = new_id()
    stream = app.test_client().post(
        "/api/v1/messages", json={"id": id, "text": "slow question"}, headers=STREAM, buffered=False
    )
    next(stream.iter_encoded())
    stream.close()

    for _ in range(100):
        response = ask(app.test_client(), "slow question", id)
        if response.status_code == 200:
            break
        threading.Event().wait(0.05)

    assert response.json["kind"] == "answer"
    assert len(chain_of(app).asked) == 1


def test_a_conversation_goes_on_under_its_token(client: FlaskClient) -> None:
    token = ask(client).headers["X-Visitor-Token"]

    second = ask(client, "And that?", token=token)

    assert "X-Visitor-Token" not in second.headers
    assert [turn["text"] for turn in read(client, token)["turns"]] == ["What is heel pain?", "And that?"]


def test_an_emergency_is_the_fixed_text_and_nothing_else(client: FlaskClient) -> None:
    reply = ask(client, "I have chest pain").json

    assert (reply["kind"], reply["level"], reply["text"]) == ("emergency", "911", CALL_911)
    assert (reply["statements"], reply["evidence"], reply["follow_ups"]) == ([], [], [])


@pytest.mark.parametrize("letters", ["a ", "é ", "日本 ", '"\\ '])
def test_a_text_far_too_long_is_still_looked_through_and_then_asked_to_be_shorter(
    client: FlaskClient, letters: str
) -> None:
    long = letters * 20_000

    urgent = post(client, json.dumps({"id": new_id(), "text": f"chest pain {long}"}, ensure_ascii=False))
    calm = post(client, json.dumps({"text": long, "id": new_id()}, ensure_ascii=False))

    assert urgent.json["kind"] == "emergency"
    assert calm.json["text"] == TOO_LONG


def test_a_long_text_that_fits_the_body_is_asked_to_be_shorter(client: FlaskClient) -> None:
    assert ask(client, "massage " * 600).json["text"] == TOO_LONG


def post(client: FlaskClient, body: str | bytes, mimetype: str = "application/json") -> TestResponse:
    return client.post("/api/v1/messages", data=body, content_type=mimetype)


@pytest.mark.parametrize(
    ("body", "mimetype", "status"),
    [
        ("", "application/json", 400),
        ("{", "application/json", 400),
        ("[1]", "application/json", 400),
        ("[" * 9000, "application/json", 400),
        ('"text"', "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        ('{"text": "x"}', "application/json", 422),
        ('{"id": "not-a-uuid", "text": "x"}', "application/json", 422),
        ('{"id": 7, "text": "x"}', "application/json", 422),
        ('{"id": "5f3b1d0c-8c1e-4f7e-9f43-0d1f0d3f8f10"}', "application/json", 422),
        ('{"id": "5f3b1d0c-8c1e-4f7e-9f43-0d1f0d3f8f10", "text": "  "}', "application/json", 422),
        ('{"id": "5f3b1d0c-8c1e-4f7e-9f43-0d1f0d3f8f10", "text": ["x"]}', "application/json", 422),
        ('{"id": "5f3b1d0c-8c1e-4f7e-9f43-0d1f0d3f8f10", "text": "\\u0000"}', "application/json", 422),
        ('{"id": "5f3b1d0c-8c1e-4f7e-9f43-0d1f0d3f8f10", "text": "x", "page": 3}', "application/json", 422),
        ('{"id": "5f3b1d0c-8c1e-4f7e-9f43-0d1f0d3f8f10", "text": "x", "page": {}}', "application/json", 422),
        ('{"id": "x", "pad": "' + "x" * 20_000 + '"}', "application/json", 413),
        ("text=x", "application/x-www-form-urlencoded", 415),
        ('{"text": "x"}', "text/plain", 415),
    ],
)
def test_a_malformed_message_is_told_what_to_send(
    client: FlaskClient, body: str | bytes, mimetype: str, status: int
) -> None:
    response = post(client, body, mimetype)

    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.json["status"] == status
    assert response.json["detail"].endswith((".", "}"))


KINDS = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELD, inner, max_size=4),
    max_leaves=8,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, kind=st.sampled_from(KINDS), data=st.data())
def test_no_body_of_any_kind_is_more_than_the_site_can_take(
    app: Flask, body: bytes, kind: str, data: st.DataObject
) -> None:
    routes = [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"POST", "DELETE"})
        if not rule.rule.startswith("/staff")
    ]
    method, path = data.draw(st.sampled_from(routes))
    response = app.test_client().open(path, method=method, data=body, content_type=kind)

    assert response.status_code < 500
    if response.status_code >= 400 and path.startswith("/api/"):
        assert_fits(response.json, "Problem")
        assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["handoffs", "feedback"])
def test_a_body_of_more_than_16_kb_is_refused_as_such(client: FlaskClient, path: str) -> None:
    token = ask(client).headers["X-Visitor-Token"]
    body = {"id": new_id(), **FORM, "helpful": True, "reason": "x" * 17_000}
    response = client.post(f"/api/v1/{path}", json=body, headers={"X-Visitor-Token": token})

    assert response.status_code == 413
    assert "Send less" in response.json["detail"]


@pytest.mark.parametrize("path", ["/chat", "/chat/call-back", "/chat/feedback", "/staff/login"])
def test_a_form_beyond_all_measure_is_refused_and_still_offers_the_phone(
    client: FlaskClient, path: str
) -> None:
    response = client.post(path, data={"text": "x" * 300_000})

    assert response.status_code == 413
    assert path == "/staff/login" or "604-828-2610" in response.get_data(as_text=True)


def test_half_characters_do_not_break_the_store(client: FlaskClient) -> None:
    body = json.dumps({"id": new_id(), "text": "\ud800What is heel pain?"})

    assert post(client, body).json["question"] == "What is heel pain?"


def test_a_fault_is_told_without_its_insides(client: FlaskClient) -> None:
    id = new_id()
    plain = ask(client, "collapse", id)
    streamed = ask(client, "collapse", new_id(), **STREAM)

    assert plain.status_code == 500
    assert "chain" not in plain.get_data(as_text=True)
    assert streamed.status_code == 500
    assert ask(client, "What is heel pain?", id).status_code == 200


def test_a_fault_after_the_stream_began_is_an_error_frame(client: FlaskClient) -> None:
    events = frames(ask(client, "slow collapse", **STREAM))

    assert [name for name, _ in events] == ["status", "error"]
    assert events[-1][1]["status"] == 503
    assert "604-828-2610" in events[-1][1]["detail"]


def read(client: FlaskClient, token: str) -> Any:
    return client.get("/api/v1/conversation", headers={"X-Visitor-Token": token}).json


def test_a_visitor_can_take_the_conversation_along_as_text(client: FlaskClient) -> None:
    token = ask(client).headers["X-Visitor-Token"]

    response = client.get("/api/v1/conversation", headers={"X-Visitor-Token": token, "Accept": "text/plain"})

    text = response.get_data(as_text=True)
    assert response.mimetype == "text/plain"
    assert "You: What is heel pain?" in text
    assert "Doe J, Roe R" in text


def test_erasing_a_conversation_leaves_nothing_of_it(client: FlaskClient, tmp_path: Path) -> None:
    token = ask(client, "What is a very unusual question?").headers["X-Visitor-Token"]
    authorization = {"Authorization": f"Bearer {token}"}

    assert client.delete("/api/v1/conversation", headers=authorization).status_code == 204
    assert read(client, token) == {"turns": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v1/conversation"), ("DELETE", "/api/v1/conversation"), ("POST", "/api/v1/feedback")],
)
def test_a_conversation_is_closed_without_its_token(client: FlaskClient, method: str, path: str) -> None:
    body = {"id": new_id(), "helpful": True}

    assert client.open(path, method=method, json=body).status_code == 401
    assert client.open(path, method=method, json=body, headers={"X-Visitor-Token": "x"}).status_code == 401


def test_feedback_is_kept_for_ones_own_message_only(client: FlaskClient) -> None:
    id = new_id()
    mine = {"X-Visitor-Token": ask(client, id=id).headers["X-Visitor-Token"]}
    other = {"X-Visitor-Token": ask(client).headers["X-Visitor-Token"]}
    verdict = {"id": id, "helpful": False, "reason": "unclear"}

    assert client.post("/api/v1/feedback", json=verdict, headers=mine).status_code == 204
    assert client.post("/api/v1/feedback", json=verdict, headers=other).status_code == 404
    for wrong in ({"helpful": "no"}, {"helpful": True, "reason": ["unclear"]}):
        assert client.post("/api/v1/feedback", json={"id": id, **wrong}, headers=mine).status_code == 422


def test_a_call_back_is_kept_before_its_reference_is_told(client: FlaskClient, app: Flask) -> None:
    request = {"id": new_id(), **FORM}

    first = client.post("/api/v1/handoffs", json=request)
    again = client.post("/api/v1/handoffs", json=request)

    store = app.extensions["assistant"]()._store
    kept = store.inbox.handoffs()
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json == {"reference": kept[0].id}
    assert [(item.callback.name, item.callback.phone) for item in kept] == [("Jo Doe", "+16045550188")]


@pytest.mark.parametrize(
    "fault",
    [{"name": ""}, {"phone": "12"}, {"phone": None}, {"consent": False}, {"consent": None}, {"name": 5}],
)
def test_a_call_back_says_what_to_mend(client: FlaskClient, fault: dict[str, object]) -> None:
    response = client.post("/api/v1/handoffs", json={"id": new_id(), **FORM, **fault})

    assert response.status_code == 422
    assert response.json["detail"]


def test_the_description_holds_every_route_and_the_replies_fit_it(client: FlaskClient, app: Flask) -> None:
    described = client.get("/openapi.json").json
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}

    assert routes == {path for path in described["paths"] if path.startswith("/api/")}
    for question in ("What?", "chest", "my heel", "fever", "unicorn", "spaceship", "book", "hello"):
        assert_fits(ask(client, question).json, "Reply")
    assert_fits(client.get("/api/v1/conversation").json, "Problem")


def assert_fits(document: object, schema: str) -> None:
    whole = description()
    jsonschema.validate(document, {**whole, "$ref": f"#/components/schemas/{schema}"})
