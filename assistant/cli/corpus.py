"""`assistant corpus`: what the clinic knows. For editors."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.sources import licences, sync, verify
from assistant.settings import Settings

if TYPE_CHECKING:
    from corpus.adding import Added
    from corpus.model import Article
    from corpus.review import Finding


@click.group()
def corpus() -> None:
    """See, check, add and remove articles, and pull them from the sources."""


corpus.add_command(sync)
corpus.add_command(verify)
corpus.add_command(licences)


@corpus.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List the articles of all shelves in use.

    \b
    Example: assistant corpus list
    """
    from assistant import wiring

    shelf = wiring.shelf(settings)
    if as_json:
        _print_json({"articles": [_summary(article) for article in shelf], "fingerprint": shelf.fingerprint})
        return
    width = max((len(article.card.id) for article in shelf), default=0)
    for article in shelf:
        card = article.card
        click.echo(f"{card.id:{width}}  {card.topic or '-':10}  {card.certainty:16}  {card.title}")
    unreviewed = sum(not article.card.is_reviewed for article in shelf)
    click.echo(f"{_count(len(shelf), 'article')}, {unreviewed} of them not reviewed.", err=True)


@corpus.command()
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def show(settings: Settings, id: str, as_json: bool) -> None:
    """Show the article ID as visitors' answers quote it, with its works.

    \b
    Example: assistant corpus show trigger-points
    """
    from assistant import wiring
    from corpus.bibliography import citation
    from corpus.model import CorpusError

    shelf = wiring.shelf(settings)
    article = shelf.get(id)
    if article is None:
        near = [known.card.id for known in shelf if id in known.card.id][:5]
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise CorpusError(
            f"There is no article “{id}”.{hint} See which there are with: assistant corpus list"
        )
    if as_json:
        _print_json(_summary(article) | {"file": str(shelf.path(id)), "sections": _sections(article)})
        return
    card = article.card
    click.echo(f"# {card.title}\n")
    click.echo(
        f"{card.id} · {card.topic or 'no topic'} · certainty: {card.certainty} · {card.licence.name} · "
        f"reviewed: {card.reviewed or 'never'}"
    )
    for section in article.sections:
        click.echo(f"\n## {' > '.join(section.trail)}\n\n{section.text}")
    if card.references:
        click.echo("\n## Works\n")
    for known in card.references:
        click.echo(f"[{known.key}] {citation(known)}")
    click.echo(f"From {shelf.path(id)}", err=True)


@corpus.command()
@click.option("--csl", "as_csl", is_flag=True, help="Print CSL-JSON, which reference managers read.")
@click.pass_obj
def works(settings: Settings, as_csl: bool) -> None:
    """List the works that the articles cite, the pulled papers among them.

    \b
    Example: assistant corpus works --csl > works.json
    """
    from assistant import wiring
    from corpus.bibliography import citation, csl

    cards = [article.card for article in wiring.shelf(settings)]
    cited = [known for card in cards for known in card.references]
    pulled = [card.paper.work for card in cards if card.paper]
    unique = {known.key: known for known in (*cited, *pulled) if known.kind != "clinic"}
    if as_csl:
        click.echo(json.dumps([csl(unique[key]) for key in sorted(unique)], ensure_ascii=False, indent=2))
        return
    for key in sorted(unique):
        click.echo(f"[{key}] {citation(unique[key])}")
    click.echo(f"{_count(len(unique), 'work')}.", err=True)


@corpus.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def check(settings: Settings, as_json: bool) -> None:
    """Check all articles and works; fail when there are errors.

    \b
    Example: assistant corpus check
    """
    from assistant import wiring
    from corpus.model import CorpusError
    from corpus.review import Finding
    from corpus.sourcing import sourcing

    count, sources = 0, None
    try:
        shelf = wiring.shelf(settings)
        count, sources = len(shelf), sourcing(shelf)
        found = shelf.findings(wiring.today(settings))
    except CorpusError as error:  # files that cannot be read at all are the first thing to mend
        found = [Finding("error", "", "", line) for line in str(error).splitlines()]
    errors = sum(finding.severity == "error" for finding in found)
    if as_json:
        payload = [
            {"severity": each.severity, "article": each.article, "where": each.where, "message": each.message}
            for each in found
        ]
        _print_json(
            {
                "articles": count,
                "errors": errors,
                "warnings": len(found) - errors,
                "sources": asdict(sources) if sources else None,
                "findings": payload,
            }
        )
    else:
        for finding in found:
            click.echo(_line(finding))
        counts = f"{_count(errors, 'error')}, {_count(len(found) - errors, 'warning')}"
        click.echo(f"{_count(count, 'article')}: {counts}.", err=True)
    if errors:
        sys.exit(1)


