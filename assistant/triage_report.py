"""How well triage hears: from pairs of the level that was right and the level that was given."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.rates import Rate
from assistant.red_flags import LEVELS

URGENT = LEVELS[:3]
"""Help at once: 9-1-1, an emergency department or a support line. After them comes a doctor today."""

NONE = "none"
_ORDER = (*LEVELS, NONE)


@dataclass(frozen=True, slots=True)
class TriageReport:
    """`table` counts (right level, given level). Recall asks whether the urgency was met: of an urgent message whether
    any urgent level was given, of one for a doctor today whether that or more was. Under-triage is every message
    given less than its level, over-triage every one given more, of the messages that have a level at all."""

    table: Mapping[tuple[str, str], int]
    urgent: Rate
    same_day: Rate
    under: Rate
    over: Rate
    false_alarms: Rate

    @property
    def rows(self) -> tuple[tuple[str, Mapping[str, int]], ...]:
        """The confusion table: for each right level that occurs, how often each level was given."""
        return tuple(
            (right, {given: self.table.get((right, given), 0) for given in _ORDER})
            for right in _ORDER
            if any(name == right for name, _ in self.table)
        )


def triage_report(pairs: Iterable[tuple[str | None, str | None]]) -> TriageReport:
    """The report on (right level, given level); None is no alarm."""
    table = Counter((right or NONE, given or NONE) for right, given in pairs)
    rank = {level: place for place, level in enumerate(_ORDER)}

    def count(wanted: Iterable[str], *, at_most: str) -> Rate:
        among = {pair: n for pair, n in table.items() if pair[0] in set(wanted)}
        return Rate(
            sum(n for (_, given), n in among.items() if rank[given] <= rank[at_most]), sum(among.values())
        )

    leveled = {pair: n for pair, n in table.items() if pair[0] != NONE}
    of = sum(leveled.values())
    return TriageReport(
        dict(table),
        urgent=count(URGENT, at_most=URGENT[-1]),
        same_day=count(("same_day",), at_most="same_day"),
        under=Rate(sum(n for (right, given), n in leveled.items() if rank[given] > rank[right]), of),
        over=Rate(sum(n for (right, given), n in leveled.items() if rank[given] < rank[right]), of),
        false_alarms=count((NONE,), at_most="same_day"),
    )
