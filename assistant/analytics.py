"""What visitors asked and how it went, in numbers. Nobody's words are shown that fewer than three visitors used."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from assistant.database import Database
from assistant.handoff import WAITING
from assistant.tables import feedback, gaps, handoffs, messages
from index.terms import words

KINDS = ("answer", "abstention", "referral", "emergency", "courtesy")
COMPANY = 3
"""A question's words are shown only when at least so many visitors asked it: one person's stay unseen."""

LONGEST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    kinds: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class Report:
    """Of one period. Shares are between 0 and 1, None where nothing was counted; times in milliseconds."""

    days: tuple[Day, ...]
    visitors: int
    kinds: Mapping[str, int]
    reasons: Mapping[str, int]
    flags: Mapping[str, int]
    offered: int
    callbacks: int
    helpful: int
    unhelpful: int
    complaints: Mapping[str, int]
    p50: float | None
    p95: float | None
    cited: Mapping[str, int]
    asked: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        return sum(self.kinds.values())

    def share(self, kind: str) -> float | None:
        """The share of messages that got this kind of reply, of those that asked something."""
        asked = self.total - self.kinds.get("courtesy", 0)
        return self.kinds.get(kind, 0) / asked if asked else None

    @property
    def helpful_share(self) -> float | None:
        given = self.helpful + self.unhelpful
        return self.helpful / given if given else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for someone. `oldest` is when the callback request was made that waits longest."""

    callbacks: int
    oldest: datetime | None
    gaps: int


@dataclass(slots=True)
class _Tally:
    visitors: set[str] = field(default_factory=set)
    days: dict[date, Counter[str]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    cited: Counter[str] = field(default_factory=Counter)
    offered: int = 0
    times: list[float] = field(default_factory=list)
    askers: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    wordings: dict[tuple[str, ...], Counter[str]] = field(default_factory=dict)

    def count(self, row: Any, zone: ZoneInfo) -> None:
        reply: Mapping[str, Any] = row.reply
        self.visitors.add(row.conversation)
        self.days.setdefault(row.asked.astimezone(zone).date(), Counter())[row.kind] += 1
        self.kinds[row.kind] += 1
        if row.reason:
            self.reasons[row.reason] += 1
        if reply.get("emergency"):
            self.flags[reply["emergency"]["flag"]] += 1
        self.offered += reply.get("handoff") is not None
        if (spent := reply.get("timings_ms", {}).get("total")) is not None:
            self.times.append(spent)
        self.cited.update(cited(reply))
        if row.kind in ("answer", "abstention") and len(row.text) <= LONGEST_SHOWN:
            key = tuple(sorted(set(words(row.text))))
            self.askers.setdefault(key, set()).add(row.conversation)
            self.wordings.setdefault(key, Counter())[row.text] += 1


class Analytics:
    """Safe for threads. Counts what the retention purge has left."""

    def __init__(self, database: Database, clock: Callable[[], datetime], timezone: str) -> None:
        self._database = database
        self._clock = clock
        self._zone = ZoneInfo(timezone)

    def waiting(self) -> Waiting:
        with self._database.reading() as connection:
            callbacks, oldest = connection.execute(
                select(func.count(), func.min(handoffs.c.created)).where(handoffs.c.state.in_(WAITING))
            ).one()
            open_gaps = connection.execute(
                select(func.count()).select_from(gaps).where(gaps.c.state == "open")
            ).scalar_one()
        return Waiting(callbacks, oldest, open_gaps)

    def report(self, days: int) -> Report:
        """The last `days` days, today among them."""
        now = self._clock()
        today = now.astimezone(self._zone).date()
        first = today - timedelta(days=days - 1)
        since = datetime(first.year, first.month, first.day, tzinfo=self._zone)
        tally = _Tally()
        with self._database.reading() as connection:
            query = (
                select(messages)
                .where((messages.c.asked >= since) & messages.c.kind.is_not(None))
                .execution_options(yield_per=500)
            )
            for row in connection.execute(query):
                tally.count(row, self._zone)
            callbacks = connection.execute(
                select(func.count()).select_from(handoffs).where(handoffs.c.created >= since)
            ).scalar_one()
            verdicts = connection.execute(
                select(feedback.c.helpful, feedback.c.reason).where(feedback.c.given >= since)
            ).all()
        return Report(
            days=tuple(
                Day(day, dict(tally.days.get(day, {})))
                for day in (first + timedelta(days=n) for n in range(days))
            ),
            visitors=len(tally.visitors),
            kinds=dict(tally.kinds),
            reasons=_ordered(tally.reasons),
            flags=_ordered(tally.flags),
            offered=tally.offered,
            callbacks=callbacks,
            helpful=sum(helpful for helpful, _ in verdicts),
            unhelpful=sum(not helpful for helpful, _ in verdicts),
            complaints=_ordered(Counter(reason for helpful, reason in verdicts if not helpful and reason)),
            p50=percentile(tally.times, 0.5),
            p95=percentile(tally.times, 0.95),
            cited=_ordered(tally.cited),
            asked=_in_company(tally),
        )


def cited(reply: Mapping[str, Any]) -> set[str]:
    """The articles that a reply quotes."""
    articles = {item["number"]: item["article"] for item in reply.get("evidence", ())}
    return {
        articles[citation["evidence"]]
        for statement in reply.get("statements", ())
        for citation in statement["citations"]
    }


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that at least this share of `values` does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def _ordered(counter: Counter[str]) -> dict[str, int]:
    return dict(counter.most_common())


def _in_company(tally: _Tally) -> tuple[tuple[str, int], ...]:
    """Questions by how many visitors asked them, in the wording that most used."""
    found = [
        (tally.wordings[key].most_common(1)[0][0], len(askers))
        for key, askers in tally.askers.items()
        if len(askers) >= COMPANY
    ]
    return tuple(sorted(found, key=lambda item: (-item[1], item[0])))
