"""What is withdrawn is not cited: not from the shelf, not from an index built before, not after the next run."""

import pytest
from fakes import MemoryStore, hashing_embedder
from pulling import whats, world
from small_corpus import ARTICLES

from corpus.admission import PER_DOCUMENT, QUOTE
from corpus.markdown import article, markdown
from index.build import build
from index.generations import Generations
from index.search import Searcher


@pytest.fixture
def pulled(tmp_path):
    with world(tmp_path) as made:
        made.sync()
        yield made


class Site:
    """An index of the shelf, and the search over it."""

    def __init__(self, pulled) -> None:
        self.pulled = pulled
        self.store = MemoryStore()
        self.embedder = hashing_embedder()
        self.generations = Generations(pulled.folder / "index")
        self.searcher = Searcher(
            self.generations, self.store, lambda fingerprint: self.embedder, withdrawn=pulled.withdrawn
        )

    def build(self):
        shelf = self.pulled.shelf
        return build(
            [*ARTICLES, *shelf], shelf.fingerprint + "and three", self.generations, self.embedder, self.store
        )

    def found(self, question="rolling the calf for stiffness"):
        return {hit.passage.article for hit in self.searcher.search(question, 20)}


@pytest.fixture
def site(pulled):
    made = Site(pulled)
    made.build()
    yield made
    made.searcher.close()


def test_what_was_pulled_is_found(site):
    assert {"pmc101", "pmc102"} <= site.found()


def test_a_removed_article_is_not_found_from_that_moment_on(site, pulled):
    before = site.generations.current()

    assert pulled.remove("pmc101") == ("PMC101",)

    assert "pmc101" not in site.found()
    assert site.searcher.card("pmc101") is None
    assert site.searcher.article("pmc101") == ()
    assert "pmc101.md" not in pulled.kept_files()
    site.build()
    assert site.generations.current() != before
    assert "pmc101" not in site.found()


def test_going_back_to_an_older_index_does_not_bring_it_back(site, pulled):
    pulled.remove("pmc101")
    site.build()
    site.generations.rollback()

    assert "pmc102" in site.found()
    assert "pmc101" not in site.found()


def test_a_removed_article_is_not_fetched_again_by_any_source(site, pulled):
    pulled.remove("pmc101")
    pulled.services.asked.clear()

    assert whats(pulled.sync())["PMC101"] == "removed"
    assert whats(pulled.sync("europepmc"))["PMC101"] == "removed"
    assert not [path for path in pulled.services.content_requests() if "PMC101" in path]
    kept = [path for path in pulled.folder.rglob("*") if "PMC101" in str(path) or "pmc101" in str(path)]
    assert kept == []


def test_a_retracted_article_leaves_at_the_next_look(site, pulled):
    pulled.services.papers[0].retracted = True

    report = pulled.verify()

    assert whats(report) == {"PMC101": "retracted", "PMC102": "unchanged"}
    assert pulled.records["PMC101"].status == "retracted"
    assert "pmc101" not in site.found()
    site.build()
    assert "pmc101" not in site.found()


def test_what_was_decided_about_an_article_that_left_is_still_known(site, pulled):
    before = pulled.records
    pulled.services.papers[0].retracted = True
    pulled.verify()
    pulled.remove("pmc102")

    now = pulled.records
    assert [now[id].citation for id in now] == [before[id].citation for id in now]
    assert [now[id].licence for id in now] == [before[id].licence for id in now]
    assert [now[id].reason for id in ("PMC101", "PMC102")] == ["It was retracted.", "Removed by hand."]
    assert whats(pulled.sync()) == {"PMC101": "unchanged", "PMC102": "removed", "PMC103": "unchanged"}


def test_an_article_that_is_not_there_any_more_leaves_too(site, pulled):
    del pulled.services.papers[0]

    assert whats(pulled.verify())["PMC101"] == "gone"
    assert "pmc101" not in site.found()


def test_an_article_whose_terms_became_stricter_leaves_or_shrinks(site, pulled):
    pulled.services.papers[0].terms = ""
    pulled.services.papers[0].code = None

    assert whats(pulled.verify())["PMC101"] == "reference"
    assert "pmc101" not in site.found()


def test_an_article_that_may_be_shown_again_is_found_again(site, pulled):
    pulled.services.papers[0].retracted = True
    pulled.verify()
    pulled.services.papers[0].retracted = False

    assert whats(pulled.sync())["PMC101"] == "full"
    site.build()
    assert "pmc101" in site.found()


def test_a_fetched_text_without_a_decision_is_not_indexed(site, pulled):
    path = pulled.shelf_folder / "pmc" / "pmc101.md"
    text = path.read_text("utf-8")
    begin = text.index("admission:")
    path.write_text(text[:begin] + text[text.index("paper:") :], "utf-8")

    report = site.build()

    assert [line for line in report.refused if "pmc101" in line]
    assert "pmc101" not in site.found()


def test_a_decision_does_not_outweigh_the_terms_of_today(pulled):
    text = (pulled.shelf_folder / "pmc" / "pmc101.md").read_text("utf-8")
    tampered = text.replace("CC BY 4.0\n", "CC BY-NC 4.0\n", 1)

    assert article(text, "pmc101").card.licence.admission == "full"
    made = article(tampered, "pmc101")
    assert made.card.licence.admission == "quote-only"
    assert all(len(section.text) <= QUOTE for section in made.sections)
    assert sum(len(section.text) for section in made.sections) <= PER_DOCUMENT


def test_what_stands_on_the_shelf_is_read_as_it_was_written(pulled):
    for path in pulled.shelf_folder.rglob("*.md"):
        text = path.read_text("utf-8")

        assert markdown(article(text, path.stem)) == text


def test_the_index_keeps_who_wrote_what_and_where(site):
    card = site.searcher.card("pmc101")

    assert card.paper.work.authors == ("Roe AB",)
    assert (card.paper.design, card.paper.work.container, card.paper.work.year) == (
        "randomized trial", "J Made Up Ther", 2022
    )  # fmt: skip
    assert card.url == "https://doi.org/10.9999/test.101"
