"""JATS: nothing lost, nothing glued, nothing that the article does not say."""

import json
import os
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from corpus.connectors import jats, safe_xml
from corpus.connectors.faults import SourceError, TooLarge, Unusable
from corpus.connectors.publication import Publication
from corpus.sentences import sentences
from corpus.terms import terms

DATA = Path(__file__).parent / "data" / "jats"
REAL = next(Path(__file__).parents[2].glob("*/data/parsers/jats/expected.jsonl"), None)
FOLDER = os.environ.get("JATS_FOLDER") or (REAL and str(REAL.parents[2]))
"""Real articles, which are not ours to publish."""

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"'


def read(
    body: str = "", *, front: str = "", journal: str = "", back: str = "", attributes: str = ""
) -> Publication:
    return jats.parse(
        f"<article {XLINK} {attributes}><front><journal-meta>{journal}</journal-meta><article-meta>{front}</article-meta>"
        f"</front><body>{body}</body><back>{back}</back></article>".encode()
    )


def text(body: str) -> str:
    return "\n\n".join(part.text for part in read(body).parts)


def cite(key: str, shown: str) -> str:
    return f'<xref ref-type="bibr" rid="{key}">{shown}</xref>'


def test_the_hardest_article_is_read_as_expected():
    expected = json.loads((DATA / "jats_torture.expected.json").read_text("utf-8"))

    found = jats.parse((DATA / "jats_torture.xml").read_bytes())

    for field in ("title", "pmid", "doi", "journal", "volume", "issue", "elocation"):
        assert getattr(found, field) == expected[field]
    assert (found.id, found.version, str(found.published), found.year) == (
        "PMC90000002",
        "1",
        expected["date"],
        2022,
    )
    assert list(found.authors) == expected["authors"]
    assert [[part.path[-1], part.text] for part in found.abstract] == expected["abstract"]
    assert {"plain-language-summary": found.summary, **dict(found.other_abstracts)} == expected[
        "abstract_alternatives"
    ]
    told = terms(found.stated)
    assert told.code == expected["licence"]["code"].replace("CC ", "CC-")
    assert (told.version, told.url, told.evidence) == ("4.0", expected["licence"]["url"], "ali")
    assert [(list(part.path) or ["(lead)"], part.text) for part in found.parts] == [
        (section["path"], section["text"]) for section in expected["sections"]
    ]
    kinds = {section["kind"]: section["text"] for section in expected["sections"] if "kind" in section}
    assert {part.kind: part.text for part in found.parts if part.kind in kinds} == kinds
    assert [key for _, key in found.parts[1].cites] == ["r1", "r2", "r4", "r1", "r2"]
    assert [(figure.label, figure.caption) for figure in found.figures] == [
        ("Figure 1.", "Roller under the calf.")
    ]
    assert [
        {"label": table.label, "caption": table.caption, "rows": [list(row) for row in table.rows] or None}
        for table in found.tables
    ] == [{name: table[name] for name in ("label", "caption", "rows")} for table in expected["tables"]]
    assert found.tables[0].notes == ("Ten minutes a day.",)
    assert len(found.references) == expected["references"]
    assert found.keywords == ("foam rolling", "calf")
    assert "@" not in repr(found)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Pain fell<sup>{1}</sup>.", "Pain fell."),
        ("Pain fell <sup>{1},{2}</sup> at once.", "Pain fell at once."),
        ("It fell by 12{1}.", "It fell by 12."),
        ("Pain fell [{1}, {2}].", "Pain fell."),
        ("Pain fell [{1}–{2}], then rose.", "Pain fell, then rose."),
        ("Pain fell ({1}; {2}) and rose.", "Pain fell and rose."),
        ("Pain fell [{1}] .", "Pain fell."),
        ("Pain fell {1} .", "Pain fell."),
        ("{1} It began so.", "It began so."),
        ("As Doe et al. [{1}]. Pain fell.", "As Doe et al. Pain fell."),
        ("Pain fell (see {1}).", "Pain fell."),
        ("Pain fell [{1}, figure 5].", "Pain fell [figure 5]."),
        ("Pain fell... {1} It rose.", "Pain fell... It rose."),
        ("As {Doe et al.} wrote, it fell.", "As Doe et al. wrote, it fell."),
        ("It fell ({Doe et al., 2010}; {Roe, 2011}).", "It fell."),
        ("It fell ({Doe et al., 2010}, in a trial).", "It fell (Doe et al., 2010, in a trial)."),
        ("<italic>P</italic> = .03 (n = 12)", "P = .03 (n = 12)"),
        ("10<sup>−3</sup> m<sup>2</sup>", "10⁻³ m²"),
        ("H<sub>2</sub>O and VO<sub>2max</sub>", "H₂O and VO₂max"),
        ("the 4<sup>th</sup> week<sup>a</sup>", "the 4th week"),
        ("see Figure<xref ref-type=\"fig\" rid=\"f\"> 1</xref>", "see Figure 1"),
        ("Doses<xref ref-type=\"fn\" rid=\"f\">*</xref> vary<fn><p>A note.</p></fn>.", "Doses vary."),
        ("soft\u00adtis\u200bsue\u00a0ther\ufeffapy at 5\u2009mm", "softtissue therapy at 5 mm"),
        ("Rolling<break/>helps\n  a\tlittle", "Rolling helps a little"),
        ("Write to <email>a@b.example</email> now", "Write to now"),
        ("<!-- note -->It<?pi?> fell", "It fell"),
        ("d = <inline-formula><alternatives><tex-math>\\documentclass{{x}}</tex-math><mml:math><mml:mi>d</mml:mi></mml:math></alternatives></inline-formula>.", "d = d."),
        ("For <inline-formula><inline-graphic/></inline-formula> it holds.", "For […] it holds."),
        ("Before <fig><label>F</label><caption><p>A roller.</p></caption></fig>after.", "Before after."),
        ("Before <disp-formula><mml:math><mml:mi>x</mml:mi></mml:math></disp-formula> after.", "Before after."),
        ("Empty ( ) and [, ] brackets", "Empty and brackets"),
    ],
)  # fmt: skip
def test_a_sentence_is_read_as_a_reader_sees_it_without_its_marks(written, read_as):
    marked = re.sub(
        r"\{(\d)\}", lambda match: cite(f"r{match[1]}", match[1]), written.replace("{{", "").replace("}}", "")
    )
    marked = re.sub(r"\{([A-Z][^}]*)\}", lambda match: cite("r1", match[1]), marked)

    assert text(f"<p>{marked}</p>") == read_as


