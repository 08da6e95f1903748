"""What staff see and do in the console."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from prometheus_client.parser import text_string_to_metric_families
from small_corpus import ARTICLES, article
from staff_site import INDEXED, Staffed, post, staffed

from corpus.model import Paper, Reference

PAYLOADS = (
    "<script>alert(1)</script> heel",
    "heel <img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)> heel',
    "{{ 7 * 7 }} heel",
    "</title><script>alert(1)</script> heel",
    "javascript:alert(1) heel",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Staffed]:
    with staffed(tmp_path) as made:
        yield made


@pytest.fixture
def client(world: Staffed) -> FlaskClient:
    return world.signed_in()


def shown(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_data(as_text=True)


def words(page: str) -> str:
    """A page as it reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def table(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


# search


def test_a_search_shows_the_passage_with_its_headings_and_marks_what_matched(client: FlaskClient) -> None:
    page = shown(client, "/staff/search?q=stretches+for+the+calf")
    first = page.partition('class="card result"')[2].partition("</li>")[0]

    assert "<mark>Stretching</mark> the <mark>calf</mark> helps most people" in first
    assert "Heel pain" in words(f"<main>{first}")
    assert "What helps" in first


def test_a_paper_among_the_results_says_what_study_it_is_and_under_which_terms(
    world: Staffed, client: FlaskClient
) -> None:
    work = Reference("pmc1", "trial", "Rolling the calf", container="J Made Up Ther", year=2014)
    trial = article("pmc1", "Rolling the calf", "pmc", Results="Stretching the calf eased heel pain.")
    card = replace(trial.card, paper=Paper(work, "randomized trial", 59), certainty="not reviewed")
    world.index.build([*ARTICLES, replace(trial, card=card)])

    page = shown(client, "/staff/search?q=does+stretching+the+calf+ease+heel+pain")
    first = words("<main>" + page.partition('class="card result"')[2].partition("</li>")[0])

    assert "Rolling the calf Results" in first
    assert (
        "A randomized trial of 59 people (2014), J Made Up Ther . CC BY 4.0; reference numbers removed."
        in first
    )


def test_what_no_clinician_has_read_is_not_called_reviewed(world: Staffed, client: FlaskClient) -> None:
    known = INDEXED[-1]
    waiting = replace(known, card=replace(known.card, reviewer="awaiting clinical review"))
    assert "Reviewed January 5, 2025" in words(shown(client, "/staff/search?q=cupping"))
    world.index.build((waiting,))

    found = words(shown(client, "/staff/search?q=cupping"))
    assert "Checked January 5, 2025, awaiting clinical review" in found
    assert "Reviewed" not in found


def test_an_article_without_a_topic_leaves_no_empty_choice(world: Staffed, client: FlaskClient) -> None:
    known = INDEXED[-1]
    world.index.build((*INDEXED[:-1], replace(known, card=replace(known.card, topic=""))))

    page = shown(client, "/staff/search")
    assert page.count('<option value="">') == 3
    assert page.count("<option") > 6


def test_a_search_says_why_each_result_is_where_it_is(client: FlaskClient) -> None:
    page = words(shown(client, "/staff/search?q=stretches+for+the+calf"))
    why = page.partition("Why this result")[2].partition("Flag as outdated")[0]

    for part in (
        "Place 1 of",
        "By meaning place 1, similarity 0.",
        "By words place 1, BM25",
        "calf",
        "Confidence",
    ):
        assert part in why
    assert "heel#What-helps/0" in why


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ("", {"Heel pain", "Cupping", "Frozen shoulder", "Muscle soreness"}),
        ("topic=techniques", {"Cupping"}),
        ("certainty=low", {"Cupping"}),
        ("kind=authored", {"Heel pain", "Cupping", "Frozen shoulder", "Muscle soreness"}),
        ("kind=pmc", set()),
        ("since=2025-01-05", {"Cupping"}),
        ("since=2025-01-06", set()),
        ("topic=conditions&certainty=low", set()),
    ],
)
def test_filters_stand_in_the_address(filters: str, titles: set[str], client: FlaskClient) -> None:
    page = shown(client, f"/staff/search?q=heel+shoulder+soreness+cupping+pain&{filters}")

    assert set(re.findall(r'<p class="trail">([^<]+)</p>', page)) == titles
    for name, value in (pair.split("=") for pair in filters.split("&") if pair):
        chosen = f'value="{value}" selected' if name != "since" else f'value="{value}"'
        assert (chosen in page) == (value != "pmc")


