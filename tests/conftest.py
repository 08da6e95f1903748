"""What every test may count on: the time zones of the pinned package, and no way out of this machine."""

import ipaddress
import socket
import zoneinfo
from collections.abc import Iterator
from typing import Any

import pytest

zoneinfo.reset_tzpath(to=())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--live", action="store_true", help="also ask PubMed Central for one article (5 requests)"
    )


@pytest.fixture(autouse=True, scope="session")
def _no_socket_beyond_loopback(request: pytest.FixtureRequest) -> Iterator[None]:
    """The product works without the internet, so a test that reaches for it has found a fault."""
    if request.config.getoption("--live"):
        yield
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            raise ConnectionRefusedError(f"a test reached for {address[0]}, beyond this machine")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
