"""Link cards: pages whose text is not ours to keep, told in the clinic's own words, with a look whether they are there."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree, html

from corpus import licences, strict_yaml
from corpus.connectors.faults import NotCached, NotThere, SourceError
from corpus.connectors.guarding import host_of
from corpus.connectors.http import HTML, Client
from corpus.connectors.manners import Manners
from corpus.connectors.publication import Part, Publication, RawItem, Ref, Stated
from corpus.model import CorpusError

_FIELDS = frozenset(("title", "address", "topic", "text", "checked", "checked_by"))


@dataclass(frozen=True, slots=True)
class LinkCard:
    """`checked` is the day on which a person, `checked_by`, last compared the words with the page."""

    key: str
    title: str
    address: str
    topic: str
    text: str
    checked: date | None
    checked_by: str


def cards(path: Path) -> tuple[LinkCard, ...]:
    """The cards in a file of `key: {title, address, topic, text, checked, checked_by}`."""
    try:
        told = strict_yaml.load(path.read_text("utf-8"), path.name)
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}. Check the file.") from None
    if not isinstance(told, Mapping):
        raise CorpusError(f"{path.name}: every card must stand under its key, as “key:” and its fields.")
    return tuple(_card(str(key), value, path.name) for key, value in told.items())


class Links:
    """`name` is the source that the cards in `path` speak of. Without an answer a card is taken unchecked."""

    def __init__(self, client: Client, path: Path, name: str) -> None:
        self.name = name
        self._client = client
        self._manners = Manners(client)
        self._path = path

    @staticmethod
    def hosts_of(path: Path) -> frozenset[str]:
        return frozenset(host_of(_over_https(card.address)) for card in cards(path))

    def discover(self, query: str, since: date | None, limit: int) -> Iterator[Ref]:
        for card in cards(self._path)[:limit]:
            facts = {"text": card.text, "checked_by": card.checked_by, "topic": card.topic}
            if card.checked:
                facts["checked"] = card.checked.isoformat()
            yield Ref(self.name, card.key, card.address, card.title, facts)

    def fetch(self, ref: Ref, known: tuple[str, str] | None) -> RawItem | None:
        facts = {**ref.facts, **self._looked_at(ref)}
        data = json.dumps([ref.title, ref.address, facts], sort_keys=True).encode()
        digest = hashlib.sha256(data).hexdigest()
        if known and known[1] == digest:
            return None
        now = self._client.clock.now()
        return RawItem(ref, "", data, "application/json", ref.address, now, digest, digest, facts)

    def parse(self, raw: RawItem) -> Publication:
        state = raw.facts.get("state", "")
        notices = (f"The page was not reached when it was looked for: {state}",) if state else ()
        return Publication(
            id=raw.ref.id,
            title=raw.ref.title,
            parts=(Part((), raw.facts["text"]),),
            stated=(Stated("manual", licences.OWN),),
            notices=notices,
        )

    def _looked_at(self, ref: Ref) -> dict[str, str]:
        """What a look at the page shows. Its text is read for title and date and then let go."""
        address = _over_https(ref.address)
        try:
            self._manners.ask(address)
            answer = self._client.get(
                address,
                most=HTML,
                accept="text/html",
                about=f"{self.name}:{ref.id}",
                before_hop=self._manners.ask,
            )
        except NotThere:
            return {"state": "it is gone."}
        except NotCached:
            return {}
        except SourceError as error:
            return {"state": str(error)}
        self._client.settle(keep=False)
        seen = {"page_title": _title(answer.data), "page_modified": answer.headers.get("last-modified", "")}
        if answer.address.rstrip("/") != address.rstrip("/"):
            seen["page_address"] = answer.address
        return {name: value for name, value in seen.items() if value}


def _card(key: str, value: object, name: str) -> LinkCard:
    if (
        not isinstance(value, Mapping)
        or set(value) - _FIELDS
        or not {"title", "address", "text"} <= set(value)
    ):
        raise CorpusError(
            f"{name}: {key} must have title, address and text, and may have topic, checked, checked_by."
        )
    checked = value.get("checked")
    if checked is not None and type(checked) is not date:
        raise CorpusError(f"{name}: {key}: checked must be a date like 2026-11-24, not “{checked}”.")
    if urlsplit(str(value["address"])).scheme not in ("http", "https"):
        raise CorpusError(f"{name}: {key}: the address must begin with https://.")
    words = {
        field: " ".join(str(value.get(field) or "").split())
        for field in ("title", "address", "topic", "text")
    }
    return LinkCard(key, **words, checked=checked, checked_by=str(value.get("checked_by") or ""))


def _over_https(address: str) -> str:
    parts = urlsplit(address)
    is_plain = parts.scheme == "http" and parts.port is None
    return parts._replace(scheme="https").geturl() if is_plain else address


def _title(data: bytes) -> str:
    try:
        page = html.document_fromstring(data or b"<html/>")
    except (etree.LxmlError, ValueError):
        return ""
    return " ".join("".join(page.xpath("//title[1]//text()")).split())
