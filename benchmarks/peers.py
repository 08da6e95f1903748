"""The search beside that of other open-source projects, over the same passages and the same vectors.

    python -m benchmarks.peers --export DIR     # this project's environment: passages, vectors, questions, our ranking
    python benchmarks/peers.py DIR              # an environment with any of: haystack-ai, llama-index-core with
                                                # llama-index-retrievers-bm25, txtai, paper-qa

The second step imports nothing of this project, so no peer becomes a dependency; one that is not installed is named and left
out. Each runs in memory with the settings it comes with. The questions are the held-out golden ones that the corpus answers;
only totals are printed. A passage is given as its text under its article's title and headings, which is also what its vector
is made of. Ours has besides that what it always has: vectors of sentences and of other ways to ask, which editors wrote into
the same corpus as the golden questions; its second row is without these other ways, as the peers are. The time of a question's vector is part of every time but that of BM25 alone.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEPTH = 10
PASSAGES = 3 * DEPTH
"""How many passages are asked for, so that DEPTH sections are found where several passages are of one."""

Vectors = NDArray[np.float32]
Ask = Callable[[str, list[float]], Iterable[int]]
"""From a question and its vector to the rows of passages, best first."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What is searched, row by row, and what is asked: `relevant` are the sections that answer a question, `ours` those
    that our search found in `milliseconds`, of which the question's vector took `embedding`, and `bare` those that it
    finds where no article has other ways to ask."""

    sections: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Vectors
    questions: tuple[str, ...]
    asked: Vectors
    relevant: tuple[tuple[str, ...], ...]
    ours: tuple[tuple[str, ...], ...]
    bare: tuple[tuple[str, ...], ...]
    milliseconds: float
    bare_milliseconds: float
    embedding: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a peer searches; `embeds` is whether it needs the question's vector."""

    name: str
    embeds: bool
    ask: Ask


@dataclass(frozen=True, slots=True)
class Figures:
    hit_1: float
    hit_5: float
    reciprocal: float


def figures(found: Sequence[Iterable[str]], relevant: Sequence[Collection[str]]) -> Figures:
    """Of sections found, best first; one that is found by several passages counts where it is first found."""
    places = [
        _place(list(dict.fromkeys(one))[:DEPTH], right) for one, right in zip(found, relevant, strict=True)
    ]
    n = len(places)
    return Figures(
        hit_1=sum(place == 1 for place in places) / n,
        hit_5=sum(place is not None and place <= 5 for place in places) / n,
        reciprocal=sum(1 / place for place in places if place) / n,
    )


def _place(sections: Sequence[str], relevant: Collection[str]) -> int | None:
    return next((place for place, one in enumerate(sections, start=1) if one in relevant), None)


