"""A small world in which sources are pulled: fake services, a shelf, a manifest, and a clock that does not wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fake_services import Paper, Services, serving

from corpus.connectors.cache import Cache
from corpus.connectors.http import Limits
from corpus.manifest import Manifest
from corpus.runs import Policy, SourceReport, Wanted
from corpus.shelf import Shelf
from corpus.sources import Chosen, Sources
from corpus.syncing import Syncing
from corpus.withdrawn import Withdrawn

CONTACT = "web@clinic.example"
KEY = "0123456789secretkey"

THREE = (
    Paper("101", "by", title="Rolling the calf: a randomized trial"),
    Paper("102", "by-nc-nd", title="Kneading the back: a randomized trial"),
    Paper("103", "by", title="Needles for the heel", article_type="letter"),
)
"""One to show, one to quote, one to refuse."""


class TurnableClock:
    """Time passes only by sleeping, and by being turned."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


class World:
    """Where a test's runs leave what they take. Each run opens everything anew, as a new process would."""

    def __init__(self, services: Services, folder: Path, **chosen: Any) -> None:
        self.services = services
        self.folder = folder
        self.clock = TurnableClock()
        self.chosen = Chosen(contact=CONTACT, key=KEY, stand_in=services.base, **chosen)
        self.permissions: dict[str, str] = {}
        self.withdrawn = Withdrawn(folder / "withdrawn.txt")
        self.manifest: Callable[[Path], Manifest] = Manifest

    @contextmanager
    def opened(
        self, *, offline: bool = False, limits: Limits | None = None
    ) -> Iterator[tuple[Sources, Syncing]]:
        cache = Cache(self.folder / "sources")
        sources = Sources(self.chosen, cache, offline=offline, clock=self.clock, limits=limits)
        policy = Policy(self.chosen.use, self.permissions)
        manifest = self.manifest(self.folder / "sources.db")
        try:
            yield (
                sources,
                Syncing(
                    manifest, self.shelf_folder, self.withdrawn, cache, sources.client, policy, self.clock.now
                ),
            )
        finally:
            manifest.close()
            sources.close()

    def sync(
        self, name: str = "pmc", *, offline: bool = False, limits: Limits | None = None, **wanted: Any
    ) -> SourceReport:
        self.clock.passed += 60
        with self.opened(offline=offline, limits=limits) as (sources, syncing):
            return syncing.run(sources.connector(name), Wanted(**wanted))

    def verify(self, name: str = "pmc") -> SourceReport:
        self.clock.passed += 60
        with self.opened() as (sources, syncing):
            return syncing.verify(sources.connector(name))

    def remove(self, article: str) -> tuple[str, ...]:
        with self.opened() as (_, syncing):
            return syncing.remove(article)

    def use(self, use: str) -> None:
        self.chosen = replace(self.chosen, use=use)

    @property
    def shelf_folder(self) -> Path:
        return self.folder / "shelf"

    @property
    def shelf(self) -> Shelf:
        folders = sorted(path for path in self.shelf_folder.glob("*") if path.is_dir())
        return Shelf(folders, {}, use=self.chosen.use)

    @property
    def records(self) -> dict[str, Any]:
        manifest = Manifest(self.folder / "sources.db")
        try:
            return {record.id: record for record in manifest.records()}
        finally:
            manifest.close()

    def kept_files(self) -> list[str]:
        return sorted(path.name for path in self.shelf_folder.rglob("*") if path.is_file())


@contextmanager
def world(folder: Path, papers: tuple[Paper, ...] = THREE, **chosen: Any) -> Iterator[World]:
    with serving() as services:
        services.papers = [replace(paper) for paper in papers]
        yield World(services, folder, **chosen)


def whats(report: SourceReport) -> dict[str, str]:
    return {outcome.id: outcome.what for outcome in report.outcomes}
