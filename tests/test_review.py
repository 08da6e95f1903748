from dataclasses import replace
from datetime import date

import pytest

from corpus.figures import unsupported
from corpus.linking import leads_nowhere, links
from corpus.markdown import article
from corpus.model import Reference
from corpus.readability import grade, syllables
from corpus.review import findings

TODAY = date(2026, 12, 1)
WORKS = {
    "lee-2020": Reference(
        "lee-2020",
        "trial",
        "A study",
        year=2020,
        doi="10.1000/x1",
        pmid="123",
        finding="In 11 trials with 504 people, rest eased 7.0% of heels in 6 weeks.",
    )
}
CARD = {
    "title": "Heel pain",
    "topic": "conditions",
    "certainty": "moderate",
    "reviewer": "A. Lee, PT",
    "reviewed": "2026-11-24",
    "review_due": "2027-11-24",
    "licence": "CC BY 4.0",
}


def written(body="Heel pain eases with rest. [@lee-2020]", **changes):
    front = "\n".join(f"{key}: {value}" for key, value in {**CARD, **changes}.items() if value)
    return article(f"---\n{front}\n---\n{body}\n", "heel-pain", references=WORKS)


def messages(*articles, references=WORKS):
    return [(found.severity, found.where, found.message) for found in findings(articles, references, TODAY)]


def test_an_article_in_order_has_nothing_to_mend():
    assert messages(written()) == []


@pytest.mark.parametrize(
    ("body", "changes", "severity", "where", "message"),
    [
        ("Heel rest. [@roy-2021] Ice. [@lee-2020]", {}, "error", "Heel pain", "roy-2021"),
        ("## Rest?\n\nRest. [@lee-2020]", {"title": ""}, "error", "title", "no title"),
        ("Heel rest. [@lee-2020]", {"licence": ""}, "error", "licence", "not known"),
        ("Heel rest. [@lee-2020]", {"topic": "feet"}, "error", "topic", "“feet” is not a topic"),
        ("Heel rest. [@lee-2020]", {"topic": ""}, "error", "topic", "is not a topic"),
        ("Heel rest. [@lee-2020]", {"review_due": "2026-11-30"}, "error", "review_due", "2026-11-30"),
        ("Heel rest. [@lee-2020]", {"reviewed": "2027-01-01"}, "error", "reviewed", "lies ahead"),
        ("Heel rest. [@lee-2020]", {"reviewer": ""}, "error", "reviewed", "not all filled"),
        (
            "## Help?\n\nHeels like help. [@lee-2020] Ice does.",
            {},
            "error",
            "Help?",
            "No source: “Ice does.”",
        ),
        (
            "Heel rest. [@lee-2020] " * 8 + "Rest a bit" + " or so" * 20 + ". [@lee-2020]",
            {},
            "error",
            "Heel pain",
            "43 words in one sentence",
        ),
        (
            "Heel rehabilitation necessitates interdisciplinary collaboration. [@lee-2020]",
            {},
            "error",
            "",
            "reading grade",
        ),
        ("Heel pain eases. [@lee-2020] This helps. [@lee-2020]", {}, "error", "Heel pain", "“This helps.”"),
        ("## Why?\n\nRest eases. [@lee-2020]", {}, "error", "Why?", "does not name what"),
        (
            "Heels eased in 12 trials. [@lee-2020]",
            {},
            "error",
            "Heel pain",
            "12 is in no finding of lee-2020",
        ),
    ],
)
def test_what_an_editor_should_mend_is_found(body, changes, severity, where, message):
    found = messages(written(body, **changes))

    assert [(severity, where) for severity, where, _ in found] == [(severity, where)]
    assert message in found[0][2]


@pytest.mark.parametrize("topic", ["about", "practical"])
def test_practical_articles_need_no_source(topic):
    assert messages(written("Call us.", topic=topic), references={}) == []


def test_claims_of_an_unreviewed_article_are_counted_by_section():
    unreviewed = {"certainty": "not reviewed", "reviewer": "", "reviewed": "", "review_due": ""}
    body = (
        "## Why?\n\nIt is proven effective. It works by removal of waste. Rest is nice.\n\n"
        "## Cited\n\nIt cures. [@lee-2020]"
    )

    found = messages(written(body, **unreviewed))

    assert [(severity, where) for severity, where, _ in found] == [("warning", "Why?")]
    assert found[0][2].startswith("2 claims name no source: “It is proven effective.”")


def test_two_articles_with_one_id_are_an_error():
    assert messages(written(), written()) == [
        ("error", "", "Two articles have this id. Rename one of the files.")
    ]


