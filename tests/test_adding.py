from datetime import date
from pathlib import Path

import documents
import pytest

from corpus.adding import add, identifier, remove
from corpus.model import CorpusError
from corpus.shelf import Shelf

TODAY = date(2026, 11, 24)
TEXT = """\
A note on cups

Cupping lifts the skin with a cup. Most people feel a pull, and marks {{can}} stay [@for] a *week*.

Is it safe?

It is for most people.

  1. A Body of Therapists - https://www.example.org
  2. Journal of Round Things - https://example.com/journal
"""


@pytest.fixture
def shelf(tmp_path):
    return tmp_path / "shelf"


def saved(folder: Path, name: str, text: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_an_added_file_is_an_article_of_the_shelf(tmp_path, shelf):
    added = add(saved(tmp_path, "cups.txt", TEXT), shelf, today=TODAY)

    [found] = Shelf([shelf], {})
    assert found == added.article
    card = found.card
    assert (card.id, card.title, card.kind, card.url) == (
        "a-note-on-cups",
        "A note on cups",
        "file",
        "/articles/a-note-on-cups",
    )
    assert (card.certainty, card.reviewer, card.reviewed) == ("not reviewed", "", None)
    assert (found.source.address, found.source.retrieved, card.licence.code) == ("cups.txt", TODAY, "own")
    assert [section.trail for section in found.sections] == [("A note on cups",), ("Is it safe?",)]
    assert "marks {{can}} stay [@for] a *week*." in found.sections[0].text
    assert found.sections[0].cites == ()
    assert [(known.key, known.url) for known in card.references] == [
        ("a-note-on-cups-1", "https://www.example.org"),
        ("a-note-on-cups-2", "https://example.com/journal"),
    ]
    assert added.references == card.references
    assert (added.change, added.written) == ("added", shelf / "a-note-on-cups.md")
    assert [path.name for path in shelf.iterdir()] == ["a-note-on-cups.md"]


def test_the_same_file_again_changes_nothing_and_a_new_version_replaces(tmp_path, shelf):
    path = saved(tmp_path, "cups.txt", TEXT)
    first = add(path, shelf, today=TODAY)
    written = first.written.read_bytes()

    again = add(path, shelf, today=date(2026, 12, 24))
    assert again.change == "unchanged"
    assert first.written.read_bytes() == written

    saved(tmp_path, "cups.txt", TEXT.replace("a *week*", "a month"))
    newer = add(path, shelf, today=date(2026, 12, 24))
    assert newer.change == "replaced"
    assert "a month" in Shelf([shelf], {}).get("a-note-on-cups").sections[0].text


def test_another_file_with_the_same_title_does_not_take_the_place_of_the_first(tmp_path, shelf):
    add(saved(tmp_path, "cups.txt", TEXT), shelf, today=TODAY)

    with pytest.raises(CorpusError, match=r"already, from cups\.txt.*assistant corpus remove a-note-on-cups"):
        add(saved(tmp_path, "other.txt", TEXT.replace("week", "year")), shelf, today=TODAY)

    assert "week" in Shelf([shelf], {}).get("a-note-on-cups").sections[0].text


def test_an_id_of_another_shelf_is_not_taken_twice(tmp_path, shelf):
    added = add(saved(tmp_path, "cups.txt", TEXT), shelf, today=TODAY, taken={"a-note-on-cups"})

    assert added.article.card.id == "a-note-on-cups-2"


def test_an_article_in_the_format_of_the_shelf_is_taken_word_for_word(tmp_path, shelf):
    text = "---\ntitle: Cups\ntopic: techniques\ncertainty: low\nlicence: CC0\n---\n\nCall {{line}}. [@lee-2020]\n"
    path = saved(tmp_path, "cups.md", text)

    added = add(path, shelf, today=TODAY, numbers={"line": "8-1-1"})

    assert (added.change, added.written.read_text()) == ("added", text)
    assert (added.article.card.kind, added.article.card.certainty) == ("authored", "low")
    assert add(path, shelf, today=TODAY, numbers={"line": "8-1-1"}).change == "unchanged"
    with pytest.raises(CorpusError, match="replaces: cups"):
        add(path, shelf, today=TODAY, taken={"cups"}, numbers={"line": "8-1-1"})
    with pytest.raises(CorpusError, match=r"Rename it to my-cups\.md"):
        add(saved(tmp_path, "My Cups.md", text), shelf, today=TODAY, numbers={"line": "8-1-1"})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", documents.pdf([[(20, "A note on cups"), (11, "It lifts the skin with a cup, and leaves round marks behind.")]])),
        ("a.docx", documents.docx(documents.paragraph("A note on cups", "Title"), documents.paragraph("It lifts the skin with a cup, and leaves round marks behind."))),
        ("a.md", b"# A note on cups\n\nIt lifts the skin with a cup, and leaves round marks behind."),
    ],
)  # fmt: skip
def test_every_kind_of_file_becomes_the_same_article(tmp_path, shelf, name, data):
    added = add(saved(tmp_path, name, data), shelf, today=TODAY)

    assert added.article.card.id == "a-note-on-cups"
    assert [section.text for section in added.article.sections] == [
        "It lifts the skin with a cup, and leaves round marks behind."
    ]