def test_each_mark_stands_behind_what_it_supports():
    (part,) = read(
        f"<p>One<sup>{cite('r1 r2', '1,2')}</sup>. Two {cite('r3', 'Doe (2010)')} said. Three.</p>"
    ).parts

    assert part.text == "One. Two Doe (2010) said. Three."
    assert [(part.text[:at], key) for at, key in part.cites] == [
        ("One", "r1"),
        ("One", "r2"),
        ("One. Two Doe (2010)", "r3"),
    ]


def test_lists_have_a_line_for_each_item_wherever_they_stand():
    assert text(
        "<p>These:<list><list-item><p>one;</p></list-item><list-item><label>2)</label><p>two.</p></list-item></list>Then.</p>"
    ) == ("These:\n- one;\n- two.\n\nThen.")
    nested = "<list><list-item><p>B<list><list-item><p>B1</p></list-item></list></p></list-item><list-item><p>C</p></list-item></list>"
    assert text(nested) == "- B\n- B1\n- C"
    assert (
        text("<def-list><def-item><term>VAS</term><def><p>a scale</p></def></def-item></def-list>")
        == "- VAS: a scale"
    )


def test_a_mark_in_a_list_stands_in_its_item():
    (part,) = read(
        f"<p>Lead:</p><list><list-item><p>one</p></list-item><list-item><p>two{cite('r1', '1')} more</p></list-item></list>"
    ).parts

    ((at, key),) = part.cites
    assert (part.text[:at], key) == ("Lead:\n- one\n- two", "r1")


