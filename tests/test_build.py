"""A build brings a new index into use, does no work twice, and leaves the old one alone until it is done."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbeddings, MemoryStore, hashing_embedder
from small_corpus import ARTICLES, HEEL, SHOULDER, SORENESS, SmallIndex, article, relicensed

from corpus.lifted import APART
from corpus.model import Paper, Reference
from index.model import IndexNotReady
from index.records import read_cards, read_passages
from index.views import Views

RETITLED = replace(HEEL, card=replace(HEEL.card, title="Sore heels"))
REWORDED = replace(
    SORENESS, sections=(replace(SORENESS.sections[0], text="Massage eases soreness for a day or two."),)
)


@pytest.fixture
def index(tmp_path: Path) -> SmallIndex:
    return SmallIndex(tmp_path, MemoryStore(), hashing_embedder())


def embedded_last(index: SmallIndex) -> list[str]:
    embeddings = index.embedder.embeddings
    assert isinstance(embeddings, HashingEmbeddings)
    texts, embeddings.texts = embeddings.texts, []
    return texts


def test_the_first_build_embeds_everything_and_brings_it_into_use(index):
    report = index.build()

    assert report.published
    assert index.generations.current() == report.generation
    assert (report.articles, report.passages, report.embedded, report.kept, report.dropped) == (3, 5, 5, 0, 0)
    directory = index.generations.path(report.generation)
    assert [p.article for p in read_passages(directory)] == [
        "heel",
        "heel",
        "shoulder",
        "shoulder",
        "soreness",
    ]
    assert read_cards(directory) == {a.card.id: a.card for a in ARTICLES}


def test_what_is_embedded_stands_under_its_headings(index):
    index.build([SORENESS])

    assert sorted(embedded_last(index)) == [
        "Does massage help",
        "Massage eases soreness after exercise a little.",
        "Muscle soreness > Does massage help\nMassage eases soreness after exercise a little.",
    ]


def test_a_text_that_comes_again_is_embedded_once(index):
    again = article("ankle", "Ankle pain", How_long=HEEL.sections[-1].text)
    index.build([HEEL, again])

    texts = embedded_last(index)

    assert len(texts) == len(set(texts))


def test_what_a_paper_did_is_embedded_whole_and_what_it_found_by_the_sentence(index):
    """No answer quotes the first; its sentences stand with the vector of their passage."""
    first, second = "Adults rolled one calf.", "Nobody was told why."
    trial = article("pmc1", "Rolling the calf", Methods=f"{first} {second}")
    trial = replace(trial, card=replace(trial.card, paper=Paper(Reference("pmc1", "trial", "Rolling"))))
    found = replace(trial.sections[0], trail=("Results",), anchor="results", text=f"{second} {first}")

    report = index.build([trial])
    whole = f"Rolling the calf > Methods\n{first} {second}"
    assert sorted(embedded_last(index)) == sorted((whole, "Methods"))
    views = Views(index.generations.path(report.generation))
    assert np.allclose(views.of(0)[0], views.of(0)[1])

    index.build([replace(trial, sections=(found,))])
    assert {first, second} <= set(embedded_last(index))


def test_a_table_is_embedded_by_what_it_is_about_and_found_by_its_rows_too(index):
    trial = article("pmc1", "Rolling the calf", x="Pain at rest.\n\n- Before: 5.8\n- After: 3.2\n\nVAS.")
    table = replace(trial.sections[0], trail=(APART, "Table 2"))
    paper = replace(trial.card, paper=Paper(Reference("pmc1", "trial", "Rolling")))

    report = index.build([replace(trial, card=paper, sections=(table,))])

    whole = f"Rolling the calf > {APART} > Table 2\nPain at rest.\nVAS."
    assert sorted(embedded_last(index)) == sorted((whole, "Table 2"))
    (passage,) = read_passages(index.generations.path(report.generation))
    assert "- After: 3.2" in passage.text


def test_a_build_of_the_same_corpus_does_and_publishes_nothing(index):
    first = index.build(corpus="same")
    embedded_last(index)

    second = index.build(corpus="same")

    assert not second.published
    assert "Nothing to do" in second.note
    assert (second.generation, second.passages, second.embedded, second.kept) == (first.generation, 5, 0, 5)
    assert index.generations.names() == [first.generation]
    assert embedded_last(index) == []


def test_only_what_changed_is_embedded_again(index):
    index.build()
    embedded_last(index)

    report = index.build([HEEL, REWORDED])

    assert (report.embedded, report.kept, report.dropped) == (1, 2, 2)
    assert sorted(embedded_last(index)) == [
        "Does massage help",
        "Massage eases soreness for a day or two.",
        "Muscle soreness > Does massage help\nMassage eases soreness for a day or two.",
    ]


def test_a_new_title_changes_all_passages_of_its_article(index):
    index.build()

    assert (index.build([RETITLED, SHOULDER, SORENESS]).embedded) == 2


def test_a_changed_card_is_published_without_embedding_anything(index):
    index.build()
    due = replace(HEEL, card=replace(HEEL.card, reviewer="Another clinician"))

    report = index.build([due, SHOULDER, SORENESS])

    assert (report.published, report.embedded) == (True, 0)
    assert read_cards(index.generations.path(report.generation))["heel"].reviewer == "Another clinician"


def test_kept_vectors_are_those_of_the_generation_before(index):
    first = index.build()
    second = index.build([HEEL])

    before, after = (index.store.generations[r.generation] for r in (first, second))
    ids = ["heel#What-helps/0", "heel#How-long/0"]
    assert {id: v.tolist() for id, v in after.fetch(ids).items()} == {
        id: v.tolist() for id, v in before.fetch(ids).items()
    }
    assert after.count() == 2


def test_full_embeds_everything_even_if_nothing_changed(index):
    index.build(corpus="same")

    report = index.build(corpus="same", full=True)

    assert (report.published, report.embedded, report.kept) == (True, 5, 0)


@pytest.mark.parametrize(
    ("embedder", "why"),
    [
        (hashing_embedder("another"), "the embedder changed from hashing to another"),
        (hashing_embedder(size=32), "have another dimension than before"),
    ],
)
def test_another_embedder_embeds_everything_and_says_why(index, embedder, why):
    index.build()
    index.embedder = embedder

    report = index.build([RETITLED, SHOULDER, SORENESS])

    assert why in report.note
    assert (report.embedded, report.kept) == (5, 0)
    assert index.store.generations[report.generation].count() == 5


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(index):
    report = index.build(dry_run=True)
    assert (report.published, report.embedded, index.generations.current()) == (False, 5, None)

    index.build()
    embedded_last(index)
    report = index.build([HEEL, REWORDED], dry_run=True)

    assert (report.published, report.embedded, report.kept, report.dropped) == (False, 1, 2, 2)
    assert len(index.generations.names()) == 1
    assert embedded_last(index) == []


def test_articles_that_may_not_be_quoted_are_refused_by_name(index):
    report = index.build(
        [
            relicensed(HEEL, "refuse"),
            relicensed(replace(SHOULDER, source=replace(SHOULDER.source, kind="web")), "reference"),
            relicensed(SORENESS, "quote-only"),
        ]
    )

    assert [refusal.split(":")[0] for refusal in report.refused] == ["heel", "shoulder"]
    assert report.articles == 1
    assert index.generations.manifest(report.generation).refused == report.refused


def test_a_card_of_our_own_about_a_work_that_may_not_be_quoted_is_indexed(index):
    assert index.build([relicensed(SHOULDER, "reference")]).articles == 1


def test_an_empty_shelf_is_an_error_and_leaves_the_index_as_it_is(index):
    first = index.build()

    with pytest.raises(IndexNotReady, match="assistant corpus list"):
        index.build([])
    assert index.generations.current() == first.generation


def test_two_passages_of_one_name_are_an_error(index):
    with pytest.raises(IndexNotReady, match="heel#How-long/0"):
        index.build([HEEL, article("heel", "Heels again", How_long="Heels take long.")])


def test_vectors_that_are_not_numbers_are_refused(index):
    class Broken(HashingEmbeddings):
        def embed_documents(self, texts):
            return [[float("nan")] * 4 for _ in texts]

    index.embedder = replace(index.embedder, embeddings=Broken())

    with pytest.raises(IndexNotReady, match="Choose another"):
        index.build()
    assert index.generations.current() is None


def test_a_build_interrupted_by_hand_leaves_the_index_in_use_and_nothing_behind(index):
    first = index.build()

    def interrupt(stage: str) -> None:
        if stage == "checking":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.build([HEEL], on_stage=interrupt)

    assert index.generations.current() == first.generation
    assert index.generations.remains() == []


def test_a_build_tells_how_far_it_is(index):
    steps: list[tuple[int, int]] = []

    index.build(progress=lambda done, total: steps.append((done, total)))

    assert steps[-1] == (14, 14)  # two sections have one heading


@pytest.mark.parametrize("file", ["passages.jsonl", "manifest.json"])
def test_a_damaged_generation_is_mended_by_the_next_build(index, file):
    first = index.build(corpus="same")
    (index.generations.path(first.generation) / file).write_text("not json")

    report = index.build(corpus="same")

    assert (report.published, report.embedded) == (True, 5)


def test_vectors_that_were_lost_are_embedded_again(index):
    first = index.build()
    index.store.forget(first.generation)

    report = index.build([HEEL])

    assert (report.embedded, report.kept) == (2, 0)


def test_what_an_earlier_build_left_behind_when_it_was_killed_is_removed(index, tmp_path):
    (tmp_path / ".building-2026-01-01T00-00-00-abcd" / "chroma").mkdir(parents=True)
    index.store.create(tmp_path, "2026-01-01T00-00-00-abcd")

    report = index.build()

    assert index.generations.remains() == []
    assert list(index.store.generations) == [report.generation]


def test_a_second_builder_is_told_who_is_building(index):
    # In a process of its own: within one process a test could not tell a lock from a flag.
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(index.generations.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        text=True,
    )
    with holder:
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(IndexNotReady, match=rf"process {holder.pid}\)"):
            index.build()
        holder.kill()

    assert index.build().published


HOLD_THE_LOCK = """
import sys
from pathlib import Path
from index.generations import Generations

with Generations(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""
