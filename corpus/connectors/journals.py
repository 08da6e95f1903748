"""A journal: its open articles from PMC, and of the others what a registry knows of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from corpus.connectors.pmc import Pmc
from corpus.connectors.publication import Connector, Publication, RawItem, Ref


@dataclass(frozen=True, slots=True)
class About:
    """A journal under its own name and under those that the services know it by."""

    title: str
    nlm: str
    issn: str
    registry: str = ""
    """Who knows of the articles that PMC does not have: "crossref", "jstage" (with its code) or nobody."""


JOURNALS = {
    "jpts": About("Journal of Physical Therapy Science", "J Phys Ther Sci", "2187-5626", "jstage"),
    "ijspt": About("International Journal of Sports Physical Therapy", "Int J Sports Phys Ther", "2159-2896", "crossref"),
    "ojsm": About("Orthopaedic Journal of Sports Medicine", "Orthop J Sports Med", "2325-9671", "crossref"),
    "ijtmb": About("International Journal of Therapeutic Massage & Bodywork", "Int J Ther Massage Bodywork", "1916-257X"),
}  # fmt: skip


class Journal:
    """`registry` is asked when PMC has fewer articles than are wanted; its own give a mention and a link."""

    def __init__(self, name: str, pmc: Pmc, registry: Connector | None = None) -> None:
        self.name = name
        self._pmc = pmc
        self._registry = registry

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]:
        given = 0
        known: set[str] = set()
        for ref in self._pmc.discover(query, since, limit):
            given += 1
            known.add(ref.facts.get("doi", ""))
            yield ref
        if self._registry and given < limit:
            for ref in self._registry.discover(query, since, limit - given):
                if ref.facts.get("doi", ref.id) not in known:
                    yield ref

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        return self._of(ref).fetch(ref, known)

    def parse(self, raw: RawItem) -> Publication:
        return self._of(raw.ref).parse(raw)

    def _of(self, ref: Ref) -> Connector:
        return self._pmc if ref.id.startswith("PMC") or not self._registry else self._registry
