"""A search as staff see it: papers come forward, and each result says what it is and where visitors meet it."""

from dataclasses import replace

import pytest
from worlds import card, hit, passage

from assistant.finding import Filters, results
from corpus.lifted import APART
from corpus.model import Paper, Reference
from index.model import Hit

QUERY = "plantar heel pain"


def paper(name: str, design: str, heading: str = "Results", dense: float = 0.7) -> Hit:
    found = hit(replace(passage(article=name), trail=(heading,)), dense=dense)
    work = Reference(name, design, "Rolling the heel")
    return replace(found, card=replace(card(name, "not reviewed"), paper=Paper(work, design), kind="pmc"))


def own(name: str = "own", dense: float = 0.7) -> Hit:
    return hit(passage(article=name), dense=dense)


@pytest.mark.parametrize(
    ("hits", "order"),
    [
        (
            [own(), paper("trial", "randomized trial"), paper("review", "systematic review")],
            ["review", "trial", "own"],
        ),
        ([own(), paper("trial", "randomized trial"), paper("guide", "guideline")], ["guide", "trial", "own"]),
        ([own("one"), own("two")], ["one", "two"]),
        ([own(), paper("far", "systematic review", dense=0.05)], ["own", "far"]),
        ([own(), paper("did", "randomized trial", "Methods")], ["own", "did"]),
        ([own(), paper("table", "randomized trial", APART)], ["own", "table"]),
        ([], []),
    ],
)
def test_papers_come_forward_where_they_speak_of_it_as_well(hits, order):
    assert [found.hit.passage.article for found in results(QUERY, hits, Filters())] == order


def test_a_result_keeps_the_place_in_which_visitors_meet_it():
    found = results(QUERY, [own(), paper("trial", "randomized trial")], Filters())

    assert [(each.hit.passage.article, each.place) for each in found] == [("trial", 2), ("own", 1)]


def test_filters_and_limit_choose_among_all():
    hits = [own(), paper("trial", "randomized trial"), paper("review", "systematic review")]

    assert [each.hit.card.id for each in results(QUERY, hits, Filters(kind="authored"))] == ["own"]
    assert [each.hit.card.id for each in results(QUERY, hits, Filters(), 1)] == ["review"]
