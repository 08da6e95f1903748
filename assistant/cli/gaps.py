"""`assistant gaps`: what visitors asked in vain. For staff."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.gaps import Gap, Gaps

EXAMPLES = 3


@click.group()
def gaps() -> None:
    """See which questions were not answered, and answer them."""


@gaps.command("list")
@click.option(
    "--all", "everything", is_flag=True, help="Also those that are answered, ignored or taken for off topic."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_(settings: Settings, everything: bool, as_json: bool) -> None:
    """List questions that got no answer or one that did not help, grouped by meaning, the most asked first.

    \b
    Example: assistant gaps list
    """
    with _gaps(settings) as opened:
        found = opened.list(() if everything else ("open",))
    if as_json:
        click.echo(json.dumps({"gaps": [_payload(gap) for gap in found]}, ensure_ascii=False))
        return
    if not found:
        click.echo("Nothing was asked in vain.", err=True)
    for gap in found:
        last = gap.last_asked.astimezone(ZoneInfo(settings.clinic.timezone)).strftime("%Y-%m-%d")
        answered = f", {gap.answered_now} answered now" if gap.answered_now else ""
        click.echo(f"{gap.id}  {gap.state}  asked {gap.count}×, last {last}{answered}: {gap.label}")
        others = dict.fromkeys(each.text for each in gap.questions if each.text != gap.label)
        for text in list(others)[:EXAMPLES]:
            click.echo(f"     {text}")


@gaps.command()
@click.argument("gap", type=int)
@click.option("--by", required=True, help="Who approves the answer; visitors are told.")
@click.option("--text", help="The answer, in plain words.")
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), help="A text file with the answer instead."
)
@click.option("--question", help="The question as visitors should read it. Default: the gap's own.")
@click.option("--phrasings", is_flag=True, help="Keep the visitors' wordings as other ways to ask for it.")
@click.option("--build/--no-build", default=True, show_default=True, help="Bring the index up to date.")
@click.pass_context
def answer(
    ctx: click.Context,
    gap: int,
    by: str,
    text: str | None,
    file: Path | None,
    question: str | None,
    phrasings: bool,
    build: bool,
) -> None:
    """Write the approved answer to a gap: an article on the clinic's own shelf.

    \b
    Example: assistant gaps answer 3 --by "Bea Lee, physiotherapist" --text "We come to you, so there is no parking."
    """
    from assistant import wiring
    from assistant.cli.index import build as index_build

    settings: Settings = ctx.obj
    if (text is None) == (file is None):
        raise click.UsageError("Give the answer with --text or with --file.")
    words = text if file is None else file.read_text("utf-8")
    with _gaps(settings) as opened:
        known = opened.get(gap)
        asked = [each.text for each in known.questions] if phrasings else []
        written = wiring.approve(settings, question or known.label, words or "", by, asked)
        opened.settle(gap, "answered", by, wiring.now(), written.article)
    click.echo(f"Wrote {written.path}.", err=True)
    if build:
        ctx.invoke(index_build)


@gaps.command()
@click.argument("gap", type=int)
@click.option("--by", default="", help="Who decides that.")
@click.pass_obj
def ignore(settings: Settings, gap: int, by: str) -> None:
    """Say that a gap needs no answer. What is asked alike later joins it silently.

    \b
    Example: assistant gaps ignore 4
    """
    from assistant import wiring

    with _gaps(settings) as opened:
        ignored = opened.settle(gap, "ignored", by, wiring.now())
    click.echo(f"Gap {ignored.id} is ignored: {ignored.label}")


@contextmanager
def _gaps(settings: Settings) -> "Iterator[Gaps]":
    """The gaps with all that was asked in vain until now taken in."""
    from assistant import wiring

    store = wiring.store(settings)
    try:
        while store.gaps.gather(lambda texts: wiring.embed(settings, texts), wiring.now()):
            pass
        yield store.gaps
    finally:
        store.close()


def _payload(gap: "Gap") -> dict[str, Any]:
    return {
        "id": gap.id,
        "state": gap.state,
        "question": gap.label,
        "count": gap.count,
        "last_asked": gap.last_asked.isoformat(),
        "answered_now": gap.answered_now,
        "article": gap.article,
        "changed": gap.changed.isoformat(),
        "changed_by": gap.changed_by,
        "questions": [
            {"text": each.text, "reason": each.reason, "asked": each.asked.isoformat()}
            for each in gap.questions
        ],
    }
