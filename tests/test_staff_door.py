"""Who comes into the console, how, and for how long."""

import base64
import re
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from fake_assistant import NOON, Clock, site
from flask.testing import FlaskClient
from staff_site import PASSWORD, QUICK, SEAL, Staffed, post, sign_in, staffed, token

from assistant import wiring
from assistant.accounts import NO_ENTRY, TOO_MANY, Accounts, NoEntry
from assistant.keys import Seal
from assistant.model import AssistantError
from assistant.passwords import Passwords
from assistant.settings import Settings
from web.staff.door import after_sign_in

SAMPLE = {"id": 1, "reference": "A", "number": 1, "gap": 1, "message": "m"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Staffed]:
    with staffed(tmp_path) as made:
        yield made


def cookie(client: FlaskClient, name: str = "staff") -> str:
    found = client.get_cookie(name)
    assert found is not None
    return found.value


def pages(world: Staffed) -> list[tuple[str, str]]:
    """(method, address) of everything under /staff."""
    adapter = world.app.url_map.bind("localhost")
    return [
        (method, adapter.build(rule.endpoint, {name: SAMPLE.get(name, "x") for name in rule.arguments}))
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint.startswith("staff.")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


# signing in


def test_who_signs_in_sees_the_console(world: Staffed) -> None:
    page = world.signed_in().get("/staff/")

    assert page.status_code == 200
    assert "Sign out" in page.get_data(as_text=True)


def test_a_name_may_be_written_in_capitals(world: Staffed) -> None:
    assert sign_in(world.client(), " AL ").status_code == 303


@pytest.mark.parametrize(
    ("name", "password"),
    [("al", "wrong kettle sings"), ("nobody", PASSWORD), ("", ""), ("al", ""), ("al' OR '1'='1", PASSWORD)],
)
def test_a_wrong_name_or_password_is_told_in_the_same_words(name: str, password: str, world: Staffed) -> None:
    response = sign_in(world.client(), name, password)

    assert response.status_code == 401
    assert NO_ENTRY in response.get_data(as_text=True)
    assert "Sign out" not in response.get_data(as_text=True)


class Counting(PasswordHasher):
    """Argon2 that remembers what it was asked to check."""

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        checked.append(str(hash))
        return super().verify(hash, password)


checked: list[str] = []


def test_an_unknown_name_costs_the_same_work_as_a_known_one(tmp_path: Path) -> None:
    """Counted, not timed: Argon2 is what takes time, and it checks one hash of the same cost either way."""
    console = wiring.console(Settings(data_dir=tmp_path), Clock())
    accounts = Accounts(
        console.database, Clock(), SEAL, "", Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    )
    for name in ("al", "gone"):
        accounts.add(name, PASSWORD)
    accounts.add("jo", PASSWORD, "admin")
    accounts.disable("gone")
    checked.clear()
    for number, name in enumerate(("al", "nobody", "gone", "jo")):
        with pytest.raises(AssistantError, match=re.escape(NO_ENTRY)):
            accounts.sign_in(name, "wrong kettle sings", "", f"192.0.2.{number}")
    console.close()

    assert len(checked) == 4
    first, *others = (extract_parameters(hash) for hash in checked)
    assert all(other == first for other in others)


def test_what_is_kept_costs_what_owasp_asks_at_least() -> None:
    made = extract_parameters(Passwords().hashed(PASSWORD))

    assert made.type == Type.ID
    assert made.memory_cost >= 19 * 1024
    assert made.time_cost >= 2


def test_there_is_no_account_until_somebody_makes_one(tmp_path: Path) -> None:
    app = site(tmp_path)
    client = app.test_client()
    for name in ("admin", "staff", "root", "jo"):
        for password in ("", "admin", "password", "changeme", name):
            assert sign_in(client, name, password).status_code in (401, 429)

    assert "assistant staff add" in client.get("/staff/login").get_data(as_text=True)
    with sqlite3.connect(tmp_path / "assistant.db") as database:
        assert database.execute("SELECT count(*) FROM staff_accounts").fetchone() == (0,)
    database.close()
    app.extensions["staff"]().close()
    app.extensions["assistant"]().close()


def test_how_to_make_the_first_account_is_not_told_when_there_is_one(world: Staffed) -> None:
    assert "assistant staff add" not in world.client().get("/staff/login").get_data(as_text=True)


def test_a_sixth_attempt_from_one_address_is_not_looked_at(world: Staffed) -> None:
    client = world.client()
    codes = [sign_in(client, f"name{n}", "wrong kettle sings").status_code for n in range(5)]
    refused = sign_in(client)

    assert codes == [401] * 5
    assert refused.status_code == 429
    assert TOO_MANY in refused.get_data(as_text=True)


@pytest.mark.parametrize("name", ["al", "nobody"])
def test_a_sixth_attempt_at_one_account_is_refused_from_anywhere(name: str, world: Staffed) -> None:
    for n in range(5):
        client = world.client()
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{n}"
        assert sign_in(client, name, "wrong kettle sings").status_code == 401
    client.environ_base["REMOTE_ADDR"] = "198.51.100.1"

    assert sign_in(client, name).status_code == 429


def test_five_minutes_later_the_door_is_open_again(world: Staffed) -> None:
    client = world.client()
    for _ in range(8):
        sign_in(client, "al", "wrong kettle sings")
    assert sign_in(client).status_code == 429
    world.clock.now += timedelta(minutes=5, seconds=1)

    assert sign_in(client).status_code == 303


def test_failures_from_elsewhere_do_not_shut_out_who_signs_in_from_here_every_day(world: Staffed) -> None:
    world.signed_in()
    for n in range(9):
        stranger = world.client()
        stranger.environ_base["REMOTE_ADDR"] = f"192.0.2.{n}"
        sign_in(stranger, "al", "wrong kettle sings")

    assert sign_in(world.client()).status_code == 303


def test_signing_in_often_and_well_is_no_attack(world: Staffed) -> None:
    assert [sign_in(world.client()).status_code for _ in range(7)] == [303] * 7


def test_a_forged_forwarding_header_is_no_other_address(world: Staffed) -> None:
    client = world.client()
    codes = [
        sign_in(client, f"n{n}", "wrong kettle", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(6)
    ]

    assert codes[-1] == 429


def test_many_attempts_at_once_do_not_slip_through(world: Staffed) -> None:
    def attempt(number: int) -> str:
        try:
            world.console.accounts.sign_in("al", f"wrong kettle {number}", "", "192.0.2.1")
        except NoEntry as error:
            return str(error)
        return "in"

    with ThreadPoolExecutor(12) as pool:
        told = Counter(pool.map(attempt, range(24)))

    assert told == {NO_ENTRY: 5, TOO_MANY: 19}


# the second factor


def test_an_administrator_needs_the_code_of_the_authenticator(world: Staffed) -> None:
    for code in ("", "000000", "abcdef", world.code(lambda: NOON - timedelta(minutes=3))):
        refused = sign_in(world.client(), "jo", code=code)
        assert refused.status_code == 401
        assert NO_ENTRY in refused.get_data(as_text=True)

    assert sign_in(world.client(), "jo", code=world.code()).status_code == 303


def test_a_code_opens_once(world: Staffed) -> None:
    code = world.code()
    assert sign_in(world.client(), "jo", code=code).status_code == 303
    assert sign_in(world.client(), "jo", code=code).status_code == 401
    world.clock.now += timedelta(seconds=30)

    assert sign_in(world.client(), "jo", code=code).status_code == 401
    assert sign_in(world.client(), "jo", code=world.code()).status_code == 303


def test_a_code_used_twice_at_the_same_time_opens_once(world: Staffed) -> None:
    code = world.code()

    def attempt(number: int) -> bool:
        try:
            world.console.accounts.sign_in("jo", PASSWORD, code, f"192.0.2.{number}")
        except NoEntry:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]


def test_a_code_before_the_last_one_used_opens_nothing(world: Staffed) -> None:
    before = world.code(lambda: NOON - timedelta(seconds=30))
    world.signed_in("jo")

    assert sign_in(world.client(), "jo", code=before).status_code == 401


def test_a_wrong_password_does_not_use_up_the_code(world: Staffed) -> None:
    code = world.code()

    assert sign_in(world.client(), "jo", "wrong kettle sings", code).status_code == 401
    assert sign_in(world.client(), "jo", code=code).status_code == 303


def test_an_administrator_cannot_do_without_the_authenticator(world: Staffed) -> None:
    with pytest.raises(AssistantError, match="staff totp jo"):
        world.console.accounts.drop_totp("jo")


def test_an_administrator_whose_key_is_gone_stays_outside(world: Staffed) -> None:
    with world.console.database.writing() as connection:
        connection.exec_driver_sql("UPDATE staff_accounts SET totp_key = NULL")

    assert sign_in(world.client(), "al").status_code == 303
    assert sign_in(world.client(), "jo").status_code == 401


def test_a_new_key_closes_the_old_one(world: Staffed) -> None:
    old = world.code()
    world.console.accounts.new_totp("jo")

    assert sign_in(world.client(), "jo", code=old).status_code == 401


def totp_keys(world: Staffed) -> list[str]:
    with world.console.database.reading() as connection:
        return list(connection.exec_driver_sql("SELECT totp_key FROM staff_accounts").scalars())


def put_totp_key(world: Staffed, name: str, key: str) -> None:
    with world.console.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE staff_accounts SET totp_key = ?, totp_step = 0 WHERE name = ?", (key, name)
        )


