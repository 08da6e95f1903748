"""A corpus of a few small articles, as values, and an index of it."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.model import Article, Card, Licence, Reference, Section, Source
from index.build import build
from index.embedding import Embedder
from index.generations import Generations
from index.model import BuildReport
from index.vectors import Store

CC_BY = Licence("CC-BY", "4.0", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "full")
STUDY = Reference("doe-2020", "trial", "A trial of heels", ("Doe J",), "Journal of Heels", 2020)


def article(id: str, title: str, /, kind: str = "authored", **sections: str) -> Article:
    """An article with a section for each keyword; "_" in a keyword is a space in the heading."""
    card = Card(
        id=id,
        title=title,
        url=f"/articles/{id}",
        kind=kind,
        licence=CC_BY,
        topic="conditions",
        audience="visitors",
        certainty="moderate",
        reviewer="A clinician",
        reviewed=None,
        review_due=None,
        references=(STUDY,),
    )
    made = tuple(
        Section((anchor.replace("_", " "),), anchor.replace("_", "-"), text, ((len(text), "doe-2020"),))
        for anchor, text in sections.items()
    )
    return Article(card, Source(kind, "", CC_BY), made)


def relicensed(of: Article, admission: Any) -> Article:
    licence = replace(of.card.licence, admission=admission)
    return replace(of, card=replace(of.card, licence=licence), source=replace(of.source, licence=licence))


HEEL = article(
    "heel",
    "Heel pain",
    What_helps="Stretching the calf helps most people with plantar fasciitis.",
    How_long="Heel pain eases slowly over some months.",
)
SHOULDER = article(
    "shoulder",
    "Frozen shoulder",
    What_is_it="A frozen shoulder is stiff and sore.",
    How_long="A frozen shoulder often eases within two years.",
)
SORENESS = article(
    "soreness", "Muscle soreness", Does_massage_help="Massage eases soreness after exercise a little."
)
ARTICLES = (HEEL, SHOULDER, SORENESS)


class SmallIndex:
    """Where articles are indexed, and with what."""

    def __init__(self, root: Path, store: Store, embedder: Embedder) -> None:
        self.generations = Generations(root)
        self.store = store
        self.embedder = embedder

    def build(self, articles: Iterable[Article] = ARTICLES, corpus: str = "", **options: Any) -> BuildReport:
        articles = tuple(articles)
        return build(
            articles, corpus or str(hash(articles)), self.generations, self.embedder, self.store, **options
        )
