"""The lexical search finds passages by the words of a question, also misspelt and lay ones."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.lexical import Lexical, unknown, write
from index.model import IndexNotReady
from index.terms import Synonyms, shipped_synonyms, stems, synonyms, words

PASSAGES = [
    ("Plantar fasciitis > What helps?", "Stretching the calf helps plantar fasciitis in most people."),
    ("Frozen shoulder > How long does it last?", "A frozen shoulder often eases within two years."),
    ("Muscle soreness > Does massage help?", "Massage eases soreness a little on the day after exercise."),
    ("Trigger points > What are they?", "Trigger points are tender spots in a tight band of muscle."),
]
FASCIITIS, SHOULDER, SORENESS, TRIGGER = range(4)
NONE = Synonyms({})
LAY = synonyms([["heel pain", "plantar fasciitis"], ["knots", "trigger points"]])


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    directory = tmp_path_factory.mktemp("index") / "lexical"
    write(directory, [(heading, text, "") for heading, text in PASSAGES])
    return Lexical(directory)


def ranked(lexical: Lexical, query: str, lay: Synonyms = NONE) -> list[int]:
    return [row for row, _ in lexical.rank(lexical.read(query, lay), 10)]


def coverage(lexical: Lexical, query: str, row: int, lay: Synonyms = NONE) -> float:
    (match,) = lexical.matches(lexical.read(query, lay), [row])
    return match.coverage


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("does stretching help fasciitis?", FASCIITIS),
        ("How long will my FROZEN shoulder's stiffness last", SHOULDER),
        ("sore after exercising", SORENESS),
        ("massages", SORENESS),
        ("tender", TRIGGER),
    ],
)
def test_the_passage_with_the_words_of_the_question_comes_first(lexical, query, first):
    assert ranked(lexical, query)[0] == first


@pytest.mark.parametrize("slip", ["facsitis", "fasciitus", "fascitis", "Fasciiitis"])
def test_a_misspelt_word_is_taken_for_the_one_that_was_meant(lexical, slip):
    assert lexical.respelt(f"What is {slip}?") == "What is fasciitis?"


@pytest.mark.parametrize(
    "text",
    [
        "It must ease, won’t it?",
        "basciitis",
        "stretcher2",
        "mascot",
        "A bicycle – 5 km; naïve!",
        "FASCIITIS",
        "shoulder's",
        "",
    ],
)
def test_words_that_are_right_short_or_too_different_are_left_as_they_are(lexical, text):
    assert lexical.respelt(text) == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("what is facitis", "what is fasciitis"),  # a doubled letter is no slip of its own
        ("musle sorness", "muscle soreness"),
        ("muscla", "muscla"),  # another last letter is another word
        ("a bandy person", "a bandy person"),  # a word of the language, though no passage has it
    ],
)
def test_slips_are_set_right_and_words_of_the_language_are_not(lexical, typed, meant):
    assert lexical.respelt(typed, {"bandy"}.__contains__) == meant


def test_a_word_of_the_other_ways_to_ask_is_set_right_where_a_common_word_was_meant(tmp_path):
    often = [("", "Massage eases a muscle.", "masage for hubby")] * 6
    write(tmp_path / "lexical", [*often, ("", "A hobby is good.", "")])
    lexical = Lexical(tmp_path / "lexical")

    assert lexical.respelt("masage for my hubby") == "massage for my hubby"


def test_words_of_visitors_find_words_of_clinicians(lexical):
    assert ranked(lexical, "my heel pain") == []
    assert ranked(lexical, "my heel pain", LAY) == [FASCIITIS]
    assert ranked(lexical, "knots", LAY) == [TRIGGER]


def test_a_synonym_weighs_less_than_the_word_itself(tmp_path):
    write(tmp_path / "lexical", [("", "Knots feel hard.", ""), ("", "Trigger points feel hard.", "")])

    assert ranked(Lexical(tmp_path / "lexical"), "knots", LAY) == [0, 1]


def test_a_word_in_a_heading_weighs_more_than_one_in_the_text(tmp_path):
    write(tmp_path / "lexical", [("Ice", "Cold is applied.", ""), ("Cold", "Ice is applied.", "")])

    assert ranked(Lexical(tmp_path / "lexical"), "ice") == [0, 1]


def test_only_rows_that_are_asked_for_are_ranked(lexical):
    import numpy as np

    among = np.array([False, True, True, True])

    assert [row for row, _ in lexical.rank(lexical.read("help fasciitis", NONE), 10, among)] == [SORENESS]


@pytest.mark.parametrize(
    ("query", "row", "least", "most"),
    [
        ("plantar fasciitis", FASCIITIS, 1.0, 1.0),
        ("plantar fasciitis", SHOULDER, 0.0, 0.0),
        ("heel pain", FASCIITIS, 1.0, 1.0),
        ("massage and knitting", SORENESS, 0.3, 0.5),
        ("when should I", FASCIITIS, 0.0, 0.0),
    ],
)
def test_coverage_is_the_share_of_the_question_that_a_passage_speaks_of(lexical, query, row, least, most):
    assert least <= coverage(lexical, query, row, LAY) <= most


def test_what_no_passage_knows_is_told_by_its_share_of_the_question(lexical):
    known, strange = lexical.read("massage muscle", LAY), lexical.read("massage zebra", LAY)

    assert unknown(known) == 0.0
    assert 0.5 < unknown(strange) < 1.0
    assert unknown(lexical.read("", LAY)) == 0.0


def test_a_rare_word_counts_more_for_coverage_than_a_common_one(lexical):
    (match,) = lexical.matches(lexical.read("massage muscle", NONE), [TRIGGER])

    assert match.words == ("muscle",)
    assert match.coverage < 0.5 < coverage(lexical, "massage muscle", SORENESS)


@settings(deadline=None)  # each example writes an index
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=60)), min_size=1, max_size=8), st.text())
def test_every_row_that_is_found_shares_a_word_with_the_question(tmp_path_factory, passages, query):
    directory = tmp_path_factory.mktemp("any") / "lexical"
    write(directory, [*((heading, text, "") for heading, text in passages), ("known", "word", "")])
    lexical = Lexical(directory)
    read = lexical.read(query, NONE)

    for row, score in lexical.rank(read, 10):
        assert score > 0
        (match,) = lexical.matches(read, [row])
        assert match.words
        assert 0 < match.coverage <= 1 + 1e-6


def test_a_damaged_index_says_what_to_do(tmp_path: Path):
    directory = tmp_path / "lexical"
    write(directory, [(heading, text, "") for heading, text in PASSAGES])
    (directory / "rows.npy").write_bytes(b"")

    with pytest.raises(IndexNotReady, match="assistant index build --full"):
        Lexical(directory)


def test_accents_apostrophes_and_little_words_make_no_difference():
    assert words("What’s the Naïve therapist's CAFÉ?") == words("naive therapist cafe")


def test_the_shipped_synonyms_are_a_table_of_groups_without_a_phrase_in_two_of_them():
    others = shipped_synonyms().others

    assert stems("plantar fasciitis") in others[stems("heel pain")]
    assert all(phrase in others[other] for phrase, group in others.items() for other in group)


def test_a_phrase_in_two_groups_of_synonyms_is_an_error():
    with pytest.raises(IndexNotReady, match="Join the groups"):
        synonyms([["knots", "trigger points"], ["Knot", "bow"]])


def test_words_of_other_ways_to_ask_find_a_passage_that_does_not_say_them(tmp_path: Path) -> None:
    write(tmp_path / "lexical", [("", "Rest eases heels.", "my hubby limps"), ("", "Rest eases knees.", "")])
    lexical = Lexical(tmp_path / "lexical")

    assert ranked(lexical, "hubby") == [0]
    assert coverage(lexical, "hubby limps", 0) == 1.0
    assert lexical.respelt("limpz") == "limpz"
