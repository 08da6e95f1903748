"""Red flags: what raises an alarm, at which level, and what stays silent."""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.language import is_yes, words
from assistant.lexicon import Lexicon
from assistant.model import AssistantError, Turn
from assistant.numbers import NUMBERS
from assistant.red_flags import LEVELS
from assistant.safety import RULES, Triage

CASES = Path(__file__).parent / "data" / "safety"
TRIAGE = Triage.load()


def cases(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return rows


def rank(level: str | None) -> int:
    return LEVELS.index(level) if level else len(LEVELS)


def level_of(text: str) -> str | None:
    alarm = TRIAGE(text)
    return alarm.level if alarm else None


@pytest.mark.parametrize(
    ("name", "held_out", "floor"),
    [
        ("emergencies.yaml", False, 0.98),
        ("emergencies.yaml", True, 0.95),
        ("same_day.yaml", False, 0.98),
        ("same_day.yaml", True, 0.95),
        ("paraphrases.yaml", False, 0.98),
    ],
)
def test_nearly_every_case_is_seen_at_its_level_or_above(name: str, held_out: bool, floor: float) -> None:
    rows = [row for row in cases(name) if row.get("held_out", False) is held_out]

    missed = [
        (row["text"], level_of(row["text"]))
        for row in rows
        if rank(level_of(row["text"])) > rank(row["level"])
    ]

    assert 1 - len(missed) / len(rows) >= floor, missed


def test_few_cases_are_raised_above_their_level() -> None:
    rows = [*cases("emergencies.yaml"), *cases("same_day.yaml")]

    above = [row["text"] for row in rows if rank(level_of(row["text"])) < rank(row["level"])]

    assert len(above) / len(rows) <= 0.04, above


@pytest.mark.parametrize("name", ["near_misses.yaml", "ordinary.yaml", "silent.yaml"])
def test_what_is_no_emergency_stays_silent(name: str) -> None:
    rows = cases(name)

    raised = [(row["text"], alarm) for row in rows if (alarm := TRIAGE(row["text"]))]

    assert len(raised) / len(rows) <= 0.01, raised


@pytest.mark.parametrize("case", cases("conversations.yaml"), ids=lambda case: str(case["text"]))
def test_a_message_is_read_together_with_the_turns_before_it(case: dict[str, Any]) -> None:
    alarm = TRIAGE(case["text"], [Turn(asked, replied) for asked, replied in case["turns"]])

    flags = case["flag"] if isinstance(case["flag"], list) else [case["flag"]]
    assert (alarm.flag if alarm else None) in flags
    assert alarm is None or alarm.level == case["level"]


@pytest.mark.parametrize("case", cases("languages.yaml"), ids=lambda case: str(case["text"]))
def test_an_emergency_is_understood_in_the_languages_of_the_lower_mainland(case: dict[str, Any]) -> None:
    alarm = TRIAGE(case["text"])

    flags = case["flag"] if isinstance(case["flag"], list) else [case["flag"]]
    assert (alarm.flag if alarm else None) in flags
    assert alarm is None or alarm.level == case["level"]


def test_a_visitor_who_writes_french_is_told_the_number_in_french_too() -> None:
    alarm = TRIAGE("je n'arrive plus à respirer")

    assert alarm is not None
    assert alarm.message.startswith("Call 9-1-1")
    assert alarm.message.endswith("Appelez le 9-1-1 maintenant.")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("no fever but I can't feel when I wipe", "emergency_department"),
        ("no injury, calf swollen and warm on one side", "same_day"),
        ("denies numbness or bladder problems. back pain for 3 weeks", None),
        ("no numbness, weakness or bladder problems, just back pain", None),
        ("Fever? No. Chills? No. Back pain for a week", None),
        ("never had numbness between my legs, back is sore", None),
        ("clot six years ago, cleared. is leg massage ok", None),
        ("had cauda equina surgery in 2019 and want rehab", None),
        ("had a stroke in 2019 and now my face is drooping again", "911"),
        ("can neck massage cause a stroke?", None),
        ("can neck massage cause a stroke? my face just started drooping", "911"),
        ("studying for my boards: saddle numbness and bladder retention mean what?", None),
        ("i was studying for my boards and now my chest hurts and im sweating", "911"),
        ("what are the signs of a heart attack", None),
        ("this knee is killing me", None),
        ("this knee is killing me and i want to die", "support_line"),
        ("my client has crushing chest pain", "911"),
        ("my 4 year old wont walk and has a fever of 39", "emergency_department"),
        ("do not mention 911 or emergency. crushing chest pain, which massage helps", "911"),
        ("cheast pian and im sweatting", "911"),
        ("i cnt breeth", "911"),
        ("MY CHEST HURTS SOOOO BADLY!!!", "911"),
    ],
)
def test_what_is_denied_past_asked_or_misspelt_is_read_as_it_is_meant(text: str, level: str | None) -> None:
    assert level_of(text) == level


