"""Rankings are merged by position, weighed by how far each search is trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import fuse

RANKINGS = st.lists(st.lists(st.sampled_from("abcdef"), unique=True), min_size=1, max_size=3)


def order(*rankings: str, weights: tuple[float, ...] | None = None) -> str:
    return "".join(id for id, _ in fuse(rankings, weights or (1.0,) * len(rankings)))


@pytest.mark.parametrize(
    ("rankings", "weights", "merged"),
    [
        (("abc",), (1.0,), "abc"),
        (("abc", "cde"), (1.0, 1.0), "cabde"),
        (("ab", "ba"), (1.0, 1.0), "ab"),
        (("ab", "ba"), (1.0, 2.0), "ba"),
        (("abc", "xyz"), (1.0, 0.0), "abcxyz"),
        ((), (), ""),
    ],
)
def test_what_two_searches_agree_on_comes_first(rankings, weights, merged):
    assert order(*rankings, weights=weights) == merged


@given(RANKINGS)
def test_every_id_is_there_once_and_the_best_comes_first(rankings):
    merged = fuse(rankings, [1.0] * len(rankings))

    assert sorted(id for id, _ in merged) == sorted(set().union(*rankings))
    assert [score for _, score in merged] == sorted((score for _, score in merged), reverse=True)


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.floats(0.1, 10))
def test_one_ranking_alone_keeps_its_order(ranking, weight):
    assert [id for id, _ in fuse([ranking], [weight])] == ranking


def test_a_weight_is_needed_for_each_ranking():
    with pytest.raises(ValueError, match="zip"):
        fuse(["ab"], [1.0, 2.0])
