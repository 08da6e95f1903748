"""Whether a question is about soft tissue therapy at all, by its vector."""

from pathlib import Path

import numpy as np
import pytest
from fakes import hashing_embedder
from worlds import hit

from assistant.evidence import confidence, gather
from assistant.model import AssistantError
from assistant.subject import UNKNOWN, WEIGHTS, Subject, Weights
from index.embedding import Embedder
from index.model import IndexNotReady

EMBEDDER = hashing_embedder()
LIKED = np.asarray(EMBEDDER.embeddings.embed_query("heel pain"), np.float32)


def weights(embedder: str = EMBEDDER.fingerprint) -> Weights:
    return Weights(embedder, LIKED[None, :], np.array([1.5], np.float32), 2.5 * LIKED, -1.0)


def test_a_question_like_those_it_was_fitted_on_has_higher_odds() -> None:
    subject = Subject(weights(), lambda: EMBEDDER)

    assert subject("heel pain") == pytest.approx(3.0, abs=0.01)
    assert subject("parliament votes") < subject("heel pain")


def test_a_question_is_read_as_the_search_reads_it() -> None:
    subject = Subject(weights(), lambda: EMBEDDER, lambda typed: typed.replace("heal", "heel"))

    assert subject("heal pain") == pytest.approx(3.0, abs=0.01)


def test_what_is_ours_need_not_lie_on_one_side() -> None:
    both_ways = Weights(
        "any", np.array([[1.0, 0.0]], np.float32), np.array([2.0], np.float32), np.zeros(2, np.float32), -1.0
    )

    told = [both_ways(np.array(vector, np.float32)) for vector in ([1, 0], [-1, 0], [0, 1])]

    assert told == [1.0, 1.0, -1.0]


def test_nothing_is_said_with_another_embedder_or_none() -> None:
    def none() -> Embedder:
        raise IndexNotReady("No model.")

    assert Subject(weights("another"), lambda: EMBEDDER)("heel pain") == UNKNOWN
    assert Subject(weights(), none)("heel pain") == UNKNOWN


def test_weights_are_kept_in_a_small_file(tmp_path: Path) -> None:
    weights().save(tmp_path / "w.npz")
    kept = Weights.load(tmp_path / "w.npz")

    assert (kept.embedder, kept.constant) == (EMBEDDER.fingerprint, -1.0)
    assert kept.vector == pytest.approx(2.5 * LIKED, abs=0.01)
    assert kept(LIKED) == pytest.approx(3.0, abs=0.01)


def test_a_damaged_file_says_how_to_make_it_anew(tmp_path: Path) -> None:
    (tmp_path / "w.npz").write_bytes(b"no")

    with pytest.raises(AssistantError, match=r"benchmarks\.fit_confidence"):
        Weights.load(tmp_path / "w.npz")


def test_the_shipped_weights_are_those_of_the_default_model() -> None:
    assert Weights.load().vector.shape == (384,)
    assert WEIGHTS.stat().st_size < 100_000


def test_a_question_of_another_field_is_not_believed_for_the_same_passage() -> None:
    found = hit(dense=0.55, coverage=0.5)

    assert (
        confidence("heel pain", found, subject=-6.0)
        < confidence("heel pain", found)
        < confidence("heel pain", found, 6.0)
    )
    assert gather("heel pain", [found], 0.5, subject=-9.0) == ()
