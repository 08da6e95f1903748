"""How many clinical sentences lean on a work that a reader can look up, and whose finding is held."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from corpus.model import Article, Reference
from corpus.prose import said
from corpus.review import needs_source


@dataclass(frozen=True, slots=True)
class Sourcing:
    """Sentences of reviewed articles whose topic needs sources.

    `cited` name a work other than the clinic's own guidance; `identified` name one with a DOI or PMID and a
    finding; `on_a_page` have at best one with an address and a finding.
    """

    sentences: int
    cited: int
    identified: int
    on_a_page: int


def sourcing(articles: Iterable[Article]) -> Sourcing:
    bests = [
        _best(keys, {known.key: known for known in article.card.references})
        for article in articles
        if needs_source(article.card)
        for section in article.sections
        for _, keys in said(section)
    ]
    return Sourcing(
        len(bests), sum(best > 0 for best in bests), sum(best == 3 for best in bests), bests.count(2)
    )


def _best(keys: Iterable[str], known: Mapping[str, Reference]) -> int:
    """3 for an identified work, 2 for one on a page, 1 for any other, 0 for none."""
    works = [known[key] for key in keys if key in known and known[key].kind != "clinic"]
    return max(map(_worth, works), default=0)


def _worth(work: Reference) -> int:
    if not work.finding:
        return 1
    return 3 if work.doi or work.pmid else 2 if work.url else 1
