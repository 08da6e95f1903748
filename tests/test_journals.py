"""A journal: its open articles from PMC, and a mention of the others."""

from dataclasses import replace
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_services import Paper
from pulling import CONTACT, KEY, whats, world

from corpus.connectors.services import Services, stand_in
from corpus.model import CorpusError
from corpus.sources import ABOUT, LARGE, Chosen, is_busy, requests_to_ncbi

JPTS = Paper("201", "by-nc-nd", journal="J Phys Ther Sci")
OJSM = Paper("202", "by", journal="Orthop J Sports Med")
CLOSED = {
    "DOI": "10.26603/001C.1", "title": ["Running and <i>knees</i>"], "author": [{"family": "Roe", "given": "Ann B."}, {"name": "Knee Group"}],
    "issued": {"date-parts": [[2015, 3]]}, "container-title": ["International Journal of Sports Physical Therapy"],
    "volume": "10", "issue": "3", "page": "1-9",
    "license": [{"URL": "https://example.org/tdm", "content-version": "tdm"}],
}  # fmt: skip


@pytest.fixture
def pulled(tmp_path):
    with world(tmp_path, (JPTS, OJSM)) as made:
        yield made


def asked(made, part: str) -> list[dict[str, str]]:
    """The parameters of each request to the endpoints whose path has `part`."""
    found = [urlsplit(path).query for path in made.services.asked if part in path]
    return [{name: values[0] for name, values in parse_qs(query).items()} for query in found]


@pytest.mark.parametrize(
    ("name", "journal"),
    [
        ("jpts", "J Phys Ther Sci"),
        ("ijspt", "Int J Sports Phys Ther"),
        ("ojsm", "Orthop J Sports Med"),
        ("ijtmb", "Int J Ther Massage Bodywork"),
    ],
)
def test_each_journal_is_searched_under_its_own_name_for_open_articles(name, journal, pulled):
    pulled.sync(name, query="massage OR myofascial", since=date(2020, 1, 2))

    told = asked(pulled, "esearch")[0]
    assert told["term"].startswith(
        f'"{journal}"[Journal] AND open access[filter] AND (massage OR myofascial)'
    )
    assert (told["datetype"], told["mindate"], told["maxdate"]) == ("edat", "2020/01/02", "3000")
    assert (told["db"], told["usehistory"], told["tool"], told["email"], told["api_key"]) == (
        "pmc", "y", "SoftTissueAssistant", CONTACT, KEY
    )  # fmt: skip


def test_commercially_only_free_articles_are_looked_for_among_all_journals(pulled):
    pulled.sync(query="massage")
    pulled.use("noncommercial")
    pulled.sync(query="massage")

    first, second = (told["term"] for told in asked(pulled, "esearch"))
    assert '"cc by license"[filter]' in first
    assert "cc by-nc" not in first
    assert "license" not in second


def test_a_journal_gives_what_its_licence_allows(pulled):
    assert whats(pulled.sync("jpts")) == {"PMC201": "quote-only"}
    assert whats(pulled.sync("ojsm")) == {"PMC202": "full"}
    assert {article.card.kind for article in pulled.shelf} == {"jpts", "ojsm"}


def test_what_pmc_does_not_have_is_mentioned_with_a_link(pulled):
    pulled.services.crossref_works = [CLOSED]

    report = pulled.sync("ijspt")

    assert whats(report) == {"10.26603/001c.1": "reference"}
    record = pulled.records["10.26603/001c.1"]
    assert record.citation == (
        "Roe AB, Knee Group. Running and knees. International Journal of Sports Physical Therapy. 2015;10(3):1-9. "
        "doi:10.26603/001c.1"
    )
    assert record.address == "https://doi.org/10.26603/001c.1"
    assert record.licence == "unknown"
    assert pulled.kept_files() == []
    assert whats(pulled.sync("ijspt")) == {"10.26603/001c.1": "unchanged"}
    assert asked(pulled, "crossref")[0]["mailto"] == CONTACT


def test_an_article_that_both_have_is_taken_once(pulled):
    pulled.services.crossref_works = [CLOSED | {"DOI": OJSM.doi.upper()}]

    assert whats(pulled.sync("ojsm")) == {"PMC202": "full"}


@pytest.mark.parametrize("count", [1, 3, 250])
def test_a_registry_is_paged_to_the_limit(count, pulled):
    pulled.services.crossref_works = [CLOSED | {"DOI": f"10.26603/001c.{n}"} for n in range(count)]

    assert len(pulled.sync("ijspt", limit=200).outcomes) == min(count, 200)


def test_an_error_of_the_registry_fails_the_source_and_keeps_what_pmc_gave(pulled):
    pulled.services.faults["crossref"] = "html"

    report = pulled.sync("ojsm")

    assert whats(report) == {"PMC202": "full"}
    assert "Crossref" in report.fault


