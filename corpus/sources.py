"""The sources by name, put together: which connector each is, over which client, at which pace."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpcore

from corpus.connectors import services
from corpus.connectors.cache import Cache
from corpus.connectors.entrez import Entrez
from corpus.connectors.europepmc import EuropePmc
from corpus.connectors.faults import SourceError
from corpus.connectors.folder import Folder, Folders
from corpus.connectors.guarding import GuardedBackend, host_of
from corpus.connectors.http import Client, Limits, Robot
from corpus.connectors.journals import JOURNALS, Journal
from corpus.connectors.links import Links
from corpus.connectors.metadata import Crossref, JStage
from corpus.connectors.pacing import Clock
from corpus.connectors.pmc import Pmc
from corpus.connectors.publication import Connector
from corpus.connectors.site import Site, Web
from corpus.connectors.tally import Tally
from corpus.model import CorpusError

ABOUT = {
    "pmc": "open articles of PubMed Central on soft tissue therapy",
    **{name: journal.title for name, journal in JOURNALS.items()},
    "amta": "American Massage Therapy Association: cards in the clinic's own words, with links",
    "web": "the pages named in sources.sites",
    "files": "the folders named in sources.folders",
    "europepmc": "the same articles as pmc by another way, for when that is down",
}
"""Every source by the name that the command line knows it by."""

LARGE = 100
"""More requests than about this many are what NCBI calls a large job."""

_PATIENCE = 3.0
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[A-Za-z]{2,}")
LINKS = Path(__file__).parent / "links"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the clinic set. `contact` (an e-mail address) goes with every request, `key` to NCBI alone.

    `jstage_terms` is "noncommercial", or "approved: …" when its owner has agreed. `stand_in` is the address of
    a server on this machine that plays all services.
    """

    contact: str = ""
    homepage: str = ""
    key: str = ""
    use: str = "commercial"
    sites: Sequence[Site] = ()
    folders: Sequence[Folder] = ()
    jstage_terms: str = ""
    stand_in: str = ""


def is_busy(now: datetime) -> bool:
    """Whether NCBI asks to be spared larger runs: on weekdays from 5 to 21 o'clock in its own time."""
    there = now.astimezone(ZoneInfo("America/New_York"))
    return there.weekday() < 5 and 5 <= there.hour < 21


def requests_to_ncbi(names: Iterable[str], limit: int) -> int:
    """About how many requests a run makes to PubMed Central at most: three an article, and the search."""
    return sum(3 * limit + 2 + limit // 100 for name in names if name == "pmc" or name in JOURNALS)


class Sources:
    """The connectors that `chosen` allows, over one client. Close it in the end."""

    def __init__(
        self,
        chosen: Chosen,
        cache: Cache,
        *,
        offline: bool = False,
        clock: Clock | None = None,
        limits: Limits | None = None,
    ) -> None:
        if chosen.contact and not _EMAIL.fullmatch(chosen.contact):
            raise CorpusError(f"sources.contact = {chosen.contact!r} is not an e-mail address. Correct it.")
        self._chosen = chosen
        self._cache = cache
        self._services = services.stand_in(chosen.stand_in) if chosen.stand_in else services.Services()
        trusted = frozenset({host_of(chosen.stand_in)} if chosen.stand_in else ())
        self._trusted = trusted
        pace = self._services.seconds(has_key=bool(chosen.key))
        self.client = Client(
            Robot(chosen.contact, chosen.homepage),
            hosts=self._hosts(),
            seconds=dict.fromkeys(trusted, 0.0) if trusted else pace,
            cache=cache,
            offline=offline,
            trusted=trusted,
            secrets=(chosen.key,),
            clock=clock,
            limits=limits,
        )

    def close(self) -> None:
        self.client.close()

    def is_reached(self) -> bool:
        """Whether a socket to the main service opens, within a few seconds."""
        parts = urlsplit(self._services.eutils)
        port = parts.port or 443
        try:
            GuardedBackend(self._trusted).connect_tcp(parts.hostname or "", port, timeout=_PATIENCE).close()
        except (httpcore.ConnectError, httpcore.ConnectTimeout, SourceError):
            return False
        return True

    def usable(self) -> list[str]:
        """The sources that a plain run asks: all that are set up, without the one that doubles another."""
        left_out = {"europepmc"}
        if not self._chosen.sites:
            left_out.add("web")
        if not self._chosen.folders:
            left_out.add("files")
        return [name for name in ABOUT if name not in left_out]

    def connector(self, name: str) -> Connector:
        chosen = self._chosen
        if name == "pmc":
            return self._pmc(only_free=chosen.use == "commercial")
        if name in JOURNALS:
            about = JOURNALS[name]
            return Journal(name, self._pmc(name=name, journal=about.nlm), self._registry(name))
        if name == "europepmc":
            return EuropePmc(self.client, self._services.europepmc, chosen.contact)
        if name == "amta":
            return Links(self.client, LINKS / f"{name}.yaml", name)
        if name == "web":
            if not chosen.sites:
                raise CorpusError("No web site is named. Name the clinic's own in sources.sites.")
            asked = Tally(self._cache.folder / "asked.json", self.client.clock.now)
            return Web(self.client, chosen.sites, self._site_hosts(), self._trusted, asked)
        if name == "files":
            if not chosen.folders:
                raise CorpusError("No folder is named. Name one in sources.folders.")
            return Folders(chosen.folders, self.client.clock)
        raise CorpusError(f"There is no source “{name}”. Known are: {', '.join(ABOUT)}.")

    def _pmc(self, *, name: str = "pmc", journal: str = "", only_free: bool = False) -> Pmc:
        chosen, at = self._chosen, self._services
        entrez = Entrez(self.client, at.eutils, chosen.contact, chosen.key)
        return Pmc(self.client, entrez, at.cloud, at.oai, name=name, journal=journal, only_free=only_free)

    def _registry(self, name: str) -> Connector | None:
        chosen, about = self._chosen, JOURNALS[name]
        if about.registry == "crossref":
            return Crossref(self.client, self._services.crossref, chosen.contact, about.issn, name=name)
        if about.registry == "jstage" and chosen.jstage_terms:
            return JStage(self.client, self._services.jstage, name, chosen.jstage_terms, name=name)
        return None

    def _site_hosts(self) -> frozenset[str]:
        return frozenset(host_of(site.address) for site in self._chosen.sites)

    def _hosts(self) -> Collection[str]:
        """Who may be asked; where one server stands in for all, nobody else is."""
        if self._trusted:
            return self._trusted
        return self._services.hosts | self._site_hosts() | Links.hosts_of(LINKS / "amta.yaml")
