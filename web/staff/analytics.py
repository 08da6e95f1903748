"""How the assistant does, in numbers."""

from collections.abc import Mapping

from flask import Response, render_template, request

from assistant.analytics import COMPANY, KINDS, Report
from assistant.exporting import csv_text
from web.presenting import REASONS
from web.staff.charts import HEIGHT, WIDTH, stacked
from web.staff.door import console, record, staff
from web.staff.sending import download

PERIODS = (7, 30, 90)
NAMES = {
    "answer": "Answered",
    "abstention": "Not answered",
    "referral": "To a person",
    "emergency": "Emergency",
    "courtesy": "Hello, thanks",
}


@staff.get("/analytics")
def analytics() -> str:
    days = _period()
    report = console().analytics.report(days)
    return render_template(
        "staff/analytics.html",
        report=report,
        days=days,
        periods=PERIODS,
        names=NAMES,
        kinds=KINDS,
        chart=stacked([(f"{day.day:%b} {day.day.day}", day.kinds) for day in report.days], KINDS),
        size=(WIDTH, HEIGHT),
        complaints=dict(REASONS),
        titles=_titles(report),
        company=COMPANY,
    )


@staff.get("/analytics.csv")
def analytics_export() -> Response:
    days = _period()
    record("exported analytics", f"{days} days")
    rows = [
        (day.day, *(day.kinds.get(kind, 0) for kind in KINDS))
        for day in console().analytics.report(days).days
    ]
    return download("analytics.csv", csv_text(("day", *(NAMES[kind] for kind in KINDS)), rows))


def _period() -> int:
    given = request.args.get("days", type=int)
    return given if given in PERIODS else 30


def _titles(report: Report) -> Mapping[str, str]:
    """Titles of cited articles; one that left the index since keeps its id."""
    known = {listed.card.id: listed.card.title for listed in console().catalogue.all()}
    return {id: known.get(id, id) for id in report.cited}
