"""A server on a real socket that speaks the streaming protocol of OpenAI's chat completions, and breaks it on demand."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[["Stream"], None]
"""What the server does with one request."""


@dataclass
class Server:
    address: str
    act: Act
    requests: list[bytes] = field(default_factory=list)
    """Each request as it came over the line: headers and body."""

    @property
    def asked(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.requests[-1].split(b"\r\n\r\n", 1)[1])
        return body


class Stream:
    """One answer being sent."""

    def __init__(self, handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
        self._handler = handler
        self.over = over

    def fail(self, status: int, message: str = "no") -> None:
        body = json.dumps({"error": {"message": message, "type": "server_error"}}).encode()
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", "application/json")
        self._handler.send_header("Content-Length", str(len(body)))
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def begin(self) -> None:
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", "text/event-stream")
        self._handler.send_header("Connection", "close")
        self._handler.end_headers()

    def say(self, text: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
        self.raw(
            "data: "
            + json.dumps(
                {
                    "id": "c",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": "m",
                    "choices": [choice],
                }
            )
            + "\n\n"
        )

    def raw(self, text: str) -> None:
        self._handler.wfile.write(text.encode())
        self._handler.wfile.flush()

    def end(self, finish: str = "stop") -> None:
        self.say("", finish)
        self.raw("data: [DONE]\n\n")

    def drop(self) -> None:
        self._handler.connection.close()


def line(source: int, quote: str, text: str) -> str:
    return json.dumps({"source": source, "quote": quote, "text": text}) + "\n"


def saying(*lines: str, finish: str = "stop", piece: int = 7) -> Act:
    """An answer that goes well, in pieces as small as tokens."""

    def act(stream: Stream) -> None:
        stream.begin()
        text = "".join(lines)
        for at in range(0, len(text), piece):
            stream.say(text[at : at + piece])
        stream.end(finish)

    return act


@contextmanager
def serving(act: Act) -> Iterator[Server]:
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.requests.append(
                f"{self.requestline}\r\n{self.headers}".encode().strip() + b"\r\n\r\n" + body
            )
            self.close_connection = True
            with suppress(OSError):  # the other side may hang up
                server.act(Stream(self, over))

        def log_message(self, format: str, *args: Any) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_port}/v1", act)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        http.shutdown()
        http.server_close()
        thread.join()


class Purse:
    """Remembers what was taken and given back."""

    def __init__(self, full: bool = True) -> None:
        self.full = full
        self.reserved = 0
        self.settled = threading.Event()
        self.used = 0

    def reserve(self, tokens: int) -> bool:
        self.reserved += tokens if self.full else 0
        return self.full

    def settle(self, reserved: int, used: int) -> None:
        self.used += used
        self.settled.set()
