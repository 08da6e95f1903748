"""Web pages, link cards and folders: what their owners want is heeded, and nothing else is asked."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fake_services import Page
from hypothesis import given
from hypothesis import strategies as st
from pulling import whats, world

from corpus.connectors import links
from corpus.connectors.folder import Folder
from corpus.connectors.manners import directives, signals, wishes
from corpus.connectors.site import A_DAY, Site, plainly
from corpus.connectors.tally import Tally
from corpus.model import CorpusError

TEXT = (
    "<p>" + "Rolling the calf for ten minutes a day is a simple thing to do at home after work. " * 6 + "</p>"
)


def page(title: str = "Rolling at home", head: str = "", body: str = TEXT) -> str:
    return (
        f"<html><head><title>{title}</title>{head}</head><body><main><article><h1>{title}</h1>"
        f"<h2>How is it done?</h2>{body}</article></main></body></html>"
    )


@pytest.fixture
def site(tmp_path):
    """A clinic's own site with one page, named in the settings."""
    with world(tmp_path) as made:
        made.services.pages["/blog/rolling"] = Page(page(), headers={"ETag": '"1"'})
        named(made, "blog/rolling")
        yield made


def named(made, *paths: str, licence: str = "Clinic's own") -> None:
    from dataclasses import replace

    made.chosen = replace(
        made.chosen, sites=tuple(Site(f"{made.services.base}{path}", licence) for path in paths)
    )


def only(report):
    (outcome,) = report.outcomes
    return outcome


def test_a_page_of_the_clinic_becomes_an_article(site):
    outcome = only(site.sync("web"))

    assert outcome.what == "full"
    (article,) = site.shelf
    assert article.card.title == "Rolling at home"
    assert article.card.url == f"{site.services.base}blog/rolling"
    assert article.card.licence.code == "own"
    assert article.sections[0].trail == ("How is it done?",)


def test_a_page_that_did_not_change_is_not_sent_again(site):
    site.sync("web")
    before = site.kept_files()

    assert only(site.sync("web")).what == "unchanged"
    assert site.kept_files() == before


def test_a_page_without_terms_is_mentioned_and_not_kept(site):
    named(site, "blog/rolling", licence="")

    assert only(site.sync("web")).what == "reference"
    assert site.kept_files() == []
    assert not [
        path
        for path in site.folder.rglob("*")
        if path.is_file() and b"ten minutes a day" in path.read_bytes()
    ]


def test_a_page_that_names_its_licence_is_taken_by_it(site):
    site.services.pages["/blog/rolling"].body = page(
        head='<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
    )
    named(site, "blog/rolling", licence="")

    assert only(site.sync("web")).what == "full"


@pytest.mark.parametrize(
    ("robots", "is_fetched"),
    [
        (Page("User-agent: *\nDisallow: /\n", content_type="text/plain"), False),
        (Page("User-agent: *\nDisallow: /blog/\nAllow: /blog/rolling\n", content_type="text/plain"), True),
        (Page("User-agent: SoftTissueAssistantBot\nDisallow: /blog\n", content_type="text/plain"), False),
        (Page("User-agent: OtherBot\nDisallow: /\n", content_type="text/plain"), True),
        (Page("", content_type="text/plain"), True),
        (Page("no", status=404), True),
        (Page("no", status=403), True),
        (Page("down", status=503), False),
        (Page("<html>welcome</html>"), False),
        (Page("\ufeffUser-agent: *\nDisallow: /blog\n", content_type="text/plain"), False),
    ],
)
def test_the_rules_for_robots_are_kept_to(robots, is_fetched, site):
    site.services.pages["/robots.txt"] = robots

    report = site.sync("web")

    assert any("/blog/rolling" in path for path in site.services.asked) is is_fetched
    assert bool(site.kept_files()) is is_fetched
    assert is_fetched or report.fault or only(report).what in ("refuse", "failed")


RULES = {
    "robots": "User-agent: *\nDisallow: /blog\n",
    "signal": "User-agent: *\nContent-Signal: ai-input=no\nAllow: /\n",
}