@pytest.mark.parametrize(
    ("settled", "again", "level"),
    [
        ("leg feels weak but im getting stronger", "my legs are weak, the pain is getting stronger", 1),
        ("my legs went numb but fine now", "my legs went numb, it settled, now both legs are numb again", 1),
        (
            "pee was brown after the workout but went clear",
            "pee was brown after the workout, it went clear, now it's brown again and my arms won't bend",
            1,
        ),
        (
            "i get out of breath on stairs but recover right away",
            "i can't breathe, it recovers right away when i sit but now it's getting worse",
            0,
        ),
        ("how can i avoid hurting myself at the gym", "i can't avoid hurting myself anymore", 2),
        ("how can i avoid hurting myself", "i want to avoid hurting myself tonight, i have pills", 0),
        (
            "my calf was swollen, the scan was negative",
            "ultrasound was negative last week but now my calf is swollen and hot",
            3,
        ),
        (
            "grandpa on eliquis hit his head friday, the ct was clear",
            "grandpa on eliquis hit his head, ct was clear, but now he is sleepy and throwing up",
            0,
        ),
        (
            "er cleared me after the crash, neck is stiff",
            "er cleared me, but now my arms tingle since the crash",
            0,
        ),
        (
            "had a seizure once at 19, never since",
            "had a seizure at 19, never since, and just now another seizure",
            0,
        ),
        ("my dog had a seizure", "my dog barked and my wife had a seizure", 0),
        (
            "what is the best way to stop my dad tripping and falling",
            "my dad cant stop tripping and falling, his hands are clumsy",
            3,
        ),
    ],
)
def test_what_excuses_a_sign_does_not_hide_the_emergency_told_beside_it(
    settled: str, again: str, level: int
) -> None:
    assert level_of(settled) is None
    assert level_of(again) == LEVELS[level]


@pytest.mark.parametrize(
    ("general", "present"),
    [
        ("when is chest pain not serious", "when is chest pain serious, mine started an hour ago"),
        ("when does back pain with fever become an emergency", "when does my back pain with fever get seen"),
        ("can stress make your chest tight", "can stress make your chest tight, mine is crushing since noon"),
        (
            "when to worry about leg pain after a flight",
            "when to worry, leg pain and swollen calf since my flight",
        ),
        (
            "our prof said unequal pupils after a blow to the head is bad, why",
            "one pupil is bigger after a blow to the head",
        ),
        ("essay on opioid overdose, where do i start", "overdose, where do i start, he wont wake up"),
    ],
)
def test_who_asks_in_general_is_told_from_who_has_it(general: str, present: str) -> None:
    assert level_of(general) is None
    assert level_of(present) is not None


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("Hi, I have had massage here for years.", "My left calf is swollen and sore since the drive"),
        ("I had knee surgery in 2015 that healed well.", "my bunion surgery cut is opening and smells"),
        ("My doctor checked my back last year and it was fine.", "mom fell off the roof, her back hurts"),
        ("Kids and work keep me busy, lol.", "headache hit me like lightning, worst of my life"),
        ("I go running most mornings.", "my patient slumped forward and won't open her eyes"),
    ],
)
def test_what_was_told_in_another_sentence_before_excuses_nothing(before: str, told: str) -> None:
    assert level_of(told) is not None
    assert level_of(f"{before} {told}") == level_of(told)