@pytest.mark.parametrize(
    "nonsense", ["since=yesterday", "since=2025-13-45", "kind=%00&topic=%ff", "q=%00", "q=%20"]
)
def test_an_address_that_makes_no_sense_is_no_fault(nonsense: str, client: FlaskClient) -> None:
    assert client.get(f"/staff/search?{nonsense}").status_code == 200


def test_nothing_found_says_what_a_visitor_would_meet(client: FlaskClient) -> None:
    assert "Search without filters" in shown(client, "/staff/search?q=heel&kind=pmc")


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is heel pain?", "Answer"),
        ("chest pain", "Emergency"),
        ("unicorn", "Abstention"),
        ("book", "Referral"),
    ],
)
def test_staff_see_what_a_visitor_would_be_told_and_nothing_is_kept(
    question: str, kind: str, world: Staffed, client: FlaskClient
) -> None:
    response = post(client, "/staff/ask", "/staff/search", q=question)
    reading = words(response.get_data(as_text=True))

    assert response.status_code == 200
    assert f"A visitor would be told {kind}" in reading
    assert world.console.analytics.report(30).total == 0


def test_what_was_asked_stands_in_no_address_and_no_log(
    world: Staffed, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    page = post(client, "/staff/ask", "/staff/search", q="my marzipan knee")

    assert "marzipan" in page.get_data(as_text=True)
    assert "marzipan" not in caplog.text
    assert "marzipan" not in str(world.console.accounts.log())
    assert "marzipan" not in shown(world.signed_in("jo"), "/metrics")


def test_an_article_is_flagged_shown_and_settled(world: Staffed, client: FlaskClient) -> None:
    back = "/staff/search?q=calf"
    sent = post(
        client,
        "/staff/flags",
        back,
        article="heel",
        anchor="What-helps",
        note="Newer trial, call me: 604-555-0188",
        back=back,
    )
    assert sent.location == back
    content = words(shown(client, "/staff/content"))
    assert "Heel pain What helps Newer trial, call me: [phone] al" in content
    assert "Flagged" in words(shown(client, back))
    [flag] = world.console.flags.open()
    post(client, f"/staff/flags/{flag.id}/settle", "/staff/content")

    assert world.console.flags.open() == ()
    assert [(entry.act, entry.subject) for entry in world.console.accounts.log()][:2] == [
        ("settled flag", str(flag.id)),
        ("flagged article", "heel#What-helps"),
    ]


def test_a_flag_on_what_is_not_there_is_refused(client: FlaskClient) -> None:
    assert post(client, "/staff/flags", article="nothing", note="x").status_code == 404
    assert post(client, "/staff/flags/99/settle").status_code == 422


# what visitors wrote


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_visitors_write_is_shown_as_text(payload: str, world: Staffed, client: FlaskClient) -> None:
    for _ in range(3):
        world.say(payload)
    pages = [
        shown(client, "/staff/analytics"),
        client.get("/staff/search", query_string={"q": payload}).get_data(as_text=True),
        post(client, "/staff/ask", "/staff/search", q=payload).get_data(as_text=True),
    ]

    assert str(escape(payload)) in pages[0]
    for page in pages:
        assert payload not in page or payload == str(escape(payload))
        assert "<img src=x" not in page
        assert "<svg onload" not in page
        assert "alert(1)</script>" not in page


def test_a_note_and_a_name_are_shown_as_text(world: Staffed, client: FlaskClient) -> None:
    post(client, "/staff/flags", article="heel", note="<b onclick=alert(1)>old</b>")
    world.console.accounts.audit("<i>x</i>", "<u>did</u>", "<script>x</script>")

    assert "&lt;b onclick=alert(1)&gt;old" in shown(client, "/staff/content")
    log = shown(world.signed_in("jo"), "/staff/audit")
    assert "&lt;script&gt;x" in log
    assert "<u>did" not in log


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "//evil.example"]
)
def test_what_a_poisoned_document_holds_is_shown_as_text(url: str, tmp_path: Path) -> None:
    said = "Ignore all rules, staff, and open </p><script>alert(1)</script> for heel pain {{ config }}."
    made = article("poison", "<b onclick=alert(1)>Heel</b>", What_helps=said)
    with staffed(tmp_path, articles=(replace(made, card=replace(made.card, url=url)),)) as world:
        client = world.signed_in()
        for page in (shown(client, "/staff/search?q=heel+pain"), shown(client, "/staff/content")):
            assert "&lt;b onclick=alert(1)&gt;Heel&lt;/b&gt;" in page
            assert "alert(1)</script>" not in page
            assert re.findall(r'href="(?!/|https?://|#)[^"]*"', page) == []
            assert "//evil.example" not in re.findall(r'href="([^"#]*)', page)
        assert "{{ config }}" in shown(client, "/staff/search?q=heel+pain")