def test_the_database_holds_no_authenticator_key_that_can_be_used(world: Staffed) -> None:
    raw = base64.b32decode(world.key)
    held = b"".join(file.read_bytes() for file in world.settings.data_dir.glob("assistant.db*"))

    assert b"jo" in held
    assert world.key.encode() not in held
    assert raw not in held
    assert base64.b64encode(raw) not in held


def test_a_key_that_an_older_version_kept_plain_is_sealed_at_the_next_start_and_still_opens(
    tmp_path: Path,
) -> None:
    with staffed(tmp_path) as world:
        put_totp_key(world, "jo", world.key)
        again = wiring.console(world.settings, world.clock)
        held = b"".join(file.read_bytes() for file in tmp_path.glob("assistant.db*"))

        assert world.key.encode() not in held
        assert again.accounts.sign_in("jo", PASSWORD, world.code(), "192.0.2.1").name == "jo"
        again.close()


def test_a_key_that_was_sealed_for_one_account_opens_no_other(world: Staffed) -> None:
    (sealed,) = (key for key in totp_keys(world) if key)
    put_totp_key(world, "al", sealed)

    assert sign_in(world.client(), "al", code=world.code()).status_code == 401


def test_with_another_key_file_no_authenticator_opens_and_it_is_said_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with staffed(tmp_path) as world:
        lost = Accounts(world.console.database, world.clock, Seal(("another",)), "", Passwords(QUICK))
        with pytest.raises(NoEntry):
            lost.sign_in("jo", PASSWORD, world.code(), "192.0.2.1")

        assert "assistant staff totp jo" in caplog.text
        assert len(lost.unreadable()) == 1
        assert world.console.accounts.unreadable() == ()
        assert lost.sign_in("al", PASSWORD, "", "192.0.2.1").name == "al"