@pytest.mark.parametrize(
    ("rules", "look", "by"),
    [
        ("robots", "sync", "page"),
        ("robots", "verify", "page"),
        ("robots", "sync", "sitemap"),
        ("robots", "verify", "sitemap"),
        ("signal", "sync", "page"),
        ("signal", "verify", "page"),
        ("signal", "sync", "sitemap"),
        ("signal", "verify", "sitemap"),
    ],
)
def test_a_page_whose_owner_changes_their_mind_leaves_although_it_did_not_change(rules, look, by, site):
    if by == "sitemap":
        entry = f"<url><loc>{site.services.base}blog/rolling</loc><lastmod>2026-01-02</lastmod></url>"
        site.services.pages["/sitemap.xml"] = Page(
            f"<urlset>{entry}</urlset>", content_type="application/xml"
        )
        named(site, "sitemap.xml")
    outcome = only(site.sync("web"))
    allowed = site.services.pages["/robots.txt"].body
    site.services.pages["/robots.txt"].body = RULES[rules]

    found = whats(getattr(site, look)("web"))

    assert set(found.values()) == {"refuse" if rules == "robots" else "reference"}
    assert site.kept_files() == []
    assert outcome.article in site.withdrawn()
    assert site.verify("web").outcomes == ()
    assert set(whats(site.sync("web")).values()) <= {"refuse", "unchanged"}
    site.services.pages["/robots.txt"].body = allowed
    assert only(site.sync("web")).what == "full"


def test_rules_that_cannot_be_had_today_take_nothing_away(site):
    site.sync("web")
    site.services.pages["/robots.txt"] = Page("down", status=503)

    assert only(site.verify("web")).what == "failed"
    assert len(site.kept_files()) == 1


def test_a_site_that_is_down_leaves_the_others(site):
    site.services.pages["/sitemap.xml"] = Page("down", status=503)
    named(site, "sitemap.xml", "blog/rolling")

    report = site.sync("web")

    assert only(report).what == "full"
    assert "sitemap.xml did not answer" in report.fault


def test_a_site_without_rules_is_read_again_offline(site):
    del site.services.pages["/robots.txt"]
    site.sync("web")

    assert only(site.sync("web", offline=True)).what == "unchanged"


def test_a_delay_that_a_site_asks_for_is_kept(site):
    site.services.pages["/robots.txt"] = Page("User-agent: *\nCrawl-delay: 20\n", content_type="text/plain")
    site.services.pages["/b"] = Page(page("Another"))
    named(site, "blog/rolling", "b")
    before = site.clock.passed

    site.sync("web")

    assert site.clock.passed - before - 60 >= 40


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("robots", "Content-Signal: search=yes,ai-input=no,ai-train=no"),
        ("header", ("X-Robots-Tag", "noindex")),
        ("header", ("X-Robots-Tag", "SoftTissueAssistantBot: noai")),
        ("header", ("TDM-Reservation", "1")),
        ("meta", '<meta name="robots" content="noindex, follow">'),
        ("meta", '<meta name="robots" content="max-snippet:50">'),
        ("meta", '<meta name="robots" content="nosnippet">'),
        ("meta", '<meta name="tdm-reservation" content="1">'),
        ("tdmrep", '[{"location": "/blog/*", "tdm-reservation": 1}]'),
    ],
)
def test_a_page_whose_owner_says_no_is_mentioned_and_not_kept(where, said, site):
    own = site.services.pages["/blog/rolling"]
    if where == "robots":
        site.services.pages["/robots.txt"].body = f"User-agent: *\n{said}\nAllow: /\n"
    elif where == "header":
        own.headers[said[0]] = said[1]
    elif where == "meta":
        own.body = page(head=said)
    else:
        site.services.pages["/.well-known/tdmrep.json"] = Page(said, content_type="application/json")

    outcome = only(site.sync("web"))

    assert outcome.what == "reference"
    assert "owner" in outcome.reason
    assert outcome.title == "Rolling at home"
    assert site.kept_files() == []


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("header", ("X-Robots-Tag", "OtherBot: noindex")),
        ("header", ("X-Robots-Tag", "max-image-preview:large, something-new")),
        ("meta", '<meta name="robots" content="index, follow, max-snippet:-1">'),
        ("tdmrep", '[{"location": "/shop/*", "tdm-reservation": 1}]'),
        ("tdmrep", "not json"),
    ],
)
def test_a_page_whose_owner_says_nothing_against_it_is_taken(where, said, site):
    own = site.services.pages["/blog/rolling"]
    if where == "header":
        own.headers[said[0]] = said[1]
    elif where == "meta":
        own.body = page(head=said)
    else:
        site.services.pages["/.well-known/tdmrep.json"] = Page(said, content_type="application/json")

    assert only(site.sync("web")).what == "full"


