"""An embedding of the chat as the site that carries it sees it: the script tag, the allowed origins, the content policy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urljoin, urlsplit

SCRIPT = "/widget/v1.js"
_PORTS = {"http": 80, "https": 443}
_NARROWER = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a site answered: the address after redirects, its HTML, and its Content-Security-Policy headers."""

    url: str
    html: str
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptTag:
    src: str
    attributes: Mapping[str, str]

    @property
    def server(self) -> str:
        """Where the widget of this tag sends its questions."""
        return (self.attributes.get("data-server") or origin(self.src)).rstrip("/")


@dataclass(frozen=True, slots=True)
class Finding:
    """`words` end with the next step where `ok` is false."""

    name: str
    ok: bool
    words: str


def script_tags(page: Page) -> list[ScriptTag]:
    """The tags that load the widget, their addresses made whole."""
    from lxml.html import document_fromstring

    if not page.html.strip():
        return []
    found = document_fromstring(page.html).iter("script")
    tags = [ScriptTag(urljoin(page.url, tag.get("src", "")), dict(tag.attrib)) for tag in found]
    return [tag for tag in tags if urlsplit(tag.src).path.endswith(SCRIPT)]


def findings(page: Page, allowed: Sequence[str]) -> Iterator[Finding]:
    """What can be said without asking the assistant's own server."""
    tags = script_tags(page)
    if not tags:
        yield Finding(
            "script tag",
            False,
            f"the page has none that loads {SCRIPT}. Put the snippet of the README into it; if a tag manager does so "
            "after loading, look for the tag in the browser's inspector instead.",
        )
        return
    tag = tags[0]
    yield _tag(tag, len(tags), urlsplit(page.url).scheme)
    yield _origin(origin(page.url), tag.server, allowed)
    policies = (*page.policies, *_policies_in(page.html))
    yield _policy(policies, "script-src-elem", tag.src, page.url, tag.attributes.get("nonce"))
    yield _policy(policies, "connect-src", f"{tag.server}/api/v1/messages", page.url, None)


def _tag(tag: ScriptTag, count: int, scheme: str) -> Finding:
    if scheme == "https" and tag.src.startswith("http:"):
        return Finding(
            "script tag", False, f"{tag.src} is not secure, so the browser stops it. Write https:// there."
        )
    missing = [name for name in ("async", "crossorigin") if name not in tag.attributes]
    if missing:
        wanted = " and ".join(missing)
        return Finding(
            "script tag", False, f"{tag.src} lacks {wanted}. Copy the snippet of the README as it stands."
        )
    twice = f", {count} times (once is enough)" if count > 1 else ""
    return Finding("script tag", True, f"loads {tag.src}{twice}")


def _origin(site: str, server: str, allowed: Sequence[str]) -> Finding:
    if site == server or site in allowed:
        return Finding("origin", True, f"{site} may use the assistant")
    listed = ", ".join(f'"{item}"' for item in (*allowed, site))
    return Finding(
        "origin",
        False,
        f"{site} is not in web.origins, so its visitors are refused. Set, under [web]: origins = [{listed}] and serve again.",
    )


def _policy(policies: Iterable[str], directive: str, url: str, page: str, nonce: str | None) -> Finding:
    shown = directive.removesuffix("-elem")
    for policy in policies:
        if not allows(policy, directive, url, page, nonce):
            return Finding(
                f"policy, {shown}",
                False,
                f"the page's Content-Security-Policy stops {origin(url)}. Add {origin(url)} to its {shown}.",
            )
    return Finding(f"policy, {shown}", True, f"lets {origin(url)} through")


def allows(policy: str, directive: str, url: str, page: str, nonce: str | None = None) -> bool:
    """Whether a Content-Security-Policy lets a page load `url`, be it by its address or by the tag's nonce."""
    rules: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *listed = part.split() or [""]
        rules.setdefault(name.lower(), listed)  # of a directive that is there twice, browsers heed the first
    values = next((rules[name] for name in _NARROWER[directive] if name in rules), None)
    if values is None:
        return True
    if nonce and f"'nonce-{nonce}'" in values:
        return True
    if "'strict-dynamic'" in values:
        return False
    return any(_matches(value, url, page) for value in values)


def _matches(source: str, url: str, page: str) -> bool:
    """One source expression against an address; hashes and the other quoted words never match one."""
    if source == "*":
        return urlsplit(url).scheme in _PORTS
    if source == "'self'":
        return origin(url) == origin(page)
    if source.startswith("'"):
        return False
    if source.endswith(":"):
        return urlsplit(url).scheme == source[:-1].lower()
    try:
        return _host_matches(source, url, page)
    except ValueError:
        return False


def _host_matches(source: str, url: str, page: str) -> bool:
    wanted, given = urlsplit(source if "://" in source else f"//{source}"), urlsplit(url)
    scheme = wanted.scheme or urlsplit(page).scheme
    if given.scheme not in {scheme, "https" if scheme == "http" else scheme}:
        return False
    host, _, port = wanted.netloc.lower().partition(":")
    if not fnmatchcase(given.hostname or "", host):
        return False
    if port != "*" and int(port or _PORTS.get(given.scheme, 0)) != (given.port or _PORTS.get(given.scheme)):
        return False
    path = wanted.path
    return path in ("", "/") or (given.path.startswith(path) if path.endswith("/") else given.path == path)


def _policies_in(html: str) -> list[str]:
    from lxml.html import document_fromstring

    metas = document_fromstring(html).iter("meta")
    return [
        meta.get("content", "")
        for meta in metas
        if meta.get("http-equiv", "").lower() == "content-security-policy"
    ]


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
