"""The finer vectors of a passage: its sentences and what it is asked by."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worlds import passage

from index.model import IndexNotReady
from index.views import Views, questions, said, texts, write

TWO = passage("Rest helps. Ice may help.", "heel", "What helps?")
ONE = passage("Cups leave marks.", "cupping", "What marks are left?")
AXES = np.eye(5, dtype=np.float32)


def opened(folder: Path) -> Views:
    write(folder, [TWO, ONE], {TWO.id: 3 * AXES[:3], ONE.id: AXES[3:]})
    return Views(folder)


def test_the_texts_of_a_passage_are_its_sentences_then_what_it_is_asked_by() -> None:
    assert said(TWO) == ("Rest helps.", "Ice may help.")
    assert questions(TWO) == ("What helps?",)
    assert texts(TWO) == ("Rest helps.", "Ice may help.", "What helps?")


def test_vectors_are_kept_by_passage_and_brought_to_length_one(tmp_path: Path) -> None:
    views = opened(tmp_path)

    assert len(views) == 2
    assert views.of(0) == pytest.approx(AXES[:3])
    assert views.of(1) == pytest.approx(AXES[3:])


def test_a_question_is_held_against_sentences_and_questions_apart(tmp_path: Path) -> None:
    sentences, asked, ways = opened(tmp_path).cosines(np.array([0, 0, 2, 0, 0], np.float32), [1, 0])

    assert [list(found) for found in sentences] == [[0], [0, 0]]
    assert asked == [0, 1]
    assert [list(found) for found in ways] == [[0], [0, 0]]


def test_a_sentence_is_as_near_as_the_nearest_way_to_ask_for_it(tmp_path: Path) -> None:
    of_ice = replace(TWO, asked=("all of it", "ice?", "cold?"), asked_of=(-1, 1, 1))
    vectors = np.eye(6, dtype=np.float32)
    write(tmp_path, [of_ice], {of_ice.id: vectors})

    _, whole, ways = Views(tmp_path).cosines(np.array([0, 0, 0, 0.6, 0.8, 0], np.float32), [0])

    assert [list(found) for found in ways] == [[0, pytest.approx(0.8)]]
    assert whole == [pytest.approx(0.8)]


def test_passages_are_found_by_what_they_are_asked_by(tmp_path: Path) -> None:
    views, asked = opened(tmp_path), np.array([0, 0, 0.6, 0, 0.8], np.float32)

    assert [row for row, _ in views.asked_alike(asked, 5)] == [1, 0]
    assert [row for row, _ in views.asked_alike(asked, 1)] == [1]
    assert [row for row, _ in views.asked_alike(asked, 5, np.array([True, False]))] == [0]


def test_no_candidates_have_no_cosines(tmp_path: Path) -> None:
    assert opened(tmp_path).cosines(AXES[0], []) == ([], [], [])


def test_missing_views_ask_for_a_build(tmp_path: Path) -> None:
    with pytest.raises(IndexNotReady, match="index build --full"):
        Views(tmp_path)