@pytest.mark.parametrize(
    ("text", "licence", "reason"),
    [
        ("Too short.", "", "hardly any text"),
        (TEXT, "CC BY-NC 4.0", "does not let the clinic keep"),
        (TEXT, "All rights reserved", "Ask for permission"),
    ],
)
def test_what_may_not_stand_on_the_shelf_leaves_no_trace(tmp_path, shelf, text, licence, reason):
    with pytest.raises(CorpusError, match=reason):
        add(saved(tmp_path, "cups.txt", text), shelf, today=TODAY, licence=licence)

    assert not shelf.exists()


def test_permission_and_noncommercial_use_open_the_door(tmp_path, shelf):
    path = saved(tmp_path, "cups.txt", TEXT)

    assert add(path, shelf, today=TODAY, licence="Permission: letter of 3 May").change == "added"
    assert add(path, shelf, today=TODAY, licence="CC BY-NC 4.0", use="noncommercial").change == "replaced"


def test_a_file_without_title_is_called_by_its_name(tmp_path, shelf):
    path = saved(
        tmp_path, "cups_and-marks.txt", "Cupping lifts the skin with a cup. Most people feel a pull in it."
    )

    assert add(path, shelf, today=TODAY).article.card.title == "Cups and marks"


def test_a_file_that_is_still_being_written_is_no_article(tmp_path, shelf):
    add(saved(tmp_path, "cups.txt", TEXT), shelf, today=TODAY)
    (shelf / ".half.part").write_text("---\ntitle: half", "utf-8")

    assert len(Shelf([shelf], {})) == 1


def test_an_article_is_removed_by_its_id(tmp_path, shelf):
    add(saved(tmp_path, "cups.txt", TEXT), shelf, today=TODAY)

    assert remove("a-note-on-cups", shelf) == shelf / "a-note-on-cups.md"
    assert list(shelf.iterdir()) == []
    for id in ("a-note-on-cups", "../cups", "README"):
        with pytest.raises(CorpusError, match="no article"):
            remove(id, shelf)


@pytest.mark.parametrize(
    ("title", "id"),
    [
        ("What's Heel Pain?", "whats-heel-pain"),
        ("Café & Crème", "cafe-creme"),
        ("A very long title about a great many things that never ends: and a subtitle", "a-very-long-title-about-a-great-many-things-that-never-ends"),
        ("Word " * 30, "word" + "-word" * 13),
        ("按摩", "article-4b834145"),
    ],
)  # fmt: skip
def test_a_title_gives_an_id_that_can_stand_in_an_address(title, id):
    assert identifier(title) == id


GUIDE = next(Path(__file__).parents[2].glob("*/data/seed/guide.txt"), None)


@pytest.mark.skipif(GUIDE is None, reason="the owner's own article is not here")
def test_the_owners_article_is_taken_as_it_was_delivered(shelf):
    added = add(GUIDE, shelf, today=TODAY)

    trails = [section.trail for section in added.article.sections]
    assert len(trails) == 12
    assert trails[1] == ("Understanding Soft Tissue Therapy", "What is Soft Tissue Therapy?")
    assert trails[0] == trails[-1] == (added.article.card.title,)
    assert [known.kind for known in added.references] == [
        "website",
        "website",
        "journal",
        "journal",
        "journal",
    ]
    assert all(known.url.startswith("https://") for known in added.references)
    assert len(added.left_out) == 3
    said = " ".join(section.text for section in added.article.sections)
    assert "604-828-2610" not in said
    assert "Plantar Fasciitis" not in said
    assert not any(finding.severity == "error" for finding in Shelf([shelf], {}).findings(TODAY))
