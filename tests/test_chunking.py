"""Articles are cut into passages along their own structure."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.model import Article, Card, Licence, Section, Source
from index.chunking import embedded, passages

LICENCE = Licence("cc-by", "4.0", "CC BY 4.0", "", "full")
CARD = Card("heel", "Heel pain", "", "authored", LICENCE, "conditions", "", "low", "", None, None, ())
LIMIT = 64

SENTENCE = "Heel pain eases slowly over some months. "
WORDS = st.sampled_from(
    ["Heel", "pain,", "eases.", "Massage;", "helps!", "(see)", "5", "mm.", "approx.", "é", "-", "*", "1."]
)
LAYOUT = st.sampled_from(["\n", "\n\n", " \n- ", "\n2. ", "\n  ", "\u3000", ""])
TEXTS = st.lists(WORDS | LAYOUT, max_size=150).map(" ".join)


def words(text: str) -> int:
    return 2 + len(text.split())


def characters(text: str) -> int:
    return -(-len(text) // 6)


def article(*texts: str, trail: tuple[str, ...] = ("What helps?",), title: str = "Heel pain") -> Article:
    sections = tuple(Section(trail, f"s{number}", text) for number, text in enumerate(texts))
    return Article(replace(CARD, title=title), Source("authored", "", LICENCE), sections)


def cut(text: str, limit: int = LIMIT) -> list[str]:
    return [passage.text for passage in passages(article(text), words, limit)]


@settings(deadline=None)  # the first example pays for an import
@given(st.lists(TEXTS, max_size=3), st.sampled_from([words, characters]))
def test_every_passage_is_a_slice_of_its_own_section(texts, length):
    sections = {section.anchor: section for section in article(*texts).sections}

    for passage in passages(article(*texts), length, LIMIT):
        text = sections[passage.anchor].text
        assert text[passage.start : passage.start + len(passage.text)] == passage.text
        assert passage.text == passage.text.strip() != ""


@settings(deadline=None)  # the first example pays for an import
@given(TEXTS, st.sampled_from([words, characters]))
def test_the_passages_of_a_section_hold_all_its_text_once_and_in_order(text, length):
    found = passages(article(text), length, LIMIT)

    assert "".join("".join(p.text.split()) for p in found) == "".join(text.split())
    assert [p.start for p in found] == sorted(p.start for p in found)


@settings(deadline=None)  # the first example pays for an import
@given(TEXTS, st.text(max_size=300), st.sampled_from([words, characters]))
def test_what_is_embedded_fits_the_model_headings_and_all(text, title, length):
    for passage in passages(article(text, title=title), length, LIMIT):
        assert length(embedded(passage, title, length, LIMIT)) <= LIMIT


@settings(deadline=None)  # the first example pays for an import
@given(TEXTS, st.data())
def test_every_citation_stays_with_the_words_it_stands_behind(text, data):
    offsets = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    cites = tuple((at, f"k{number}") for number, at in enumerate(offsets))
    world = article(text)
    world = replace(world, sections=(replace(world.sections[0], cites=cites),))
    found = passages(world, words, LIMIT)

    kept = [(p.start + at, key) for p in found for at, key in p.cites]
    assert [key for _, key in kept] == [key for _, key in cites if found]
    for (at, _), (was, _) in zip(kept, cites, strict=False):
        assert text[min(at, was) : max(at, was)].strip() == ""
    assert all(0 <= at <= len(p.text) for p in found for at, _ in p.cites)


def test_a_short_section_is_one_passage_whatever_its_paragraphs():
    text = "Rest helps.\n\nIce may help.\n\n- Stretch.\n- Walk."

    assert cut(text) == [text]


def test_a_long_section_is_cut_between_sentences_into_pieces_of_similar_length():
    pieces = cut(SENTENCE * 40, limit=256)

    assert all(piece.endswith(".") for piece in pieces)
    assert all(100 <= words(piece) <= 190 for piece in pieces)


def test_a_paragraph_break_is_preferred_to_a_break_inside_a_paragraph():
    first, second = SENTENCE * 19, "Walking helps. " + SENTENCE * 18

    assert cut(f"{first}\n\n{second}", limit=256) == [first.strip(), second.strip()]


@pytest.mark.parametrize("marker", ["- ", "* ", "  - ", "1. ", "2) ", "• "])
def test_a_list_stays_with_the_line_that_leads_into_it(marker):
    before = SENTENCE * 20
    listed = "You can do these things at home:\n" + f"{marker}Stretch the calf and the foot.\n" * 8

    pieces = cut(f"{before}\n\n{listed}", limit=256)

    assert listed.strip() in pieces[-1]


def test_an_item_that_goes_on_for_another_sentence_is_not_torn_apart():
    items = "- Stretch the calf on a step every day. Hold it for a short while each time.\n" * 30

    assert all(re.match("- ", piece) and piece.endswith("time.") for piece in cut(items, limit=256))


def test_a_sentence_that_is_too_long_is_cut_at_its_clauses():
    pieces = cut("The foot is stretched slowly, " * 40)

    assert len(pieces) > 1
    assert all(piece.endswith(",") for piece in pieces)


def test_what_is_embedded_names_the_article_and_its_headings_but_the_passage_quotes_only_the_text():
    world = article("Rest helps.", trail=("Care", "What helps?"))
    (passage,) = passages(world, words, LIMIT)

    assert passage.text == "Rest helps."
    assert embedded(passage, "Heel pain", words, LIMIT) == "Heel pain > Care > What helps?\nRest helps."


def test_a_passage_is_known_by_its_place_and_its_digest_by_all_that_is_embedded():
    (plain,) = passages(article("Rest helps."), words, LIMIT)
    (retitled,) = passages(article("Rest helps.", title="Sore heels"), words, LIMIT)
    (reworded,) = passages(article("Rest helps a bit."), words, LIMIT)

    assert plain.id == retitled.id == reworded.id == "heel#s0/0"
    assert len({plain.digest, retitled.digest, reworded.digest}) == 3


def test_a_way_to_ask_for_a_sentence_goes_with_the_passage_that_has_it():
    whole = article(SENTENCE * 20)
    last = whole.sections[0].text.rstrip().rfind(SENTENCE.strip())
    asked = replace(whole.sections[0], asked=("all?",), asked_at=((0, "first?"), (last, "last?")))

    first, *_, end = passages(replace(whole, sections=(asked,)), words, LIMIT)

    assert (first.asked, first.asked_of) == (("all?", "first?"), (-1, 0))
    assert (end.asked, end.asked_of) == (("all?", "last?"), (-1, end.text.count("Heel") - 1))


def test_what_a_way_to_ask_is_about_is_part_of_the_digest():
    section = article("Rest helps. Sleep helps.").sections[0]
    ways = [replace(section, asked_at=((at, "tired?"),)) for at in (0, 12)]

    one, other = (passages(replace(article(""), sections=(way,)), words, LIMIT)[0] for way in ways)

    assert one.asked == other.asked
    assert one.digest != other.digest


def test_an_empty_section_has_no_passage():
    assert cut(" \n\n ") == []
