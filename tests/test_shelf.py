from datetime import date
from pathlib import Path

import pytest

from corpus.model import CorpusError
from corpus.shelf import SHIPPED, Shelf

REFERENCES = "lee-2020: {title: A study, kind: trial}\n"


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


def note(title="T", body="Rest helps. [@lee-2020]", more=""):
    return f"---\ntitle: {title}\ntopic: about\nlicence: CC0\n{more}---\n\n{body}\n"


@pytest.fixture
def clinic(tmp_path):
    return lay(
        tmp_path / "clinic",
        {
            "articles/b.md": note("B"),
            "articles/a.md": note("A"),
            "references.yaml": REFERENCES,
            "notes.md": "?",
        },
    )


def test_a_shelf_gives_its_articles_in_a_stable_order(clinic):
    shelf = Shelf([clinic], {})

    assert [article.card.id for article in shelf] == ["a", "b"]
    assert len(shelf) == 2
    assert [known.title for known in shelf.get("a").card.references] == ["A study"]
    assert shelf.get("c") is None
    assert shelf.path("a") == clinic / "articles" / "a.md"
    assert [finding.severity for finding in shelf.findings(date(2026, 12, 1))] == []


def test_a_later_folder_follows_and_may_cite_the_references_of_an_earlier_one(clinic, tmp_path):
    own = lay(tmp_path / "own", {"zz.md": note("Z"), "README.md": "not an article"})

    shelf = Shelf([own, clinic], {}), Shelf([clinic, own], {})

    assert [[article.card.id for article in each] for each in shelf] == [["zz", "a", "b"], ["a", "b", "zz"]]
    assert [len(each.get("zz").card.references) for each in shelf] == [0, 1]


def test_an_article_takes_anothers_place_only_when_it_says_so(clinic, tmp_path):
    silent = lay(tmp_path / "silent", {"a.md": note("Mine")})
    saying = lay(tmp_path / "saying", {"a.md": note("Mine", more="replaces: a\n")})
    renamed = lay(tmp_path / "renamed", {"c.md": note("Mine", more="replaces: a\n")})
    astray = lay(tmp_path / "astray", {"c.md": note("Mine", more="replaces: x\n")})

    assert Shelf([clinic, saying], {}).get("a").card.title == "Mine"
    assert [article.card.id for article in Shelf([clinic, renamed], {})] == ["b", "c"]
    with pytest.raises(CorpusError, match="replaces: a"):
        Shelf([clinic, silent], {})
    with pytest.raises(CorpusError, match="no earlier shelf has"):
        Shelf([clinic, astray], {})


def test_all_the_broken_files_are_named_at_once(clinic, tmp_path):
    lay(
        clinic,
        {
            "articles/broken.md": "---\ntitle: A: b\n---\nText",
            "articles/Upper Case.md": note(),
            "articles/latin.md": "caf\udce9",
            "articles/empty.md": "---\ntitle: T\n---\n",
            "articles/number.md": note(body="Call {{nobody}}."),
        },
    )
    (clinic / "articles" / "folder.md").mkdir()

    with pytest.raises(CorpusError) as caught:
        Shelf([clinic, tmp_path / "nowhere"], {})

    said = str(caught.value).splitlines()
    assert [line.split(" ")[0].rstrip(":,") for line in said] == [
        "Upper", "broken.md", "empty.md", "folder.md", "latin.md", "number.md", "There",
    ]  # fmt: skip


def test_a_key_means_one_work_on_all_shelves(clinic, tmp_path):
    same = lay(tmp_path / "same", {"references.yaml": REFERENCES})
    other = lay(tmp_path / "other", {"references.yaml": "lee-2020: {title: Another}"})

    assert len(Shelf([clinic, same], {})) == 2
    with pytest.raises(CorpusError, match="lee-2020"):
        Shelf([clinic, other], {})


def test_the_fingerprint_changes_with_the_content_alone(clinic, tmp_path):
    before = Shelf([clinic], {}).fingerprint
    (clinic / "articles" / "a.md").touch()

    assert Shelf([clinic], {}).fingerprint == before
    lay(clinic, {"articles/a.md": note("A", "Rest helps you. [@lee-2020]")})
    after = Shelf([clinic], {}).fingerprint
    assert after != before
    lay(clinic, {"references.yaml": "lee-2020: {title: A newer study}"})
    assert Shelf([clinic], {}).fingerprint not in (before, after)


