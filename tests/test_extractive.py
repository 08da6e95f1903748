from dataclasses import replace

from worlds import HEEL, evidence, passage

from assistant.citing import verified
from assistant.extractive import answer

RULES = (
    "Massage should wait in these cases:\n\n- You have a fever.\n- You may have a blood clot.\n\n"
    "A doctor can tell you when massage is safe again."
)


def said(question: str, *pieces: object, limit: int = 6) -> list[str]:
    return [statement.text for statement in answer(question, list(pieces), limit)]  # type: ignore[arg-type]


def test_the_best_passage_opens_with_its_own_first_sentence() -> None:
    assert said("why does my heel hurt", evidence())[0] == "Plantar heel pain is pain under the heel."


def test_every_statement_is_a_quotation_of_the_evidence_it_names() -> None:
    pieces = [evidence(1), evidence(2, passage(RULES, "rules", "When should massage wait?"))]

    drafted = list(answer("when should massage wait", pieces))

    assert drafted
    assert verified(drafted, pieces) == tuple(drafted)


def test_a_sentence_that_leans_on_another_never_comes_without_it() -> None:
    text = "Rest days help tendons. It eases heel pain in the morning. Heels like soft shoes."

    told = said("heel pain in the morning", evidence(of=passage(text)), limit=3)

    if "It eases heel pain in the morning." in told:
        assert told[told.index("It eases heel pain in the morning.") - 1] == "Rest days help tendons."


def test_a_list_is_told_with_its_lead_in() -> None:
    told = said("when should massage wait", evidence(of=passage(RULES)))

    assert told[0] == "Massage should wait in these cases: You have a fever; You may have a blood clot."


def test_nothing_is_said_twice() -> None:
    told = said("heel pain", evidence(1), evidence(2, passage(HEEL, "copy")))

    assert len(told) == len(set(told)) == 4


def test_there_are_never_more_statements_than_asked_for() -> None:
    pieces = [
        evidence(n, passage(f"Heel fact {n} {n}0 {n}1. More on heel {n}2.", f"a{n}")) for n in range(1, 5)
    ]

    assert len(said("heel", *pieces, limit=3)) == 3


def test_an_article_that_nobody_reviewed_is_named_as_the_speaker() -> None:
    told = said("heel pain", evidence(certainty="not reviewed"))

    assert told[0] == "The clinic’s article says: “Plantar heel pain is pain under the heel.”"


def test_a_how_long_question_gets_the_sentence_with_the_time() -> None:
    text = "Heel pain is common. Shoes can rub a heel. Heels carry weight. Most people feel better within some months."

    near = replace(evidence(of=passage(text)), sentences=(0.5, 0.3, 0.3, 0.6))

    told = said("how long does heel pain last", near, limit=3)

    assert "Most people feel better within some months." in told


def test_yes_and_no_are_left_out_and_the_quotations_begin_after_them() -> None:
    first = passage("Yes, massage may ease heel pain.", "a")
    second = passage("No, massage does not cure spurs.", "b")

    drafted = list(
        answer("does massage help heel pain and spurs", [evidence(1, first), evidence(2, second)], 6)
    )

    assert [item.text for item in drafted] == [
        "Massage may ease heel pain.",
        "Massage does not cure spurs.",
    ]
    assert drafted[1].citations[0].quote == "massage does not cure spurs."


def test_no_reply_opens_with_a_yes_or_no_that_was_said_to_another_question() -> None:
    cold = passage("No, massage should wait while you have a cold.", "cold", "Can I come with a cold?")

    assert said("should i cancel with a cold", evidence(of=cold)) == [
        "Massage should wait while you have a cold."
    ]


def test_what_another_section_tells_in_fewer_words_is_not_told_again() -> None:
    full = passage("WorkSafeBC pays for massage only with an accepted claim and a doctor's referral.", "a")
    short = passage("WorkSafeBC asks for a doctor's referral for massage.", "b")

    assert len(said("does worksafebc pay for massage", evidence(1, full), evidence(2, short))) == 1


def test_another_source_adds_only_what_is_near_the_question() -> None:
    best = replace(evidence(1), sentences=(0.8, 0.5, 0.4, 0.3))
    other = passage(
        "Laces come in many colours. Heel pain also eases with a soft shoe.", "shoes", "Which shoes help?"
    )
    beside = replace(evidence(2, other), sentences=(0.2, 0.75))

    told = said("heel pain", best, beside)

    assert "Heel pain also eases with a soft shoe." in told
    assert "Laces come in many colours." not in told


