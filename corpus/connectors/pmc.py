"""PubMed Central: found with E-utilities, delivered by its Cloud Service, one journal at a time or all of them.

The older delivery services were switched off in 2026; the web pages must not be fetched by programs.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from lxml import etree

from corpus.connectors import jats, safe_xml
from corpus.connectors.entrez import Entrez
from corpus.connectors.faults import NotThere, SourceDown, SourceError, Unusable, Unwanted
from corpus.connectors.http import SOME_JSON, XML, Client
from corpus.connectors.publication import Publication, RawItem, Ref, Stated

_BUCKET = "pmc-oa-opendata"
_NOT_WANTED = "NOT hasretractionin NOT articletypecorrection NOT articletyperetraction"
_UNKNOWN = "idDoesNotExist"
_FREE = ("cc0 license", "cc by license", "cc by-sa license", "cc by-nd license")


class Pmc:
    """The articles of PMC that are open access, of the journal with the NLM abbreviation `journal` or of all.

    `only_free` leaves out, of the search already, what may not be used commercially.
    """

    def __init__(
        self,
        client: Client,
        entrez: Entrez,
        cloud: str,
        oai: str,
        *,
        name: str = "pmc",
        journal: str = "",
        only_free: bool = False,
    ) -> None:
        self.name = name
        self._client = client
        self._entrez = entrez
        self._cloud = cloud
        self._oai = oai
        self._journal = journal
        self._only_free = only_free

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]:
        for record in self._entrez.search(self.term(query), since, limit):
            id = f"PMC{record['uid']}"
            yield Ref(self.name, id, page(id), str(record.get("title") or ""), _ids(record))

    def term(self, query: str) -> str:
        """The search in NCBI's words."""
        parts = ["open access[filter]"]
        if self._journal:
            parts.insert(0, f'"{self._journal}"[Journal]')
        if query:
            parts.append(f"({query})")
        if self._only_free:
            parts.append("(" + " OR ".join(f'"{name}"[filter]' for name in _FREE) + ")")
        return f"{' AND '.join(parts)} {_NOT_WANTED}"

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        try:
            metadata = self._metadata(ref.id)
        except NotThere:
            return self._from_efetch(ref, known)
        except SourceDown:
            return self._from_anywhere(ref, known)
        facts = _facts(metadata)
        version = str(metadata.get("version") or "")
        key, md5 = _location(str(metadata.get("xml_url") or ""), ref.id)
        stamp = f"{md5} {' '.join(sorted(facts.values()))}"
        if known == (version, stamp):
            return None
        if facts.get("ocr"):
            raise Unwanted(f"{ref.id} is an old scan that a machine read. It is left out.")
        if facts.get("retracted"):
            return self._raw(ref, version, b"", stamp, facts)
        answer = self._client.get(f"{self._cloud}{key}", most=XML, about=ref.id)
        if md5 and hashlib.md5(answer.data, usedforsecurity=False).hexdigest() != md5:
            raise Unusable(f"{ref.id} came damaged (its checksum differs). Try again later.")
        return self._raw(ref, version, answer.data, stamp, facts)

    def parse(self, raw: RawItem) -> Publication:
        if not raw.data:
            return Publication(
                id=raw.ref.id,
                title=raw.ref.title,
                version=raw.version,
                is_retracted=bool(raw.facts.get("retracted")),
            )
        found = jats.parse(raw.data)
        stated = tuple(Stated("metadata", code) for code in (raw.facts.get("licence", ""),) if code)
        return replace(
            found,
            id=raw.ref.id,
            title=found.title or raw.ref.title,
            version=raw.version or found.version,
            pmid=found.pmid or raw.facts.get("pmid", ""),
            doi=found.doi or raw.facts.get("doi", ""),
            stated=(*found.stated, *stated),
            is_manuscript=found.is_manuscript or bool(raw.facts.get("manuscript")),
        )

    def _metadata(self, id: str) -> Mapping[str, Any]:
        """The record of the version to take: the newest that the journal published, else the newest of all."""
        versions = self._versions(id)
        newest = None
        for version in sorted(versions, reverse=True):
            told = self._json(f"{self._cloud}metadata/{id}.{version}.json", id)
            if str(told.get("pmcid")) != id:
                raise Unusable(f"PMC gave the record of {told.get('pmcid')} for {id}. Try again later.")
            if not told.get("is_manuscript"):
                return told
            newest = newest or told
        if newest is None:
            raise NotThere(f"{id} is not in the open collection. Nothing is to be done.")
        return newest

    def _versions(self, id: str) -> list[int]:
        # Without the dot at its end, the prefix of PMC123 is that of PMC1234 too.
        asked = {"list-type": "2", "delimiter": "/", "prefix": f"{id}."}
        root = safe_xml.tree(self._client.get(self._cloud, asked, most=XML).data, f"the versions of {id}")
        found = (re.fullmatch(rf"{id}\.(\d+)/", element.text or "") for element in root.iter("{*}Prefix"))
        return [int(match[1]) for match in found if match]

    def _json(self, address: str, id: str) -> Mapping[str, Any]:
        try:
            told = json.loads(self._client.get(address, most=SOME_JSON).data)
        except ValueError:
            told = None
        if not isinstance(told, Mapping):
            raise Unusable(f"PMC's record of {id} is not readable. Try again later.")
        return told

    def _from_anywhere(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        try:
            return self._from_efetch(ref, known)
        except (SourceDown, Unusable):
            asked = {
                "verb": "GetRecord",
                "identifier": f"oai:pubmedcentral.nih.gov:{ref.id.removeprefix('PMC')}",
                "metadataPrefix": "pmc",
            }
            root = safe_xml.tree(self._client.get(self._oai, asked, most=XML, about=ref.id).data, ref.id)
            found = next(root.iter("{*}article"), None)
            if found is None and next((error.get("code") for error in root.iter("{*}error")), "") == _UNKNOWN:
                raise NotThere(f"{ref.id} is not in PMC's open set. Nothing is to be done.") from None
            if found is None:
                raise Unusable(f"PMC answered with something else than {ref.id}. Try again later.") from None
            found.tail = None
            data = etree.tostring(found, encoding="utf-8")
            return self._unless_known(ref, known, data)

    def _from_efetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        return self._unless_known(ref, known, self._entrez.article(ref.id.removeprefix("PMC")))

    def _unless_known(self, ref: Ref, known: tuple[str, str] | None, data: bytes) -> RawItem | None:
        stamp = hashlib.sha256(data).hexdigest()
        return None if known and known[1] == stamp else self._raw(ref, "", data, stamp, {})

    def _raw(self, ref: Ref, version: str, data: bytes, stamp: str, facts: Mapping[str, str]) -> RawItem:
        digest = hashlib.sha256(data).hexdigest()
        return RawItem(
            ref, version, data, "application/xml", ref.address, self._client.clock.now(), digest, stamp, facts
        )


def page(id: str) -> str:
    """Where readers find the article. Never fetched."""
    return f"https://pmc.ncbi.nlm.nih.gov/articles/{id}/"


def _ids(record: Mapping[str, Any]) -> dict[str, str]:
    """The DOI in a listing, by which another listing's record of the same article is known."""
    given = record.get("articleids")
    found = [each.get("value") for each in given or () if each.get("idtype") == "doi"]
    return {"doi": str(found[0]).lower()} if found else {}


def _facts(metadata: Mapping[str, Any]) -> dict[str, str]:
    told = {
        "licence": metadata.get("license_code"),
        "pmid": metadata.get("pmid"),
        "doi": metadata.get("doi"),
        "retracted": "retracted" if metadata.get("is_retracted") else "",
        "manuscript": "manuscript" if metadata.get("is_manuscript") else "",
        "ocr": "ocr" if metadata.get("is_historical_ocr") else "",
    }
    return {name: str(value) for name, value in told.items() if value}


def _location(address: str, id: str) -> tuple[str, str]:
    """Key and checksum in "s3://bucket/key?md5=…", where bucket and article are the expected ones."""
    match = re.fullmatch(rf"s3://{_BUCKET}/({id}\.\d+/{id}\.\d+\.xml)(?:\?md5=([0-9a-f]{{32}}))?", address)
    if not match:
        raise SourceError(f"PMC's record of {id} names no text of its own ({address[:80]}). Try again later.")
    return match[1], match[2] or ""
