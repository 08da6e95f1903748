"""What plain searches would have done with the same questions, to hold the figures against."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.evaluation import DEPTH, ranking, states
from assistant.golden import Golden
from assistant.rates import Rate
from index.ranking import Scores, Signals, order
from index.search import Searcher

BASELINES: Mapping[str, Callable[[Signals], Scores]] = {
    "BM25, first passage": lambda signals: signals.lexical,
    "dense, first passage": lambda signals: signals.passage,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one way of searching does: the rankings, and the key facts that its first passage, shown whole, states."""

    name: str
    hit_1: Rate
    hit_5: Rate
    reciprocal: Rate
    key_facts: Rate


def standings(searcher: Searcher, golden: Iterable[Golden]) -> list[Standing]:
    """The baselines over the questions that the corpus answers."""
    asked = [(one, *searcher.candidates(one.text)) for one in golden if one.passages]
    return [_standing(name, scored, asked, searcher) for name, scored in BASELINES.items()]


def _standing(
    name: str,
    scored: Callable[[Signals], Scores],
    asked: Sequence[tuple[Golden, list[str], Signals]],
    searcher: Searcher,
) -> Standing:
    rankings, facts = [], []
    for one, ids, signals in asked:
        found = [ids[at] for at in order(scored(signals))[: 3 * DEPTH]]
        rankings.append(ranking([id.rsplit("/", 1)[0] for id in found], one.passages))
        first = searcher.passage(found[0]) if found else None
        facts += [states(first.text if first else "", fact) for fact in one.key_facts]
    count = len(rankings)
    return Standing(
        name,
        Rate(sum(one.hit_1 for one in rankings), count),
        Rate(sum(one.hit_5 for one in rankings), count),
        Rate(sum(one.reciprocal for one in rankings), count, is_mean=True),
        Rate(sum(facts), len(facts)),
    )
