"""The short ways in which people type are written out, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.shorthand import written_out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("how long dose the ache last", "how long does the ache last"),
        ("Dose stretching work", "does stretching work"),
        ("what dose it mean", "what does it mean"),
        ("how long is the 1st appt", "how long is the first appointment"),
        ("R u there 2day", "are you there today"),
        ("heat w/o ice n rest", "heat without ice and rest"),
    ],
)
def test_short_ways_are_written_out(typed: str, meant: str) -> None:
    assert written_out(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "what dose of ibuprofen",
        "which dose is safe",
        "how much dose should I take",
        "rock'n'roll",
        "n/a",
        "In BC, is a referral needed?",
        "a different hour",
        "",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert written_out(text) == text


@given(st.text(alphabet="abcdehostu '.", max_size=40))
def test_what_was_written_out_stays(text: str) -> None:
    assert written_out(written_out(text)) == written_out(text)
