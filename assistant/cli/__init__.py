"""The command line. Only click is imported here: each command fetches what it needs when it runs."""

import importlib
from pathlib import Path
from typing import Any

import click

COMMANDS = {
    "ask": "assistant.cli.ask:ask",
    "backup": "assistant.cli.backup:backup",
    "chat": "assistant.cli.ask:chat",
    "corpus": "assistant.cli.corpus:corpus",
    "doctor": "assistant.cli.doctor:doctor",
    "evaluate": "assistant.cli.evaluate:evaluate",
    "gaps": "assistant.cli.gaps:gaps",
    "handoff": "assistant.cli.handoff:handoff",
    "index": "assistant.cli.index:index",
    "privacy": "assistant.cli.privacy:privacy",
    "search": "assistant.cli.search:search",
    "serve": "assistant.cli.serve:serve",
    "staff": "assistant.cli.staff:staff",
}


class Commands(click.Group):
    """Commands that are imported when they are used, and faults that people can mend told in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        from assistant.model import AssistantError
        from corpus.model import CorpusError
        from index.model import IndexNotReady

        try:
            return super().invoke(ctx)
        except (AssistantError, CorpusError, IndexNotReady) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file (TOML). Default: ASSISTANT_CONFIG."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Data folder. Default: ASSISTANT_DATA, else var/."
)
@click.version_option(package_name="soft-tissue-assistant", prog_name="assistant")
@click.pass_context
def assistant(ctx: click.Context, config: Path | None, data: Path | None) -> None:
    """Answers questions about soft tissue therapy with cited sentences, and hands the rest to people.

    Results go to stdout, progress and warnings to stderr. Exit status: 0 done, 1 did not succeed, 2 asked wrongly.
    """
    from assistant.settings import load
    from assistant.wiring import prepare_process

    prepare_process()
    ctx.obj = load(config, data)
