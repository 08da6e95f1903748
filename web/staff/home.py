"""Where the console begins: what waits for someone, at a glance."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, url_for

from assistant import wiring
from assistant.handoff import WAITING
from corpus.model import CorpusError
from index.model import IndexNotReady
from web.site import settings
from web.staff.content import awaits_review
from web.staff.door import console, local, staff

NEXT = 3
"""How many of those that wait are named at once."""


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    address: str
    figure: str
    note: str
    urgent: bool = False


@staff.get("/")
def home() -> str:
    calls = console().inbox.handoffs(WAITING)
    return render_template(
        "staff/home.html",
        tiles=[*_waiting(), _week(), *_articles(), _index()],
        calls=calls[:NEXT],
        asked=console().gaps.list(("open",))[:NEXT],
    )


def _waiting() -> Iterator[Tile]:
    waiting = console().analytics.waiting()
    callbacks = f"the oldest since {local(waiting.oldest)}" if waiting.oldest else "nobody waits for a call"
    late = waiting.callbacks > 0
    yield Tile("Callbacks", url_for("staff.handoffs"), str(waiting.callbacks), callbacks, late)
    gaps = "questions the articles do not answer" if waiting.gaps else "every question is settled"
    yield Tile("Gaps", url_for("staff.gaps"), str(waiting.gaps), gaps)


def _week() -> Tile:
    report = console().analytics.report(7)
    share = report.share("answer")
    figure = "–" if share is None else f"{share:.0%}"
    messages = f"{report.total} message{'' if report.total == 1 else 's'} in seven days"
    return Tile("Answered", url_for("staff.analytics", days=7), figure, messages)


def _articles() -> Iterator[Tile]:
    try:
        cards = [listed.card for listed in console().catalogue.all()]
    except IndexNotReady:
        return
    today = wiring.today(settings())
    due = sum(card.review_due is not None and card.review_due <= today for card in cards)
    unread = sum(map(awaits_review, cards))
    yield Tile(
        "Review due", url_for("staff.content", show="due"), str(due), f"of {len(cards)} articles", due > 0
    )
    yield Tile(
        "Awaiting review",
        url_for("staff.content", show="unreviewed"),
        str(unread),
        "not read by a clinician yet",
    )


def _index() -> Tile:
    address = url_for("staff.index")
    if console().jobs.current() is not None:
        return Tile("Index", address, "Building", "visitors are answered meanwhile")
    generations = wiring.generations(settings())
    try:
        used = generations.manifest(generations.in_use())
        is_fresh = used.corpus == console().shelved.state().fingerprint
    except (IndexNotReady, CorpusError) as error:
        return Tile("Index", address, "Not ready", str(error), urgent=True)
    note = f"built {local(used.built)}"
    return Tile("Index", address, "Up to date" if is_fresh else "Behind the articles", note, not is_fresh)
