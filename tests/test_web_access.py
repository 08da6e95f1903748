"""Who may speak to the site, how often, and what a browser is told about it."""

import stat
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fake_assistant import site
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from assistant.cli.doctor import _proxies
from assistant.forwarding import fault, noted
from assistant.model import AssistantError
from assistant.settings import Settings, WebSettings
from web.access import Visitors, network, signing_keys

ORIGIN = "https://clinic.example"
PAGES = [
    "/chat",
    "/about",
    "/privacy",
    "/articles/heel",
    "/nothing",
    "/static/chat.css",
    "/api/v1/nothing",
    "/healthz",
]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = site(tmp_path, origins=(ORIGIN,))
    yield made
    made.extensions["assistant"]().close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def ask(client: FlaskClient, address: str = "192.0.2.1", **headers: str) -> TestResponse:
    return client.post(
        "/api/v1/messages",
        json={"id": str(uuid.uuid4()), "text": "What is heel pain?"},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        environ_base={"REMOTE_ADDR": address},
    )


# tokens


def test_a_token_is_believed_only_as_it_was_signed() -> None:
    visitors = Visitors(("key",), timedelta(days=30))
    token = visitors.token("a" * 32)

    assert visitors.conversation(token) == "a" * 32
    assert visitors.conversation(token[:-1]) is None
    assert visitors.conversation("b" + token[1:]) is None
    assert Visitors(("other",), timedelta(days=30)).conversation(token) is None
    assert Visitors(("key",), timedelta(seconds=-1)).conversation(token) is None


@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_token(text: str) -> None:
    assert Visitors(("key",), timedelta(days=30)).conversation(text) is None


def test_a_token_signed_for_something_else_is_not_believed() -> None:
    assert (
        Visitors(("key",), timedelta(days=1)).conversation(str(URLSafeTimedSerializer("key").dumps("a")))
        is None
    )


def test_keys_can_be_rotated_without_losing_visitors() -> None:
    before = Visitors(("old",), timedelta(days=30))
    after = Visitors(("old", "new"), timedelta(days=30))

    assert after.conversation(before.token("a")) == "a"
    assert before.conversation(after.token("a")) is None


def test_the_key_is_made_once_and_readable_for_its_owner_alone(tmp_path: Path) -> None:
    first = signing_keys(tmp_path / "data")

    assert signing_keys(tmp_path / "data") == first
    assert len(first[0]) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "web.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["web.key"]


def test_keys_from_the_environment_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_WEB_KEY", "old, new")

    assert signing_keys(tmp_path) == ("old", "new")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("token", ["x", "IjEi.YQ.YQ", ""])
def test_a_token_that_is_not_ours_is_refused(client: FlaskClient, token: str) -> None:
    response = ask(client, Authorization=f"Bearer {token or 'e30'}")

    assert response.status_code == 401
    assert "without a token" in response.json["detail"]


# origins


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://clinic.example",
        "https://clinic.example:8443",
        "https://sub.clinic.example",
        "https://clinic.example.evil.example",
        "https://evilclinic.example",
        "https://CLINIC.example",
        "https://clinic.example/",
    ],
)
def test_a_page_of_another_site_is_refused(client: FlaskClient, origin: str) -> None:
    response = ask(client, Origin=origin)

    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.vary.find("Origin") >= 0


def test_a_listed_site_is_allowed_by_name_and_may_read_the_token(client: FlaskClient) -> None:
    response = ask(client, Origin=ORIGIN)

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "X-Visitor-Token" in response.headers["Access-Control-Expose-Headers"]
    assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]
    assert response.vary.find("Origin") >= 0


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://localhost"}, {"Origin": "https://localhost", "Sec_Fetch_Site": "same-origin"}],
)
def test_the_sites_own_pages_are_allowed(client: FlaskClient, headers: dict[str, str]) -> None:
    assert ask(client, **headers).status_code == 200


def test_a_preflight_is_answered_for_listed_sites_only(client: FlaskClient) -> None:
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    listed = client.options("/api/v1/messages", headers={"Origin": ORIGIN, **asking})
    foreign = client.options("/api/v1/messages", headers={"Origin": "https://evil.example", **asking})

    assert listed.status_code == 200
    assert "Authorization" in listed.headers["Access-Control-Allow-Headers"]
    assert foreign.status_code == 403


def test_a_refusal_for_haste_can_be_read_by_a_listed_site(client: FlaskClient) -> None:
    responses = [ask(client, Origin=ORIGIN) for _ in range(13)]

    assert responses[-1].status_code == 429
    assert responses[-1].headers["Access-Control-Allow-Origin"] == ORIGIN


# pace


def test_the_thirteenth_question_in_a_minute_waits(client: FlaskClient) -> None:
    token = ask(client).headers["X-Visitor-Token"]
    own = [ask(client, Authorization=f"Bearer {token}") for _ in range(13)]
    other = ask(client, address="198.51.100.7")

    assert [response.status_code for response in own] == [200] * 12 + [429]
    assert 1 <= int(own[-1].headers["Retry-After"]) <= 60
    assert own[-1].mimetype == "application/problem+json"
    assert other.status_code == 200


def test_a_day_has_its_own_measure(tmp_path: Path) -> None:
    client = site(tmp_path, messages_per_minute=1000, messages_per_day=5).test_client()
    token = ask(client).headers["X-Visitor-Token"]
    own = [ask(client, Authorization=f"Bearer {token}") for _ in range(6)]

    assert [response.status_code for response in own] == [200] * 5 + [429]
    assert int(own[-1].headers["Retry-After"]) > 3600
    assert "hours" in own[-1].json["detail"]


