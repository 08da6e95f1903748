"""Which addresses may be opened. Checked where the socket is opened, because a name can change its meaning."""

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable
from urllib.parse import urlsplit

import httpcore

from corpus.connectors.faults import Moved, NotAllowed, SourceDown

Resolve = Callable[[str, int], list[str]]

_PMC_PAGES = ("pmc.ncbi.nlm.nih.gov/articles", "ncbi.nlm.nih.gov/pmc", "europepmc.org/article")
_NEVER = [
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"
    )
]  # fmt: skip


def host_of(address: str) -> str:
    """The host as pace and permissions are kept for it: with its port where that is not the usual one."""
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    return host if parts.port in (None, 443) else f"{host}:{parts.port}"


def check(address: str, allowed: Collection[str], trusted: Collection[str] = ()) -> None:
    """Raise unless `address` is https, without a name and password, on the usual port of an allowed host.

    `trusted` hosts ("127.0.0.1:8099", a stand-in for trials) may be plain http on their own port.
    """
    try:
        parts = urlsplit(address)
        host, port = host_of(address), parts.port
    except ValueError:
        raise NotAllowed(f"{address!r} is not an address. Correct it.") from None
    if not address.isascii() or any(char.isspace() or char == "\\" for char in address):
        raise NotAllowed(f"{address!r} has characters that an address has not. Write it in its coded form.")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed(f"An address for {host} holds a name and password. Take them out.")
    if host in trusted:
        return
    if parts.scheme != "https" or port not in (None, 443):
        raise NotAllowed(f"{address} is not plain https. Only https on its usual port is fetched.")
    if any(f"{host.removeprefix('www.')}{parts.path}".startswith(page) for page in _PMC_PAGES):
        raise NotAllowed(
            f"{address} is a page that its owner does not let programs fetch. "
            "The same article comes through: assistant corpus sync --source pmc"
        )
    if host not in allowed:
        raise Moved(
            f"{host} is not on the list of hosts. Add the page's site to sources.sites if it is meant."
        )


def is_public(address: str) -> bool:
    """Whether the numeric `address` is one of the open internet."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    never = ip.is_multicast or ip.is_reserved or any(ip in network for network in _NEVER)
    return ip.is_global and not never


def resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.SyncBackend):
    """Opens sockets to public addresses and to `trusted` hosts only.

    A name is looked up once and the connection goes to the address that was judged; TLS still checks the
    name. A check before the request would not do: a second look-up may give another address.
    """

    def __init__(self, trusted: Collection[str] = (), resolve: Resolve = resolved) -> None:
        self._trusted = trusted
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if f"{host}:{port}" in self._trusted:
            return super().connect_tcp(host, port, timeout, local_address, socket_options)
        try:
            addresses = self._resolve(host, port)
        except OSError as error:
            # Asked again at once, a name that cannot be looked up is no better known: there is no internet, or no such host.
            raise SourceDown(
                f"{host} cannot be found. Check the internet connection, then run again."
            ) from error
        if not addresses or not all(is_public(address) for address in addresses):
            raise NotAllowed(f"{host} is not on the open internet. Nothing was fetched from it.")
        fault: Exception | None = None
        for address in addresses:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault or httpcore.ConnectError(host)
