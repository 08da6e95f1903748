"""`assistant index …` speaks like a colleague and tells scripts the same."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assistant.cli import assistant

ARTICLE = """---
title: Heel pain
topic: conditions
audience: visitors
certainty: moderate
reviewer: A clinician
reviewed: 2026-11-24
review_due: 2027-11-24
licence: CC BY 4.0
---

## What helps heel pain?

Stretching the calf helps most people with heel pain. [@clinic-guidance]

## How long does heel pain last?

Heel pain often eases within some months. [@clinic-guidance]
"""
REFERENCES = """
clinic-guidance:
  title: General guidance of the clinic
  kind: clinic_guidance
"""


class Clinic:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.shelf = root / "shelf"
        self.shelf.mkdir()
        (self.shelf / "references.yaml").write_text(REFERENCES)
        self.write("heel", ARTICLE)
        self.configure("python:fakes:hashing_embeddings")

    def write(self, name: str, text: str) -> None:
        (self.shelf / f"{name}.md").write_text(text)

    def configure(self, embedder: str) -> None:
        (self.root / "settings.toml").write_text(
            f'data_dir = "{self.root / "var"}"\n'
            f'[corpus]\nshipped = false\nshelves = ["{self.shelf}"]\n'
            f'[index]\nembedder = "{embedder}"\n'
        )

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(
            assistant, ["--config", str(self.root / "settings.toml"), "index", *arguments]
        )


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path)


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def told(result: Result) -> dict:
    value = json.loads(done(result))
    assert isinstance(value, dict)
    return value


def test_a_build_says_what_it_did_and_how_to_undo_it(clinic):
    first = done(clinic.run("build"))
    assert first.startswith("Read 1 article. Embedding 2 new passages, keeping 0 … done in ")
    assert "Undo with" not in first

    clinic.write("knee", ARTICLE.replace("eel", "nee").replace("Heel", "Knee"))
    second = done(clinic.run("build"))
    assert second.startswith("Read 2 articles. Embedding 2 new passages, keeping 2 … done in ")
    assert second.endswith("(4 passages). Undo with: assistant index rollback\n")


def test_a_build_of_an_unchanged_shelf_says_that_there_is_nothing_to_do(clinic):
    clinic.run("build")

    assert done(clinic.run("build")).startswith("Nothing to do: nothing changed.\nIn use: ")
    assert done(clinic.run("build", "--dry-run")).startswith("Nothing to do")


def test_a_dry_run_says_what_would_be_done(clinic):
    assert "embedding 2 new passages, keeping 0" in done(clinic.run("build", "--dry-run"))
    assert not (clinic.root / "var" / "index" / "CURRENT").exists()


def test_scripts_are_told_the_same_as_one_object(clinic):
    report = told(clinic.run("build", "--json"))
    assert (report["articles"], report["passages"], report["embedded"], report["published"]) == (
        1,
        2,
        2,
        True,
    )

    status = told(clinic.run("status", "--json"))
    assert (status["generation"], status["up_to_date"]) == (report["generation"], True)
    assert told(clinic.run("list", "--json"))["in_use"] == report["generation"]
    assert told(clinic.run("verify", "--json")) == {"generation": report["generation"], "faults": []}


def test_the_status_says_when_the_shelf_has_changed(clinic):
    clinic.run("build")
    assert "It holds the shelf as it is." in done(clinic.run("status"))

    clinic.write("heel", ARTICLE.replace("months", "weeks"))
    assert "Renew it with: assistant index build" in done(clinic.run("status"))


def test_a_rollback_can_be_undone(clinic):
    first = told(clinic.run("build", "--json"))["generation"]
    second = told(clinic.run("build", "--full", "--json"))["generation"]

    back = done(clinic.run("rollback"))
    assert back.startswith(f"In use: {first} ")
    assert back.endswith(f"Undo with: assistant index rollback {second}\n")
    assert [line[0] for line in done(clinic.run("list")).splitlines()] == [" ", "*"]

    assert told(clinic.run("rollback", second, "--json")) == {"in_use": second, "was": first}


def test_a_fault_found_by_verify_is_told_with_the_next_step_and_exit_status_1(clinic):
    name = told(clinic.run("build", "--json"))["generation"]
    path = clinic.root / "var" / "index" / name / "passages.jsonl"
    path.write_text(path.read_text().replace("Stretching", "Stretchinq"))

    result = clinic.run("verify")

    assert result.exit_code == 1
    assert "Fault: heel#what-helps-heel-pain/0 is not the text that was indexed." in result.stdout
    assert "assistant index rollback" in result.stdout
    assert clinic.run("verify", "--json").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status"], "Build one with: assistant index build"),
        (["verify"], "Build one with: assistant index build"),
        (["rollback"], "Build one with: assistant index build"),
        (["verify", "2020-01-01T00-00-00-abcd"], "assistant index list"),
    ],
)
def test_without_an_index_every_command_says_how_to_get_one(clinic, arguments, said):
    result = clinic.run(*arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr


def test_a_list_of_nothing_is_no_fault(clinic):
    result = clinic.run("list")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "assistant index build" in result.stderr


def test_another_embedder_is_noticed_before_an_answer_can_come_from_it(clinic):
    clinic.run("build")
    clinic.configure("python:fakes:HashingEmbeddings")

    result = clinic.run("verify")
    assert result.exit_code == 1
    assert "was built with the embedder python:fakes:hashing_embeddings" in result.stderr
    assert "the embedder changed from" in done(clinic.run("build"))


def test_what_an_editor_has_to_mend_stops_the_build(clinic):
    clinic.write("heel", ARTICLE.replace("CC BY 4.0", "Ask my brother"))

    result = clinic.run("build")

    assert result.exit_code == 1
    assert "assistant corpus check" in result.stderr


def test_a_wrong_option_is_asked_wrongly(clinic):
    assert clinic.run("build", "--fast").exit_code == 2


def test_a_progress_bar_goes_to_stderr_and_only_when_asked_for(clinic):
    assert "Embedding" not in clinic.run("build").stderr

    result = clinic.run("build", "--full", "--progress", "--json")
    assert json.loads(result.stdout)["embedded"] == 2
