"""Pulling articles: parsing, a run over 5,000 of them from a server on this machine, and indexing 100.

The articles are copies, with other ids, of the JATS files in the folder that JATS_FOLDER names (else of a made-up one),
so that text, tables and references have the sizes of real ones. The server is a process of its own.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from benchmarks.measuring import resident_mb

if TYPE_CHECKING:
    from corpus.model import Article

COUNT, INDEXED = 5_000, 100
_TESTS = Path(__file__).parent.parent / "tests"
_MB = 1024 * 1024


def main() -> None:
    _parsing()
    with tempfile.TemporaryDirectory() as folder, _server() as base:
        _pulling(Path(folder), base)
        if os.environ.get("INDEXED") != "0":
            _indexing(Path(folder))


def sources() -> list[bytes]:
    folder = Path(os.environ.get("JATS_FOLDER") or _TESTS / "data" / "jats")
    return [path.read_bytes() for path in sorted(folder.rglob("*.xml")) if b"<body" in path.read_bytes()]


def _parsing() -> None:
    from lxml import etree

    from corpus.connectors import jats
    from corpus.connectors.faults import SourceError

    files = []
    for data in sources():
        try:
            jats.parse(data)
            files.append(data)
        except SourceError:
            continue
    size = sum(map(len, files)) / _MB

    def rate(read: object) -> tuple[float, float]:
        began, rounds = time.process_time(), 0
        while time.process_time() - began < 5:
            for data in files:
                read(data)  # type: ignore[operator]
            rounds += 1
        spent = time.process_time() - began
        return rounds * len(files) / spent, rounds * size / spent

    for name, read in (
        ("parsing", jats.parse),
        ("a bare walk", lambda data: sum(1 for _ in etree.fromstring(data).iter())),
    ):
        per_file, per_mb = rate(read)
        print(
            f"{name}: {per_file:.0f} files/s, {per_mb:.1f} MiB/s of CPU time ({len(files)} files, {size:.1f} MiB)"
        )


def _pulling(folder: Path, base: str) -> None:
    from corpus.connectors.cache import Cache
    from corpus.manifest import Manifest
    from corpus.runs import Policy, Wanted
    from corpus.sources import Chosen, Sources
    from corpus.syncing import Syncing
    from corpus.withdrawn import Withdrawn

    def run() -> str:
        cache = Cache(folder / "sources")
        pulling = Sources(Chosen("web@clinic.example", stand_in=base), cache)
        manifest = Manifest(folder / "sources.db")
        withdrawn = Withdrawn(folder / "withdrawn.txt")
        syncing = Syncing(manifest, folder / "shelf", withdrawn, cache, pulling.client, Policy())
        began, cpu = time.perf_counter(), time.process_time()
        report = syncing.run(pulling.connector("pmc"), Wanted(limit=COUNT))
        spent, cpu = time.perf_counter() - began, time.process_time() - cpu
        counts = {
            what: report.count(what) for what in ("full", "quote-only", "refuse", "unchanged", "failed")
        }
        requests = pulling.client.requests
        manifest.close()
        pulling.close()
        return f"{len(report.outcomes)} in {spent:.0f} s ({cpu:.0f} s CPU), {requests} requests, {counts} {report.fault}"

    before = resident_mb()
    print(f"first run: {run()}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: {before:.0f} MB before, {peak:.0f} MB at most")
    for name in ("shelf", "sources", "sources.db"):
        print(f"disk, {name}: {_size(folder / name) / _MB:.0f} MiB")
    print(f"second run: {run()}")


def _indexing(folder: Path) -> None:
    from assistant import wiring
    from assistant.settings import load
    from corpus.shelf import Shelf
    from index.build import build

    wiring.prepare_process()
    settings = load()
    began = time.perf_counter()
    shelf = Shelf([folder / "shelf" / "pmc"], {})
    print(f"reading the shelf: {len(shelf)} articles in {time.perf_counter() - began:.1f} s")
    articles = [_apart(article, number) for number, article in enumerate(list(shelf)[:INDEXED])]
    embedder = wiring.embedder(settings, prepare=print)
    timed = _Timed(embedder.embeddings)
    scratch = replace(settings, data_dir=folder)
    began, cpu = time.perf_counter(), time.process_time()
    generations, vectors = wiring.generations(scratch), wiring.vectors(scratch)
    report = build(articles, "benchmark", generations, replace(embedder, embeddings=timed), vectors)
    whole = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"indexing: {report.articles} articles, {report.passages} passages in {whole:.0f} s "
        f"({time.process_time() - cpu:.0f} s CPU), {peak:.0f} MB at most, "
        f"{_size(folder / 'index') / _MB:.0f} MiB on disk"
    )
    tokens = sum(map(embedder.length, timed.texts))
    print(
        f"of it encoding: {timed.seconds:.0f} s ({tokens / timed.seconds:.0f} tokens/s, {tokens / len(articles):.0f} tokens an "
        f"article); ratio {whole / timed.seconds:.2f}"
    )


def _apart(article: "Article", number: int) -> "Article":
    """A copy with no sentence of another: the same text is embedded once, which would spare most of the work here."""
    marked = [
        replace(section, text=re.sub(r"(?<=\w)(?=[.!?](?:\s|$))", f" {number}", section.text), cites=())
        for section in article.sections
    ]
    return replace(article, sections=tuple(marked))


class _Timed(Embeddings):
    """How long encoding takes, and of what."""

    def __init__(self, inner: Embeddings) -> None:
        self._inner = inner
        self.seconds = 0.0
        self.texts: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        began = time.perf_counter()
        found = self._inner.embed_documents(texts)
        self.seconds += time.perf_counter() - began
        self.texts += texts
        return found

    def embed_query(self, text: str) -> list[float]:
        return self._inner.embed_query(text)


def _size(path: Path) -> int:
    return sum(
        each.stat().st_size for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file()
    )


@contextmanager
def _server() -> Iterator[str]:
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.syncing"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def _serve() -> None:
    """Play the services, with COUNT articles."""
    sys.path.append(str(_TESTS))
    from fake_services import Paper, Services, serving

    class Copy(Paper):
        def xml(self, *, restricted: bool = False) -> bytes:
            return re.sub(
                rb'("pmc(?:id)?">)(?:PMC)?\d+',
                rb"\g<1>" + self.pmcid.encode(),
                files[int(self.number) % len(files)],
            )

    files = sources()
    services = Services()
    services.papers = [Copy(str(10_000_000 + number), code=None) for number in range(COUNT)]
    by_number = {paper.number: paper for paper in services.papers}
    services.paper = lambda number: by_number.get(number.removeprefix("PMC"))  # type: ignore[method-assign]
    with serving(services):
        print(services.base, flush=True)
        while True:
            time.sleep(60)


if __name__ == "__main__":
    _serve()
