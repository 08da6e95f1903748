"""A run over a source: what it takes, what it leaves, and that it can be killed and repeated."""

import os
from pathlib import Path

import pytest
from fake_services import Paper
from pulling import KEY, whats, world

from corpus.manifest import Manifest


@pytest.fixture
def pulled(tmp_path):
    with world(tmp_path) as made:
        yield made


def test_of_three_found_one_is_shown_one_quoted_and_one_refused(pulled):
    report = pulled.sync()

    assert whats(report) == {"PMC101": "full", "PMC102": "quote-only", "PMC103": "refuse"}
    assert report.fault == ""
    assert pulled.kept_files() == ["pmc101.md", "pmc102.md"]
    records = pulled.records
    assert records["PMC101"].licence == "CC BY 4.0"
    assert records["PMC101"].evidence == "link: https://creativecommons.org/licenses/by/4.0/"
    assert records["PMC103"].reason == "It is no article but of the type “letter”."
    assert records["PMC102"].copyright == "© 2022 The Authors"


def test_a_second_run_asks_for_no_text_and_changes_nothing(pulled):
    pulled.sync()
    before = {path: path.read_bytes() for path in pulled.shelf_folder.rglob("*.md")}
    pulled.services.asked.clear()

    report = pulled.sync()

    assert set(whats(report).values()) == {"unchanged"}
    assert pulled.services.content_requests() == []
    assert {path: path.read_bytes() for path in pulled.shelf_folder.rglob("*.md")} == before


@pytest.mark.parametrize(
    ("source", "journal"),
    [
        ("pmc", "J Made Up Ther"),
        ("europepmc", "J Made Up Ther"),
        ("jpts", "J Phys Ther Sci"),
        ("ijspt", "Int J Sports Phys Ther"),
        ("ojsm", "Orthop J Sports Med"),
        ("ijtmb", "Int J Ther Massage Bodywork"),
    ],
)
def test_each_source_gives_what_its_licences_allow_and_is_not_asked_for_a_text_twice(source, journal, pulled):
    for paper in pulled.services.papers:
        paper.journal = journal

    report = pulled.sync(source)

    assert (report.fault, whats(report)) == (
        "",
        {"PMC101": "full", "PMC102": "quote-only", "PMC103": "refuse"},
    )
    assert {article.card.kind for article in pulled.shelf} == {source}
    pulled.services.asked.clear()
    again = pulled.sync(source)
    assert set(whats(again).values()) == {"unchanged"}
    assert pulled.services.content_requests() == []
    assert len(pulled.shelf) == 2


def test_what_may_only_be_quoted_is_kept_as_a_few_sentences_and_nowhere_whole(pulled):
    pulled.sync()

    (article,) = [each for each in pulled.shelf if each.card.id == "pmc102"]
    assert article.card.licence.admission == "quote-only"
    assert [section.text for section in article.sections] == [
        "Rolling the calf for ten minutes a day eased stiffness a little.",
        "Stiffness fell by 12% in forty adults.",
    ]
    kept = [
        path
        for path in pulled.folder.rglob("*")
        if path.is_file() and b"ten minutes a day by forty" in path.read_bytes()
    ]
    assert {path.name for path in kept if "PMC102" in str(path) or "pmc102" in str(path)} == set()


def test_a_dry_run_says_the_same_and_leaves_nothing_on_the_shelf(pulled):
    report = pulled.sync(dry_run=True)

    assert whats(report) == {"PMC101": "full", "PMC102": "quote-only", "PMC103": "refuse"}
    assert all(outcome.reason for outcome in report.outcomes)
    assert pulled.kept_files() == []
    assert pulled.records == {}


def test_a_run_can_be_repeated_offline(pulled):
    pulled.sync()
    pulled.services.asked.clear()
    pulled.folder.joinpath("sources.db").unlink()
    for path in pulled.shelf_folder.rglob("*.md"):
        path.unlink()

    report = pulled.sync(offline=True)

    assert pulled.services.asked == []
    assert whats(report)["PMC101"] == "full"
    assert whats(report)["PMC102"] == "failed"  # its text was not kept, and no record is left of it


def test_offline_what_is_known_stays_as_it_is(pulled):
    pulled.sync()
    pulled.services.asked.clear()

    assert set(whats(pulled.sync(offline=True)).values()) == {"unchanged"}
    assert pulled.services.asked == []
    assert pulled.kept_files() == ["pmc101.md", "pmc102.md"]


