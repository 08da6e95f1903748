"""What identifies a visitor is planted wherever it can be written, and then looked for in all that was kept."""

import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_assistant import Clock, fake_assistant, site
from receivers import Webhook, running
from sqlalchemy import text as sql

from assistant.settings import Settings
from web import create_app

PLANTED = {
    "phone": "778 555 0143",
    "phone of another shape": "(778)555-0144",
    "e-mail": "quentin.x@example.org",
    "health number": "9876 543 217",
    "insurance number": "046 454 286",
    "card": "4111 1111 1111 1111",
    "postal code": "V5K 0A4",
}
CALLER = {"name": "Quentin Zzyzx", "phone": "604 555 0177", "best_time": "after nine", "consent": True}
SENTENCE = "Does massage help a heel? I am " + ", ".join(PLANTED.values()) + " and a zyzzogeton."


def kept_in(data: Path) -> str:
    """All that lies in the data folder, the database row by row as well as byte by byte."""
    files = b"\n".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    with closing(sqlite3.connect(data / "assistant.db")) as connection:
        dumped = "\n".join(connection.iterdump())
    return files.decode("utf-8", "replace") + dumped


def planted(found: str) -> list[str]:
    """Which of the planted things stand in it, in whatever shape."""
    digits = re.sub(r"[\s().-]", "", found)
    return [
        name for name, value in PLANTED.items() if value in found or re.sub(r"[\s().-]", "", value) in digits
    ]


def test_the_search_finds_what_is_planted() -> None:
    assert planted(SENTENCE) == list(PLANTED)
    assert planted("778.555.0143") == ["phone"]
    assert planted("604-828-2610") == []


def test_nothing_that_is_written_anywhere_is_kept_with_what_identifies_a_person(tmp_path: Path) -> None:
    app = site(tmp_path)
    client = app.test_client()
    json_headers = {"Accept": "application/json"}
    id = str(uuid.uuid4())
    page = f"https://clinic.example/{urllib.parse.quote(PLANTED['e-mail'])}?tel={PLANTED['phone']}#{PLANTED['card']}"
    answered = client.post(
        "/api/v1/messages", json={"id": id, "text": SENTENCE, "page": page}, headers=json_headers
    )
    token = {"Authorization": f"Bearer {answered.headers['X-Visitor-Token']}"}
    client.post(
        "/api/v1/messages",
        json={"id": str(uuid.uuid4()), "text": f"unicorn {SENTENCE}"},
        headers={**token, "Accept": "text/event-stream"},
    ).get_data()
    client.post("/api/v1/feedback", json={"id": id, "helpful": False, "reason": SENTENCE}, headers=token)
    client.post("/chat", data={"id": str(uuid.uuid4()), "text": SENTENCE})
    store = app.extensions["assistant"]()._store
    store.gaps.gather(lambda texts: ("none", [[1.0, 0.0]] * len(texts)), Clock()())
    store.close()

    found = kept_in(tmp_path)
    assert planted(found) == []
    assert "zyzzogeton" in found  # what identifies nobody is kept


def test_what_a_caller_gives_is_kept_for_the_call_alone(tmp_path: Path) -> None:
    app = site(tmp_path)
    client = app.test_client()
    created = client.post("/api/v1/handoffs", json={"id": str(uuid.uuid4()), **CALLER})
    app.extensions["assistant"]()._store.close()

    assert created.status_code == 201
    with closing(sqlite3.connect(tmp_path / "assistant.db")) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: str(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names}
    assert [name for name, rows in tables.items() if "6045550177" in rows] == ["handoffs"]


@pytest.mark.parametrize("table", ["messages", "handoffs", "feedback"])
def test_a_database_that_fails_is_logged_without_what_was_to_be_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    desk = fake_assistant(replace(Settings(), data_dir=tmp_path))
    settings = Settings(data_dir=tmp_path)
    client = create_app(desk, settings).test_client()
    answered = client.post("/api/v1/messages", json={"id": str(uuid.uuid4()), "text": "zyzzogeton"})
    token = {"Authorization": f"Bearer {answered.headers['X-Visitor-Token']}"}
    with desk._store.database.writing() as connection:
        connection.execute(sql(f"DROP TABLE {table}"))
    id = answered.json["id"]
    with caplog.at_level(logging.DEBUG):
        responses = [
            client.post("/api/v1/messages", json={"id": str(uuid.uuid4()), "text": "zyzzogeton"}),
            client.post("/api/v1/handoffs", json={"id": str(uuid.uuid4()), **CALLER}),
            client.post(
                "/api/v1/feedback", json={"id": id, "helpful": True, "reason": "zyzzogeton"}, headers=token
            ),
        ]
    desk.close()

    failed = [response.get_data(as_text=True) for response in responses if response.status_code == 500]
    told = caplog.text + "".join(failed)
    assert failed
    assert f"no such table: {table}" in caplog.text
    assert not [word for word in ("zyzzogeton", "Zzyzx", "5550177", "after nine") if word in told]


@pytest.mark.slow
def test_a_site_that_ran_leaves_nothing_of_it_in_logs_notices_or_files(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(Webhook()) as hook:
        config = tmp_path / "settings.toml"
        config.write_text(f'[notify]\naddresses = ["{hook.address}", "log:"]\n')
        log = (tmp_path / "log").open("w+")
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "fake_assistant:notifying_site()", "--bind", "127.0.0.1:0",
             "--worker-class", "gthread", "--threads", "4", "--no-control-socket", "--log-level", "debug"],
            env={**os.environ, "ASSISTANT_CONFIG": str(config), "ASSISTANT_DATA": str(data),
                 "ASSISTANT_WEBHOOK_KEY": "key", "PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parents[1]}"},
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            address = _address(tmp_path / "log")
            _visit(address)
            for _ in range(200):
                if hook.posts and "Reference" in (tmp_path / "log").read_text():
                    break
                time.sleep(0.05)
        finally:
            server.terminate()
            server.wait(20)
            log.close()

    said = (tmp_path / "log").read_text()
    assert planted(said) == planted(kept_in(data)) == planted(str(hook.posts)) == []
    assert len(hook.posts) == 1
    for place in (said, str(hook.posts)):
        assert not [word for word in ("zyzzogeton", "Zzyzx", "5550177", "after nine") if word in place]
    assert "Reference" in said


def _visit(address: str) -> None:
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/api/v1/messages", {"text": SENTENCE}),
        ("/api/v1/messages", {"text": f"collapse {SENTENCE}"}),
        ("/api/v1/messages", {"text": 7}),
        ("/api/v1/handoffs", {**CALLER, "phone": "not a number " + SENTENCE}),
        ("/api/v1/handoffs", CALLER),
        ("/api/v1/feedback", {"helpful": False, "reason": SENTENCE}),
        ("/api/v1/nothing", {"text": SENTENCE}),
    ]
    for path, body in bodies:
        sent = json.dumps({"id": str(uuid.uuid4()), **body}).encode()
        request = urllib.request.Request(address + path, sent, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                response.read()
        except urllib.error.HTTPError as error:
            error.close()


def _address(log: Path) -> str:
    for _ in range(600):
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return found.group()
        time.sleep(0.05)
    raise TimeoutError(log.read_text())
