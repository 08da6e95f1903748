"""The search beside its own parts, over answers that others wrote, asked for in visitors' words.

    BENCH_ANSWERS=answers.jsonl.gz BENCH_QUERIES=queries.jsonl BENCH_INDEX=folder python -m benchmarks lay

An answer is a JSON line with "id", "question" (its heading) and "answer"; a query one with "query" and "relevant" (ids of
answers). Answers of the groups named in BENCH_WITHOUT ("rare_genetic") are left out. The index stays in BENCH_INDEX: it is
built in steps, so a run that was stopped goes on where it was, and the next one only searches.
"""

import gzip
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.evaluation import DEPTH, Ranking, ranking
from corpus.model import Article

STEP = 1_000
WEIGHED = ("passage", "sentence", "question", "lexical", "coverage")
"""The signals that are tried alone as well; what they are is said in `index.ranking`."""


def main() -> None:
    from assistant import wiring
    from assistant.settings import load
    from index.build import build

    answers, queries, folder = (_named(name) for name in ("BENCH_ANSWERS", "BENCH_QUERIES", "BENCH_INDEX"))
    wiring.prepare_process()
    settings = load()
    embedder = wiring.embedder(settings, prepare=print)
    folder.mkdir(parents=True, exist_ok=True)
    scratch = replace(settings, data_dir=folder)
    if not (folder / "models").exists():
        (folder / "models").symlink_to((settings.data_dir / "models").resolve())
    pattern = next(iter(wiring.shelf(settings)))
    without = os.environ.get("BENCH_WITHOUT", "").split()
    articles = [
        _article(pattern, line) for line in _lines(answers) if not any(line.get(name) for name in without)
    ]
    for end in (*range(STEP, len(articles), STEP), len(articles)):
        name = f"lay-{answers.name}-{end}-{'-'.join(without)}"
        report = build(articles[:end], name, wiring.generations(scratch), embedder, wiring.vectors(scratch))
        print(f"{end} answers: {report.passages} passages, {report.embedded} embedded", flush=True)
    searcher = wiring.searcher(scratch)
    rankings: dict[str, list[Ranking]] = {}
    for line in _lines(queries):
        for way, found in _found(searcher, line["query"]).items():
            rankings.setdefault(way, []).append(ranking(found, line["relevant"]))
    searcher.close()
    for way, seen in rankings.items():
        print(_row(way, seen))


def _named(variable: str) -> Path:
    given = os.environ.get(variable)
    if not given:
        raise SystemExit(f"{variable} is not set. {__doc__}")
    return Path(given)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:  # type: ignore[operator]
        yield from map(json.loads, lines)


def _article(pattern: Article, line: Mapping[str, Any]) -> Article:
    """One section with the question as its heading, and no other ways to ask for it."""
    section = replace(
        pattern.sections[0],
        trail=(line["question"],),
        anchor="answer",
        text=line["answer"].strip(),
        cites=(),
        asked=(),
    )
    return replace(
        pattern, card=replace(pattern.card, id=line["id"], title=line["question"]), sections=(section,)
    )


def _found(searcher: Any, query: str) -> dict[str, list[str]]:
    """The answers found, best first, by each way of searching, over the same passages and vectors."""
    from index.ranking import order

    ids, signals = searcher.candidates(query)
    alone = {name: [ids[at] for at in order(getattr(signals, name))] for name in WEIGHED}
    ours = [hit.passage.id for hit in searcher.search(query, 5 * DEPTH)]
    return {name: [id.split("#")[0] for id in found] for name, found in {"ours": ours, **alone}.items()}


def _row(way: str, seen: Sequence[Ranking]) -> str:
    names = {"passage": "dense (passage)", "lexical": "BM25 (lexical)"}
    hit_1, hit_5, reciprocal = (
        sum(getattr(one, figure) for one in seen) / len(seen) for figure in ("hit_1", "hit_5", "reciprocal")
    )
    return f"{names.get(way, way):16} hit@1 {hit_1:.3f}  hit@5 {hit_5:.3f}  MRR@10 {reciprocal:.3f}  n={len(seen)}"