class Killed(BaseException):
    """A process that ends between two instructions."""


class Mortal(Manifest):
    """A manifest with which the process dies, so many steps from now."""

    def __init__(self, path: Path, left: int) -> None:
        super().__init__(path)
        self.left = left

    def _step(self) -> None:
        self.left -= 1
        if not self.left:
            raise Killed

    def record(self, source, id):
        self._step()
        return super().record(source, id)

    def holders(self, id):
        self._step()
        return super().holders(id)

    def tombstone(self, id):
        self._step()
        return super().tombstone(id)

    def put(self, record):
        self._step()
        super().put(record)
        self._step()


@pytest.mark.parametrize("at", range(1, 22))
def test_a_run_killed_anywhere_and_run_again_has_all_once(at, pulled):
    pulled.manifest = lambda path: Mortal(path, at)
    try:
        pulled.sync()
        finished = True
    except Killed:
        finished = False
    pulled.manifest = Manifest

    report = pulled.sync()

    assert finished == (at > 18)
    assert sorted(whats(report)) == ["PMC101", "PMC102", "PMC103"]
    assert pulled.kept_files() == ["pmc101.md", "pmc102.md"]
    assert {id: record.status for id, record in pulled.records.items()} == {
        "PMC101": "ok", "PMC102": "ok", "PMC103": "refused"
    }  # fmt: skip
    assert [article.card.id for article in pulled.shelf] == ["pmc101", "pmc102"]


def test_what_a_killed_run_had_half_written_is_cleared_away_later(pulled):
    pulled.sync()
    left = pulled.shelf_folder / "pmc" / ".abc.part"
    left.write_text("half", "utf-8")
    now = pulled.clock.now().timestamp()
    os.utime(left, (now, now))

    pulled.sync()
    assert left.exists()
    pulled.clock.passed += 4_000
    pulled.sync()
    assert not left.exists()


def test_an_article_that_was_lost_from_the_shelf_is_fetched_again(pulled):
    pulled.sync()
    (pulled.shelf_folder / "pmc" / "pmc101.md").unlink()

    assert whats(pulled.sync())["PMC101"] == "full"
    assert pulled.kept_files() == ["pmc101.md", "pmc102.md"]


def test_a_new_version_takes_the_place_of_the_old_one(pulled):
    pulled.sync()
    pulled.services.papers[0].versions = (1, 2)
    pulled.services.papers[0].body += " A correction was made."

    report = pulled.sync()

    assert whats(report)["PMC101"] == "full"
    assert pulled.kept_files() == ["pmc101.md", "pmc102.md"]
    assert "A correction was made." in (pulled.shelf_folder / "pmc" / "pmc101.md").read_text("utf-8")


def test_of_two_versions_the_published_one_is_taken(pulled):
    pulled.services.papers[0].versions = (1, 2)
    pulled.services.papers[0].manuscripts = (2,)

    pulled.sync()

    assert pulled.records["PMC101"].version == "1"


def test_what_one_source_gave_another_does_not_fetch_again(pulled):
    pulled.sync()
    pulled.services.asked.clear()

    report = pulled.sync("europepmc")

    assert whats(report)["PMC101"] == "held"
    assert pulled.services.content_requests() == ["/europepmc/PMC103/fullTextXML?"]
    assert pulled.kept_files() == ["pmc101.md", "pmc102.md"]


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("/eutils/esearch.fcgi", "html"), ("esearch", "error_in_200"), ("/eutils/esearch.fcgi", "429"),
        ("/eutils/esearch.fcgi", "rate_in_200"), ("/eutils/esummary.fcgi", "html"), ("/eutils/esearch.fcgi", "bomb"),
    ],
)  # fmt: skip
def test_a_search_that_fails_fails_the_source_and_stores_nothing(endpoint, fault, pulled):
    pulled.services.faults[endpoint] = fault

    report = pulled.sync()

    assert report.fault
    assert report.outcomes == ()
    assert KEY not in report.fault
    assert pulled.kept_files() == []


