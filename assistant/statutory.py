"""The statutory holidays of British Columbia, on which a clinic that has set hours is closed unless it says otherwise."""

from datetime import date, timedelta

MONDAY = 0


def holidays(year: int) -> frozenset[date]:
    """The eleven days of the province's Employment Standards Act. A day that falls on a weekend is not moved."""
    return frozenset(
        (
            date(year, 1, 1),  # New Year's Day
            _nth(year, 2, 3),  # Family Day
            _easter(year) - timedelta(days=2),  # Good Friday
            _before(date(year, 5, 25)),  # Victoria Day
            date(year, 7, 1),  # Canada Day
            _nth(year, 8, 1),  # British Columbia Day
            _nth(year, 9, 1),  # Labour Day
            date(year, 9, 30),  # National Day for Truth and Reconciliation
            _nth(year, 10, 2),  # Thanksgiving
            date(year, 11, 11),  # Remembrance Day
            date(year, 12, 25),  # Christmas Day
        )
    )


def _nth(year: int, month: int, n: int) -> date:
    """The nth Monday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(MONDAY - first.weekday()) % 7, weeks=n - 1)


def _before(day: date) -> date:
    """The last Monday before a day."""
    return day - timedelta(days=(day.weekday() - MONDAY - 1) % 7 + 1)


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, as Meeus, Jones and Butcher reckon it."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
