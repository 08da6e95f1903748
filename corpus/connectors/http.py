"""The one way out: guarded, polite, bounded. Every request of every source goes through here.

Built on httpcore: what a full HTTP client adds (redirects, cookies, decoding, proxies from the
environment) is what must not happen here unseen.
"""

import logging
import random
import ssl
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpcore

from corpus.connectors import guarding
from corpus.connectors.cache import Answer, Cache
from corpus.connectors.faults import (
    Moved,
    NotAllowed,
    NotCached,
    NotThere,
    Refused,
    SourceDown,
    SourceError,
    TooLarge,
    Unusable,
)
from corpus.connectors.pacing import Clock, Pace, WallClock, retry_after

MB = 1024 * 1024
SOME_JSON = 20 * MB
XML, HTML, PDF, ROBOTS, SITEMAP = 15 * MB, 5 * MB, 30 * MB, 512 * 1024, 50 * MB

# Its debug lines print whole headers, and a redirect may repeat the key that was sent.
logging.getLogger("httpcore").setLevel(logging.INFO)

_HOPS = 5
_TRIES = 5
_AGAIN = frozenset((429, 500, 502, 503, 504))
_CHUNK = 64 * 1024
_KEPT_HEADERS = (
    "content-type", "etag", "last-modified", "x-robots-tag", "tdm-reservation", "tdm-policy",
    "x-rate-limit-limit", "x-rate-limit-interval",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, between two pieces, for the whole answer, and the longest rest a host may ask for."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0
    rest: float = 120.0


@dataclass(frozen=True, slots=True)
class Robot:
    """How the product names itself. `contact` (an e-mail address) is asked for by every service used here."""

    contact: str
    site: str = ""
    version: str = "0.1"

    @property
    def agent(self) -> str:
        about = "; ".join(filter(None, (f"+{self.site}" if self.site else "", f"mailto:{self.contact}")))
        return f"SoftTissueAssistantBot/{self.version} ({about})"


class Client:
    """`hosts` may be asked, no others; `seconds` is how long to wait between two requests to each.

    `trusted` hosts (host:port of a stand-in on this machine) are exempt from the address guard. `offline`
    answers from the cache alone. `secrets` are never part of an error, a cached request or an address.
    """

    def __init__(
        self,
        robot: Robot,
        *,
        hosts: Collection[str],
        seconds: Mapping[str, float],
        cache: Cache | None = None,
        offline: bool = False,
        trusted: Collection[str] = (),
        secrets: Collection[str] = (),
        clock: Clock | None = None,
        limits: Limits | None = None,
        resolve: guarding.Resolve = guarding.resolved,
    ) -> None:
        self.clock = clock or WallClock()
        self.pace = Pace(self.clock, seconds)
        self.cache = cache
        self.requests = 0
        self._robot = robot
        self._hosts = set(hosts)
        self._trusted = frozenset(trusted)
        self.offline = offline
        self._secrets = [secret for secret in (*secrets, robot.contact) if secret]
        self._limits = limits or Limits()
        self._unsettled: list[tuple[str, Answer, str]] = []
        self._chance = random.Random(0)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=4,
            keepalive_expiry=30.0,
            network_backend=guarding.GuardedBackend(self._trusted, resolve),
        )

    def close(self) -> None:
        self._pool.close()

    def get(
        self,
        address: str,
        params: Mapping[str, str] | None = None,
        *,
        most: int,
        private: Mapping[str, str] | None = None,
        accept: str = "*/*",
        etag: str = "",
        modified: str = "",
        about: str = "",
        before_hop: Callable[[str], None] | None = None,
    ) -> Answer:
        """The answer to a GET, at most `most` bytes of it; status 200, or 304 where `etag` or `modified` still hold.

        `private` parameters are sent and appear nowhere else. `about` marks the text of the publication with
        this id, which is kept only after `settle` says that it may be. `before_hop` is called with each
        further address that a redirect leads to and may raise. Everything else than an answer is a SourceError.
        """
        request = f"{address}?{urlencode(params, quote_via=quote)}" if params else address
        if self.offline:
            return self._cached(request, about)
        headers = {"Accept": accept}
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified
        answer = self._followed(request, private or {}, headers, most, before_hop)
        if answer.status == 200 and about:
            self._unsettled.append((request, answer, about))
        elif answer.status == 200 and self.cache:
            self.cache.put(request, answer)
        return answer

    def settle(self, *, keep: bool) -> None:
        """Keep the texts fetched since the last call, or forget them with what was kept of them before."""
        for request, answer, about in self._unsettled:
            if self.cache and keep:
                self.cache.put(request, answer, about)
            elif self.cache:
                self.cache.forget(about)
        self._unsettled.clear()

    def _cached(self, request: str, about: str) -> Answer:
        found = self.cache.get(request, about) if self.cache else None
        if found is None:
            raise NotCached(
                f"{self._named(request)} was not asked this before. Run once without --offline where there is internet."
            )
        return found

    def _followed(
        self,
        request: str,
        private: Mapping[str, str],
        headers: Mapping[str, str],
        most: int,
        before_hop: Callable[[str], None] | None,
    ) -> Answer:
        address, seen = request, {request}
        for _ in range(_HOPS + 1):
            self._check(address)
            status, found, data = self._patiently(address, private, headers, most)
            if status not in (301, 302, 303, 307, 308):
                kept = {name: found[name] for name in _KEPT_HEADERS if name in found}
                return Answer(self._clean(address), status, kept, data, self.clock.now())
            leads_to = urljoin(address, found.get("location", "")).split("#")[0]
            if leads_to in seen:
                raise Unusable(f"{self._named(request)} leads round in a circle. Look at it in a browser.")
            seen.add(leads_to)
            if guarding.host_of(leads_to) != guarding.host_of(address):
                private = {}
            address = leads_to
            if before_hop:
                self._check(address)
                before_hop(address)
        raise Unusable(f"{self._named(request)} leads on and on. Look at it in a browser.")

    def _check(self, address: str) -> None:
        try:
            guarding.check(address, self._hosts, self._trusted)
        except (Moved, NotAllowed) as fault:
            raise type(fault)(self._clean(str(fault))) from None

    def _patiently(
        self, address: str, private: Mapping[str, str], headers: Mapping[str, str], most: int
    ) -> tuple[int, dict[str, str], bytes]:
        """One hop, asked again as often as a failing server deserves."""
        host = guarding.host_of(address)
        shown = self._named(address)
        why = ""
        for tried in range(_TRIES):
            self.pace.wait(host)
            pause = 2.0**tried + self._chance.random()
            try:
                status, found, data = self._once(address, private, headers, most)
            except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
                why = f"{type(error).__name__}"
            else:
                if status in (200, 304) or 300 < status < 309:
                    return status, found, data
                if status in (404, 410):
                    raise NotThere(f"{shown} is not there (status {status}). Nothing is to be done.")
                if status not in _AGAIN:
                    raise Refused(f"{shown} was refused (status {status}). Look at it in a browser.")
                why = f"status {status}"
                asked = retry_after(found.get("retry-after"), self.clock.now())
                if asked is not None and asked > self._limits.rest:
                    self.pace.rest(host, asked)
                    raise SourceDown(
                        f"{host} asks to be left alone for {asked / 60:.0f} minutes. Run again after that."
                    )
                pause = asked if asked is not None else pause
            self.pace.rest(host, pause)
        raise SourceDown(f"{shown} did not answer ({why}), {_TRIES} times. Try again later.")

    def _once(
        self, address: str, private: Mapping[str, str], headers: Mapping[str, str], most: int
    ) -> tuple[int, dict[str, str], bytes]:
        target = address
        if private:
            target += ("&" if urlsplit(address).query else "?") + urlencode(private, quote_via=quote)
        sent = {"User-Agent": self._robot.agent, "Accept-Encoding": "gzip", **headers}
        begun = self.clock.monotonic()
        timeouts = {
            "connect": self._limits.connect,
            "read": self._limits.read,
            "write": self._limits.read,
            "pool": self._limits.connect,
        }
        self.requests += 1
        with self._opened(target, sent, timeouts) as response:
            found = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            }
            if response.status != 200:
                return response.status, found, b""
            if (length := found.get("content-length", "")).isdigit() and int(length) > most:
                raise self._too_large(address, most)
            data = bytearray()
            for piece in _decoded(
                response.iter_stream(), found.get("content-encoding", ""), self._named(address)
            ):
                data += piece
                if len(data) > most:
                    raise self._too_large(address, most)
                if self.clock.monotonic() - begun > self._limits.whole:
                    raise SourceDown(
                        f"{self._named(address)} took longer than {self._limits.whole:.0f} s. Try again later."
                    )
            return 200, found, bytes(data)

    @contextmanager
    def _opened(
        self, target: str, headers: Mapping[str, str], timeouts: Mapping[str, float]
    ) -> Iterator[httpcore.Response]:
        with self._pool.stream(
            "GET", target, headers=list(headers.items()), extensions={"timeout": timeouts}
        ) as response:
            yield response

    def _too_large(self, address: str, most: int) -> SourceError:
        return TooLarge(f"{self._named(address)} is larger than {most / MB:.1f} MB. It was left out.")

    def _named(self, address: str) -> str:
        """An address as a person is told of it: without what was asked of it, which may be long."""
        return self._clean(address.partition("?")[0])

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            for form in (secret, quote(secret), quote(secret, safe="")):
                text = text.replace(form, "…")
        return text


def _decoded(pieces: Iterator[bytes], encoding: str, shown: str) -> Iterator[bytes]:
    """The body in pieces of a bounded size, so that a small answer cannot swell beyond the limit unseen."""
    if encoding.lower() not in ("", "identity", "gzip", "x-gzip"):
        raise Unusable(f"{shown} came packed as {encoding[:20]!r}, which was not asked for. It was left out.")
    if encoding.lower() in ("", "identity"):
        yield from pieces
        return
    unpack = zlib.decompressobj(31)
    try:
        for piece in pieces:
            yield unpack.decompress(piece, _CHUNK)
            while unpack.unconsumed_tail:
                yield unpack.decompress(unpack.unconsumed_tail, _CHUNK)
    except zlib.error:
        raise Unusable(f"{shown} is broken inside its packing. Try again later.") from None
    if not unpack.eof:
        raise Unusable(f"{shown} broke off before its end. Try again later.")
