"""The articles as things that grow old: reviewed, due, cited, flagged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import Response, render_template, request
from werkzeug.exceptions import NotFound

from assistant import wiring
from assistant.catalogue import Listed
from assistant.exporting import csv_text
from assistant.flags import Flag
from corpus.model import Card, Source
from web.site import settings
from web.staff.door import console, record, staff
from web.staff.sending import download

DAYS = 30
"""Citations are counted over so many days; conversations are kept no longer by default."""


@dataclass(frozen=True, slots=True)
class Row:
    listed: Listed
    source: Source | None
    cited: int
    flags: int
    is_due: bool

    @property
    def card(self) -> Card:
        return self.listed.card


SHOWN: Mapping[str, tuple[str, Callable[[Row], bool]]] = {
    "all": ("All", lambda row: True),
    "due": ("Review due", lambda row: row.is_due),
    "unreviewed": ("Awaiting review", lambda row: awaits_review(row.card)),
    "never": ("Never cited", lambda row: row.cited == 0),
    "flagged": ("Flagged", lambda row: row.flags > 0),
}

SORTED: Mapping[str, tuple[str, Callable[[Row], object]]] = {
    "title": ("Title", lambda row: row.card.title.casefold()),
    "due": ("Review due first", lambda row: (row.card.review_due or date.max, row.card.title.casefold())),
    "cited": ("Most cited first", lambda row: (-row.cited, row.card.title.casefold())),
}


def awaits_review(card: Card) -> bool:
    return not card.is_reviewed or card.reviewer.casefold().startswith("awaiting")


staff.app_template_filter("awaits_review")(awaits_review)


@staff.get("/content")
def content() -> str:
    rows = _rows()
    shown, order = request.args.get("show", "all"), request.args.get("sort", "title")
    if shown not in SHOWN or order not in SORTED:
        raise NotFound("There is no such list of articles.")
    counts = {key: (label, sum(map(wanted, rows))) for key, (label, wanted) in SHOWN.items()}
    chosen = sorted(filter(SHOWN[shown][1], rows), key=SORTED[order][1])  # type: ignore[arg-type]
    titles = {row.card.id: row.card.title for row in rows}
    return render_template(
        "staff/content.html",
        rows=chosen,
        shown=shown,
        order=order,
        counts=counts,
        orders={key: label for key, (label, _) in SORTED.items()},
        flags=console().flags.open(),
        titles=titles,
        days=DAYS,
    )


@staff.get("/content.csv")
def content_export() -> Response:
    record("exported content")
    head = ("article", "title", "kind", "topic", "certainty", "reviewer", "reviewed", "review due", "fetched")
    return download(
        "content.csv",
        csv_text(
            (*head, f"cited in {DAYS} days", "open flags"),
            [
                (
                    *(row.card.id, row.card.title, row.card.kind, row.card.topic, row.card.certainty),
                    *(row.card.reviewer, row.card.reviewed, row.card.review_due),
                    *(row.source and row.source.retrieved, row.cited, row.flags),
                )
                for row in _rows()
            ],
        ),
    )


def _rows() -> list[Row]:
    cited = console().analytics.report(DAYS).cited
    flags: tuple[Flag, ...] = console().flags.open()
    sources = console().shelved.state().sources
    today = wiring.today(settings())
    return [
        Row(
            listed=listed,
            source=sources.get(listed.card.id),
            cited=cited.get(listed.card.id, 0),
            flags=sum(flag.article == listed.card.id for flag in flags),
            is_due=listed.card.review_due is not None and listed.card.review_due <= today,
        )
        for listed in console().catalogue.all()
    ]
