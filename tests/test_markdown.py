from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.markdown import article, markdown
from corpus.model import CorpusError, Reference
from corpus.sectioning import slug

NUMBERS = {"nurse_line": "8-1-1", "clinic_phone": "604-555-0100"}
WORKS = {
    key: Reference(key, "trial", f"A study of {key}") for key in ("lee-2020", "roy-2021", "clinic-guidance")
}
FRONT = """\
---
title: Heel pain
topic: conditions
certainty: moderate
reviewer: awaiting clinical review
reviewed: 2026-11-24
review_due: 2027-11-24
licence: CC BY 4.0
---
"""


def read(body, front=FRONT):
    return article(front + body, "heel-pain", references=WORKS, numbers=NUMBERS)


def texts(body):
    return [section.text for section in read(body).sections]


def test_an_article_is_its_card_and_its_sections():
    found = read("""
## What is it?

Heel pain is pain under the heel. [@lee-2020; @roy-2021]
Rest eases it
for most people [@lee-2020].
""")

    card, section = found.card, found.sections[0]
    assert (card.id, card.title, card.url, card.kind) == (
        "heel-pain",
        "Heel pain",
        "/articles/heel-pain",
        "authored",
    )
    assert (card.certainty, card.reviewed, card.licence.code) == ("moderate", date(2026, 11, 24), "CC-BY")
    assert [known.key for known in card.references] == ["lee-2020", "roy-2021"]
    assert (section.trail, section.anchor) == (("What is it?",), "what-is-it")
    assert section.text == "Heel pain is pain under the heel. Rest eases it for most people."
    ends = section.text.index(". Rest") + 1
    assert section.cites == ((ends, "lee-2020"), (ends, "roy-2021"), (len(section.text) - 1, "lee-2020"))


def test_headings_nest_without_the_title_and_empty_ones_are_no_sections():
    found = read("Before.\n\n## A\n\n### B\n\nIn B.\n\n#### C\n\nIn C.\n\n## A\n\nAgain.\n\n## Empty\n")

    assert [(section.trail, section.anchor) for section in found.sections] == [
        (("Heel pain",), "heel-pain"),
        (("A", "B"), "b"),
        (("A", "B", "C"), "c"),
        (("A",), "a"),
    ]


def test_equal_headings_get_anchors_of_their_own():
    found = read("## Pain?\n\nOne.\n\n## Pain!\n\nTwo.\n\n## pain 1\n\nThree.\n\n## …\n\nFour.\n")

    assert [section.anchor for section in found.sections] == ["pain", "pain-1", "pain-1-1", "section"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("One line\nnext line.\n\nOther.", "One line next line.\n\nOther."),
        ("Items:\n\n- one\n  goes on\n- two\n", "Items:\n\n- one goes on\n- two"),
        ("- one\n  - deep\n- two\n\n3. three\n4. four\n", "- one\n- deep\n- two\n3. three\n4. four"),
        ("Some *stress*, **more**, [a link](https://a.org), `code`.", "Some stress, more, a link, code."),
        ("|A|B|\n|-|-|\n| Massage | small |\n| Rest | none |\n", "A: Massage; B: small\nA: Rest; B: none"),
        ("Street 1\\\nTown", "Street 1\nTown"),
        ("A<br>b <b>c</b> <!-- not this -->d &amp; e", "A\nb c d & e"),
        ("<div>Kept <script>not()</script></div>\n", "Kept"),
        ("```\nfirst  line\n\nsecond\n```", "first line\nsecond"),
        ("> Said.\n\n---\n\nDone.", "Said.\n\nDone."),
        ("![A foot](foot.png)", "A foot"),
        ("Call {{nurse_line}} or {{ clinic_phone }}.", "Call 8-1-1 or 604-555-0100."),
        (r"Not \[@lee-2020], `[@lee-2020]` nor \{{x}}.", "Not [@lee-2020], [@lee-2020] nor {{x}}."),
        ("Rest. [@lee-2020]Next.", "Rest. Next."),
    ],
)  # fmt: skip
def test_markdown_is_reduced_to_its_text(body, expected):
    assert texts(body) == [expected]


@pytest.mark.parametrize(
    ("body", "before"),
    [
        ("Rest helps. [@lee-2020]", "Rest helps."),
        ("Rest helps [@lee-2020].", "Rest helps"),
        ("Rest helps. [@lee-2020] So does ice.", "Rest helps."),
        ("- Rest helps. [@lee-2020]\n- Ice.", "- Rest helps."),
        ("- Rest.\n- Ice.\n\n[@lee-2020]", "- Rest.\n- Ice."),
        ("| A | B |\n|--|--|\n| c | d [@lee-2020] |\n| e | f |", "A: c; B: d"),
        ("First.\n\n*Rest* helps. [@lee-2020]", "First.\n\nRest helps."),
        ("Call {{nurse_line}}. [@lee-2020]", "Call 8-1-1."),
    ],
)
def test_a_citation_leaves_the_text_and_keeps_its_place(body, before):
    section = read(body).sections[0]

    assert "lee" not in section.text
    assert section.cites == ((len(before), "lee-2020"),)
    assert section.text.startswith(before)