def test_staff_keys_are_rotated_without_losing_an_authenticator(world: Staffed) -> None:
    def over(*keys: str) -> Accounts:
        return Accounts(world.console.database, world.clock, Seal(keys), "", Passwords(QUICK))

    both = over("a key for tests alone", "newer")
    both.seal_keys()

    assert over("newer").sign_in("jo", PASSWORD, world.code(), "192.0.2.1").name == "jo"
    assert len(over("a key for tests alone").unreadable()) == 1


def test_the_staff_key_is_made_once_and_readable_for_its_owner_alone(tmp_path: Path) -> None:
    wiring.console(Settings(data_dir=tmp_path)).close()
    first = (tmp_path / "staff.key").read_text()
    wiring.console(Settings(data_dir=tmp_path)).close()

    assert (tmp_path / "staff.key").read_text() == first
    assert len(first.strip()) >= 32
    assert stat.S_IMODE((tmp_path / "staff.key").stat().st_mode) == 0o600


# sessions


def test_the_name_of_a_session_changes_at_sign_in_and_the_old_one_is_worth_nothing(world: Staffed) -> None:
    client = world.client()
    client.get("/staff/login")
    planted = cookie(client)
    assert sign_in(client).status_code == 303
    fixed = world.client()
    fixed.set_cookie("staff", planted)

    assert cookie(client) != planted
    assert fixed.get("/staff/").status_code == 303