def test_a_work_that_no_article_cites_is_an_error():
    spare = {**WORKS, "roy-2021": Reference("roy-2021", "trial", "Another")}

    assert [(severity, where) for severity, where, _ in messages(written(), references=spare)] == [
        ("error", "roy-2021")
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"doi": "https://doi.org/10.1000/x1"},
        {"pmid": "PMC123"},
        {"url": "www.example.org"},
        {"url": "https://"},
        {"year": 20202},
    ],
)
def test_a_misshapen_identifier_is_an_error(change):
    works = {"lee-2020": Reference("lee-2020", "trial", "A study", **change)}
    citing = article(
        "---\ntitle: T\ntopic: about\nlicence: CC0\n---\nRest. [@lee-2020]", "a", references=works
    )

    found = findings([citing], works, TODAY)

    assert [(finding.severity, finding.article, finding.where) for finding in found] == [
        ("error", "references.yaml", "lee-2020")
    ]
    assert found[0].blocks


def test_one_key_for_two_works_is_an_error():
    own = article(
        "---\ntitle: T\ntopic: about\nlicence: CC0\nreferences: {lee-2020: {title: Another}}\n---\nRest.",
        "own",
    )

    assert [(severity, where) for severity, where, _ in messages(written(), own)] == [("error", "lee-2020")]


def test_faults_of_the_writing_do_not_stop_a_build_but_a_missing_work_does():
    writing, missing = (
        findings([written(body)], WORKS, TODAY)
        for body in ("Heel rest. [@lee-2020] Ice.", "Heel rest. [@lee-2020] Ice. [@roy-2021]")
    )

    assert [found.blocks for found in writing] == [False]
    assert [found.blocks for found in missing] == [True]


def test_an_imported_article_is_only_warned_about():
    taken = written("Heel rest. [@lee-2020] This helps. [@lee-2020]", source="{kind: file}")

    assert {severity for severity, _, _ in messages(taken)} == {"warning"}


def test_two_articles_that_give_a_work_different_sizes_are_named():
    one = written("Heels eased in 11 trials. [@lee-2020]")
    other = written("Heels eased in 12 trials. [@lee-2020]")
    other = replace(other, card=replace(other.card, id="heel-care"))

    found = [finding for finding in findings([one, other], WORKS, TODAY) if "otherwise" in finding.message]

    assert [finding.article for finding in found] == ["heel-pain"]
    assert found[0].message.startswith("11 and 12 trials for [@lee-2020]: heel-care says otherwise.")


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("In 11 trials with 504 people it eased.", []),
        ("In eleven trials it eased.", []),
        ("It eased in 1,504 people.", ["1504"]),
        ("It eased 7 in 100 heels.", []),
        ("It eased in six weeks, in three ways, in one trial.", []),
        ("It eased in three weeks.", ["3"]),
        ("Call 9-1-1, or 604-828-2610, or 1-800-563-0808.", []),
        ("C7, COVID-19 and type 2 diabetes.", []),
        ("It was shown in 2020.", []),
    ],
)
def test_a_number_must_stand_in_the_finding_of_a_cited_work(sentence, missing):
    assert unsupported(sentence, WORKS.values()) == missing


def test_guidance_of_the_clinic_has_no_finding_to_hold_a_number():
    clinic = Reference("clinic-guidance", "clinic", "Guidance", finding="Common practice.")

    assert unsupported("Rest for 10 minutes.", [clinic]) == []


ANCHORS = {"heel-pain": {"why"}, "cupping": {"what-is-cupping"}}


@pytest.mark.parametrize(
    ("target", "broken"),
    [
        ("#why", False),
        ("#who", True),
        ("cupping.md", False),
        ("/articles/cupping#what-is-cupping", False),
        ("cupping#nothing", True),
        ("cuping", True),
        ("https://example.org/x", False),
        ("mailto:a@example.org", False),
        ("files/plan.pdf", True),
    ],
)
def test_a_link_to_no_article_is_broken(target, broken):
    assert leads_nowhere(target, "heel-pain", ANCHORS) is broken


def test_links_are_read_from_markdown_and_not_from_code():
    assert list(links("See [a](cupping.md) and [@lee-2020], `[b](no)`.\n\n- [c](#why)")) == [
        "cupping.md",
        "#why",
    ]


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("massage", 2), ("area", 3), ("soreness", 2), ("stretched", 1), ("needed", 2), ("muscle", 2),
        ("does", 1), ("usual", 3), ("physiotherapist", 6), ("evidence", 3), ("trials", 2),
        ("spasm", 2), ("9", 1), ("being", 2),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_spoken(word, count):
    assert syllables(word) == count


def test_the_grade_grows_with_words_and_sentences():
    # 4 words, 4 syllables, 1 sentence: 0.39 * 4 + 11.8 * 1 - 15.59
    assert grade("Rest your sore foot.") == pytest.approx(-2.23)
    assert grade("") == 0
