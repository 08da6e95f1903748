"""What is pressed is large enough for a thumb, what was opened gets out of the way, and a person's name stands by their answer."""

import json
from collections.abc import Callable

import pytest
from conftest import Visit
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.slow

Opened = Callable[..., Visit]

BOTH = pytest.mark.parametrize("path", ["/chat", "/widget/demo"])
TARGET = 44
MAIN = ".button, .chip, .send, .plain, .row, .call, .launcher, summary, textarea, .call-back input, .field"
SMALL = """([main, least]) => {
  const root = document.querySelector("clinic-chat")?.shadowRoot ?? document;
  const found = [];
  for (const one of root.querySelectorAll(main)) {
    const target = one.closest("label") ?? one;
    const { width, height } = target.getBoundingClientRect();
    if (!one.checkVisibility({ visibilityProperty: true }) || !width) continue;
    if (Math.min(width, height) < least) found.push(`${one.className || one.name || one.tagName} ${width}x${height}`);
  }
  return found;
}"""


def started(visit: Opened, path: str, width: int = 390, height: int = 844, **how: object) -> Visit:
    here = visit(width, height, path=path, reduced_motion="reduce", **how)
    if path != "/chat":
        here.page.locator("clinic-chat .launcher").click()
    return here


def small(page: Page) -> list[str]:
    found: list[str] = page.evaluate(SMALL, [MAIN, TARGET])
    return found


@BOTH
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_whatever_is_mainly_pressed_is_at_least_44_pixels_high_and_wide(
    visit: Opened, path: str, width: int
) -> None:
    here = started(visit, path, width)
    page = here.page
    states = {"start": small(page)}
    page.locator(".menu > summary").click()
    page.get_by_text("Delete my data").click()
    states["menu"] = small(page)
    here.ask("What helps my heel?")
    page.locator(".judge").get_by_role("button", name="No", exact=True).click()
    page.get_by_text("Ask to be called back").click()
    page.get_by_label("Your name").wait_for()
    page.locator(".sources > summary").click()
    states["answer"] = small(page)
    page.locator(".cite").first.click()
    page.locator(".source:popover-open").wait_for()
    states["source"] = small(page)
    page.keyboard.press("Escape")
    here.ask("I have chest pain")
    states["emergency"] = small(page)

    assert {state: found for state, found in states.items() if found} == {}


@BOTH
def test_the_menu_gives_way_to_a_question_sent_with_enter(visit: Opened, path: str) -> None:
    here = started(visit, path)
    menu = here.page.locator(".menu").first
    menu.locator("summary").first.click()
    here.page.get_by_text("Delete my data").wait_for()
    here.page.get_by_label("Your question").focus()
    here.ask("What is heel pain?")

    expect(menu).not_to_have_attribute("open", "")


@BOTH
def test_who_approved_an_answer_and_when_stands_on_its_source(visit: Opened, path: str) -> None:
    said = "The clinic comes to you."
    payload: dict[str, object] = {
        "id": "1", "question": said, "standalone": said, "kind": "answer", "level": None, "text": said,
        "statements": [{"text": said, "citations": [{"evidence": 1, "quote": said}]}],
        "evidence": [{
            "number": 1, "title": "Home visits", "section": "Answer", "text": said, "url": None,
            "kind": "article", "certainty": None, "licence": None, "reviewed": "2026-11-04",
            "approved_by": "Bea Lee", "article": "x", "passage": "x", "references": [],
        }],
        "handoff": None, "reason": None, "emergency": None, "follow_ups": [],
    }  # fmt: skip

    def answer(route: Route) -> None:
        body = f"id: 1\nevent: answer\ndata: {json.dumps(payload)}\n\n"
        route.fulfill(status=200, content_type="text/event-stream", body=body)

    here = started(visit, path)
    here.page.route("**/api/v1/messages", answer)
    here.ask("Do you come to me?")
    here.page.locator(".sources > summary").click()
    told = "The clinic’s answer, approved by Bea Lee on November 4, 2026."
    expect(here.page.locator(".sources ol")).to_contain_text(told)
    here.page.locator(".cite").click()

    expect(here.page.locator(".source:popover-open")).to_contain_text(told)


@pytest.mark.parametrize("width", [320, 385, 390, 430, 480, 768])
def test_no_word_of_the_clinics_name_is_broken_on_a_telephone(visit: Opened, width: int) -> None:
    page = started(visit, "/chat", width).page
    broken = """(name) => [...name.firstChild.data.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
      const range = document.createRange();
      range.setStart(name.firstChild, index);
      range.setEnd(name.firstChild, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => top));
      return lines.size > (word.includes("-") ? 2 : 1);
    }).map(([word]) => word)"""

    assert page.locator(".brand span").evaluate(broken) == []
