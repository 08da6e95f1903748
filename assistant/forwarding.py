"""Proxies before the site that its settings do not name: all their visitors then count as one address."""

from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

FILE = "web.proxies-unnamed"


def fault(forwarded: str | None, peer: str | None, named: int) -> str | None:
    """What is wrong when a request from `peer` brings this X-Forwarded-For and `named` proxies are believed.

    A header from the open internet proves nothing, as anybody can write one. From this machine or its own network it
    is a proxy's.
    """
    fits = forwarded and 0 < named <= len(forwarded.split(","))
    if not forwarded or fits or not _is_near(peer):
        return None
    return (
        f"A proxy stands before the site (X-Forwarded-For comes from its own network), but web.proxies = {named} does not "
        "fit it: all visitors count as one address, so that one who floods the site slows all others. Set web.proxies to "
        "how many proxies of yours a request passes, and serve again."
    )


def note(data_dir: Path, told: str) -> None:
    """Keep it for the next start and for `assistant doctor`, which see no requests."""
    (data_dir / FILE).write_text(told, "utf-8")


def noted(data_dir: Path, named: int) -> str | None:
    """What was noted while so many proxies were named; another number is a new try and begins clean."""
    path = data_dir / FILE
    with suppress(FileNotFoundError):
        told = path.read_text("utf-8")
        if f"web.proxies = {named} " in told:
            return told
        path.unlink(missing_ok=True)
    return None


def _is_near(peer: str | None) -> bool:
    try:
        return not ip_address(peer or "").is_global
    except ValueError:
        return True  # a socket of this machine
