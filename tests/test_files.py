import json
from pathlib import Path

import documents
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.connectors import files
from corpus.connectors.document import document, is_promotion, sections
from corpus.connectors.plaintext import blocks
from corpus.model import CorpusError

BODY = (
    "Cupping lifts the skin with a cup. Most people feel a pull, and round marks can stay for a week or two."
)


def take(data, name):
    found = files.read(data if isinstance(data, bytes) else data.encode(), name)
    return found, {section.trail: section.text for section in sections(found.blocks, found.title)}


# Plain text

GUIDE = f"""\
A short guide to cupping

{BODY}

What cupping is

How it is done

A therapist places cups on the back. The cups stay for some minutes.

What it feels like

It pulls. It should not hurt.

What is known

Does it ease pain?

Some trials found less pain:

- in the neck
- in the lower back
  and the hips


Cupping is one of many choices, and no one has to have it.


  1. A Body of Therapists (ABT) - https://www.example.org

  2. Journal of Round Things - Prints papers on cups and lids. https://example.com/journal

  3. Lee A, Roy B. Cups in trials. J Cups. 2020;3:4-9. doi:10.1000/cups.3

Do you want to try it? Call 604-555-0100 or click the link below to book!


Ten Things to Know About Heel Pain
"""


def test_plain_text_gets_its_headings_from_the_layout():
    found, texts = take(GUIDE, "guide.txt")

    assert found.title == "A short guide to cupping"
    assert sections(found.blocks, found.title)[0].text == BODY
    assert texts == {
        ("A short guide to cupping",): "Cupping is one of many choices, and no one has to have it.",
        ("What cupping is", "How it is done"): "A therapist places cups on the back. The cups stay for some minutes.",
        ("What cupping is", "What it feels like"): "It pulls. It should not hurt.",
        ("What is known", "Does it ease pain?"): "Some trials found less pain:\n\n- in the neck\n- in the lower back and the hips",
    }  # fmt: skip


def test_the_list_at_the_end_becomes_works_and_the_advertisement_goes():
    found, _ = take(GUIDE, "guide.txt")

    assert [(work.kind, work.title, work.url or work.doi, work.finding) for work in found.references] == [
        ("website", "A Body of Therapists (ABT)", "https://www.example.org", ""),
        (
            "journal",
            "Journal of Round Things",
            "https://example.com/journal",
            "Prints papers on cups and lids.",
        ),
        (
            "work",
            "Lee A, Roy B. Cups in trials. J Cups. 2020;3:4-9. doi:10.1000/cups.3",
            "10.1000/cups.3",
            "",
        ),
    ]
    assert [note.split(":")[0] for note in found.left_out] == ["An advertisement", "A heading without text"]


@pytest.mark.parametrize(
    ("text", "trails"),
    [
        ("Title here\n\nOne line.\n\nFirst part\n\nText one.\n\nSecond part\n\nText two.", ["Title here", "First part", "Second part"]),
        ("Title here\n==========\n\nText one.\n\nPart\n----\nText two.", ["Title here", "Part"]),
        ("Title here\nText of the first line. It is long enough.\nPart\nAnother text, which is long enough too.", ["Title here", "Part"]),
        ("# Title here\n\nText one.\n\n## Part\n\nText two.", ["Title here", "Part"]),
        ("Just a text. It has no heading.", [""]),
        ("Wrapped lines of a text that\ngo on here and then there\nend.\n\nMore text.", [""]),
    ],
)  # fmt: skip
def test_headings_are_told_from_text(text, trails):
    _, texts = take(text, "notes.txt")

    assert [trail[-1] for trail in texts] == trails


def test_sources_under_their_heading_need_no_link():
    found, texts = take(
        f"Cups\n\n{BODY}\n\nReferences\n\n1. A book on cups. 1999.\n2. Another one\n\nThanks\n\nTo all.",
        "a.txt",
    )

    assert [work.title for work in found.references] == ["A book on cups. 1999.", "Another one"]
    assert list(texts) == [("Cups",), ("Thanks",)]


@pytest.mark.parametrize(
    ("text", "promotes"),
    [
        ("Call 604-555-0100 to book a visit today!", True),
        ("Subscribe to our newsletter.", True),
        ("Click the link below to learn more.", True),
        ("Call 9-1-1 now, or click the link below.", False),
        ("Contact us at https://example.org if the doctor says so.", False),
        ("You can learn more about pain in time.", False),
        ("The book is called Cups.", False),
    ],
)
def test_an_advertisement_is_told_from_advice(text, promotes):
    assert is_promotion(text) is promotes


