"""`assistant evaluate`: golden questions against pinned floors."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.model import AssistantError
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.baselines import Standing
    from assistant.evaluation import Observation
    from assistant.golden import Golden
    from assistant.rates import Rate
    from assistant.triage_report import Hearing
    from index.model import Manifest

PARTS = {"tuned": False, "held_out": True}


@click.command()
@click.option(
    "--questions",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A YAML or JSON Lines file (or a folder of them) instead of the golden questions; repeatable.",
)
@click.option(
    "--triage",
    "told",
    type=click.Path(path_type=Path),
    help="Messages with their right levels (YAML): how many alarms are raised, missed and false.",
)
@click.option(
    "--baselines", is_flag=True, help="Hold it against BM25 alone, vectors alone and a plain LangChain chain."
)
@click.option("--card", is_flag=True, help="Write SYSTEM_CARD.md into the data folder; /about/card shows it.")
@click.option("--worst", default=0, metavar="N", type=click.IntRange(0), help="Name the N worst replies.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--update-floors", is_flag=True, help="Pin today's figures as the floors.")
@click.pass_obj
def evaluate(
    settings: Settings,
    files: tuple[Path, ...],
    told: Path | None,
    baselines: bool,
    card: bool,
    worst: int,
    as_json: bool,
    update_floors: bool,
) -> None:
    """Ask the golden questions and count: search, answers, citations, right action. Nothing is stored.

    Exit status 1 when a figure has fallen below its pinned floor. Questions marked `held_out` were never
    used for tuning; they are counted apart.

    \b
    Example: assistant evaluate --worst 10
             assistant evaluate --questions my-questions.jsonl
    """
    from assistant.evaluation import below, confusion, figures
    from assistant.golden import read

    if files and (update_floors or card):
        raise click.UsageError("Floors and the card are of the golden questions: leave out --questions.")
    golden = read(files or _golden_folders(settings))
    seen, manifest, plain, heard = _ask(settings, golden, baselines or card, told)
    corpus, embedder = manifest.corpus, manifest.embedder
    parts = {name: [one for one in seen if one.golden.held_out is held] for name, held in PARTS.items()}
    found = {name: figures(part) for name, part in parts.items() if part}
    faults: list[str] = []
    if not files:
        pinned = _floors_file(settings)
        if update_floors:
            _pin(pinned, corpus, embedder, found)
        floors = _read_floors(pinned)
        if floors and floors.get("corpus") != corpus:
            click.echo(
                "The floors were pinned for other articles. After a look at the figures, pin new ones: "
                "assistant evaluate --update-floors",
                err=True,
            )
        faults = [f"{name}: {fault}" for name in found for fault in below(found[name], floors.get(name, {}))]
    if card:
        from assistant.system_card import CARD, system_card

        path = settings.data_dir / CARD
        path.write_text(
            system_card(settings, manifest, found, confusion(seen), plain, heard.rates if heard else {}),
            "utf-8",
        )
        click.echo(f"Written: {path}", err=True)
    if as_json:
        _print_json(found, confusion(seen), seen, worst, faults, corpus, plain, heard)
    else:
        _print_tables(found, confusion(seen), seen, worst, plain, heard)
    for fault in faults:
        click.echo(f"Below its floor: {fault}.", err=True)
    if faults:
        raise click.exceptions.Exit(1)


def _ask(
    settings: Settings, golden: Sequence["Golden"], baselines: bool, told: Path | None
) -> tuple[list["Observation"], "Manifest", list["Standing"], "Hearing | None"]:
    """What became of every question, with what index, how plain searches of it do, and how triage hears."""
    from tqdm import tqdm

    from assistant import wiring
    from assistant.baselines import standings
    from assistant.evaluation import DEPTH, observe
    from assistant.triage_report import hearing, messages

    searcher = wiring.searcher(settings)
    try:
        chain = wiring.chain(settings, searcher)
        searcher.warm()

        def sections(text: str) -> list[str]:
            return [hit.passage.id.rsplit("/", 1)[0] for hit in searcher.search(text, 3 * DEPTH)]

        asked = tqdm(golden, "Asking", unit=" questions", file=sys.stderr, leave=False, disable=None)
        seen = [observe(one, chain.invoke, sections) for one in asked]
        held_out = [one for one in golden if one.held_out]
        plain = standings(searcher, held_out, wiring.model(settings)) if baselines else []
        heard = hearing(wiring.triage(settings, searcher), messages(told)) if told else None
        return seen, searcher.manifest, plain, heard
    finally:
        searcher.close()


def _golden_folders(settings: Settings) -> list[Path]:
    from corpus.shelf import SHIPPED

    folders = [SHIPPED / "golden"] if settings.corpus.shipped else []
    own = settings.data_dir / "golden"
    return [*folders, *([own] if own.is_dir() else [])]


def _floors_file(settings: Settings) -> Path:
    """The clinic's own floors once its folder of golden questions is there, else the shipped ones."""
    from corpus.shelf import SHIPPED

    own = settings.data_dir / "golden"
    return (own if own.is_dir() else SHIPPED / "golden") / "floors.json"