def write(exported: Exported, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "vectors.npz", passages=exported.vectors, questions=exported.asked)
    names = ("sections", "texts", "questions", "relevant", "ours", "bare")
    names += ("milliseconds", "bare_milliseconds", "embedding")
    told = {name: getattr(exported, name) for name in names}
    (folder / "search.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def read(folder: Path) -> Exported:
    told = json.loads((folder / "search.json").read_text(encoding="utf-8"))
    with np.load(folder / "vectors.npz") as vectors:
        return Exported(
            sections=tuple(told["sections"]),
            texts=tuple(told["texts"]),
            vectors=vectors["passages"],
            questions=tuple(told["questions"]),
            asked=vectors["questions"],
            relevant=tuple(map(tuple, told["relevant"])),
            ours=tuple(map(tuple, told["ours"])),
            bare=tuple(map(tuple, told["bare"])),
            milliseconds=told["milliseconds"],
            bare_milliseconds=told["bare_milliseconds"],
            embedding=told["embedding"],
        )


def gathered(folder: Path) -> Exported:
    """From the index in use, with this project's own packages; what is indexed anew for it lies in `folder`."""
    from assistant import wiring
    from assistant.golden import read as golden_questions
    from assistant.settings import load
    from corpus.shelf import SHIPPED
    from index.chunking import embedded
    from index.records import read_cards, read_passages

    wiring.prepare_process()
    settings = load()
    searcher = wiring.searcher(settings)
    searcher.warm()
    manifest = searcher.manifest
    directory = wiring.generations(settings).path(manifest.generation)
    passages, cards = read_passages(directory), read_cards(directory)
    stored = wiring.vectors(settings).open(directory, manifest.generation)
    vectors = stored.fetch([passage.id for passage in passages])
    stored.close()
    embedder = wiring.built_embedder(settings, manifest.embedder)
    held_out = [one for one in golden_questions([SHIPPED / "golden"]) if one.passages and one.held_out]
    asked = [(one.text,) for one in held_out]
    ours, spent = _timed(partial(_sections, searcher), asked)
    searcher.close()
    plain = _without_other_ways(settings, folder)
    bare, bare_spent = _timed(partial(_sections, plain), asked)
    plain.close()
    # An embedder keeps the vectors of the last questions; one in capitals is the same question, and new to it.
    _, embedding = _timed(embedder.embeddings.embed_query, [(one.text.upper(),) for one in held_out])
    return Exported(
        sections=tuple(passage.id.rsplit("/", 1)[0] for passage in passages),
        texts=tuple(
            embedded(passage, cards[passage.article].title, embedder.length, embedder.limit)
            for passage in passages
        ),
        vectors=_unit([vectors[passage.id] for passage in passages]),
        questions=tuple(one.text for one in held_out),
        asked=_unit([embedder.embeddings.embed_query(one.text) for one in held_out]),
        relevant=tuple(one.passages for one in held_out),
        ours=tuple(tuple(found) for found in ours),
        bare=tuple(tuple(found) for found in bare),
        milliseconds=spent,
        bare_milliseconds=bare_spent,
        embedding=embedding,
    )


def _sections(searcher: Any, text: str) -> list[str]:
    return [hit.passage.id.rsplit("/", 1)[0] for hit in searcher.search(text, PASSAGES)]


def _without_other_ways(settings: Any, folder: Path) -> Any:
    """Our search over the same articles, in which nothing says how else a section may be asked for."""
    from assistant import wiring
    from benchmarks.lay import Kept
    from index.build import build

    scratch = replace(settings, data_dir=folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "models").exists():
        (folder / "models").symlink_to((settings.data_dir / "models").resolve())
    inner = wiring.embedder(settings, prepare=print)
    size = len(inner.embeddings.embed_query("What helps?"))
    embedder = replace(inner, embeddings=Kept(inner.embeddings, folder / "vectors.kept", size))
    shelf = wiring.shelf(settings)
    articles = (
        replace(article, sections=tuple(replace(section, asked=()) for section in article.sections))
        for article in shelf
    )
    name = f"bare-{shelf.fingerprint}"
    build(articles, name, wiring.generations(scratch), embedder, wiring.vectors(scratch))
    searcher = wiring.searcher(scratch)
    searcher.warm()
    return searcher


def _unit(rows: Sequence[Any]) -> Vectors:
    matrix = np.asarray(rows, dtype=np.float32)
    unit: Vectors = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return unit


def _timed(ask: Callable[..., Any], asked: Sequence[tuple[Any, ...]]) -> tuple[list[Any], float]:
    """What was found for each, and the median milliseconds of one."""
    found, spent = [], []
    for given in asked:
        began = time.perf_counter()
        found.append(ask(*given))
        spent.append((time.perf_counter() - began) * 1000)
    return found, float(np.median(spent))


def haystack(data: Exported) -> Iterator[Way]:
    from haystack import Document  # type: ignore[import-not-found]
    from haystack.components.joiners import DocumentJoiner  # type: ignore[import-not-found]
    from haystack.document_stores.in_memory import InMemoryDocumentStore  # type: ignore[import-not-found]

    store = InMemoryDocumentStore(embedding_similarity_function="cosine", return_embedding=False)
    store.write_documents(
        [
            Document(id=str(row), content=text, embedding=vector.tolist())
            for row, (text, vector) in enumerate(zip(data.texts, data.vectors, strict=True))
        ]
    )
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=PASSAGES)

    def lexical(text: str) -> Any:
        return store.bm25_retrieval(text, top_k=PASSAGES)

    def dense(vector: list[float]) -> Any:
        return store.embedding_retrieval(vector, top_k=PASSAGES)

    def rows(documents: Any) -> list[int]:
        return [int(document.id) for document in documents]

    name = f"Haystack {version('haystack-ai')}"
    yield Way(f"{name}, BM25", False, lambda text, _: rows(lexical(text)))
    yield Way(f"{name}, dense", True, lambda _, vector: rows(dense(vector)))
    yield Way(
        f"{name}, rank fusion",
        True,
        lambda text, vector: rows(joiner.run(documents=[lexical(text), dense(vector)])["documents"]),
    )


