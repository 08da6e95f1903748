"""A cross-encoder named in the settings has a say in the order; one that fails is left out, and that is told."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fakes import MemoryStore, hashing_embedder
from small_corpus import SmallIndex

from assistant.cli import assistant
from index.model import IndexNotReady
from index.reranking import CrossEncoderJudge, Judge, RerankingSearcher, blended
from index.search import Searcher

QUESTION = "does stretching the calf help plantar fasciitis?"


@pytest.fixture
def index(tmp_path: Path) -> SmallIndex:
    made = SmallIndex(tmp_path / "index", MemoryStore(), hashing_embedder())
    made.build()
    return made


def reranking(index: SmallIndex, judge: Judge) -> RerankingSearcher:
    return RerankingSearcher(index.generations, index.store, lambda fingerprint: index.embedder, judge=judge)


def plain(index: SmallIndex) -> Searcher:
    return Searcher(index.generations, index.store, lambda fingerprint: index.embedder)


def for_the_shoulder(question: str, texts):
    return np.array([100.0 * ("Frozen shoulder" in text) for text in texts])


def test_the_judge_reads_the_question_and_each_passage_under_its_headings(index):
    read = []

    def judge(question, texts):
        read.extend((question, text) for text in texts)
        return np.zeros(len(texts))

    hits = reranking(index, judge).search(QUESTION, limit=1)

    text = "Heel pain > What helps\nStretching the calf helps most people with plantar fasciitis."
    assert (QUESTION, text) in read
    assert hits == plain(index).search(QUESTION, limit=1)


def test_a_judge_with_a_clear_opinion_moves_what_the_search_was_lukewarm_about(index):
    before = [hit.passage.article for hit in plain(index).search(QUESTION)]
    hits = reranking(index, for_the_shoulder).search(QUESTION)
    after = [hit.passage.article for hit in hits]

    assert sorted(after) == sorted(before)
    assert after.index("shoulder") < before.index("shoulder")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_both_have_an_equal_say(index):
    hits = [
        replace(hit, score=score)
        for hit, score in zip(plain(index).search(QUESTION), (3.0, 2, 1), strict=False)
    ]

    agreed = blended(hits, np.array([0.3, 0.2, 0.1]))
    opposed = blended(hits, np.array([0.1, 0.2, 0.3]))

    assert agreed == hits
    assert [hit.passage.id for hit in opposed] == [hit.passage.id for hit in hits]


def test_a_judge_that_fails_is_told_once_and_the_search_goes_on(index, caplog):
    asked = []

    def broken(question, texts):
        asked.append(question)
        raise IndexNotReady("The cross-encoder is gone.")

    searching = reranking(index, broken)
    with caplog.at_level(logging.WARNING):
        first, second = searching.search(QUESTION), searching.search(QUESTION)

    assert first == second == plain(index).search(QUESTION)
    assert len(asked) == 1
    assert [record.getMessage() for record in caplog.records].count(
        "Searching without a second look. The cross-encoder is gone."
    ) == 1


@pytest.mark.slow
def test_a_folder_without_a_model_is_named_with_the_next_step(tmp_path):
    settings = tmp_path / "c.toml"
    settings.write_text(f'data_dir = "{tmp_path}"\n[index]\nreranker = "{tmp_path}/nothing"\n')

    done = CliRunner().invoke(assistant, ["--config", str(settings), "doctor", "--json"])

    check = next(check for check in json.loads(done.stdout)["checks"] if check["name"] == "reranker")
    assert not check["ok"]
    assert f"{tmp_path}/nothing" in check["found"]
    assert "index.reranker" in check["found"]


@pytest.mark.slow
@pytest.mark.parametrize(("labels", "ranks"), [(1, True), (3, False)])
def test_a_real_cross_encoder_gives_one_number_a_text(tmp_path, labels, ranks):
    judge = CrossEncoderJudge(str(tiny_cross_encoder(tmp_path / "tiny", labels)))
    texts = ["Rest helps.", "Heel pain eases slowly over some months.", "Rest helps."]

    if not ranks:
        with pytest.raises(IndexNotReady, match="one number"):
            judge("what helps", texts)
        return
    found = judge("what helps", texts)

    assert found.shape == (3,)
    assert found[0] == pytest.approx(found[2])
    assert found[0] != found[1]


@pytest.mark.slow
def test_the_search_works_with_a_real_cross_encoder(index, tmp_path):
    judge = CrossEncoderJudge(str(tiny_cross_encoder(tmp_path / "tiny", 1)))

    hits = reranking(index, judge).search(QUESTION)

    assert {hit.passage.id for hit in hits} == {hit.passage.id for hit in plain(index).search(QUESTION)}


def tiny_cross_encoder(folder: Path, labels: int) -> Path:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast, set_seed

    set_seed(7)
    folder.mkdir()
    letters = [chr(code) for code in range(33, 127)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=labels,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder
