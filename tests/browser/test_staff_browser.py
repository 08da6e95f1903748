"""The staff console in a real browser: signing in, finding out why, watching a build; on both themes and sizes."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT, Site
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assistant import wiring
from assistant.settings import Settings

pytestmark = pytest.mark.slow

PASSWORD = "brown kettle sings again"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
PAGES = {
    "overview": "/staff/",
    "callbacks": "/staff/handoffs",
    "gaps": "/staff/gaps",
    "search": "/staff/search?q=calf+pain",
    "nothing found": "/staff/search?q=calf&kind=pmc",
    "empty search": "/staff/search",
    "content": "/staff/content",
    "index": "/staff/index",
    "analytics": "/staff/analytics",
    "audit log": "/staff/audit",
    "not here": "/staff/content?show=nothing",
}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("console")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", "8"]
    command += ["--timeout", "60", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    command += ["--pythonpath", str(ROOT / "tests"), "staff_site:served()"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISTANT_")}
    made = Site(
        f"http://127.0.0.1:{port}", data, command, {**environment, "ASSISTANT_DATA": str(data / "var")}
    )
    made.start()
    yield made
    made.stop()


def signs_in(page: Page, site: Site, name: str = "al", code: str = "") -> None:
    page.goto(f"{site.url}/staff/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code from your authenticator").fill(code)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()


@pytest.fixture(scope="module")
def signed_in(console: Site, browser: Browser) -> Any:
    """What a browser keeps of an administrator's sign-in: a code opens once, so all pages share it."""
    context = browser.new_context()
    key = (console.data / "var" / "key").read_text()
    signs_in(context.new_page(), console, "jo", pyotp.TOTP(key).now())
    state = context.storage_state()
    context.close()
    return state


Opened = Callable[..., Page]


@pytest.fixture
def opened(console: Site, browser: Browser, signed_in: Any) -> Iterator[Opened]:
    """A page of the console; what its own console is told fails the test at the end."""
    contexts: list[BrowserContext] = []
    noise: list[str] = []

    def open(path: str, width: int = 1280, height: int = 800, **context: Any) -> Page:
        context.setdefault("storage_state", signed_in)
        made = browser.new_context(viewport={"width": width, "height": height}, **context)
        contexts.append(made)
        page = made.new_page()
        page.on("console", lambda m: noise.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on("request", lambda r: noise.append(r.url) if not r.url.startswith(console.url) else None)
        page.goto(console.url + path)
        return page

    yield open
    for made in contexts:
        made.close()
    assert [told for told in noise if "404" not in told] == []


def violations(page: Page) -> list[tuple[str, list[str]]]:
    page.wait_for_timeout(50)
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    return [(item["id"], [str(node["target"]) for node in item["nodes"]]) for item in found["violations"]]


def test_staff_sign_in_search_and_see_why_by_keyboard_alone(opened: Opened, console: Site) -> None:
    page = opened("/staff/search", storage_state=None)
    expect(page.get_by_label("Name")).to_be_focused()
    for text in ("al", PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{console.url}/staff/search")
    expect(page.get_by_label("Words or a question")).to_be_focused()
    page.keyboard.type("stretching the calf")
    page.keyboard.press("Enter")
    first = page.locator(".result").first
    expect(first.locator("mark").first).to_have_text("Stretching")
    expect(first.get_by_text("By meaning")).not_to_be_visible()
    first.locator("summary", has_text="Why this result").focus()
    page.keyboard.press("Enter")
    expect(first.get_by_text("By meaning")).to_be_visible()
    expect(page.get_by_role("link", name="Search", exact=True)).to_have_attribute("aria-current", "page")


def test_a_question_asked_as_a_visitor_stays_out_of_the_address(opened: Opened, console: Site) -> None:
    page = opened("/staff/search")
    page.get_by_label("Words or a question").fill("What is marzipan pain?")
    page.get_by_role("button", name="Ask as a visitor").click()
    page.get_by_role("heading", name="A visitor would be told").wait_for()

    expect(page.get_by_label("Words or a question")).to_have_value("What is marzipan pain?")
    assert "marzipan" not in page.url
    assert violations(page) == []


def test_a_build_is_watched_as_it_goes_and_its_end_is_seen(opened: Opened, console: Site) -> None:
    others = wiring.console(Settings(data_dir=console.data / "var"))
    with others.jobs.running("build", "terminal") as job:
        job.stage("embedding")
        job.advance(10, 200)
        page = opened("/staff/index")
        expect(page.get_by_text("10 of 200 passages")).to_be_visible()
        assert violations(page) == []
        job.advance(200, 200)
        expect(page.get_by_text("200 of 200 passages")).to_be_visible(timeout=10_000)
        job.outcome = "Read 99 articles."
    expect(page.get_by_text("Read 99 articles.")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Build now")).to_be_visible()
    others.close()


def test_the_console_works_without_script(opened: Opened, console: Site) -> None:
    page = opened("/staff/", storage_state=None, java_script_enabled=False)
    page.get_by_label("Name").fill("al")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Content", exact=True).click()
    page.get_by_label("Order").select_option("cited")
    page.get_by_role("button", name="Sort").click()

    expect(page).to_have_url(f"{console.url}/staff/content?show=all&sort=cited")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Signed out, al.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_no_page_breaks_a_rule_of_accessibility_or_its_frame(
    theme: str, width: int, opened: Opened, console: Site
) -> None:
    page = opened("/staff/login", width, color_scheme=theme, storage_state=None)
    found = {"sign-in": violations(page)}
    page = opened("/staff/", width, color_scheme=theme)
    for name, path in PAGES.items():
        page.goto(console.url + path)
        for closed in page.locator("details:not([open]) > summary").all()[:3]:
            closed.click()
        found[name] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    assert {name: broken for name, broken in found.items() if broken} == {}


def test_what_is_chosen_shows_without_the_pages_own_colours(opened: Opened) -> None:
    page = opened("/staff/content", forced_colors="active")
    outline = page.locator(".nav a[aria-current]").evaluate("link => getComputedStyle(link).outlineStyle")

    assert outline == "solid"
    assert violations(page) == []
