from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from assistant.model import AssistantError, Callback, Handoff
from assistant.store import Busy, Gone, MessageConflict, Store

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'deep' / 'assistant.db'}")
    yield opened
    opened.close()


def reply(text: str = "Hello.") -> dict[str, Any]:
    return {"kind": "courtesy", "reason": None, "text": text, "standalone": "hi", "evidence": []}


def callback(id: str = "K7M-42P", created: datetime = NOON) -> Handoff:
    return Handoff(id, Callback("Ann", "+16045550100", "mornings", True), "visitor", created)


def test_a_message_that_was_answered_is_replayed(store: Store) -> None:
    assert store.claim("visitor", "m1", "hi", "", NOON).reply is None
    store.settle("visitor", "m1", reply())

    assert store.claim("visitor", "m1", "hi", "", NOON).reply == reply()


def test_an_id_cannot_be_used_for_another_text(store: Store) -> None:
    store.claim("visitor", "m1", "hi", "", NOON)

    with pytest.raises(MessageConflict, match="new id"):
        store.claim("visitor", "m1", "something else", "", NOON)


def test_the_same_id_of_another_visitor_is_another_message(store: Store) -> None:
    store.claim("visitor", "m1", "hi", "", NOON)

    assert store.claim("other", "m1", "something else", "", NOON).reply is None


def test_a_message_is_answered_by_one_request_only_until_that_one_is_gone(store: Store) -> None:
    store.claim("visitor", "m1", "hi", "", NOON)

    with pytest.raises(Busy):
        store.claim("visitor", "m1", "hi", "", NOON + timedelta(seconds=5))
    assert store.claim("visitor", "m1", "hi", "", NOON + timedelta(minutes=1)).reply is None


def test_a_claim_that_led_nowhere_is_given_back_and_a_settled_one_is_kept(store: Store) -> None:
    store.claim("visitor", "m1", "hi", "", NOON)
    store.release("visitor", "m1")
    store.claim("visitor", "m1", "hi", "", NOON)
    store.settle("visitor", "m1", reply())
    store.release("visitor", "m1")

    assert store.claim("visitor", "m1", "hi", "", NOON).reply == reply()


def test_of_many_requests_at_once_one_answers(store: Store) -> None:
    won: list[str] = []

    def try_it() -> None:
        try:
            store.claim("visitor", "m1", "hi", "", NOON)
            won.append("claimed")
        except Busy:
            won.append("busy")

    threads = [Thread(target=try_it) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(won) == ["busy"] * 11 + ["claimed"]


def test_turns_are_those_of_the_visitor_oldest_first(store: Store) -> None:
    for conversation, id in (("visitor", "m1"), ("other", "m2"), ("visitor", "m3")):
        store.claim(conversation, id, f"text {id}", "", NOON)
        store.settle(conversation, id, reply(f"reply {id}"))
    store.claim("visitor", "m4", "still being answered", "", NOON)

    assert [(turn.text, turn.replied) for turn in store.turns("visitor")] == [
        ("text m1", "reply m1"),
        ("text m3", "reply m3"),
    ]


def test_a_reply_without_token_is_found_only_while_it_is_fresh_and_for_the_same_text(store: Store) -> None:
    store.claim("visitor", "m1", "hi", "", NOON)
    store.settle("visitor", "m1", reply())

    assert store.recent("m1", "hi", NOON - timedelta(minutes=5)) == ("visitor", reply())
    assert store.recent("m1", "other", NOON - timedelta(minutes=5)) is None
    assert store.recent("m1", "hi", NOON + timedelta(seconds=1)) is None


def test_the_same_callback_request_twice_is_one_handoff(store: Store) -> None:
    first = store.inbox.add(callback("K7M-42P"), "request-1")
    again = store.inbox.add(callback("Z9X-11A"), "request-1")

    assert again == first
    assert store.inbox.handoffs(("new",)) == (first,)


def test_a_handoff_is_there_for_another_process(store: Store, tmp_path: Path) -> None:
    kept = store.inbox.add(callback(), "request-1")

    other = Store(f"sqlite:///{tmp_path / 'deep' / 'assistant.db'}")
    found = other.inbox.handoffs()
    other.close()

    assert found == (kept,)


def test_erasing_forgets_the_visitor_but_not_the_wish_to_be_called(store: Store) -> None:
    store.claim("visitor", "m1", "hi", "", NOON)
    store.settle("visitor", "m1", reply())
    store.feedback("visitor", "m1", True, "", NOON)
    store.inbox.add(callback(), "request-1")

    store.erase("visitor")

    assert store.transcript("visitor") == []
    assert [(item.id, item.conversation) for item in store.inbox.handoffs()] == [("K7M-42P", None)]


def test_feedback_on_a_message_of_somebody_else_is_refused(store: Store) -> None:
    store.claim("other", "m1", "hi", "", NOON)

    with pytest.raises(AssistantError, match="not in this conversation"):
        store.feedback("visitor", "m1", True, "", NOON)


def test_the_purge_deletes_what_is_old_and_nothing_else(store: Store) -> None:
    for id, asked in (("old", NOON - timedelta(days=31)), ("new", NOON)):
        store.claim("visitor", id, "hi", "", asked)
        store.settle("visitor", id, reply())
        store.inbox.add(callback(id, asked), id)

    gone = store.purge(NOON - timedelta(days=30), NOON - timedelta(days=30))

    assert gone == Gone(1, 1)
    assert [item["id"] for item in store.transcript("visitor")] == ["new"]
    assert [item.id for item in store.inbox.handoffs()] == ["new"]


def test_a_database_of_a_newer_program_is_refused(store: Store, tmp_path: Path) -> None:
    from sqlalchemy import update

    from assistant.tables import about

    with store.database.writing() as connection:
        connection.execute(update(about).values(schema_version=99))

    with pytest.raises(AssistantError, match="newer"):
        Store(f"sqlite:///{tmp_path / 'deep' / 'assistant.db'}")