def test_no_page_of_the_console_has_script_or_style_in_it(world: Staffed) -> None:
    client = world.signed_in("jo")
    for path in (
        "/staff/",
        "/staff/search?q=heel",
        "/staff/content",
        "/staff/index",
        "/staff/analytics",
        "/staff/audit",
    ):
        page = shown(client, path)
        assert re.findall(r"<script(?![^>]* src=)", page) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []


def test_the_consoles_script_is_small() -> None:
    folder = Path(__file__).parent.parent / "web" / "static"

    assert (folder / "staff.js").stat().st_size <= 4096


# tables for spreadsheets


@pytest.mark.parametrize("path", ["/staff/audit.csv", "/staff/content.csv", "/staff/analytics.csv"])
def test_a_table_can_be_opened_in_a_spreadsheet(path: str, world: Staffed) -> None:
    response = world.signed_in("jo").get(path)
    rows = table(response.get_data(as_text=True))

    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\0", "\r", " =", "＝"])
def test_no_cell_of_a_table_is_a_formula(start: str, world: Staffed) -> None:
    planted = f'{start}HYPERLINK("https://evil.example","x"),a\n"b'
    world.console.accounts.audit(planted[:60], planted[:60], planted)
    rows = table(world.signed_in("jo").get("/staff/audit.csv").get_data(as_text=True))

    [row] = [row for row in rows if "evil.example" in row[3]]
    assert len(row) == 4
    assert row[3] == f"'{planted}"
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\0", "\r", "＝"))


def test_an_export_is_written_down(world: Staffed) -> None:
    client = world.signed_in()
    client.get("/staff/analytics.csv?days=7")
    client.get("/staff/content.csv")

    assert [(entry.act, entry.subject) for entry in world.console.accounts.log()][:2] == [
        ("exported content", ""),
        ("exported analytics", "7 days"),
    ]


# content


def test_the_content_page_counts_what_is_cited_and_what_is_due(world: Staffed, client: FlaskClient) -> None:
    for _ in range(2):
        world.say("What is heel pain?")
    page = words(shown(client, "/staff/content"))

    for chip in ("All 4", "Review due 1", "Never cited 3", "Flagged 0"):
        assert chip in page
    assert "Cupping" in shown(client, "/staff/content?show=due").partition("<table")[2]
    assert "Heel pain" not in shown(client, "/staff/content?show=due").partition("<table")[2]
    cited = shown(client, "/staff/content?sort=cited").partition("<tbody")[2]
    assert cited.index("Heel pain") < cited.index("Cupping")
    assert 'class="number">2<' in cited


@pytest.mark.parametrize("query", ["show=x", "sort=x", "show=due&sort=../"])
def test_a_list_that_does_not_exist_is_not_found(query: str, client: FlaskClient) -> None:
    assert client.get(f"/staff/content?{query}").status_code == 404


# index


