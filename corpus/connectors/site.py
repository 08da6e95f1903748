"""Web pages: of sites that are named in the settings, and of no others."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lxml import etree, html

from corpus.connectors import files, hypertext, safe_xml
from corpus.connectors.document import Document, sections
from corpus.connectors.faults import Moved, NotAllowed, SourceDown, SourceError, Unusable, Unwanted
from corpus.connectors.guarding import check, host_of
from corpus.connectors.http import HTML, SITEMAP, Client
from corpus.connectors.manners import Manners
from corpus.connectors.publication import Part, Publication, RawItem, Ref, Stated
from corpus.connectors.tally import Tally
from corpus.model import CorpusError

A_DAY = 200
"""The most pages of one host that are asked for in a day, in however many runs."""

_BY = " by "
"""Between the day of a page and the signals of its host, in its version."""
_FAULTS = 3
_MOST_ADDRESSES = 50_000
_DEEPEST = 3
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|phpsessid|jsessionid|sid|session_?id", re.IGNORECASE)
_NOT_A_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|css|js|zip|mp[34]|mov|pdf|docx?|xlsx?)$|/(?:login|signin|account|cart|checkout|wp-admin)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Site:
    """`address` is a page or a sitemap. `licence` is what the clinic vouches for ("Clinic's own")."""

    address: str
    licence: str = ""


class Web:
    name = "web"

    def __init__(
        self,
        client: Client,
        sites: Sequence[Site],
        hosts: frozenset[str],
        trusted: frozenset[str],
        asked: Tally,
    ) -> None:
        self._client = client
        self._asked = asked
        self._manners = Manners(client)
        self._sites = sites
        self._hosts = hosts
        self._trusted = trusted
        self._faults: dict[str, int] = {}

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]:
        """The pages of each site, by its sitemap where it has one. A query does not choose among them. A page that must
        not be asked for is named as well, so that it is refused with its reason, and takes no other's place."""
        given: set[str] = set()
        welcome = 0
        faults: list[str] = []
        for site in self._sites:
            try:
                for address, changed in self._pages(site, 0):
                    plain = plainly(address)
                    if plain in given or (since and changed and changed[:10] < since.isoformat()):
                        continue
                    given.add(plain)
                    welcome += self._is_welcome(plain)
                    if welcome > limit:
                        return
                    facts = {"licence": site.licence, "changed": changed}
                    yield Ref(
                        self.name, plain, plain, "", {name: value for name, value in facts.items() if value}
                    )
            except SourceError as fault:  # the other sites are asked all the same
                faults.append(str(fault))
        if faults:
            raise SourceError(" ".join(faults))

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        self._manners.ask(ref.address)
        changed, rules = ref.facts.get("changed", ""), self._manners.of_host(ref.address)
        if known and known[0].partition(_BY)[2] != rules:
            known = None
        if known and changed and known[0].partition(_BY)[0] == changed:
            return None
        host = host_of(ref.address)
        if self._faults.get(host, 0) >= _FAULTS:
            raise SourceDown(f"{host} refused {_FAULTS} times in a row and is left alone in this run.")
        if not self._client.offline:
            if self._asked.of(host) >= A_DAY:
                raise SourceError(
                    f"{host} was asked for {A_DAY} pages today. Run again tomorrow for the rest."
                )
            self._asked.add(host)
        tag = known[1] if known else ""
        try:
            answer = self._client.get(
                ref.address,
                most=HTML,
                accept="text/html",
                etag=tag if '"' in tag else "",
                modified=tag if tag.endswith("GMT") else "",
                about=ref.id,
                before_hop=self._manners.ask,
            )
        except (NotAllowed, SourceDown):
            self._faults[host] = self._faults.get(host, 0) + 1
            raise
        self._faults[host] = 0
        digest = hashlib.sha256(answer.data).hexdigest()
        stamp = answer.headers.get("etag") or answer.headers.get("last-modified") or digest
        if answer.status == 304 or (known and known[1] == stamp):
            return None
        content_type = answer.headers.get("content-type", "")
        if content_type and "html" not in content_type:
            raise Unusable(f"{ref.address} is no web page ({content_type[:40]}). Add the file by itself.")
        page = _read(answer.data, ref.address)
        wishes = self._manners.wishes(answer.address, answer.headers, page)
        facts = {
            "licence": next((site.licence for site in self._sites if host_of(site.address) == host), ""),
            "withheld": wishes.withheld,
            "directives": ", ".join(wishes.directives),
        }
        own = self._own_address(page, answer.address)
        facts = {name: value for name, value in facts.items() if value}
        return RawItem(
            replace(ref, id=own, address=own), f"{changed}{_BY}{rules}" if rules else changed, answer.data, "text/html", own, answer.retrieved, digest, stamp, facts
        )  # fmt: skip

    def parse(self, raw: RawItem) -> Publication:
        page = _read(raw.data, raw.address)
        given = raw.facts.get("licence", "")
        stated = (
            [Stated("manual", given)] if given else [Stated("link", link) for link in _licence_links(page)]
        )
        if raw.facts.get("withheld"):
            title = " ".join("".join(page.xpath("//title[1]//text()")).split())
            return Publication(id=raw.ref.id, title=title or raw.address, stated=tuple(stated))
        found = hypertext.page(files.decoded(raw.data, raw.address), raw.address)
        if found.licence and not stated:
            stated.append(Stated("metadata", found.licence))
        return from_document(found, raw, tuple(stated))

    def _pages(self, site: Site, depth: int) -> Iterator[tuple[str, str]]:
        """(address, when it changed) of all pages that a site names, and of sitemaps that must not be asked for."""
        if not _is_sitemap(site.address):
            maps = self._manners.sitemaps(site.address) if urlsplit(site.address).path in ("", "/") else []
            maps = [each for each in maps if host_of(each) == host_of(site.address) and self._is_ours(each)]
            for each in maps:
                yield from self._mapped(replace(site, address=each), depth)
            if not maps:
                yield site.address, ""
            return
        self._manners.ask(site.address)
        data = self._client.get(site.address, most=SITEMAP).data
        root = safe_xml.tree(data, site.address, SITEMAP)
        is_index = safe_xml.local(root) == "sitemapindex"
        for number, entry in enumerate(root.iter("{*}sitemap" if is_index else "{*}url")):
            address = (entry.findtext("{*}loc") or "").strip()
            if (
                number >= _MOST_ADDRESSES
                or host_of(address) != host_of(site.address)
                or not self._is_ours(address)
            ):
                continue
            if is_index and depth < _DEEPEST:
                yield from self._mapped(replace(site, address=address), depth)
            elif not is_index and not _NOT_A_PAGE.search(urlsplit(address).path):
                yield address, (entry.findtext("{*}lastmod") or "").strip()

    def _mapped(self, sitemap: Site, depth: int) -> Iterator[tuple[str, str]]:
        if self._is_welcome(sitemap.address):
            yield from self._pages(sitemap, depth + 1)
        else:
            yield sitemap.address, ""

    def _is_ours(self, address: str) -> bool:
        try:
            check(address, self._hosts, self._trusted)
        except (Moved, NotAllowed, Unwanted):
            return False
        return True

    def _is_welcome(self, address: str) -> bool:
        try:
            self._manners.ask(address)
        except (Moved, NotAllowed, Unwanted):
            return False
        return True

    def _own_address(self, page: html.HtmlElement, address: str) -> str:
        """The address that the page gives itself, where that is on the same host."""
        links = [link for link in page.xpath("//link[@rel='canonical']/@href") if link.strip()]
        own = plainly(urljoin(address, links[0].strip())) if links else plainly(address)
        return (
            own
            if host_of(own) == host_of(address) and urlsplit(own).scheme == urlsplit(address).scheme
            else plainly(address)
        )


