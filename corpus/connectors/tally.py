"""How many pages each host was asked for today, so that many short runs ask no more than one long one."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from corpus.writing import write_whole


class Tally:
    """Kept in the file `place`; a new day begins with nothing. Each call reads it anew, for another process may count."""

    def __init__(self, place: Path, now: Callable[[], datetime]) -> None:
        self._place = place
        self._now = now

    def of(self, host: str) -> int:
        return self._hosts().get(host, 0)

    def add(self, host: str) -> None:
        hosts = {**self._hosts(), host: self.of(host) + 1}
        write_whole(self._place, json.dumps({"day": self._day(), "hosts": hosts}).encode(), durable=False)

    def _hosts(self) -> Mapping[str, int]:
        try:
            told = json.loads(self._place.read_text("utf-8"))
            return dict(told["hosts"]) if told["day"] == self._day() else {}
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def _day(self) -> str:
        return self._now().date().isoformat()
