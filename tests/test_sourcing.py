import pytest

from corpus.markdown import article
from corpus.model import Reference
from corpus.sourcing import Sourcing, sourcing

WORKS = {
    work.key: work
    for work in (
        Reference("trial", "trial", "A trial", doi="10.1000/x1", finding="Rest eased heels."),
        Reference("page", "web", "A page", url="https://clinic.example/heels", finding="Rest eases heels."),
        Reference("unread", "trial", "A trial", doi="10.1000/x2"),
        Reference("clinic-guidance", "clinic", "The clinic's own guidance", finding="Common practice."),
    )
}


def written(mark, topic="conditions"):
    front = f"title: Heels\ntopic: {topic}\nreviewed: 2026-11-24\ncertainty: low\nlicence: CC BY 4.0"
    return article(f"---\n{front}\n---\nRest eases heels. {mark}\n", "heels", references=WORKS)


@pytest.mark.parametrize(
    ("mark", "counted"),
    [
        ("[@trial]", Sourcing(1, 1, 1, 0)),
        ("[@page]", Sourcing(1, 1, 0, 1)),
        ("[@page; @trial]", Sourcing(1, 1, 1, 0)),
        ("[@unread]", Sourcing(1, 1, 0, 0)),
        ("[@clinic-guidance]", Sourcing(1, 0, 0, 0)),
        ("", Sourcing(1, 0, 0, 0)),
    ],
)
def test_a_sentence_counts_with_the_best_work_that_it_names(mark, counted):
    assert sourcing([written(mark)]) == counted


def test_articles_that_need_no_sources_are_not_counted():
    assert sourcing([written("[@trial]", topic="practical")]) == Sourcing(0, 0, 0, 0)
