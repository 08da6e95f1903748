from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from fake_assistant import Clock, RecitingChain, fake_assistant

from assistant.desk import Assistant
from assistant.model import AssistantError
from assistant.settings import Settings

NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
FORM = {"name": "Ann", "phone": "604 555 0199", "best_time": "", "consent": True}


def desk_with(tmp_path: Path, clock: Clock) -> Assistant:
    return fake_assistant(replace(Settings(), data_dir=tmp_path), clock)


def test_what_identifies_a_visitor_is_never_kept(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, Clock(NOON))

    desk.reply("m1", "hello, call me at 604 555 0199", "visitor")

    assert "0199" not in str(desk.transcript("visitor"))
    desk.close()


def test_a_reply_can_be_fetched_again_without_the_token_for_five_minutes(tmp_path: Path) -> None:
    clock = Clock(NOON)
    desk = desk_with(tmp_path, clock)
    reply = desk.reply("m1", "hello", "visitor")

    assert desk.replay("m1", "hello") == ("visitor", reply)
    assert desk.replay("m1", "another text") is None
    clock.now = NOON + timedelta(minutes=6)
    assert desk.replay("m1", "hello") is None
    desk.close()


def test_a_callback_without_consent_is_refused_and_not_kept(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, Clock(NOON))

    with pytest.raises(AssistantError, match="tick"):
        desk.call_back("r1", {**FORM, "consent": False}, None)
    desk.close()


def test_after_sixty_questions_the_conversation_ends_kindly_but_an_emergency_is_still_heard(
    tmp_path: Path,
) -> None:
    desk = desk_with(tmp_path, Clock(NOON))
    chain = cast(RecitingChain, desk._chain)
    ended = []
    for n in range(61):
        desk.reply(f"m{n}", "What is heel pain?", "visitor")
        ended.append(chain.last)
    desk.reply("first", "What is heel pain?", "another visitor")

    assert ended == [False] * 60 + [True]
    assert not chain.last
    desk.close()