@corpus.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--licence", default="", help="Terms of the text, as in “CC BY 4.0”. Default: the clinic's own."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def add(settings: Settings, files: Sequence[Path], licence: str, as_json: bool) -> None:
    """Put FILES (Markdown, text, HTML, PDF, Word) on the clinic's own shelf.

    An added text is marked as not reviewed. The same file again changes nothing; a new version of it
    replaces the old one.

    \b
    Example: assistant corpus add guide.txt
    """
    from assistant import wiring
    from corpus.adding import add as put
    from corpus.model import CorpusError

    own = _own_shelf(settings)
    others = _ids_of_other_shelves(settings)
    added: list[Added] = []
    refused: list[str] = []
    for file in files:
        try:
            added.append(
                put(
                    file,
                    own,
                    today=wiring.today(settings),
                    taken=others,
                    licence=licence,
                    numbers=settings.placeholders,
                    use=settings.corpus.use,
                )
            )
        except CorpusError as error:
            refused.append(str(error))
            click.echo(f"Refused: {error}", err=True)
            continue
        if not as_json:
            _tell(added[-1])
    if as_json:
        _print_json({"added": [_added(each) for each in added], "refused": refused})
    if any(each.change != "unchanged" for each in added):
        click.echo("Put it into use with: assistant index build", err=True)
    if refused:
        sys.exit(1)


@corpus.command()
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def remove(settings: Settings, id: str, yes: bool, as_json: bool) -> None:
    """Delete the article ID from the clinic's own shelf.

    One that came from a source is not cited from that moment on, and `corpus sync` does not bring it back.

    \b
    Example: assistant corpus remove our-opening-hours
    """
    from corpus.adding import own_file
    from corpus.adding import remove as take_off

    if _comes_from_a_source(settings, id):
        _withdraw(settings, id, yes, as_json)
        return
    own = _own_shelf(settings)
    path = own_file(id, own)
    if not yes:
        click.confirm(f"Delete {path}?", abort=True, err=True)
    take_off(id, own)
    if as_json:
        _print_json({"removed": id, "file": str(path)})
    else:
        click.echo(f"Removed {id}.")
    click.echo("Take it out of answers with: assistant index build", err=True)


def _comes_from_a_source(settings: Settings, id: str) -> bool:
    from assistant import wiring

    if not (settings.data_dir / "sources.db").exists():
        return False
    manifest = wiring.manifest(settings)
    try:
        return bool(manifest.of_article(id))
    finally:
        manifest.close()


def _withdraw(settings: Settings, id: str, yes: bool, as_json: bool) -> None:
    from assistant import wiring

    if not yes:
        click.confirm(f"Remove {id} for good? It is not fetched again.", abort=True, err=True)
    syncing = wiring.syncing(settings)
    try:
        sources = syncing.remove(id)
    finally:
        syncing.manifest.close()
    if as_json:
        _print_json({"removed": id, "sources": list(sources)})
    else:
        click.echo(f"Removed {id} ({', '.join(sources)}). It is not cited any more.")
    click.echo("Take its passages out of the index with: assistant index build", err=True)


def _own_shelf(settings: Settings) -> Path:
    return settings.data_dir / "shelf"


def _ids_of_other_shelves(settings: Settings) -> set[str]:
    from corpus.shelf import SHIPPED, article_files

    folders = [*([SHIPPED] if settings.corpus.shipped else []), *settings.corpus.shelves]
    return {path.stem for folder in folders for path in article_files(folder)}


def _tell(added: "Added") -> None:
    card = added.article.card
    what = {
        "added": "Added",
        "replaced": "Replaced the earlier version of",
        "unchanged": "Already there, unchanged:",
    }[added.change]
    works = f", {_count(len(added.references), 'work')}" if added.references else ""
    sections = _count(len(added.article.sections), "section")
    click.echo(f"{what} “{card.title}” as {card.id}: {sections}{works}, {card.certainty}.")
    for note in added.left_out:
        click.echo(f"Left out: {note}", err=True)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _line(finding: "Finding") -> str:
    place = ", ".join(part for part in (finding.article, finding.where) if part)
    return (
        f"{finding.severity}: {place}: {finding.message}"
        if place
        else f"{finding.severity}: {finding.message}"
    )


def _summary(article: "Article") -> dict[str, object]:
    card = article.card
    return {
        "id": card.id,
        "title": card.title,
        "topic": card.topic,
        "kind": card.kind,
        "certainty": card.certainty,
        "licence": card.licence.name,
        "admission": card.licence.admission,
        "reviewer": card.reviewer,
        "reviewed": card.reviewed.isoformat() if card.reviewed else None,
        "review_due": card.review_due.isoformat() if card.review_due else None,
        "sections": len(article.sections),
        "references": [known.key for known in card.references],
        "source": article.source.address,
    }


def _sections(article: "Article") -> list[dict[str, object]]:
    return [
        {
            "trail": section.trail,
            "anchor": section.anchor,
            "text": section.text,
            "cites": [{"offset": offset, "key": key} for offset, key in section.cites],
        }
        for section in article.sections
    ]


def _added(added: "Added") -> dict[str, object]:
    return _summary(added.article) | {
        "file": str(added.written),
        "change": added.change,
        "left_out": added.left_out,
    }


def _print_json(payload: dict[str, object]) -> None:
    click.echo(json.dumps(payload, ensure_ascii=False))
