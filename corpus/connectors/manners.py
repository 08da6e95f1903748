"""What a web site wants of robots: robots.txt, signals about the use of its text, reservations of rights."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from lxml import html
from protego import Protego

from corpus.connectors.faults import (
    NotAllowed,
    NotCached,
    NotThere,
    Refused,
    SourceDown,
    SourceError,
    Unwanted,
)
from corpus.connectors.guarding import host_of
from corpus.connectors.http import ROBOTS, SITEMAP, Client

NAME = "SoftTissueAssistantBot"
SLOWEST_PAGE = 5.0

_LONGEST_DELAY = 60.0
_PARSED = 500 * 1024


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a page's owner says about its text. `withheld` is why it must not be quoted, or empty;
    `directives` are all that was said."""

    withheld: str = ""
    directives: tuple[str, ...] = ()


class Manners:
    """The rules of each host, asked for once in a run."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rules: dict[str, Protego | None] = {}
        self._signals: dict[str, Mapping[str, str]] = {}
        self._reserved: dict[str, tuple[str, ...]] = {}

    def ask(self, address: str) -> None:
        """Raise unless robots may fetch the address; keep to the pace that its host asks for."""
        rules = self._of(address)
        if rules is None:
            raise NotAllowed(f"{host_of(address)} could not give its rules for robots. Try again later.")
        if not rules.can_fetch(address, NAME):
            raise Unwanted(f"{host_of(address)} does not want robots at {address}. Take it off the list.")

    def sitemaps(self, address: str) -> list[str]:
        rules = self._of(address)
        return list(rules.sitemaps) if rules else []

    def of_host(self, address: str) -> str:
        """What the host says about the use of its texts, whatever a page itself says: it may change while the page does not."""
        return ", ".join(self.wishes(address, {}, None).directives)

    def wishes(self, address: str, headers: Mapping[str, str], page: html.HtmlElement | None) -> Wishes:
        """All that host, headers and page say about the use of the text."""
        self._of(address)
        host = host_of(address)
        signals = self._signals.get(host, {})
        said = [f"{name}={value}" for name, value in signals.items()]
        said += directives(headers.get("x-robots-tag", ""))
        metas = list(page.xpath("//meta[@name and @content]")) if page is not None else []
        for meta in metas:
            if meta.get("name").strip().lower() in ("robots", NAME.lower()):
                said += directives(meta.get("content"))
        reserved = [
            meta.get("content") for meta in metas if meta.get("name").strip().lower() == "tdm-reservation"
        ]
        if "1" in (headers.get("tdm-reservation", "").strip(), *(value.strip() for value in reserved)) or any(
            fnmatchcase(urlsplit(address).path or "/", pattern) for pattern in self._reservations(address)
        ):
            said.append("tdm-reservation=1")
        return wishes(said)

    def _of(self, address: str) -> Protego | None:
        host = host_of(address)
        if host not in self._rules:
            self._rules[host] = self._read(address)
        return self._rules[host]

    def _read(self, address: str) -> Protego | None:
        """The rules; None when the host cannot say, which forbids everything; none at all allow everything."""
        host = host_of(address)
        try:
            answer = self._client.get(_beside(address, "/robots.txt"), most=ROBOTS)
        except (
            NotThere,
            Refused,
            NotCached,
        ):  # what is there of a site without rules may be read again offline
            return Protego.parse("")
        except SourceDown:
            return None
        text = answer.data[:_PARSED].decode("utf-8-sig", "replace")
        if "html" in answer.headers.get("content-type", "") or text.lstrip()[:1] == "<":
            return None
        rules = Protego.parse(text)
        self._signals[host] = signals(text)
        rate = rules.request_rate(NAME)
        asked = [
            rules.crawl_delay(NAME) or 0.0,
            rate.seconds / rate.requests if rate and rate.requests else 0.0,
        ]
        self._client.pace.slow(host, min(max(asked), _LONGEST_DELAY))
        return rules

    def _reservations(self, address: str) -> tuple[str, ...]:
        """The paths whose text and data its owner reserves, by the site's own list."""
        host = host_of(address)
        if host not in self._reserved:
            try:
                answer = self._client.get(_beside(address, "/.well-known/tdmrep.json"), most=SITEMAP)
                told = json.loads(answer.data)
            except (SourceError, ValueError):
                told = []
            entries = [each for each in told if isinstance(each, Mapping)] if isinstance(told, list) else []
            self._reserved[host] = tuple(
                str(each.get("location") or "/*")
                for each in entries
                if str(each.get("tdm-reservation")) == "1"
            )
        return self._reserved[host]


def directives(text: str) -> list[str]:
    """ "unavailable_after: …, SoftTissueAssistantBot: noindex" without what is meant for other robots."""
    found = []
    agent = ""
    for part in (part.strip().lower() for part in text.split(",")):
        name, colon, value = part.partition(":")
        if colon and name not in (
            "max-snippet",
            "max-image-preview",
            "max-video-preview",
            "unavailable_after",
        ):
            agent, part = name.strip(), value.strip()
        if part and agent in ("", "*", NAME.lower()):
            found.append(part)
    return found


def signals(robots: str) -> dict[str, str]:
    """The Content-Signal lines of the group that is meant for us, else of that for all."""
    groups: dict[str, dict[str, str]] = {}
    agents: list[str] = []
    reading_agents = False
    for line in robots.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            agents = [*(agents if reading_agents else []), value.lower()]
        elif name == "content-signal":
            for agent in agents or ["*"]:
                pairs = (pair.partition("=") for pair in value.lower().split(","))
                groups.setdefault(agent, {}).update({key.strip(): said.strip() for key, _, said in pairs})
        if name:
            reading_agents = name == "user-agent"
    return groups.get(NAME.lower(), groups.get("*", {}))


def wishes(said: Iterable[str]) -> Wishes:
    """What directives come to. One that is not known forbids nothing and is kept."""
    said = tuple(dict.fromkeys(said))
    why = ""
    for each in said:
        if each in ("noindex", "none"):
            why = why or "Its owner does not want it in an index (noindex)."
        elif each in ("noai", "ai-input=no"):
            why = why or f"Its owner does not want it used for generated answers ({each})."
        elif each == "nosnippet":
            why = why or "Its owner does not want it quoted (nosnippet)."
        elif each == "tdm-reservation=1":
            why = why or "Its owner reserves text and data mining."
        elif (match := re.fullmatch(r"max-snippet:\s*(-?\d+)", each)) and int(match[1]) >= 0:
            why = why or f"Its owner allows a snippet of {match[1]} characters and no more."
    return Wishes(why, said)


def _beside(address: str, path: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{path}"
