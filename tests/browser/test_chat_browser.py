"""The chat page in a real browser: by mouse, by keyboard, on small screens, without script, on bad lines."""

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Site, Visit
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.slow

Opened = Callable[..., Visit]

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
SIZES = [(1280, 800), (768, 1024), (320, 568), (320, 256)]


def violations(page: Page) -> list[tuple[str, list[str]]]:
    # A stylesheet's animation would be measured half-way.
    page.wait_for_timeout(50)
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    return [(item["id"], [str(node["target"]) for node in item["nodes"]]) for item in found["violations"]]


def count(site: Site, table: str, where: str = "1") -> int:
    with sqlite3.connect(site.data / "var" / "assistant.db") as database:
        found = database.execute(f"select count(*) from {table} where {where}").fetchone()[0]
    database.close()
    return int(found)


# answers


def test_a_question_is_answered_and_every_citation_opens_its_passage(visit: Opened) -> None:
    here = visit()
    here.ask("What is heel pain?")

    cites = here.page.locator(".cite")
    assert cites.count() == 3
    for n in range(3):
        sentence = cites.nth(n).evaluate("cite => cite.closest('p > span').textContent")
        cites.nth(n).click()
        panel = here.page.locator(".source:popover-open")
        expect(panel).to_be_visible()
        assert sentence == panel.locator("mark.pointed").inner_text() + cites.nth(n).inner_text()
        assert panel.get_by_role("link", name="PubMed").get_attribute("href")
        here.page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        assert cites.nth(n).evaluate("cite => cite === document.activeElement")


def test_the_visitor_sees_at_once_that_something_happens(visit: Opened) -> None:
    here = visit()
    here.page.evaluate(
        """() => {
          const seen = new MutationObserver(() => {
            if (!window.shown && document.querySelector(".waiting")) {
              window.shown = performance.now() - window.sent;
            }
          });
          seen.observe(document.body, { childList: true, subtree: true });
          const form = document.querySelector("[data-part=ask]");
          form.addEventListener("submit", () => { window.sent = performance.now(); }, true);
        }"""
    )
    here.page.get_by_label("Your question").fill("A slow question")
    here.page.get_by_role("button", name="Send").click()

    expect(here.page.get_by_text("Looking through the articles…").first).to_be_visible()
    assert here.page.evaluate("window.shown") < 200
    here.page.locator(".cite").first.wait_for()


def test_an_answer_is_announced_twice_and_no_more(visit: Opened) -> None:
    here = visit()
    here.page.evaluate(
        """() => {
          window.said = [];
          for (const role of ["status", "alert"]) {
            const node = document.querySelector(`[role=${role}]`);
            new MutationObserver(() => { if (node.textContent) window.said.push([role, node.textContent]); })
              .observe(node, { childList: true, characterData: true, subtree: true });
          }
        }"""
    )
    here.ask("What is heel pain?")
    answered = here.page.evaluate("window.said.splice(0)")
    here.ask("I have chest pain")
    alarmed = here.page.evaluate("window.said.splice(0)")

    assert [role for role, _ in answered] == ["status", "status"]
    assert answered[1][1].startswith("Answer ready. Plantar heel pain is pain under the heel. 2 sources.")
    assert [role for role, _ in alarmed] == ["status", "alert"]


def test_a_follow_up_a_starter_and_feedback_can_be_pressed(visit: Opened, site: Site) -> None:
    here = visit()
    here.page.get_by_role("button", name="What happens at a first visit?").click()
    here.page.get_by_role("button", name="Does massage help heel pain?").click()
    expect(here.page.locator(".exchange")).to_have_count(2)
    here.page.locator(".judge").wait_for()
    here.page.get_by_role("button", name="No", exact=True).click()
    here.page.get_by_role("button", name="Hard to understand").click()

    expect(here.page.get_by_role("button", name="Hard to understand")).to_have_attribute(
        "aria-pressed", "true"
    )
    here.page.wait_for_timeout(300)
    assert count(site, "feedback", "helpful = 0 and reason = 'unclear'") >= 1


def test_a_reload_finds_the_conversation_again_and_deleting_ends_it(visit: Opened, site: Site) -> None:
    here = visit()
    here.ask("What is heel pain, found again?")
    here.page.reload()
    expect(here.page.locator(".exchange")).to_have_count(1)

    here.page.locator(".menu > summary").click()
    here.page.get_by_text("Delete my data").click()
    here.page.get_by_role("button", name="Delete it now").click()
    expect(here.page.locator(".exchange")).to_have_count(0)

    assert count(site, "messages", "text like '%found again%'") == 0
    here.page.reload()
    expect(here.page.get_by_role("heading", level=1)).to_be_visible()
    expect(here.page.locator(".exchange")).to_have_count(0)


def test_the_conversation_can_be_kept_as_text(visit: Opened, tmp_path: Path) -> None:
    here = visit()
    here.ask("What is heel pain?")
    here.page.locator(".menu > summary").click()
    with here.page.expect_download() as download:
        here.page.get_by_role("button", name="Download as text").click()
    download.value.save_as(tmp_path / "kept.txt")

    assert "You: What is heel pain?" in (tmp_path / "kept.txt").read_text()


# emergencies and people


def test_the_emergency_card_comes_first_alone_and_stays(visit: Opened) -> None:
    here = visit(320, 568)
    here.ask("I have chest pain")
    alarm = here.page.get_by_role("alert")

    expect(alarm.get_by_role("heading", name="Immediate action required: Call 9-1-1 now")).to_be_visible()
    expect(alarm).to_be_in_viewport()
    assert alarm.get_by_role("link", name="Call 9-1-1").get_attribute("href") == "tel:911"
    assert alarm.get_by_role("link").bounding_box()["height"] >= 44  # type: ignore[index]
    for other in (".answer", ".offer", ".judge", ".chips", ".cite"):
        assert here.page.locator(f".talk {other}:visible").count() == 0
    assert here.page.evaluate("document.activeElement.id") == "text"

    here.ask("What is heel pain?")
    assert here.page.locator(".urgent").count() == 1
    assert here.page.locator(".exchange .urgent").count() == 1
    assert here.page.get_by_role("alert").inner_text() == ""


@pytest.mark.parametrize("path", ["/chat", "/widget/demo"])
@pytest.mark.parametrize(("width", "height"), [(320, 256), (320, 568), (390, 844), (1280, 800)])
@pytest.mark.parametrize("told", ["I have chest pain", "My legs are numb"])
def test_an_emergency_shows_what_to_do_and_the_number_on_every_screen(
    visit: Opened, path: str, width: int, height: int, told: str
) -> None:
    here = visit(width, height, path=path, reduced_motion="reduce")
    if path != "/chat":
        here.page.locator("clinic-chat .launcher").click()
    here.ask(told)
    card = here.page.get_by_role("alert")

    for part in (
        card.get_by_role("heading"),
        card.get_by_role("link", name="Call 9-1-1"),
        card.locator("p:not(.calls)"),
    ):
        expect(part).to_be_in_viewport(ratio=1)
        middle = """(part) => {
          const { left, top, height } = part.getBoundingClientRect();
          return part.contains(part.getRootNode().elementFromPoint(left + 30, top + height / 2));
        }"""
        assert part.evaluate(middle), "something lies over it"
    here.ask("What is heel pain?")
    expect(here.page.get_by_label("Your question")).to_be_in_viewport()


def test_a_call_back_is_asked_for_and_kept(visit: Opened, site: Site) -> None:
    here = visit(quiet=False)
    here.ask("What helps my heel?")
    offer, answer = here.page.locator(".offer"), here.page.locator(".answer:not(.growing)")
    assert offer.bounding_box()["y"] < answer.bounding_box()["y"]  # type: ignore[index]

    offer.get_by_text("Ask to be called back").click()
    assert not offer.get_by_role("checkbox").is_checked()
    offer.get_by_label("Your name").fill("Jo Doe")
    offer.get_by_label("Phone number").fill("12345")
    offer.get_by_role("checkbox").check()
    offer.get_by_role("button", name="Request the call").click()
    expect(offer.locator(".mistake")).to_be_visible()
    offer.get_by_label("Phone number").fill("604 555 0188")
    offer.get_by_role("button", name="Request the call").click()
    expect(offer.get_by_text("Your reference number is")).to_be_visible()

    reference = offer.locator(".number").inner_text()
    assert count(site, "handoffs", f"id = '{reference}' and phone = '+16045550188'") == 1


# keyboard


def test_everything_can_be_done_by_keyboard(visit: Opened) -> None:
    here = visit()
    press = here.page.keyboard.press

    def tab_to(selector: str) -> None:
        for _ in range(60):
            press("Tab")
            if here.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    press("Tab")
    assert here.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab_to("#text")
    here.page.keyboard.type("What helps")
    press("Shift+Enter")
    here.page.keyboard.type("my heel?")
    press("Enter")
    here.page.locator(".cite").first.wait_for()
    assert here.page.locator(".asked").inner_text().endswith("What helps\nmy heel?")

    tab_to(".call")
    tab_to(".call-back > summary")
    press("Enter")
    tab_to("[name=name]")
    here.page.keyboard.type("Jo")
    tab_to("[name=phone]")
    here.page.keyboard.type("604-555-0188")
    tab_to("[name=consent]")
    press("Space")
    tab_to(".call-back button")
    press("Enter")
    here.page.locator(".called").wait_for()
    tab_to(".cite")
    press("Enter")
    expect(here.page.locator(".source:popover-open")).to_be_visible()
    press("Escape")
    assert here.page.evaluate("document.activeElement.className") == "cite"
    tab_to(".menu > summary")
    press("Enter")
    tab_to(".menu-panel summary")
    press("Enter")
    tab_to(".menu .danger")
    press("Enter")
    expect(here.page.locator(".exchange")).to_have_count(0)
    assert here.page.evaluate("document.activeElement.id") == "text"


def test_an_enter_that_ends_an_input_method_sends_nothing(visit: Opened) -> None:
    here = visit()
    here.page.get_by_label("Your question").fill("痛み")
    here.page.evaluate(
        """() => {
          const enter = { key: "Enter", isComposing: true, bubbles: true, cancelable: true };
          document.getElementById("text").dispatchEvent(new KeyboardEvent("keydown", enter));
        }"""
    )

    assert here.page.locator(".exchange").count() == 0


# every screen, every reader

SCHEMES = [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}]


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark", "forced colours"])
@pytest.mark.parametrize("width", [1280, 320])
def test_no_state_of_the_page_breaks_an_accessibility_rule(
    visit: Opened, scheme: dict[str, str], width: int
) -> None:
    # Tall enough for all of it: what the bars cover for the moment would count as too small to be hit.
    here = visit(width, 3000, **scheme)
    page = here.page
    states = {"start": violations(page)}
    here.ask("What helps my heel?")
    states["answer"] = violations(page)
    page.get_by_text("Ask to be called back").click()
    states["form"] = violations(page)
    page.locator(".sources > summary").click()
    states["sources"] = violations(page)
    page.locator(".cite").first.click()
    states["popover"] = violations(page)
    page.keyboard.press("Escape")
    here.ask("I have chest pain")
    states["emergency"] = violations(page)
    here.ask("I have a fever")
    states["same day"] = violations(page)
    here.ask("unicorn")
    states["abstention"] = violations(page)
    page.locator(".menu > summary").click()
    states["menu"] = violations(page)

    assert {state: found for state, found in states.items() if found} == {}


@pytest.mark.parametrize("path", ["/articles/heel", "/about", "/privacy"])
@pytest.mark.parametrize("scheme", SCHEMES[:2], ids=["light", "dark"])
def test_no_page_to_read_breaks_an_accessibility_rule(
    visit: Opened, path: str, scheme: dict[str, str]
) -> None:
    assert violations(visit(path=path, **scheme).page) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_sticks_out_of_any_screen(visit: Opened, width: int, height: int, direction: str) -> None:
    here = visit(width, height)
    page = here.page
    page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    word = "Donaudampfschifffahrtsgesellschaftskapitän" * 4

    assert page.evaluate(overflow) <= 0
    for question in ("What helps my heel?", word, "I have chest pain", "Can I book?"):
        here.ask(question)
        assert page.evaluate(overflow) <= 0
    here.ask("my heel")
    page.locator(".call-back:visible > summary").last.click()
    page.locator(".cite").last.click()
    assert page.evaluate(overflow) <= 0
    box = page.locator(".source:popover-open").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_wider_letter_and_line_spacing_loses_nothing(visit: Opened) -> None:
    here = visit(320, 568)
    here.ask("What helps my heel?")
    here.page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`
            * { line-height: 1.5 !important; letter-spacing: .12em !important;
                word-spacing: .16em !important }
            p { margin-block-end: 2em !important }`);
          document.adoptedStyleSheets = [sheet];
        }"""
    )

    assert here.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_on_the_smallest_screen_messages_keep_their_room(visit: Opened) -> None:
    here = visit(320, 256)
    here.ask("What is heel pain?")
    bar, field = here.page.locator(".bar").bounding_box(), here.page.locator(".ask").bounding_box()

    assert bar is not None
    assert field is not None
    assert field["y"] - (bar["y"] + bar["height"]) >= 120


# without script


def test_the_page_works_without_script(visit: Opened, site: Site) -> None:
    here = visit(java_script_enabled=False)
    page = here.page
    page.get_by_label("Your question").fill("What helps my heel?")
    page.get_by_role("button", name="Send").click()
    page.locator(".cite").first.click()
    expect(page.locator(".source:popover-open")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="When should I get help?").click()
    expect(page.locator(".exchange")).to_have_count(2)

    page.get_by_label("Your question").fill("my heel")
    page.get_by_role("button", name="Send").click()
    last = page.locator(".exchange").last
    last.get_by_text("Ask to be called back").click()
    last.get_by_label("Your name").fill("Ann Script")
    last.get_by_label("Phone number").fill("604-555-0199")
    last.get_by_role("checkbox").check()
    last.get_by_role("button", name="Request the call").click()
    expect(page.get_by_text("Your reference number is")).to_be_visible()
    assert count(site, "handoffs", "name = 'Ann Script'") == 1

    page.get_by_label("Your question").fill("I have chest pain")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").get_by_role("link", name="Call 9-1-1")).to_be_visible()


# bad lines


def test_a_cut_connection_leads_to_one_answer(visit: Opened, site: Site) -> None:
    here = visit(quiet=False)
    cut: list[str] = []

    def cut_once(route: Route) -> None:
        cut.append(route.request.post_data or "")
        if len(cut) == 1:
            response = route.fetch()
            route.fulfill(response=response, body=response.text()[:60])
        else:
            route.continue_()

    here.page.route("**/api/v1/messages", cut_once)
    here.ask("What is heel pain on a cut line?")

    assert len(cut) == 2
    assert cut[0] == cut[1]
    assert here.page.locator(".answer").count() == 1
    assert here.page.locator(".asked").count() == 1
    assert count(site, "messages", "text like '%on a cut line%'") == 1


def test_a_worker_killed_in_the_middle_leads_to_one_answer(visit: Opened, site: Site) -> None:
    here = visit(quiet=False)
    here.page.get_by_label("Your question").fill("A slow question and a killed server")
    here.page.keyboard.press("Enter")
    here.page.wait_for_timeout(400)
    site.kill_worker()
    # A message is left for twice as long to a process that lives.
    here.page.locator(".cite").first.wait_for(timeout=15_000)
    assert here.page.locator(".answer").count() == 1
    assert here.page.locator(".asked").count() == 1
    assert count(site, "messages", "text like '%killed server'") == 1


def test_offline_the_question_is_kept_and_sent_later(visit: Opened) -> None:
    here = visit(quiet=False)
    here.context.set_offline(True)
    here.page.get_by_label("Your question").fill("What is heel pain?")
    here.page.keyboard.press("Enter")
    expect(here.page.get_by_text("You are offline.")).to_be_visible()
    expect(here.page.get_by_text("Waiting for the connection…")).to_be_visible()
    here.context.set_offline(False)

    here.page.locator(".cite").first.wait_for()
    assert here.page.locator(".asked").count() == 1
    expect(here.page.get_by_text("You are offline.")).to_be_hidden()


@pytest.mark.parametrize("status", [500, 503])
def test_a_failing_server_is_tried_again_and_then_explained(visit: Opened, status: int) -> None:
    here = visit(quiet=False)
    tries: list[int] = []

    def fail(route: Route) -> None:
        tries.append(status)
        route.fulfill(
            status=status, content_type="application/problem+json", body='{"detail": "It is broken."}'
        )

    here.page.route("**/api/v1/messages", fail)
    here.ask("What is heel pain?")
    assert len(tries) == 4
    expect(here.page.get_by_text("It is broken.").first).to_be_visible()

    here.page.unroute("**/api/v1/messages")
    here.page.get_by_role("button", name="Try again").click()
    here.page.locator(".cite").first.wait_for()
    assert here.page.locator(".asked").count() == 1


def test_a_busy_server_is_obeyed_and_a_refusal_is_not_repeated(visit: Opened) -> None:
    here = visit(quiet=False)
    times: list[float] = []

    def slow_down(route: Route) -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            route.fulfill(
                status=429, headers={"Retry-After": "2"}, content_type="application/problem+json", body="{}"
            )
        else:
            route.continue_()

    here.page.route("**/api/v1/messages", slow_down)
    here.ask("What is heel pain?")
    assert len(times) == 2
    assert times[1] - times[0] >= 2

    refused: list[int] = []

    def refuse(route: Route) -> None:
        refused.append(1)
        route.fulfill(
            status=422, content_type="application/problem+json", body='{"detail": "Not like this."}'
        )

    here.page.unroute("**/api/v1/messages")
    here.page.route("**/api/v1/messages", refuse)
    here.ask("What is heel pain?")
    assert len(refused) == 1


def test_stopping_keeps_the_question_for_another_try(visit: Opened) -> None:
    here = visit()
    here.page.get_by_label("Your question").fill("A slow question")
    here.page.keyboard.press("Enter")
    here.page.get_by_role("button", name="Stop").click()
    expect(here.page.locator(".failed")).to_contain_text("Stopped.")
    here.page.wait_for_timeout(1200)
    here.page.get_by_role("button", name="Try again").click()

    here.page.locator(".cite").first.wait_for()
    assert here.page.locator(".asked").count() == 1


def test_a_token_that_is_no_longer_good_is_replaced_in_silence(visit: Opened) -> None:
    here = visit(quiet=False)
    here.page.evaluate("sessionStorage.setItem('clinic-chat.token', 'old')")
    here.page.reload()
    here.ask("What is heel pain?")

    assert here.page.locator(".cite").count() == 3


def test_markup_in_words_and_replies_stays_text(visit: Opened) -> None:
    here = visit()
    evil = "<img src=x onerror=alert(1)>"
    payload = {
        "id": "1", "question": evil, "standalone": evil + "?", "kind": "answer", "level": None, "text": evil,
        "statements": [{"text": evil, "citations": [{"evidence": 1, "quote": evil}]}],
        "evidence": [{
            "number": 1, "title": evil, "section": evil, "text": f"{evil} more", "url": "javascript:alert(1)",
            "kind": evil, "certainty": evil, "licence": evil, "reviewed": None,
            "article": "x", "passage": "x",
            "references": [{"citation": evil, "kind": evil, "year": 2020, "doi": None, "pmid": None,
                            "url": "javascript:alert(1)", "key": "x"}],
        }],
        "handoff": None, "reason": None, "emergency": None, "follow_ups": [evil],
    }  # fmt: skip

    def answer(route: Route) -> None:
        body = f"id: 1\nevent: answer\ndata: {json.dumps(payload)}\n\n"
        route.fulfill(status=200, content_type="text/event-stream", body=body)

    here.page.route("**/api/v1/messages", answer)
    here.ask(evil)
    here.page.locator(".cite").click()

    assert here.page.locator("main img").count() == 0
    assert here.page.locator('a[href^="javascript"]').count() == 0
    assert here.page.locator(".source mark").inner_text() == evil