def test_pages_that_a_sitemap_names_and_robots_forbid_are_refused_by_name_and_take_no_place(site):
    base = site.services.base
    entries = "".join(
        f"<url><loc>{base}{path}</loc></url>" for path in ("private/a", "private/b", "blog/rolling")
    )
    site.services.pages |= {
        "/robots.txt": Page("User-agent: *\nDisallow: /private/\n", content_type="text/plain"),
        "/sitemap.xml": Page(f"<urlset>{entries}</urlset>", content_type="application/xml"),
    }
    named(site, "sitemap.xml")

    found = whats(site.sync("web", limit=1))

    assert found == {
        f"{base}private/a": "refuse",
        f"{base}private/b": "refuse",
        f"{base}blog/rolling": "full",
    }
    assert not [path for path in site.services.asked if "private" in path]


def test_a_sitemap_names_pages_and_what_does_not_belong_is_not_asked_for(site):
    base = site.services.base
    others = [
        "https://evil.example/offsite",
        "http://169.254.169.254/latest/meta-data/",
        f"{base}account/login",
        f"{base}a.pdf",
    ]
    entries = [f"{base}blog/rolling?utm_source=x", f"{base}blog/rolling#top", f"{base}b", *others]
    inner = "".join(f"<url><loc>{each}</loc><lastmod>2026-01-02</lastmod></url>" for each in entries)
    site.services.pages |= {
        "/sitemap.xml": Page(
            f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{base}pages.xml</loc></sitemap>'
            "<sitemap><loc>https://other.example/x.xml</loc></sitemap></sitemapindex>",
            content_type="application/xml",
        ),
        "/pages.xml": Page(
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</urlset>',
            content_type="application/xml",
        ),
        "/b": Page(page("Another page")),
    }
    named(site, "sitemap.xml")

    report = site.sync("web")

    assert whats(report) == {f"{base}blog/rolling": "full", f"{base}b": "full"}
    assert not [path for path in site.services.asked if "login" in path or "pdf" in path]
    site.services.asked.clear()
    assert set(whats(site.sync("web")).values()) == {"unchanged"}
    assert not [path for path in site.services.asked if "/b" in path]
    assert site.sync("web", since=date(2026, 6, 1)).outcomes == ()


def test_one_page_under_two_addresses_is_one_article(site):
    site.services.pages["/print"] = Page(
        page(head='<link rel="canonical" href="/blog/rolling">'), headers={"ETag": '"2"'}
    )
    named(site, "blog/rolling", "print")

    site.sync("web")

    assert len(site.shelf) == 1
    assert set(whats(site.sync("web")).values()) == {"unchanged"}


def test_a_page_that_takes_another_address_leaves_the_one_it_had(site):
    site.services.pages["/print"] = Page(page("Print"), headers={"ETag": '"2"'})
    named(site, "blog/rolling", "print")
    site.sync("web")
    assert len(site.shelf) == 2
    site.services.pages["/print"] = Page(
        page(head='<link rel="canonical" href="/blog/rolling">'), headers={"ETag": '"3"'}
    )

    site.sync("web")

    assert [article.card.title for article in site.shelf] == ["Rolling at home"]
    assert len(site.withdrawn()) == 1


def test_a_page_on_another_host_is_not_taken_for_the_page_itself(site):
    site.services.pages["/blog/rolling"].body = page(
        head='<link rel="canonical" href="https://evil.example/x">'
    )

    site.sync("web")

    (article,) = site.shelf
    assert article.card.url == f"{site.services.base}blog/rolling"


def test_a_page_in_front_of_a_page_is_not_taken(site):
    site.services.pages["/blog/rolling"].body = page("Just a moment...", body="<p>Verify you are human</p>")

    outcome = only(site.sync("web"))

    assert outcome.what == "failed"
    assert "robot check" in outcome.reason


def test_a_site_that_refuses_again_and_again_is_left_alone(site):
    site.services.pages |= {f"/{n}": Page("no", status=403) for n in range(8)}
    named(site, *map(str, range(8)))

    report = site.sync("web")

    assert {outcome.what for outcome in report.outcomes} == {"failed"}
    assert sum("/robots" not in path and "/.well-known" not in path for path in site.services.asked) == 3


def test_a_host_is_asked_for_so_many_pages_a_day_in_however_many_runs(site):
    """Each run sees other pages first, so that what was taken yesterday does not keep the rest out."""
    stamp = {"ETag": '"1"'}
    pages = [f"page-{number}" for number in range(A_DAY + 5)]
    site.services.pages |= {f"/{name}": Page(page(name), headers=stamp) for name in pages}
    day = "<lastmod>2026-01-01</lastmod>"
    site.services.pages["/sitemap.xml"] = Page(
        "<urlset>"
        + "".join(f"<url><loc>{site.services.base}{name}</loc>{day}</url>" for name in pages)
        + "</urlset>",
        content_type="application/xml",
    )
    named(site, "sitemap.xml")

    first = site.sync("web", limit=150)
    second = site.sync("web", limit=1000)

    assert (first.count("full"), second.count("full")) == (150, A_DAY - 150)
    (reason,) = {each.reason for each in second.outcomes if each.what == "failed"}
    assert reason.endswith("was asked for 200 pages today. Run again tomorrow for the rest.")
    assert second.fault == ""
    assert site.sync("web", limit=1000, offline=True).count("full", "unchanged") == A_DAY

    site.clock.passed += 86_400
    third = site.sync("web", limit=1000)
    assert (third.count("full"), third.count("unchanged"), third.count("failed")) == (5, A_DAY, 0)
    assert len(site.shelf) == len(pages)


