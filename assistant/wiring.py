"""Settings → the parts, put together: the only place that chooses which one it is."""

import os
import zoneinfo
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.settings import Settings
from corpus.model import CorpusError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.approving import Written
    from assistant.chain import AnswerChain, Answerer
    from assistant.console import Console
    from assistant.desk import Assistant
    from assistant.gaps import Gaps, Reason
    from assistant.handoff import Clinic
    from assistant.housekeeping import Housekeeping
    from assistant.kinds import Kinds
    from assistant.likeness import Likeness
    from assistant.notify import Secrets
    from assistant.safety import Triage
    from assistant.spending import Allowance
    from assistant.store import Store
    from assistant.subject import Subject
    from corpus.manifest import Manifest
    from corpus.shelf import Shelf
    from corpus.sources import Sources
    from corpus.syncing import Syncing
    from corpus.withdrawn import Withdrawn
    from index.embedding import Embedder
    from index.generations import Generations
    from index.search import Searcher
    from index.vectors import ChromaStore


def now() -> datetime:
    return datetime.now(UTC)


def prepare_process() -> None:
    """Set what must hold before anything is imported or computed: nothing phones home, and time zones come
    from the pinned tzdata package, because an older system file has British Columbia an hour off in winter.

    NumPy multiplies with one thread: what one question needs is so little that others only wait for each other.
    """
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "false")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    zoneinfo.reset_tzpath(to=())


def shelf(settings: Settings) -> "Shelf":
    from corpus.shelf import SHIPPED, Shelf

    own = settings.data_dir / "shelf"
    folders = [
        *([SHIPPED] if settings.corpus.shipped else []),
        *settings.corpus.shelves,
        *([own] if own.is_dir() else []),
        *(
            sorted(path for path in own.iterdir() if path.is_dir() and path.name != "articles")
            if own.is_dir()
            else []
        ),
    ]
    if not folders:
        raise CorpusError(
            "No shelf is in use. Set corpus.shipped = true, or add an article: assistant corpus add"
        )
    return Shelf(folders, settings.placeholders, use=settings.corpus.use)


def manifest(settings: Settings) -> "Manifest":
    from corpus.manifest import Manifest

    return Manifest(settings.data_dir / "sources.db")


def withdrawn(settings: Settings) -> "Withdrawn":
    from corpus.withdrawn import Withdrawn

    return Withdrawn(settings.data_dir / "withdrawn.txt")


def sources(settings: Settings, *, offline: bool = False) -> "Sources":
    from corpus.connectors.cache import Cache
    from corpus.connectors.folder import Folder
    from corpus.connectors.site import Site
    from corpus.sources import Chosen, Sources

    set_up = settings.sources
    chosen = Chosen(
        contact=set_up.contact,
        homepage=set_up.homepage,
        key=os.environ.get("NCBI_API_KEY", ""),
        use=settings.corpus.use,
        sites=tuple(Site(each.address, each.licence) for each in set_up.sites),
        folders=tuple(Folder(each.path, each.licence) for each in set_up.folders),
        jstage_terms=set_up.jstage_terms,
        stand_in=set_up.stand_in,
    )
    return Sources(chosen, Cache(settings.data_dir / "sources"), offline=offline)


def syncing(settings: Settings, over: "Sources | None" = None) -> "Syncing":
    from corpus.connectors.cache import Cache
    from corpus.runs import Policy
    from corpus.syncing import Syncing

    return Syncing(
        manifest(settings),
        settings.data_dir / "shelf",
        withdrawn(settings),
        Cache(settings.data_dir / "sources"),
        over.client if over else None,
        Policy(settings.corpus.use, settings.sources.permissions),
        now,
    )


def generations(settings: Settings) -> "Generations":
    from index.generations import Generations

    return Generations(settings.data_dir / "index", keep=settings.index.keep)


def vectors(settings: Settings) -> "ChromaStore":
    from index.vectors import ChromaStore

    return ChromaStore(settings.index.vectors)


def embedder(
    settings: Settings, *, threads: int = 0, prepare: Callable[[str], None] | None = None
) -> "Embedder":
    from index.embedding import open_embedder

    return open_embedder(
        settings.index.embedder, settings.data_dir / "models", threads=threads, prepare=prepare
    )


