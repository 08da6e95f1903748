"""The widget on other people's pages: any CSS, any policy, any router, any screen, any line."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Site, Visit, Website
from playwright.sync_api import Page, Route, expect
from test_chat_browser import SCHEMES, SIZES, count, violations

pytestmark = pytest.mark.slow

Opened = Callable[..., Visit]

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A clinic</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style nonce="n">{css}</style>{head}
</head><body><main><h1>A clinic</h1>{body}</main></body></html>"""
HOSTILE = """
html { font-size: 62.5%; } :root { --accent: red; --ink: red; }
* { font-size: 40px !important; color: red !important; position: static !important; display: none !important;
    direction: rtl !important; font-family: fantasy !important; transform: none; opacity: 0.1 !important; }
html, body, head, style { display: block !important; opacity: 1 !important; }
"""


@pytest.fixture
def embedded(visit: Opened, site: Site, website: Website) -> Opened:
    """Opens a page of the clinic's website that carries the script."""

    def opened(
        attributes: str = "", *, css: str = "", head: str = "", body: str = "", policy: str = "", **how: Any
    ) -> Visit:
        script = f'<script src="{site.url}/widget/v1.js" async crossorigin="anonymous" {attributes}></script>'
        headers = {"Content_Security_Policy": policy} if policy else {}
        url = website.put(PAGE.format(css=css, head=head + script, body=body), **headers)
        here = visit(path=url, **how)
        here.page.locator("clinic-chat").wait_for(state="attached")
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


# on the page


def test_one_request_nothing_stored_and_no_cookie_until_somebody_asks(embedded: Opened, site: Site) -> None:
    here = embedded()
    loaded = "performance.getEntriesByType('resource').map(entry => entry.name).filter(name => !name.endsWith('.ico'))"
    stored = "sessionStorage.length + localStorage.length + document.cookie.length"
    assert here.page.evaluate(loaded) == [f"{site.url}/widget/v1.js"]

    open_panel(here)
    assert here.page.evaluate(loaded) == [f"{site.url}/widget/v1.js"]
    assert here.page.evaluate(stored) == 0

    here.ask("What is heel pain?")
    assert here.page.evaluate("Object.keys(sessionStorage)") == ["clinic-chat.token"]
    assert here.page.evaluate("localStorage.length") == 0


def test_a_question_is_answered_on_another_sites_page_and_found_again(embedded: Opened, site: Site) -> None:
    here = open_panel(embedded())
    assert focused(here.page) == ""
    assert here.page.evaluate("document.activeElement.shadowRoot.activeElement.id") == "text"
    here.ask("What is heel pain?")
    here.page.locator(".cite").last.click()
    panel = here.page.locator(".source:popover-open")

    expect(panel.locator("mark")).to_have_text("Calf and foot stretches often help plantar heel pain.")
    read = panel.get_by_role("link", name="Read the whole article").get_attribute("href")
    assert read is not None
    assert read.startswith(f"{site.url}/articles/")
    here.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    here.page.wait_for_timeout(50)
    expect(here.page.locator(".panel")).to_be_visible()
    here.page.keyboard.press("Escape")
    expect(here.page.locator(".panel")).to_be_hidden()
    assert focused(here.page) == "launcher"

    here.page.reload()
    open_panel(here)
    expect(here.page.locator(".exchange")).to_have_count(1)


def test_the_strictest_policy_is_kept(embedded: Opened, site: Site) -> None:
    policy = f"default-src 'none'; script-src {site.url}; connect-src {site.url}; style-src 'nonce-n'; "
    policy += "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    here = embedded('data-accent="#8a2d5c"', policy=policy)
    here.page.evaluate("""() => {
      window.stopped = [];
      addEventListener("securitypolicyviolation", (event) => window.stopped.push(event.violatedDirective));
    }""")
    open_panel(here)
    here.ask("What helps my heel?")
    here.page.locator(".cite").first.click()
    here.page.keyboard.press("Escape")
    here.page.get_by_text("Ask to be called back").click()
    here.page.get_by_label("Your name").fill("Jo")
    here.page.get_by_label("Phone number").fill("604-555-0188")
    here.page.get_by_role("checkbox").check()
    here.page.get_by_role("button", name="Request the call").click()
    expect(here.page.get_by_text("Your reference number is")).to_be_visible()
    here.page.get_by_role("button", name="Yes", exact=True).click()
    here.page.wait_for_timeout(200)

    assert here.page.evaluate("window.stopped") == []


