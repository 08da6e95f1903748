"""The widget on other people's pages: any CSS, any policy, any router, and only where it may be."""

from collections.abc import Callable

import pytest
from conftest import PAGE, Site, Visit, Website, focused, launcher, open_panel
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

Opened = Callable[..., Visit]

HOSTILE = """
html { font-size: 62.5%; } :root { --accent: red; --ink: red; }
* { font-size: 40px !important; color: red !important; position: static !important; display: none !important;
    direction: rtl !important; font-family: fantasy !important; transform: none; opacity: 0.1 !important; }
html, body, head, style { display: block !important; opacity: 1 !important; }
"""


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


@pytest.mark.parametrize("script", ["", "/widget/v1.js"], ids=["origin", "address"])
def test_the_strictest_policy_is_kept(embedded: Opened, site: Site, script: str) -> None:
    policy = (
        f"default-src 'none'; script-src {site.url}{script}; connect-src {site.url}; style-src 'nonce-n'; "
    )
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

    expect(here.page.locator(".failed")).to_contain_text("call 604\u2011828\u20112610")
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
