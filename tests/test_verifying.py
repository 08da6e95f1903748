"""A generation is checked against its manifest, its checksums and the model that made it."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from fakes import MemoryStore, hashing_embedder
from small_corpus import SmallIndex

from index.model import IndexNotReady
from index.vectors import ChromaStore
from index.verifying import CHECKSUMS, checksums, verify


@pytest.fixture(params=[MemoryStore, ChromaStore])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> SmallIndex:
    return SmallIndex(tmp_path, request.param(), hashing_embedder())


def faults(index: SmallIndex, with_model: bool = True) -> str:
    name = index.generations.in_use()
    embedder = index.embedder if with_model else None
    return "; ".join(verify(index.generations, name, index.store, embedder))


def rewrite(change: Callable[[str], str]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_text(change(path.read_text("utf-8")), "utf-8")

    return damage


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_a_fresh_generation_has_no_fault_and_neither_has_one_of_copied_vectors(index):
    index.build(corpus="first")
    assert faults(index) == ""

    index.build(corpus="second")
    assert faults(index) == ""


@pytest.mark.parametrize(
    ("file", "damage", "fault"),
    [
        (
            "passages.jsonl",
            rewrite(lambda text: text.replace("Stretching", "Stretchinq")),
            "not the text that was",
        ),
        (
            "passages.jsonl",
            rewrite(lambda text: text.replace("doe-2020", "doe-2021")),
            "cites what its article",
        ),
        (
            "passages.jsonl",
            rewrite(lambda text: text[text.index("\n") + 1 :]),
            "the manifest counts 5 passages",
        ),
        ("passages.jsonl", rewrite(lambda text: text[:-20]), "cannot be read"),
        ("cards.json", rewrite(lambda text: text.replace("A clinician", "Nobody")), "cards.json was changed"),
        ("lexical/weights.npy", flip, "lexical/weights.npy was changed"),
        ("lexical/weights.npy", Path.unlink, "lexical/weights.npy is missing"),
        ("manifest.json", rewrite(lambda text: text.replace('"passages": 5', '"passages": 6')), "counts 6"),
        ("manifest.json", Path.unlink, "There is no generation"),
        ("checksums.json", Path.unlink, "checksums.json cannot be read"),
    ],
)
def test_every_altered_letter_is_found(index, file, damage, fault):
    report = index.build()

    damage(index.generations.path(report.generation) / file)

    assert fault in faults(index)


def test_any_letter_of_any_passage_that_is_altered_is_found_also_when_the_checksums_were_made_anew(index):
    report = index.build()
    directory = index.generations.path(report.generation)
    stored = directory / "passages.jsonl"
    lines = stored.read_text("utf-8").splitlines()
    chance = Random(4)
    for row, line in enumerate(lines):
        passage = json.loads(line)
        text = passage["text"]
        for at in chance.sample(range(len(text)), 5):
            passage["text"] = f"{text[:at]}{chr(ord(text[at]) + 1)}{text[at + 1 :]}"
            stored.write_text("\n".join((*lines[:row], json.dumps(passage), *lines[row + 1 :], "")), "utf-8")
            sums = checksums(directory, report.generation, index.store)
            (directory / CHECKSUMS).write_text(json.dumps(sums), "utf-8")

            assert f"{passage['id']} is not the text that was indexed" in faults(index)


def test_an_altered_passage_is_found_also_without_the_model(index):
    report = index.build()
    rewrite(lambda text: text.replace("eases", "erases"))(
        index.generations.path(report.generation) / "passages.jsonl"
    )

    assert "passages.jsonl was changed after it was built" in faults(index, with_model=False)


def test_vectors_that_were_altered_lost_or_added_are_found(index):
    report = index.build()
    directory = index.generations.path(report.generation)
    vectors = index.store.open(directory, report.generation)
    vectors.add(
        ["more#a/0"], np.ones((1, 64), dtype=np.float32), [{"article": "more", "section": "", "kind": "web"}]
    )
    vectors.close()

    assert "6 vectors are stored, 5 of 5 passages have one" in faults(index)


def test_a_vector_that_belongs_to_another_text_is_found(index):
    report = index.build()
    directory = index.generations.path(report.generation)
    index.store.forget(report.generation)
    if (directory / "chroma").exists():
        (directory / "chroma").rename(directory / "was")
    vectors = index.store.create(directory, report.generation)
    ids = [json.loads(line)["id"] for line in (directory / "passages.jsonl").read_text().splitlines()]
    rows = np.random.default_rng(1).normal(size=(5, 64)).astype(np.float32)
    vectors.add(ids, rows, [{"article": "a", "section": "", "kind": "authored"}] * 5)
    vectors.close()

    found = faults(index)
    assert "the vectors were changed after they were built" in found
    assert "the vector of heel#What-helps/0 is not what the model makes of its text" in found


def test_vectors_that_are_gone_are_a_fault(index):
    report = index.build()
    index.store.forget(report.generation)
    chroma = index.generations.path(report.generation) / "chroma"
    if chroma.exists():
        chroma.rename(chroma.with_name("gone"))

    assert "assistant index build --full" in faults(index)


def test_a_destroyed_database_is_a_fault_and_no_traceback(tmp_path):
    index = SmallIndex(tmp_path, ChromaStore(), hashing_embedder())
    report = index.build()
    database = index.generations.path(report.generation) / "chroma" / "chroma.sqlite3"
    database.write_bytes(database.read_bytes()[:100] + b"?" * 5000)

    assert faults(index) != ""


def test_a_build_whose_check_fails_is_not_brought_into_use(tmp_path):
    class Forgetful(MemoryStore):
        def open(self, directory, generation):
            opened = super().open(directory, generation)
            opened._vectors.pop("heel#What-helps/0", None)
            return opened

    index = SmallIndex(tmp_path, Forgetful(), hashing_embedder())

    with pytest.raises(IndexNotReady, match="failed its check and was not brought into use"):
        index.build()
    assert index.generations.current() is None