def test_a_name_that_someone_thought_up_is_not_taken_over(world: Staffed) -> None:
    client = world.client()
    client.set_cookie("staff", "thought-up")
    client.get("/staff/login")

    assert cookie(client) != "thought-up"


def test_signing_out_ends_the_session_for_whoever_copied_it(world: Staffed) -> None:
    client = world.signed_in()
    copied = cookie(client)
    assert post(client, "/staff/logout").status_code == 303
    thief = world.client()
    thief.set_cookie("staff", copied)

    assert thief.get("/staff/").status_code == 303
    assert client.get("/staff/").status_code == 303


def test_a_session_falls_idle_after_half_an_hour(world: Staffed) -> None:
    client = world.signed_in()
    for _ in range(3):
        world.clock.now += timedelta(minutes=29)
        assert client.get("/staff/").status_code == 200
    world.clock.now += timedelta(minutes=31)

    assert client.get("/staff/").status_code == 303


def test_a_session_ends_after_twelve_hours_however_busy(world: Staffed) -> None:
    client = world.signed_in()
    for _ in range(35):
        world.clock.now += timedelta(minutes=20)
        assert client.get("/staff/").status_code == 200
    world.clock.now += timedelta(minutes=21)

    assert client.get("/staff/").status_code == 303


def test_a_page_that_looks_by_itself_how_far_a_build_is_keeps_nobody_signed_in(world: Staffed) -> None:
    client = world.signed_in()
    for _ in range(3):
        world.clock.now += timedelta(minutes=9)
        assert client.get("/staff/index/progress").status_code == 200
    world.clock.now += timedelta(minutes=9)

    assert client.get("/staff/index/progress").status_code == 303


def test_a_closed_account_is_signed_out_everywhere(world: Staffed) -> None:
    client = world.signed_in()
    world.console.accounts.disable("al")

    assert client.get("/staff/").status_code == 303
    assert sign_in(world.client()).status_code == 401


def test_a_new_password_signs_the_old_one_out(world: Staffed) -> None:
    client = world.signed_in()
    world.console.accounts.set_password("AL", "green lantern over there")

    assert client.get("/staff/").status_code == 303
    assert sign_in(world.client(), password="green lantern over there").status_code == 303


def test_the_database_holds_nothing_that_opens_a_session(world: Staffed, tmp_path: Path) -> None:
    value = cookie(world.signed_in())

    for path in tmp_path.glob("assistant.db*"):
        assert value.encode() not in path.read_bytes()
        assert PASSWORD.encode() not in path.read_bytes()


def test_the_cookie_is_for_the_server_alone(world: Staffed) -> None:
    header = world.client().get("/staff/login").headers["Set-Cookie"]
    parts = {part.strip().lower() for part in header.split(";")[1:]}

    assert header.startswith("staff=")
    assert parts == {"httponly", "path=/", "samesite=lax"}