def built_embedder(settings: Settings, fingerprint: str, *, threads: int = 1) -> "Embedder":
    """Opened once in a process, however many ask for it."""
    return _embedder(fingerprint, settings.index.embedder, settings.data_dir / "models", threads)


@cache
def _embedder(fingerprint: str, setting: str, models: Path, threads: int) -> "Embedder":
    from index.embedding import built_embedder as built

    return built(fingerprint, setting, models, threads=threads)


def embed(settings: Settings, texts: Sequence[str]) -> tuple[str, list[list[float]]]:
    """(fingerprint, vectors) of texts, by the model of the index in use."""
    found = generations(settings)
    fingerprint = found.manifest(found.in_use()).embedder
    return fingerprint, built_embedder(settings, fingerprint).embeddings.embed_documents(list(texts))


def searcher(settings: Settings) -> "Searcher":
    from index.search import Searcher

    opened: Callable[..., Searcher] = Searcher
    if settings.index.reranker:
        from index.reranking import CrossEncoderJudge, RerankingSearcher

        opened = partial(RerankingSearcher, judge=CrossEncoderJudge(settings.index.reranker))
    return opened(
        generations(settings),
        vectors(settings),
        partial(built_embedder, settings),
        dense_weight=settings.index.dense_weight,
        lexical_weight=settings.index.lexical_weight,
        candidates=settings.index.candidates,
        unreviewed_discount=settings.index.unreviewed_discount,
        withdrawn=withdrawn(settings),
    )


def clinic(settings: Settings) -> "Clinic":
    from assistant.handoff import Clinic, parse_hours
    from assistant.statutory import holidays

    chosen, year = settings.clinic, now().year
    statutory = [holidays(year + ahead) for ahead in range(-1, 4)] if chosen.statutory_holidays else []
    return Clinic(
        name=chosen.name,
        phone=chosen.phone,
        region=chosen.region,
        timezone=chosen.timezone,
        hours=parse_hours(chosen.hours),
        holidays=frozenset(chosen.holidays).union(*statutory),
        service_areas=chosen.service_areas,
    )


def likeness(settings: Settings, searching: "Searcher") -> "Likeness":
    """Embeds with the model of the index in use, so that a question is embedded once for triage and search."""
    from assistant.likeness import Likeness, Weights

    return Likeness(Weights.load(), lambda: built_embedder(settings, searching.manifest.embedder))


def triage(settings: Settings, searching: "Searcher") -> "Triage":
    from assistant.safety import Triage

    return Triage.load(numbers=settings.numbers, likeness=likeness(settings, searching))


def kinds(settings: Settings, searching: "Searcher") -> "Kinds":
    """Embeds with the model of the index in use too: the vector that was made for triage serves here."""
    from assistant.kinds import Kinds, Weights

    return Kinds(Weights.load(), lambda: built_embedder(settings, searching.manifest.embedder))


def subject(settings: Settings, searching: "Searcher") -> "Subject":
    from assistant.subject import Subject, Weights

    return Subject(
        Weights.load(),
        lambda: built_embedder(settings, searching.manifest.embedder),
        searching.respelt,
    )


def allowance(settings: Settings) -> "Allowance":
    from assistant.spending import Allowance

    return Allowance(
        settings.data_dir / "model_tokens.json", settings.answers.daily_tokens, lambda: today(settings)
    )


def model(settings: Settings) -> "BaseChatModel | None":
    """The language model of the settings, if there is one, without any of the assistant's checks."""
    if settings.answers.engine == "extractive":
        return None
    from assistant.providers import open_model

    return open_model(settings.answers)


def answerer(settings: Settings) -> "Answerer":
    """The articles' own words, or a language model over them."""
    from assistant import extractive

    chosen = settings.answers
    verbatim = partial(extractive.answer, limit=chosen.max_statements)
    if chosen.engine == "extractive":
        return verbatim

    import numpy as np

    from assistant.generative import Generative, Limits
    from assistant.providers import open_model, provider

    provider(chosen)
    return Generative(
        chosen.engine,
        partial(open_model, chosen),
        lambda texts: np.asarray(embed(settings, texts)[1], dtype=np.float32),
        verbatim,
        allowance(settings),
        Limits(chosen.seconds, chosen.max_tokens, chosen.streams, chosen.max_statements),
    )