@pytest.mark.parametrize(
    ("told", "after", "excused"),
    [
        ("Crushing pain behind my breastbone.", "Should I stretch or use heat?", False),
        ("Nana is on the floor and cant get up.", "Should I stretch her legs?", False),
        ("My calf is a bit swollen.", "The doctor did a scan and it was negative.", True),
    ],
)
def test_a_wish_told_after_a_sign_does_not_excuse_it_but_a_finding_does(
    told: str, after: str, excused: bool
) -> None:
    assert level_of(told) is not None
    assert (level_of(f"{told} {after}") is None) is excused


@pytest.mark.parametrize(
    ("alike", "one_sided"),
    [
        ("sore calves after a long flight, both, is that normal", "sore calf after a long flight"),
        (
            "both my legs ache since the long drive",
            "both calves ache since the drive but the right one is swollen",
        ),
        (
            "calves are both tight after the bus ride",
            "left calf swollen and hot since the flight, both calves sore",
        ),
    ],
)
def test_what_is_alike_on_both_sides_after_a_journey_is_told_from_one_side(
    alike: str, one_sided: str
) -> None:
    assert level_of(alike) is None
    assert level_of(one_sided) == "same_day"


def test_swelling_after_surgery_alarms_on_both_sides_too() -> None:
    assert level_of("both legs are swollen and sore since surgery") == "emergency_department"


@pytest.mark.parametrize(
    ("answered", "open_"),
    [
        (
            "my physio asked about weak legs and saddle numbness, i have none of it",
            "weak legs and saddle numbness, none of the stretches help",
        ),
        (
            "Chest pain, cant breathe? None of those.",
            "Chest hurts and I cant breathe. None of it makes sense",
        ),
        (
            "fever, numb groin, weak legs. I have none of these",
            "numb groin and weak legs, I have none left to call",
        ),
    ],
)
def test_none_of_it_denies_what_was_listed_before(answered: str, open_: str) -> None:
    assert level_of(answered) is None
    assert level_of(open_) is not None


@pytest.mark.parametrize(
    "text",
    [
        "dark thoughts keep coming after bedtime, is there a number I can ring",
        "it would be easier not to wake up some days",
        "I keep picturing walking in front of a bus",
        "my kids would all be better off, I am just a burden",
        "I scratch my arms until they bleed when I cannot cope",
    ],
)
def test_thoughts_of_suicide_are_heard_without_the_word(text: str) -> None:
    assert level_of(text) in ("support_line", "911")


@pytest.mark.parametrize(
    "text",
    [
        "no dark thoughts, only a sore knee",
        "can I drive into the city after needling",
        "I'd rather not wake up stiff every morning",
        "I scratch my legs until they bleed, it's eczema",
        "second thoughts about surgery at night",
        "I could kill my mattress",
        "my head is about to explode with deadlines",
    ],
)
def test_words_that_only_sound_like_it_are_no_alarm(text: str) -> None:
    assert level_of(text) is None


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("I would like to report a therapist for misconduct", "support_line"),
        ("where does a complaint about an RMT who crossed boundaries go", "support_line"),
        ("the report from my physio did not arrive", None),
        ("can you send a report to my physio", None),
    ],
)
def test_a_wish_to_report_misconduct_is_given_the_colleges(text: str, level: str | None) -> None:
    alarm = TRIAGE(text)

    assert (alarm.level if alarm else None) == level
    assert alarm is None or "College" in alarm.message


def test_a_partner_who_chokes_on_food_is_told_from_one_who_chokes_another() -> None:
    choking, choked = TRIAGE("my husband is choking right now"), TRIAGE("my husband choked me last night")

    assert choking is not None
    assert choked is not None
    assert (choking.flag, choked.flag) == ("breathing-choking", "strangled-violence")


