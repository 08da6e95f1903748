"""A build embeds what changed, keeps what did not, and says why when it has to do everything."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.model import Manifest, Passage
from index.planning import plan

MANIFEST = Manifest("g1", datetime(2026, 11, 24, tzinfo=UTC), "minilm@1", 384, "sections/1", 1, 2, "corpus")
DIGESTS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"))


def passage(id: str, digest: str) -> Passage:
    return Passage(id, "heel", ("Care",), "care", "Rest helps.", 0, (), digest)


def planned(
    wanted: dict[str, str], previous: dict[str, str], manifest: Manifest | None = MANIFEST, **options
):
    passages = [passage(id, digest) for id, digest in wanted.items()]
    return plan(passages, previous, manifest, "minilm@1", "sections/1", **options)


def ids(passages: tuple[Passage, ...]) -> str:
    return "".join(p.id for p in passages)


def test_changed_and_new_passages_are_embedded_and_vanished_ones_dropped():
    todo = planned({"same": "1", "changed": "2", "new": "1"}, {"same": "1", "changed": "1", "gone": "1"})

    assert [p.id for p in todo.embed] == ["changed", "new"]
    assert [p.id for p in todo.keep] == ["same"]
    assert todo.drop == ("gone",)
    assert todo.why_full is None


def test_a_text_that_moved_to_another_passage_is_embedded_there():
    todo = planned({"b": "1"}, {"a": "1"})

    assert (ids(todo.embed), ids(todo.keep), todo.drop) == ("b", "", ("a",))


@given(DIGESTS, DIGESTS)
def test_every_wanted_passage_is_embedded_or_kept_and_every_other_one_dropped(wanted, previous):
    todo = planned(wanted, previous)

    assert sorted(ids(todo.embed) + ids(todo.keep)) == sorted(wanted)
    assert set(todo.drop) == set(previous) - set(wanted)
    assert all(previous[p.id] == p.digest for p in todo.keep)


@given(DIGESTS)
def test_a_second_build_of_the_same_corpus_embeds_nothing(wanted):
    todo = planned(wanted, wanted)

    assert (todo.embed, todo.drop) == ((), ())


@pytest.mark.parametrize(
    ("manifest", "options", "why"),
    [
        (None, {}, "there is no index yet"),
        (MANIFEST, {"full": True}, "it was asked for"),
        ("embedder", {}, "the embedder changed from minilm@0 to minilm@1"),
        ("chunking", {}, "the rules for passages changed from sections/0 to sections/1"),
    ],
)
def test_nothing_is_kept_and_the_reason_is_given_when_old_vectors_do_not_fit(manifest, options, why):
    older = {
        "embedder": replace(MANIFEST, embedder="minilm@0"),
        "chunking": replace(MANIFEST, chunking="sections/0"),
    }
    todo = planned({"a": "1"}, {"a": "1", "b": "1"}, older.get(manifest, manifest), **options)

    assert (ids(todo.embed), todo.keep, todo.drop, todo.why_full) == ("a", (), ("b",), why)
