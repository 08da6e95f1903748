"""What a page makes of a reply's JSON, and what is read out of a body: values in, values out."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import passage

from web.payloads import cut_off_message, frame, without_query
from web.presenting import calls, marked, paragraphs, safe_link, sort_of_evidence, spelled, tel, unbroken
from web.reading import Piece, sections


@given(st.text(max_size=60), st.lists(st.text(max_size=10)))
def test_marking_quotes_changes_no_letter(text: str, quotes: list[str]) -> None:
    pieces = marked(text, quotes)

    assert "".join(piece for piece, _ in pieces) == text
    assert all(left[1] != right[1] for left, right in pairwise(pieces))


def test_overlapping_quotes_are_marked_as_one() -> None:
    assert marked("one two three", ["one two", "two"]) == [("one two", True), (" three", False)]


@pytest.mark.parametrize(
    ("level", "text", "numbers"),
    [
        ("911", "Stay still.", ["9-1-1"]),
        ("911", "Call 8-1-1 later, 9-1-1 now.", ["9-1-1", "8-1-1"]),
        ("emergency_department", "Go now, or call 9-1-1.", ["9-1-1"]),
        ("support_line", "Call 604-682-5050 or 1-800-567-8911.", ["604-682-5050", "1-800-567-8911"]),
        ("support_line", "Call 310-6789 at any time.", ["310-6789"]),
        ("same_day", "It began on 2026-11-24 with 3-4 pills.", []),
    ],
)
def test_an_urgent_message_can_be_dialled_by_the_numbers_it_names(
    level: str, text: str, numbers: list[str]
) -> None:
    assert [number for number, _ in calls(level, text)] == numbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Call 9-1-1 now.", "Call 9\u20111\u20111 now."),
        ("Call 604-828-2610.", "Call 604\u2011828\u20112610."),
        ("On 2026-11-24, 3-4 well-kept words.", "On 2026-11-24, 3-4 well-kept words."),
    ],
)
def test_a_number_to_dial_stays_on_one_line(text: str, shown: str) -> None:
    assert unbroken(text) == shown


@pytest.mark.parametrize(
    ("number", "link"),
    [
        ("9-1-1", "tel:911"),
        ("310-6789", "tel:3106789"),
        ("604-828-2610", "tel:+16048282610"),
        ("1-800-567-8911", "tel:+18005678911"),
    ],
)
def test_numbers_become_links(number: str, link: str) -> None:
    assert tel(number) == link


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://doi.org/x", True),
        ("/articles/heel#what", True),
        ("javascript:alert(1)", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("data:text/html,x", False),
        ("", False),
        (None, False),
    ],
)
def test_only_pages_are_linked(url: str | None, safe: bool) -> None:
    assert (safe_link(url) is not None) == safe


def test_statements_of_one_source_stand_in_one_paragraph() -> None:
    said = [{"text": str(n), "citations": [{"evidence": n, "quote": ""}]} for n in (1, 1, 2, 1)]

    assert [[s["text"] for s in paragraph] for paragraph in paragraphs(said)] == [["1", "1"], ["2"], ["1"]]


def test_kinds_and_dates_are_spelled_for_people() -> None:
    assert sort_of_evidence("systematic_review") == "Systematic review"
    assert sort_of_evidence("rct") == "Randomized trial"
    assert sort_of_evidence("meta_analysis") == "Meta-analysis"
    assert sort_of_evidence("ipd_meta_analysis") == "Ipd meta-analysis"
    assert sort_of_evidence("web") == "Web page"
    assert spelled("2026-11-04") == "November 4, 2026"


@given(st.text(), st.text())
def test_no_text_breaks_out_of_its_frame(event: str, text: str) -> None:
    lines = frame(1, "answer", {"text": text, "event": event}).split("\n")

    assert [line.partition(":")[0] for line in lines] == ["id", "event", "data", "", ""]


@given(st.text(min_size=1), st.integers(min_value=0, max_value=200))
def test_a_message_cut_anywhere_gives_a_beginning_of_its_text(text: str, length: int) -> None:
    body = json.dumps({"id": "x", "text": text}).encode()[:length]

    found = cut_off_message(body).get("text", "")
    assert text.encode("utf-16", "surrogatepass").startswith(found.encode("utf-16", "surrogatepass"))


def test_what_a_visitor_searched_for_is_not_kept_with_the_page() -> None:
    assert without_query("https://clinic.example/back?q=my+secret#pain") == "https://clinic.example/back"
    assert without_query("javascript:alert(1)") == ""


def test_an_article_is_put_together_again_from_its_passages() -> None:
    text = "Massage may help. \n\nTry these:\n- Rest a day.\n- Walk slowly."
    parts = ["Massage may help.", "Try these:", "- Rest a day.", "- Walk slowly."]
    whole = [
        replace(passage(part, n=n), start=text.index(part), cites=((len(part), "a"),))
        for n, part in enumerate(parts)
    ]

    (section,) = sections(whole, {"a": 7})

    assert [block.kind for block in section.blocks] == ["paragraph", "paragraph", "bullets"]
    assert section.blocks[2].items == ((Piece("Rest a day.", (7,)),), (Piece("Walk slowly.", (7,)),))


def test_steps_are_told_from_bullets_and_unknown_references_are_left_out() -> None:
    (section,) = sections([replace(passage("1. Sit.\n2. Stand."), cites=((7, "gone"),))], {})

    assert [block.kind for block in section.blocks] == ["steps"]
    assert section.blocks[0].items[0] == (Piece("Sit.", ()),)