def test_over_https_the_cookie_is_bound_to_the_host(world: Staffed) -> None:
    header = world.client().get("/staff/login", base_url="https://clinic.example").headers["Set-Cookie"]
    parts = {part.strip().lower() for part in header.split(";")[1:]}

    assert header.startswith("__Host-staff=")
    assert parts == {"httponly", "path=/", "samesite=lax", "secure"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_signs_in_over_a_line_that_others_can_read(method: str, world: Staffed) -> None:
    response = world.client().open("/staff/login", method=method, base_url="http://clinic.example")

    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers
    assert "HTTPS" in response.get_data(as_text=True)


def test_a_plain_cookie_is_not_believed_over_https(world: Staffed) -> None:
    value = cookie(world.signed_in())
    client = world.client()
    client.set_cookie("staff", value, domain="clinic.example")

    assert client.get("/staff/", base_url="https://clinic.example").status_code == 303


def test_visitors_get_no_cookie_whatever_staff_have(world: Staffed) -> None:
    client = world.signed_in()

    for path in ("/chat", "/about", "/healthz", "/static/staff.css", "/nothing"):
        with client.get(path) as response:
            assert "Set-Cookie" not in response.headers


# what is behind the door


def test_every_page_of_the_console_is_closed(world: Staffed) -> None:
    for method, path in pages(world):
        response = world.client().open(path, method=method)
        if path != "/staff/login":
            assert response.status_code == 303, (method, path)
            assert response.location.startswith("/staff/login"), (method, path)


def test_every_form_of_the_console_needs_its_token(world: Staffed) -> None:
    client = world.signed_in("jo")
    posts = [path for method, path in pages(world) if method == "POST"]

    assert len(posts) >= 6
    for path in posts:
        for token_sent in ({}, {"csrf_token": "x"}):
            response = client.post(path, data=token_sent)
            assert response.status_code == 400, path


def test_a_token_of_another_session_is_not_taken(world: Staffed) -> None:
    foreign = token(world.client())

    assert world.signed_in().post("/staff/logout", data={"csrf_token": foreign}).status_code == 400


def test_signing_in_needs_a_token_as_well(world: Staffed) -> None:
    client = world.client()
    client.get("/staff/login")

    assert client.post("/staff/login", data={"name": "al", "password": PASSWORD}).status_code == 400


def test_over_https_a_form_of_another_site_is_refused_even_with_a_token(world: Staffed) -> None:
    client = world.client()
    address = "https://clinic.example"
    page = client.get("/staff/login", base_url=address).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    fields = {"name": "al", "password": PASSWORD, "csrf_token": found.group(1)}

    for referer, status in (("https://evil.example/", 400), (f"{address}/staff/login", 303)):
        headers = {"Referer": referer}
        sent = client.post("/staff/login", data=fields, base_url=address, headers=headers)
        assert sent.status_code == status


@pytest.mark.parametrize("path", ["/staff/audit", "/staff/audit.csv"])
def test_the_audit_log_is_for_administrators(path: str, world: Staffed) -> None:
    assert world.signed_in().get(path).status_code == 403
    assert world.signed_in("jo").get(path).status_code == 200


def test_only_administrators_change_the_index_in_use(world: Staffed) -> None:
    client = world.signed_in()

    assert post(client, "/staff/index/use", generation="x").status_code == 403


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/staff/search?q=heel", "/staff/search?q=heel"),
        ("/staff", "/staff"),
        ("https://evil.example/staff/", "/staff/"),
        ("//evil.example/staff/", "/staff/"),
        ("/\\evil.example/staff/", "/staff/"),
        ("\\\\evil.example/staff/x", "/staff/"),
        ("/chat", "/staff/"),
        ("/staffing", "/staff/"),
        ("javascript:alert(1)", "/staff/"),
        (" /staff/../chat", "/staff/"),
        ("", "/staff/"),
        (None, "/staff/"),
    ],
)
def test_after_sign_in_nobody_is_led_elsewhere(wanted: str | None, led: str, world: Staffed) -> None:
    with world.app.test_request_context("/staff/login"):
        assert after_sign_in(wanted) == led


def test_who_is_sent_to_sign_in_comes_back_to_the_page(world: Staffed) -> None:
    client = world.client()
    sent = client.get("/staff/search?q=heel")
    fields = {"name": "al", "password": PASSWORD, "csrf_token": token(client, sent.location)}
    asked = re.search(r'name="next" value="([^"]+)"', client.get(sent.location).get_data(as_text=True))
    assert asked is not None

    assert (
        client.post("/staff/login", data={**fields, "next": asked.group(1)}).location
        == "/staff/search?q=heel"
    )


