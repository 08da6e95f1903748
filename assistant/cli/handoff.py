"""`assistant handoff`: the inbox of callback requests. For staff."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

import click

from assistant.model import Handoff, HandoffState
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.store import Store

_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_everything = click.option(
    "--all", "everything", is_flag=True, help="Also those that are called, closed or spam."
)
_note = click.option("--note", help="A note for colleagues; it takes the place of the one before.")


@click.group()
def handoff() -> None:
    """See who asked to be called back, and call them."""


@handoff.command("list")
@_everything
@_as_json
@click.pass_obj
def list_(settings: Settings, everything: bool, as_json: bool) -> None:
    """List callback requests, longest waiting first.

    \b
    Example: assistant handoff list
    """
    with _store(settings) as store:
        found = store.inbox.handoffs(_states(everything))
    if as_json:
        click.echo(json.dumps({"handoffs": [_payload(item) for item in found]}, ensure_ascii=False))
        return
    if not found:
        click.echo("Nobody is waiting for a call.", err=True)
    for item in found:
        callback = item.callback
        marks = [
            f", best time: {callback.best_time}" if callback.best_time else "",
            f", {item.assignee}" if item.assignee else "",
            _waited(settings, item),
        ]
        asked = _local(settings, item.created)
        click.echo(f"{item.id}  {asked}  {item.state}  {callback.name}  {callback.phone}{''.join(marks)}")


@handoff.command()
@click.argument("reference")
@_as_json
@click.pass_obj
def show(settings: Settings, reference: str, as_json: bool) -> None:
    """Show one callback request with the conversation before it.

    \b
    Example: assistant handoff show K7M-42P
    """
    with _store(settings) as store:
        item = store.inbox.get(reference)
        turns = store.transcript(item.conversation) if item.conversation else []
    if as_json:
        click.echo(json.dumps({**_payload(item), "transcript": turns}, ensure_ascii=False))
        return
    for name, value in _payload(item).items():
        if value not in (None, ""):
            click.echo(f"{name.replace('_', ' ')}: {value}")
    if (waits := _waited(settings, item)) != "":
        click.echo(waits.removeprefix(", "))
    for turn in turns:
        click.echo(f"\nVisitor: {turn['text']}\nAssistant: {turn['reply']['text']}")
    if not turns:
        click.echo("\nThere is no conversation with it: none was had, or it was erased.", err=True)


@handoff.command()
@click.argument("reference")
@click.option("--as", "who", help="Your name. Default: your name on this machine.")
@click.pass_obj
def take(settings: Settings, reference: str, who: str | None) -> None:
    """Say that you make this call, so that nobody else does.

    \b
    Example: assistant handoff take K7M-42P --as Bea
    """
    import getpass

    from assistant import wiring

    with _store(settings) as store:
        known = store.inbox.get(reference)
        taken = store.inbox.take(known.id, known.version, who or getpass.getuser(), wiring.now())
    click.echo(
        f"{taken.id} is with {taken.assignee}: call {taken.callback.name} at {taken.callback.phone}. "
        f"Afterwards: assistant handoff close {taken.id} --state called"
    )


@handoff.command()
@click.argument("reference")
@click.option(
    "--state",
    type=click.Choice([state for state in get_args(HandoffState) if state != "in progress"]),
    default="closed",
    show_default=True,
    help="What came of it; new hands it back for others.",
)
@_note
@click.pass_obj
def close(settings: Settings, reference: str, state: HandoffState, note: str | None) -> None:
    """Say what came of a callback request.

    \b
    Example: assistant handoff close K7M-42P --state called --note "visit on Friday"
    """
    from assistant import wiring

    with _store(settings) as store:
        known = store.inbox.get(reference)
        moved = store.inbox.move(known.id, known.version, state, wiring.now(), note)
    click.echo(f"{moved.id} is {moved.state}.")


@handoff.command()
@_everything
@click.pass_obj
def export(settings: Settings, everything: bool) -> None:
    """Print callback requests as CSV that a spreadsheet can open safely.

    \b
    Example: assistant handoff export --all > requests.csv
    """
    from assistant.exporting import handoffs_csv

    with _store(settings) as store:
        found = store.inbox.handoffs(_states(everything))
    click.echo(handoffs_csv(found), nl=False)


@contextmanager
def _store(settings: Settings) -> "Iterator[Store]":
    from assistant import wiring

    opened = wiring.store(settings)
    try:
        yield opened
    finally:
        opened.close()


def _states(everything: bool) -> tuple[HandoffState, ...]:
    from assistant.handoff import WAITING

    return () if everything else WAITING


def _local(settings: Settings, moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(settings.clinic.timezone)).strftime("%Y-%m-%d %H:%M")


def _waited(settings: Settings, item: Handoff) -> str:
    """How much opening time a request has waited; nothing where no hours are set, or nobody waits any more."""
    from assistant import wiring
    from assistant.handoff import WAITING, spell, waited

    if item.state not in WAITING:
        return ""
    late = ", overdue" if item.overdue else ""
    time = waited(wiring.clinic(settings), item.created, wiring.now())
    return late if time is None else f", waiting {spell(time)} of opening hours{late}"


def _payload(item: Handoff) -> dict[str, Any]:
    return {
        "reference": item.id,
        "created": item.created.isoformat(),
        "state": item.state,
        "name": item.callback.name,
        "phone": item.callback.phone,
        "best_time": item.callback.best_time,
        "consent": item.callback.consent,
        "conversation": item.conversation,
        "assignee": item.assignee,
        "note": item.note,
        "changed": item.changed.isoformat() if item.changed else None,
        "overdue": item.overdue.isoformat() if item.overdue else None,
    }
