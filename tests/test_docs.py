"""What the help says is there, and what is there is in the help and in the README."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from assistant.cli import assistant

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
HEAVY = ("torch", "chromadb", "langchain_core", "numpy", "flask", "sqlalchemy", "onnxruntime")


def commands(
    group: click.Group = assistant, path: tuple[str, ...] = ("assistant",)
) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_with_an_example(name: str) -> None:
    help = COMMANDS[name].help or ""

    assert help.split("\n")[0].strip().endswith(".")
    assert f"Example: {name}" in help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    options = [item for item in COMMANDS[name].params if isinstance(item, click.Option)]

    assert [item.name for item in options if not item.help] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert name in README


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['assistant', '--help']\n"
        "from assistant.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env={**os.environ}, check=True
    )

    assert done.stderr.strip() == "[]"