def test_sections_keep_their_headings_and_back_matter_stays_out():
    found = read(
        "<p>Lead.</p><sec><title>Methods</title><p>One.</p><sec><title>People</title><p>Two.</p></sec><p>Three.</p></sec>"
        "<sec><title>Funding</title><p>No.</p></sec><sec sec-type='COI-statement'><title>X</title><p>No.</p></sec>"
        "<sec><title>Authors' contributions</title><p>No.</p></sec><sec sec-type='results'><title>What we saw</title><p>Four.</p></sec>",
        back="<ack><p>Thanks.</p></ack><sec><title>Notes</title><p>No.</p></sec><app-group><app><title>Appendix</title><p>Five.</p></app></app-group>",
    )

    assert [(part.path, part.text, part.kind) for part in found.parts] == [
        ((), "Lead.", ""),
        (("Methods",), "One.", "methods"),
        (("Methods", "People"), "Two.", "methods"),
        (("Methods",), "Three.", "methods"),
        (("What we saw",), "Four.", "results"),
        (("Appendix",), "Five.", "appendix"),
    ]


def test_other_documents_inside_an_article_are_not_read():
    data = b"<article><front><article-meta/></front><body><p>One.</p></body><sub-article><body><p>Two.</p></body></sub-article><response><body><p>Three.</p></body></response></article>"

    assert [part.text for part in jats.parse(data).parts] == ["One."]


@pytest.mark.parametrize(
    ("abstract", "found"),
    [
        ("<title>Abstract</title><p>One piece.</p>", [("Abstract", "One piece.", "")]),
        ("<sec><title>RESULTS:</title><p>It fell.</p></sec>", [("RESULTS", "It fell.", "results")]),
        (
            "<p>[Purpose] To see. [Subjects and Methods] Sixty people. [Results] It fell. [Conclusion] It helps.</p>",
            [("Purpose", "To see.", "introduction"), ("Subjects and Methods", "Sixty people.", "methods"), ("Results", "It fell.", "results"), ("Conclusion", "It helps.", "conclusion")],
        ),
        ("<p><bold>Background:</bold> It hurts. <bold>Conclusions:</bold> It helps.</p>", [("Background", "It hurts.", "introduction"), ("Conclusions", "It helps.", "conclusion")]),
        ("<p>Objective. To see. Participants. 59 patients. Results. It fell.</p>", [("Objective", "To see.", "introduction"), ("Participants", "59 patients.", "methods"), ("Results", "It fell.", "results")]),
        ("<p>We saw Results: none of note [in all].</p>", [("Abstract", "We saw Results: none of note [in all].", "")]),
    ],
)  # fmt: skip
def test_an_abstract_comes_with_its_labels(abstract, found):
    read_as = read(front=f"<abstract>{abstract}</abstract>").abstract

    assert [(part.path[-1], part.text, part.kind) for part in read_as] == found


def test_a_quotation_inside_a_quotation_is_kept_and_its_table_is_set_apart():
    found = read(
        "<p>One said so.</p><disp-quote><p>It eased.</p><disp-quote><p>Only at night.</p><boxed-text><p>Ask first.</p>"
        "</boxed-text></disp-quote><fig><caption><p>A roller.</p></caption></fig><p>And by day.</p></disp-quote><p>So be it.</p>"
    )

    assert [(part.text, part.kind) for part in found.parts] == [
        ("One said so.", ""),
        ("It eased.", "quote"),
        ("Only at night.", "quote"),
        ("Ask first.", "box"),
        ("And by day.", "quote"),
        ("So be it.", ""),
    ]
    assert [figure.caption for figure in found.figures] == ["A roller."]


