"""Whoever floods the site is slowed down alone: visitors at other addresses notice nothing of it."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_assistant import Clock, site
from flask import Flask
from werkzeug.test import TestResponse

ABUSER, NEIGHBOUR, OTHER = "192.0.2.66", "192.0.2.67", "2001:db8:9::7"
FORM = {"name": "Jo", "phone": "604-555-0188", "best_time": "", "consent": True}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = site(tmp_path, Clock())
    yield made
    made.extensions["assistant"]().close()


def send(app: Flask, address: str, path: str = "/api/v1/messages", **fields: object) -> TestResponse:
    body = {"id": str(uuid.uuid4()), "text": "What is heel pain?", **fields}
    return app.test_client().post(path, json=body, environ_base={"REMOTE_ADDR": address})


def flood(app: Flask, address: str, times: int = 80, **fields: object) -> list[int]:
    return [send(app, address, **fields).status_code for _ in range(times)]


@pytest.mark.parametrize("path", ["/api/v1/messages", "/api/v1/handoffs", "/api/v1/feedback"])
@pytest.mark.parametrize("address", [NEIGHBOUR, OTHER])
def test_a_flood_from_one_address_slows_nobody_at_another(app: Flask, path: str, address: str) -> None:
    codes = [send(app, ABUSER, path, **FORM).status_code for _ in range(80)]
    assert codes[-1] == 429

    assert send(app, address).status_code == 200
    assert send(app, address, "/api/v1/handoffs", **FORM).status_code == 201
    assert app.test_client().get("/chat", environ_base={"REMOTE_ADDR": address}).status_code == 200


def test_tokens_of_many_conversations_give_one_address_no_more_than_its_share(app: Flask) -> None:
    tokens = [send(app, ABUSER).headers.get("X-Visitor-Token") for _ in range(12)]
    client = app.test_client()
    codes = []
    for token in tokens * 6:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"id": str(uuid.uuid4()), "text": "What is heel pain?"}
        response = client.post(
            "/api/v1/messages", json=body, headers=headers, environ_base={"REMOTE_ADDR": ABUSER}
        )
        codes.append(response.status_code)

    assert codes.count(200) <= 60 - 12
    assert codes[-1] == 429


def test_an_address_in_a_range_of_its_own_has_one_share_however_many_it_uses(app: Flask) -> None:
    codes = [send(app, f"2001:db8:1:2::{n:x}").status_code for n in range(1, 30)]

    assert codes[-1] == 429
    assert send(app, "2001:db8:1:3::1").status_code == 200


def test_who_is_slowed_down_is_told_for_how_long_and_still_whom_to_call(app: Flask) -> None:
    flood(app, ABUSER)
    page = app.test_client().post(
        "/chat", data={"id": str(uuid.uuid4()), "text": "hello"}, environ_base={"REMOTE_ADDR": ABUSER}
    )

    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) >= 1
    assert 'href="tel:+16048282610"' in page.get_data(as_text=True)


def test_an_emergency_is_answered_on_the_last_message_that_is_allowed(app: Flask) -> None:
    flood(app, ABUSER, times=11)

    assert send(app, ABUSER, text="crushing chest pain").json["kind"] == "emergency"


def test_refusing_a_flood_costs_nearly_nothing(app: Flask) -> None:
    flood(app, ABUSER)
    asked = len(app.extensions["assistant"]()._chain.asked)
    began = time.process_time()
    codes = flood(app, ABUSER, times=100)
    spent = time.process_time() - began

    assert set(codes) == {429}
    assert len(app.extensions["assistant"]()._chain.asked) == asked
    assert spent < 5
