"""The widget for everybody: keyboard, screen readers, every screen, every scheme of colours."""

from collections.abc import Callable

import pytest
from conftest import Visit, focused, launcher, open_panel
from playwright.sync_api import expect
from test_chat_browser import SCHEMES, SIZES, violations

pytestmark = pytest.mark.slow

Opened = Callable[..., Visit]


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
    here.page.locator(".cite").first.click()
    here.page.keyboard.press("Escape")
    here.page.evaluate(
        """() => {
          window.print = () => {
            const root = document.querySelector("clinic-chat").shadowRoot;
            const parts = [".answer", ".ask", ".source"].map((name) => root.querySelector(name));
            window.printed = [document.getElementById("words"), ...parts].map((part) => part.checkVisibility());
          };
        }"""
    )
    here.page.emulate_media(media="print")
    here.page.locator(".menu > summary").evaluate("(summary) => summary.click()")
    here.page.locator(".row", has_text="Print").evaluate("(row) => row.click()")
    here.page.wait_for_function("window.printed")

    assert here.page.evaluate("window.printed") == [False, True, False, False]
    here.page.emulate_media(media="screen")
    expect(here.page.locator("#words")).to_be_visible()