@given(st.text(alphabet="aB.- 1\n#=*:)h", max_size=200))
def test_no_word_of_a_text_is_lost_unsaid(text):
    found = document(blocks(text))

    kept = " ".join(
        [found.title, *(block.text for block in found.blocks), *(known.title for known in found.references)]
    )
    if not found.left_out and not found.references:
        letters = sorted(char for char in text if char.isalpha())
        assert sorted(char for char in kept if char.isalpha()) == letters


# Web pages

PAGE = """<!DOCTYPE html><html><head><title>Cupping - A clinic</title></head><body>
<nav><a href="/">Home</a> <a href="/prices">Prices</a></nav>
<main><article><h1>Cupping</h1>
<p>Cupping lifts the skin with a cup.<sup><a href="#1">1</a></sup> Most people feel a pull, and round marks can stay for
a week or two. The marks are small bruises and they fade.</p>
<h2>Is it safe?</h2>
<p>It is safe for most people. <!-- secret comment --><span style="display: none">secret style</span>
<span aria-hidden="true">secret aria</span><span hidden>secret attribute</span>
<span style="color:#fff">secret white</span><span style="position:absolute;left:-9999px">secret place</span>
<span style="font-size:0">secret size</span><i class="visually-hidden">secret class</i>
People who take blood thinners should ask first, since bruises grow larger with them.</p>
<ul><li>Ask about <b>skin</b></li><li>Ask about bruises</li></ul>
<table><tr><th>Place</th><th>Marks</th></tr><tr><td>Back</td><td>5 cm<sup>2</sup></td></tr></table>
<p>Marks that hurt after some days should be looked at by somebody who knows about skin and cups.</p>
</article></main><footer>All rights reserved. Prices. Imprint.</footer></body></html>"""


def test_a_page_gives_its_main_text_without_what_it_hides():
    found, texts = take(PAGE, "page.html")

    assert found.title == "Cupping"
    assert list(texts) == [("Cupping",), ("Is it safe?",)]
    said = json.dumps(list(texts.values()))
    assert "secret" not in said
    assert "Prices" not in said
    assert "cup. Most" in said
    assert "- Ask about skin\n- Ask about bruises" in texts[("Is it safe?",)]
    assert "Place: Back; Marks: 5 cm²" in texts[("Is it safe?",)]
    assert found.left_out == ("Text that the page hides from its readers (7 x)",)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<html><title>Just a moment...</title><body>Enable JavaScript and cookies to continue</body></html>", "in front"),
        ("<html><body><p>Please log in to read this page.</p></body></html>", "in front"),
        ("<html><body><nav><a href='/a'>Home</a></nav></body></html>", "no main text"),
        ("<html><body></body></html>", "no main text"),
        (f"<html><title>cups - Google Search</title><body><p>{BODY} {BODY}</p></body></html>", "list of links"),
    ],
)  # fmt: skip
def test_a_page_that_is_no_article_is_refused(page, reason):
    with pytest.raises(CorpusError, match=reason) as caught:
        take(page, "page.html")

    assert str(caught.value).startswith("page.html")


# Markdown


def test_any_markdown_is_taken_through_the_same_sieve():
    found, texts = take(
        f"---\ntitle: Cups\nlayout: post\n---\n{BODY}\n\n## Safe?\n\nYes <span hidden>secret</span>and **no**.\n"
        "<!-- secret -->\n\n3. three\n4. four\n",
        "cups.md",
    )

    assert found.title == "Cups"
    assert texts == {("Cups",): BODY, ("Safe?",): "Yes and no.\n\n3. three\n4. four"}
    assert found.left_out == ("Front matter: layout", "Text that the page hides from its readers (1 x)")


# PDF


def test_a_pdf_is_put_together_from_its_lines():
    page = [
        (9, "Clinic news, spring"),
        (20, "All about cups"),
        (11, ""),
        (11, "Cupping lifts the skin with a cup, and it leaves marks that slowly dis-"),
        (11, "appear. It is a well-known way to treat the back and it is often asked for"),
        (11, "by people who run."),
        (11, ""),
        (14, "Is it safe?"),
        (11, "It is safe for most people who do not bruise with ease."),
        (9, "Page 1 of 2"),
    ]
    other = [(9, "Clinic news, spring"), (11, "More about cups stands here."), (11, "And here (too)."), (11, "• One"),
             (11, "• Two"), (9, "Page 2 of 2")]  # fmt: skip

    found, texts = take(documents.pdf([page, other]), "cups.pdf")

    assert found.title == "All about cups"
    assert texts == {
        ("All about cups",): (
            "Cupping lifts the skin with a cup, and it leaves marks that slowly disappear. It is a well-known way "
            "to treat the back and it is often asked for by people who run."
        ),
        ("Is it safe?",): (
            "It is safe for most people who do not bruise with ease.\n\nMore about cups stands here.\n\n"
            "And here (too).\n\n- One\n- Two"
        ),
    }
    assert found.left_out == ("Lines that repeat on the pages: “Clinic news, spring”",)


