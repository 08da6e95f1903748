"""The site as `assistant serve` runs it, in a process of its own: with a language model, and while answers are approved."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fake_models import Stream, line, serving
from test_cli import config  # noqa: F401

from assistant import wiring
from assistant.settings import load

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SENTENCE = "Massage may ease heel pain for a short time."
PRIVATE = ("604-555-0134", "ann@example.com", "V5K 0A1")
ASKED = f"I am at {', '.join(PRIVATE)}: does massage help heel pain?"
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "HOME": "/nonexistent"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "assistant", *arguments]


@contextmanager
def served(config: Path) -> Iterator[str]:  # noqa: F811
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (config.parent / "serve.log").open("w") as log:
        server = subprocess.Popen(
            command("--config", str(config), "serve", "--port", str(port)),
            env=ENVIRONMENT,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
                    break
                except (urllib.error.URLError, ConnectionError):
                    assert server.poll() is None, (config.parent / "serve.log").read_text()
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def posted(address: str, text: str, accept: str) -> Any:
    request = urllib.request.Request(
        f"{address}/api/v1/messages",
        json.dumps({"id": str(uuid.uuid4()), "text": text}).encode(),
        {"Content-Type": "application/json", "Accept": accept},
    )
    return urllib.request.urlopen(request, timeout=30)


def asked(address: str, text: str) -> dict[str, Any]:
    with posted(address, text, "application/json") as response:
        reply: dict[str, Any] = json.load(response)
        return reply


def frames(response: Any) -> Iterator[tuple[str, str]]:
    """The frames of an event stream as they come: (event, data)."""
    event = ""
    for raw in response:
        name, _, value = raw.decode().rstrip("\n").partition(": ")
        if name == "event":
            event = value
        elif name == "data":
            yield event, value


@pytest.fixture
def with_model(config: Path, tmp_path: Path) -> Any:  # noqa: F811
    """The settings of the small clinic, with a language model at an address."""
    pytest.importorskip("langchain_openai", reason="langchain-openai is not installed")

    def chosen(address: str, **more: Any) -> Path:
        told = "".join(f"{name} = {value}\n" for name, value in more.items())
        path = tmp_path / "clinic.toml"
        path.write_text(f'{config.read_text()}[answers]\nengine = "openai:m"\nbase_url = "{address}"\n{told}')
        return path

    return chosen


def test_a_statement_reaches_the_visitor_once_it_is_checked_while_the_model_still_speaks(
    with_model: Any,
) -> None:
    heard = threading.Event()

    def act(stream: Stream) -> None:
        stream.begin()
        stream.say(line(1, "Massage cures heel pain at once.", "Massage cures heel pain at once."))
        stream.say(line(1, SENTENCE, SENTENCE))
        if heard.wait(20):
            stream.say(line(9, SENTENCE, "Massage never fails."))
            stream.end()

    with serving(act) as model, served(with_model(model.address)) as address:
        seen: list[tuple[str, str]] = []
        with posted(address, ASKED, "text/event-stream") as response:
            for frame in frames(response):
                seen.append(frame)
                if frame[0] == "delta" and SENTENCE in frame[1]:
                    heard.set()

    assert heard.is_set(), seen
    assert not any("cures" in data or "never fails" in data for _, data in seen)
    kind, data = seen[-1]
    reply = json.loads(data)
    assert kind == "answer"
    assert reply["engine"].startswith("openai:m")
    first = reply["statements"][0]
    assert first["text"] == SENTENCE
    assert first["citations"][0]["quote"] in reply["evidence"][0]["text"]
    (sent,) = model.requests
    assert not any(private in sent.decode() for private in PRIVATE)
    material = json.loads(model.asked["messages"][1]["content"])
    assert set(material) == {"sources", "question"}
    assert material["question"] == "I am at [phone], [email], [postcode]: does massage help heel pain?"
    assert all(set(source) == {"source", "heading", "text"} for source in material["sources"])
    assert {SENTENCE} <= {source["text"] for source in material["sources"]}
    shelf = "\n".join(
        path.read_text() for path in (Path(load(with_model("")).corpus.shelves[0])).glob("*.md")
    )
    assert all(source["text"] in shelf.replace(" [@doe-2020]", "") for source in material["sources"])


@pytest.mark.parametrize(
    "act",
    [lambda stream: stream.fail(429), lambda stream: stream.fail(500), lambda stream: stream.over.wait(20)],
    ids=["429", "500", "silent"],
)
def test_a_visitor_sees_no_error_of_a_model(with_model: Any, act: Any) -> None:
    with serving(act) as model, served(with_model(model.address, seconds=2.0)) as address:
        with posted(address, ASKED, "text/event-stream") as response:
            seen = list(frames(response))
        reply = asked(address, "does massage help heel pain")

    assert {event for event, _ in seen} <= {"status", "delta", "answer"}
    assert [json.loads(seen[-1][1])["engine"], reply["engine"]] == ["extractive"] * 2
    assert SENTENCE in reply["text"]


def test_an_approved_answer_is_live_seconds_after_an_incremental_build(config: Path) -> None:  # noqa: F811
    settings = load(config)
    other_words = "after cupping how long should one rest"
    with served(config) as address:
        before = asked(address, other_words)
        wiring.approve(
            settings,
            "How long should I rest after cupping?",
            "Keep to light activity for the rest of that day.",
            "Bea Lee",
        )
        began = time.monotonic()
        built = subprocess.run(
            command("--config", str(config), "index", "build", "--json"),
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        after = asked(address, other_words)
        seconds = time.monotonic() - began
        others = asked(address, "does massage help heel pain")

    assert json.loads(built.stdout)["kept"] >= 4, "the build was incremental"
    assert "light activity" not in before["text"]
    assert after["statements"][0]["text"].startswith("The clinic’s answer, approved by Bea Lee on ")
    assert "Keep to light activity" in after["text"]
    assert others["statements"][0]["text"] == SENTENCE
    assert seconds < 30, f"{seconds:.1f} s"
