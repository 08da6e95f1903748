"""A message that leans on the one before is made whole; one that stands alone is left alone."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.followup import LONGEST_LEANING, standalone
from assistant.model import Turn
from assistant.topics import topics

HEEL = Turn("what is plantar fasciitis", "A painful irritation of the sole near the heel.")
ELBOW = Turn("tennis elbow treatment?", "Progressive loading of the forearm.")
CUPPING = Turn("does cupping help neck pain?", "The evidence is limited.")
TRIGGER = Turn("does trigger point therapy work", "It may ease pain for a while.")
MOTHER = Turn("Can my mom have a massage?", "Usually, with lighter pressure.")
TWO = Turn("massage or foam rolling for soreness", "Both ease soreness a little.")
THANKS = Turn("thanks", "You are welcome. Ask me about massage.", kind="courtesy")


@pytest.mark.parametrize(
    ("text", "before", "whole"),
    [
        ("and how often?", TRIGGER, "How often should trigger point therapy be done?"),
        ("and how long does it take?", HEEL, "How long does plantar heel pain take to get better?"),
        ("how long until it heals", HEEL, "How long does plantar heel pain take to get better?"),
        ("and for how long?", TRIGGER, "How long and how many times should trigger point therapy be done?"),
        ("does it hurt", CUPPING, "Does cupping hurt?"),
        (
            "any side effects?",
            CUPPING,
            "Is cupping safe for neck pain, and what are its side effects and risks?",
        ),
        ("what's the evidence?", CUPPING, "Does cupping help for neck pain, and what is the evidence?"),
        ("what helps?", HEEL, "What helps plantar heel pain?"),
        ("Exercises?", ELBOW, "Which exercises and stretches help tennis elbow?"),
        ("when should i worry", HEEL, "When does plantar heel pain need a doctor?"),
        ("can i do it at home", CUPPING, "Can cupping be done at home for neck pain?"),
        ("tell me more", TRIGGER, "What is trigger point therapy?"),
    ],
)
def test_a_well_known_short_question_is_written_out(text: str, before: Turn, whole: str) -> None:
    assert standalone(text, [before]) == whole


@pytest.mark.parametrize(
    ("text", "before", "whole"),
    [
        ("is it safe for her if she's 82", MOTHER, "is massage safe for her if she's 82"),
        ("is it ok if im pregnant", CUPPING, "is cupping ok if im pregnant"),
        ("does it help with migraines", CUPPING, "does cupping help with migraines"),
        ("thanks, and does MSP cover it?", CUPPING, "does MSP cover cupping?"),
        ("what if it gets worse", HEEL, "what if plantar heel pain gets worse"),
        ("should i ice it", HEEL, "should i ice plantar heel pain"),
        ("is massage good for it?", HEEL, "is massage good for plantar heel pain?"),
    ],
)
def test_a_pronoun_gives_way_to_what_was_spoken_of(text: str, before: Turn, whole: str) -> None:
    assert standalone(text, [before]) == whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("what about dry needling", "does dry needling help neck pain?"),
        ("and for my knees?", "does cupping help knees?"),
        ("no I meant the shoulder", "does cupping help shoulder?"),
        ("not the neck, the knee", "does cupping help knee?"),
        ("i said shoulder not neck", "does cupping help shoulder?"),
        ("what about ice instead", "does ice help neck pain?"),
        ("what about for kids", "does cupping help neck pain, for kids?"),
    ],
)
def test_another_thing_takes_the_place_of_the_one_before(text: str, whole: str) -> None:
    assert standalone(text, [CUPPING]) == whole


@pytest.mark.parametrize("text", ["which of those two is better", "and the other one", "both?", "which one"])
def test_a_choice_is_asked_together_with_what_there_is_to_choose(text: str) -> None:
    assert standalone(text, [TWO]).endswith("(massage or foam rolling for soreness)")


@pytest.mark.parametrize(
    "text",
    [
        "where did you get that from",
        "source?",
        "u sure?",
        "really?",
        "says who",
        "is that true",
        "Any references?",
    ],
)
def test_doubt_and_a_call_for_sources_ask_the_same_again(text: str) -> None:
    assert standalone(text, [CUPPING]) == "does cupping help neck pain?"


def test_why_is_asked_together_with_the_question_before() -> None:
    assert standalone("why?", [CUPPING]) == "why? (does cupping help neck pain)"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("actually different question, does cupping work", "does cupping work"),
        ("new topic: what do i wear", "what do i wear"),
        ("forget that. how do i sleep with neck pain", "how do i sleep with neck pain"),
        ("never mind", "never mind"),
        ("i have another question", "i have another question"),
    ],
)
def test_a_new_topic_leaves_the_old_one_behind(text: str, new: str) -> None:
    assert standalone(text, [ELBOW]) == new


@pytest.mark.parametrize(
    "text",
    [
        "what should i wear to my first visit",
        "is it normal to be sore after massage",
        "is it ok to eat before my appointment",
        "how often should i foam roll",
        "which is better, cupping or needling?",
        "my heel hurts, is it bad?",
        "my mom is 80, is massage ok",
        "is it plantar fasciitis?",
        "can children have cupping",
        "what does the clinic keep about me",
        "do you need a doctor's note",
        "i have tennis elbow. does it need rest",
        "why do muscles cramp at night",
        "is the chat private",
    ],
)
@pytest.mark.parametrize("before", [HEEL, CUPPING, MOTHER, TWO], ids=lambda turn: turn.text)
def test_no_topic_is_dragged_into_a_question_that_has_its_own(text: str, before: Turn) -> None:
    assert standalone(text, [before]) == text


def test_follow_ups_can_follow_each_other() -> None:
    assert (
        standalone("does it hurt", [TRIGGER, Turn("and how often?", "Weekly.")])
        == "Does trigger point therapy hurt?"
    )


def test_a_courtesy_in_between_does_not_break_the_thread() -> None:
    assert standalone("how often?", [CUPPING, THANKS]) == "How often should cupping be done for neck pain?"


def test_what_was_searched_for_counts_more_than_what_was_typed() -> None:
    turn = Turn("and that one?", "…", standalone="does graston help tennis elbow", kind="answer")

    assert standalone("does it hurt", [turn]) == "Does instrument-assisted soft tissue work hurt?"


def test_the_title_of_the_answer_names_what_the_visitor_could_not() -> None:
    turn = Turn(
        "hurts under my foot each morning",
        "…",
        kind="answer",
        titles=("Plantar heel pain (plantar fasciitis)",),
    )

    assert (
        standalone("how long does it take", [turn]) == "How long does plantar heel pain take to get better?"
    )


def test_without_turns_a_message_is_what_it_is() -> None:
    assert standalone("  and how\noften? ", []) == "and how often?"


def test_of_a_long_story_the_question_is_remembered() -> None:
    story = Turn(
        "I moved house in March. " * 12 + "Does cupping help neck pain? Sorry for the long message.", "…"
    )

    assert standalone("any risks?", [story]) == (
        "Is cupping safe for neck pain, and what are its side effects and risks?"
    )


def test_conversations_that_no_rule_was_made_for_are_mostly_followed() -> None:
    understood = []
    conversations = yaml.safe_load((Path(__file__).parent / "data" / "follow_ups.yaml").read_text("utf-8"))
    for one in conversations:
        turns: list[Turn] = []
        for text in one["before"]:
            turns.append(Turn(text, "…", standalone(text, turns), "answer"))
        asked = standalone(one["now"], turns).casefold()
        has, lacks = ([word.casefold() for word in one.get(name, ())] for name in ("has", "lacks"))
        understood.append(all(word in asked for word in has) and not any(word in asked for word in lacks))

    assert len(conversations) == 160
    assert sum(understood) >= 150


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("what about icbc", "what about icbc (does cupping help neck pain)"),
        ("that cant be right", "does cupping help neck pain?"),
        ("the drawbacks?", "Is cupping safe for neck pain, and what are its side effects and risks?"),
    ],
)
def test_a_bit_of_a_question_is_asked_with_the_one_before(text: str, whole: str) -> None:
    assert standalone(text, [CUPPING]) == whole


def test_what_was_told_of_somebody_goes_along_with_what_is_asked_about_them() -> None:
    turn = Turn("my mom has osteoporosis", "…")

    assert standalone("can she have massage", [turn]) == "can she have massage (osteoporosis)"


@pytest.mark.parametrize(
    ("text", "before", "whole"),
    [
        ("more than acupuncture?", "does dry needling hurt", "does dry needling hurt more than acupuncture?"),
        ("on the neck?", "are massage guns safe", "are massage guns safe, on the neck?"),
        ("ok but he's on warfarin", "would heat help my dad", "would heat help my dad, he's on warfarin?"),
        ("he's 14, does that matter", "can kids be massaged", "can kids be massaged, he's 14?"),
        ("no, the left one", "what helps a stiff right hip", "what helps a stiff left hip"),
        ("sorry, my elbow i mean", "what helps wrist pain from typing", "what helps elbow pain from typing"),
        ("not hips, hamstrings", "how do i stretch my hips", "how do i stretch my hamstrings"),
        ("with diabetes?", "does massage help neck pain", "does massage help neck pain, with diabetes?"),
        ("when can i play again", "how is an ankle sprain treated", "when can i play again (ankle sprain)"),
        ("do those shoes help it", "what is plantar fasciitis", "do those shoes help plantar heel pain"),
        (
            "how long do they stay",
            "do bruises after cupping hurt",
            "How long does bruising after cupping take to get better?",
        ),
        ("the second one, does it hurt", "cupping or needling for my neck", "Does dry needling hurt?"),
        (
            "good to know. how many sessions do people need",
            "what is cupping",
            "How many sessions of cupping are needed?",
        ),
        ("my physio said the opposite", "does ice help a sprain", "does ice help a sprain"),
        ("how tight", "should a sprained ankle be wrapped", "how tight (should a sprained ankle be wrapped)"),
        ("completely different: do i need a referral", "does cupping hurt", "do i need a referral"),
    ],
)
def test_what_people_write_in_the_middle_of_a_conversation_is_made_whole(
    text: str, before: str, whole: str
) -> None:
    assert standalone(text, [Turn(before, "…")]) == whole


@given(st.text(max_size=300), st.sampled_from([HEEL, CUPPING, TWO, MOTHER]))
def test_a_question_made_whole_is_no_longer_than_both_together(text: str, before: Turn) -> None:
    assert len(standalone(text, [before])) <= len(text) + LONGEST_LEANING + 120


@settings(deadline=None)  # five questions at a time, on a machine that may be busy
@given(st.lists(st.sampled_from([HEEL, ELBOW, CUPPING, TRIGGER, MOTHER, TWO, THANKS]), max_size=4))
def test_asking_again_what_was_made_whole_changes_nothing(turns: list[Turn]) -> None:
    for text in ("how often?", "does it hurt", "is it safe for kids", "what about stretching", "why"):
        whole = standalone(text, [HEEL, *turns])

        assert standalone(whole, [Turn(whole, "…", standalone=whole)]) == whole


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("does a massage gun help sore calves", ("massage gun", "calf")),
        ("KNOTS in my shoulders", ("muscle knots", "shoulder")),
        ("plantar fasciitis", ("plantar heel pain",)),
        ("im on warfarin", ("blood thinners",)),
        ("my lower back pain", ("low back pain",)),
        ("tennis elbow", ("tennis elbow",)),
        ("what to expect at a first visit, please call back", ()),
        ("", ()),
    ],
)
def test_topics_are_told_by_our_own_names(text: str, named: tuple[str, ...]) -> None:
    assert topics(text) == named
