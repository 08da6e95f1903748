"""Vectors are kept in Chroma; the stand-in used by other tests behaves the same."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbeddings, MemoryStore, hashing_embedder
from small_corpus import ARTICLES, HEEL, SmallIndex

from index.model import IndexNotReady
from index.search import Searcher
from index.vectors import ChromaStore, Recent, Store

IDS = ["heel#a/0", "heel#a/1", "web#b/0"]
FACTS = [
    {"article": id.split("#")[0], "section": "A", "kind": k}
    for id, k in zip(IDS, ("authored", "authored", "web"), strict=True)
]
ROWS = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1]], dtype=np.float32)


@pytest.fixture(params=["memory", "chroma", pytest.param("server", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "server":
        return ChromaStore(f"chroma+{request.getfixturevalue('server')}")
    return MemoryStore() if request.param == "memory" else ChromaStore()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("chroma")) as (url, _):
        yield url


@contextmanager
def chroma_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [Path(sys.executable).parent / "chroma", "run", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, "--path", folder], stdout=log, stderr=log)
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()
            process.wait()


def test_what_is_stored_can_be_fetched_and_is_found_by_similarity(store, tmp_path):
    vectors = store.create(tmp_path, "g1")
    vectors.add(IDS, ROWS, FACTS)
    vectors.close()
    vectors = store.open(tmp_path, "g1")

    assert vectors.count() == 3
    fetched = vectors.fetch([*IDS, "gone#a/0"])
    assert np.allclose([fetched[id] for id in IDS], ROWS, atol=1e-6)
    assert len(fetched) == 3
    assert vectors.nearest([2, 0, 0], 2) == [
        ("heel#a/0", pytest.approx(1, abs=1e-6)),
        ("heel#a/1", pytest.approx(0.6, abs=1e-6)),
    ]
    assert [id for id, _ in vectors.nearest([1, 0, 0], 9)] == IDS
    assert [id for id, _ in vectors.nearest([1, 0, 0], 9, ["web"])] == ["web#b/0"]
    assert vectors.nearest([1, 0, 0], 9, ["pmc"]) == []
    vectors.close()


def test_vectors_of_a_generation_that_is_not_there_are_an_error_with_the_next_step(store, tmp_path):
    with pytest.raises(IndexNotReady, match="assistant index build --full"):
        store.open(tmp_path, "g2")


def test_generations_do_not_see_each_other_and_forgetting_one_leaves_the_other(store, tmp_path):
    for name, row in (("g3", 0), ("g4", 1)):
        (tmp_path / name).mkdir()
        vectors = store.create(tmp_path / name, name)
        vectors.add(IDS[row : row + 1], ROWS[row : row + 1], FACTS[:1])
        vectors.close()
    store.forget("g3")
    store.forget("never there")

    vectors = store.open(tmp_path / "g4", "g4")
    assert list(vectors.fetch(IDS)) == ["heel#a/1"]
    vectors.close()


def test_an_index_is_built_renewed_searched_and_brought_back(store, tmp_path):
    index = SmallIndex(tmp_path, store, hashing_embedder())
    first = index.build([HEEL])
    second = index.build(ARTICLES)
    searching = Searcher(index.generations, store, lambda _: index.embedder)

    assert (second.embedded, second.kept) == (3, 2)
    assert searching.search("frozen shoulder stiff sore")[0].passage.id == "shoulder#What-is-it/0"
    assert index.generations.rollback() == first.generation
    assert {hit.card.id for hit in searching.search("frozen shoulder")} == {"heel"}
    searching.close()


@pytest.mark.parametrize("setting", ["faiss", "chroma+ftp://x", "chroma+http://", "http://localhost:8000"])
def test_a_store_that_does_not_exist_is_refused_with_what_would_do(setting):
    with pytest.raises(IndexNotReady, match=r"Set index.vectors to"):
        ChromaStore(setting)


def test_a_server_that_does_not_answer_is_an_error_with_the_next_step(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        store = ChromaStore(f"chroma+http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(IndexNotReady, match="Start it, or correct"):
            store.open(tmp_path, "g1")


@pytest.mark.slow
def test_a_server_that_stops_while_it_is_used_is_an_error_with_the_next_step(tmp_path):
    with chroma_server(tmp_path) as (url, process):
        vectors = ChromaStore(f"chroma+{url}").create(tmp_path, "g1")
        vectors.add(IDS, ROWS, FACTS)
        process.kill()
        process.wait()

        with pytest.raises(IndexNotReady, match="Start it again"):
            vectors.nearest([1, 0, 0], 2)
        with pytest.raises(IndexNotReady, match="Start it again"):
            vectors.fetch(IDS)
        vectors.close()


def test_a_corpus_larger_than_one_batch_is_stored_whole(tmp_path):
    store, count = ChromaStore(), 1201
    rows = np.random.default_rng(0).normal(size=(count, 8)).astype(np.float32)
    vectors = store.create(tmp_path, "g1")
    vectors.add([f"a#s/{n}" for n in range(count)], rows, FACTS[:1] * count)
    vectors.close()
    vectors = store.open(tmp_path, "g1")

    assert vectors.count() == len(vectors.fetch([f"a#s/{n}" for n in range(count)])) == count
    assert all(vectors.nearest(rows[n].tolist(), 1)[0][0] == f"a#s/{n}" for n in range(0, count, 100))
    vectors.close()


def test_passages_that_are_nearly_alike_are_all_found(tmp_path):
    texts = [f"Article {n}\nThis notice stands under every article. Its number is {n}." for n in range(150)]
    rows = np.array(HashingEmbeddings().embed_documents(texts), dtype=np.float32)
    vectors = ChromaStore().create(tmp_path, "g1")
    vectors.add([str(n) for n in range(150)], rows, FACTS[:1] * 150)

    assert [n for n in range(150) if vectors.nearest(rows[n].tolist(), 1)[0][1] < 0.999] == []
    vectors.close()


class Fetching:
    """The vectors of the rows 0 to 999, with all that was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, rows: Sequence[int]) -> dict[int, np.ndarray]:
        self.asked += rows
        time.sleep(0)  # another thread may go on here
        return {row: np.array([row], dtype=np.float32) for row in rows if row < 1000}


def test_vectors_that_were_fetched_are_not_fetched_again_until_too_many_are_kept():
    fetching = Fetching()
    recent = Recent(fetching, most=4)

    for rows in ([1, 2], [2, 1], [2, 3, 4], [5], [6]):
        assert {row: vector.item() for row, vector in recent(rows).items()} == {row: row for row in rows}
    assert fetching.asked == [1, 2, 3, 4, 5, 6]
    assert sorted(recent([1, 6])) == [1, 6]
    assert fetching.asked == [1, 2, 3, 4, 5, 6, 1]


def test_a_row_without_a_vector_is_left_out_and_asked_for_again():
    fetching = Fetching()
    recent = Recent(fetching, most=10)

    assert sorted(recent([1, 2000])) == [1]
    assert sorted(recent([1, 2000])) == [1]
    assert fetching.asked == [1, 2000, 2000]


def test_threads_that_ask_at_the_same_time_each_get_all_they_asked_for():
    recent = Recent(Fetching(), most=40)
    chance = np.random.default_rng(0)
    asked = [sorted(set(chance.integers(0, 200, size=30).tolist())) for _ in range(2000)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(recent, asked))

    for rows, vectors in zip(asked, found, strict=True):
        assert {row: vector.item() for row, vector in vectors.items()} == {row: row for row in rows}
