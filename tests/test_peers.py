"""What is handed to the peers of the benchmark, and how their finds are counted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.evaluation import ranking
from benchmarks.peers import Exported, Figures, Way, figures, read, table, write

DATA = Exported(
    sections=("heel#why", "heel#why", "neck#what", "neck#how"),
    texts=("Heel: a", "Heel: b", "Neck: c", "Neck: d"),
    vectors=np.eye(4, dtype=np.float32),
    questions=("why does it hurt", "how do I move it"),
    asked=np.array([[0, 1, 0, 0], [0, 0, 0.6, 0.8]], dtype=np.float32),
    relevant=(("heel#why",), ("neck#how", "neck#what")),
    ours=(("neck#how", "heel#why"), ("neck#what",)),
    bare=(("heel#why",), ("heel#why",)),
    milliseconds=5.0,
    bare_milliseconds=4.0,
    embedding=3.0,
)


def nearest(data: Exported) -> Iterator[Way]:
    yield Way("nearest", True, lambda _, vector: np.argsort(-(data.vectors @ np.array(vector))))
    yield Way(
        "backwards", False, lambda _, vector: np.argsort(data.vectors @ np.array(vector), kind="stable")
    )


def absent(data: Exported) -> Iterator[Way]:
    raise ModuleNotFoundError(f"no peer for {len(data.texts)} passages", name="peer")


def test_what_is_exported_is_read_back_the_same(tmp_path: Path) -> None:
    write(DATA, tmp_path / "new")
    again = read(tmp_path / "new")
    for name in Exported.__slots__:
        assert str(getattr(again, name)) == str(getattr(DATA, name)), name


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["a", "b"], Figures(1, 1, 1)),
        (["b", "b", "b", "a"], Figures(0, 1, 1 / 2)),
        (["b", "c", "d", "e", "f", "a"], Figures(0, 0, 1 / 6)),
        ([*"bcdefghijk", "a"], Figures(0, 0, 0)),
        ([], Figures(0, 0, 0)),
    ],
)
def test_a_section_counts_where_it_is_first_found_as_in_the_evaluation(
    found: list[str], expected: Figures
) -> None:
    assert figures([found], [["a"]]) == expected
    same = ranking(found, ["a"])
    assert (same.hit_1, same.hit_5, same.reciprocal) == (expected.hit_1, expected.hit_5, expected.reciprocal)


def test_figures_are_means_over_the_questions() -> None:
    assert figures([["a"], ["b", "a"]], [["a"], ["a"]]) == Figures(0.5, 1, 0.75)


def test_the_table_has_ours_every_way_of_a_peer_and_names_the_peer_that_is_missing() -> None:
    size, _, ours, bare, near, far, missing = table(DATA, [nearest, absent])
    assert size == "2 questions, 4 passages"
    assert ours.split() == ["ours", "0.500", "1.000", "0.750", "5.0"]
    assert bare.split()[-4:] == ["0.500", "0.500", "0.500", "4.0"]
    assert near.split()[:4] == ["nearest", "1.000", "1.000", "1.000"]
    assert float(near.split()[4]) >= DATA.embedding
    assert far.split()[:4] == ["backwards", "0.500", "1.000", "0.750"]
    assert missing == "absent: not installed here (peer)"


def test_no_question_is_printed() -> None:
    printed = "\n".join(table(DATA, [nearest]))
    assert not any(question in printed for question in DATA.questions)