def _read_floors(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        floors: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise AssistantError(
            f"{file} is not JSON. Pin the floors anew: assistant evaluate --update-floors"
        ) from error
    return floors


def _pin(file: Path, corpus: str, embedder: str, found: Mapping[str, Mapping[str, "Rate"]]) -> None:
    from assistant.evaluation import FLOORED

    floors: dict[str, Any] = {"corpus": corpus, "embedder": embedder}
    for name, part in found.items():
        floors[name] = {
            figure: int(share * 1000) / 1000
            for figure in FLOORED
            if (share := part[figure].share) is not None
        }
    file.write_text(json.dumps(floors, indent=2) + "\n", "utf-8")


def _worst(seen: Iterable["Observation"], n: int) -> list["Observation"]:
    """Wrong actions first, then answers that state the smallest share of their key facts."""

    def goodness(one: "Observation") -> tuple[bool, float, float]:
        stated = sum(one.stated) / len(one.stated) if one.stated else 1.0
        return one.is_right, stated, one.ranking.reciprocal if one.ranking else 1.0

    return sorted(seen, key=goodness)[:n]


def _print_json(
    found: Mapping[str, Mapping[str, "Rate"]],
    confused: Mapping[tuple[str, str], int],
    seen: Sequence["Observation"],
    worst: int,
    faults: Sequence[str],
    corpus: str,
    plain: Sequence["Standing"],
    heard: "Hearing | None",
) -> None:
    from assistant.evaluation import as_json, latency

    click.echo(
        json.dumps(
            {
                "corpus": corpus,
                "questions": len(seen),
                **{name: as_json(part) for name, part in found.items()},
                "confusion": [
                    {"wanted": wanted, "got": got, "count": count}
                    for (wanted, got), count in sorted(confused.items())
                ],
                "cpu_ms": latency(seen),
                "worst": [
                    {
                        "id": one.golden.id,
                        "text": one.golden.text,
                        "got": one.kind,
                        "stated": list(one.stated),
                    }
                    for one in _worst(seen, worst)
                ],
                "below_floor": list(faults),
                "triage": as_json(heard.rates) if heard else {},
                "triage_clusters": [
                    {"cluster": cluster, "right": right, "given": given, "count": count}
                    for cluster, report in (heard.clusters if heard else {}).items()
                    for (right, given), count in sorted(report.table.items())
                ],
                "baselines_held_out": {
                    one.name: {
                        "hit@1": one.hit_1.share,
                        "hit@5": one.hit_5.share,
                        "MRR@10": one.reciprocal.share,
                        "key facts": one.key_facts.share,
                    }
                    for one in plain
                },
            },
            ensure_ascii=False,
        )
    )


def _print_tables(
    found: Mapping[str, Mapping[str, "Rate"]],
    confused: Mapping[tuple[str, str], int],
    seen: Sequence["Observation"],
    worst: int,
    plain: Sequence["Standing"],
    heard: "Hearing | None",
) -> None:
    from assistant.evaluation import latency

    names = list(dict.fromkeys(figure for part in found.values() for figure in part))
    click.echo(f"{'':16}" + "".join(f"{part.replace('_', ' '):>30}" for part in found))
    for figure in names:
        click.echo(f"{figure:16}" + "".join(f"{part[figure]!s:>30}" for part in found.values()))
    click.echo("\nWanted → got")
    for (wanted, got), count in sorted(confused.items()):
        click.echo(f"{count:6}  {wanted} → {got}")
    if plain:
        click.echo("\nPlain ways, on the held-out questions: hit@1, hit@5, MRR@10, key facts")
    for standing in plain:
        rates = (standing.hit_1, standing.hit_5, standing.reciprocal, standing.key_facts)
        click.echo(f"{standing.name:32}" + "".join(f"{rate.share or 0:8.3f}" for rate in rates))
    if heard:
        _print_hearing(heard)
    spent = latency(seen)
    click.echo(f"\nCPU per reply: p50 {spent['p50']:.0f} ms, p95 {spent['p95']:.0f} ms")
    if worst:
        click.echo("\nWorst")
    for one in _worst(seen, worst):
        click.echo(
            f"  {one.golden.id} [{one.kind}{': ' + one.reason if one.reason else ''}] {one.golden.text[:100]}"
        )


def _print_hearing(heard: "Hearing") -> None:
    from assistant.red_flags import LEVELS
    from assistant.triage_report import NONE

    click.echo("\nTriage")
    for name, rate in heard.rates.items():
        click.echo(f"  {name:24}{rate!s:>30}")
    if not heard.clusters:  # the file names none
        return
    given = (*LEVELS, NONE)
    click.echo(f"\n{'Cluster':24}{'right':22}given: " + ", ".join(given))
    for cluster, report in sorted(heard.clusters.items()):
        for right, counts in report.rows:
            click.echo(f"{cluster:24}{right:22}" + "".join(f"{counts[level] or '·':>6}" for level in given))