def test_spans_are_filled_in_and_heads_over_each_other_are_one():
    found = read(
        "<table-wrap><label>Table 1</label><table><thead><tr><th rowspan='2'>Group</th><th colspan='2'>Pain</th></tr>"
        "<tr><th>Before</th><th>After</th></tr></thead><tbody><tr><td rowspan='2'>A</td><td>1</td><td>2</td></tr>"
        "<tr><td colspan='2'>3</td></tr></tbody></table></table-wrap>"
    ).tables[0]

    assert found.rows == (("Group", "Pain Before", "Pain After"), ("A", "1", "2"), ("A", "3", "3"))
    assert (
        read("<table-wrap><table><tr><td colspan='9999' rowspan='9999'>x</td></tr></table></table-wrap>")
        .tables[0]
        .rows
    )


@pytest.mark.parametrize(
    "said",
    [
        "<permissions/>",
        "<caption><p>Reproduced with permission from Doe.</p></caption>",
        "<caption><p>Adapted from Roe.</p></caption>",
    ],
)
def test_a_figure_of_others_is_known(said):
    assert read(f"<fig>{said}</fig>").figures[0].is_third_party
    assert read(f"<table-wrap>{said}</table-wrap>").tables[0].is_third_party
    assert not read("<fig><caption><p>A roller.</p></caption></fig>").figures[0].is_third_party


@pytest.mark.parametrize(
    ("dates", "year", "day"),
    [
        ('<pub-date pub-type="collection"><year>2023</year></pub-date><pub-date pub-type="epub"><day>9</day><month>11</month><year>2022</year></pub-date>', 2022, "2022-11-09"),
        ('<pub-date date-type="pub"><day>1</day><month>Feb</month><year>2020</year></pub-date>', 2020, "2020-02-01"),
        ('<pub-date pub-type="ppub"><month>3</month><year>2019</year></pub-date><pub-date pub-type="pmc-release"><year>2021</year></pub-date>', 2019, "None"),
        ('<pub-date pub-type="pmc-release"><year>2021</year></pub-date>', None, "None"),
        ('<pub-date><day>31</day><month>2</month><year>2021</year></pub-date>', 2021, "None"),
        ("", None, "None"),
    ],
)  # fmt: skip
def test_the_day_of_publication_is_the_first_that_counts(dates, year, day):
    found = read(front=dates)

    assert (found.year, str(found.published)) == (year, day)


@pytest.mark.parametrize(
    ("licence", "evidence", "code", "version"),
    [
        ('<permissions><license xlink:href="http://creativecommons.org/licenses/by/2.0"><p>x</p></license></permissions>', "link", "CC-BY", "2.0"),
        ('<permissions><license><license-p>See <ext-link xlink:href="https://creativecommons.org/licenses/by-nc-nd/4.0/">it</ext-link></license-p></license></permissions>', "link", "CC-BY-NC-ND", "4.0"),
        ("<permissions><license><p>Published under the CreativeCommons Attribution NonCommercial NoDerivs 3.0 License.</p></license></permissions>", "prose", "CC-BY-NC-ND", "3.0"),
        ("<permissions><license><p>Ask the publisher.</p></license></permissions>", "prose", "unknown", ""),
        ("<permissions><copyright-statement>Published under CC BY 4.0, © Roe</copyright-statement></permissions>", "prose", "CC-BY", "4.0"),
        ("<permissions><copyright-statement>© 2020 Roe</copyright-statement></permissions>", None, "unknown", ""),
        ('<permissions><license><p>Free to read.</p></license><license xlink:href="http://creativecommons.org/licenses/by/4.0/"/></permissions>', "link", "CC-BY", "4.0"),
        (
            '<permissions><license><license-p>Under the Creative Commons Attribution 4.0 License (<ext-link xlink:href="http://creativecommons.org/licenses/by/4.0/">by</ext-link>). The '
            'waiver (<ext-link xlink:href="http://creativecommons.org/publicdomain/zero/1.0/">zero</ext-link>) applies to the data.</license-p></license></permissions>',
            "link", "CC-BY", "4.0",
        ),
    ],
)  # fmt: skip
def test_terms_are_found_wherever_the_article_states_them(licence, evidence, code, version):
    found = terms(read(front=licence).stated)

    assert (found.evidence, found.code, found.version, found.disagree) == (evidence, code, version, ())


