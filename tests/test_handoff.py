from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.handoff import (
    Clinic,
    offer,
    opening,
    parse_hours,
    phone_number,
    reference_number,
    request_callback,
    tel,
)
from assistant.model import AssistantError, Callback

WEEK = parse_hours({"mon": "09:00-12:00, 13:00-17:00", "tue": "9:00-17:00", "sat": "20:00-24:00"})
FORM = {"name": " Ann  Lee ", "phone": "604 555 0199", "best_time": "mornings", "consent": True}


def vancouver(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of 2026 by the clinic's clock; British Columbia stays at UTC−7 from November 2026 on."""
    return (
        datetime(2026, month, day, hour + 7, minute, tzinfo=UTC)
        if hour + 7 < 24
        else datetime(2026, month, day + 1, hour + 7 - 24, minute, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (vancouver(23, 9), (True, "Open now, until 12:00 Pacific time")),
        (vancouver(23, 8, 59), (False, "Closed now, opens today at 9:00 Pacific time")),
        (vancouver(23, 12), (False, "Closed now, opens today at 13:00 Pacific time")),
        (vancouver(23, 17), (False, "Closed now, opens tomorrow at 9:00 Pacific time")),
        (vancouver(25, 10), (False, "Closed now, opens Saturday at 20:00 Pacific time")),
        (vancouver(28, 23, 59), (True, "Open now, until 0:00 Pacific time")),
        (vancouver(14, 10, month=7), (True, "Open now, until 17:00 Pacific time")),
    ],
)
def test_opening_is_told_by_the_clinics_own_clock(now: datetime, state: tuple[bool, str]) -> None:
    assert opening(WEEK, "America/Vancouver", now) == state


def test_a_holiday_is_closed_all_day() -> None:
    open_now, words = opening(WEEK, "America/Vancouver", vancouver(23, 10), frozenset({date(2026, 11, 23)}))

    assert (open_now, words) == (False, "Closed now, opens tomorrow at 9:00 Pacific time")


def test_without_hours_nothing_is_said_about_opening() -> None:
    handoff = offer(
        "booking", Clinic("A clinic", "604-828-2610", "BC", "America/Vancouver"), vancouver(23, 10)
    )

    assert (handoff.open_now, handoff.hours, handoff.tel) == (None, None, "tel:+16048282610")


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ({"monday": "9:00-17:00"}, "'monday'"),
        ({"mon": "nine to five"}, "clinic.hours.mon"),
        ({"mon": "9:00-25:00"}, "clinic.hours.mon"),
        ({"mon": "17:00-9:00"}, "ends before it begins"),
    ],
)
def test_hours_that_cannot_be_read_name_the_day(hours: dict[str, str], message: str) -> None:
    with pytest.raises(AssistantError, match=message):
        parse_hours(hours)


def test_a_callback_request_is_tidied() -> None:
    assert request_callback(FORM) == Callback("Ann Lee", "+16045550199", "mornings", True)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": 7}, "name"),
        ({"phone": "12"}, "area code"),
        ({"phone": ""}, "area code"),
        ({"best_time": "x" * 121}, "best time"),
        ({"consent": False}, "tick"),
        ({"consent": "yes"}, "tick"),
    ],
)
def test_a_callback_request_with_a_fault_is_refused_in_words(fault: dict[str, object], message: str) -> None:
    with pytest.raises(AssistantError, match=message):
        request_callback({**FORM, **fault})


@pytest.mark.parametrize("text", ["604-828-2610", "+1 604 828 2610", "1 (604) 828.2610"])
def test_a_number_is_one_number_however_it_is_written(text: str) -> None:
    assert (phone_number(text), tel(text)) == ("+16048282610", "tel:+16048282610")


@given(st.integers())
def test_a_reference_number_can_be_said_on_the_phone(seed: int) -> None:
    number = reference_number(Random(seed))

    assert len(number) == 7
    assert not set(number) & set("01OIL5S8BGQUVZ26")


@pytest.mark.parametrize("number", ["1-900-555-0199", "604-555-0199 ext 12"])
def test_a_number_that_costs_or_would_lose_its_extension_is_refused(number: str) -> None:
    with pytest.raises(AssistantError):
        phone_number(number)


def test_hours_may_be_written_in_any_order_and_a_day_may_be_closed() -> None:
    hours = parse_hours({"mon": "13:00-17:00, 09:00-12:00", "tue": "closed"})

    assert opening(hours, "America/Vancouver", vancouver(23, 10))[0] is True
    assert opening(hours, "America/Vancouver", vancouver(24, 10))[0] is False


def test_hours_that_overlap_and_an_unknown_time_zone_are_named() -> None:
    with pytest.raises(AssistantError, match="mon"):
        parse_hours({"mon": "09:00-13:00, 12:00-17:00"})
    with pytest.raises(AssistantError, match="America/Vancover"):
        opening(WEEK, "America/Vancover", vancouver(23, 10))


def test_a_name_of_invisible_letters_is_no_name() -> None:
    with pytest.raises(AssistantError, match="name"):
        request_callback({**FORM, "name": "\u200b"})
