"""Who did what in the console and in the terminal."""

from flask import Response, render_template, request

from assistant.exporting import csv_text
from web.staff.door import console, record, staff, staff_required
from web.staff.sending import download

A_PAGE = 100
LONGEST_EXPORT = 100_000


@staff.get("/audit")
@staff_required(role="admin")
def audit() -> str:
    page = max(1, request.args.get("page", 1, type=int))
    actor = request.args.get("actor", "")[:64]
    entries = console().accounts.log(A_PAGE + 1, (page - 1) * A_PAGE, actor)
    return render_template(
        "staff/audit.html",
        entries=entries[:A_PAGE],
        has_more=len(entries) > A_PAGE,
        page=page,
        actor=actor,
        actors=[account.name for account in console().accounts.all()] + ["terminal"],
    )


@staff.get("/audit.csv")
@staff_required(role="admin")
def audit_export() -> Response:
    record("exported audit log")
    entries = console().accounts.log(LONGEST_EXPORT)
    rows = [(entry.at.isoformat(), entry.actor, entry.act, entry.subject) for entry in entries]
    return download("audit.csv", csv_text(("at", "who", "did", "to"), rows))
