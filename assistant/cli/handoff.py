"""`assistant handoff`: the inbox of callback requests. For staff."""

import json
from zoneinfo import ZoneInfo

import click

from assistant.model import Handoff
from assistant.settings import Settings


@click.group()
def handoff() -> None:
    """See who asked to be called back."""


@handoff.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are called, closed or spam.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_(settings: Settings, everything: bool, as_json: bool) -> None:
    """List callback requests, longest waiting first.

    \b
    Example: assistant handoff list
    """
    from assistant import wiring

    store = wiring.store(settings)
    try:
        found = store.inbox.handoffs(() if everything else ("new", "in progress"))
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps({"handoffs": [_payload(item) for item in found]}, ensure_ascii=False))
        return
    if not found:
        click.echo("Nobody is waiting for a call.", err=True)
    zone = ZoneInfo(settings.clinic.timezone)
    for item in found:
        asked = item.created.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        best = f", best time: {item.callback.best_time}" if item.callback.best_time else ""
        click.echo(f"{item.id}  {asked}  {item.state}  {item.callback.name}  {item.callback.phone}{best}")


def _payload(item: Handoff) -> dict[str, object]:
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
    }
