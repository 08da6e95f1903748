"""A server on a real socket that speaks the streaming protocols of language models, and breaks them on demand."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

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
    """One answer being sent, by OpenAI's chat completions, which most servers of one's own speak as well."""

    base: ClassVar = "/v1"
    """What a client is told behind the host."""
    kind: ClassVar = "text/event-stream"
    refusing: ClassVar = "content_filter"
    """How an answer ends that the provider holds back."""

    def __init__(self, handler: BaseHTTPRequestHandler, over: threading.Event, asked: dict[str, Any]) -> None:
        self._handler = handler
        self.over = over
        self.asked = asked

    def fail(self, status: int, message: str = "no") -> None:
        body = json.dumps(self.fault(message)).encode()
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", "application/json")
        self._handler.send_header("Content-Length", str(len(body)))
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def begin(self) -> None:
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", self.kind)
        self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()
        self.opening()

    def raw(self, text: str) -> None:
        body = text.encode()
        self._handler.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        self._handler.wfile.flush()

    def event(self, data: dict[str, Any]) -> None:
        self.raw(f"data: {json.dumps(data)}\n\n")

    def end(self, finish: str = "stop") -> None:
        self.closing(finish)
        self.leave()

    def leave(self) -> None:
        """Close the answer as HTTP has it, whatever the protocol in it still waits for."""
        self._handler.wfile.write(b"0\r\n\r\n")

    def drop(self) -> None:
        """Hang up in the middle."""
        self._handler.connection.close()

    def fault(self, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": "server_error"}}

    def opening(self) -> None: ...

    def say(self, text: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
        self.event(
            {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        )

    def closing(self, finish: str) -> None:
        self.say("", finish)
        self.raw("data: [DONE]\n\n")

    def break_off(self) -> None:
        """Tell of an error after the answer began."""
        self.event(self.fault("overloaded"))
        self.leave()


class Responses(Stream):
    """OpenAI's other protocol, which some of its models have alone."""

    _shell: ClassVar = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "tools": []} | {
        "parallel_tool_calls": True,
        "tool_choice": "auto",
    }

    def opening(self) -> None:
        self._said = ""
        self._number = 0
        self._event("response.created", response={**self._shell, "status": "in_progress", "output": []})
        self._event("response.output_item.added", output_index=0, item=self._item("in_progress"))

    def say(self, text: str, finish: str | None = None) -> None:
        self._said += text
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
        self._event("response.output_text.delta", delta=text, **place)

    def closing(self, finish: str) -> None:
        told = {"stop": "completed"}.get(finish, "incomplete")
        whole = {**self._shell, "status": told, "output": [self._item("completed")]}
        if told == "incomplete":
            whole["incomplete_details"] = {"reason": finish}
        whole["usage"] = {
            "input_tokens": 20,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 10,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 30,
        }
        self._event(f"response.{told}", response=whole)

    def break_off(self) -> None:
        self._event("error", code="server_error", message="overloaded", param=None)
        self.leave()

    def _item(self, status: str) -> dict[str, Any]:
        text = {"type": "output_text", "text": self._said, "annotations": []}
        content = [text] if status == "completed" else []
        return {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    def _event(self, kind: str, **data: Any) -> None:
        self._number += 1
        told = {"type": kind, "sequence_number": self._number, **data}
        self.raw(f"event: {kind}\ndata: {json.dumps(told)}\n\n")


class Messages(Stream):
    """Anthropic's."""

    base = ""
    refusing = "refusal"

    def fault(self, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": "overloaded_error", "message": message}}

    def opening(self) -> None:
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
        rest = {
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 20, "output_tokens": 1},
        }
        self.event({"type": "message_start", "message": message | rest})
        self.event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        self.event({"type": "ping"})

    def say(self, text: str, finish: str | None = None) -> None:
        delta = {"type": "text_delta", "text": text}
        self.event({"type": "content_block_delta", "index": 0, "delta": delta})

    def closing(self, finish: str) -> None:
        told = {"stop": "end_turn", "length": "max_tokens"}.get(finish, finish)
        self.event({"type": "content_block_stop", "index": 0})
        self.event(
            {
                "type": "message_delta",
                "delta": {"stop_reason": told, "stop_sequence": None},
                "usage": {"input_tokens": 20, "output_tokens": 10},
            }
        )
        self.event({"type": "message_stop"})

    def break_off(self) -> None:
        self.event(self.fault("overloaded"))
        self.leave()

    def event(self, data: dict[str, Any]) -> None:
        self.raw(f"event: {data['type']}\ndata: {json.dumps(data)}\n\n")


class Lines(Stream):
    """Ollama's."""

    base = ""
    kind = "application/x-ndjson"
    _shell: ClassVar = {"model": "m", "created_at": "2026-11-24T12:00:00.000000Z"}

    def fault(self, message: str) -> dict[str, Any]:
        return {"error": message}

    def event(self, data: dict[str, Any]) -> None:
        self.raw(json.dumps(data) + "\n")

    def say(self, text: str, finish: str | None = None) -> None:
        self.event({**self._shell, "message": {"role": "assistant", "content": text}, "done": False})

    def closing(self, finish: str) -> None:
        ended = {"done": True, "done_reason": finish, "prompt_eval_count": 20, "eval_count": 10}
        self.event({**self._shell, "message": {"role": "assistant", "content": ""}, **ended})


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
def serving(act: Act, wire: type[Stream] = Stream) -> Iterator[Server]:
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
                server.act(wire(self, over, json.loads(body)))

        def log_message(self, format: str, *args: Any) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_port}{wire.base}", act)
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
