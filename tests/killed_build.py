"""A build that kills itself: python killed_build.py ROOT AT COUNT [MODELS]

Builds COUNT small articles in ROOT, with the default model if it lies exported in MODELS. AT is the number of the
file operation (of those that Python audits) before which the process kills itself as `kill -9` would, the name of
a stage, or "progress" for amid the embedding; 0 lets it finish and print how many operations there were.
"""

import os
import signal
import sys
from pathlib import Path

from fakes import hashing_embedder
from small_corpus import SmallIndex, article

from index.embedding import open_embedder
from index.vectors import ChromaStore

_TOUCHES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.scandir", "shutil.rmtree"}


def articles(count: int) -> list:
    return [
        article(f"a{n}", f"Article {n}", About=f"Sentence number {n} of {count}. " * 3) for n in range(count)
    ]


def main(root: Path, at: str, count: int, models: str = "") -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    touched = 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal touched
        if event in _TOUCHES and str(root) in str(arguments[0]):
            touched += 1
            if str(touched) == at:
                die()

    sys.addaudithook(watch)
    embedder = open_embedder("minilm", Path(models)) if models else hashing_embedder()
    index = SmallIndex(root, ChromaStore(), embedder)
    index.build(
        articles(count),
        on_stage=lambda stage: die() if stage == at else None,
        progress=lambda done, total: die() if at == "progress" and done < total else None,
    )
    print(touched)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