def plainly(address: str) -> str:
    """The address without what only tells where a reader came from."""
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(name)]
    path = re.sub(r";jsessionid=[^/]*", "", parts.path, flags=re.IGNORECASE) or "/"
    return parts._replace(path=path, query=urlencode(kept), fragment="").geturl()


def from_document(found: Document, raw: RawItem, stated: tuple[Stated, ...]) -> Publication:
    """A page or file as a publication: its text under its headings."""
    title = found.title or raw.ref.title or raw.ref.id.rsplit("/", 1)[-1]
    parts = tuple(Part(section.trail, section.text) for section in sections(found.blocks, title))
    return Publication(
        id=raw.ref.id,
        title=title,
        version=raw.version,
        parts=parts,
        references=tuple(
            replace(known, key=f"w{number}") for number, known in enumerate(found.references, 1)
        ),
        stated=stated,
    )


def _is_sitemap(address: str) -> bool:
    return urlsplit(address).path.endswith((".xml", ".xml.gz"))


def _read(data: bytes, name: str) -> html.HtmlElement:
    try:
        text = files.decoded(data, name)
        return html.document_fromstring(
            text.encode() or b"<html/>", parser=html.HTMLParser(encoding="utf-8", remove_comments=True)
        )
    except (CorpusError, etree.LxmlError, ValueError) as error:
        if isinstance(error, SourceError):
            raise
        raise Unusable(f"{name} is no readable page. Look at it in a browser.") from None


def _licence_links(page: html.HtmlElement) -> list[str]:
    return [
        str(link) for link in page.xpath("//*[(self::link or self::a) and contains(@rel, 'license')]/@href")
    ]
