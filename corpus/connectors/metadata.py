"""Services that know of articles but have no text: title, authors, journal, link."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from corpus.connectors import safe_xml
from corpus.connectors.faults import SourceDown, Unusable
from corpus.connectors.guarding import host_of
from corpus.connectors.http import SOME_JSON, XML, Client
from corpus.connectors.publication import Publication, RawItem, Ref, Stated
from corpus.model import CorpusError

_FIELDS = "DOI,title,author,issued,container-title,short-container-title,license,volume,issue,page,update-to,ISSN,type"
_PAGE = 100


class Crossref:
    """The articles of the journal with this ISSN, as their publisher registered them."""

    def __init__(self, client: Client, base: str, contact: str, issn: str, *, name: str = "crossref") -> None:
        self.name = name
        self._client = client
        self._base = base
        self._issn = issn
        self._private = {"mailto": contact}

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]:
        asked = {"select": _FIELDS, "rows": str(min(_PAGE, limit)), "cursor": "*"}
        if query:
            asked["query.bibliographic"] = _words(query)
        asked["filter"] = "type:journal-article" + (f",from-pub-date:{since:%Y-%m-%d}" if since else "")
        given = 0
        while given < limit:
            address = f"{self._base}journals/{self._issn}/works"
            answer = self._client.get(address, asked, most=SOME_JSON, private=self._private)
            self._mind(address, answer.headers)
            message = _message(answer.data)
            items = message.get("items") or []
            for item in items:
                if given < limit and item.get("DOI"):
                    given += 1
                    yield self._ref(item)
            following = str(message.get("next-cursor") or "")
            if not items or not following:
                return
            asked["cursor"] = following

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        return told_already(self._client, ref, known)

    def parse(self, raw: RawItem) -> Publication:
        return without_text(raw)

    def _ref(self, item: Mapping[str, Any]) -> Ref:
        doi = str(item["DOI"]).lower()
        facts = {
            "title": _first(item.get("title")),
            "authors": ", ".join(_person(person) for person in item.get("author") or ()),
            "journal": _first(item.get("short-container-title")) or _first(item.get("container-title")),
            "year": _year(item.get("issued")),
            "volume": str(item.get("volume") or ""),
            "issue": str(item.get("issue") or ""),
            "pages": str(item.get("page") or ""),
            "doi": doi,
            # Terms for machines ("tdm") or for a manuscript ("am") say nothing about the published text.
            "licence": next(
                (
                    str(each.get("URL"))
                    for each in item.get("license") or ()
                    if each.get("content-version") == "vor"
                ),
                "",
            ),
        }
        address = f"https://doi.org/{doi}"
        return Ref(
            self.name, doi, address, facts["title"], {name: value for name, value in facts.items() if value}
        )

    def _mind(self, address: str, headers: Mapping[str, str]) -> None:
        """Keep to the pace that the answer asks for; it changes from year to year."""
        limit = re.match(r"\d+", headers.get("x-rate-limit-limit", ""))
        interval = re.match(r"\d+", headers.get("x-rate-limit-interval", ""))
        if limit and interval and int(limit[0]):
            self._client.pace.slow(host_of(address), int(interval[0]) / int(limit[0]))


class JStage:
    """The articles of a journal on J-STAGE. Its owner asks commercial users to apply first: see `terms`."""

    def __init__(self, client: Client, base: str, journal: str, terms: str, *, name: str = "jstage") -> None:
        if terms != "noncommercial" and not re.match(r"approved:\s*\S", terms):
            raise CorpusError(
                "J-STAGE must not be asked without its owner's terms. Set sources.jstage_terms to “noncommercial”, "
                "or to “approved: <reference>” when the owner has agreed to commercial use."
            )
        self.name = name
        self._client = client
        self._base = base
        self._journal = journal

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]:
        asked = {"service": "3", "cdjournal": self._journal, "count": str(min(limit, 50))}
        if query:
            asked["text"] = _words(query)
        if since:
            asked["pubyearfrom"] = str(since.year)
        data = self._client.get(f"{self._base}do", asked, most=XML).data
        root = safe_xml.without_namespaces(safe_xml.tree(data, "J-STAGE's answer"))
        status = (root.findtext("result/status") or "").strip()
        if status == "ERR_001":
            return
        if status == "ERR_003":
            raise SourceDown("J-STAGE says that it was asked too often. Try again later.")
        if status not in ("0", "WARN_002"):
            raise Unusable(
                f"J-STAGE did not search ({status or 'no status'}). Change the query, or try again later."
            )
        for entry in root.iter("entry"):
            if ref := self._ref(entry):
                yield ref

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        return told_already(self._client, ref, known)

    def parse(self, raw: RawItem) -> Publication:
        return without_text(raw)

    def _ref(self, entry: Any) -> Ref | None:
        def said(path: str) -> str:
            return " ".join((entry.findtext(path) or "").split())

        doi, link = said("doi").lower(), said("article_link/en")
        if not doi and not link:
            return None
        facts = {
            "title": said("article_title/en"),
            "authors": ", ".join(
                filter(None, (_turned(each.text or "") for each in entry.findall("author/en/name")))
            ),
            "journal": said("material_title/en"),
            "year": said("pubyear"),
            "volume": said("volume"),
            "issue": said("number"),
            "pages": "-".join(filter(None, (said("startingPage"), said("endingPage")))),
            "doi": doi,
        }
        address = f"https://doi.org/{doi}" if doi else link
        return Ref(self.name, doi or link, address, facts["title"], {k: v for k, v in facts.items() if v})


def told_already(client: Client, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
    """What the listing said of a publication is all there is to fetch."""
    data = json.dumps(dict(ref.facts), sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(data).hexdigest()
    if known and known[1] == digest:
        return None
    return RawItem(
        ref, "", data, "application/json", ref.address, client.clock.now(), digest, digest, ref.facts
    )


def without_text(raw: RawItem) -> Publication:
    """A publication of which only a listing is known."""
    facts = raw.facts
    licence = facts.get("licence", "")
    return Publication(
        id=raw.ref.id,
        title=facts.get("title", raw.ref.title),
        version=raw.version,
        pmid=facts.get("pmid", ""),
        doi=facts.get("doi", ""),
        authors=tuple(filter(None, facts.get("authors", "").split(", "))),
        journal=facts.get("journal", ""),
        year=int(facts["year"]) if facts.get("year", "").isdigit() else None,
        volume=facts.get("volume", ""),
        issue=facts.get("issue", ""),
        pages=facts.get("pages", ""),
        stated=(Stated("metadata", licence),) if licence else (),
    )


def _message(data: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(data)
    except ValueError:
        raise Unusable("Crossref answered with a page instead of data. Try again later.") from None
    message = told.get("message") if isinstance(told, Mapping) else None
    if not isinstance(message, Mapping) or told.get("status") != "ok":
        raise Unusable(
            f"Crossref did not search: {str(message)[:200]}. Change the query, or try again later."
        )
    return message


def _words(query: str) -> str:
    """A query in NCBI's manner as plain words: services differ in everything else."""
    plain = re.sub(r"\[[^\]]*\]|[()\"]|\b(?:AND|OR|NOT)\b", " ", query)
    return " ".join(plain.split())


def _first(values: object) -> str:
    first = (
        values[0] if isinstance(values, Sequence) and not isinstance(values, str) and values else values or ""
    )
    return " ".join(re.sub(r"<[^>]+>", "", str(first)).split())


def _year(issued: object) -> str:
    parts = issued.get("date-parts") if isinstance(issued, Mapping) else None
    year = parts[0][0] if parts and parts[0] else None
    return str(year) if year else ""


def _person(person: Mapping[str, Any]) -> str:
    if not person.get("family"):
        return str(person.get("name") or "").replace(",", " ")
    initials = "".join(word[0] for word in re.split(r"[\s.-]+", str(person.get("given") or "")) if word)
    return f"{person['family']} {initials}".replace(",", " ").strip()


def _turned(name: str) -> str:
    """ "Ann B Roe" as "Roe AB"."""
    *given, family = name.split() or [""]
    return f"{family} {''.join(word[0] for word in given)}".strip()
