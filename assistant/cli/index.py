"""`assistant index`: build the index of the shelf, look at it, go back to an older one."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.jobs import Kind, Running
    from corpus.shelf import Shelf
    from index.model import BuildReport, Manifest

Progress = Callable[[int, int], None]

_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def index() -> None:
    """Build the index that answers come from, and see to it."""


@index.command()
@click.option("--full", is_flag=True, help="Embed every passage anew, also what did not change.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--progress", is_flag=True, help="Show a progress bar even where there is no terminal.")
@click.option("--job", type=int, hidden=True, help="The job that this build belongs to.")
@_as_json
@click.pass_obj
def build(
    settings: Settings, full: bool, dry_run: bool, progress: bool, job: int | None, as_json: bool
) -> None:
    """Index the articles of the shelf and bring the new index into use.

    Only what changed is embedded. The site keeps answering from the old index until the new one is whole.

    \b
    Example: assistant index build
    """
    from assistant import wiring
    from index.build import build as built

    generations = wiring.generations(settings)
    with (
        _noted(settings, "build", job, dry_run) as noted,
        _bar(progress or sys.stderr.isatty()) as bar,
    ):
        shelf = wiring.shelf(settings)
        _review(settings, shelf)
        embedder = wiring.embedder(settings, prepare=None if dry_run else _say)

        def advance(done: int, total: int) -> None:
            for tell in (bar, noted and noted.advance):
                if tell:
                    tell(done, total)

        try:
            report = built(
                shelf,
                shelf.fingerprint,
                generations,
                embedder,
                wiring.vectors(settings),
                full=full,
                dry_run=dry_run,
                progress=advance,
                on_stage=noted.stage if noted else None,
            )
        except KeyboardInterrupt:
            raise click.ClickException("Interrupted. The index is as it was before.") from None
        told = _told(report, dry_run, undo=generations.previous() is not None)
        if noted:
            noted.generation, noted.outcome = report.generation, told
    if as_json:
        _print(asdict(report))
    else:
        click.echo(told)


@index.command()
@_as_json
@click.pass_obj
def status(settings: Settings, as_json: bool) -> None:
    """Show the index in use and whether the shelf has changed since.

    \b
    Example: assistant index status
    """
    from assistant import wiring

    generations = wiring.generations(settings)
    manifest = generations.manifest(generations.in_use())
    fresh = manifest.corpus == wiring.shelf(settings).fingerprint
    if as_json:
        _print({**_facts(manifest), "up_to_date": fresh})
        return
    click.echo(f"In use: {_described(manifest)}.")
    for refusal in manifest.refused:
        click.echo(f"Refused: {refusal}.")
    click.echo(
        "It holds the shelf as it is."
        if fresh
        else "The shelf has changed since. Renew it with: assistant index build"
    )


@index.command(name="list")
@_as_json
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List the generations that are kept, the newest first.

    \b
    Example: assistant index list
    """
    from assistant import wiring

    generations = wiring.generations(settings)
    current = generations.current()
    manifests = [generations.manifest(name) for name in generations.names()]
    if as_json:
        _print({"in_use": current, "generations": [_facts(manifest) for manifest in manifests]})
        return
    for manifest in manifests:
        click.echo(f"{'*' if manifest.generation == current else ' '} {_described(manifest)}")
    if not manifests:
        click.echo("There is no index yet. Build one with: assistant index build", err=True)


@index.command()
@click.argument("generation", required=False)
@_as_json
@click.pass_obj
def verify(settings: Settings, generation: str | None, as_json: bool) -> None:
    """Check every passage and vector of the index in use, or of GENERATION. Exit status 1 on a fault.

    \b
    Example: assistant index verify
    """
    from assistant import wiring
    from index.verifying import verify as faults_of

    generations = wiring.generations(settings)
    name = generation or generations.in_use()
    manifest = generations.manifest(name)
    embedder = wiring.built_embedder(settings, manifest.embedder, threads=0)
    faults = faults_of(generations, name, wiring.vectors(settings), embedder)
    if as_json:
        _print({"generation": name, "faults": faults})
    else:
        for fault in faults:
            click.echo(f"Fault: {fault}.")
        click.echo(
            f"{name} has {_count(len(faults), 'fault')}. "
            "Go back with: assistant index rollback, or build anew with: assistant index build --full"
            if faults
            else f"{name} is sound: {_count(manifest.passages, 'passage')}, each with the text and vector it was built with."
        )
    if faults:
        sys.exit(1)


