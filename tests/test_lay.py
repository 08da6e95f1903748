"""What the benchmark of lay questions is made of: answers as articles, and vectors that outlive a stopped run."""

from pathlib import Path

import numpy as np
from fakes import HashingEmbeddings
from small_corpus import HEEL

from benchmarks.lay import Kept, _answer, _articles


class Counting(HashingEmbeddings):
    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return super().embed_documents(texts)


def opened(folder: Path) -> tuple[Kept, Counting]:
    inner = Counting()
    return Kept(inner, folder / "vectors.kept", 64), inner


def test_each_text_is_embedded_once_also_by_the_next_run(tmp_path: Path) -> None:
    first, inner = opened(tmp_path)
    made = first.embed_documents(["heel", "neck", "heel"])
    again, other = opened(tmp_path)

    assert np.allclose(made, HashingEmbeddings().embed_documents(["heel", "neck", "heel"]))
    assert inner.embedded == ["heel", "neck"]
    assert again.embed_documents(["neck", "heel"]) == [made[1], made[0]]
    assert other.embedded == []
    assert np.allclose(again.embed_documents(["toe"]), HashingEmbeddings().embed_documents(["toe"]))
    assert other.embedded == ["toe"]


def test_a_vector_that_was_half_written_is_made_again_and_the_others_stand(tmp_path: Path) -> None:
    first, _ = opened(tmp_path)
    made = first.embed_documents(["heel", "neck"])
    with (tmp_path / "vectors.kept").open("r+b") as file:
        file.truncate(file.seek(0, 2) - 5)

    for expected in (["neck"], []):
        again, inner = opened(tmp_path)
        assert again.embed_documents(["heel", "neck"]) == made
        assert inner.embedded == expected


def test_answers_that_share_an_id_are_told_apart_in_the_index_and_counted_as_one() -> None:
    lines = [
        {"id": id, "question": f"Why {n}?", "answer": f" Because {n}.\n"}
        for n, id in enumerate(("a", "b", "a", "a"))
    ]

    articles = list(_articles(HEEL, lines))

    ids = [article.card.id for article in articles]
    assert len(set(ids)) == 4
    assert [_answer(f"{id}#answer/0") for id in ids] == ["a", "b", "a", "a"]
    assert [article.sections[0].text for article in articles] == [f"Because {n}." for n in range(4)]
    assert [article.sections[0].trail for article in articles] == [(f"Why {n}?",) for n in range(4)]
