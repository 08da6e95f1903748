from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assistant import wiring
from assistant.handoff import opening
from assistant.settings import ClinicSettings, Settings
from assistant.statutory import holidays


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "01-01 02-16 04-03 05-18 07-01 08-03 09-07 09-30 10-12 11-11 12-25"),
        (2027, "01-01 02-15 03-26 05-24 07-01 08-02 09-06 09-30 10-11 11-11 12-25"),
    ],
)
def test_the_eleven_statutory_holidays_of_the_province(year: int, days: str) -> None:
    assert [f"{day:%m-%d}" for day in sorted(holidays(year))] == days.split()


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2000, 4, 21), (2008, 3, 21), (2011, 4, 22), (2019, 4, 19), (2024, 3, 29), (2025, 4, 18), (2038, 4, 23)],
)
def test_good_friday_moves_with_easter(year: int, month: int, day: int) -> None:
    assert date(year, month, day) in holidays(year)


@pytest.mark.parametrize("year", range(2020, 2080))
def test_victoria_day_is_the_monday_before_the_25th_of_may(year: int) -> None:
    (victoria,) = (day for day in holidays(year) if day.month == 5)

    assert victoria.weekday() == 0
    assert 18 <= victoria.day <= 24


@pytest.mark.parametrize(("statutory", "is_open"), [(True, False), (False, True)])
def test_a_clinic_with_hours_is_closed_on_christmas_unless_it_says_otherwise(
    tmp_path: Path, statutory: bool, is_open: bool
) -> None:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "09:00-17:00")
    year = wiring.now().year
    chosen = ClinicSettings(hours=hours, statutory_holidays=statutory)
    clinic = wiring.clinic(Settings(clinic=chosen, data_dir=tmp_path))
    christmas = datetime(year, 12, 25, 20, tzinfo=UTC)

    assert opening(clinic.hours, clinic.timezone, christmas, clinic.holidays)[0] is is_open


def test_without_hours_nothing_is_said_of_holidays(tmp_path: Path) -> None:
    clinic = wiring.clinic(Settings(data_dir=tmp_path))

    assert opening(clinic.hours, clinic.timezone, wiring.now(), clinic.holidays) == (None, None)
