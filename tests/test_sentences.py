import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import LIST_MARKER, sentences


def cut(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call 9-1-1. Do it now.", ["Call 9-1-1.", "Do it now."]),
        ("Call 9-1-1.Do", ["Call 9-1-1.Do"]),
        ("Dr. Lee saw St. Paul's first.", ["Dr. Lee saw St. Paul's first."]),
        ("The clinic is on Main St. The door is blue.", ["The clinic is on Main St.", "The door is blue."]),
        ("Davis et al. (2020) pooled 29 trials.", ["Davis et al. (2020) pooled 29 trials."]),
        ("So say Davis et al. Massage eases it.", ["So say Davis et al.", "Massage eases it."]),
        ("Heat (e.g. A bath) vs. Ice: both.", ["Heat (e.g. A bath) vs. Ice: both."]),
        ("Hold for approx. 30 seconds.", ["Hold for approx. 30 seconds."]),
        ("Pain fell by 4.5 points. No. 5 did best. No. It did not.",
         ["Pain fell by 4.5 points.", "No. 5 did best.", "No.", "It did not."]),
        ("Open from 8 a.m. Monday. Closed at 5 p.m. The rest is free.",
         ["Open from 8 a.m. Monday.", "Closed at 5 p.m.", "The rest is free."]),
        ("People with MS. Massage them gently.", ["People with MS.", "Massage them gently."]),
        ("Ask Ms. Ng. She knows.", ["Ask Ms. Ng.", "She knows."]),
        ("Take vitamin D. The dose is small.", ["Take vitamin D.", "The dose is small."]),
        ("J. B. Smith wrote it.", ["J. B. Smith wrote it."]),
        ("In the U.S. Army it is used.", ["In the U.S. Army it is used."]),
        ('She said "Stop." Then she left.', ['She said "Stop."', "Then she left."]),
        ('"Does it hurt?" she asked. Yes!', ['"Does it hurt?" she asked.', "Yes!"]),
        ("It helps (see it. Look.) a bit. Next.", ["It helps (see it. Look.) a bit.", "Next."]),
        ("It helps (a little. Next. More.", ["It helps (a little.", "Next.", "More."]),
        ("It eases soreness.[3,4] Rest helps.", ["It eases soreness.[3,4]", "Rest helps."]),
        ("Wait… Then move. See www.a.org. Done.", ["Wait…", "Then move.", "See www.a.org.", "Done."]),
        ("It lasts 2 weeks. 3 of 10 relapse.", ["It lasts 2 weeks.", "3 of 10 relapse."]),
        ("1. Lift. 2. Lower.", ["Lift.", "2. Lower."]),
        ("- Stop now.\n- Call us! We help.\n2. Rest.\n", ["Stop now.", "Call us!", "We help.", "Rest."]),
        ("No stop at the end\n\nNor here", ["No stop at the end", "Nor here"]),
        ("-", ["-"]),
        ("", []),
        (" \n ", []),
    ],
)  # fmt: skip
def test_a_text_is_cut_where_a_reader_would_pause(text, expected):
    assert cut(text) == expected


pieces = st.sampled_from(
    [
        "pain", "Pain", "Dr.", "e.g.", "9-1-1.", "4.5", "(", ")", '"', ". ", "? ", "! ", "\n", "- ", "2. ",
        " ", "…", "[3]",
    ]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(pieces).map("".join)))
def test_sentences_are_in_order_apart_and_leave_out_only_space_and_list_markers(text):
    spans = sentences(text)

    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert all(not text[start].isspace() and not text[end - 1].isspace() for start, end in spans)
    covered = {at for start, end in spans for at in range(start, end)}
    offset = 0
    for line in text.split("\n"):
        marker = LIST_MARKER.match(line)
        left_out = {at for at, char in enumerate(line) if char.isspace()} | set(
            range(marker.end() if marker else 0)
        )
        assert {offset + at for at in range(len(line))} - covered <= {offset + at for at in left_out}
        offset += len(line) + 1


@pytest.mark.parametrize("piece", ["!", "(", "()", "a. ", "A. ", "(. ) A ", "...", "1. ", " ", "x"])
def test_a_long_odd_text_is_cut_in_a_moment(piece):
    began = time.process_time()

    sentences(piece * (60_000 // len(piece)))

    assert time.process_time() - began < 1
