"""Builds lie side by side; one is in use, and an older one can be brought back."""

from pathlib import Path

import pytest
from fakes import MemoryStore, hashing_embedder
from small_corpus import ARTICLES, SmallIndex

from index.generations import Generations
from index.model import IndexNotReady


@pytest.fixture
def index(tmp_path: Path) -> SmallIndex:
    return SmallIndex(tmp_path / "index", MemoryStore(), hashing_embedder())


def built(index: SmallIndex, times: int) -> list[str]:
    return [index.build(corpus=f"c{n}").generation for n in range(times)]


def test_without_a_build_there_is_no_index_and_the_error_says_how_to_make_one(index):
    assert (index.generations.current(), index.generations.names(), index.generations.pointer()) == (
        None,
        [],
        None,
    )
    with pytest.raises(IndexNotReady, match="assistant index build"):
        index.generations.in_use()


def test_generations_are_listed_newest_first_even_when_made_within_one_second(index):
    names = built(index, 3)

    assert index.generations.names() == names[::-1]


def test_only_the_newest_three_and_what_is_needed_to_go_back_are_kept(index):
    names = built(index, 5)

    assert index.generations.names() == names[:1:-1]
    assert set(index.store.generations) == set(names[2:])


def test_a_rollback_brings_the_one_before_into_use_and_the_next_one_the_one_before_that(index):
    first, second, third = built(index, 3)

    assert (index.generations.rollback(), index.generations.current()) == (second, second)
    assert (index.generations.rollback(), index.generations.current()) == (first, first)
    with pytest.raises(IndexNotReady, match=f"no generation before {first}"):
        index.generations.rollback()
    assert index.generations.rollback(third) == third


def test_a_rollback_to_what_does_not_exist_changes_nothing(index):
    (only,) = built(index, 1)

    with pytest.raises(IndexNotReady, match="assistant index list"):
        index.generations.rollback("2020-01-01T00-00-00-abcd")
    assert index.generations.current() == only


def test_after_a_rollback_the_one_in_use_and_the_one_before_it_survive_pruning(index):
    generations = Generations(index.generations.root, keep=1)
    names = built(index, 3)
    generations.use(names[1])

    generations.prune()

    assert generations.names() == names[::-1]
    generations.use(names[2])
    generations.prune()
    assert generations.names() == names[:0:-1]


def test_a_build_after_a_rollback_compares_with_the_generation_in_use(index):
    index.build(ARTICLES[:1])
    index.build(ARTICLES)
    index.generations.rollback()

    report = index.build(ARTICLES)

    assert (report.embedded, report.kept) == (3, 2)


def test_the_pointer_changes_with_every_change_of_use(index):
    names = built(index, 2)
    seen = {index.generations.pointer()}
    for name in names:
        index.generations.use(name)
        seen.add(index.generations.pointer())

    assert len(seen) == 3


def test_a_directory_without_a_manifest_is_no_generation(index):
    (name,) = built(index, 1)
    (index.generations.path(name) / "manifest.json").unlink()

    assert index.generations.names() == []
    with pytest.raises(IndexNotReady, match="There is no generation"):
        index.generations.manifest(name)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"generation": 1'])
def test_a_damaged_manifest_is_told_with_the_next_step(index, text):
    (name,) = built(index, 1)
    (index.generations.path(name) / "manifest.json").write_text(text)

    with pytest.raises(IndexNotReady, match="assistant index build --full"):
        index.generations.manifest(name)
