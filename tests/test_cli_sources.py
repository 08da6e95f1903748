"""`assistant corpus sync`, `verify`, `licences` and `remove`, over fake services on a real socket."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_services import Paper, serving
from pulling import CONTACT, THREE

from assistant.cli import assistant
from assistant.cli.doctor import sources_found
from assistant.settings import load

SETTINGS = """
[corpus]
shipped = false

[index]
embedder = "python:fakes:hashing_embeddings"

[sources]
contact = "{contact}"
stand_in = "{base}"
limit = 20

[answers]
min_confidence = 0.01
"""


@pytest.fixture
def services():
    with serving() as services:
        services.papers = [
            Paper(**{name: getattr(paper, name) for name in paper.__dataclass_fields__}) for paper in THREE
        ]
        yield services


@pytest.fixture
def run(services, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NCBI_API_KEY", raising=False)
    written = SETTINGS.format(contact=CONTACT, base=services.base)
    (tmp_path / "settings.toml").write_text(written, "utf-8")

    def run(*words, **more):
        return CliRunner().invoke(assistant, ["--config", "settings.toml", "--data", "var", *words], **more)

    return run


def sync(run, *words):
    return run("corpus", "sync", "--source", "pmc", *words)


def test_sync_closes_with_a_table_of_what_became_of_each(run):
    said = sync(run)

    assert said.exit_code == 0, said.output
    head, row = (line.split() for line in said.stdout.splitlines())
    assert dict(zip(head, row, strict=True)) | {"seconds": ""} == {
        "source": "pmc", "found": "3", "full": "1", "quoted": "1", "mention": "0", "refused": "1",
        "unchanged": "0", "failed": "0", "seconds": "",
    }  # fmt: skip
    assert "Put it into use with: assistant index build" in said.stderr


def test_a_dry_run_names_each_publication_with_the_reason(run, tmp_path):
    said = sync(run, "--dry-run")

    assert said.exit_code == 0
    assert (
        "full        pmc  PMC101  Rolling the calf: a randomized trial\n            CC BY 4.0 allows"
        in said.stdout
    )
    assert "refuse      pmc  PMC103" in said.stdout
    assert "Nothing was taken" in said.stderr
    assert not (tmp_path / "var" / "shelf").exists()


def test_what_a_person_should_look_at_is_told_beside_the_table(run, services):
    services.papers[0].code = "CC BY-NC"  # its text says CC BY

    foreseen, said, again = sync(run, "--dry-run"), sync(run), sync(run)

    assert "            Note: Places differ: link: CC-BY.\n" in foreseen.stdout
    assert "note: pmc PMC101: Places differ: link: CC-BY.\n" in said.stderr
    assert "note:" not in again.stderr


def test_a_name_that_begins_its_reason_is_not_told_twice(run, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "empty.txt").write_text("", "utf-8")
    with (tmp_path / "settings.toml").open("a") as file:
        file.write('\n[[sources.folders]]\npath = "documents"\n')

    said = run("corpus", "sync", "--source", "files")

    assert said.stderr == "failed: files empty.txt: is empty. Name a file with text in it.\n"


def test_sync_as_json_has_the_same_facts(run):
    told = json.loads(sync(run, "--json").stdout)

    (source,) = told["sources"]
    assert source["counts"] == {"full": 1, "quote-only": 1, "refuse": 1}
    assert source["fault"] is None
    assert {each["id"]: each["article"] for each in source["publications"]} == {
        "PMC101": "pmc101", "PMC102": "pmc102", "PMC103": ""
    }  # fmt: skip


def test_a_plain_run_asks_every_source_that_is_set_up(run):
    told = json.loads(run("corpus", "sync", "--json", "--limit", "2").stdout)

    assert [source["source"] for source in told["sources"]] == [
        "pmc",
        "jpts",
        "ijspt",
        "ojsm",
        "ijtmb",
        "amta",
    ]


def test_nobodys_server_is_asked_without_saying_who_asks(run, services, tmp_path):
    (tmp_path / "settings.toml").write_text(SETTINGS.format(contact="", base=services.base), "utf-8")

    said = sync(run)

    assert said.exit_code == 1
    assert "sources.contact" in said.stderr
    assert services.asked == []


def test_a_source_that_fails_as_a_whole_is_told_and_the_others_go_on(run, services):
    services.faults["esearch"] = "error_in_200"

    said = run("corpus", "sync", "--source", "pmc", "--source", "europepmc")

    assert said.exit_code == 1
    assert "pmc failed: NCBI did not search" in said.stderr
    assert "europepmc" in said.stdout


def test_offline_says_what_was_not_fetched_before(run, services):
    said = sync(run, "--offline")

    assert said.exit_code == 1
    assert "Run once without --offline" in said.stderr
    assert services.asked == []


def test_offline_repeats_what_was_fetched(run, services, tmp_path):
    sync(run)
    (tmp_path / "var" / "shelf" / "pmc" / "pmc101.md").unlink()
    services.asked.clear()

    said = sync(run, "--offline")

    assert said.exit_code == 0
    assert services.asked == []
    row = dict(zip(*(line.split() for line in said.stdout.splitlines()), strict=True))
    assert (row["found"], row["full"], row["unchanged"], row["failed"]) == ("3", "1", "2", "0")
    assert (tmp_path / "var" / "shelf" / "pmc" / "pmc101.md").exists()


def test_since_is_asked_for_in_the_words_of_the_service(run, services):
    assert sync(run, "--since", "2026-01-31").exit_code == 0

    (asked,) = [path for path in services.asked if "esearch" in path]
    assert "datetype=edat&mindate=2026%2F01%2F31" in asked


@pytest.mark.parametrize("words", [["--source", "nonsense"], ["--limit", "0"], ["--since", "yesterday"]])
def test_asked_wrongly_is_status_2(words, run):
    assert run("corpus", "sync", *words).exit_code == 2


def test_a_wrong_day_says_how_to_write_one(run):
    assert (
        "“yesterday” is no day. Write it as in 2026-01-31."
        in run("corpus", "sync", "--since", "yesterday").output
    )


def test_a_source_that_had_more_than_was_asked_for_says_so(run):
    assert "pmc stopped at 2; there may be more. Raise it with: --limit" in sync(run, "--limit", "2").stderr
    assert "stopped" not in sync(run, "--limit", "9").stderr


def test_every_file_of_a_folder_is_taken_whatever_is_looked_for_elsewhere(run, tmp_path):
    """The words and the limit of the settings are for the libraries of the world, not for the clinic's own folder."""
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(25):
        words = f"Leaflet {number} says to rest the heel on most days and to walk a little. " * 3
        (documents / f"leaflet-{number}.txt").write_text(words, "utf-8")
    with (tmp_path / "settings.toml").open("a") as file:
        file.write('\n[[sources.folders]]\npath = "documents"\n')

    def taken(*words):
        said = run("corpus", "sync", "--source", "files", "--json", "--dry-run", *words)
        return json.loads(said.stdout)["sources"][0]["found"]

    assert taken() == 25
    assert taken("--limit", "3") == 3
    assert taken("--query", "leaflet-7") == 25  # any of its words
    assert taken("--query", "nothing") == 0


