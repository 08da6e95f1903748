"""`assistant privacy`: what is kept of visitors, and for how long."""

import json
from typing import TYPE_CHECKING, Any

import click

from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.store import Person


@click.group()
def privacy() -> None:
    """Delete what is too old, and show or erase what is kept of one person."""


def _person(command: Any) -> Any:
    for option in (
        click.option("--phone", default="", help="The phone number they gave to be called back."),
        click.option("--reference", default="", help="The reference number of their callback request."),
        click.option("--conversation", default="", help="The conversation, as their download names it."),
    ):
        command = option(command)
    return command


@privacy.command()
@click.pass_obj
def purge(settings: Settings) -> None:
    """Delete what is older than the settings allow. The running site does so every hour.

    \b
    Example: assistant privacy purge
    """
    from datetime import timedelta

    from assistant import wiring

    kept, now = settings.privacy, wiring.now()
    store = wiring.store(settings)
    try:
        gone = store.purge(
            now - timedelta(days=kept.conversation_days), now - timedelta(days=kept.callback_days)
        )
    finally:
        store.close()
    click.echo(
        f"Deleted {gone.messages} messages older than {kept.conversation_days} days and {gone.callbacks} callback "
        f"requests older than {kept.callback_days} days."
    )


@privacy.command()
@_person
@click.pass_obj
def export(settings: Settings, conversation: str, reference: str, phone: str) -> None:
    """Print everything that is kept of one person, as JSON.

    \b
    Example: assistant privacy export --phone 604-555-0199
    """
    from assistant import wiring

    store = wiring.store(settings)
    try:
        kept = store.personal(_named(conversation, reference, phone))
    finally:
        store.close()
    click.echo(json.dumps(kept, ensure_ascii=False, indent=2, default=str))


@privacy.command()
@_person
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(settings: Settings, conversation: str, reference: str, phone: str, yes: bool) -> None:
    """Delete everything that is kept of one person, callback requests as well.

    \b
    Example: assistant privacy erase --reference K7M-42P
    """
    from assistant import wiring

    person = _named(conversation, reference, phone)
    if not yes:
        click.confirm("Delete all that is kept of this person? It cannot be undone.", abort=True, err=True)
    store = wiring.store(settings)
    try:
        gone = store.erase_person(person)
    finally:
        store.close()
    click.echo(
        f"Deleted {gone.messages} messages and {gone.callbacks} callback requests. Backups still hold them until "
        "they are deleted."
    )


def _named(conversation: str, reference: str, phone: str) -> "Person":
    from assistant.handoff import phone_number
    from assistant.inbox import spelt
    from assistant.store import Person

    if not (conversation or reference or phone):
        raise click.UsageError("Name the person with --phone, --reference or --conversation.")
    return Person(
        conversation.strip(),
        spelt(reference) if reference else "",
        phone_number(phone) if phone else "",
    )