@index.command()
@click.argument("generation", required=False)
@_as_json
@click.pass_obj
def rollback(settings: Settings, generation: str | None, as_json: bool) -> None:
    """Bring the index before the one in use, or GENERATION, into use again.

    \b
    Example: assistant index rollback
    """
    from assistant import wiring

    generations = wiring.generations(settings)
    was = generations.current()
    with _noted(settings, "rollback") as noted:
        manifest = generations.manifest(generations.rollback(generation))
        if noted:
            noted.generation, noted.outcome = manifest.generation, f"Before it: {was}."
    if as_json:
        _print({"in_use": manifest.generation, "was": was})
    else:
        click.echo(f"In use: {_described(manifest)}. Undo with: assistant index rollback {was}")


@contextmanager
def _noted(
    settings: Settings, kind: "Kind", job: int | None = None, unseen: bool = False
) -> "Iterator[Running | None]":
    """Write the job down where the staff console shows it. Without a database there is still an index to build."""
    from assistant import wiring
    from assistant.model import AssistantError

    if unseen:
        yield None
        return
    try:
        console = wiring.console(settings)
    except AssistantError as error:
        _say(f"{error} The console will not show this {kind}.")
        yield None
        return
    try:
        with console.jobs.running(kind, "terminal", job) as running:
            yield running
    finally:
        console.close()


def _review(settings: Settings, shelf: "Shelf") -> None:
    """Stop at what an editor has to mend first; the rest is told and does not stop anyone."""
    from assistant import wiring
    from corpus.model import CorpusError

    found = shelf.findings(wiring.today(settings))
    blocking = [finding for finding in found if finding.blocks]
    if blocking:
        raise CorpusError(
            f"{blocking[0].article}: {blocking[0].message} ({len(blocking)} such faults in all.) "
            "See them with: assistant corpus check"
        )
    if found:
        _say(f"{_count(len(found), 'thing')} to mend on the shelf. See with: assistant corpus check")


def _told(report: "BuildReport", dry_run: bool, undo: bool) -> str:
    lines = [f"Refused: {refusal}." for refusal in report.refused]
    articles, passages = _count(report.articles, "article"), _count(report.embedded, "new passage")
    dropped = f", dropping {report.dropped}" if report.dropped else ""
    if dry_run and not report.note.startswith("Nothing"):
        lines.append(
            f"Read {articles}. A build would mean embedding {passages}, keeping {report.kept}{dropped}."
        )
    elif report.published:
        lines.append(
            f"Read {articles}. Embedding {passages}, keeping {report.kept}{dropped} … "
            f"done in {report.seconds:.0f} s."
        )
    if report.note:
        lines.append(report.note)
    if not dry_run:
        back = " Undo with: assistant index rollback" if report.published and undo else ""
        lines.append(f"In use: {report.generation} ({_count(report.passages, 'passage')}).{back}")
    return "\n".join(lines)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _described(manifest: "Manifest") -> str:
    return (
        f"{manifest.generation} ({_count(manifest.passages, 'passage')} of {_count(manifest.articles, 'article')}, "
        f"{manifest.embedder.partition('@')[0]}, built {_moment(manifest.built)})"
    )


def _moment(built: datetime) -> str:
    return f"{built:%Y-%m-%d %H:%M} UTC"


def _facts(manifest: "Manifest") -> dict[str, Any]:
    return {**asdict(manifest), "built": manifest.built.isoformat()}


@contextmanager
def _bar(shown: bool) -> "Iterator[Progress | None]":
    """A progress bar on stderr, which appears when the first passages are embedded."""
    if not shown:
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc="Embedding", unit=" passages", file=sys.stderr, leave=False, delay=0.2) as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield advance


def _say(text: str) -> None:
    click.echo(text, err=True)


def _print(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