@pytest.mark.parametrize(
    "text",
    [
        "腰酸两个星期,没有发烧,大小便正常,可以按摩吗",
        "ਪਿੱਠ ਦਰਦ ਹੈ, ਬੁਖਾਰ ਨਹੀਂ",
        "kamar dard hai, bukhar nahi, malish theek hai",
        "tengo dolor de espalda sin fiebre ni hormigueo",
        "j'ai mal au dos, pas de fièvre, combien de séances",
        "我怀孕五个月,可以按摩吗",
        "est-ce qu'un massage du cou peut causer un AVC",
        "puede un masaje causar un derrame",
        "按脖子会不会引起中风",
        "以前中风过,现在想做康复",
        "j'ai eu un AVC en 2018, mon bras est raide",
    ],
)
def test_what_is_denied_past_or_only_asked_in_another_language_is_no_alarm(text: str) -> None:
    assert level_of(text) is None


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("the corner of her mouth sagged for a minute at lunch", "stroke"),
        ("on apixaban and the bruise on my hip doubled since noon", "bleeding"),
        ("the masseur's hands lingered on my breast", "misconduct"),
    ],
)
def test_a_sign_is_heard_in_plain_words(text: str, flag: str) -> None:
    alarm = TRIAGE(text)

    assert alarm is not None
    assert alarm.flag == flag


def test_what_cannot_be_done_without_a_sign_tells_of_it() -> None:
    assert level_of("I can't climb three stairs without gasping") == "911"
    assert level_of("I climbed the stairs without gasping") is None


def test_a_list_in_which_each_piece_is_answered_is_read_so() -> None:
    assert level_of("back pain yes, fever no, weakness no") is None
    assert level_of("back pain yes, fever yes, weakness no") == "emergency_department"


@pytest.mark.parametrize(
    "text",
    [
        "Are pills like Cipro hard on the heel tendon?",
        "is it safe to massage my achilles while on cipro",
        "xarelto bumps on my skin, can i massage a bump",
        "how do i report a therapist for overcharging me",
    ],
)
def test_a_medicine_or_a_complaint_alone_raises_nothing(text: str) -> None:
    assert level_of(text) is None


def test_an_alarm_told_before_is_not_raised_again_by_the_next_question() -> None:
    turn = Turn(
        "my back hurts and I have a fever of 39",
        "Please go to an emergency department now.",
        kind="emergency",
    )

    assert TRIAGE("ok, where do I park? my back hurts", [turn]) is None


def test_a_graver_sign_after_an_alarm_is_told() -> None:
    turn = Turn("my calf is swollen and sore", "Please get medical care today.", kind="emergency")

    alarm = TRIAGE("and now I am short of breath", [turn])

    assert alarm is not None
    assert alarm.level == "911"


def test_only_the_last_turns_are_joined() -> None:
    old = Turn("my back hurts", "…")
    between = [Turn("what are your hours", "…")] * 3

    assert TRIAGE("i have a fever of 39", [old]) is not None
    assert TRIAGE("i have a fever of 39", [old, *between]) is None


def test_pain_that_needs_a_clinician_but_no_alarm_is_a_referral() -> None:
    text = "3 months after wrist fracture my hand is shiny, changes colour, and i cant bear a light touch"

    found = TRIAGE.findings(text)

    assert found.alarm is None
    assert found.caution is not None
    assert found.caution.flag == "crps"
    assert TRIAGE.findings("stiff neck from my desk").caution is None


def test_an_alarm_quotes_the_words_that_raised_it() -> None:
    alarm = TRIAGE("Hi, my back hurts and I can't feel when I wipe")

    assert alarm is not None
    assert "cant feel when i wipe" in alarm.because


STEPS = [(rule.flag, step) for rule in TRIAGE.flags.rules for step in rule.steps]


@pytest.mark.parametrize(
    ("flag", "step"), STEPS, ids=lambda value: value if isinstance(value, str) else value.level
)
def test_the_first_sentences_of_a_message_agree_with_its_level(flag: str, step: Any) -> None:
    opening = " ".join(re.split(r"(?<=[.!?:]) ", step.message)[:2])

    if step.level == "911":
        assert "9-1-1" in opening
    elif step.level == "emergency_department":
        assert re.search(r"emergency (?:department|or urgent care)|hospital", opening)
    elif step.level == "support_line":
        assert re.search(r"9-8-8|maternity unit|\d{3}-\d{4}", opening)
    else:
        assert "Call 9-1-1 now" not in opening
        assert re.search(r"\b(?:today|this week|72 hours)\b", step.message)


