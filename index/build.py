"""From articles to a new generation in use."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from corpus.lifted import APART, without_rows
from corpus.model import Article, Card
from corpus.papers import tells_findings
from index.chunking import CHUNKING, embedded, passages
from index.generations import Generations
from index.model import BuildReport, IndexNotReady, Manifest, Passage, Plan
from index.planning import plan
from index.records import LAYOUT, read_passages, write_cards, write_passages
from index.verifying import CHECKSUMS, checksums, smoke

if TYPE_CHECKING:
    from index.embedding import Embedder
    from index.vectors import Matrix, Store

_BATCH = 64
_MAY_BE_SHOWN = ("full", "quote-only")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Matter:
    """What there is to index, and which articles may not be."""

    cards: Mapping[str, Card]
    passages: tuple[Passage, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Used:
    """The generation in use, as far as it can be read."""

    name: str
    manifest: Manifest
    digests: Mapping[str, str]


def build(
    articles: Iterable[Article],
    corpus: str,
    generations: Generations,
    embedder: "Embedder",
    store: "Store",
    *,
    full: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> BuildReport:
    """Index `articles`, whose shelf has the fingerprint `corpus`, and bring the new generation into use.

    Only what changed is embedded, unless `full`; where nothing changed nothing is published. `dry_run` tells
    what would be done. `progress` is told how many of how many passages are embedded, `on_stage` the name
    of each stage as it begins. Interrupted at any point, it leaves the generation in use as it was.
    """
    started = monotonic()
    stage = on_stage or (lambda name: None)
    if dry_run:
        return _foretold(_used(generations), articles, corpus, embedder, full, started)
    with generations.locked():
        _sweep(generations, store)
        used = _used(generations)
        if used and not full and _holds(used.manifest, corpus, embedder):
            return _nothing_to_do(used, started)
        stage("planning")
        matter = _matter(articles, embedder)
        todo = _planned(matter, used, embedder, full)
        stage("embedding")
        vectors, todo = _vectors(todo, used, matter.cards, generations, embedder, store, progress)
        with generations.fresh() as (name, directory):
            manifest = Manifest(
                generation=name,
                built=datetime.now(UTC),
                embedder=embedder.fingerprint,
                dimension=next(iter(vectors.values())).shape[1],
                chunking=CHUNKING,
                articles=len(matter.cards),
                passages=len(matter.passages),
                corpus=corpus,
                layout=LAYOUT,
                refused=matter.refused,
            )
            stage("writing")
            _write(matter, vectors, directory, name, store)
            stage("checking")
            smoke(directory, name, store, matter.passages)
            (directory / CHECKSUMS).write_text(json.dumps(checksums(directory, name, store)), "utf-8")
            stage("publishing")
            generations.publish(directory, manifest)
        stage("pruning")
        generations.prune()
        _sweep(generations, store)
    return _report(manifest, todo, monotonic() - started, published=True, note=_because(todo, used))


def _used(generations: Generations) -> _Used | None:
    """None as well when the generation in use is gone or damaged: then all is built anew, which mends it."""
    name = generations.current()
    if name is None:
        return None
    try:
        digests = {passage.id: passage.digest for passage in read_passages(generations.path(name))}
        return _Used(name, generations.manifest(name), digests)
    except IndexNotReady:
        return None


def _holds(manifest: Manifest, corpus: str, embedder: "Embedder") -> bool:
    return (manifest.corpus, manifest.embedder, manifest.chunking, manifest.layout) == (
        corpus,
        embedder.fingerprint,
        CHUNKING,
        LAYOUT,
    )


def _matter(articles: Iterable[Article], embedder: "Embedder") -> _Matter:
    cards: dict[str, Card] = {}
    found: dict[str, Passage] = {}
    refused: list[str] = []
    for article in articles:
        licence = article.card.licence
        if licence.admission not in _MAY_BE_SHOWN and not (
            licence.admission == "reference" and article.source.kind == "authored"
        ):
            refused.append(
                f"{article.card.id}: its licence ({licence.name or licence.code}) lets no one quote it"
            )
            continue
        cards[article.card.id] = article.card
        for passage in passages(article, embedder.length, embedder.limit):
            if found.setdefault(passage.id, passage) is not passage:
                raise IndexNotReady(
                    f"Two passages are called {passage.id}. Give the article, or its heading, another name."
                )
    if not found:
        raise IndexNotReady(
            "There is no article that may be indexed. See what the shelf holds with: assistant corpus list"
        )
    return _Matter(cards, tuple(found.values()), tuple(refused))


def _planned(matter: _Matter, used: _Used | None, embedder: "Embedder", full: bool) -> Plan:
    return plan(
        matter.passages,
        used.digests if used else {},
        used.manifest if used else None,
        embedder.fingerprint,
        CHUNKING,
        full=full,
    )


def _vectors(
    todo: Plan,
    used: _Used | None,
    cards: Mapping[str, Card],
    generations: Generations,
    embedder: "Embedder",
    store: "Store",
    progress: Progress | None,
) -> "tuple[dict[str, Matrix], Plan]":
    """The vectors of each passage by id, and the plan as it had to be carried out.

    The first row is that of the passage, the others those of its views (`index.views.texts`).
    """
    kept = _copied(todo.keep, used, generations, store)
    lost = tuple(passage for passage in todo.keep if passage.id not in kept)
    todo = Plan(todo.embed + lost, tuple(p for p in todo.keep if p.id in kept), todo.drop, todo.why_full)
    made = _made(todo.embed, cards, embedder, progress)
    sizes = {rows.shape[1] for rows in (*made.values(), *kept.values())}
    if len(sizes) == 1:
        return kept | made, todo
    why = f"the vectors of {embedder.fingerprint} have another dimension than before"
    return (
        made | _made(todo.keep, cards, embedder, progress),
        Plan(todo.embed + todo.keep, (), todo.drop, why),
    )


def _copied(
    keep: Sequence[Passage], used: _Used | None, generations: Generations, store: "Store"
) -> "dict[str, Matrix]":
    if not keep or not used:
        return {}
    import numpy as np

    from index.views import Views

    directory = generations.path(used.name)
    try:
        views, vectors = Views(directory), store.open(directory, used.name)
    except IndexNotReady:
        return {}
    try:
        found = vectors.fetch([passage.id for passage in keep])
    finally:
        vectors.close()
    rows = {id: row for row, id in enumerate(used.digests)}
    return {
        id: np.vstack((vector, seen))
        for id, vector in found.items()
        if (seen := views.of(rows[id])).shape[1] == len(vector)
    }


def _made(
    embed: Sequence[Passage], cards: Mapping[str, Card], embedder: "Embedder", progress: Progress | None
) -> "dict[str, Matrix]":
    import numpy as np

    wanted = {passage.id: _texts(passage, cards[passage.article], embedder) for passage in embed}
    order = sorted({text for texts in wanted.values() for text in texts}, key=lambda text: (len(text), text))
    found: dict[str, Matrix] = {}
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        vectors = np.array(embedder.embeddings.embed_documents(batch), dtype=np.float32)
        if not (np.isfinite(vectors).all() and vectors.any(axis=1).all()):
            raise IndexNotReady(
                f"{embedder.fingerprint} gave vectors that are no vectors. Choose another index.embedder."
            )
        found.update(zip(batch, vectors, strict=True))
        if progress:
            progress(start + len(batch), len(order))
    return {id: np.array([found[text] for text in texts]) for id, texts in wanted.items()}


def _texts(passage: Passage, card: Card, embedder: "Embedder") -> tuple[str, ...]:
    """All that is embedded of a passage: itself, then its views (`index.views.texts`).

    No answer quotes a sentence of a paper's methods or of its tables, so these have no vectors of their own: each
    stands with that of the passage. Rows of numbers mean nothing to an embedding model; they are found by their words.
    """
    from index.views import questions, said

    meant = replace(passage, text=without_rows(passage.text)) if passage.trail[0] == APART else passage
    whole = embedded(meant, card.title, embedder.length, embedder.limit).strip()
    sentences = said(passage)
    if not tells_findings(card, passage.trail):
        sentences = (whole,) * len(sentences)
    return (whole, *sentences, *questions(passage))


def _write(
    matter: _Matter, vectors: "Mapping[str, Matrix]", directory: Path, name: str, store: "Store"
) -> None:
    import numpy as np

    from index import lexical, views

    ids = [passage.id for passage in matter.passages]
    facts = [
        {"article": p.article, "section": " > ".join(p.trail), "kind": matter.cards[p.article].kind}
        for p in matter.passages
    ]
    stored = store.create(directory, name)
    try:
        stored.add(ids, np.array([vectors[id][0] for id in ids], dtype=np.float32), facts)
    finally:
        stored.close()
    views.write(directory, matter.passages, {id: rows[1:] for id, rows in vectors.items()})
    lexical.write(
        directory / "lexical",
        (
            (" > ".join((matter.cards[p.article].title, *p.trail)), p.text, "\n".join(p.asked))
            for p in matter.passages
        ),
    )
    write_passages(directory, matter.passages)
    write_cards(directory, matter.cards)


def _sweep(generations: Generations, store: "Store") -> None:
    import shutil

    for name, directory in generations.remains():
        store.forget(name)
        shutil.rmtree(directory)


def _because(todo: Plan, used: _Used | None) -> str:
    return f"Everything was embedded: {todo.why_full}." if todo.why_full and used else ""


def _foretold(
    used: _Used | None,
    articles: Iterable[Article],
    corpus: str,
    embedder: "Embedder",
    full: bool,
    started: float,
) -> BuildReport:
    if used and not full and _holds(used.manifest, corpus, embedder):
        return _nothing_to_do(used, started)
    matter = _matter(articles, embedder)
    todo = _planned(matter, used, embedder, full)
    return BuildReport(
        generation=used.name if used else "",
        articles=len(matter.cards),
        passages=len(matter.passages),
        embedded=len(todo.embed),
        kept=len(todo.keep),
        dropped=len(todo.drop),
        refused=matter.refused,
        seconds=monotonic() - started,
        published=False,
        note=f"Everything would be embedded: {todo.why_full}." if todo.why_full else "",
    )


def _nothing_to_do(used: _Used, started: float) -> BuildReport:
    unchanged = Plan((), (), ())
    return _report(
        used.manifest,
        unchanged,
        monotonic() - started,
        published=False,
        note="Nothing to do: nothing changed.",
    )


def _report(manifest: Manifest, todo: Plan, seconds: float, *, published: bool, note: str) -> BuildReport:
    return BuildReport(
        generation=manifest.generation,
        articles=manifest.articles,
        passages=manifest.passages,
        embedded=len(todo.embed),
        kept=manifest.passages - len(todo.embed),
        dropped=len(todo.drop),
        refused=manifest.refused,
        seconds=seconds,
        published=published,
        note=note,
    )
