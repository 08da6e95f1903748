"""The inbox: nobody takes what another has, and a request is kept once for the visitor who made it."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import get_args

import pytest
from fake_assistant import Clock, fake_assistant, site
from werkzeug.test import TestResponse

from assistant.handoff import NEXT_STATES
from assistant.inbox import Outdated, ReferenceTaken, RequestConflict
from assistant.model import AssistantError, Callback, Handoff, HandoffState
from assistant.settings import Settings
from assistant.store import Store

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
CALLBACK = Callback("Ann", "+16045550199", "", True)
FORM = {"name": "Ann", "phone": "604 555 0199", "best_time": "", "consent": True}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'assistant.db'}")
    opened.inbox.add(Handoff("K7M-42P", CALLBACK, "visitor", NOON), "request-1", ("log:",))
    yield opened
    opened.close()


def test_of_two_who_take_a_request_the_second_is_told_who_has_it(store: Store) -> None:
    store.inbox.take("K7M-42P", 1, "Bea", NOON)

    with pytest.raises(Outdated, match="in progress \\(Bea\\)"):
        store.inbox.take("K7M-42P", 1, "Cy", NOON)
    with pytest.raises(Outdated, match="in progress \\(Bea\\)"):
        store.inbox.take("K7M-42P", 2, "Cy", NOON)
    assert store.inbox.get("K7M-42P").assignee == "Bea"


def test_of_many_who_take_a_request_at_the_same_moment_one_has_it(store: Store) -> None:
    ready, got = Barrier(8), []

    def take(who: str) -> None:
        ready.wait()
        try:
            store.inbox.take("K7M-42P", 1, who, NOON)
            got.append(who)
        except Outdated:
            pass

    threads = [Thread(target=take, args=(f"person {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == [store.inbox.get("K7M-42P").assignee]


def test_a_change_of_what_was_changed_meanwhile_is_refused_and_changes_nothing(store: Store) -> None:
    store.inbox.note("K7M-42P", 1, "asks for evenings", NOON)

    with pytest.raises(Outdated, match="changed meanwhile"):
        store.inbox.move("K7M-42P", 1, "spam", NOON)
    assert (store.inbox.get("K7M-42P").state, store.inbox.get("K7M-42P").note) == ("new", "asks for evenings")


@pytest.mark.parametrize("before", get_args(HandoffState))
@pytest.mark.parametrize("after", get_args(HandoffState))
def test_a_request_goes_only_where_it_can(before: HandoffState, after: HandoffState, store: Store) -> None:
    made = store.inbox.add(Handoff("AAA-AAA", CALLBACK, None, NOON, before), "request-2")

    if after in NEXT_STATES[before]:
        assert store.inbox.move(made.id, 1, after, NOON).state == after
    else:
        with pytest.raises(AssistantError, match=f"{before} cannot become {after}"):
            store.inbox.move(made.id, 1, after, NOON)


def test_a_request_that_is_handed_back_is_free_for_others(store: Store) -> None:
    store.inbox.take("K7M-42P", 1, "Bea", NOON)
    store.inbox.move("K7M-42P", 2, "new", NOON)

    assert store.inbox.take("K7M-42P", 3, "Cy", NOON).assignee == "Cy"


@pytest.mark.parametrize("spelt", ["k7m-42p", "K7M42P", " k7m 42p "])
def test_a_reference_number_is_found_as_people_spell_it(store: Store, spelt: str) -> None:
    assert store.inbox.get(spelt).id == "K7M-42P"


def test_a_number_in_use_is_not_given_twice(store: Store) -> None:
    with pytest.raises(ReferenceTaken):
        store.inbox.add(Handoff("K7M-42P", Callback("Jo", "+16045550188", "", True), None, NOON), "request-2")

    assert len(store.inbox.handoffs()) == 1


def test_the_desk_draws_another_number_when_one_is_in_use(tmp_path: Path) -> None:
    drawn = iter(["K7M-42P", "K7M-42P", "K7M-42P", "AAA-AAA"])
    settings = replace(Settings(), data_dir=tmp_path)
    desk = fake_assistant(settings, Clock(NOON), reference=lambda: next(drawn))

    first = desk.call_back("r1", FORM, "visitor")
    second = desk.call_back("r2", {**FORM, "name": "Jo"}, "other")

    assert (first.id, second.id) == ("K7M-42P", "AAA-AAA")
    desk.close()


def test_a_request_sent_twice_by_one_visitor_is_kept_and_told_once(store: Store) -> None:
    again = store.inbox.add(Handoff("AAA-AAA", CALLBACK, "visitor", NOON), "request-1", ("log:",))

    assert again.id == "K7M-42P"
    assert len(store.outbox.due(NOON)) == 1


def test_the_id_of_a_request_tells_another_visitor_nothing(store: Store) -> None:
    other = store.inbox.add(Handoff("AAA-AAA", CALLBACK, "other", NOON), "request-1")

    assert other.id == "AAA-AAA"


def test_an_id_used_again_for_another_number_is_refused(store: Store) -> None:
    other = Callback("Ann", "+16045550188", "", True)
    with pytest.raises(RequestConflict, match="new id"):
        store.inbox.add(Handoff("AAA-AAA", other, "visitor", NOON), "request-1")


def test_a_request_sent_again_after_erasing_is_still_the_same(store: Store) -> None:
    store.erase("visitor")

    assert store.inbox.add(Handoff("AAA-AAA", CALLBACK, "visitor", NOON), "request-1").id == "K7M-42P"
    assert store.inbox.get("K7M-42P").conversation is None


def test_over_the_api_a_request_is_kept_once_for_whom_it_comes_from(tmp_path: Path) -> None:
    app = site(tmp_path)
    client = app.test_client()
    ids = [str(uuid.uuid4()) for _ in range(3)]
    first = client.post("/api/v1/messages", json={"id": ids[0], "text": "What is heel pain?"})
    mine = {"Authorization": f"Bearer {first.headers['X-Visitor-Token']}"}

    def ask(id: str, headers: dict[str, str] | None = None, **more: object) -> TestResponse:
        return client.post("/api/v1/handoffs", json={"id": id, **FORM, **more}, headers=headers)

    made, again, others = ask(ids[1], mine), ask(ids[1], mine), ask(ids[1])
    assert (made.status_code, again.status_code, others.status_code) == (201, 201, 201)
    assert made.json == again.json != others.json
    app.extensions["assistant"]().close()


def test_over_the_api_an_id_used_again_for_another_number_is_a_conflict(tmp_path: Path) -> None:
    app = site(tmp_path)
    client, id = app.test_client(), str(uuid.uuid4())
    codes = [
        client.post("/api/v1/handoffs", json={"id": id, **FORM, "phone": phone}).status_code
        for phone in ("604 555 0199", "604 555 0188")
    ]

    assert codes == [201, 409]
    app.extensions["assistant"]().close()
