"""What is counted when triage is measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Alarm
from assistant.rates import Rate
from assistant.triage_report import Told, hearing, triage_report

LEVEL = st.sampled_from(["911", "emergency_department", "support_line", "same_day", "referral", None])


def test_urgency_is_met_by_any_urgent_level_but_under_triage_counts_each_step_down() -> None:
    report = triage_report([("911", "emergency_department"), ("911", "same_day"), ("911", "911")])

    assert (report.urgent.count, report.urgent.of) == (2, 3)
    assert (report.under.count, report.under.of) == (2, 3)
    assert report.over.count == 0


def test_more_than_was_right_is_recall_and_over_triage_at_once() -> None:
    report = triage_report([("same_day", "911"), ("same_day", None)])

    assert (report.same_day.count, report.same_day.of) == (1, 2)
    assert report.over.count == 1
    assert report.under.count == 1


def test_a_referral_is_no_false_alarm() -> None:
    report = triage_report([(None, None), (None, "referral"), (None, "same_day")])

    assert (report.false_alarms.count, report.false_alarms.of) == (1, 3)


def test_the_confusion_table_has_a_row_for_each_level_that_was_right() -> None:
    rows = dict(triage_report([("911", "same_day"), (None, None), (None, None)]).rows)

    assert list(rows) == ["911", "none"]
    assert rows["911"]["same_day"] == 1
    assert rows["none"]["none"] == 2


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(10, 10, 0.722, 1.0), (0, 400, 0.0, 0.0095), (5, 10, 0.237, 0.763)]
)
def test_an_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert Rate(hits, of).interval == pytest.approx((low, high), abs=0.0006)


def test_nothing_counted_has_no_interval() -> None:
    assert Rate(0, 0).interval is None


@given(st.lists(st.tuples(LEVEL, LEVEL)))
def test_each_pair_is_counted_once(pairs: list[tuple[str | None, str | None]]) -> None:
    report = triage_report(pairs)

    assert sum(report.table.values()) == len(pairs)
    assert report.under.count + report.over.count <= report.under.of
    low, high = report.under.interval or (0.0, 1.0)
    assert 0 <= low <= high <= 1


def test_each_cluster_has_a_table_of_the_right_level_against_those_given() -> None:
    def triage(text: str) -> Alarm | None:
        return Alarm("dvt", "same_day", "…", ("a",), ("b",)) if "calf" in text else None

    told = [
        Told("same_day", "same_day", "my calf is fat", "dvt"),
        Told("emergency", "emergency_department", "calf, pregnant", "dvt"),
        Told("same_day", "same_day", "one leg is fat", "dvt"),
        Told("near_miss", None, "both calves"),
        Told("near_miss", None, "legs"),
    ]

    heard = hearing(triage, told)

    rows = dict(heard.clusters["dvt"].rows)
    assert list(heard.clusters) == ["dvt"]
    assert rows["same_day"]["same_day"] == rows["same_day"]["none"] == 1
    assert rows["emergency_department"]["same_day"] == 1
    assert heard.clusters["dvt"].under.count == 2
    assert str(heard.rates["alarms, near miss"]).startswith("0.000 (0/2)")
