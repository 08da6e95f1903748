"""What a site can set and call on the widget, and how the widget bears bad lines."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Site, Visit, Website, launcher, open_panel
from playwright.sync_api import Route, expect
from test_chat_browser import count, violations

pytestmark = pytest.mark.slow

Opened = Callable[..., Visit]


# what can be set and called


def test_calls_made_before_the_script_is_there_are_not_lost(embedded: Opened, website: Website) -> None:
    early = """<script>
      window.told = [];
      window.ClinicChat = [];
      for (const name of ["ready", "open", "close", "message", "answer", "handoff", "emergency", "error"])
        ClinicChat.push(["on", name, (detail) => told.push([name, detail])]);
      ClinicChat.push(["identify", { name: "Jo Doe", phone: "604-555-0188" }]);
      ClinicChat.push(["ask", "What helps my heel?"]);
    </script>"""
    here = embedded(head=early)
    here.page.locator(".cite").first.wait_for()
    here.page.get_by_text("Ask to be called back").click()
    expect(here.page.get_by_label("Your name")).to_have_value("Jo Doe")
    expect(here.page.get_by_label("Phone number")).to_have_value("604-555-0188")
    here.ask("I have chest pain")
    here.page.evaluate("ClinicChat.close(); ClinicChat.toggle(); ClinicChat.toggle()")
    told = here.page.evaluate("told")

    assert [name for name, _ in told] == [
        "ready", "open", "message", "answer", "handoff", "message", "emergency", "close", "open", "close",
    ]  # fmt: skip
    said = json.dumps(told).lower()
    for word in ("heel", "chest", "jo doe", "555", "plantar"):
        assert word not in said
    answer = dict(told)["answer"]
    assert (answer["kind"], answer["sources"]) == ("answer", 2)
    assert dict(told)["emergency"]["level"] == "911"


def test_a_question_asked_while_the_conversation_is_fetched_comes_after_it(embedded: Opened) -> None:
    here = open_panel(embedded())
    here.ask("What is heel pain, at first?")
    here.page.reload()

    def late(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    here.page.route("**/api/v1/conversation", late)
    here.page.evaluate("ClinicChat.ask('What is heel pain, at last?')")
    expect(here.page.locator(".asked")).to_have_count(2)
    here.page.wait_for_timeout(1200)

    asked = [text.rpartition(", ")[2] for text in here.page.locator(".asked").all_inner_texts()]
    assert asked == ["at first?", "at last?"]
    assert here.page.locator(".answer").count() == 2


def test_the_page_has_its_turn_while_the_widget_is_built(embedded: Opened) -> None:
    turns = "<script>let turns = 0; (function turn() { turns += 1; setTimeout(turn); })();"
    calls = "ClinicChat = [['on', 'ready', () => { ready = turns; }], ['on', 'open', () => { open = turns; }]];</script>"
    script = "<script>let ready, open, defined; customElements.whenDefined('clinic-chat').then(() => { defined = turns; });</script>"
    here = embedded(head=script + turns + calls)
    launcher(here.page).click()

    here.page.wait_for_function("open")
    assert here.page.evaluate("ready - defined") >= 2  # none where it is built in one task


def test_a_finger_that_is_quicker_than_the_panel_opens_it(embedded: Opened) -> None:
    quick = "(function press() { const it = document.querySelector('clinic-chat')?.shadowRoot?.querySelector('button'); "
    quick += "if (it) { early = !it.getRootNode().querySelector('form'); it.click(); } else setTimeout(press); })()"
    here = embedded(head=f"<script>let early; {quick}</script>")

    here.page.locator("clinic-chat .panel[open]").wait_for()
    assert here.page.evaluate("early")
    assert here.page.evaluate("document.activeElement.shadowRoot.activeElement.id") == "text"


def test_listeners_can_leave_and_one_that_throws_ends_nothing(embedded: Opened) -> None:
    here = embedded(quiet=False)
    here.page.evaluate("""() => {
      window.times = 0;
      ClinicChat.on("open", () => { throw new Error("the site's own fault"); });
      window.off = ClinicChat.on("open", () => { window.times += 1; });
    }""")
    here.page.evaluate("ClinicChat.open(); ClinicChat.close(); off(); ClinicChat.open()")

    assert here.page.evaluate("window.times") == 1
    expect(here.page.locator(".panel")).to_be_visible()


def test_erasing_takes_the_conversation_from_the_server_and_the_token_from_the_page(
    embedded: Opened, site: Site
) -> None:
    here = open_panel(embedded())
    here.ask("What is heel pain, erased?")
    assert count(site, "messages", "text like '%erased?'") == 1
    here.page.evaluate("ClinicChat.erase()")
    expect(here.page.get_by_text("Your conversation was deleted.").first).to_be_visible()

    assert count(site, "messages", "text like '%erased?'") == 0
    assert here.page.evaluate("sessionStorage.length") == 0
    expect(here.page.get_by_role("button", name="What happens at a first visit?")).to_be_visible()


def test_a_conversation_can_be_kept_and_another_begun(embedded: Opened, site: Site, tmp_path: Path) -> None:
    here = open_panel(embedded())
    here.page.locator(".menu > summary").click()
    here.page.get_by_role("button", name="Download as text").click()
    expect(here.page.locator(".told")).to_have_text("There is nothing to download yet.")

    here.ask("What is heel pain, kept?")
    here.page.locator(".menu > summary").click()
    with here.page.expect_download() as download:
        here.page.get_by_role("button", name="Download as text").click()
    download.value.save_as(tmp_path / "kept.txt")
    assert "You: What is heel pain, kept?" in (tmp_path / "kept.txt").read_text()

    here.page.locator(".menu > summary").click()
    here.page.get_by_role("button", name="New conversation").click()
    expect(here.page.locator(".exchange")).to_have_count(0)
    assert count(site, "messages", "text like '%kept?'") == 1
    here.page.reload()
    open_panel(here)
    here.page.wait_for_timeout(300)
    assert here.page.locator(".exchange").count() == 0


def test_attributes_are_heeded(embedded: Opened) -> None:
    here = embedded(
        'data-position="left" data-label="Chat with us" data-open data-suggestions="off" data-remember="30d" data-accent="#ffe100"'
    )
    expect(here.page.locator(".panel")).to_be_visible()
    assert here.page.locator(".panel").bounding_box()["x"] < 100  # type: ignore[index]
    assert here.page.locator(".chip").count() == 0
    here.ask("What is heel pain?")
    assert here.page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 1]
    here.page.keyboard.press("Escape")
    expect(launcher(here.page)).to_have_text("Chat with us")
    assert violations(here.page) == []


def test_a_site_may_place_the_element_itself(embedded: Opened) -> None:
    here = embedded('data-auto="false"', body='<clinic-chat data-label="Here" dir="rtl"></clinic-chat>')
    expect(here.page.locator("clinic-chat")).to_have_count(1)
    expect(launcher(here.page)).to_have_text("Here")
    here.page.evaluate("document.querySelector('clinic-chat').remove()")
    here.page.wait_for_timeout(50)

    assert here.page.locator("clinic-chat").count() == 0


def test_the_panel_is_dark_only_on_pages_that_are(visit: Opened, site: Site, website: Website) -> None:
    ground = "getComputedStyle(document.querySelector('clinic-chat').shadowRoot.querySelector('.panel')).backgroundColor"
    grounds = []
    for meta in ('<meta name="color-scheme" content="light dark">', ""):
        url = website.put(
            f'<!doctype html><title>x</title>{meta}<script src="{site.url}/widget/v1.js" async crossorigin></script>'
        )
        here = visit(path=url, color_scheme="dark")
        here.page.locator(".launcher").wait_for()
        grounds.append(here.page.evaluate(ground))

    assert grounds == ["rgb(19, 26, 24)", "rgb(250, 247, 241)"]


# bad lines


def test_offline_the_question_is_kept_and_sent_later(embedded: Opened) -> None:
    here = open_panel(embedded(quiet=False))
    here.context.set_offline(True)
    here.page.get_by_label("Your question").fill("What is heel pain?")
    here.page.keyboard.press("Enter")
    expect(here.page.get_by_text("You are offline.")).to_be_visible()
    here.context.set_offline(False)

    here.page.locator(".cite").first.wait_for()
    assert here.page.locator(".asked").count() == 1


@pytest.mark.parametrize("status", [429, 500])
def test_a_busy_or_failing_server_is_asked_again(embedded: Opened, status: int, website: Website) -> None:
    here = open_panel(embedded(quiet=False))
    times: list[float] = []
    headers = {
        "Access-Control-Allow-Origin": website.url,
        "Access-Control-Expose-Headers": "Retry-After",
        "Retry-After": "2",
    }

    def once(route: Route) -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            route.fulfill(status=status, headers=headers, content_type="application/problem+json", body="{}")
        else:
            route.continue_()

    here.page.route("**/api/v1/messages", once)
    here.ask("What is heel pain?")

    assert here.page.locator(".answer").count() == 1
    assert times[1] - times[0] >= (2 if status == 429 else 0.3)


def test_a_worker_killed_in_the_middle_leads_to_one_answer(embedded: Opened, site: Site) -> None:
    here = open_panel(embedded(quiet=False))
    here.page.get_by_label("Your question").fill("A slow question and a killed server, embedded")
    here.page.keyboard.press("Enter")
    here.page.wait_for_timeout(400)
    site.kill_worker()
    # A message is left for twice as long to a process that lives.
    here.page.locator(".cite").first.wait_for(timeout=15_000)

    assert here.page.locator(".answer").count() == 1
    assert here.page.locator(".asked").count() == 1
    assert count(site, "messages", "text like '%killed server, embedded'") == 1


def test_a_slow_line_still_shows_a_status_at_once_and_then_one_answer(embedded: Opened) -> None:
    here = open_panel(embedded())
    line = here.context.new_cdp_session(here.page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000},
    )
    here.page.get_by_label("Your question").fill("What is heel pain?")
    began = time.monotonic()
    here.page.keyboard.press("Enter")
    expect(here.page.locator(".waiting")).to_be_visible()
    shown = time.monotonic() - began
    here.page.locator(".cite").first.wait_for()

    assert shown < 0.4
    assert here.page.locator(".answer").count() == 1


def test_without_the_second_script_there_is_the_answer_and_the_phone_and_another_try_brings_the_source(
    embedded: Opened,
) -> None:
    here = open_panel(embedded(quiet=False))
    page = here.page
    page.route("**/widget/v1.js?more=*", lambda route: route.abort())
    page.locator(".menu > summary").click()
    expect(page.locator(".menu .mistake")).to_contain_text("call 604-828-2610")
    here.ask("What helps my heel?")
    assert page.locator(".answer p").count() >= 2
    expect(page.locator(".offer").get_by_role("link", name="Call 604-828-2610")).to_be_visible()
    page.locator(".cite").first.click()
    expect(page.locator(".told")).to_contain_text("call 604-828-2610")

    page.unroute("**/widget/v1.js?more=*")
    page.locator(".cite").first.click()
    expect(page.locator(".source:popover-open mark").first).to_be_visible()
    assert page.locator(".cite").first.get_attribute("aria-label")
    page.keyboard.press("Escape")
    here.ask("I have chest pain")
    expect(page.get_by_role("alert").get_by_role("link", name="Call 9-1-1")).to_be_visible()