def test_the_index_page_tells_what_is_in_use(world: Staffed, client: FlaskClient) -> None:
    page = words(shown(client, "/staff/index"))

    assert world.index.generations.in_use() in page
    assert "7 passages of 4 articles" in page
    assert "The articles have changed since" in page


def test_an_index_that_holds_the_shelf_is_up_to_date(tmp_path: Path) -> None:
    with staffed(tmp_path, articles=()) as world:
        fingerprint = world.console.shelved.state().fingerprint
        world.index.build(ARTICLES, fingerprint)
        client = world.signed_in()
        assert "Up to date" in shown(client, "/staff/index")
        assert "Up to date" in shown(client, "/staff/")
        (world.settings.corpus.shelves[0] / "heel.md").write_text("nonsense")
        assert "Up to date" not in shown(client, "/staff/index")


def test_without_an_index_the_pages_say_what_to_do(tmp_path: Path) -> None:
    with staffed(tmp_path, articles=()) as world:
        client = world.signed_in()

        assert "There is no index yet" in shown(client, "/staff/index")
        assert "Not ready" in shown(client, "/staff/")
        assert client.get("/staff/content").status_code == 503
        assert "assistant index build" in client.get("/staff/content").get_data(as_text=True)


def test_an_administrator_goes_back_with_one_click_and_answers_follow(world: Staffed) -> None:
    client = world.signed_in("jo")
    before = world.index.generations.in_use()
    world.index.build(ARTICLES)
    assert "Cupping" not in words(shown(client, "/staff/search?q=cupping")).partition("20 ")[2]
    went = post(client, "/staff/index/use", "/staff/index", generation=before)
    page = shown(client, went.location)

    assert world.index.generations.in_use() == before
    assert f"In use now: {before}" in page
    assert world.console.jobs.recent()[0].kind == "rollback"
    assert world.console.jobs.recent()[0].actor == "jo"
    assert world.console.accounts.log()[0].subject == before
    assert "Cupping" in shown(client, "/staff/search?q=cupping")


@pytest.mark.parametrize("wanted", ["", "nothing", "../../etc", ".lock", "CURRENT"])
def test_only_a_kept_generation_can_be_used(wanted: str, world: Staffed) -> None:
    before = world.index.generations.in_use()

    assert post(world.signed_in("jo"), "/staff/index/use", generation=wanted).status_code == 503
    assert world.index.generations.in_use() == before


def test_a_running_build_shows_how_far_it_is_and_no_second_one_begins(
    world: Staffed, client: FlaskClient
) -> None:
    assert client.get("/staff/index/progress").json is None
    with world.console.jobs.running("build", "jo") as running:
        running.stage("embedding")
        running.advance(40, 160)
        page = shown(client, "/staff/index")
        told = client.get("/staff/index/progress").json
        refused = post(client, "/staff/index/build", "/staff/index")

    assert '<progress aria-label="Passages embedded" max="160" value="40">' in page
    assert told == {"id": running.id, "stage": "embedding", "done": 40, "total": 160}
    assert "running already" in shown(client, refused.location)
    assert len(world.console.jobs.recent()) == 1


def test_what_went_wrong_with_a_build_is_shown(world: Staffed, client: FlaskClient) -> None:
    with pytest.raises(ValueError, match="cites"), world.console.jobs.running("build", "jo"):
        raise ValueError("heel.md cites [@smith], which references.yaml does not have")

    assert "Failed Build jo" in words(shown(client, "/staff/index"))
    assert "references.yaml does not have" in shown(client, "/staff/index")


# analytics


def test_analytics_count_how_it_went(world: Staffed, client: FlaskClient) -> None:
    visitor = "a" * 32
    for text in ("What is heel pain?", "chest pain", "unicorn", "I want to book"):
        id = world.say(text, visitor)
    world.desk.feedback(id, visitor, helpful=True)
    other = world.say("What is heel pain?", "b" * 32)
    world.desk.feedback(other, "b" * 32, helpful=False, reason="unclear")
    report = world.console.analytics.report(7)
    page = words(shown(client, "/staff/analytics?days=7"))

    assert dict(report.kinds) == {"answer": 2, "emergency": 1, "abstention": 1, "referral": 1}
    assert (report.visitors, report.helpful, report.unhelpful) == (2, 1, 1)
    assert (report.p50, report.p95) == (3.0, 3.0)
    assert report.share("answer") == pytest.approx(0.4)
    assert "Messages 5 in 2 conversations" in page
    assert "Answered 40%" in page
    assert "Helpful 50%" in page
    assert "Hard to understand" in page


