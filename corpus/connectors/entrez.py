"""NCBI E-utilities: which articles there are. The text itself comes from elsewhere (see `pmc`)."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from lxml import etree

from corpus.connectors import safe_xml
from corpus.connectors.faults import NotThere, SourceDown, Unusable
from corpus.connectors.http import SOME_JSON, XML, Client

PAGE = 100
_TOOL = "SoftTissueAssistant"
_FRESH_TRIES = 3
_MOST = 9_999


class _Expired(Exception):
    """The frozen result is no longer known to the server."""


class Entrez:
    """`contact` and `key` go with every request and appear nowhere else."""

    def __init__(self, client: Client, base: str, contact: str, key: str = "") -> None:
        self._client = client
        self._base = base
        self._private = {"email": contact} | ({"api_key": key} if key else {})

    def search(self, term: str, since: date | None, limit: int) -> Iterator[dict[str, Any]]:
        """The first `limit` records that PMC has for `term`, in one frozen order.

        PMC offers no stable order of its own, so the result is frozen on the server and paged there. When it
        is forgotten, the search is made again; what was given already is not given twice.
        """
        given: set[str] = set()
        freezes = 0
        while freezes < _FRESH_TRIES:
            freezes += 1
            count, history = self._freeze(term, since)
            try:
                for start in range(0, min(count, _MOST), PAGE):
                    for record in self._page(history, start):
                        if record["uid"] not in given:
                            given.add(record["uid"])
                            yield record
                        if len(given) >= limit:
                            return
                return
            except _Expired:
                continue
        raise SourceDown("NCBI forgot the result of the search, several times. Try again later.")

    def article(self, number: str) -> bytes:
        """The JATS of one article as efetch gives it; without a body when the publisher forbids more."""
        answer = self._get("efetch.fcgi", {"db": "pmc", "id": number, "retmode": "xml"}, XML, f"PMC{number}")
        root = safe_xml.tree(answer, f"PMC{number}")
        if safe_xml.local(root) != "pmc-articleset":
            raise Unusable(f"NCBI answered with something else than PMC{number}. Try again later.")
        found = next(root.iter("article"), None)
        if found is None:
            raise NotThere(f"PMC{number} is not in PMC. Nothing is to be done.")
        found.tail = None
        text: bytes = etree.tostring(found, encoding="utf-8")
        return text

    def _freeze(self, term: str, since: date | None) -> tuple[int, dict[str, str]]:
        asked = {"db": "pmc", "term": term, "usehistory": "y", "retmax": "0", "retmode": "json"}
        if since:  # the day an article entered PMC; the far end is open so that the same words ask the same
            asked |= {"datetype": "edat", "mindate": f"{since:%Y/%m/%d}", "maxdate": "3000"}
        told = self._json("esearch.fcgi", asked).get("esearchresult")
        if not isinstance(told, Mapping):
            raise Unusable("NCBI answered a search with something else. Try again later.")
        if fault := told.get("ERROR"):
            raise Unusable(f"NCBI did not search: {str(fault)[:200]}. Change the query, or try again later.")
        count = int(told.get("count") or 0)
        return count, {"query_key": str(told.get("querykey", "")), "WebEnv": str(told.get("webenv", ""))}

    def _page(self, history: Mapping[str, str], start: int) -> Iterator[dict[str, Any]]:
        window = {"retstart": str(start), "retmax": str(PAGE)}
        told = self._json(
            "esummary.fcgi", {"db": "pmc", "retmode": "json", "version": "2.0", **history, **window}
        )
        fault = str(told.get("error") or told.get("ERROR") or "")
        if "history" in fault.lower() or "webenv" in fault.lower():
            raise _Expired
        result = told.get("result")
        if fault or not isinstance(result, Mapping):
            raise Unusable(f"NCBI did not list its records: {fault[:200] or 'no result'}. Try again later.")
        if not result.get("uids"):
            raise _Expired
        for uid in result["uids"]:
            record = result.get(uid)
            yield {**record, "uid": str(uid)} if isinstance(record, Mapping) else {"uid": str(uid)}

    def _json(self, page: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        data = self._get(page, asked, SOME_JSON)
        try:
            told = json.loads(data.decode("utf-8", "replace"), strict=False)
        except ValueError:
            raise Unusable(f"NCBI answered {page} with a page instead of data. Try again later.") from None
        if not isinstance(told, Mapping):
            raise Unusable(f"NCBI answered {page} with something else. Try again later.")
        if "rate limit" in str(told.get("error", "")).lower():
            raise SourceDown("NCBI says that it was asked too often. Try again later.")
        return told

    def _get(self, page: str, asked: Mapping[str, str], most: int, about: str = "") -> bytes:
        told = {"tool": _TOOL, **asked}
        answer = self._client.get(f"{self._base}{page}", told, most=most, private=self._private, about=about)
        return answer.data
