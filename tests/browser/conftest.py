"""A real Chromium against a real server process."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SETTINGS = """
[web]
origins = ["{origin}"]
messages_per_minute = 10000
messages_per_day = 10000
requests_per_minute_per_address = 10000
handoffs_per_hour = 10000
"""


@dataclass
class Site:
    """A running site."""

    url: str
    data: Path
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stderr=log)
        for _ in range(600):
            try:
                with urlopen(f"{self.url}/healthz", timeout=1):
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        raise AssertionError((self.data / "server.log").read_text())

    def kill_worker(self) -> None:
        """What a crash does: the process that answers is gone at once, and gunicorn starts another."""
        assert self.process is not None
        for worker in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            os.kill(int(worker), signal.SIGKILL)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        told = "no chromium on the PATH; install it or name it in CHROMIUM"
        if os.environ.get("BROWSER_TESTS") == "required":
            pytest.fail(told)
        pytest.skip(told)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()


@dataclass
class Website:
    """Somebody's site on an origin of its own: pages that a test writes, with the headers that it chooses."""

    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    url: str = ""

    def put(self, html: str, path: str = "/", **headers: str) -> str:
        """The address of the page."""
        self.pages[path] = (html, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url + path

    def serve(self) -> ThreadingHTTPServer:
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                html, headers = pages.get(self.path.partition("?")[0], ("", {}))
                self.send_response(200 if html else 204)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


def served() -> Iterator[Website]:
    made = Website()
    server = made.serve()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def website() -> Iterator[Website]:
    """The clinic's website: it stands in web.origins."""
    yield from served()


@pytest.fixture(scope="session")
def foreign() -> Iterator[Website]:
    """A website that does not."""
    yield from served()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, website: Website) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site")
    settings = data / "settings.toml"
    settings.write_text(SETTINGS.format(origin=website.url))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "32"]
    command += ["--timeout", "60", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    command += ["--pythonpath", str(ROOT / "tests"), "fake_assistant:fake_site()"]
    environment = {**os.environ, "ASSISTANT_DATA": str(data / "var"), "ASSISTANT_CONFIG": str(settings)}
    made = Site(f"http://127.0.0.1:{port}", data, command, environment)
    made.start()
    yield made
    made.stop()


@dataclass
class Visit:
    """A page with what it should never have: messages on the console, requests to elsewhere."""

    page: Page
    context: BrowserContext
    noise: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        before = self.page.locator(".exchange").count()
        self.page.get_by_label("Your question").fill(question)
        self.page.keyboard.press("Enter")
        self.page.locator(".exchange").nth(before).wait_for()
        self.page.locator("[data-part=send]:visible").wait_for()


@pytest.fixture
def visit(browser: Browser, site: Site, website: Website) -> Iterator[Callable[..., Visit]]:
    """Opens the chat page; what the console or another site was told fails the test at its end."""
    visits: list[Visit] = []
    known = (site.url, website.url, "blob:")

    def opened(
        width: int = 1280, height: int = 800, path: str = "/chat", quiet: bool = True, **context: object
    ) -> Visit:
        made = browser.new_context(viewport={"width": width, "height": height}, **context)  # type: ignore[arg-type]
        here = Visit(made.new_page(), made)
        if quiet:
            visits.append(here)
        here.page.on(
            "console", lambda m: here.noise.append(m.text) if m.type in ("error", "warning") else None
        )
        here.page.on("pageerror", lambda error: here.noise.append(str(error)))
        here.page.on(
            "request",
            lambda r: here.noise.append(r.url) if not r.url.startswith(known) else None,
        )
        here.page.goto(path if path.startswith("http") else site.url + path)
        return here

    yield opened

    for here in visits:
        cookies = here.context.cookies()
        here.context.close()
        assert here.noise == []
        assert cookies == []


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A clinic</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style nonce="n">{css}</style>{head}
</head><body><main><h1>A clinic</h1>{body}</main></body></html>"""


@pytest.fixture
def embedded(visit: Callable[..., Visit], site: Site, website: Website) -> Callable[..., Visit]:
    """Opens a page of the clinic's website that carries the script."""

    def opened(
        attributes: str = "", *, css: str = "", head: str = "", body: str = "", policy: str = "", **how: Any
    ) -> Visit:
        script = f'<script src="{site.url}/widget/v1.js" async crossorigin="anonymous" {attributes}></script>'
        headers = {"Content_Security_Policy": policy} if policy else {}
        url = website.put(PAGE.format(css=css, head=head + script, body=body), **headers)
        here = visit(path=url, **how)
        here.page.locator("clinic-chat").wait_for(state="attached")
        here.page.evaluate("new Promise((done) => ClinicChat.on('ready', () => done()))")
        return here

    return opened


def launcher(page: Page) -> Any:
    return page.locator("clinic-chat .launcher")


def open_panel(here: Visit) -> Visit:
    launcher(here.page).click()
    here.page.locator("clinic-chat .panel").wait_for()
    return here


def focused(page: Page) -> str:
    return str(
        page.evaluate(
            "document.activeElement.shadowRoot?.activeElement?.className ?? document.activeElement.tagName"
        )
    )