def test_numbers_are_filled_from_one_place(clinic):
    lay(clinic, {"articles/a.md": note(body="Call {{nurse_line}}.")})

    assert Shelf([clinic], {"nurse_line": "8-1-1"}).get("a").sections[0].text == "Call 8-1-1."


def test_the_clinic_says_where_its_articles_are_read(clinic):
    shelf = Shelf([clinic], {}, url="https://clinic.example/read/{}".format)

    assert shelf.get("a").card.url == "https://clinic.example/read/a"


def test_the_shipped_folder_is_the_corpus_package():
    assert (SHIPPED / "model.py").is_file()


def test_other_ways_to_ask_stand_with_their_sections(clinic):
    lay(clinic, {"articles/c.md": note("C", "## Why rest?\n\nRest helps. [@lee-2020]")})
    lay(clinic, {"asked/c.yaml": "why-rest:\n  - do i have to lie down\nwhy-not:\n  - hm\n"})

    shelf = Shelf([clinic], {})

    assert shelf.get("c").sections[0].asked == ("do i have to lie down",)
    assert [(found.article, found.where) for found in shelf.findings(date(2026, 12, 1))][:1] == [
        ("c", "why-not")
    ]


def test_a_sentence_is_asked_for_under_its_beginning(clinic):
    lay(clinic, {"articles/c.md": note("C", "## Why rest?\n\nRest helps. Sleep\nhelps most. [@lee-2020]")})
    asked = "why-rest:\n- lie down?\n- Sleep helps: [nap?, is sleep good]\n- Tea helps: [tea?]\n"
    lay(clinic, {"asked/c.yaml": asked})

    shelf = Shelf([clinic], {})

    section = shelf.get("c").sections[0]
    assert section.asked == ("lie down?", "tea?")
    assert [(section.text[at : at + 5], way) for at, way in section.asked_at] == [
        ("Sleep", "nap?"),
        ("Sleep", "is sleep good"),
    ]
    assert [(found.severity, found.message) for found in shelf.findings(date(2026, 12, 1))][:1] == [
        (
            "warning",
            "asked/c.yaml asks for a sentence that is not there: “Tea helps”. Write how it begins now.",
        )
    ]


def test_ways_to_ask_that_belong_nowhere_are_told_with_the_nearest_section(clinic):
    lay(clinic, {"articles/c.md": note("C", "## Why rest?\n\nRest helps. [@lee-2020]")})
    lay(clinic, {"asked/c.yaml": "why-rests:\n  - hm\n", "asked/gone.yaml": "why:\n  - hm\n"})

    found = Shelf([clinic], {}).findings(date(2026, 12, 1))

    assert [each.message for each in found] == [
        "asked/c.yaml names a section that is not there. Did you mean “why-rest”?",
        "asked/gone.yaml belongs to no article. Rename it like its article, or delete it.",
    ]


def test_ways_to_ask_of_an_article_that_was_replaced_are_no_fault(clinic, tmp_path):
    lay(clinic, {"asked/a.yaml": "why:\n  - hm\n"})
    own = lay(tmp_path / "own", {"mine.md": note("Mine", more="replaces: a\n")})

    found = Shelf([clinic, own], {}).findings(date(2026, 12, 1))

    assert not [each for each in found if "belongs to no article" in each.message]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("Call 604-555-0101 for help. [@lee-2020]", 1),
        ("Call {{clinic_phone}} for help. [@lee-2020]", 0),
        ("Call 1-604-555-0101 for help. [@lee-2020]", 0),  # another number
        (
            "## Is it 604-555-0101?\n\nIt is that number for rest. [@lee-2020]",
            0,
        ),  # a heading's address stays
    ],
)
def test_a_number_of_the_settings_that_is_typed_out_is_a_fault(clinic, body, faults):
    lay(clinic, {"articles/c.md": note("C", body)})

    found = Shelf([clinic], {"clinic_phone": "604-555-0101"}).findings(date(2026, 12, 1))

    typed = [each.message for each in found if "typed out" in each.message]
    assert typed == ["“604-555-0101” is typed out. Write {{clinic_phone}}, which is filled in."] * faults


@pytest.mark.parametrize(
    "asked", ["- a\n", "why: one\n", "why: [1]\n", "why: ['']\n", "why: [{a: b}]\n", "why: [{1: [b]}]\n"]
)
def test_a_misshapen_list_of_ways_to_ask_is_refused_by_name(clinic, asked):
    lay(clinic, {"asked/a.yaml": asked})

    with pytest.raises(CorpusError, match=r"a\.yaml"):
        Shelf([clinic], {})