def test_another_source_about_another_condition_is_left_out() -> None:
    best = replace(evidence(1), sentences=(0.8, 0.5, 0.4, 0.3))
    jaws = passage("Pain with the first bite is common.", "jaw", "What is a frozen shoulder?")
    beside = replace(evidence(2, jaws), sentences=(0.79,))

    assert "Pain with the first bite is common." not in said("why does my heel hurt", best, beside)
    assert "Pain with the first bite is common." in said("heel pain or frozen shoulder", best, beside)


def test_of_one_passage_the_sentences_nearest_to_the_question_are_told() -> None:
    text = "Rest helps. Tea is warm. Boots are heavy. Sleep is long. Cold eases pain. Cake is sweet."
    near = replace(evidence(of=passage(text)), sentences=(0.5, 0.1, 0.1, 0.1, 0.55, 0.1))

    told = said("zzz", near, limit=2)

    assert told == ["Rest helps.", "Cold eases pain."]


def test_the_sentence_that_is_asked_for_like_that_opens_the_reply() -> None:
    text = "Many should be careful with cups. People with thin skin should not have cups. Children may be too young."
    item = replace(evidence(of=passage(text)), sentences=(0.5, 0.5, 0.5), ways=(0.3, 0.9, 0.2))

    assert said("cups on papery arms", item)[0] == "People with thin skin should not have cups."


def test_sentences_about_others_give_way_to_those_about_the_person_in_question() -> None:
    text = "Ask first. In pregnancy, keep it light. With diabetes, keep off the feet. Tell us all."
    item = replace(evidence(of=passage(text, "care", "Who should be careful?")), sentences=(0.5,) * 4)

    pregnant, diabetic = (said(f"massage and {what}", item, limit=2) for what in ("pregnancy", "diabetes"))

    assert "In pregnancy, keep it light." in pregnant
    assert "With diabetes, keep off the feet." not in pregnant
    assert "With diabetes, keep off the feet." in diabetic


def test_each_part_of_a_question_has_its_share_of_the_answer() -> None:
    long = passage("Heels mend slowly. Heels take weeks. Heels take months. Heels take years.", "long")
    home = passage("Shoes ease heels. Rolling eases heels. Cold eases heels. Tape eases heels.", "home")
    pieces = [replace(evidence(1, long), asked="how long"), replace(evidence(2, home), asked="at home")]

    told = said("how long, and what at home", *pieces)

    assert told[0] == "Heels mend slowly."
    assert "Shoes ease heels." in told
    assert sum(sentence.startswith("Heels") for sentence in told) == 3


def test_a_section_that_is_unlikely_to_answer_adds_nothing() -> None:
    other = passage("Heel pain eases with a soft shoe.", "shoes", "Which shoes ease heel pain?")
    near = replace(evidence(2, other), sentences=(0.8,))
    told = [said("heel pain", replace(evidence(1), chance=0.9), replace(near, chance=c)) for c in (0.05, 0.8)]

    assert ["Heel pain eases with a soft shoe." in one for one in told] == [False, True]


def test_when_to_call_for_help_does_not_speak_first_where_another_section_is_likely() -> None:
    urgent = passage("Heel pain with fever needs a doctor.", "heel", "When should I see a doctor?")
    pieces = [replace(evidence(1, urgent), chance=0.9), replace(evidence(2), chance=0.5)]

    assert (
        said("what can i do for my heel at home", *pieces)[0] == "Plantar heel pain is pain under the heel."
    )
    assert said("when should i see a doctor", *pieces)[0] == "Heel pain with fever needs a doctor."


def test_when_to_call_for_help_is_not_added_to_another_question() -> None:
    urgent = passage("Heel pain with fever needs a doctor.", "heel", "When should I see a doctor?")

    told = said("heel pain", evidence(1), replace(evidence(2, urgent), sentences=(0.8,)))

    assert "Heel pain with fever needs a doctor." not in told


def test_the_sentence_that_answers_much_better_than_the_opening_comes_first() -> None:
    text = (
        "Many words used in visits have a plain meaning. Draping means covering the body. Consent is a yes."
    )
    item = replace(evidence(of=passage(text, "words", "What do words mean?")), sentences=(0.1, 0.7, 0.1))

    assert said("meaning of draping", item)[0] == "Draping means covering the body."