def test_a_pdf_that_cannot_be_read_says_why():
    text = documents.pdf([[(11, BODY)]])

    with pytest.raises(CorpusError, match="locked with a password"):
        take(documents.locked(text), "a.pdf")
    with pytest.raises(CorpusError, match="pictures of its pages"):
        take(documents.pdf([[], []]), "a.pdf")
    with pytest.raises(CorpusError, match="damaged"):
        take(b"%PDF-1.4\nnothing", "a.pdf")


def test_pages_without_text_are_named():
    found, _ = take(documents.pdf([[(11, BODY)], []]), "a.pdf")

    assert found.left_out == ("Pages without text (pictures?): 2",)


# Word


def test_a_word_document_keeps_its_headings_and_not_its_hidden_text():
    data = documents.docx(
        documents.paragraph("All about cups", "Title"),
        documents.paragraph(BODY),
        documents.paragraph("Is it safe?", "Heading1"),
        documents.paragraph("For most people."),
        documents.paragraph("secret", run="<w:vanish/>"),
        documents.paragraph("secret", run='<w:color w:val="FFFFFF"/>'),
    )

    found, texts = take(data, "cups.docx")

    assert found.title == "All about cups"
    assert texts == {("All about cups",): BODY, ("Is it safe?",): "For most people."}
    assert found.left_out == ("Hidden text (2 x)",)


def test_bold_lines_are_headings_where_there_are_no_others():
    data = documents.docx(
        documents.paragraph("Is it safe?", run="<w:b/>"), documents.paragraph(BODY),
        documents.paragraph("Stop when it hurts.", run="<w:b/>"),
    )  # fmt: skip

    found, texts = take(data, "cups.docx")

    assert found.title == "Is it safe?"
    assert texts == {("Is it safe?",): f"{BODY}\n\nStop when it hurts."}


def test_a_word_document_that_is_a_trap_or_broken_is_refused():
    whole = documents.docx(documents.paragraph(BODY))
    bomb = documents.docx(documents.paragraph(BODY), more={"word/numbering.xml": b" " * (61 * 1024 * 1024)})
    entities = documents.docx(documents.paragraph("&x;"), before='<!DOCTYPE d [<!ENTITY x "y">]>')

    for data, reason in ((whole[:-40], "damaged"), (bomb, "unpacks to more"), (entities, "not a document")):
        with pytest.raises(CorpusError, match=reason):
            take(data, "a.docx")


# Whatever comes


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.txt", "is empty"),
        (b" \n", "a.txt", "is empty"),
        (bytes(range(256)) * 20, "a.txt", "not text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a.md", "not text"),
        (b"PK\x03\x04rest", "a.xlsx", "packed"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 50, "a.doc", "old Office"),
        (b"{\\rtf1 text}", "a.rtf", "RTF"),
        (b"a,b\n1,2\n", "a.csv", "is a .csv file"),
    ],
)
def test_what_is_not_a_document_is_refused_by_name(data, name, reason):
    with pytest.raises(CorpusError, match=reason) as caught:
        take(data, name)

    assert str(caught.value).startswith(name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_encoding_it_was_saved_in(encoding):
    text = "Café talk\n\nThe naïve patient’s “sore” muscles and the fiancée’s résumé about pain, at £5 a piece.\n"

    found, _ = take(text.encode(encoding), "a.txt")

    assert found.title == "Café talk"
    assert "patient’s “sore” muscles" in found.blocks[0].text


def test_a_huge_file_is_refused_unread(tmp_path):
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(300 * 1024 * 1024)

    with pytest.raises(CorpusError, match=r"huge.txt has 300 MB; up to 50 MB"):
        files.contents(huge)


@pytest.mark.parametrize(("name", "reason"), [("none.txt", "does not exist"), (".", "is a folder")])
def test_what_is_no_file_is_refused(tmp_path, name, reason):
    with pytest.raises(CorpusError, match=reason):
        files.contents(tmp_path / name)


REAL = next(Path(__file__).parents[2].glob("*/data/parsers"), None)


@pytest.mark.slow
@pytest.mark.skipif(REAL is None, reason="the collection of real files is not here")
def test_every_real_file_is_taken_or_refused_by_name():
    for path in sorted([*REAL.glob("office/*"), *REAL.glob("pdf/*.pdf"), *REAL.glob("html-markitdown/*")]):
        said = ""
        try:
            found = files.read(files.contents(path), path.name)
        except CorpusError as error:
            said = str(error)

        assert said.startswith(path.name) if said else found.blocks, path
