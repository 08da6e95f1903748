import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.exporting import csv_text, handoffs_csv
from assistant.model import Callback, Handoff

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example","click")',
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "\0=1+1",
        "  =1+1",
        "＝1+1",
        "\ufeff=1+1",
        "\x1f=1+1",
        " \u200b @SUM(A1)",
    ],
)
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    ((cell,),) = list(csv.reader(io.StringIO(csv_text(["name"], [[text]]), newline="")))[1:]

    assert cell == f"'{text}"


@given(st.text())
def test_every_cell_comes_back_and_none_begins_like_a_formula(text: str) -> None:
    ((cell,),) = list(csv.reader(io.StringIO(csv_text(["name"], [[text]]), newline="")))[1:] or [("",)]

    assert cell.removeprefix("'") in (text, text.removeprefix("'"))
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "\0"))


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert csv_text(["a", "b", "c"], [[-1, 0.5, None]]) == "a,b,c\r\n-1,0.5,\r\n"


def test_callback_requests_as_a_table() -> None:
    item = Handoff("K7M-42P", Callback("=Ann", "+16045550199", "", True), None, NOON, note="a, b")
    (line,) = csv.DictReader(io.StringIO(handoffs_csv([item])))

    assert line["reference"] == "K7M-42P"
    assert line["name"] == "'=Ann"
    assert line["phone"] == "'+16045550199"
    assert line["note"] == "a, b"