@pytest.mark.parametrize("damage", ["", "[]", '{"day": 1}', '{"day": "2026-11-24", "hosts": 3}'])
def test_a_damaged_tally_begins_anew(damage, tmp_path):
    place = tmp_path / "asked.json"
    place.write_text(damage, "utf-8")
    tally = Tally(place, lambda: datetime(2026, 11, 24, tzinfo=UTC))

    tally.add("clinic.example")

    assert (tally.of("clinic.example"), tally.of("other.example")) == (1, 0)


def test_a_page_that_is_gone_leaves_the_shelf(site):
    site.sync("web")
    del site.services.pages["/blog/rolling"]

    assert only(site.sync("web")).what == "gone"
    assert site.kept_files() == []
    assert site.withdrawn()


def test_a_removed_page_stays_away_under_all_its_addresses(site):
    site.services.pages["/print"] = Page(page(head='<link rel="canonical" href="/blog/rolling">'))
    outcome = only(site.sync("web"))
    site.remove(outcome.article)
    named(site, "blog/rolling", "print")

    assert set(whats(site.sync("web")).values()) == {"removed"}
    assert site.kept_files() == []


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://a.example/x?utm_source=y&id=2&fbclid=3#top", "https://a.example/x?id=2"),
        ("https://a.example/x;jsessionid=9?a=", "https://a.example/x?a="),
    ],
)
def test_an_address_is_kept_without_where_a_reader_came_from(address, plain):
    assert plainly(address) == plain
    assert plainly(plain) == plain


def test_signals_are_read_for_the_group_that_is_meant():
    text = (
        "User-agent: OtherBot\nContent-Signal: ai-input=no\n\nUser-agent: *\nUser-agent: Third\n"
        "Content-Signal: search=yes, ai-input=yes  # a note\nDisallow:\n"
    )

    assert signals(text) == {"search": "yes", "ai-input": "yes"}
    assert signals(f"{text}\nUser-agent: SoftTissueAssistantBot\nContent-Signal: ai-input=no\n") == {
        "ai-input": "no"
    }
    assert signals("Sitemap: x\n") == {}


def test_what_nobody_knows_forbids_nothing_and_is_kept():
    found = wishes(directives("something-new, unavailable_after: 25 Jun 2030 15:00:00 PST"))

    assert found.withheld == ""
    assert "something-new" in found.directives


@given(st.text(max_size=200))
def test_no_header_breaks_the_reading(text):
    wishes(directives(text))
    signals(text)


def test_the_cards_of_the_association_are_in_the_clinics_own_words(tmp_path):
    with world(tmp_path) as made:
        report = made.sync("amta", offline=True)

        assert set(whats(report).values()) == {"full"}
        cards = {article.card.id: article for article in made.shelf}
        assert len(cards) == len(report.outcomes) >= 3
        assert all(
            article.card.kind == "link" and "amtamassage.org" in article.card.url
            for article in cards.values()
        )
        assert made.services.asked == []


CARD = """
rolling:
  title: A page on rolling
  address: {base}about/rolling
  topic: about
  text: The association has a page on rolling the calf, with a picture of each step.
  checked: 2026-11-01
  checked_by: A. Lee
"""


def looked_at(made, text: str):
    """A run over a file of cards."""
    from corpus.runs import Wanted

    path = made.folder / "cards.yaml"
    path.write_text(text.format(base=made.services.base), "utf-8")
    with made.opened() as (sources, syncing):
        return syncing.run(links.Links(sources.client, path, "amta"), Wanted())


def test_a_card_is_taken_and_its_page_only_looked_at(tmp_path):
    with world(tmp_path) as made:
        made.services.pages["/about/rolling"] = Page(page(body="<p>Words of the association. </p>" * 20))

        assert only(looked_at(made, CARD)).what == "full"
        assert made.records["rolling"].flags == ()
        assert only(looked_at(made, CARD)).what == "unchanged"
        kept = [
            path
            for path in tmp_path.rglob("*")
            if path.is_file() and b"Words of the association" in path.read_bytes()
        ]
        assert kept == []