def test_licences_prints_what_was_decided_and_on_what_evidence(run):
    sync(run)

    said = run("corpus", "licences")

    assert said.exit_code == 0
    assert "full        pmc        PMC101  CC BY 4.0" in said.stdout
    assert "Evidence: link: https://creativecommons.org/licenses/by-nc-nd/4.0/" in said.stdout
    assert (
        "Roe AB. Rolling the calf: a randomized trial. J Made Up Ther. 2022;11(2):100-104. doi:10.9999/test.101"
        in said.stdout
    )
    told = json.loads(run("corpus", "licences", "--json").stdout)
    assert [record["admission"] for record in told["records"]] == ["full", "quote-only", "refuse"]


def test_from_the_source_to_a_cited_answer_and_out_again(run, services):
    """The whole way: pulled, indexed, asked; then removed, asked, indexed, asked, pulled again, asked."""
    sync(run)
    assert run("index", "build").exit_code == 0

    def cited():
        told = json.loads(
            run("ask", "--json", "does rolling the calf for ten minutes a day ease stiffness").stdout
        )
        return {item["article"]: item for item in told["evidence"]}

    first = cited()
    assert "pmc101" in first
    assert first["pmc101"]["licence"].startswith("CC BY 4.0; © 2022 The Authors; copy of ")
    assert first["pmc101"]["paper"]["journal"] == "J Made Up Ther"
    assert first["pmc101"]["references"][0]["citation"].startswith("Roe AB. Rolling the calf")

    removed = run("corpus", "remove", "pmc101", "--yes")
    assert removed.exit_code == 0
    assert removed.stdout == "Removed pmc101 (PMC101). It is not cited any more.\n"
    assert "pmc101" not in cited()
    assert run("index", "build").exit_code == 0
    assert "pmc101" not in cited()
    assert run("index", "rollback").exit_code == 0
    assert "pmc101" not in cited()
    told = json.loads(sync(run, "--json").stdout)
    assert {each["id"]: each["what"] for each in told["sources"][0]["publications"]}["PMC101"] == "removed"
    run("index", "build")
    assert "pmc101" not in cited()
    assert "removed     PMC101" in run("corpus", "licences").stdout


def test_each_tier_is_shown_with_its_attribution(run, services):
    """In a terminal: in full, as a short quotation, as a mention, and not at all."""
    services.papers = [
        Paper("101", "by", title="Rolling the calf: a randomized trial", conclusion="Rolling the calf eased stiffness. Forty adults were included."),
        Paper("102", "by-nc-nd", title="Kneading the back: a systematic review", conclusion="Kneading the back eased aches."),
        Paper("103", "", code=None, title="Cupping the thigh"),
        Paper("104", "by", title="Needles for the heel", article_type="letter"),
    ]  # fmt: skip
    sync(run)
    run("index", "build")

    rolling = " ".join(
        run("ask", "does rolling the calf for ten minutes a day ease stiffness").stdout.split()
    )
    kneading = " ".join(run("ask", "does kneading the back ease aches").stdout.split())
    decided = run("corpus", "licences").stdout

    certainty = "2022, J Made Up Ther. Certainty of the evidence: not reviewed. Licence: CC BY"
    assert f"Randomized trial, 40 people, {certainty} 4.0; © 2022 The Authors; copy of " in rolling
    assert "Roe AB. Rolling the calf: a randomized trial. J Made Up Ther. 2022;" in rolling
    assert f"Systematic review, {certainty}-NC-ND 4.0; © 2022 The Authors; copy of " in kneading
    assert "A systematic review (2022) says: “Kneading the back eased aches.” [1]" in kneading
    assert "reference   pmc        PMC103  unknown\n            Roe AB. Cupping the thigh." in decided
    assert "refuse      pmc        PMC104  CC BY 4.0\n            Roe AB. Needles for the heel." in decided
    assert "Cupping" not in rolling + kneading
    assert "Needles" not in rolling + kneading


def test_verify_takes_out_what_was_retracted(run, services):
    """From that moment on no answer cites it, from no index and after no further run."""
    question = "does rolling the calf for ten minutes a day ease stiffness"
    sync(run)
    run("index", "build")
    assert "pmc101" in run("ask", "--json", question).stdout
    services.papers[0].retracted = True

    said = run("corpus", "verify", "--source", "pmc")

    assert said.exit_code == 0
    assert "retracted: pmc PMC101: It was retracted." in said.stderr
    assert "retracted   pmc        PMC101" in run("corpus", "licences").stdout
    for words in (("index", "build"), ("index", "rollback"), ("corpus", "sync", "--source", "pmc")):
        assert "pmc101" not in run("ask", "--json", question).stdout
        assert run(*words).exit_code == 0
    assert "pmc101" not in run("ask", "--json", question).stdout


def test_remove_asks_first(run, tmp_path):
    sync(run)

    assert run("corpus", "remove", "pmc101", input="n\n").exit_code == 1
    assert (tmp_path / "var" / "shelf" / "pmc" / "pmc101.md").exists()


def test_what_was_pulled_stands_in_the_list_with_its_terms(run):
    sync(run)

    told = json.loads(run("corpus", "list", "--json").stdout)

    assert {each["id"]: each["admission"] for each in told["articles"]} == {
        "pmc101": "full",
        "pmc102": "quote-only",
    }
    checked = run("corpus", "check")
    assert (checked.exit_code, checked.stdout) == (0, "")  # the words of papers are not the clinic's to mend


def doctor():
    """What `assistant doctor` says of the sources, without its other checks."""
    return sources_found(load(Path("settings.toml"), Path("var")))


def test_doctor_says_what_can_be_pulled(run, tmp_path):
    sync(run)
    assert doctor() == "2 articles on the shelf from them; reachable: pmc, jpts, ijspt, ojsm, ijtmb, amta"

    written = (tmp_path / "settings.toml").read_text("utf-8")
    (tmp_path / "settings.toml").write_text(written.replace(CONTACT, ""), "utf-8")
    assert "nobody's server is asked" in doctor()


def test_doctor_says_what_works_without_internet(run, tmp_path):
    written = (tmp_path / "settings.toml").read_text("utf-8")
    elsewhere = re.sub(r"(?m)^stand_in.*$", 'stand_in = "http://127.0.0.1:1/"', written)
    (tmp_path / "settings.toml").write_text(elsewhere, "utf-8")

    assert "no internet: answering, adding files" in doctor()
