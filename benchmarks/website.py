"""The running site as visitors meet it: first sign of life, whole answers, many at once, and the widget's opening.

The site runs as a process of its own over the built index, with a database that is thrown away. The widget is opened
in Chromium where it is installed, at a quarter of this machine's speed.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks import opening
from benchmarks.measuring import milliseconds, p50_p95
from benchmarks.serving import SHORT

STREAMS = 24
SETTINGS = """
data_dir = {data}
[store]
url = {database}
[web]
messages_per_minute = 100000
messages_per_day = 100000
requests_per_minute_per_address = 100000
"""


@dataclass(frozen=True, slots=True)
class Streamed:
    """Milliseconds from sending a question to its first frame and to its answer."""

    first: float
    answer: float


def main() -> None:
    with running() as port:
        ask(port, SHORT[0])
        alone = [ask(port, question) for question in SHORT * 8]
        tell("first frame", [item.first for item in alone])
        tell("whole answer", [item.answer for item in alone])
        with ThreadPoolExecutor(STREAMS + 1) as pool:
            asked = [pool.submit(ask, port, SHORT[n % len(SHORT)]) for n in range(STREAMS)]
            others: list[float] = []
            while not all(item.done() for item in asked):
                others.append(milliseconds(lambda: get(port, "/healthz")))
            together = [item.result() for item in asked]
        tell(f"{STREAMS} at once, first frame", [item.first for item in together])
        tell(f"{STREAMS} at once, whole answer", [item.answer for item in together])
        tell(f"{STREAMS} at once, another request", others)
        print(f"the embed script: {len(get(port, '/widget/v1.js')):,} bytes compressed")
        opening.widget(port)


def tell(what: str, values: Sequence[float]) -> None:
    p50, p95 = p50_p95(values) if len(values) > 1 else (values[0], values[0])
    print(f"{what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, most {max(values):.0f} ms ({len(values)} times)")


def ask(port: int, text: str) -> Streamed:
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"id": str(uuid.uuid4()), "text": text})
    began = time.perf_counter()
    line.request(
        "POST", "/api/v1/messages", body, {"Content-Type": "application/json", "Accept": "text/event-stream"}
    )
    response = line.getresponse()
    received = response.read1()
    first = time.perf_counter()
    received += response.read()
    done = time.perf_counter()
    line.close()
    if b"event: answer" not in received:
        raise SystemExit(f"no answer: {received[-400:].decode()}")
    return Streamed((first - began) * 1000, (done - began) * 1000)


def get(port: int, path: str) -> bytes:
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", path, headers={"Accept-Encoding": "gzip"})
    body = line.getresponse().read()
    line.close()
    return body


@contextmanager
def running() -> Iterator[int]:
    from assistant.settings import load

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "settings.toml"
        configuration.write_text(
            SETTINGS.format(
                data=json.dumps(str(load().data_dir.resolve())),
                database=json.dumps(f"sqlite:///{folder}/benchmark.db"),
            )
        )
        command = [
            sys.executable,
            "-m",
            "assistant",
            "--config",
            str(configuration),
            "serve",
            "--port",
            str(port),
        ]
        environment = {name: value for name, value in os.environ.items() if name != "ASSISTANT_DATA"}
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and server.poll() is None:
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            else:
                raise SystemExit((Path(folder) / "log").read_text())
            yield port
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