@pytest.mark.parametrize("page", [None, Page("no", status=403)])
def test_a_page_that_does_not_answer_is_told_to_a_person(page, tmp_path):
    with world(tmp_path) as made:
        if page:
            made.services.pages["/about/rolling"] = page

        assert only(looked_at(made, CARD)).what == "full"
        (flag,) = made.records["rolling"].flags
        assert flag.startswith("The page was not reached when it was looked for")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- a list", "under its key"),
        ("rolling: {title: A}", "must have title, address and text"),
        ("rolling: {title: A, address: 'https://a.example', text: B, colour: red}", "must have"),
        ("rolling: {title: A, address: 'ftp://a.example', text: B}", "https"),
        ("rolling: {title: A, address: 'https://a.example', text: B, checked: soon}", "date"),
    ],
)
def test_a_card_that_cannot_be_read_says_what_to_mend(text, fault, tmp_path):
    path = tmp_path / "cards.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(CorpusError, match=fault):
        links.cards(path)


@pytest.fixture
def folder(tmp_path):
    documents = tmp_path / "documents"
    (documents / "inner").mkdir(parents=True)
    (documents / "rolling.md").write_text(
        "# Rolling at home\n\n## How?\n\n" + "Roll for ten minutes a day. " * 4, "utf-8"
    )
    (documents / "inner" / "needles.txt").write_text(
        "Needles\n\n" + "Needles are thin and are left for some minutes. " * 4, "utf-8"
    )
    (documents / "picture.png").write_bytes(b"png")
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    with world(tmp_path / "world", folders=(Folder(documents),)) as made:
        made.documents = documents
        yield made


def test_each_document_of_a_folder_becomes_an_article(folder):
    report = folder.sync("files")

    assert whats(report) == {
        "rolling.md": "full",
        "inner/needles.txt": "full",
        "broken.pdf": "failed",
        "picture.png": "refuse",
    }
    assert {article.card.title for article in folder.shelf} == {"Rolling at home", "Needles"}
    assert {article.card.kind for article in folder.shelf} == {"file"}
    assert folder.services.asked == []
    assert whats(folder.sync("files"))["rolling.md"] == "unchanged"


def test_a_changed_document_takes_the_place_of_the_old_one(folder):
    folder.sync("files")
    (folder.documents / "rolling.md").write_text(
        "# Rolling, again\n\n## How?\n\n" + "Roll for five minutes a day. " * 4, "utf-8"
    )

    assert whats(folder.sync("files"))["rolling.md"] == "full"
    assert {article.card.title for article in folder.shelf} == {"Rolling, again", "Needles"}


def test_a_document_that_is_gone_leaves_at_the_next_look(folder):
    folder.sync("files")
    (folder.documents / "rolling.md").unlink()

    assert whats(folder.verify("files"))["rolling.md"] == "gone"
    assert {article.card.title for article in folder.shelf} == {"Needles"}


def test_a_file_of_another_kind_is_named_and_what_is_hidden_is_not(folder):
    place = folder.chosen.folders[0].path
    for name in (".hidden.md", "~$open.docx", ".git/notes.md"):
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text("Rest the heel.", "utf-8")

    report = folder.sync("files")

    (refused,) = [each for each in report.outcomes if each.what == "refuse"]
    assert (refused.id, refused.reason.split(",")[0]) == (
        "picture.png",
        "picture.png is of another kind than Markdown",
    )
    assert not [
        each.id for each in report.outcomes if "hidden" in each.id or "~$" in each.id or ".git" in each.id
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to the superuser")
def test_a_folder_that_is_closed_is_told(folder):
    closed = folder.chosen.folders[0].path / "closed"
    closed.mkdir(mode=0)
    try:
        assert "closed cannot be read: Permission denied. Allow it" in folder.sync("files").fault
    finally:
        closed.chmod(0o755)


def test_a_query_and_a_day_choose_among_documents(folder):
    old = (datetime(2020, 1, 1) - timedelta(days=1)).timestamp()  # noqa: DTZ001
    os.utime(folder.documents / "rolling.md", (old, old))

    assert whats(folder.sync("files", query="needles OR cups")) == {"inner/needles.txt": "full"}
    assert "rolling.md" not in whats(folder.sync("files", since=date(2021, 1, 1)))


def test_a_folder_that_is_missing_is_told(tmp_path):
    with world(tmp_path, folders=(Folder(Path("/nowhere/at/all")),)) as made:
        assert "Make it" in made.sync("files").fault
