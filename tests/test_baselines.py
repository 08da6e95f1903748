"""The plain ways are measured as fairly as our own: the same index, the same questions, the same model."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import MemoryStore, hashing_embedder
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from small_corpus import SmallIndex

from assistant.baselines import standings, two_step
from assistant.golden import Golden
from index.search import Searcher

QUESTION = "does stretching the calf help plantar fasciitis?"


@pytest.fixture
def searcher(tmp_path: Path) -> Iterator[Searcher]:
    index = SmallIndex(tmp_path, MemoryStore(), hashing_embedder())
    index.build()
    searching = Searcher(index.generations, index.store, lambda fingerprint: index.embedder)
    yield searching
    searching.close()


def golden(**changes) -> Golden:
    one = Golden(
        id="heel-1",
        text=QUESTION,
        actions=("answer",),
        passages=("heel#What-helps",),
        key_facts=(("helps most people",),),
    )
    return replace(one, **changes)


def test_without_a_model_the_plain_chain_shows_the_first_passage(searcher):
    assert two_step(searcher).invoke(QUESTION) == (
        "Stretching the calf helps most people with plantar fasciitis."
    )


def test_with_one_it_gives_what_the_model_says_of_the_stuffed_passages(searcher):
    model = GenericFakeChatModel(messages=iter(["Nobody knows."]))

    assert two_step(searcher, model).invoke(QUESTION) == "Nobody knows."


def test_every_way_stands_in_the_table_with_its_own_figures(searcher):
    silent = GenericFakeChatModel(messages=iter(["Nobody knows."]))

    without = {one.name: one for one in standings(searcher, [golden(), golden(passages=())])}
    worded = standings(searcher, [golden()], silent)[-1]

    assert list(without) == ["BM25, first passage", "dense, first passage", "two-step chain, first passage"]
    assert all((one.hit_1.of, one.hit_1.share, one.key_facts.share) == (1, 1, 1) for one in without.values())
    assert (worded.name, worded.hit_1.share, worded.key_facts.share) == (
        "two-step chain, the same model",
        1,
        0,
    )


def test_a_model_that_breaks_states_nothing(searcher):
    worded = standings(searcher, [golden()], GenericFakeChatModel(messages=iter([])))[-1]

    assert worded.key_facts.share == 0
