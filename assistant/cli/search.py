"""`assistant search`: what the index finds, and why. For staff."""

import json
from typing import Any

import click

from assistant.settings import Settings
from index.model import Hit


@click.command()
@click.argument("query")
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1, 100), help="How many passages."
)
@click.option(
    "--source", "sources", multiple=True, metavar="KIND", help="Only this kind of source; repeatable."
)
@click.option("--why", is_flag=True, help="Show the scores behind each place.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def search(
    settings: Settings, query: str, limit: int, sources: tuple[str, ...], why: bool, as_json: bool
) -> None:
    """Show the passages that the index finds for QUERY, with their headings.

    \b
    Example: assistant search "plantar fasciitis stretching" --why
    """
    from assistant import wiring

    if not query.strip():
        raise click.UsageError("The query is empty.")
    searcher = wiring.searcher(settings)
    try:
        hits = searcher.search(query, limit, sources or None)
    finally:
        searcher.close()
    if as_json:
        click.echo(
            json.dumps({"query": query, "hits": [_payload(query, hit) for hit in hits]}, ensure_ascii=False)
        )
        return
    if not hits:
        click.echo("Nothing found.", err=True)
    for place, hit in enumerate(hits, start=1):
        click.echo(f"{place}. {' > '.join((hit.card.title, *hit.passage.trail))}  [{hit.passage.id}]")
        if why:
            click.echo(f"   {_why(query, hit)}")
        click.echo("   " + " ".join(hit.passage.text.split()) + "\n")


def _why(query: str, hit: Hit) -> str:
    from assistant.evidence import confidence

    dense = "–" if hit.dense is None else f"{hit.dense:.3f}"
    lexical = "–" if hit.lexical is None else f"{hit.lexical:.2f}"
    return (
        f"found by {' + '.join(hit.found_by)}; fused {hit.score:.4f}, cosine {dense}, BM25 {lexical}, "
        f"coverage {hit.coverage:.2f} ({', '.join(hit.matched) or 'no word in common'}), "
        f"confidence {confidence(query, hit):.2f}"
    )


def _payload(query: str, hit: Hit) -> dict[str, Any]:
    from assistant.evidence import confidence

    return {
        "passage": hit.passage.id,
        "title": hit.card.title,
        "trail": list(hit.passage.trail),
        "text": hit.passage.text,
        "url": f"{hit.card.url}#{hit.passage.anchor}",
        "kind": hit.card.kind,
        "certainty": hit.card.certainty,
        "score": hit.score,
        "dense": hit.dense,
        "lexical": hit.lexical,
        "coverage": hit.coverage,
        "confidence": round(confidence(query, hit), 3),
        "found_by": list(hit.found_by),
        "matched": list(hit.matched),
    }
