"""Notices reach their address once, whatever the receiver does, and say nothing but a reference number."""

import base64
import hmac
import json
import logging
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from fake_assistant import Clock
from receivers import MailServer, Mood, Webhook, running

from assistant.handoff import Clinic
from assistant.housekeeping import Housekeeping
from assistant.model import AssistantError, Callback, Handoff
from assistant.notify import Patience, Secrets, carrier
from assistant.outbox import LONGEST_PAUSE, MOST_ATTEMPTS, UNDERWAY, pause
from assistant.settings import NotifySettings
from assistant.store import Store

Security = Literal["starttls", "tls", "none"]
NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
KEY = "a key for tests alone"
SHORT = Patience(silence=0.5, whole=1.0)
CALLBACK = Callback("Ann Leery", "+16045550199", "after the fever is gone", True)
FAULTS: tuple[Mood, ...] = ("silent", "dripping", "refusing")


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with running(MailServer()) as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with running(Webhook()) as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    yield opened
    opened.close()


def house(store: Store, clock: Clock, port: int = 1, security: Security = "none") -> Housekeeping:
    settings = NotifySettings(
        smtp_port=port, smtp_host="127.0.0.1", smtp_security=security, sender="a@clinic.example"
    )
    return Housekeeping(
        store,
        Clinic("Clinic", "604-555-0100", "", "America/Vancouver"),
        lambda address: carrier(address, settings, Secrets(webhook_key=KEY), SHORT),
        (),
        timedelta(hours=4),
        (timedelta(days=30), timedelta(days=365)),
        lambda gaps: None,
        clock,
    )  # fmt: skip


def ask(store: Store, *addresses: str, id: str = "K7M-42P") -> None:
    store.inbox.add(Handoff(id, CALLBACK, None, NOON), f"request {id}", addresses)


def test_a_mail_tells_the_reference_number_and_nothing_of_the_visitor(store, clock, mail) -> None:
    ask(store, "mailto:desk@clinic.example")
    house(store, clock, mail.port).round()

    (sent,) = mail.mails
    text = str(sent)
    assert sent["Subject"] == "Callback request K7M-42P"
    assert sent["To"] == "desk@clinic.example"
    assert "K7M-42P" in sent.get_payload()
    assert not any(secret in text for secret in ("Ann", "Leery", "0199", "fever"))
    assert store.outbox.waiting() == 0


def test_a_webhook_can_check_who_speaks_and_learns_the_reference_number_alone(store, clock, hook) -> None:
    ask(store, hook.address)
    house(store, clock).round()

    ((headers, body),) = hook.posts
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(KEY.encode(), signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body) == {
        "type": "callback.new",
        "timestamp": NOON.isoformat(),
        "data": {"reference": "K7M-42P"},
    }


def test_the_log_is_told_the_reference_number_alone(store, clock, caplog) -> None:
    ask(store, "log:")
    with caplog.at_level(logging.WARNING):
        house(store, clock).round()

    assert caplog.messages == ["A visitor asked to be called back. Reference K7M-42P."]


def test_what_was_taken_is_never_sent_again(store, clock, mail, hook) -> None:
    ask(store, "mailto:desk@clinic.example", hook.address)
    for minutes in range(0, 600, 60):
        clock.now = NOON + timedelta(minutes=minutes)
        house(store, clock, mail.port).round()

    assert (len(mail.mails), len(hook.posts)) == (1, 1)


@pytest.mark.parametrize("mood", FAULTS)
def test_a_webhook_in_trouble_gets_the_notice_when_it_is_well_again(store, clock, hook, mood) -> None:
    hook.mood = mood
    ask(store, hook.address)
    began = time.perf_counter()
    house(store, clock).round()
    took = time.perf_counter() - began
    assert (len(hook.posts), store.outbox.waiting()) == (0, 1)
    assert took < 2.5

    hook.mood = "well"
    clock.now += LONGEST_PAUSE
    house(store, clock).round()

    assert len(hook.posts) == 1
    assert store.outbox.waiting() == 0


@pytest.mark.parametrize("mood", FAULTS)
def test_a_mail_server_in_trouble_gets_the_notice_when_it_is_well_again(store, clock, mail, mood) -> None:
    mail.mood = mood
    ask(store, "mailto:desk@clinic.example")
    began = time.perf_counter()
    house(store, clock, mail.port).round()
    took = time.perf_counter() - began
    assert (mail.mails, store.outbox.waiting()) == ([], 1)
    assert took < 3

    mail.mood = "well"
    clock.now += LONGEST_PAUSE
    house(store, clock, mail.port).round()

    assert len(mail.mails) == 1


