"""Where the services are, and how fast each may be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from corpus.connectors.guarding import host_of
from corpus.model import CorpusError


@dataclass(frozen=True, slots=True)
class Services:
    eutils: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
    cloud: str = "https://pmc-oa-opendata.s3.amazonaws.com/"
    oai: str = "https://pmc.ncbi.nlm.nih.gov/api/oai/v1/mh/"
    europepmc: str = "https://www.ebi.ac.uk/europepmc/webservices/rest/"
    crossref: str = "https://api.crossref.org/"
    jstage: str = "https://api.jstage.jst.go.jp/searchapi/"

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(host_of(getattr(self, field.name)) for field in fields(self))

    def seconds(self, *, has_key: bool) -> Mapping[str, float]:
        """Between two requests to each host, on the slow side of what each allows."""
        return {
            host_of(self.eutils): 1 / 8 if has_key else 1 / 2.5,
            host_of(self.cloud): 1 / 4,
            host_of(self.oai): 1 / 2.5,
            host_of(self.europepmc): 1 / 3,
            host_of(self.crossref): 1.0,
            host_of(self.jstage): 3.0,
        }


def stand_in(base: str) -> Services:
    """The services as one server on this machine plays them, for trials without the internet."""
    parts = urlsplit(base)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost") or not parts.port:
        raise CorpusError(
            f"sources.stand_in = {base!r} is not a server on this machine. Name one like http://127.0.0.1:8099/"
        )
    base = f"http://{parts.netloc}"
    return Services(*(f"{base}/{field.name}/" for field in fields(Services)))
