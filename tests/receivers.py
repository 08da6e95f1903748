"""Real servers that notices are carried to: a mail server and a webhook, each in the mood it is told to be in."""

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mood = Literal["well", "silent", "dripping", "refusing", "rude", "deadly"]
"""rude: hangs up as soon as it has taken what it was given, without a farewell; deadly: has whoever gave it killed first."""


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP to take a mail."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MailTalk)
        self.mood: Mood = "well"
        self.kill: Callable[[], object] = bool
        self.mails: list[Message] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        return "mailto:desk@clinic.example"

    def keys(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


class _MailTalk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        if self.server.mood == "silent":
            time.sleep(3)
            return
        self._say("220 here")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"EHLO":
                    self._say("250 here")
                case b"RCPT" if self.server.mood == "refusing":
                    self._say("550 nobody of that name")
                case b"DATA":
                    self._say("354 go on")
                    self.server.mails.append(
                        message_from_bytes(b"".join(iter(self.rfile.readline, b".\r\n")))
                    )
                    if self.server.mood == "deadly":
                        self.server.kill()
                        return
                    self._say("250 taken")
                    if self.server.mood == "rude":
                        return
                case b"QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 fine")

    def _say(self, words: str) -> None:
        if self.server.mood == "dripping":
            for letter in words:
                self.wfile.write(letter.encode())
                time.sleep(0.15)
            words = ""
        self.wfile.write(f"{words}\r\n".encode())


class Webhook(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.mood: Mood = "well"
        self.kill: Callable[[], object] = bool
        self.posts: list[tuple[dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=site"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def keys(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.posts]


class _Post(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mood = self.server.mood
        if mood == "silent":
            time.sleep(3)
            return
        if mood == "dripping":
            for letter in "HTTP/1.0 200 OK and a very long story":
                self.wfile.write(letter.encode())
                time.sleep(0.15)
        if mood == "refusing":
            self.send_error(503)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.posts.append((headers, body))
        if mood == "deadly":
            self.server.kill()
        if mood == "well":
            self.send_response(204)
            self.end_headers()

    def handle(self) -> None:
        # Whoever asked may have gone.
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def running(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
