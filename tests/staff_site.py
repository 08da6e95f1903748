"""The console over a site that recites, with an account of each role."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyotp
from fake_assistant import NOON, Clock, fake_assistant
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assistant import wiring
from assistant.console import Console
from assistant.settings import Settings, WebSettings
from web import create_app

PASSWORD = "brown kettle sings again"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Staffed:
    """`jo` is an administrator, `al` is staff; both have the same password."""

    app: Flask
    console: Console
    clock: Clock
    key: str

    def client(self, **options: Any) -> FlaskClient:
        return self.app.test_client(**options)

    def code(self, now: Callable[[], datetime] | None = None) -> str:
        return pyotp.TOTP(self.key).at((now or self.clock)())

    def signed_in(self, name: str = "al", **options: Any) -> FlaskClient:
        client = self.client(**options)
        response = sign_in(client, name, code=self.code() if name == "jo" else "")
        assert response.status_code == 303, response.get_data(as_text=True)
        return client


def staffed(data_dir: Path, now: datetime = NOON, **web: Any) -> Staffed:
    clock = Clock(now)
    settings = Settings(data_dir=data_dir, web=WebSettings(**web))
    desk = fake_assistant(settings, clock)
    console = wiring.console(settings, clock)
    key = console.accounts.add("jo", PASSWORD, "admin")
    console.accounts.add("al", PASSWORD)
    assert key is not None
    return Staffed(create_app(desk, settings, console), console, clock, key)


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