def test_a_second_licence_that_takes_something_away_counts():
    found = terms(
        read(
            front='<permissions><license xlink:href="http://creativecommons.org/licenses/by/4.0/"/>'
            "<license><p>This copy permits noncommercial use only.</p></license></permissions>"
        ).stated
    )

    assert (found.code, found.disagree) == ("CC-BY-NC", ("link: CC-BY",))


def test_terms_of_a_figure_or_of_another_document_are_not_the_articles():
    found = read(
        '<fig><permissions><license xlink:href="http://creativecommons.org/licenses/by/4.0/"/></permissions></fig>'
    )

    assert found.stated == ()


@pytest.mark.parametrize(
    ("ref", "title", "authors", "year"),
    [
        ("<element-citation><name><surname>Roe</surname><given-names>A B</given-names></name><article-title>Rolling</article-title><source>J</source><year>2019a</year></element-citation>", "Rolling", ("Roe AB",), 2019),
        ("<mixed-citation>1. Coe C. Pressing. <italic>J Test</italic>. 2020;4:2.</mixed-citation>", "Coe C. Pressing. J Test. 2020;4:2.", (), None),
        ("<citation><source>A book</source><year>2001</year><article-title>A chapter</article-title></citation>", "A chapter", (), 2001),
        ("<element-citation><source>A book</source></element-citation>", "A book", (), None),
        ("<citation><person-group><name><surname>Coe</surname><given-names>Lea-an van</given-names></name></person-group><source>A book</source><year>2001</year><publisher-name>Press</publisher-name></citation>", "A book", ("Coe LA",), 2001),
        ("<mixed-citation><name><surname>Coe</surname>, <given-names>C.</given-names></name> (2001). <source>A book</source>. Press.</mixed-citation>", "Coe, C. (2001). A book. Press.", (), None),
        ("<element-citation><collab>A group</collab><comment>Leaflet</comment><year>2001</year></element-citation>", "A group. Leaflet. 2001", (), None),
        ("<citation-alternatives><element-citation><source>J</source></element-citation><mixed-citation>Doe D. Holding. J. 2021.</mixed-citation></citation-alternatives>", "Doe D. Holding. J. 2021.", (), None),
    ],
)  # fmt: skip
def test_a_work_is_read_in_each_of_its_forms(ref, title, authors, year):
    (found,) = read(back=f'<ref-list><ref id="r1"><label>1</label>{ref}</ref></ref-list>').references

    assert (found.key, found.title, found.authors, found.year) == ("r1", title, authors, year)


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ('<related-article related-article-type="retraction-forward"/>', {"is_retracted": True}),
        ("<title-group><article-title>RETRACTED: Rolling</article-title></title-group>", {"is_retracted": True}),
        ("<title-group><article-title>Retracted muscles and rolling</article-title></title-group>", {"is_retracted": False}),
        ('<related-article related-article-type="correction-forward"/>', {"notices": ("A correction to this article was published.",)}),
        ('<related-article related-article-type="companion"/>', {"notices": ()}),
        ('<article-id pub-id-type="pmc">1234</article-id>', {"id": "PMC1234"}),
        ('<article-id pub-id-type="pmc">PMC1234</article-id><article-id pub-id-type="manuscript">NIHMS1</article-id>', {"id": "PMC1234", "is_manuscript": True}),
        ('<article-id pub-id-type="doi">10.1/ABC</article-id>', {"id": "10.1/ABC", "doi": "10.1/abc"}),
    ],
)  # fmt: skip
def test_what_an_article_says_of_itself_is_kept(front, expected):
    found = read(front=front)

    assert {name: getattr(found, name) for name in expected} == expected


