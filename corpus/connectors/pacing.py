"""How fast a host may be asked, and how long to wait when it asks for that."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Pace:
    """At least so many seconds between two requests to one host; one request at a time is the caller's part."""

    def __init__(self, clock: Clock, seconds: Mapping[str, float], otherwise: float = 5.0) -> None:
        self._clock = clock
        self._seconds = dict(seconds)
        self._otherwise = otherwise
        self._next: dict[str, float] = {}

    def seconds(self, host: str) -> float:
        return self._seconds.get(host, self._otherwise)

    def slow(self, host: str, seconds: float) -> None:
        """Ask `host` no faster than every so many seconds from now on; never faster than before."""
        self._seconds[host] = max(seconds, self.seconds(host))

    def wait(self, host: str) -> None:
        """Return when the next request to `host` may go out."""
        while (ahead := self._next.get(host, 0.0) - self._clock.monotonic()) > 0:
            self._clock.sleep(ahead)
        self._next[host] = self._clock.monotonic() + self.seconds(host)

    def rest(self, host: str, seconds: float) -> None:
        """Leave `host` alone for so many seconds."""
        self._next[host] = max(self._next.get(host, 0.0), self._clock.monotonic() + seconds)


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for: a number, or a date."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        then = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds(), 0.0)