def test_hostile_css_changes_neither_place_nor_size_nor_colour(embedded: Opened) -> None:
    here = embedded(css=HOSTILE)
    style = """(element) => {
      const seen = getComputedStyle(element);
      return [seen.position, seen.display, seen.direction, seen.opacity, parseFloat(seen.fontSize) >= 16, seen.color];
    }"""
    host = here.page.locator("clinic-chat").evaluate(style)
    assert host[:5] == ["fixed", "block", "ltr", "1", True]
    button = launcher(here.page).bounding_box()
    assert button is not None
    assert button["x"] + button["width"] <= 1280
    assert button["height"] >= 44
    assert launcher(here.page).evaluate(style)[-1] == "rgb(255, 255, 255)"

    open_panel(here)
    here.ask("What helps my heel?")
    for part in (".answer p", "textarea", ".offer .button", ".asked"):
        _, display, direction, opacity, readable, colour = here.page.locator(part).first.evaluate(style)
        assert (display != "none", direction, opacity, readable) == (True, "ltr", "1", True), part
        assert colour != "rgb(255, 0, 0)", part


def test_a_root_of_10_pixels_leaves_text_readable(embedded: Opened) -> None:
    here = open_panel(embedded(css="html { font-size: 62.5%; }"))
    sizes = here.page.locator("clinic-chat").evaluate(
        "(chat) => [...chat.shadowRoot.querySelectorAll('p, button, a, h2, textarea')].filter((e) => e.checkVisibility()).map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )

    assert min(sizes) >= 13
    assert (
        here.page.locator("clinic-chat textarea").evaluate("(t) => parseFloat(getComputedStyle(t).fontSize)")
        >= 16
    )


def test_a_router_that_swaps_the_body_takes_nothing_from_the_visitor(embedded: Opened) -> None:
    here = open_panel(embedded())
    here.ask("What is heel pain?")
    here.page.get_by_label("Your question").fill("A draft")
    for swap in (
        "document.body = Object.assign(document.createElement('body'), { textContent: 'next page' })",
        "document.body.replaceChildren('another page')",
        "document.body.replaceWith(document.createElement('body'))",
    ):
        here.page.evaluate(swap)
        expect(here.page.locator("clinic-chat")).to_have_count(1)
        expect(here.page.locator(".exchange")).to_have_count(1)
        expect(here.page.get_by_label("Your question")).to_have_value("A draft")

    here.page.evaluate("document.body.append(document.querySelector('clinic-chat').cloneNode(true))")
    expect(here.page.locator("clinic-chat")).to_have_count(1)
    here.page.evaluate("ClinicChat.destroy()")
    here.page.wait_for_timeout(100)
    assert here.page.locator("clinic-chat").count() == 0


def test_on_a_small_screen_the_panel_is_modal_and_stays_so_when_the_body_is_swapped(embedded: Opened) -> None:
    here = open_panel(embedded(width=320, height=568))
    modal = "document.querySelector('clinic-chat').shadowRoot.querySelector('dialog:modal') !== null"
    assert here.page.evaluate(modal)

    here.page.evaluate("document.body.replaceWith(document.createElement('body'))")
    here.page.wait_for_timeout(50)
    assert here.page.evaluate(modal)
    here.page.keyboard.press("Escape")
    expect(here.page.locator(".panel")).to_be_hidden()
    assert focused(here.page) == "launcher"


def test_the_sites_own_fixed_buttons_and_its_last_links_stay_free(embedded: Opened) -> None:
    body = """<p style="height: 3000px">Long</p><p style="text-align: right"><a id="last" href="#">Last link</a></p>
    <button id="book" style="position: fixed; right: 16px; bottom: 16px; width: 160px; height: 48px">Book</button>"""
    here = embedded(body=body)
    reached = """(id) => {
      const { left, top, width, height } = document.getElementById(id).getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2).id;
    }"""
    here.page.wait_for_timeout(300)
    assert here.page.evaluate(reached, "book") == "book"

    here.page.evaluate("document.getElementById('book').remove(); scrollTo(0, 9999)")
    here.page.wait_for_timeout(400)
    assert here.page.evaluate(reached, "last") == "last"


def test_letters_typed_here_are_no_shortcuts_of_the_page(embedded: Opened) -> None:
    here = open_panel(embedded())
    here.page.evaluate("window.heard = 0; document.addEventListener('keydown', () => { window.heard += 1; })")
    here.page.get_by_label("Your question").press_sequentially("/s?")

    assert here.page.evaluate("window.heard") == 0


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


# who may


def test_a_site_that_is_not_listed_does_not_get_the_widget(
    visit: Opened, site: Site, foreign: Website
) -> None:
    url = foreign.put(
        PAGE.format(
            css="",
            body="",
            head=f'<script src="{site.url}/widget/v1.js" async crossorigin="anonymous"></script>',
        )
    )
    here = visit(path=url, quiet=False)
    here.page.wait_for_timeout(500)

    assert here.page.locator("clinic-chat").count() == 0
    assert any("CORS" in line or "403" in line for line in here.noise)


def test_without_crossorigin_the_visitor_gets_the_phone_and_the_site_a_hint(
    visit: Opened, site: Site, foreign: Website
) -> None:
    url = foreign.put(
        PAGE.format(css="", body="", head=f'<script src="{site.url}/widget/v1.js" async></script>')
    )
    here = open_panel(visit(path=url, quiet=False))
    here.ask("What is heel pain?")

    expect(here.page.locator(".failed")).to_contain_text("call 604-828-2610")
    hint = next(line for line in here.noise if line.startswith("<clinic-chat>"))
    assert foreign.url in hint
    assert "web.origins" in hint
    assert "assistant doctor --embed" in hint


def test_a_listed_site_may_frame_the_chat_and_another_may_not(
    visit: Opened, site: Site, website: Website, foreign: Website
) -> None:
    frame = f'<!doctype html><title>x</title><iframe src="{site.url}/chat" width="600" height="600"></iframe>'
    listed = visit(path=website.put(frame, "/frame"), quiet=False)
    inside = listed.page.frame_locator("iframe")
    inside.get_by_label("Your question").fill("What is heel pain?")
    inside.get_by_role("button", name="Send").click()
    inside.locator(".cite").first.wait_for()
    other = visit(path=foreign.put(frame, "/frame"), quiet=False)
    other.page.wait_for_timeout(300)

    assert any("frame-ancestors" in line for line in other.noise)


# everybody


def test_everything_can_be_done_by_keyboard(embedded: Opened) -> None:
    here = embedded(body='<p><a href="#x">A link of the page</a></p>')
    press = here.page.keyboard.press

    def tab_to(selector: str, key: str = "Tab") -> None:
        for _ in range(60):
            press(key)
            if here.page.evaluate(
                "s => document.activeElement.shadowRoot?.activeElement?.matches(s) ?? false", selector
            ):
                return
        raise AssertionError(f"{selector} is not reached by {key}")

    tab_to(".launcher")
    press("Enter")
    expect(here.page.locator(".panel")).to_be_visible()
    here.page.keyboard.type("What helps my heel?")
    press("Enter")
    here.page.locator(".cite").first.wait_for()
    tab_to(".call-back > summary", "Shift+Tab")
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
    here.page.wait_for_timeout(50)
    assert focused(here.page) == "cite"
    tab_to(".menu > summary", "Shift+Tab")
    press("Enter")
    press("Escape")
    expect(here.page.locator(".menu-panel")).to_be_hidden()
    press("Enter")
    tab_to(".menu-panel summary")
    press("Enter")
    tab_to(".danger")
    press("Enter")
    expect(here.page.locator(".exchange")).to_have_count(0)
    assert here.page.evaluate("document.activeElement.shadowRoot.activeElement.id") == "text"
    press("Escape")
    assert focused(here.page) == "launcher"


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark", "forced colours"])
@pytest.mark.parametrize("width", [1280, 320])
def test_no_state_of_the_widget_breaks_an_accessibility_rule(
    visit: Opened, scheme: dict[str, str], width: int
) -> None:
    here = visit(width, 1600, path="/widget/demo", **scheme)
    page = here.page
    launcher(page).wait_for()
    page.wait_for_timeout(200)
    states = {"closed": violations(page)}
    open_panel(here)
    page.wait_for_timeout(250)
    states["open"] = violations(page)
    here.ask("What helps my heel?")
    states["answer"] = violations(page)
    page.get_by_text("Ask to be called back").click()
    states["form"] = violations(page)
    page.locator(".sources > summary").click()
    page.locator(".cite").first.click()
    states["popover"] = violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="No", exact=True).click()
    states["reasons"] = violations(page)
    here.ask("I have chest pain")
    states["emergency"] = violations(page)
    here.ask("I have a fever")
    states["same day"] = violations(page)
    page.locator(".menu > summary").click()
    page.get_by_text("Delete my data").click()
    states["menu"] = violations(page)

    assert {state: found for state, found in states.items() if found} == {}