def test_a_citation_that_nobody_knows_stays_for_the_review():
    found = read("Rest helps. [@nobody-1999]")

    assert found.sections[0].cites == ((11, "nobody-1999"),)
    assert found.card.references == ()


def test_a_document_without_front_matter_takes_its_first_heading_as_title():
    found = article("# Sore *muscles*\n\nThey pass.\n", "sore")

    assert found.card.title == "Sore muscles"
    assert found.card.certainty == "not reviewed"
    assert found.sections[0].trail == ("Sore muscles",)


def test_a_fetched_article_is_shown_at_its_own_address():
    front = (
        "---\ntitle: T\nsource: {kind: web, address: 'https://example.org/a', retrieved: 2026-11-01}\n---\n"
    )

    found = read("Text.", front)

    assert found.card.url == "https://example.org/a"
    assert found.source.retrieved == date(2026, 11, 1)


def test_references_of_the_whole_article_stand_in_the_front_matter():
    found = read(
        "Text.", "---\ntitle: T\nreferences:\n  own-1: {title: A site, url: 'https://example.org'}\n---\n"
    )
    listed = read("Text. [@roy-2021]", "---\ntitle: T\nreferences: [lee-2020]\n---\n")

    assert found.card.references == (Reference("own-1", "", "A site", url="https://example.org"),)
    assert [known.key for known in listed.card.references] == ["roy-2021", "lee-2020"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("---\ntitle: A: b\n---\nText", "line 2.*valid YAML"),
        ("---\ntitle: A\ntitle: B\n---\nText", "line 3.*second time"),
        ("---\ntitel: A\n---\nText", "“titel” is not a front matter key"),
        ("---\n- title\n---\nText", "key: value"),
        ("---\ntitle: [A]\n---\nText", "title must be a text"),
        ("---\nreviewed: soon\n---\nText", "reviewed must be a date"),
        ("---\ncertainty: sure\n---\nText", "certainty must be one of"),
        ("---\nsource: web\n---\nText", "source has the keys"),
        ("---\nreferences: [nobody]\n---\nText", "lists the reference “nobody”"),
        ("---\nreferences: nobody\n---\nText", "references must be"),
        ("Rest [@lee-2020, @roy-2021].", "is not a citation"),
        ("Rest [@].", "is not a citation"),
        ("## Rest [@lee-2020]\n\nText", "heading “Rest” cites"),
        ("## Rest\n\n[@lee-2020]\n", "stands where there is no sentence"),
        ("Rest [@lee-2020](n=5).", "reads as a link"),
        ("Text.\n\n[@lee-2020]: Rest", "Take out the colon"),
        ("Call {{nurse}}.", "{{nurse}} is not a known placeholder. Known are: clinic_phone, nurse_line"),
    ],
)
def test_a_slip_of_the_pen_is_named_with_its_file(text, complaint):
    with pytest.raises(CorpusError, match=complaint) as caught:
        read(text, "")

    assert str(caught.value).startswith("heel-pain.md")


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("What is it?", "what-is-it"),
        ("Dr. Lee's 4.5 mg", "dr-lees-45-mg"),
        ("?", "section"),
        ("A  b", "a--b"),
    ],
)
def test_an_anchor_is_the_one_github_gives(heading, anchor):
    assert slug(heading) == anchor


snippets = st.sampled_from(
    [
        "# One", "## Two", "### Three #", "- item", "  - deep", "1. first", "2) second", "Rest. [@lee-2020]",
        "[@a; @b]", "a_b_c *x* `y`", "\\", "\\\n", "|", "| a | b |", "|--|--|", "---", "===", "***", "+ plus",
        "> quote", "&amp;", "&amp;amp;", "<b>", "<!-- c -->", "![i](u)", "[l](u)", "[r]: u", "\\[@k]", "{",
        "\\{{x}}", "{{nurse_line}}", "    code", "```", "~~~", "\n", "\n\n", " ", "1990. A year", "\\- dash",
        "\\# hash", "(n=5)", ": colon", "•  dot", "!", "http://a.b", "\t",
    ]
)  # fmt: skip
bodies = st.one_of(
    st.lists(st.one_of(snippets, st.text(max_size=4)), max_size=14).map("\n".join),
    st.lists(snippets).map("".join),
)


@given(bodies)
def test_what_is_written_is_read_back_equal(body):
    try:
        found = read(body)
    except CorpusError:
        return

    written = markdown(found)

    assert article(written, "heel-pain", references=WORKS) == found
    for section in found.sections:
        assert section.text == section.text.strip() != ""
        assert all(0 <= offset <= len(section.text) for offset, _ in section.cites)
        assert "\x00" not in section.text
