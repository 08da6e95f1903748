from datetime import date

import pytest

from corpus.markdown import article
from corpus.model import Reference
from corpus.readability import grade, syllables
from corpus.review import findings, has_errors

TODAY = date(2026, 12, 1)
WORKS = {"lee-2020": Reference("lee-2020", "trial", "A study", year=2020, doi="10.1000/x1", pmid="123")}
CARD = {
    "title": "Heel pain",
    "topic": "conditions",
    "certainty": "moderate",
    "reviewer": "A. Lee, PT",
    "reviewed": "2026-11-24",
    "review_due": "2027-11-24",
    "licence": "CC BY 4.0",
}


def written(body="Rest helps. [@lee-2020]", **changes):
    front = "\n".join(f"{key}: {value}" for key, value in {**CARD, **changes}.items() if value)
    return article(f"---\n{front}\n---\n{body}\n", "heel-pain", references=WORKS)


def messages(*articles, references=WORKS):
    return [(found.severity, found.where, found.message) for found in findings(articles, references, TODAY)]


def test_an_article_in_order_has_nothing_to_mend():
    assert messages(written()) == []


@pytest.mark.parametrize(
    ("body", "changes", "severity", "where", "message"),
    [
        ("Rest. [@roy-2021] Ice. [@lee-2020]", {}, "error", "Heel pain", "roy-2021"),
        ("## A\n\nRest. [@lee-2020]", {"title": ""}, "error", "title", "no title"),
        ("Rest. [@lee-2020]", {"licence": ""}, "error", "licence", "not known"),
        ("Rest. [@lee-2020]", {"topic": "feet"}, "error", "topic", "“feet” is not a topic"),
        ("Rest. [@lee-2020]", {"topic": ""}, "error", "topic", "is not a topic"),
        ("Rest. [@lee-2020]", {"review_due": "2026-11-30"}, "warning", "review_due", "2026-11-30"),
        ("Rest. [@lee-2020]", {"reviewed": "2027-01-01"}, "warning", "reviewed", "lies ahead"),
        ("Rest. [@lee-2020]", {"reviewer": ""}, "warning", "reviewed", "not all filled"),
        ("## Help?\n\nRest. [@lee-2020] Ice does.", {}, "warning", "Help?", "No source: “Ice does.”"),
        (
            "Rest. [@lee-2020] " * 8 + "Rest a bit" + " or so" * 20 + ". [@lee-2020]",
            {},
            "warning",
            "Heel pain",
            "43 words in one sentence",
        ),
        (
            "Rehabilitation necessitates interdisciplinary collaboration. [@lee-2020]",
            {},
            "warning",
            "",
            "reading grade",
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


def test_a_work_that_no_article_cites_is_a_warning():
    spare = {**WORKS, "roy-2021": Reference("roy-2021", "trial", "Another")}

    assert [(severity, where) for severity, where, _ in messages(written(), references=spare)] == [
        ("warning", "roy-2021")
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

    assert has_errors(found)
    assert [(finding.severity, finding.article, finding.where) for finding in found] == [
        ("error", "references.yaml", "lee-2020")
    ]


def test_one_key_for_two_works_is_an_error():
    own = article(
        "---\ntitle: T\ntopic: about\nlicence: CC0\nreferences: {lee-2020: {title: Another}}\n---\nRest.",
        "own",
    )

    assert [(severity, where) for severity, where, _ in messages(written(), own)] == [("error", "lee-2020")]


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
