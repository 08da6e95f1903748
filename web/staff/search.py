"""What the index finds and why, and what a visitor would be answered. Nothing asked here is kept."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from assistant.finding import DEPTH, Filters, matched, results
from assistant.flags import LONGEST_NOTE
from assistant.payloads import reply_payload
from corpus.papers import introduced, licence_line
from web.payloads import clean
from web.site import assistant
from web.staff.door import after_sign_in, console, me, record, staff, went_well

LONGEST_QUERY = 1000
SHOWN = 20


@staff.get("/search")
def search() -> str:
    query = clean(request.args.get("q"))[:LONGEST_QUERY].strip()
    filters = _filters()
    kinds = [filters.kind] if filters.kind else None
    hits = assistant().search(query, DEPTH, kinds) if query else []
    found = results(query, hits, filters, SHOWN)
    return _page(query, filters, found=found, of=len(hits))


@staff.post("/ask", endpoint="search_ask")
def ask() -> str:
    """By POST, so that what is tried out stands in no address and no log."""
    query = clean(request.form.get("q"))[:4000].strip()
    reply = reply_payload(assistant().ask(query)) if query else None
    return _page(query, Filters(), reply=reply)


@staff.post("/flags")
def flag() -> Response:
    article, anchor = request.form.get("article", ""), request.form.get("anchor", "")[:120]
    listed = console().catalogue.get(article)
    if listed is None:
        raise NotFound("There is no such article in the index any more.")
    console().flags.put(article, anchor, clean(request.form.get("note"))[:LONGEST_NOTE], me().name)
    record("flagged article", f"{article}#{anchor}" if anchor else article)
    went_well(f"“{listed.card.title}” is flagged. It stands on the content page until someone settles it.")
    return redirect(after_sign_in(request.form.get("back")), code=303)


@staff.post("/flags/<int:id>/settle")
def settle_flag(id: int) -> Response:
    console().flags.settle(id, me().name)
    record("settled flag", str(id))
    went_well("The flag is settled.")
    return redirect(url_for("staff.content"), code=303)


def _filters() -> Filters:
    given = request.args
    return Filters(
        given.get("kind", ""),
        given.get("topic", ""),
        given.get("certainty", ""),
        _day(given.get("since", "")),
    )


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _named(values: Iterable[str]) -> list[str]:
    """What there is to choose from; an article of the clinic's own may have no topic."""
    return sorted(set(values) - {""})


def _page(query: str, filters: Filters, **more: Any) -> str:
    cards = [listed.card for listed in console().catalogue.all()]
    return render_template(
        "staff/search.html",
        query=query,
        filters=filters,
        kinds=_named(card.kind for card in cards),
        topics=_named(card.topic for card in cards),
        certainties=_named(card.certainty for card in cards),
        flagged={(flag.article, flag.anchor) for flag in console().flags.open()},
        matched=matched,
        introduced=introduced,
        licence_line=licence_line,
        **more,
    )
