"""`assistant staff …`: the only place where accounts are made."""

import json
import re
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result

from assistant import wiring
from assistant.accounts import Accounts
from assistant.cli import assistant
from assistant.cli.serve import _has_staff
from assistant.settings import Settings

PASSWORD = "brown kettle sings again"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


def run(data: Path, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(assistant, ["--data", str(data), "staff", *arguments], input=typed)


def accounts(data: Path) -> Accounts:
    return wiring.console(Settings(data_dir=data)).accounts


def test_an_account_is_made_with_a_password_typed_twice_and_never_shown(data: Path) -> None:
    done = run(data, "add", "Jo", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert "jo" in done.stdout
    assert accounts(data).sign_in("jo", PASSWORD, "", "127.0.0.1").role == "staff"


def test_a_script_gives_the_password_on_stdin(data: Path) -> None:
    assert run(data, "add", "al", "--password-stdin", typed=f"{PASSWORD}\n").exit_code == 0
    assert accounts(data).sign_in("al", PASSWORD, "", "127.0.0.1").name == "al"


def test_no_password_stands_on_a_command_line(data: Path) -> None:
    assert run(data, "add", "al", "--password", PASSWORD).exit_code == 2
    assert run(data, "add", "al", PASSWORD).exit_code == 2


def test_an_administrator_gets_a_key_for_the_authenticator(data: Path) -> None:
    done = run(data, "add", "jo", "--role", "admin", "--password-stdin", typed=f"{PASSWORD}\n")
    shown = re.search(r"Key: (\w+)", done.stdout)
    assert shown is not None
    link = re.search(r"Link: (\S+)", done.stdout)
    assert link is not None

    assert pyotp.parse_uri(link.group(1)).secret == shown.group(1)
    code = pyotp.TOTP(shown.group(1)).now()
    assert accounts(data).sign_in("jo", PASSWORD, code, "127.0.0.1").is_admin


@pytest.mark.parametrize(
    ("typed", "why"),
    [("short\n", "at least 12"), ("passwordpassword\n", "Choose another"), ("\n", "at least 12")],
)
def test_a_weak_password_makes_no_account(typed: str, why: str, data: Path) -> None:
    done = run(data, "add", "al", "--password-stdin", typed=typed)

    assert done.exit_code == 1
    assert why in done.stderr
    assert accounts(data).all() == ()


def test_the_list_says_who_may_what(data: Path) -> None:
    assert "assistant staff add" in run(data, "list").stderr
    run(data, "add", "jo", "--role", "admin", "--password-stdin", typed=f"{PASSWORD}\n")
    run(data, "add", "al", "--password-stdin", typed=f"{PASSWORD}\n")
    run(data, "disable", "al")
    listed = json.loads(run(data, "list", "--json").stdout)["accounts"]

    assert [(row["name"], row["role"], row["disabled"], row["totp"]) for row in listed] == [
        ("al", "staff", True, False),
        ("jo", "admin", False, True),
    ]
    assert "al  staff  password only, disabled" in run(data, "list").stdout
    assert "$argon2" not in run(data, "list", "--json").stdout


def test_a_new_password_opens_a_closed_account(data: Path) -> None:
    run(data, "add", "al", "--password-stdin", typed=f"{PASSWORD}\n")
    run(data, "disable", "AL")
    done = run(data, "passwd", "al", "--password-stdin", typed="green lantern over there\n")

    assert done.exit_code == 0
    assert accounts(data).sign_in("al", "green lantern over there", "", "127.0.0.1").name == "al"


def test_an_authenticator_is_given_renewed_and_taken_away(data: Path) -> None:
    run(data, "add", "al", "--password-stdin", typed=f"{PASSWORD}\n")
    keys = [re.findall(r"Key: (\w+)", run(data, "totp", "al").stdout)[0] for _ in range(2)]

    assert keys[0] != keys[1]
    assert accounts(data).find("al").has_totp
    assert run(data, "totp", "al", "--off").exit_code == 0
    assert not accounts(data).find("al").has_totp


def test_an_administrator_keeps_one(data: Path) -> None:
    run(data, "add", "jo", "--role", "admin", "--password-stdin", typed=f"{PASSWORD}\n")
    done = run(data, "totp", "jo", "--off")

    assert done.exit_code == 1
    assert "assistant staff totp jo" in done.stderr


@pytest.mark.parametrize("command", [["disable", "x1"], ["passwd", "x1", "--password-stdin"], ["totp", "x1"]])
def test_an_unknown_account_is_told_with_the_next_step(command: list[str], data: Path) -> None:
    done = run(data, *command, typed=f"{PASSWORD}\n")

    assert done.exit_code == 1
    assert "assistant staff list" in done.stderr


def test_what_the_terminal_does_is_in_the_audit_log(data: Path) -> None:
    run(data, "add", "al", "--password-stdin", typed=f"{PASSWORD}\n")
    run(data, "disable", "al")
    log = accounts(data).log()

    assert [(entry.actor, entry.act, entry.subject) for entry in log] == [
        ("terminal", "disabled account", "al"),
        ("terminal", "added staff account", "al"),
    ]


def test_serving_says_how_to_make_the_first_account_until_there_is_one(data: Path) -> None:
    assert not _has_staff(Settings(data_dir=data))
    run(data, "add", "al", "--password-stdin", typed=f"{PASSWORD}\n")
    assert _has_staff(Settings(data_dir=data))
