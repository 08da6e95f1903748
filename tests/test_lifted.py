"""Tables and figures of a paper: kept with their heads, found by staff, and never a sentence of an answer."""

from dataclasses import replace
from datetime import date

import pytest
from worlds import card, hit, passage

from assistant.evidence import gather
from corpus.admission import decide
from corpus.connectors.publication import Figure, Part, Publication, Stated, Table
from corpus.lifted import APART
from corpus.markdown import article, markdown
from corpus.model import Article, Paper, Reference
from corpus.papers import article as shelved
from corpus.papers import tells_findings
from index.chunking import passages

TABLE = Table(
    "Table 2.",
    "Pain at rest. VAS, 0 to 10.",
    (
        ("", "Massage (n = 28)", "Massage (n = 28)", "Rest (n = 26)"),
        ("Women", "Women", "Women", "Women"),
        ("Before", "5.8", "5.8", "5.1"),
        ("After 4 weeks", "", "3.2", "4.9"),
    ),
    ("VAS: visual analogue scale.",),
)
FIGURE = Figure("Fig. 1", "Flow of participants. Two left after the first visit.")


def taken(*, tables: tuple[Table, ...] = (), figures: tuple[Figure, ...] = (), terms: str = "by") -> Article:
    prose = "Rolling was done for ten minutes a day by forty adults with stiff calves. " * 8
    publication = Publication(
        "PMC1",
        "Rolling the calf",
        journal="J Made Up Ther",
        abstract=(Part(("Abstract", "Results"), "Stiffness fell by 12% in forty adults.", "results"),),
        parts=(Part(("Methods",), prose.strip(), "methods"),),
        tables=tables,
        figures=figures,
        stated=(Stated("link", f"https://creativecommons.org/licenses/{terms}/4.0/"),),
    )
    decision = decide(publication)
    return shelved(
        publication, decision, "pmc1", "pmc", "https://doi.org/10.9999/1", date(2026, 11, 20), "commercial"
    )


def apart(found: Article) -> dict[str, str]:
    return {section.trail[1]: section.text for section in found.sections if section.trail[0] == APART}


def test_each_cell_of_a_table_stands_under_its_head_and_a_row_is_a_line():
    assert apart(taken(tables=(TABLE,))) == {
        "Table 2: Pain at rest": (
            "Pain at rest. VAS, 0 to 10.\n\n"
            "- Women\n"
            "- Before: Massage (n = 28) 5.8; Rest (n = 26) 5.1\n"
            "- After 4 weeks: Massage (n = 28) 3.2; Rest (n = 26) 4.9\n\n"
            "VAS: visual analogue scale."
        )
    }


def test_a_figure_is_kept_as_its_caption_under_its_label():
    assert apart(taken(figures=(FIGURE,))) == {"Fig. 1: Flow of participants": FIGURE.caption}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"is_third_party": True}, {}),
        ({"caption": ""}, {}),
        ({"label": ""}, {"Table: Pain at rest"}),
        ({"caption": "Pain " * 40 + "."}, {"Table 2"}),
    ],
)
def test_what_belongs_to_others_or_says_nothing_is_left_out(change, left):
    assert set(apart(taken(tables=(replace(TABLE, **change),)))) == set(left)


@pytest.mark.parametrize(
    "rows", [(), (("Only", "a head"),), (("", "Day"), *((f"Case {n}", "1" * 20) for n in range(999)))]
)
def test_a_table_that_is_a_picture_or_a_data_set_keeps_its_caption(rows):
    (text,) = apart(taken(tables=(replace(TABLE, rows=rows),))).values()

    assert text == "Pain at rest. VAS, 0 to 10.\n\nVAS: visual analogue scale."


def test_of_a_paper_that_may_only_be_quoted_no_table_is_kept():
    assert apart(taken(tables=(TABLE,), figures=(FIGURE,), terms="by-nc-nd")) == {}


def test_they_are_read_back_from_the_shelf_as_they_were_written():
    found = taken(tables=(TABLE,), figures=(FIGURE,))

    again = article(markdown(found), "pmc1")

    assert apart(again) == apart(found)


def test_a_long_table_is_cut_between_its_rows_each_with_its_heads():
    rows = (("", "Massage", "Rest"), *((f"Visit {n}", f"{n}.5 points", f"{n}.9 points") for n in range(60)))
    found = article(markdown(taken(tables=(replace(TABLE, rows=rows),))), "pmc1")

    cut = [each for each in passages(found, lambda text: len(text.split()), 120) if each.trail[0] == APART]

    assert len(cut) > 2
    lines = [line for each in cut for line in each.text.split("\n") if line.startswith("- ")]
    assert lines == [f"- Visit {n}: Massage {n}.5 points; Rest {n}.9 points" for n in range(60)]


def test_no_answer_quotes_a_table_or_a_caption():
    trial = replace(card("pmc1", "not reviewed"), paper=Paper(Reference("pmc1", "trial", "Rolling")))
    table = hit(replace(passage(article="pmc1"), trail=(APART, "Table 2: Pain at rest")), dense=0.9)

    assert not tells_findings(trial, table.passage.trail)
    assert gather("plantar heel pain", [replace(table, card=trial)], 0.1) == ()
    assert tells_findings(card(), (APART,))
