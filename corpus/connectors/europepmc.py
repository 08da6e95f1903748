"""Europe PMC: a second way to find and fetch the open articles of PMC, with their licence in the listing."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from corpus.connectors import jats
from corpus.connectors.faults import NotThere, Unusable
from corpus.connectors.http import SOME_JSON, XML, Client
from corpus.connectors.metadata import without_text
from corpus.connectors.pmc import page
from corpus.connectors.publication import Publication, RawItem, Ref, Stated

_PAGE = 100


class EuropePmc:
    name = "europepmc"

    def __init__(self, client: Client, base: str, contact: str) -> None:
        self._client = client
        self._base = base
        self._private = {"email": contact}

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]:
        words = "OPEN_ACCESS:y" + (f" AND ({query})" if query else "")
        if since:
            words += f" AND (FIRST_PDATE:[{since:%Y-%m-%d} TO 3000-12-31])"
        given = 0
        for record in self._records(words):
            ref = _ref(record)
            if ref:
                yield ref
                given += 1
            if given >= limit:
                return

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        """The open text; where there is none, what the listing said of it. Both may be known already."""
        if not ref.facts:
            ref = self._listed_again(ref)
        data, content_type = json.dumps(dict(ref.facts), sort_keys=True).encode(), "application/json"
        version = ref.facts.get("updated", "")
        if known and known == (version, hashlib.sha256(data).hexdigest()):
            return None
        stamp = hashlib.sha256(data).hexdigest()
        if ref.facts.get("open") == "Y" and ref.id.startswith("PMC") and "retracted" not in ref.facts:
            try:
                answer = self._client.get(f"{self._base}{ref.id}/fullTextXML", most=XML, about=ref.id)
                data, content_type = answer.data, "application/xml"
            except NotThere:  # said for texts that are closed as well as for unknown ones
                pass
        digest = hashlib.sha256(data).hexdigest()
        return RawItem(
            ref, version, data, content_type, ref.address, self._client.clock.now(), digest, stamp, ref.facts
        )

    def parse(self, raw: RawItem) -> Publication:
        if raw.content_type == "application/json":
            return replace(without_text(raw), is_retracted="retracted" in raw.facts)
        found = jats.parse(raw.data)
        told = raw.facts.get("licence", "")
        stated = (*found.stated, Stated("metadata", told)) if told else found.stated
        return replace(
            found, id=raw.ref.id, version=raw.version, title=found.title or raw.ref.title, stated=stated
        )

    def _listed_again(self, ref: Ref) -> Ref:
        words = f"PMCID:{ref.id}" if ref.id.startswith("PMC") else f'DOI:"{ref.id}"'
        found = (_ref(record) for record in self._records(words))
        again = next((each for each in found if each and each.id == ref.id), None)
        if again is None:
            raise NotThere(f"Europe PMC does not list {ref.id} any more. Nothing is to be done.")
        return again

    def _records(self, words: str) -> Iterator[Mapping[str, Any]]:
        cursor = "*"
        while True:
            asked = {
                "query": words,
                "format": "json",
                "resultType": "core",
                "pageSize": str(_PAGE),
                "cursorMark": cursor,
                "synonym": "false",
            }
            answer = self._client.get(f"{self._base}search", asked, most=SOME_JSON, private=self._private)
            told = _read(answer.data)
            found = told["resultList"].get("result") or []
            yield from found
            following = told.get("nextCursorMark")
            if not found or not following or following == cursor:
                return
            cursor = str(following)


def _read(data: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(data)
    except ValueError:
        raise Unusable("Europe PMC answered with a page instead of data. Try again later.") from None
    if isinstance(told, Mapping) and "errMsg" in told:
        raise Unusable(f"Europe PMC did not search: {str(told['errMsg'])[:200]}. Change the query.")
    if (
        not isinstance(told, Mapping)
        or "hitCount" not in told
        or not isinstance(told.get("resultList"), Mapping)
    ):
        # A search that it rejects is answered with nothing but a version number.
        raise Unusable("Europe PMC did not take the search. Change the query.")
    return told


def _ref(record: Mapping[str, Any]) -> Ref | None:
    pmcid, doi = str(record.get("pmcid") or ""), str(record.get("doi") or "")
    id = pmcid or (doi.lower() if doi else str(record.get("id") or ""))
    if not id:
        return None
    address = page(pmcid) if pmcid else f"https://doi.org/{doi}" if doi else ""
    journal = record.get("journalInfo") or {}
    kinds = (record.get("pubTypeList") or {}).get("pubType") or ()
    facts = {
        "title": re.sub(r"<[^>]+>", "", str(record.get("title") or "")),
        "authors": str(record.get("authorString") or "").rstrip("."),
        "journal": str((journal.get("journal") or {}).get("medlineAbbreviation") or ""),
        "year": str(record.get("pubYear") or ""),
        "volume": str(journal.get("volume") or ""),
        "issue": str(journal.get("issue") or ""),
        "pages": str(record.get("pageInfo") or ""),
        "doi": doi,
        "pmid": str(record.get("pmid") or ""),
        "open": str(record.get("isOpenAccess") or ""),
        "licence": str(record.get("license") or ""),
        "updated": str(record.get("dateOfRevision") or ""),
        "retracted": "retracted" if any(str(kind).lower().startswith("retracted") for kind in kinds) else "",
    }
    return Ref(
        "europepmc", id, address, facts["title"], {name: value for name, value in facts.items() if value}
    )