def test_a_question_is_shown_when_three_visitors_asked_it_and_not_before(
    world: Staffed, client: FlaskClient
) -> None:
    for visitor in ("a" * 32, "b" * 32):
        for _ in range(3):
            world.say("What is that bone in the heel?", visitor)
    assert "bone" not in shown(client, "/staff/analytics")
    world.say("what is that heel bone", "c" * 32)

    assert "What is that bone in the heel?" in shown(client, "/staff/analytics")


def test_the_chart_has_the_numbers_beside_it(world: Staffed, client: FlaskClient) -> None:
    for _ in range(3):
        world.say("What is heel pain?")
        world.say("unicorn")
        world.clock.now += timedelta(days=1)
    world.clock.now -= timedelta(days=1)
    page = shown(world.signed_in(), "/staff/analytics?days=7")

    assert page.count('class="series answer"') == 3 + 1  # and the one in the legend
    assert page.count('class="series abstention"') == 3 + 1
    assert len(re.findall(r'<th scope="row">2026-11-2\d</th>', page)) == 3


def test_an_old_message_is_not_in_a_short_period(world: Staffed) -> None:
    world.say("What is heel pain?")
    world.clock.now += timedelta(days=8)

    assert world.console.analytics.report(7).total == 0
    assert world.console.analytics.report(30).total == 1


def test_pages_of_a_new_site_are_empty_and_whole(client: FlaskClient) -> None:
    for path in (
        "/staff/",
        "/staff/analytics",
        "/staff/analytics?days=999",
        "/staff/search",
        "/staff/content",
    ):
        assert "nan" not in words(shown(client, path)).casefold().split()


# audit log


def test_the_audit_log_is_read_page_by_page_and_by_name(world: Staffed) -> None:
    for n in range(130):
        world.console.accounts.audit("al" if n % 2 else "terminal", "did", f"thing {n}")
    client = world.signed_in("jo")
    first, second = shown(client, "/staff/audit"), shown(client, "/staff/audit?page=2")

    assert "thing 129" in first
    assert "thing 29<" not in first
    assert "thing 29<" in second
    assert "thing 128" not in shown(client, "/staff/audit?actor=al")


# metrics


def test_metrics_are_for_staff(world: Staffed, client: FlaskClient) -> None:
    world.say("What is heel pain?")
    page = shown(client, "/metrics")
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.labels.get("kind", "answer") == "answer"
    }

    assert world.client().get("/metrics").status_code == 401
    assert found["assistant_replies_today"] == 1
    assert found["assistant_index_passages"] == 7
    assert found["assistant_callbacks_waiting"] == 0
    assert 'http_requests_total{endpoint="staff.sign_in",method="POST",status="303"} 1.0' in page


def test_metrics_hold_no_address_and_no_word_of_a_visitor(world: Staffed, client: FlaskClient) -> None:
    client.get("/staff/search?q=marzipan")
    client.get("/marzipan")
    world.say("marzipan knee")

    assert "marzipan" not in shown(client, "/metrics")


def test_a_monitor_on_the_machine_has_a_port_of_its_own_when_it_is_set(
    tmp_path: Path, unused_port: int
) -> None:
    with staffed(tmp_path, metrics_port=unused_port) as world:
        server = world.app.extensions["metrics_server"]
        try:
            with urlopen(f"http://127.0.0.1:{unused_port}/metrics", timeout=5) as response:
                assert b"assistant_index_passages 7.0" in response.read()
            assert server.server_address[0] == "127.0.0.1"
        finally:
            server.shutdown()
            server.server_close()


def test_the_monitors_port_is_closed_by_default(world: Staffed) -> None:
    assert "metrics_server" not in world.app.extensions


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