_PAGE = b"<html><body>[Error] : No result can be found. <BR><HR></body></html>"
_OAI = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="%s">No.</error></OAI-PMH>'
ERRORS_THAT_ARE_CALLED_FINE = [
    ("pmc", "/eutils/esearch.fcgi", b'{"error":"API rate limit exceeded","api-key":"203.0.113.7","count":"4","limit":"3"}'),
    ("pmc", "/eutils/esearch.fcgi", b'{"header":{},"esearchresult":{"ERROR":"Search Backend failed: retstart"}}'),
    ("pmc", "/eutils/esearch.fcgi", b'{"header":{},"esearchresult":{"ERROR":"Invalid db name specified: nonsense"}}'),
    ("pmc", "/eutils/esearch.fcgi", _PAGE),
    ("pmc", "/eutils/esummary.fcgi", b"<eSummaryResult><ERROR>Neither query_key nor id specified</ERROR></eSummaryResult>"),
    ("pmc", "/eutils/esummary.fcgi", b'{"header":{},"error":"Invalid uid"}'),
    ("pmc", "/cloud/metadata/PMC101.1.json", _PAGE),
    ("pmc", "/cloud/metadata/PMC101.1.json", b'{"pmcid":"PMC7"}'),
    ("pmc", "/cloud/PMC101.1/PMC101.1.xml", _PAGE),
    ("europepmc", "/europepmc/search", b'{"errCode":404,"errMsg":"Invalid page size provided."}'),
    ("europepmc", "/europepmc/search", b'{"version":"6.9"}'),
    ("europepmc", "/europepmc/search", _PAGE),
    ("europepmc", "/europepmc/PMC101/fullTextXML", _PAGE),
    ("ijspt", "/crossref/journals/2159-2896/works", b'{"status":"failed","message":[{"type":"parameter-not-allowed"}]}'),
    ("ijspt", "/crossref/journals/2159-2896/works", _PAGE),
]  # fmt: skip


@pytest.mark.parametrize(("source", "path", "said"), ERRORS_THAT_ARE_CALLED_FINE)
def test_an_error_that_is_called_fine_is_an_error_and_stores_nothing(source, path, said, tmp_path):
    with world(tmp_path, (Paper("101", journal="Int J Sports Phys Ther"),)) as made:
        made.services.said[path] = said

        report = made.sync(source)

        of_the_article = [outcome for outcome in report.outcomes if outcome.what == "failed"]
        if source == "ijspt":  # what PMC gave is kept
            assert whats(report) == {"PMC101": "full"}
        else:
            assert made.kept_files() == []
        assert report.fault or of_the_article
        assert "203.0.113.7" not in report.fault
        made.services.said.clear()
        assert whats(made.sync(source))["PMC101"] in ("full", "unchanged")


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (b"<eFetchResult><ERROR>Empty id list</ERROR></eFetchResult>", "failed"),
        (_PAGE, "failed"),
        (b"<pmc-articleset/>", "gone"),
    ],
)
def test_what_is_not_in_the_cloud_is_asked_for_elsewhere_and_an_error_there_is_one(said, what, tmp_path):
    with world(tmp_path, (Paper("101", in_cloud=False),)) as made:
        made.services.said["/eutils/efetch.fcgi"] = said

        assert whats(made.sync()) == {"PMC101": what}
        assert made.kept_files() == []


@pytest.mark.parametrize(
    ("code", "what"), [(b"idDoesNotExist", "gone"), (b"badArgument", "failed"), (b"", "failed")]
)
def test_only_the_word_that_there_is_none_takes_an_article_away(code, what, pulled):
    pulled.sync()
    pulled.services.faults |= {"cloud": "503", "/eutils/efetch.fcgi": "503"}
    pulled.services.said["/oai/"] = _OAI % code

    assert whats(pulled.verify())["PMC101"] == what
    assert ("pmc101.md" in pulled.kept_files()) is (what == "failed")


@pytest.mark.parametrize("path", ["/cloud/PMC101.1/PMC101.1.xml", "/cloud/metadata/PMC101.1.json", "/cloud/"])
def test_an_answer_that_breaks_off_is_not_taken_for_the_whole(path, pulled):
    pulled.services.faults[path] = "truncate"

    report = pulled.sync()

    # The text comes by another way, or not at all; in each case it is whole.
    assert whats(report)["PMC101"] in ("full", "failed")
    article = pulled.shelf_folder / "pmc" / "pmc101.md"
    assert not article.exists() or "as long." in article.read_text("utf-8")


def test_what_europe_pmc_calls_retracted_is(pulled):
    pulled.sync("europepmc")
    pulled.services.papers[0].retracted = True

    assert whats(pulled.verify("europepmc"))["PMC101"] == "retracted"
    assert "pmc101" in pulled.withdrawn()


