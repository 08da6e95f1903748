"""Several rankings made one."""

from collections.abc import Sequence


def fuse(rankings: Sequence[Sequence[str]], weights: Sequence[float], k: int = 60) -> list[tuple[str, float]]:
    """Merge rankings of ids into one with their scores, best first.

    Scores of different searches cannot be compared, but positions can (reciprocal rank fusion): a ranking
    gives each of its ids its weight divided by k + position, so an id that two searches agree on overtakes
    one that a single search put first, unless it sits far down. Equal scores keep the order of the first
    ranking, then of the second.
    """
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for position, id in enumerate(dict.fromkeys(ranking), start=1):
            scores[id] = scores.get(id, 0.0) + weight / (k + position)
    return sorted(scores.items(), key=lambda item: -item[1])
