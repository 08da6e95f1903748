"""A search finds passages by meaning and by words, always in the index that is in use."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from fakes import MemoryStore, hashing_embedder
from small_corpus import ARTICLES, HEEL, SHOULDER, SORENESS, STUDY, SmallIndex, article

from corpus.model import NOT_REVIEWED
from index.embedding import Embedder
from index.model import IndexNotReady
from index.records import LAYOUT
from index.search import Searcher

LATER = article("later", "Later", What_is_new="A brand new passage about ultrasound.")


@pytest.fixture
def index(tmp_path: Path) -> SmallIndex:
    return SmallIndex(tmp_path, MemoryStore(), hashing_embedder())


def searcher(index: SmallIndex, **options) -> Searcher:
    return Searcher(index.generations, index.store, lambda fingerprint: index.embedder, **options)


def found(searching: Searcher, query: str, **options) -> list[str]:
    return [hit.passage.id for hit in searching.search(query, **options)]


def test_the_passage_that_speaks_of_the_question_comes_first_with_all_that_is_known_of_it(index):
    index.build()

    hit, *others = searcher(index).search("does stretching the calf help plantar fasciitis?")

    assert hit.passage.id == "heel#What-helps/0"
    assert hit.card == HEEL.card
    assert hit.references == (STUDY,)
    assert hit.found_by == ("dense", "lexical")
    assert hit.dense is not None
    assert 0.3 < hit.dense <= 1
    assert hit.lexical is not None
    assert set(hit.matched) >= {"calf", "plantar", "fasciitis"}
    assert 0.6 < hit.coverage <= 1
    assert all(hit.score >= other.score for other in others)


def test_a_passage_brings_the_references_that_it_cites_itself_and_no_others_of_its_article(index):
    other = replace(STUDY, key="roe-2021", title="A trial of calves")
    made = article("two", "Two sources", Why_heels="Heels hurt.", Why_calves="Calves cramp.")
    heels, calves = made.sections
    index.build(
        (
            replace(
                made,
                card=replace(made.card, references=(STUDY, other)),
                sections=(heels, replace(calves, cites=((len(calves.text), "roe-2021"),))),
            ),
        )
    )

    hits = {hit.passage.anchor: hit.references for hit in searcher(index).search("heels calves")}

    assert hits == {"Why-heels": (STUDY,), "Why-calves": (other,)}


def test_no_more_hits_are_given_than_asked_for_and_none_for_an_empty_question(index):
    index.build()
    searching = searcher(index, candidates=2)

    assert len(searching.search("heel pain", limit=3)) == 3
    assert searching.search("  ") == []


def test_the_cosine_is_known_also_where_only_words_found_the_passage(index):
    index.build()
    query = "fasciitis"
    expected = {hit.passage.id: hit.dense for hit in searcher(index).search(query)}

    hits = searcher(index, candidates=1, lexical_weight=9.0).search(query, limit=1)

    assert [(hit.passage.id, hit.dense) for hit in hits] == [
        (id, pytest.approx(expected[id], abs=1e-6)) for id in ("heel#What-helps/0",)
    ]


def test_a_misspelt_question_finds_what_the_right_one_finds(index):
    index.build()
    searching = searcher(index)

    assert searching.search("strething the calf for plantar facsitis") == searching.search(
        "stretching the calf for plantar fasciitis"
    )


def test_only_the_sources_asked_for_are_searched(index):
    web = article("web", "Heel pain elsewhere", kind="web", What_helps="Stretching the calf helps fasciitis.")
    index.build([HEEL, web])
    searching = searcher(index)

    assert {id.split("#")[0] for id in found(searching, "calf", sources=["web"])} == {"web"}
    assert {id.split("#")[0] for id in found(searching, "calf", sources=["authored"])} == {"heel"}
    assert found(searching, "calf", sources=["pmc"]) == []


def test_an_article_that_nobody_reviewed_comes_after_a_reviewed_one_that_is_about_as_relevant(index):
    double = article("double", "Heel pain", What_helps=HEEL.sections[0].text)
    raw = replace(double, card=replace(double.card, certainty=NOT_REVIEWED))
    index.build([raw, HEEL])

    assert found(searcher(index), "calf fasciitis")[:2] == ["heel#What-helps/0", "double#What-helps/0"]
    assert found(searcher(index, unreviewed_discount=0.0), "calf fasciitis")[0] == "double#What-helps/0"


def test_a_clearly_better_passage_wins_also_when_nobody_reviewed_it(index):
    raw = replace(SORENESS, card=replace(SORENESS.card, certainty=NOT_REVIEWED))
    index.build([raw, HEEL, SHOULDER])

    assert found(searcher(index), "massage for soreness after exercise")[0] == "soreness#Does-massage-help/0"


def test_a_new_generation_is_noticed_at_the_next_question(index):
    index.build()
    searching = searcher(index)
    assert "later" not in "".join(found(searching, "ultrasound"))

    report = index.build([*ARTICLES, LATER])
    assert found(searching, "ultrasound")[0] == "later#What-is-new/0"
    assert searching.manifest.generation == report.generation

    index.generations.rollback()
    assert "later" not in "".join(found(searching, "ultrasound"))


def test_the_old_generation_is_closed_after_its_last_question(index):
    first = index.build()
    begun, go_on = Event(), Event()

    class Slow:
        def __init__(self, embeddings):
            self.embeddings = embeddings

        def embed_query(self, text):
            if text == "slow":
                begun.set()
                go_on.wait(10)
            return self.embeddings.embed_query(text)

    index.embedder, fast = replace(index.embedder, embeddings=Slow(index.embedder.embeddings)), index.embedder
    searching = searcher(index)
    searching.warm()
    old = index.store.generations[first.generation]
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(searching.search, "slow")
        begun.wait(10)
        index.embedder = fast
        index.build([*ARTICLES, LATER])
        assert found(searching, "ultrasound")[0] == "later#What-is-new/0"
        assert old.users == 1
        go_on.set()
        assert slow.result(10)

    assert old.users == 0


def test_a_new_generation_that_cannot_be_opened_is_logged_and_the_old_one_goes_on_answering(index, caplog):
    first = index.build()
    searching = searcher(index)
    searching.warm()
    second = index.build([HEEL])
    index.store.forget(second.generation)

    with caplog.at_level(logging.ERROR):
        assert found(searching, "shoulder")[0].startswith("shoulder")
        assert found(searching, "shoulder")[0].startswith("shoulder")

    assert [f"Still answering from {first.generation}" in message for message in caplog.messages] == [True]


def test_without_an_index_the_search_says_how_to_make_one_and_finds_it_when_it_is_there(index):
    searching = searcher(index)
    with pytest.raises(IndexNotReady, match="assistant index build"):
        searching.search("heel")

    index.build()
    assert searching.search("heel")


def test_an_index_of_another_embedder_is_not_ready(index):
    index.build()

    def refuse(fingerprint: str) -> Embedder:
        raise IndexNotReady(f"The index was built with the embedder {fingerprint}, …")

    with pytest.raises(IndexNotReady, match="built with the embedder hashing"):
        Searcher(index.generations, index.store, refuse).search("heel")


def test_a_model_that_gives_other_vectors_than_the_index_has_is_an_error(index):
    index.build()
    index.embedder = hashing_embedder(size=8)

    with pytest.raises(IndexNotReady, match="gives 8 numbers a text, the index has 64"):
        searcher(index).search("heel")


def test_a_section_is_found_by_other_ways_to_ask_for_it(index):
    asked = replace(SORENESS.sections[0], asked=("legs like jelly after squats",))
    index.build([HEEL, SHOULDER, replace(SORENESS, sections=(asked,))])

    best = searcher(index).search("legs like jelly after squats")[0]

    assert best.passage.article == "soreness"
    assert best.question == pytest.approx(1.0, abs=0.001)
    assert "jelly" not in best.passage.text


def test_a_hit_tells_how_near_each_of_its_sentences_is(index):
    index.build([article("heel", "Heel pain", What_helps="Rest helps a heel. A cup of tea is nice.")])

    (hit,) = searcher(index).search("a cup of tea is nice")

    assert len(hit.sentences) == 2
    assert hit.sentences[1] == pytest.approx(1.0, abs=0.001)
    assert hit.sentences[0] < hit.sentences[1]


def test_an_index_of_another_version_asks_for_a_build(index):
    report = index.build()
    path = index.generations.path(report.generation) / "manifest.json"
    path.write_text(path.read_text().replace(f'"layout": {LAYOUT}', '"layout": 0'))

    with pytest.raises(IndexNotReady, match="another version"):
        searcher(index).search("heel")
    assert index.build().published
    assert searcher(index).search("heel")


def test_passages_and_cards_can_be_looked_up_by_name(index):
    index.build()
    searching = searcher(index)

    assert searching.passage("heel#How-long/0").text == HEEL.sections[1].text
    assert searching.card("shoulder") == SHOULDER.card
    assert (searching.passage("heel#How-long/9"), searching.card("knee")) == (None, None)


def test_a_closed_search_holds_nothing_and_opens_again_when_asked(index):
    report = index.build()
    searching = searcher(index)
    searching.warm()
    searching.close()
    searching.close()

    assert index.store.generations[report.generation].users == 0
    assert searching.search("heel")


def test_the_search_is_a_langchain_retriever_whose_documents_can_be_cited(index):
    from index.retriever import KnowledgeRetriever

    index.build()
    documents = KnowledgeRetriever(searcher=searcher(index), limit=2).invoke(
        "stretching for plantar fasciitis"
    )

    assert len(documents) == 2
    assert documents[0].page_content == HEEL.sections[0].text
    metadata = documents[0].metadata
    assert metadata["passage"] == documents[0].id == "heel#What-helps/0"
    assert metadata["url"] == "/articles/heel#What-helps"
    assert metadata["trail"] == ["What helps"]
    assert [reference["key"] for reference in metadata["references"]] == ["doe-2020"]
