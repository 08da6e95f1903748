import json

import pytest
from click.testing import CliRunner

from assistant.cli import assistant

ARTICLE = "---\ntitle: {title}\ntopic: about\ncertainty: general guidance\nreviewer: A. Lee\nreviewed: 2026-11-01\nreview_due: 2036-11-01\nlicence: CC BY 4.0\n---\n\n## Where?\n\n{body}\n"  # fmt: skip


@pytest.fixture
def world(tmp_path):
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "visits.md").write_text(
        ARTICLE.format(title="Visits", body="Visits come to you. [@lee-2020]"), "utf-8"
    )
    (tmp_path / "shelf" / "references.yaml").write_text("lee-2020: {title: A study, year: 2020}", "utf-8")
    (tmp_path / "settings.toml").write_text("[corpus]\nshipped = false\nshelves = ['shelf']\n", "utf-8")
    return tmp_path


@pytest.fixture
def run(world, monkeypatch):
    monkeypatch.chdir(world)

    def run(*words, **more):
        return CliRunner().invoke(
            assistant, ["--config", "settings.toml", "--data", "var", "corpus", *words], **more
        )

    return run


def guide(
    world, text="Cupping lifts the skin with a cup. It is said to cure pain, and marks stay for a while."
):
    (world / "cups.txt").write_text(
        f"About cups\n\n{text}\n\nClick the link below to book a visit!\n", "utf-8"
    )
    return "cups.txt"


def test_list_names_every_article_on_stdout(run):
    said = run("list")

    assert said.exit_code == 0
    assert said.stdout.split() == ["visits", "about", "general", "guidance", "Visits"]
    assert said.stderr == "1 article, 0 of them not reviewed.\n"
    listed = json.loads(run("list", "--json").stdout)
    assert [article["id"] for article in listed["articles"]] == ["visits"]


def test_works_are_listed_for_people_and_for_reference_managers(run):
    said, exported = run("works"), run("works", "--csl")

    assert said.stdout == "[lee-2020] A study. 2020.\n"
    assert said.stderr == "1 work.\n"
    (item,) = json.loads(exported.stdout)
    assert (item["id"], item["title"], item["issued"]) == ("lee-2020", "A study", {"date-parts": [[2020]]})


def test_show_prints_an_article_with_its_works(run):
    said = run("show", "visits")

    assert said.exit_code == 0
    assert "# Visits" in said.stdout
    assert "## Where?\n\nVisits come to you.\n" in said.stdout
    assert "[lee-2020] A study. 2020." in said.stdout
    shown = json.loads(run("show", "visits", "--json").stdout)
    assert shown["sections"][0]["cites"] == [{"offset": 19, "key": "lee-2020"}]


def test_show_of_an_unknown_id_helps_on(run):
    said = run("show", "visit")

    assert said.exit_code == 1
    assert "Did you mean visits?" in said.stderr
    assert said.stdout == ""


def test_check_is_content_with_a_shelf_in_order(run):
    said = run("check")

    assert (said.exit_code, said.stdout) == (0, "")
    assert said.stderr == "1 article: 0 errors, 0 warnings.\n"


def test_check_fails_on_errors_and_names_every_place(run, world):
    (world / "shelf" / "costs.md").write_text(
        ARTICLE.format(title="Costs", body="Costs vary. [@roy-2021]"), "utf-8"
    )

    said = run("check")
    told = run("check", "--json")

    assert said.exit_code == told.exit_code == 1
    assert said.stdout.startswith("error: costs, Where?: [@roy-2021] is not in references.yaml.")
    payload = json.loads(told.stdout)
    assert (payload["articles"], payload["errors"], payload["warnings"]) == (2, 1, 0)
    assert payload["findings"][0]["where"] == "Where?"


def test_check_lists_files_that_cannot_be_read_at_all(run, world):
    for name in ("one", "two"):
        (world / "shelf" / f"{name}.md").write_text("---\ntitle: a: b\n---\n", "utf-8")

    payload = json.loads(run("check", "--json").stdout)

    assert [finding["message"].split(",")[0] for finding in payload["findings"]] == ["one.md", "two.md"]


def test_add_puts_a_file_on_the_clinics_shelf_and_says_what_it_left_out(run, world):
    said = run("add", guide(world))

    assert said.exit_code == 0
    assert said.stdout == "Added “About cups” as about-cups: 1 section, not reviewed.\n"
    assert "Left out: An advertisement: “Click the link below" in said.stderr
    assert "assistant index build" in said.stderr
    assert (world / "var" / "shelf" / "about-cups.md").is_file()
    assert "about-cups" in run("list").stdout
    assert "1 claim names no source" in run("check").stdout

    again = run("add", "cups.txt")
    assert again.stdout.startswith("Already there, unchanged: “About cups”")
    assert "index build" not in again.stderr


def test_add_takes_what_it_can_and_refuses_the_rest_by_name(run, world):
    (world / "a.csv").write_text("a,b\n", "utf-8")

    said = run("add", "a.csv", guide(world), "none.txt", "--json")

    assert said.exit_code == 1
    payload = json.loads(said.stdout)
    assert [each["id"] for each in payload["added"]] == ["about-cups"]
    assert payload["added"][0]["change"] == "added"
    assert [message.split(" ")[0] for message in payload["refused"]] == ["a.csv", "none.txt"]


def test_remove_asks_first(run, world):
    run("add", guide(world))

    assert run("remove", "about-cups", input="n\n").exit_code == 1
    assert (world / "var" / "shelf" / "about-cups.md").exists()
    said = run("remove", "about-cups", "--yes")
    assert (said.exit_code, said.stdout) == (0, "Removed about-cups.\n")
    assert not (world / "var" / "shelf" / "about-cups.md").exists()
    gone = run("remove", "about-cups", "--yes")
    assert gone.exit_code == 1
    assert "There is no article “about-cups” on the clinic's own shelf" in gone.stderr


@pytest.mark.parametrize("words", [["add"], ["show"], ["remove"], ["list", "--colour"], ["move"]])
def test_asked_wrongly_is_status_2(run, words):
    assert run(*words).exit_code == 2
