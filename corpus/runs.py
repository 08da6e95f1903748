"""A run over the sources: what is wanted of it, by which policy, and what became of each publication."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Literal

from corpus.connectors.publication import Publication

What = Literal[
    "full", "quote-only", "reference", "refuse", "unchanged", "held", "removed", "retracted", "gone", "failed"
]

RULES = "2"
"""The version of the rules of admission and of parsing. Change it with them: all is decided anew."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one publication in a run. "held": another source gave it already; "removed": it was taken
    off the shelf by hand and stays away. `notes` are what a person should look at, such as terms that differ."""

    source: str
    id: str
    title: str
    what: What
    reason: str
    article: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceReport:
    """`fault` says why the source as a whole failed, or is empty."""

    source: str
    outcomes: tuple[Outcome, ...]
    fault: str
    seconds: float

    def count(self, *whats: What) -> int:
        return sum(outcome.what in whats for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Wanted:
    query: str = ""
    since: date | None = None
    limit: int = 50
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """`permissions` are the rights holders' written words, by PMCID, DOI or address."""

    use: str = "commercial"
    permissions: Mapping[str, str] = field(default_factory=dict)

    def permission(self, publication: Publication) -> str:
        names = (publication.id, publication.doi, publication.doi.lower())
        return next((self.permissions[name] for name in names if name in self.permissions), "")

    def key(self, id: str) -> str:
        """Changes when something else would be decided about the publication with this id."""
        by_other_names = sorted(entry for entry in self.permissions.items() if not entry[0].startswith("PMC"))
        told = repr((self.permissions.get(id), by_other_names)) if self.permissions else ""
        return f"{RULES}/{self.use}/{sha256(told.encode()).hexdigest()[:8] if told else ''}"