def llama_index(data: Exported) -> Iterator[Way]:
    from llama_index.core import MockEmbedding, VectorStoreIndex  # type: ignore[import-not-found]
    from llama_index.core.llms import MockLLM  # type: ignore[import-not-found]
    from llama_index.core.retrievers import QueryFusionRetriever  # type: ignore[import-not-found]
    from llama_index.core.schema import QueryBundle, TextNode  # type: ignore[import-not-found]
    from llama_index.retrievers.bm25 import BM25Retriever  # type: ignore[import-not-found]

    nodes = [
        TextNode(id_=str(row), text=text, embedding=vector.tolist())
        for row, (text, vector) in enumerate(zip(data.texts, data.vectors, strict=True))
    ]
    # The vectors are there already: the embedder that it insists on is never asked, nor is the model.
    index = VectorStoreIndex(nodes, embed_model=MockEmbedding(embed_dim=data.vectors.shape[1]))
    dense = index.as_retriever(similarity_top_k=PASSAGES)
    lexical = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=PASSAGES)
    fusion = QueryFusionRetriever(
        [dense, lexical],
        llm=MockLLM(),
        mode="reciprocal_rerank",
        num_queries=1,
        similarity_top_k=PASSAGES,
        use_async=False,
    )

    def asking(retriever: Any) -> Ask:
        return lambda text, vector: [
            int(found.node.node_id) for found in retriever.retrieve(QueryBundle(text, embedding=vector))
        ]

    name = f"LlamaIndex {version('llama-index-core')}"
    yield Way(f"{name}, BM25", False, asking(lexical))
    yield Way(f"{name}, dense", True, asking(dense))
    yield Way(f"{name}, rank fusion", True, asking(fusion))


def txtai(data: Exported) -> Iterator[Way]:
    from txtai import Embeddings  # type: ignore[import-not-found]

    known = dict(zip((*data.texts, *data.questions), (*data.vectors, *data.asked), strict=True))

    def opened(**chosen: bool) -> Ask:
        vectors = {} if "keyword" in chosen else {"method": "external", "transform": transform}
        embeddings = Embeddings({**vectors, **chosen, "content": False})
        embeddings.index([(row, text, None) for row, text in enumerate(data.texts)])
        return lambda text, _: [int(row) for row, _score in embeddings.search(text, PASSAGES)]

    def transform(texts: Sequence[str]) -> Vectors:
        return np.array([known[text] for text in texts], dtype=np.float32)

    name = f"txtai {version('txtai')}"
    yield Way(f"{name}, BM25", False, opened(keyword=True))
    yield Way(f"{name}, dense", True, opened())
    yield Way(f"{name}, hybrid", True, opened(hybrid=True))


def paper_qa(data: Exported) -> Iterator[Way]:
    """Its retrieval alone: its answers need a language model."""
    from paperqa import Doc, Docs, EmbeddingModel, Settings, Text  # type: ignore[import-not-found]

    known = dict(zip(data.questions, data.asked.tolist(), strict=True))

    class Known(EmbeddingModel):  # type: ignore[misc]
        name: str = "known"

        async def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [known[text] for text in texts]

    doc = Doc(docname="corpus", dockey="corpus", citation="corpus")
    texts = [
        Text(text=text, name=str(row), doc=doc, embedding=vector.tolist())
        for row, (text, vector) in enumerate(zip(data.texts, data.vectors, strict=True))
    ]
    docs, settings, model = Docs(), Settings(), Known()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(docs.aadd_texts(texts, doc, settings=settings, embedding_model=model))

    def ask(text: str, _: list[float]) -> list[int]:
        found = loop.run_until_complete(
            docs.retrieve_texts(text, PASSAGES, settings=settings, embedding_model=model)
        )
        return [int(one.name) for one in found]

    yield Way(f"paper-qa {version('paper-qa')}, dense", True, ask)


PEERS: tuple[Callable[[Exported], Iterator[Way]], ...] = (haystack, llama_index, txtai, paper_qa)


def table(data: Exported, peers: Iterable[Callable[[Exported], Iterator[Way]]] = PEERS) -> Iterator[str]:
    yield f"{len(data.questions)} questions, {len(data.texts)} passages"
    yield f"{'':34} hit@1  hit@5  MRR@10  ms/question"
    yield _row("ours", figures(data.ours, data.relevant), data.milliseconds)
    yield _row("ours, without other ways to ask", figures(data.bare, data.relevant), data.bare_milliseconds)
    for peer in peers:
        try:
            ways = list(peer(data))
        except ModuleNotFoundError as missing:
            yield f"{peer.__name__}: not installed here ({missing.name})"
            continue
        yield from (_measured(way, data) for way in ways)


def _measured(way: Way, data: Exported) -> str:
    asked = list(zip(data.questions, data.asked.tolist(), strict=True))
    way.ask(*asked[0])
    found, spent = _timed(lambda text, vector: list(way.ask(text, vector)), asked)
    sections = [[data.sections[row] for row in rows] for rows in found]
    return _row(way.name, figures(sections, data.relevant), spent + way.embeds * data.embedding)


def _row(name: str, seen: Figures, spent: float) -> str:
    return f"{name:34} {seen.hit_1:.3f}  {seen.hit_5:.3f}  {seen.reciprocal:.3f}  {spent:11.1f}"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--export", action="store_true", help="write the folder instead of reading it")
    given = asked.parse_args()
    if given.export:
        write(gathered(given.folder / "bare"), given.folder)
        return
    for name, value in {
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "HF_HUB_OFFLINE": "1",
    }.items():
        os.environ[name] = value
    for line in table(read(given.folder)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
