"""Replies over 100,000 passages: some real texts are encoded, the rest are their jittered vectors and shuffled words.

BENCH_TEXTS=texts.jsonl.gz python -m benchmarks scale     # JSON lines with an "answer", "text" or "context" field
"""

import gzip
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.measuring import milliseconds, p50_p95, resident_mb
from benchmarks.serving import SHORT, opened

PASSAGES = 100_000
ENCODED = 3_000
WORDS = 110


@dataclass
class Jittered:
    """A LangChain Embeddings over texts whose vectors are made up from real ones: encoding them all takes hours."""

    vectors: Any
    origin: dict[str, int]

    def embed_documents(self, texts: Sequence[str]) -> Any:
        import numpy as np

        rows = [self.origin[text.split("\n", 1)[-1]] for text in texts]
        noise = np.random.default_rng(rows[0]).normal(scale=0.02, size=(len(rows), self.vectors.shape[1]))
        moved = self.vectors[rows] + noise
        return (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)


def main() -> None:
    import numpy as np

    from assistant import wiring
    from assistant.model import Question
    from assistant.settings import load
    from index.build import build

    source = os.environ.get("BENCH_TEXTS")
    if not source:
        raise SystemExit("Name a file of texts: BENCH_TEXTS=texts.jsonl.gz python -m benchmarks scale")
    wiring.prepare_process()
    settings = load()
    embedder = wiring.embedder(settings, prepare=print)
    base = list(_texts(Path(source), ENCODED))
    began = time.perf_counter()
    vectors = np.asarray(embedder.embeddings.embed_documents(base), dtype=np.float32)
    print(f"{len(base)} texts encoded in {time.perf_counter() - began:.0f} s")
    with tempfile.TemporaryDirectory() as folder:
        scratch = replace(settings, data_dir=Path(folder))
        (scratch.data_dir / "models").symlink_to((settings.data_dir / "models").resolve())
        origin: dict[str, int] = {}
        articles = list(_articles(wiring.shelf(settings).__iter__().__next__(), base, origin))
        fake = replace(embedder, embeddings=Jittered(vectors, origin), length=lambda text: len(text.split()))
        began = time.perf_counter()
        report = build(articles, "scale", wiring.generations(scratch), fake, wiring.vectors(scratch))
        print(f"{report.passages} passages written in {time.perf_counter() - began:.0f} s")
        searcher = wiring.searcher(scratch)
        chain = wiring.chain(scratch, searcher)
        chain.invoke(Question(SHORT[0]))
        encoder = wiring.built_embedder(scratch, searcher.manifest.embedder).embeddings
        encode, _ = p50_p95([milliseconds(lambda q=q: encoder.embed_query(q)) for q in opened(SHORT)])
        p50, p95 = p50_p95([milliseconds(lambda q=q: chain.invoke(Question(q))) for q in opened(SHORT)])
        print(f"reply: p50 {p50:.1f} ms, p95 {p95:.1f} ms ({p50 / encode:.2f} × encode alone)")
        print(f"resident memory, builder included: {resident_mb():.0f} MB")
        searcher.close()


def _texts(source: Path, count: int) -> Iterator[str]:
    opener = gzip.open if source.suffix == ".gz" else open
    with opener(source, "rt", encoding="utf-8") as lines:  # type: ignore[operator]
        for _, line in zip(range(count), lines, strict=False):
            item = json.loads(line)
            text = item.get("answer") or item.get("text") or item.get("context")
            yield " ".join(str(text).split()[:WORDS])


def _articles(pattern: Any, base: Sequence[str], origin: dict[str, int]) -> Iterator[Any]:
    """Articles of a hundred one-passage sections, each the shuffled words of one of the base texts."""
    shuffle = random.Random(7)
    for first in range(0, PASSAGES, 100):
        sections = []
        for number in range(first, first + 100):
            words = base[number % len(base)].split()
            shuffle.shuffle(words)
            text = " ".join((*words, f"{number}.")) or f"{number}."
            origin[text] = number % len(base)
            sections.append(
                replace(
                    pattern.sections[0],
                    trail=(f"Part {number}",),
                    anchor=f"part-{number}",
                    text=text,
                    cites=(),
                )
            )
        card = replace(pattern.card, id=f"scale-{first}", title=f"Scale {first}")
        yield replace(pattern, card=card, sections=tuple(sections))


if __name__ == "__main__":
    main()