def test_a_forged_forwarding_header_does_not_help(client: FlaskClient) -> None:
    codes = [ask(client, X_Forwarded_For=f"203.0.113.{n}").status_code for n in range(13)]

    assert codes[-1] == 429


def test_behind_a_known_proxy_its_word_counts(tmp_path: Path) -> None:
    client = site(tmp_path, proxies=1).test_client()
    codes = [ask(client, X_Forwarded_For=f"9.9.9.9, 203.0.113.{n}").status_code for n in range(13)]
    forged = [ask(client, X_Forwarded_For=f"10.0.0.{n}, 203.0.113.99").status_code for n in range(13)]

    assert codes == [200] * 13
    assert forged[-1] == 429


@pytest.mark.parametrize(
    ("forwarded", "peer", "named", "is_told"),
    [
        ("203.0.113.9", "127.0.0.1", 0, True),
        ("203.0.113.9, 10.0.0.2", "10.0.0.1", 0, True),
        ("203.0.113.9", None, 0, True),
        ("203.0.113.9", "8.8.8.8", 0, False),
        (None, "127.0.0.1", 0, False),
        ("203.0.113.9", "127.0.0.1", 1, False),
        ("6.6.6.6, 203.0.113.9", "127.0.0.1", 1, False),
        ("203.0.113.9", "127.0.0.1", 2, True),
        (None, "127.0.0.1", 1, False),
    ],
)
def test_a_proxy_that_the_settings_do_not_fit_is_noticed(
    forwarded: str | None, peer: str | None, named: int, is_told: bool
) -> None:
    assert (fault(forwarded, peer, named) is not None) == is_told


def test_a_proxy_that_nobody_named_is_told_once_in_the_log_and_by_doctor_until_it_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = site(tmp_path).test_client()
    for n in range(3):
        ask(client, "127.0.0.1", X_Forwarded_For=f"203.0.113.{n}")

    assert [message for message in caplog.messages if "web.proxies = 0" in message] == caplog.messages
    assert len(caplog.messages) == 1
    with pytest.raises(AssistantError, match=r"Set web\.proxies"):
        _proxies(Settings(data_dir=tmp_path))
    assert _proxies(Settings(data_dir=tmp_path, web=WebSettings(proxies=1))) == "1 before the site"
    assert "none" in _proxies(Settings(data_dir=tmp_path))


def test_with_the_proxy_named_nothing_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ask(site(tmp_path, proxies=1).test_client(), "127.0.0.1", X_Forwarded_For="203.0.113.9")

    assert caplog.messages == []
    assert noted(tmp_path, 1) is None


def test_one_address_cannot_take_the_site_whatever_tokens_it_brings(tmp_path: Path) -> None:
    client = site(tmp_path, requests_per_minute_per_address=5).test_client()
    tokens = [ask(client, address="2001:db8::1").headers["X-Visitor-Token"] for _ in range(5)]
    last = [ask(client, f"2001:db8::{n}", Authorization=f"Bearer {tokens[0]}") for n in (2, 3)]

    assert [response.status_code for response in last] == [429, 429]
    assert ask(client, address="2001:db8:0:1::1").status_code == 200


def test_a_fourth_call_back_in_an_hour_waits(client: FlaskClient) -> None:
    form = {"name": "Jo", "phone": "604-555-0188", "best_time": "", "consent": True}
    codes = [
        client.post("/api/v1/handoffs", json={"id": str(uuid.uuid4()), **form}).status_code for _ in range(4)
    ]

    assert codes == [201, 201, 201, 429]


def test_the_page_without_script_keeps_the_same_pace(client: FlaskClient) -> None:
    for _ in range(12):
        ask(client, address="127.0.0.1")

    response = client.post("/chat", data={"id": str(uuid.uuid4()), "text": "One more?"})

    assert response.status_code == 429
    assert response.mimetype == "text/html"
    assert "604-828-2610" in response.get_data(as_text=True)


def test_monitors_are_never_slowed(tmp_path: Path) -> None:
    client = site(tmp_path, requests_per_minute_per_address=2).test_client()

    for path in ["/healthz", "/static/chat.css"] * 9:
        with client.get(path) as response:
            assert response.status_code == 200


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_a_household_counts_as_one_address(address: str | None, counted: str) -> None:
    assert network(address) == counted


# headers


def every_route(app: Flask) -> list[tuple[str, str]]:
    """(method, address) of all that the site has, the console's pages and what does not exist among them."""
    adapter = app.url_map.bind("localhost")
    return [("GET", path) for path in PAGES] + [
        (method, adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1)))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD"})
    ]


def test_every_response_of_every_route_is_hardened(tmp_path: Path) -> None:
    app = site(tmp_path, requests_per_minute_per_address=1000)
    routes = every_route(app)
    assert len(routes) > 60

    for method, path in routes:
        with app.test_client().open(path, method=method, environ_base={"REMOTE_ADDR": "8.8.8.8"}) as response:
            assert response.status_code != 429
            assert_hardened(response.headers, path)
    app.extensions["staff"]().close()
    app.extensions["assistant"]().close()


def assert_hardened(headers: Headers, path: str) -> None:
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["base-uri"] == policy["object-src"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Permissions-Policy" in headers
    assert "Access-Control-Allow-Origin" not in headers
    assert "Set-Cookie" not in headers or path.startswith("/staff")


@pytest.mark.parametrize("path", PAGES)
def test_only_the_chat_may_be_framed_and_only_by_listed_sites(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        headers = response.headers
    framers = headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2]

    assert framers == (ORIGIN if path == "/chat" else "'none'")
    assert ("X-Frame-Options" in headers) == (path != "/chat")


def test_a_secure_connection_is_kept_secure(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" in client.get("/chat", base_url="https://localhost").headers
    assert "Strict-Transport-Security" not in client.get("/chat").headers
