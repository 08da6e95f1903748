"""Handing over to people: the phone, when it is answered, and the request to be called."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from assistant.model import AssistantError, Callback, HandoffState, Offer

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_NAME = 80
LONGEST_BEST_TIME = 120

WAITING: tuple[HandoffState, ...] = ("new", "in progress")
"""A request in one of these states waits for its call."""

NEXT_STATES: Mapping[HandoffState, tuple[HandoffState, ...]] = {
    "new": ("in progress", "closed", "spam"),
    "in progress": ("called", "closed", "spam", "new"),
    "called": ("closed", "in progress"),
    "closed": ("new",),
    "spam": ("new",),
}

Hours = Mapping[int, Sequence[tuple[time, time]]]
"""Weekday (0 is Monday) → the spans of that day, in order. A span may end at midnight (time(0))."""

# Letters and digits that cannot be mistaken for one another, read or heard.
_SPOKEN = "ACDEFHJKMNPRTWXY3479"


@dataclass(frozen=True, slots=True)
class Clinic:
    """Who is called. Without `hours` nothing is said about opening."""

    name: str
    phone: str
    region: str
    timezone: str
    hours: Hours = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    service_areas: tuple[str, ...] = ()


def offer(reason: str, clinic: Clinic, now: datetime) -> Offer:
    """The phone, offered for `reason`, with the opening state at `now`."""
    open_now, hours = opening(clinic.hours, clinic.timezone, now, clinic.holidays)
    return Offer(reason, clinic.phone, tel(clinic.phone), open_now, hours)


def phone_number(text: str, country: str = "CA") -> str:
    """The number in E.164 form. Raises AssistantError, in words for the visitor, when it is none."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        number = None
    costly = phonenumbers.PhoneNumberType.PREMIUM_RATE
    if (
        number is None
        or not phonenumbers.is_valid_number(number)
        or phonenumbers.number_type(number) == costly
    ):
        raise AssistantError("That is not a phone number we can call. Please give it with its area code.")
    if number.extension:
        raise AssistantError(
            "An extension cannot be kept with the number. Please give the number alone, and write the "
            "extension under the best time to call."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def tel(phone: str) -> str:
    return f"tel:{phone_number(phone)}"


def parse_hours(written: Mapping[str, str]) -> Hours:
    """`{"mon": "09:00-12:00, 13:00-17:00"}` as Hours. Raises AssistantError naming the day and what is wrong."""
    hours: dict[int, tuple[tuple[time, time], ...]] = {}
    for day, spans in written.items():
        if day not in WEEKDAYS:
            raise AssistantError(f"clinic.hours has the day {day!r}. Use {', '.join(WEEKDAYS)}.")
        parsed = () if spans.strip().lower() == "closed" else spans.split(",")
        hours[WEEKDAYS.index(day)] = _in_order(day, [_span(day, span) for span in parsed])
    return hours


def _in_order(day: str, spans: list[tuple[time, time]]) -> tuple[tuple[time, time], ...]:
    spans.sort()
    if any(earlier[1] == time(0) or later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise AssistantError(f"clinic.hours.{day} holds hours that overlap. Join them into one span.")
    return tuple(spans)


def opening(
    hours: Hours, timezone: str, now: datetime, holidays: frozenset[date] = frozenset()
) -> tuple[bool | None, str | None]:
    """(open now, in words), both None without hours. Times are the clinic's own; a holiday is closed all day."""
    if not hours:
        return None, None
    zone = _zone(timezone)
    local = now.astimezone(zone)
    for opens, closes in _spans(hours, holidays, zone, local.date()):
        if opens <= local < closes:
            return True, f"Open now, until {_clock(closes)} {zone_name(timezone)}"
        if opens > local:
            return False, f"Closed now, opens {_day(opens, local)} at {_clock(opens)} {zone_name(timezone)}"
    return False, None


def waited(clinic: Clinic, since: datetime, until: datetime) -> timedelta | None:
    """How much opening time lies between two moments; None while the clinic has set no hours."""
    if not clinic.hours:
        return None
    zone = _zone(clinic.timezone)
    first = since.astimezone(zone).date()
    days = (until.astimezone(zone).date() - first).days + 1
    # In UTC: two times of one zone subtract as the clock on the wall shows them, an hour off when it was changed.
    spans = [
        (max(opens.astimezone(UTC), since), min(closes.astimezone(UTC), until))
        for opens, closes in _spans(clinic.hours, clinic.holidays, zone, first - timedelta(days=1), days + 1)
    ]
    return sum((closes - opens for opens, closes in spans if closes > opens), timedelta())


def spell(waited: timedelta) -> str:
    hours, minutes = divmod(int(waited.total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise AssistantError(
            f"clinic.timezone = {name!r} is not a time zone. Write one such as America/Vancouver."
        ) from None


def request_callback(fields: Mapping[str, Any]) -> Callback:
    """The request that a visitor filled in. Raises AssistantError, in words for the visitor, at the first fault."""
    name, phone, best_time = (_line(fields, key) for key in ("name", "phone", "best_time"))
    if not name or len(name) > LONGEST_NAME:
        raise AssistantError(
            f"Please give a name of at most {LONGEST_NAME} letters, so that we know whom to ask for."
        )
    if len(best_time) > LONGEST_BEST_TIME:
        raise AssistantError(f"Please keep the best time to call under {LONGEST_BEST_TIME} letters.")
    if fields.get("consent") is not True:
        raise AssistantError("Please tick that we may keep your name and number to call you back.")
    return Callback(name, phone_number(phone), best_time, consent=True)


def reference_number(random: Random) -> str:
    """A short number that is easy to say on the phone, and says nothing of how many came before."""
    drawn = "".join(random.choices(_SPOKEN, k=6))
    return f"{drawn[:3]}-{drawn[3:]}"


def _line(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise AssistantError(f"The field {key} should be text.")
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _span(day: str, written: str) -> tuple[time, time]:
    match = re.fullmatch(r"\s*(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*", written)
    try:
        if match is None:
            raise ValueError
        opens, closes = (
            time.fromisoformat(part.zfill(5).replace("24:00", "00:00")) for part in match.groups()
        )
    except ValueError:
        raise AssistantError(
            f"clinic.hours.{day} = {written!r} is not a span of hours. Write it as 09:00-17:00."
        ) from None
    if closes != time(0) and closes <= opens:
        raise AssistantError(f"clinic.hours.{day} = {written!r} ends before it begins. Swap the two.")
    return opens, closes


def _spans(
    hours: Hours, holidays: frozenset[date], zone: ZoneInfo, first: date, days: int = 32
) -> list[tuple[datetime, datetime]]:
    """The opening spans of `days` days from `first` on; 32 see past any run of holidays."""
    spans = []
    for day in (first + timedelta(days=ahead) for ahead in range(days)):
        if day in holidays:
            continue
        for opens, closes in hours.get(day.weekday(), ()):
            until = day + timedelta(days=1) if closes == time(0) else day
            spans.append((datetime.combine(day, opens, zone), datetime.combine(until, closes, zone)))
    return spans


def _clock(moment: datetime) -> str:
    return f"{moment.hour}:{moment.minute:02}"


def _day(opens: datetime, local: datetime) -> str:
    days = (opens.date() - local.date()).days
    if days == 0:
        return "today"
    if days == 1:
        return "tomorrow"
    return f"{opens:%A}" if days < 7 else f"{opens:%A %d %B}"


def zone_name(timezone: str) -> str:
    """In words: a zone's abbreviation changes with the law and the season, what people call it does not."""
    return "Pacific time" if timezone in ("America/Vancouver", "America/Los_Angeles") else f"{timezone} time"
