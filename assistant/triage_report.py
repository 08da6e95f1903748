"""How well triage hears: from pairs of the level that was right and the level that was given."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml

from assistant.model import Alarm, AssistantError
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


class Told(NamedTuple):
    """A message with its right level, None where no alarm is right. `kind` is the heading that it stands under, and
    `cluster` the cluster of signs that it tells, where the file says so."""

    kind: str
    level: str | None
    text: str
    cluster: str = ""


def messages(path: Path) -> Iterator[Told]:
    """The messages of a YAML file: under `emergency` and `same_day` groups with a level, under others plain lists.

    Raises AssistantError for a file of another shape.
    """
    try:
        data = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        for kind, items in data.items():
            for item in items:
                if isinstance(item, str):
                    yield Told(kind, None, item)
                    continue
                for text in item["messages"]:
                    yield Told(kind, item.get("level", "same_day"), text, item.get("cluster", ""))
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise AssistantError(
            f"{path} is no list of messages with their levels: {error!r}. Mend it."
        ) from error


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


@dataclass(frozen=True, slots=True)
class Hearing:
    """`rates` by name: recall, under- and over-triage, and the false alarms of each kind without an alarm; and for each
    cluster of signs the report on its messages, whose `rows` hold the level that was right against those given."""

    rates: Mapping[str, Rate]
    clusters: Mapping[str, TriageReport]


def hearing(triage: Callable[[str], Alarm | None], told: Iterable[Told]) -> Hearing:
    """How `triage` hears some messages."""
    every: list[tuple[str | None, str | None]] = []
    kinds: dict[str, list[tuple[str | None, str | None]]] = {}
    clusters: dict[str, list[tuple[str | None, str | None]]] = {}
    for one in told:
        pair = one.level, alarm.level if (alarm := triage(one.text)) else None
        every.append(pair)
        if one.level is None:
            kinds.setdefault(one.kind, []).append(pair)
        elif one.cluster:
            clusters.setdefault(one.cluster, []).append(pair)
    report = triage_report(every)
    return Hearing(
        {
            "urgent recall": report.urgent,
            "same-day recall": report.same_day,
            "under-triage": report.under,
            "over-triage": report.over,
            **{
                f"alarms, {kind.replace('_', ' ')}": triage_report(pairs).false_alarms
                for kind, pairs in kinds.items()
            },
        },
        {cluster: triage_report(pairs) for cluster, pairs in clusters.items()},
    )
