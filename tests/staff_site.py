"""The console over a real index of three articles and a chain that recites, with an account of each role."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pyotp
from argon2 import PasswordHasher
from fake_assistant import STARTERS, Clock, RecitingChain
from fakes import MemoryStore, hashing_embedder
from flask import Flask
from flask.testing import FlaskClient
from small_corpus import ARTICLES, SmallIndex, article
from test_cli_index import ARTICLE, REFERENCES
from werkzeug.test import TestResponse

from assistant import wiring
from assistant.accounts import Accounts
from assistant.chain import AnswerChain
from assistant.console import Console
from assistant.desk import Assistant
from assistant.keys import Seal
from assistant.passwords import Passwords
from assistant.settings import ClinicSettings, CorpusSettings, Settings, WebSettings, load
from assistant.store import Store
from corpus.model import Article
from index.search import Searcher
from web import create_app

PASSWORD = "brown kettle sings again"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The same thing for a hundredth of the time: nobody will ever guess at these."""

SEAL = Seal(("a key for tests alone",))

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
OLD = article(
    "cupping", "Cupping", What_is_cupping="Cupping sets cups on the skin.", Does_it_hurt="Cupping may hurt."
)
INDEXED = (
    *ARTICLES,
    replace(
        OLD,
        card=replace(
            OLD.card,
            topic="techniques",
            certainty="low",
            reviewed=date(2025, 1, 5),
            review_due=date(2026, 1, 5),
        ),
    ),
)


@dataclass
class Staffed:
    """`jo` is an administrator, `al` is staff; both have the same password."""

    app: Flask
    console: Console
    clock: Clock
    key: str
    settings: Settings
    index: SmallIndex

    @property
    def desk(self) -> Assistant:
        return cast(Assistant, self.app.extensions["assistant"]())

    def client(self, **options: Any) -> FlaskClient:
        return self.app.test_client(**options)

    def code(self, now: Callable[[], datetime] | None = None) -> str:
        return pyotp.TOTP(self.key).at((now or self.clock)())

    def signed_in(self, name: str = "al", **options: Any) -> FlaskClient:
        client = self.client(**options)
        response = sign_in(client, name, code=self.code() if name == "jo" else "")
        assert response.status_code == 303, response.get_data(as_text=True)
        return client

    def say(self, text: str, conversation: str = "") -> str:
        """What a visitor writes; gives the id of the message."""
        id = str(uuid.uuid4())
        self.desk.reply(id, text, conversation or uuid.uuid4().hex)
        return id


@contextmanager
def staffed(
    data_dir: Path,
    clock: Callable[[], datetime] | None = None,
    articles: tuple[Article, ...] = INDEXED,
    hours: dict[str, str] | None = None,
    **web: Any,
) -> Iterator[Staffed]:
    shelf = data_dir / "ours"
    shelf.mkdir(parents=True)
    clock = clock or Clock()
    (shelf / "references.yaml").write_text(REFERENCES)
    (shelf / "heel.md").write_text(ARTICLE)
    settings = Settings(
        data_dir=data_dir,
        clinic=ClinicSettings(hours=hours or {}),
        corpus=CorpusSettings(shipped=False, shelves=(shelf,)),
        web=WebSettings(**web),
    )
    index = SmallIndex(data_dir / "index", MemoryStore(), hashing_embedder())
    if articles:
        index.build(articles)
    searcher = Searcher(index.generations, index.store, lambda fingerprint: index.embedder)
    clinic = wiring.clinic(settings)
    chain = cast(AnswerChain, RecitingChain(clinic, clock))
    desk = Assistant(clinic, chain, searcher, Store(settings.database_url), clock, STARTERS)
    console = wiring.console(settings, clock)
    accounts = Accounts(console.database, clock, SEAL, settings.clinic.name, Passwords(QUICK))
    console = replace(console, accounts=accounts)
    key = console.accounts.add("jo", PASSWORD, "admin")
    console.accounts.add("al", PASSWORD)
    assert key is not None
    yield Staffed(create_app(desk, settings, console), console, cast(Clock, clock), key, settings, index)
    console.close()
    desk.close()


def served() -> Flask:
    """The same, with something in it to look at, for a server process of its own; the key is left beside the data."""
    data_dir = load().data_dir
    world = staffed(data_dir, lambda: datetime.now(UTC), requests_per_minute_per_address=10_000).__enter__()
    for visitor in range(4):
        for text in (
            "What is heel pain?",
            "chest pain",
            "unicorn",
            "I want to book",
            "<b>What</b> is a heel?",
        ):
            world.say(text, f"{visitor}" * 32)
    world.desk.call_back(
        str(uuid.uuid4()),
        {"name": "Jo", "phone": "604-555-0188", "best_time": "mornings", "consent": True},
        "0" * 32,
    )
    world.console.flags.put("heel", "What-helps", "A newer trial says otherwise.", "al")
    with world.console.jobs.running("build", "terminal") as job:
        job.generation, job.outcome = "g", "Read 4 articles."
    (data_dir / "key").write_text(world.key)
    return world.app


def token(client: FlaskClient, path: str = "/staff/login") -> str:
    """The token of a form on that page."""
    found = TOKEN.search(client.get(path).get_data(as_text=True))
    assert found is not None
    return found.group(1)


def sign_in(
    client: FlaskClient, name: str = "al", password: str = PASSWORD, code: str = "", **options: Any
) -> TestResponse:
    fields = {"name": name, "password": password, "code": code, "csrf_token": token(client)}
    return client.post("/staff/login", data=fields, **options)


def post(client: FlaskClient, path: str, page: str = "/staff/", **fields: str) -> TestResponse:
    """Send a form as `page` would."""
    return client.post(path, data={**fields, "csrf_token": token(client, page)})
