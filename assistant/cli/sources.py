"""`assistant corpus sync`, `verify` and `licences`: the referenced sources, pulled lawfully."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING

import click

from assistant.settings import Settings

if TYPE_CHECKING:
    from corpus.connectors.publication import Connector
    from corpus.manifest import Record
    from corpus.runs import Outcome, SourceReport
    from corpus.sources import Sources
    from corpus.syncing import Progress, Syncing

_HEADS = ("source", "found", "full", "quoted", "mention", "refused", "unchanged", "failed", "seconds")
_ALL = 1_000_000


def _day(context: click.Context, option: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"“{value}” is no day. Write it as in 2026-01-31.") from None


_source = click.option(
    "--source", "names", multiple=True, metavar="NAME", help="Only this source; may be repeated."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@_source
@click.option(
    "--query",
    default=None,
    help="What to look for, in PubMed's words; in folders the words in a file's name. Default: sources.query; any file.",
)
@click.option(
    "--since", callback=_day, metavar="DAY", help="Only what came out on that day (2026-01-31) or later."
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=None,
    help="At most so many of each source. Default: sources.limit; all files of a folder.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be taken and what not, and why; take nothing.")
@click.option("--offline", is_flag=True, help="Ask no server; repeat from what was fetched before.")
@_as_json
@click.pass_obj
def sync(
    settings: Settings,
    names: Sequence[str],
    query: str | None,
    since: date | None,
    limit: int | None,
    dry_run: bool,
    offline: bool,
    as_json: bool,
) -> None:
    """Pull articles from the sources onto the shelf, as far as their licences allow.

    Without --source all sources are asked that are set up. What is here already is not fetched again, so an
    interrupted run is simply run again.

    \b
    Example: assistant corpus sync --source pmc --limit 20 --dry-run
    """
    from corpus.runs import Wanted

    wanted = Wanted(
        settings.sources.query if query is None else query,
        since,
        limit or settings.sources.limit,
        dry_run,
    )
    of_folders = replace(wanted, query=query or "", limit=limit or _ALL)
    if not offline:
        _mind_the_hour(settings, names, wanted.limit)
    reports = _reports(
        settings,
        names,
        offline,
        lambda syncing, source, tell: syncing.run(
            source, of_folders if source.name == "files" else wanted, tell
        ),
        dry_run and not as_json,
        wanted.limit,
    )
    _close(reports, as_json, dry_run=dry_run, limit=wanted.limit)


@click.command()
@_source
@click.option("--offline", is_flag=True, help="Ask no server; repeat from what was fetched before.")
@_as_json
@click.pass_obj
def verify(settings: Settings, names: Sequence[str], offline: bool, as_json: bool) -> None:
    """Ask the sources again about all that stands on the shelf by them.

    What was retracted, or is not there any more, leaves the shelf and is not cited from that moment on.

    \b
    Example: assistant corpus verify
    """
    reports = _reports(
        settings, names, offline, lambda syncing, source, tell: syncing.verify(source, tell), False
    )
    _close(reports, as_json, dry_run=False)


@click.command()
@_source
@_as_json
@click.pass_obj
def licences(settings: Settings, names: Sequence[str], as_json: bool) -> None:
    """Print what was decided about each fetched publication, by which licence and on what evidence.

    \b
    Example: assistant corpus licences
    """
    from assistant import wiring
    from corpus.manifest import told

    manifest = wiring.manifest(settings)
    try:
        records = manifest.records(tuple(names))
        stones = manifest.tombstones()
    finally:
        manifest.close()
    if as_json:
        removed = [{**asdict(stone), "removed": stone.removed.isoformat()} for stone in stones]
        click.echo(
            json.dumps({"records": [told(each) for each in records], "removed": removed}, ensure_ascii=False)
        )
        return
    for record in records:
        _show(record)
    for stone in stones:
        click.echo(f"removed     {stone.id}  {stone.removed:%Y-%m-%d}  {stone.reason}")
    click.echo(
        f"{len(records)} records, {sum(bool(each.article) for each in records)} of them on the shelf.",
        err=True,
    )


def _mind_the_hour(settings: Settings, names: Sequence[str], limit: int) -> None:
    from assistant import wiring
    from corpus.sources import ABOUT, LARGE, is_busy, requests_to_ncbi

    count = requests_to_ncbi(names or ABOUT, limit)
    if count > LARGE and is_busy(wiring.now()) and not settings.sources.stand_in:
        click.echo(
            f"This may make up to {count} requests to NCBI, which asks that runs of more than about {LARGE} be made at "
            "night (21:00 to 5:00 Eastern time) or on weekends. Think of --limit or a later hour.",
            err=True,
        )


def _show(record: "Record") -> None:
    decision = record.admission if record.status in ("ok", "refused") else record.status
    click.echo(f"{decision:10}  {record.source:9}  {record.id}  {record.licence or '-'}")
    click.echo(f"            {record.citation or record.title or record.address}")
    evidence = f" Evidence: {record.evidence}" if record.evidence else ""
    click.echo(f"            {record.reason}{evidence}")
    for flag in record.flags:
        click.echo(f"            Note: {flag}")


def _reports(
    settings: Settings,
    names: Sequence[str],
    offline: bool,
    work: "Callable[[Syncing, Connector, Progress], SourceReport]",
    tell_each: bool,
    most: int | None = None,
) -> "list[SourceReport]":
    from assistant import wiring
    from assistant.model import AssistantError
    from corpus.sources import ABOUT

    for name in names:
        if name not in ABOUT:
            raise click.UsageError(f"There is no source “{name}”. Known are: {', '.join(ABOUT)}.")
    local = bool(names) and set(names) <= {"files"}
    if not (offline or local or settings.sources.contact):
        raise AssistantError(
            "Nothing is asked of other people's servers without saying who asks. "
            "Set an e-mail address as sources.contact in the settings file."
        )
    sources = wiring.sources(settings, offline=offline)
    syncing = wiring.syncing(settings, sources)
    reports: list[SourceReport] = []
    try:
        for name in names or sources.usable():
            reports.append(_one(name, sources, syncing, work, tell_each, None if name == "files" else most))
    except KeyboardInterrupt:
        raise click.ClickException("Interrupted. What was taken is kept; run it again to go on.") from None
    finally:
        sources.close()
        syncing.manifest.close()
    return reports


def _one(
    name: str,
    sources: "Sources",
    syncing: "Syncing",
    work: "Callable[[Syncing, Connector, Progress], SourceReport]",
    tell_each: bool,
    most: int | None,
) -> "SourceReport":
    from corpus.model import CorpusError
    from corpus.runs import SourceReport

    on_one_screen = tell_each and sys.stdout.isatty()
    with _bar(name, most, shown=sys.stderr.isatty() and not on_one_screen) as advance:

        def tell(outcome: "Outcome") -> None:
            advance(outcome)
            if tell_each:
                _tell(outcome)

        try:
            return work(syncing, sources.connector(name), tell)
        except CorpusError as fault:
            return SourceReport(name, (), str(fault), 0.0)


def _tell(outcome: "Outcome") -> None:
    click.echo(f"{outcome.what:10}  {outcome.source}  {outcome.id}  {outcome.title}")
    click.echo(f"            {outcome.reason}")
    for note in outcome.notes:
        click.echo(f"            Note: {note}")


@contextmanager
def _bar(name: str, most: int | None, *, shown: bool) -> "Iterator[Callable[[Outcome], None]]":
    """A progress bar on stderr, but not where it would stand among the lines of a dry run."""
    if not shown:
        yield lambda outcome: None
        return
    from tqdm import tqdm

    with tqdm(desc=name, total=most, unit=" publications", file=sys.stderr, leave=False) as bar:

        def advance(outcome: "Outcome") -> None:
            bar.update()
            bar.set_postfix_str(f"{outcome.what}: {outcome.title[:40]}", refresh=False)

        yield advance


def _close(reports: "Sequence[SourceReport]", as_json: bool, *, dry_run: bool, limit: int = 0) -> None:
    """The closing table, or one object; exit status 1 when a source failed as a whole."""
    if as_json:
        click.echo(
            json.dumps(
                {"dry_run": dry_run, "sources": [_told(report) for report in reports]}, ensure_ascii=False
            )
        )
    else:
        rows = [_HEADS, *map(_row, reports)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADS))]
        for row in rows:
            first, *rest = (
                cell.ljust(width) if not at else cell.rjust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            click.echo("  ".join((first, *rest)))
    for report in reports:
        for outcome in report.outcomes:
            if outcome.what in ("failed", "gone", "retracted"):
                why = outcome.reason.removeprefix(outcome.id).lstrip()
                click.echo(f"{outcome.what}: {outcome.source} {outcome.id}: {why}", err=True)
            for note in () if dry_run else outcome.notes:
                click.echo(f"note: {outcome.source} {outcome.id}: {note}", err=True)
        if report.fault:
            click.echo(f"{report.source} failed: {report.fault}", err=True)
        elif limit and len(report.outcomes) >= limit and report.source != "files":
            click.echo(
                f"{report.source} stopped at {limit}; there may be more. Raise it with: --limit", err=True
            )
    changed = sum(report.count("full", "quote-only", "gone", "retracted") for report in reports)
    if dry_run:
        click.echo("Nothing was taken: this was a dry run.", err=True)
    elif changed:
        click.echo("Put it into use with: assistant index build", err=True)
    if any(report.fault for report in reports):
        sys.exit(1)


def _row(report: "SourceReport") -> tuple[str, ...]:
    counts = [
        report.count("full"),
        report.count("quote-only"),
        report.count("reference"),
        report.count("refuse", "retracted", "gone", "removed"),
        report.count("unchanged", "held"),
        report.count("failed"),
    ]
    return (report.source, str(len(report.outcomes)), *map(str, counts), f"{report.seconds:.1f}")


def _told(report: "SourceReport") -> dict[str, object]:
    counted: dict[str, int] = {}
    for outcome in report.outcomes:
        counted[outcome.what] = counted.get(outcome.what, 0) + 1
    return {
        "source": report.source,
        "found": len(report.outcomes),
        "counts": counted,
        "fault": report.fault or None,
        "seconds": round(report.seconds, 2),
        "publications": [asdict(outcome) for outcome in report.outcomes],
    }
