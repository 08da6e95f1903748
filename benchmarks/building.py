"""Builds of the shipped corpus: full, with nothing changed, with one article changed; against encoding alone."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.measuring import process


def main() -> None:
    from assistant import wiring
    from assistant.settings import load
    from index.build import build
    from index.chunking import embedded, passages

    wiring.prepare_process()
    settings = load()
    say = print
    embedder = wiring.embedder(settings, prepare=say)
    articles = list(wiring.shelf(settings))
    with tempfile.TemporaryDirectory() as folder:
        scratch = replace(settings, data_dir=Path(folder))
        generations, store = wiring.generations(scratch), wiring.vectors(scratch)

        began = time.perf_counter()
        full = build(articles, "first", generations, embedder, store)
        whole = time.perf_counter() - began

        texts = [
            embedded(passage, article.card.title, embedder.length, embedder.limit)
            for article in articles
            for passage in passages(article, embedder.length, embedder.limit)
        ]
        began = time.perf_counter()
        embedder.embeddings.embed_documents(texts)
        alone = time.perf_counter() - began
        print(f"full build: {full.passages} passages in {whole:.1f} s")
        print(f"encoding them alone: {alone:.1f} s; ratio {whole / alone:.2f} (aim: at most 1.15)")

        first = articles[0]
        section = first.sections[0]
        changed = replace(
            first, sections=(replace(section, text=section.text + " One more sentence."), *first.sections[1:])
        )
        one = build([changed, *articles[1:]], "second", generations, embedder, store)
        print(f"one article changed: {one.embedded} embedded, {one.kept} kept, {one.seconds:.2f} s")
    same = process("assistant", "index", "build")
    print(f"nothing changed, whole process: {same.wall:.2f} s, {same.cpu:.2f} s CPU, {same.peak_mb:.0f} MB")