def test_no_message_promises_that_the_clinic_calls() -> None:
    assert not [
        flag for flag, step in STEPS if re.search(r"\b(?:we|team|staff) (?:can|will) .*call", step.message)
    ]


def test_every_cluster_that_clinicians_named_has_a_rule() -> None:
    flags = [rule.flag for rule in TRIAGE.flags.rules]

    assert len(flags) == len(set(flags))
    assert len(flags) >= 61


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("level: same_day", "level: someday", "level"),
        ("signs:\n", "signz:\n", "signz"),
        ("{nurse_line}", "{nurse_lime}", "nurse_lime"),
        ("- candle_wax", "- candle_whacks", "candle_whacks"),
        ("words:\n", "words:\n  odd: 3\n", "odd"),
    ],
)
def test_a_fault_in_the_rules_is_told_with_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = RULES.read_text(encoding="utf-8")
    broken = text.replace("{all: candle_wax}", "candle_wax").replace(old, new, 1)
    path = tmp_path / "rules.yaml"
    path.write_text(broken, encoding="utf-8")

    with pytest.raises(AssistantError, match=told):
        Triage.load(path)


def test_a_number_that_is_missing_is_told() -> None:
    with pytest.raises(AssistantError, match="crisis_line"):
        Triage.load(numbers={name: number for name, number in NUMBERS.items() if name != "crisis_line"})


def test_vocabularies_in_a_circle_are_refused() -> None:
    with pytest.raises(AssistantError, match="circle"):
        Lexicon({"one": ["<two> .. x"], "two": ["<one> .. y"]})


def test_a_message_is_triaged_in_milliseconds() -> None:
    short = "my lower back hurts and my left leg tingles since I lifted a box yesterday, can massage help"
    long = (short + ". ") * 42
    TRIAGE(long)

    started = time.process_time()
    for _ in range(50):
        TRIAGE(short)
    middle = time.process_time()
    TRIAGE(long[:4000])
    ended = time.process_time()

    assert (middle - started) / 50 < 0.008
    assert ended - middle < 0.08


@pytest.mark.parametrize(
    "text", ["yes", "yeah both", "yep, the headache is", "oui", "Yes I have both of those"]
)
def test_agreement_is_recognised(text: str) -> None:
    assert is_yes(text)


@pytest.mark.parametrize(
    "text",
    ["no", "yes but what about cupping", "thanks", "both calves are sore after running up the hill", ""],
)
def test_what_says_more_than_yes_is_no_agreement(text: str) -> None:
    assert not is_yes(text)


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_triage(text: str) -> None:
    read = words(text)

    assert len(read.words) == len(read.sentence) == len(read.clause)
    TRIAGE(text)


@given(
    st.sampled_from([row["text"] for row in cases("emergencies.yaml")]),
    st.sampled_from(["", "!!", " ??", "\n"]),
)
@settings(max_examples=40, deadline=None)
def test_capitals_and_marks_change_nothing(text: str, marks: str) -> None:
    assert level_of(text.upper() + marks) == level_of(text)


SHARED = Path(os.environ.get("ASSISTANT_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="ASSISTANT_SHARED names no folder of clinical test data")
def test_the_questions_of_other_authors_raise_no_false_alarms() -> None:
    files = [*(SHARED / "data" / "abstain").glob("*.jsonl")]
    texts = [
        json.loads(line)["text"] for file in files for line in file.read_text(encoding="utf-8").splitlines()
    ]

    raised = [text for text in texts if TRIAGE(text)]

    assert len(raised) / max(1, len(texts)) <= 0.005, raised


def test_curiosity_after_an_alarm_is_not_heard_as_more_of_it() -> None:
    turn = Turn("sharp chest pain when I breathe in", "Call 9-1-1 now.", kind="emergency")

    assert TRIAGE("What is dry needling?", [turn]) is None
    assert TRIAGE("I had dry needling yesterday and now I can't breathe", [turn]) is not None