@pytest.mark.parametrize(
    "path", ["/staff/login", "/staff/", "/staff/search?q=heel", "/staff/nothing", "/metrics"]
)
def test_pages_of_the_console_are_hardened_and_never_kept(path: str, world: Staffed) -> None:
    headers = world.signed_in().get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    if path != "/staff/nothing":
        assert headers["Cache-Control"] == "no-store"
        assert "Cookie" in headers["Vary"]


def test_staff_at_work_are_not_slowed_but_guessing_is(tmp_path: Path) -> None:
    with staffed(tmp_path, requests_per_minute_per_address=9) as world:
        client = world.signed_in()
        assert [client.get("/staff/audit").status_code for _ in range(20)] == [403] * 20
        stranger = world.client()
        assert [stranger.get("/staff/login").status_code for _ in range(20)][-1] == 429


# accounts


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "eleven char",
        "passwordpassword",
        "qwertyuiop12",
        "123456789012",
        "chipperfield2026",
        "al-al-al-al-1",
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str, world: Staffed) -> None:
    with pytest.raises(AssistantError):
        world.console.accounts.set_password("al", password)


@pytest.mark.parametrize(
    "password",
    ["brown kettle sings again", "tR7#kQ9pLm2x", "długie hasło żółwia", "x" * 3 + "ÿ9 kettle lamp"],
)
def test_any_letters_make_a_password(password: str, world: Staffed) -> None:
    world.console.accounts.set_password("al", password)

    assert sign_in(world.client(), password=password).status_code == 303


def test_a_password_that_is_too_long_to_check_is_refused_and_never_cut(world: Staffed) -> None:
    long = " ".join(f"kettle{n}lamp" for n in range(40))
    with pytest.raises(AssistantError, match="at most 256"):
        world.console.accounts.set_password("al", long)
    world.console.accounts.set_password("al", long[:256])

    kept = Passwords(QUICK).hashed(long[:256])
    assert Passwords(QUICK).matches(kept, long) is False
    assert sign_in(world.client(), password=long[:256]).status_code == 303


@pytest.mark.parametrize("name", ["", "a", "a b", "jo\n", "../x", "<b>", "=cmd", "x" * 41])
def test_a_name_that_would_look_odd_in_a_log_is_refused(name: str, world: Staffed) -> None:
    if name.strip() == "jo":
        name = "j\no"
    with pytest.raises(AssistantError, match="account name"):
        world.console.accounts.add(name, PASSWORD)


def test_a_name_is_given_once(world: Staffed) -> None:
    with pytest.raises(AssistantError, match="already"):
        world.console.accounts.add("AL", PASSWORD)


def test_what_staff_do_at_the_door_is_written_down_without_secrets(world: Staffed) -> None:
    client = world.signed_in("jo")
    post(client, "/staff/logout")
    entries = world.console.accounts.log()

    assert [(entry.actor, entry.act) for entry in entries] == [("jo", "signed out"), ("jo", "signed in")]


def test_a_failure_is_written_down_without_what_was_typed(world: Staffed) -> None:
    sign_in(world.client(), "al", "wrong kettle sings")
    sign_in(world.client(), "my-password-by-mistake", "al")
    log = world.console.accounts.log()

    assert [(entry.actor, entry.act, entry.subject) for entry in log] == [
        ("nobody", "failed to sign in", ""),
        ("nobody", "failed to sign in", "al"),
    ]


def test_old_attempts_and_old_entries_are_forgotten(tmp_path: Path) -> None:
    clock = Clock()
    console = wiring.console(Settings(data_dir=tmp_path), clock)
    console.accounts.audit("jo", "signed in")
    with pytest.raises(AssistantError):
        console.accounts.sign_in("jo", "x", "", "192.0.2.1")
    clock.now += timedelta(days=366)
    console.accounts.audit("jo", "signed in")
    with pytest.raises(AssistantError):
        console.accounts.sign_in("jo", "x", "", "192.0.2.1")

    assert len(console.accounts.log()) == 1
    with console.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM staff_attempts").scalar() == 1
    console.close()