def test_a_receiver_that_is_down_gets_the_notice_when_it_is_up(store, clock) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        down = free.getsockname()[1]
    ask(store, "mailto:desk@clinic.example", f"http://127.0.0.1:{down}/")
    house(store, clock, down).round()

    assert store.outbox.waiting() == 2
    clock.now += LONGEST_PAUSE
    assert {notice.fault.split(":")[0] for notice in store.outbox.due(clock.now)} == {
        "ConnectionRefusedError"
    }


def test_a_mail_server_that_hangs_up_after_taking_a_mail_gets_it_once(store, clock, mail) -> None:
    mail.mood = "rude"
    ask(store, "mailto:desk@clinic.example")
    for hours in range(4):
        clock.now = NOON + timedelta(hours=hours)
        house(store, clock, mail.port).round()

    assert len(mail.mails) == 1


def test_a_webhook_that_hangs_up_unanswered_hears_it_again_under_the_same_key(store, clock, hook) -> None:
    hook.mood = "rude"
    ask(store, hook.address)
    house(store, clock).round()
    hook.mood = "well"
    clock.now += LONGEST_PAUSE
    house(store, clock).round()

    assert len(hook.posts) == 2
    assert len(set(hook.keys())) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_where_encryption_is_asked_for_nothing_is_sent_in_the_clear(store, clock, mail, security) -> None:
    ask(store, "mailto:desk@clinic.example")
    house(store, clock, mail.port, security).round()

    assert mail.mails == []
    assert store.outbox.waiting() == 1


def test_one_receiver_in_trouble_holds_up_no_other(store, clock, mail, hook) -> None:
    mail.mood = "refusing"
    ask(store, "mailto:desk@clinic.example", "mailto:not an address", hook.address)
    house(store, clock, mail.port).round()

    assert len(hook.posts) == 1
    assert store.outbox.waiting() == 2


def test_a_notice_is_tried_often_and_then_given_up_for_people_to_see(store, clock, hook) -> None:
    hook.mood = "refusing"
    ask(store, hook.address)
    keeper = house(store, clock)
    for _ in range(MOST_ATTEMPTS + 5):
        clock.now += LONGEST_PAUSE
        keeper.round()

    (given_up,) = store.outbox.given_up()
    assert given_up.attempts == MOST_ATTEMPTS
    assert given_up.fault == "the webhook answered 503"


def test_the_path_of_a_webhook_is_in_no_log(store, clock, hook, caplog) -> None:
    hook.mood = "refusing"
    ask(store, hook.address)
    house(store, clock).round()

    assert "will be tried again" in caplog.text
    assert "127.0.0.1" in caplog.text
    assert "from=site" not in caplog.text


def test_pauses_grow_to_an_hour_and_are_not_in_step() -> None:
    assert timedelta(seconds=7) <= pause(0) <= timedelta(seconds=15)
    assert timedelta(minutes=30) <= pause(12) <= timedelta(hours=1)
    assert timedelta(minutes=30) <= pause(10_000) <= timedelta(hours=1)
    assert len({pause(5) for _ in range(5)}) > 1


def test_two_houses_on_one_database_send_one_notice(store, clock, hook) -> None:
    first, second = house(store, clock), house(store, clock)
    first.round()
    ask(store, hook.address)
    second.round()
    assert hook.posts == []

    first.round()
    second.round()
    assert len(hook.posts) == 1


def test_when_the_one_that_keeps_house_is_gone_another_takes_over(store, clock, hook) -> None:
    house(store, clock).round()
    ask(store, hook.address)
    clock.now += timedelta(seconds=31)
    house(store, clock).round()

    assert len(hook.posts) == 1


def test_nobody_sends_beside_a_delivery_under_way(store, clock) -> None:
    ask(store, "log:")
    (notice,) = store.outbox.due(NOON)

    assert store.outbox.claim(notice, NOON)
    assert not store.outbox.claim(notice, NOON)
    assert store.outbox.due(NOON + UNDERWAY - timedelta(seconds=1)) == ()
    assert len(store.outbox.due(NOON + UNDERWAY)) == 1


@pytest.mark.parametrize(
    ("address", "key", "told"),
    [
        ("desk@clinic.example", KEY, "Use mailto:"),
        ("mailto:nobody", KEY, "no mail address"),
        ("mailto:a@b.example\nBcc: c@d.example", KEY, "no mail address"),
        ("http://hooks.example/x", KEY, "Use https"),
        ("https:///x", KEY, "names no host"),
        ("https://hooks.example/x", "", "ASSISTANT_WEBHOOK_KEY"),
        ("https://hooks.example/x", "whsec_§", "Copy it again"),
        ("ftp://hooks.example", KEY, "Use mailto:"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_with_what_to_write(address: str, key: str, told: str) -> None:
    with pytest.raises(AssistantError, match=told):
        carrier(address, NotifySettings(), Secrets(webhook_key=key))