def test_an_answer_is_announced_twice_and_no_more(embedded: Opened) -> None:
    here = open_panel(embedded())
    here.page.evaluate(
        """() => {
          window.said = [];
          const root = document.querySelector("clinic-chat").shadowRoot;
          for (const role of ["status", "alert"]) {
            const node = root.querySelector(`[role=${role}]`);
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


def test_the_panel_reads_in_a_sensible_order(embedded: Opened) -> None:
    here = open_panel(embedded('data-suggestions="off"'))
    here.ask("I have chest pain")
    heard = here.page.locator("clinic-chat .panel").aria_snapshot()
    order = [
        'dialog "Chipperfield In-Home Physiotherapy"',
        'link "Call 604-828-2610"',
        'button "Close"',
        'list "Conversation"',
        'heading "You asked: I have chest pain"',
        "alert",
        'heading "Immediate action required: Call 9-1-1 now"',
        'link "Call 9-1-1"',
        "status",
        'textbox "Your question"',
        'button "Send"',
        "General information, not a diagnosis.",
    ]
    places = [heard.find(words) for words in order]

    assert -1 not in places, heard
    assert places == sorted(places), heard


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_sticks_out_of_the_panel(embedded: Opened, width: int, height: int, direction: str) -> None:
    body = f'<clinic-chat dir="{direction}"></clinic-chat>'
    here = open_panel(embedded(body=body, width=width, height=height))
    page = here.page
    sticking = """() => {
      const root = document.querySelector("clinic-chat").shadowRoot;
      const { left, right } = root.querySelector(".panel").getBoundingClientRect();
      const talk = root.querySelector(".talk");
      const out = [...root.querySelectorAll(".panel *")].filter((element) => {
        if (!element.checkVisibility() || element.closest(".unseen, svg")) return false;
        const box = element.getBoundingClientRect();
        return box.width > 1 && (box.left < left - 1 || box.right > right + 1);
      });
      return [left < 0, right > innerWidth, talk.scrollWidth > talk.clientWidth, out.map((element) => element.className)];
    }"""
    fine = [False, False, False, []]
    word = "Donaudampfschifffahrtsgesellschaftskapitän" * 4

    assert page.evaluate(sticking) == fine
    for question in ("What helps my heel?", word, "I have chest pain", "Can I book?"):
        here.ask(question)
        assert page.evaluate(sticking) == fine
    here.ask("my heel")
    page.locator(".call-back:visible > summary").last.click()
    assert page.evaluate(sticking) == fine
    page.locator(".cite").last.click()
    box = page.locator(".source:popover-open").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] >= 0


def test_wider_letter_and_line_spacing_loses_nothing(embedded: Opened) -> None:
    here = open_panel(embedded(width=320, height=568))
    here.ask("What helps my heel?")
    cut = here.page.evaluate(
        """() => {
          const root = document.querySelector("clinic-chat").shadowRoot;
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`
            * { line-height: 1.5 !important; letter-spacing: .12em !important;
                word-spacing: .16em !important }
            p { margin-block-end: 2em !important }`);
          root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
          const talk = root.querySelector(".talk");
          return [talk.scrollWidth > talk.clientWidth, ...[...root.querySelectorAll("button, a, h2")]
            .filter((element) => element.checkVisibility() && !element.closest(".unseen"))
            .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")
            .map((element) => element.textContent)];
        }"""
    )

    assert cut == [False]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (320, 568)])
def test_the_phone_and_the_field_stay_where_they_are_and_the_answer_comes_into_view(
    embedded: Opened, width: int, height: int
) -> None:
    here = open_panel(
        embedded(
            width=width, height=height, reduced_motion="reduce", body="<p style='height: 3000px'>Long</p>"
        )
    )
    call, field = here.page.locator(".head .call"), here.page.locator(".field")
    before = call.bounding_box(), field.bounding_box()
    for question in ("What helps my heel?", "I have chest pain", "What is heel pain?"):
        here.ask(question)
        assert (call.bounding_box(), field.bounding_box()) == before

    expect(here.page.locator(".asked").last).to_be_in_viewport()
    expect(here.page.locator(".answer > p").last).to_be_in_viewport()
    assert here.page.evaluate("scrollY") == 0


def test_on_the_smallest_screen_messages_keep_their_room(embedded: Opened) -> None:
    here = open_panel(embedded(width=320, height=256))
    here.ask("What is heel pain?")
    talk = here.page.locator(".talk").bounding_box()

    assert talk is not None
    assert talk["height"] >= 120
    expect(here.page.get_by_role("link", name="Call 604-828-2610")).to_be_in_viewport()


def test_above_a_keyboard_the_panel_keeps_to_what_is_seen(embedded: Opened) -> None:
    here = open_panel(embedded(width=390, height=700, reduced_motion="reduce"))
    here.page.evaluate("""() => {
      Object.defineProperty(visualViewport, "height", { value: 340, configurable: true });
      Object.defineProperty(visualViewport, "offsetTop", { value: 60, configurable: true });
      visualViewport.dispatchEvent(new Event("resize"));
    }""")
    box = here.page.locator(".panel").bounding_box()

    assert box is not None
    assert (box["y"], box["height"]) == (60, 340)


def test_printing_prints_the_conversation_alone(embedded: Opened) -> None:
    here = open_panel(embedded(body="<p id='words'>Words of the page</p>"))
    here.ask("What is heel pain?")
    here.page.emulate_media(media="print")
    here.page.evaluate("""() => {
      window.print = () => {
        const seen = (element) => element.checkVisibility();
        const root = document.querySelector("clinic-chat").shadowRoot;
        window.printed = [document.getElementById("words"), root.querySelector(".answer"), root.querySelector(".ask"), root.querySelector(".source")].map(seen);
      };
    }""")
    here.page.emulate_media(media="screen")
    here.page.locator(".menu > summary").click()
    here.page.evaluate("""() => {
      const print = window.print;
      window.print = () => {};
      window.print = print;
    }""")
    here.page.evaluate("""() => {
      const press = [...document.querySelector("clinic-chat").shadowRoot.querySelectorAll(".row")].find((row) => row.textContent === "Print");
      window.press = () => press.click();
    }""")
    here.page.emulate_media(media="print")
    here.page.evaluate("window.press()")

    assert here.page.evaluate("window.printed") == [False, True, False, False]
    here.page.emulate_media(media="screen")
    expect(here.page.locator("#words")).to_be_visible()


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
    here.page.locator(".cite").first.wait_for(timeout=45_000)

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