def test_a_pace_that_the_registry_asks_for_is_kept(tmp_path):
    with world(tmp_path, ()) as made:
        made.services.crossref_works = [CLOSED | {"DOI": f"10.26603/001c.{n}"} for n in range(300)]
        before = made.clock.passed

        made.sync("ijspt", limit=300)

        assert made.clock.passed - before - 60 >= 0.2  # "5 in 1 s", once it has been said


def test_jstage_is_not_asked_without_its_owners_terms(pulled):
    pulled.sync("jpts")

    assert not asked(pulled, "jstage")


@pytest.mark.parametrize("terms", ["noncommercial", "approved: letter of 2026-10-01"])
def test_under_its_terms_jstage_names_what_pmc_does_not_have(terms, pulled):
    pulled.chosen = replace(pulled.chosen, jstage_terms=terms)

    report = pulled.sync("jpts", query='(massage OR "trigger point")')

    assert whats(report) == {"PMC201": "quote-only", "10.9999/test.29.100": "reference"}
    assert pulled.records["10.9999/test.29.100"].citation.startswith(
        "Roe A. Manual release of the heel. Journal of Physical"
    )
    assert asked(pulled, "jstage")[0]["text"] == "massage trigger point"


def test_terms_that_are_none_are_refused(pulled):
    pulled.chosen = replace(pulled.chosen, jstage_terms="yes")

    with pytest.raises(CorpusError, match="jstage_terms"):
        pulled.sync("jpts")


@pytest.mark.parametrize(
    ("status", "is_fault"),
    [
        ("0", False),
        ("WARN_002", False),
        ("ERR_001", False),
        ("ERR_003", True),
        ("ERR_004", True),
        ("ERR_008", True),
        ("SYS_ERR_009", True),
        ("", True),
    ],
)
def test_each_status_of_jstage_is_understood(status, is_fault, pulled):
    pulled.chosen = replace(pulled.chosen, jstage_terms="noncommercial")
    pulled.services.jstage_status = status

    report = pulled.sync("jpts")

    assert bool(report.fault) is is_fault
    assert "PMC201" in whats(report)


def test_the_services_are_asked_over_https_alone():
    services = Services()

    assert all(getattr(services, name).startswith("https://") for name in services.__dataclass_fields__)
    assert (
        services.seconds(has_key=True)["eutils.ncbi.nlm.nih.gov"]
        < services.seconds(has_key=False)["eutils.ncbi.nlm.nih.gov"]
    )


@pytest.mark.parametrize(
    "base", ["https://127.0.0.1:80/", "http://evil.example:80/", "http://127.0.0.1/", "nonsense"]
)
def test_only_a_server_on_this_machine_can_stand_in(base):
    with pytest.raises(CorpusError, match="stand_in"):
        stand_in(base)


@pytest.mark.parametrize("name", ["web", "files"])
def test_what_is_not_set_up_says_how(name, pulled):
    with pytest.raises(CorpusError, match=r"sources\."):
        pulled.sync(name)


def test_every_source_of_the_clinics_guide_has_a_row():
    assert {"pmc", "jpts", "ijspt", "ojsm", "amta"} <= set(ABOUT)
    assert Chosen().use == "commercial"


def test_no_way_leads_to_what_was_switched_off_or_forbidden():
    from pathlib import Path

    import corpus

    folder = Path(corpus.__file__).parent
    code = {path.name: path.read_text("utf-8") for path in folder.rglob("*.py")}
    assert not [
        name
        for name, text in code.items()
        if "oa.fcgi" in text or "ftp.ncbi" in text or "/pmc/articles/" in text
    ]


@pytest.mark.parametrize(
    ("when", "busy"),
    [
        ("2026-11-24T15:00+00:00", True),  # Tuesday, 10:00 in Maryland
        ("2026-11-24T09:59+00:00", False),
        ("2026-11-24T10:00+00:00", True),
        ("2026-11-25T02:00+00:00", False),
        ("2026-11-28T15:00+00:00", False),  # Saturday
    ],
)
def test_the_hours_in_which_ncbi_asks_to_be_spared_are_known(when, busy):
    assert is_busy(datetime.fromisoformat(when)) is busy


def test_a_run_is_as_large_as_its_articles_are_many():
    assert requests_to_ncbi(["amta", "files"], 1000) == 0
    assert requests_to_ncbi(["pmc"], 20) <= LARGE < requests_to_ncbi(["pmc", "jpts"], 50)


@pytest.mark.parametrize(
    "contact", ["nobody", "a@b", "a b@c.example", "ä@b.example", "a@b.example\r\nX-Header: 1"]
)
def test_who_asks_is_an_address_that_can_be_written_to(contact, pulled):
    pulled.chosen = replace(pulled.chosen, contact=contact)

    with pytest.raises(CorpusError, match="not an e-mail address"):
        pulled.sync()
