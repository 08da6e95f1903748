"""A build that is killed at any point leaves the index in use, and the next build succeeds."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fakes import hashing_embedder
from killed_build import articles
from small_corpus import SmallIndex

from index.search import Searcher
from index.vectors import ChromaStore
from index.verifying import verify

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
STAGES = ("planning", "embedding", "writing", "checking", "publishing", "pruning")
POINTS = 20


def run(root: Path, at: object, count: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TESTS / "killed_build.py", root, str(at), str(count)],
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """An index of 30 articles, with two before it, and how many file operations the next build takes."""
    root = tmp_path_factory.mktemp("crashes") / "index"
    index = SmallIndex(root, ChromaStore(), hashing_embedder())
    for count in (10, 20, 30):
        index.build(articles(count))
    trial = root.with_name("trial")
    shutil.copytree(root, trial)
    return root, int(run(trial, 0, 40).stdout)


def points() -> list[object]:
    return [*STAGES, *(n / POINTS for n in range(POINTS))]


@pytest.mark.parametrize("point", points())
def test_a_killed_build_leaves_a_whole_index_in_use_and_the_next_one_succeeds(world, tmp_path, point):
    template, operations = world
    root = tmp_path / "index"
    shutil.copytree(template, root)
    index = SmallIndex(root, ChromaStore(), hashing_embedder())
    searching = Searcher(index.generations, index.store, lambda _: index.embedder)
    before = searching.manifest

    killed = run(root, point if isinstance(point, str) else 1 + int(point * operations), 40)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert searching.search("sentence number 29 of 30")[0].card.id == "a29"
    assert searching.manifest.articles in (30, 40)
    assert verify(index.generations, index.generations.in_use(), index.store, index.embedder) == []
    if searching.manifest == before:
        assert index.build(articles(40)).published
    else:
        assert index.build(articles(41)).published
    assert index.generations.remains() == []
    assert searching.search("sentence number 39 of 40")[0].card.id == "a39"
    assert verify(index.generations, index.generations.in_use(), index.store, index.embedder) == []
    searching.close()


def test_readers_under_load_notice_no_publish_and_leak_nothing(tmp_path):
    index = SmallIndex(tmp_path, ChromaStore(), hashing_embedder())
    index.build(articles(20))
    searching = Searcher(index.generations, index.store, lambda _: index.embedder)
    searching.warm()
    errors: list[BaseException] = []
    answered = [0]
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                hits = searching.search("sentence number 7", limit=3)
                assert hits
                answered[0] += 1
            except BaseException as error:
                errors.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    seen, descriptors, memory = set(), [], []
    for count in range(21, 45):
        name = index.build(articles(count)).generation
        while searching.manifest.generation != name and not errors:
            time.sleep(0.005)
        seen.add(name)
        descriptors.append(len(list(Path("/proc/self/fd").iterdir())))
        memory.append(resident())
    done.set()
    for reader in readers:
        reader.join(10)
    searching.close()

    assert errors == []
    assert len(seen) == 24
    assert answered[0] > 200
    assert max(descriptors[12:]) <= max(descriptors[:12]) + 5
    assert memory[-1] <= memory[11] * 1.15 + 20


def resident() -> float:
    """Megabytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20
