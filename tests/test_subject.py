"""Whether a question is about soft tissue therapy at all, by its vector."""

from pathlib import Path

import numpy as np
import pytest
from fakes import hashing_embedder
from worlds import hit

from assistant.evidence import confidence, gather
from assistant.model import AssistantError
from assistant.subject import WEIGHTS, Subject, Weights
from index.embedding import Embedder
from index.model import IndexNotReady

EMBEDDER = hashing_embedder()
LIKED = np.asarray(EMBEDDER.embeddings.embed_query("heel pain"), np.float32)


def weights(embedder: str = EMBEDDER.fingerprint) -> Weights:
    return Weights(embedder, 4 * LIKED, -1.0)


def test_a_question_like_those_it_was_fitted_on_has_higher_odds() -> None:
    subject = Subject(weights(), lambda: EMBEDDER)

    assert subject("heel pain") == pytest.approx(3.0, abs=0.01)
    assert subject("parliament votes") < subject("heel pain")


def test_nothing_is_said_with_another_embedder_or_none() -> None:
    def none() -> Embedder:
        raise IndexNotReady("No model.")

    assert Subject(weights("another"), lambda: EMBEDDER)("heel pain") == 0.0
    assert Subject(weights(), none)("heel pain") == 0.0


def test_weights_are_kept_in_a_small_file(tmp_path: Path) -> None:
    weights().save(tmp_path / "w.npz")
    kept = Weights.load(tmp_path / "w.npz")

    assert (kept.embedder, kept.constant) == (EMBEDDER.fingerprint, -1.0)
    assert kept.vector == pytest.approx(4 * LIKED, abs=0.01)


def test_a_damaged_file_says_how_to_make_it_anew(tmp_path: Path) -> None:
    (tmp_path / "w.npz").write_bytes(b"no")

    with pytest.raises(AssistantError, match=r"benchmarks\.fit_confidence"):
        Weights.load(tmp_path / "w.npz")


def test_the_shipped_weights_are_those_of_the_default_model() -> None:
    assert Weights.load().vector.shape == (384,)
    assert WEIGHTS.stat().st_size < 10_000


def test_a_question_of_another_field_is_not_believed_for_the_same_passage() -> None:
    found = hit(dense=0.55, coverage=0.5)

    assert (
        confidence("heel pain", found, subject=-6.0)
        < confidence("heel pain", found)
        < confidence("heel pain", found, 6.0)
    )
    assert gather("heel pain", [found], 0.5, subject=-9.0) == ()