def chain(settings: Settings, searching: "Searcher", clock: Callable[[], datetime] = now) -> "AnswerChain":
    from assistant.chain import AnswerChain
    from assistant.routing import Router

    return AnswerChain(
        triage(settings, searching),
        Router.load(placeholders=settings.placeholders, kinds=kinds(settings, searching)),
        searching,
        answerer(settings),
        clinic(settings),
        clock,
        min_confidence=settings.answers.min_confidence,
        subject=subject(settings, searching),
    )


def store(settings: Settings) -> "Store":
    from assistant.store import Store

    return Store(settings.database_url)


def assistant(settings: Settings, clock: Callable[[], datetime] = now) -> "Assistant":
    from assistant.desk import Assistant

    searching = searcher(settings)
    return Assistant(
        clinic(settings),
        chain(settings, searching, clock),
        searching,
        store(settings),
        clock,
        settings.answers.starters,
        settings.notify.addresses,
    )


def approve(settings: Settings, question: str, answer: str, by: str, asked: Sequence[str] = ()) -> "Written":
    """Write an approved answer to the clinic's own shelf; the index has it after its next build."""
    from assistant.approving import write_answer

    taken = {article.card.id for article in shelf(settings)}
    own = settings.data_dir / "shelf"
    return write_answer(question, answer, by, own, today=today(settings), taken=taken, asked=asked)


def secrets() -> "Secrets":
    from assistant.notify import Secrets

    return Secrets(os.environ.get("ASSISTANT_SMTP_PASSWORD", ""), os.environ.get("ASSISTANT_WEBHOOK_KEY", ""))


def housekeeping(
    settings: Settings,
    opened: Callable[[], "Assistant"],
    clock: Callable[[], datetime] = now,
) -> "Housekeeping":
    from assistant.gaps import answers
    from assistant.housekeeping import Housekeeping
    from assistant.notify import carrier

    held = secrets()

    def tend(gaps: "Gaps") -> None:
        def ask(question: str, reason: "Reason") -> bool:
            return answers(opened().ask(question), reason)

        gaps.tend(partial(embed, settings), generations(settings).in_use(), ask, clock())

    return Housekeeping(
        store(settings),
        clinic(settings),
        lambda address: carrier(address, settings.notify, held),
        settings.notify.addresses,
        timedelta(minutes=settings.notify.overdue_minutes),
        (
            timedelta(days=settings.privacy.conversation_days),
            timedelta(days=settings.privacy.callback_days),
        ),
        tend,
        clock,
    )


def today(settings: Settings) -> date:
    return now().astimezone(zoneinfo.ZoneInfo(settings.clinic.timezone)).date()


def console(settings: Settings, clock: Callable[[], datetime] = now) -> "Console":
    from assistant.accounts import Accounts
    from assistant.analytics import Analytics
    from assistant.catalogue import Catalogue
    from assistant.console import Console
    from assistant.database import Database
    from assistant.flags import Flags
    from assistant.gaps import Gaps
    from assistant.inbox import Inbox
    from assistant.jobs import Jobs
    from assistant.keys import STAFF_FILE, STAFF_VARIABLE, Seal, keys
    from assistant.sessions import Sessions
    from assistant.shelved import Shelved

    database = Database(settings.database_url)
    seal = Seal(keys(settings.data_dir / STAFF_FILE, STAFF_VARIABLE))
    accounts = Accounts(database, clock, seal, settings.clinic.name)
    accounts.seal_keys()
    return Console(
        database,
        accounts,
        Sessions(database, clock),
        Jobs(database, clock),
        Flags(database, clock),
        Catalogue(generations(settings)),
        Shelved(lambda: shelf(settings), settings.data_dir / "shelf"),
        Analytics(database, clock, settings.clinic.timezone),
        Inbox(database),
        Gaps(database),
        clock,
    )