def test_a_cursor_that_comes_again_ends_the_paging(pulled):
    pulled.services.europepmc_repeats_cursor = True

    assert len(pulled.sync("europepmc").outcomes) == 3


def test_a_forgotten_search_is_made_again_and_nothing_is_given_twice(pulled):
    pulled.services.expired_webenvs = 1

    report = pulled.sync()

    assert sorted(whats(report)) == ["PMC101", "PMC102", "PMC103"]
    assert len(report.outcomes) == 3


@pytest.mark.parametrize(
    ("change", "what", "reason"),
    [
        ({"wrong_md5": True}, "failed", "checksum"),
        ({"retracted": True}, "retracted", "retracted"),
        ({"ocr": True}, "refuse", "scan"),
        ({"terms": "", "code": None}, "reference", "No licence"),
        ({"terms": "", "code": "TDM"}, "reference", "does not allow"),
        ({"code": "CC BY-NC"}, "quote-only", "CC BY-NC"),
        ({"in_cloud": False}, "full", "CC BY"),
        ({"in_cloud": False, "restricted": True}, "reference", "No full text"),
    ],
)
def test_what_is_odd_about_an_article_decides_what_becomes_of_it(change, what, reason, tmp_path):
    with world(tmp_path, (Paper("101", **{"body": "Long enough. " * 40, **change}),)) as made:
        (outcome,) = made.sync().outcomes

        assert outcome.what == what
        assert reason in outcome.reason
        assert made.kept_files() == (["pmc101.md"] if what in ("full", "quote-only") else [])


def test_places_that_differ_are_flagged_and_the_stricter_counts(tmp_path):
    with world(tmp_path, (Paper("101", "by", code="CC BY-NC"),)) as made:
        made.sync()

        assert made.records["PMC101"].flags == ("Places differ: link: CC-BY.",)


@pytest.mark.parametrize("cloud", ["503", "429"])
def test_when_the_cloud_is_down_the_text_comes_another_way(cloud, pulled):
    pulled.services.faults["cloud"] = cloud

    assert whats(pulled.sync())["PMC101"] == "full"
    assert any("efetch" in path for path in pulled.services.asked)


def test_when_two_ways_are_down_the_third_is_taken(pulled):
    pulled.services.faults |= {"cloud": "503", "/eutils/efetch.fcgi": "html"}

    assert whats(pulled.sync())["PMC101"] == "full"
    assert any("GetRecord" in path for path in pulled.services.asked)


def test_a_source_that_is_down_is_left_after_a_few_tries(tmp_path):
    with world(tmp_path, tuple(Paper(str(number)) for number in range(100, 120))) as made:
        made.services.faults |= {"cloud": "503", "/eutils/efetch.fcgi": "503", "oai": "503"}

        report = made.sync()

        assert len(report.outcomes) == 5
        assert "5 times in a row" in report.fault


def test_a_fault_of_one_article_leaves_the_others(pulled):
    pulled.services.papers[0].wrong_md5 = True

    report = pulled.sync()

    assert (whats(report)["PMC101"], whats(report)["PMC102"], report.fault) == ("failed", "quote-only", "")
    pulled.services.papers[0].wrong_md5 = False
    assert whats(pulled.sync())["PMC101"] == "full"


def test_another_use_decides_anew(pulled):
    pulled.sync()
    pulled.use("noncommercial")

    assert whats(pulled.sync()) == {"PMC101": "full", "PMC102": "full", "PMC103": "refuse"}
    pulled.use("commercial")
    # Before the next run, the stricter rule holds for what is on the shelf already.
    shown = {each.card.id: sum(len(section.text) for section in each.sections) for each in pulled.shelf}
    admitted = {each.card.id: each.card.licence.admission for each in pulled.shelf}
    assert admitted == {"pmc101": "full", "pmc102": "quote-only"}
    assert shown["pmc102"] <= 1_500


def test_a_written_permission_counts_before_the_licence(pulled):
    pulled.permissions = {"PMC102": "letter of 2026-11-01"}

    assert whats(pulled.sync())["PMC102"] == "full"
    assert pulled.records["PMC102"].licence == "Permission: letter of 2026-11-01"


def test_the_closing_numbers_add_up(pulled):
    report = pulled.sync()

    assert (report.count("full"), report.count("quote-only"), report.count("refuse")) == (1, 1, 1)
    assert report.source == "pmc"
