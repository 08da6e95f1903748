"""The search beside its own parts, over answers that others wrote, asked for in visitors' words.

    BENCH_ANSWERS=answers.jsonl.gz BENCH_QUERIES=queries.jsonl BENCH_INDEX=folder python -m benchmarks lay

An answer is a JSON line with "id", "question" (its heading) and "answer"; a query one with "query" and "relevant" (ids of
answers; an id that several answers share is of all of them). Answers of the groups named in BENCH_WITHOUT ("rare_genetic") are
left out. Vectors and index stay in BENCH_INDEX: a run that was stopped goes on where it was, and the next one only searches.
BENCH_THREADS says with how many threads texts are embedded; by default one for each core.
"""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from assistant.evaluation import DEPTH, Ranking, ranking
from corpus.model import Article

AGAIN = "~"
"""Before the number of an answer whose id another one has as well."""
WEIGHED = ("passage", "sentence", "question", "lexical", "coverage")
"""The signals that are tried alone as well; what they are is said in `index.ranking`."""


class Kept(Embeddings):
    """Those of `inner`, each text embedded once for as long as the file at `path` lasts; half-written ones are made again."""

    def __init__(self, inner: Embeddings, path: Path, dimension: int) -> None:
        self._inner = inner
        self._path = path
        self._row = np.dtype([("digest", "V32"), ("vector", "<f4", dimension)])
        data = path.read_bytes() if path.exists() else b""
        whole = len(data) // self._row.itemsize
        rows = np.frombuffer(data, self._row, whole)
        self._known = {row["digest"].tobytes(): row["vector"] for row in rows}
        if len(data) > whole * self._row.itemsize:
            os.truncate(path, whole * self._row.itemsize)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        digests = [sha256(text.encode()).digest() for text in texts]
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in self._known}
        if new:
            made = np.asarray(self._inner.embed_documents(list(new.values())), dtype=np.float32)
            rows = np.empty(len(new), self._row)
            rows["digest"], rows["vector"] = [np.void(digest) for digest in new], made
            with self._path.open("ab") as file:
                file.write(rows.tobytes())
            self._known.update(zip(new, made, strict=True))
        return [self._known[digest].tolist() for digest in digests]

    def embed_query(self, text: str) -> list[float]:
        return self._inner.embed_query(text)


def main() -> None:
    from assistant import wiring
    from assistant.settings import load
    from index.build import build

    answers, queries, folder = (_named(name) for name in ("BENCH_ANSWERS", "BENCH_QUERIES", "BENCH_INDEX"))
    wiring.prepare_process()
    settings = load()
    inner = wiring.embedder(settings, threads=int(os.environ.get("BENCH_THREADS", 0)), prepare=print)
    folder.mkdir(parents=True, exist_ok=True)
    dimension = len(inner.embeddings.embed_query("What helps?"))
    embedder = replace(inner, embeddings=Kept(inner.embeddings, folder / "vectors.kept", dimension))
    scratch = replace(settings, data_dir=folder)
    if not (folder / "models").exists():
        (folder / "models").symlink_to((settings.data_dir / "models").resolve())
    without = os.environ.get("BENCH_WITHOUT", "").split()
    chosen = (line for line in _lines(answers) if not any(line.get(name) for name in without))
    report = build(
        _articles(next(iter(wiring.shelf(settings))), chosen),
        f"lay-{answers.name}-{'-'.join(without)}",
        wiring.generations(scratch),
        embedder,
        wiring.vectors(scratch),
        progress=_told,
    )
    print(f"{report.articles} answers: {report.passages} passages, {report.embedded} embedded", flush=True)
    searcher = wiring.searcher(scratch)
    rankings: dict[str, list[Ranking]] = {}
    for line in _lines(queries):
        for way, found in _found(searcher, line["query"]).items():
            rankings.setdefault(way, []).append(ranking(found, line["relevant"]))
    searcher.close()
    for way, seen in rankings.items():
        print(_row(way, seen))


def _told(done: int, of: int) -> None:
    if done == of or not done % 6_400:
        print(f"{done} of {of} texts embedded", flush=True)


def _named(variable: str) -> Path:
    given = os.environ.get(variable)
    if not given:
        raise SystemExit(f"{variable} is not set. {__doc__}")
    return Path(given)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:  # type: ignore[operator]
        yield from map(json.loads, lines)


def _articles(pattern: Article, lines: Iterable[Mapping[str, Any]]) -> Iterator[Article]:
    """Of one section each, with the question as its heading, and no other ways to ask for it."""
    seen: Counter[str] = Counter()
    for line in lines:
        seen[line["id"]] += 1
        id = line["id"] if seen[line["id"]] == 1 else f"{line['id']}{AGAIN}{seen[line['id']]}"
        section = replace(
            pattern.sections[0],
            trail=(line["question"],),
            anchor="answer",
            text=line["answer"].strip(),
            cites=(),
            asked=(),
        )
        yield replace(pattern, card=replace(pattern.card, id=id, title=line["question"]), sections=(section,))


def _found(searcher: Any, query: str) -> dict[str, list[str]]:
    """The answers found, best first, by each way of searching, over the same passages and vectors."""
    from index.ranking import order

    ids, signals = searcher.candidates(query)
    alone = {name: [ids[at] for at in order(getattr(signals, name))] for name in WEIGHED}
    ours = [hit.passage.id for hit in searcher.search(query, 5 * DEPTH)]
    return {name: list(map(_answer, found)) for name, found in {"ours": ours, **alone}.items()}


def _answer(passage: str) -> str:
    return passage.partition("#")[0].partition(AGAIN)[0]


def _row(way: str, seen: Sequence[Ranking]) -> str:
    names = {"passage": "dense (passage)", "lexical": "BM25 (lexical)"}
    hit_1, hit_5, reciprocal = (
        sum(getattr(one, figure) for one in seen) / len(seen) for figure in ("hit_1", "hit_5", "reciprocal")
    )
    return f"{names.get(way, way):16} hit@1 {hit_1:.3f}  hit@5 {hit_5:.3f}  MRR@10 {reciprocal:.3f}  n={len(seen)}"
