"""`assistant staff`: who may sign in to the console."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.accounts import Accounts

ACTOR = "terminal"
"""Who did it, in the audit log: whoever has this terminal has the whole machine."""

_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
)


@click.group()
def staff() -> None:
    """See to the accounts of the staff console. There is none until you add one."""


@staff.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["staff", "admin"]),
    default="staff",
    show_default=True,
    help="An admin also sees the audit log, rebuilds the index, and signs in with an authenticator app.",
)
@_from_stdin
@click.pass_obj
def add(settings: Settings, name: str, role: str, password_stdin: bool) -> None:
    """Make an account NAME, asking for its password.

    \b
    Example: assistant staff add jo --role admin
    """
    with _accounts(settings) as accounts:
        key = accounts.add(name, _password(password_stdin), "admin" if role == "admin" else "staff")
        accounts.audit(ACTOR, f"added {role} account", name.casefold())
        click.echo(f"The {role} account {name.casefold()} is made. Sign in at /staff.")
        if key:
            _show_key(settings, name, key)


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List the accounts.

    \b
    Example: assistant staff list
    """
    with _accounts(settings) as accounts:
        found = accounts.all()
    if as_json:
        rows = [
            {
                "name": account.name,
                "role": account.role,
                "created": account.created.isoformat(),
                "disabled": account.disabled,
                "totp": account.has_totp,
            }
            for account in found
        ]
        click.echo(json.dumps({"accounts": rows}))
        return
    if not found:
        click.echo(
            "There is no account yet. Make the first with: assistant staff add NAME --role admin", err=True
        )
    for account in found:
        told = ["authenticator" if account.has_totp else "password only"]
        told += ["disabled"] if account.disabled else []
        click.echo(f"{account.name}  {account.role}  {', '.join(told)}")


@staff.command()
@click.argument("name")
@click.pass_obj
def disable(settings: Settings, name: str) -> None:
    """Close the account NAME and sign it out everywhere. A new password opens it again.

    \b
    Example: assistant staff disable jo
    """
    with _accounts(settings) as accounts:
        accounts.disable(name)
        accounts.audit(ACTOR, "disabled account", name.casefold())
    click.echo(f"{name} is signed out and cannot sign in. Open it again with: assistant staff passwd {name}")


@staff.command()
@click.argument("name")
@_from_stdin
@click.pass_obj
def passwd(settings: Settings, name: str, password_stdin: bool) -> None:
    """Set a new password for NAME, and sign the account out everywhere.

    \b
    Example: assistant staff passwd jo
    """
    with _accounts(settings) as accounts:
        accounts.set_password(name, _password(password_stdin))
        accounts.audit(ACTOR, "set password", name.casefold())
    click.echo(f"{name} has a new password.")


@staff.command()
@click.argument("name")
@click.option("--off", is_flag=True, help="Sign in without one from now on; not for an admin.")
@click.pass_obj
def totp(settings: Settings, name: str, off: bool) -> None:
    """Give NAME a new authenticator key; the old one opens nothing any more.

    \b
    Example: assistant staff totp jo
    """
    with _accounts(settings) as accounts:
        if off:
            accounts.drop_totp(name)
            accounts.audit(ACTOR, "dropped authenticator", name.casefold())
            click.echo(f"{name} signs in with the password alone.")
            return
        key = accounts.new_totp(name)
        accounts.audit(ACTOR, "set authenticator", name.casefold())
        _show_key(settings, name, key)


@contextmanager
def _accounts(settings: Settings) -> "Iterator[Accounts]":
    from assistant import wiring

    console = wiring.console(settings)
    try:
        yield console.accounts
    finally:
        console.close()


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt(
        "Password (at least 12 characters)", hide_input=True, confirmation_prompt="The same again", err=True
    )
    return password


def _show_key(settings: Settings, name: str, key: str) -> None:
    import segno

    from assistant.accounts import enrolment

    address = enrolment(name.casefold(), key, settings.clinic.name)
    click.echo("Scan this with an authenticator app, now: it is not shown again.\n")
    if sys.stdout.isatty():
        segno.make(address, error="l").terminal(out=sys.stdout, compact=True)
    click.echo(f"Key: {key}\nLink: {address}")