def test_the_same_article_in_its_own_namespace_is_the_same():
    plain = (DATA / "jats_torture.xml").read_bytes()
    spaced = plain.replace(
        b"<article xmlns:mml", b'<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.4/" xmlns:mml'
    )

    assert jats.parse(spaced) == jats.parse(plain)


def test_entities_without_their_definitions_are_read():
    found = jats.parse((DATA / "jats_undefined_entities.xml").read_bytes())

    assert (found.title, found.parts[0].text) == (
        "Names — and spaces",
        "Pain fell by 2 points (5–3) & stayed low.",
    )


@pytest.mark.parametrize(
    "name", ["attack_xxe", "attack_entity_expansion", "malformed_truncated", "malformed_wrong_encoding"]
)
def test_what_is_broken_or_hostile_is_refused_at_once(name, monkeypatch):
    import socket

    monkeypatch.setattr(socket, "getaddrinfo", None)
    with pytest.raises(Unusable, match="left out"):
        jats.parse((DATA / f"{name}.xml").read_bytes())


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE article [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x">%x;]><article/>',
        '<!DOCTYPE article [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]><article>&x;</article>',
        '<!DOCTYPE article [<!ENTITY x "y">]><article><body><p>&x;</p></body></article>',
        "<article>" + "<sec>" * 5_000 + "</sec>" * 5_000 + "</article>",
        "<html/>",
        "",
        "no xml",
    ],
)
def test_no_document_makes_the_reader_fetch_or_dig(attack):
    with pytest.raises(SourceError):
        jats.parse(attack.encode())


def test_a_document_beyond_all_measure_is_refused():
    with pytest.raises(TooLarge):
        safe_xml.tree(b"<a>" + b" " * 100 + b"</a>", "it", largest=50)
    with pytest.raises(Unusable, match="several books"):
        jats.parse(b"<article><body><p>" + b"word " * 700_000 + b"</p></body></article>")


@pytest.mark.parametrize(
    "body",
    [
        "<p>" + (cite("r", "1") + " ") * 20_000 + "</p>",
        "<p>" + ("(" + cite("r", "Doe, 2010") + "; ") * 10_000 + "</p>",
        "<p>" + f"<sup>{cite('r', '1')},</sup> " * 10_000 + "</p>",
        "<list><list-item>" + f"<p>word{cite('r', '1')}</p>" * 10_000 + "</list-item></list>",
        "<p>" + "([" * 50_000 + "</p>",
    ],
    ids=["marks", "names", "raised", "paragraphs of an item", "brackets"],
)
def test_the_time_to_read_grows_no_faster_than_the_text(body):
    data = f"<article><body>{body}</body></article>".encode()
    began = time.process_time()
    jats.parse(data)

    assert time.process_time() - began < 5


def test_characters_that_stand_for_marks_in_here_are_nothing_in_an_article():
    assert text(f"<p>It fell\ue0009\ue001{cite('r', '1')} by\ue002 two.</p>") == "It fell9 by two."


WORDS = st.lists(
    st.sampled_from(["pain", "12", "fell", "by", "3.5", "cm", "it", "(n = 5)", "rolling"]),
    min_size=1,
    max_size=6,
)
SHOWN = st.sampled_from(["1", "12", "3", "[4]", "Doe et al., 2010", "(2011)"])
WRAPPED = st.sampled_from(["{}", "<sup>{}</sup>", "[{}]", "({})", " {} ", "<sup>{}, </sup>"])
PIECES = st.lists(st.tuples(WORDS, SHOWN, WRAPPED), min_size=1, max_size=6)


@given(PIECES)
def test_no_mark_changes_a_number_and_no_word_is_lost(pieces):
    plain = " ".join(" ".join(words) for words, _, _ in pieces) + " end."
    body = (
        "".join(" ".join(words) + wrapped.format(cite("r1", shown)) + " " for words, shown, wrapped in pieces)
        + "end."
    )

    (part,) = read(f"<p>{body}</p>").parts

    said = re.sub(r"Doe et al\., 2010", " ", part.text)
    assert re.findall(r"[\w.]*\w", said.replace("et al", "")) == re.findall(r"[\w.]*\w", plain)
    assert all(0 <= at <= len(part.text) for at, _ in part.cites)
    assert len(part.cites) == len(pieces)


@given(st.text(alphabet="ab <>&[](),;.\u00a0\u200b1{}", max_size=60))
def test_any_text_comes_through_with_nothing_added(content):
    element = etree.Element("p")
    element.text = content
    body = etree.tostring(element).decode()

    found = text(body)

    assert set(found) <= set(content) | {" "}
    assert re.sub(r"\s|[\[\](),;]", "", found) == re.sub(r"[\s\u200b]|[\[\](),;]", "", content)


def _letters(words: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", words) if letter.isalnum())


_APART = frozenset(
    "fig fig-group table-wrap table-wrap-group boxed-text disp-quote supplementary-material media graphic disp-formula fn email tex-math label".split()
)


def _prose(root: etree._Element, *, with_names: bool) -> str:
    """All letters of the prose, without what is not part of it; citations by author with or without their text."""
    found: list[str] = []

    def go(element: etree._Element) -> None:
        if not isinstance(element.tag, str) or element.tag in _APART:
            return
        kind = element.get("ref-type") if element.tag == "xref" else None
        is_note = kind in ("fn", "table-fn", "aff", "corresp") or (kind == "bibr" and not with_names)
        raised = "".join(element.itertext()).strip() if element.tag == "sup" else ""
        if is_note or re.fullmatch(r"[a-z*†‡§¶‖#]|\*+|[a-z](?:,\s*[a-z])+", raised):
            return
        inside(element)

    def inside(element: etree._Element) -> None:
        found.append(element.text or "")
        for child in element:
            go(child)
            found.append(child.tail or "")

    for block in root.iter("p", "title", "term", "disp-quote"):
        inside(block)
    return _letters(" ".join(found))


@pytest.mark.skipif(FOLDER is None, reason="JATS_FOLDER names no folder of real articles")
def test_every_sentence_of_real_articles_is_one_that_they_print():
    missing = total = 0
    for path in sorted(Path(str(FOLDER)).rglob("*.*xml")):
        data = path.read_bytes()
        try:
            found = jats.parse(data)
        except SourceError:
            continue
        root = next(safe_xml.without_namespaces(safe_xml.tree(data, path.name)).iter("article"))
        printed = [_prose(root, with_names=with_names) for with_names in (False, True)]
        for part in (*found.abstract, *found.parts):
            assert "documentclass" not in part.text
            assert not re.search(r"[\w.]+@[\w.-]+\.\w+", part.text)
            for start, end in sentences(part.text):
                total += 1
                # One sentence may have both, names that stay and names that go; no plain way of reading has both.
                missing += not any(_letters(part.text[start:end]) in prose for prose in printed)
    assert total > 100
    assert missing / total < 0.005


@pytest.mark.skipif(REAL is None, reason="the collection of real articles is not here")
def test_real_articles_of_many_publishers_are_what_was_written_down_of_them():
    assert REAL is not None
    for told in map(json.loads, REAL.read_text("utf-8").splitlines()):
        found = jats.parse((REAL.parent.parent / told["file"]).read_bytes())
        where = told["file"]
        assert found.title.casefold() == " ".join(told["title"].split()).casefold(), where
        assert (found.doi, len(found.references)) == (told["doi"].lower(), told["refs"]), where
        # What stands in the back matter, and who only edited or reviewed, is not the article's own.
        assert len(found.tables) <= told["tables"], where
        assert 0 < len(found.figures) + len(found.tables) <= told["figures"] + told["tables"], where
        assert 0 < len(found.authors) <= told["authors"], where
        assert found.year in (int(told["year"]), int(told["year"]) - 1), where
        assert 0.6 < sum(len(part.text) for part in found.parts) / told["body_chars"] <= 1.0, where
