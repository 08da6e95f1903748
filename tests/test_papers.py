"""A paper in an answer: who speaks, when, under which terms, and how much of it."""

from dataclasses import replace
from datetime import date

import pytest
from worlds import card, evidence, hit, passage

from assistant.citing import released
from assistant.evidence import gather
from assistant.extractive import answer
from assistant.generative import Generative, Limits
from assistant.model import Citation, Statement
from assistant.payloads import evidence_payload
from corpus.admission import QUOTE, QUOTES
from corpus.model import Licence, Paper, Reference
from corpus.papers import introduced, licence_line, standing, tells_findings

WORK = Reference(
    "pmc1",
    "randomized trial",
    "Rolling the calf",
    ("Roe AB",),
    "J Made Up Ther",
    2014,
    "11",
    "2",
    "100-104",
    "10.9999/1",
)
TRIAL = Paper(WORK, "randomized trial", 59, "© 2014 The Authors", ("Corrected in 2015.",), date(2026, 11, 20))
BY_NC = Licence(
    "CC-BY-NC", "4.0", "CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/", "quote-only"
)


def paper(
    text: str,
    design: str = "randomized trial",
    licence: Licence | None = None,
    article: str = "pmc1",
    number: int = 1,
):
    known = card(article, "not reviewed", "Rolling the calf")
    known = replace(known, paper=replace(TRIAL, design=design), kind="pmc", url="https://doi.org/10.9999/1")
    if licence:
        known = replace(known, licence=licence)
    return replace(evidence(number, passage(text, article, "Results")), card=known)


def test_a_trial_is_named_as_the_speaker_with_its_size_and_year():
    (said,) = answer("does rolling help", [paper("Rolling eased stiffness.")])

    assert said.text == "A randomized trial of 59 people (2014) says: “Rolling eased stiffness.”"


@pytest.mark.parametrize(
    ("design", "people", "year", "said"),
    [
        ("observational study", 1204, 2020, "An observational study of 1,204 people (2020)"),
        ("guideline", None, 2021, "A guideline (2021)"),
        ("", None, None, "A study"),
    ],
)
def test_what_is_not_known_of_a_study_is_left_out(design, people, year, said):
    assert introduced(Paper(replace(WORK, year=year), design, people)) == said


def test_a_reader_sees_journal_year_terms_and_age_of_the_copy():
    payload = evidence_payload(replace(paper("Rolling eased stiffness."), references=(WORK,)))

    assert payload["licence"] == (
        "CC BY 4.0; © 2014 The Authors; copy of November 20, 2026, which may not be the latest; "
        "reference numbers removed; Corrected in 2015"
    )
    assert payload["paper"] == {
        "design": "randomized trial", "participants": 59, "journal": "J Made Up Ther", "year": 2014,
        "copyright": "© 2014 The Authors", "retrieved": "2026-11-20", "notices": ["Corrected in 2015."],
    }  # fmt: skip
    assert payload["url"] == "https://doi.org/10.9999/1"
    assert payload["licence_url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert payload["references"][0]["citation"].startswith(
        "Roe AB. Rolling the calf. J Made Up Ther. 2014;11(2):100-104."
    )


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("Copyright © 2014 Roe et al.", "; Copyright © 2014 Roe et al; copy"),
        ("by the Society of Rolling", "; © by the Society of Rolling; copy"),
        ("© Roe. " + "This is an open-access article. " * 9, "This is an …; copy"),
        ("", "CC BY 4.0; copy"),
    ],
)
def test_whose_work_it_is_stands_beside_its_terms(statement, shown):
    known = replace(card(), paper=replace(TRIAL, copyright=statement))

    assert shown in licence_line(known)
    assert len(licence_line(known)) < 250


def test_an_article_of_the_clinic_is_shown_as_before():
    payload = evidence_payload(evidence())

    assert (payload["licence"], payload["paper"]) == ("CC BY 4.0", None)
    assert payload["url"].startswith("/articles/heel#")
    assert licence_line(card()) == "CC BY 4.0"


def test_the_clinics_articles_speak_before_papers_and_reviews_before_one_study():
    trial, review = (
        replace(
            hit(passage(article=name)),
            card=replace(card(name, "not reviewed"), paper=replace(TRIAL, design=design)),
        )
        for name, design in (("trial", "randomized trial"), ("review", "systematic review"))
    )
    own = hit(passage(article="own"), dense=0.65)

    found = gather("plantar heel pain", [trial, review, own], 0.1)

    assert [item.passage.article for item in found] == ["own", "review", "trial"]
    assert [standing(item.card) for item in found] == [0, 1, 2]


def test_a_paper_is_the_first_work_that_its_passage_leans_on():
    cited = replace(hit(), card=replace(card(), paper=TRIAL))

    (item,) = gather("plantar heel pain", [cited], 0.1)

    assert [known.key for known in item.references] == ["pmc1", "study-2020"]


def said(item, quote: str) -> Statement:
    return Statement(quote, (Citation(item.number, quote),))


def test_of_texts_that_may_only_be_quoted_an_answer_holds_a_few_short_quotations():
    sentences = [f"Sentence number {n} is here." for n in range(4)]
    text = " ".join([*sentences, "long " * 100 + "end."])
    item = paper(text, licence=BY_NC)
    drafted = [said(item, "long " * 100 + "end."), *(said(item, each) for each in sentences)]

    kept = list(released(drafted, [item]))

    assert [each.text for each in kept] == sentences[:QUOTES]
    assert all(len(each.text) <= QUOTE for each in kept)


def test_texts_that_may_be_shown_have_no_such_limit():
    sentences = [f"Sentence number {n} is here." for n in range(4)]
    item = paper(" ".join(sentences))

    assert len(list(released([said(item, each) for each in sentences], [item]))) == 4


def test_the_limit_counts_all_such_texts_together():
    one, other = (
        paper(f"Group {n} rolled every day.", licence=BY_NC, article=f"pmc{n}", number=n) for n in (1, 2)
    )
    third = paper("Group 3 rolled every day.", licence=BY_NC, article="pmc3", number=3)
    drafted = [said(item, item.passage.text) for item in (one, other, third)]

    assert len(list(released(drafted, [one, other, third]))) == QUOTES


def test_a_quotation_that_is_not_in_its_passage_is_not_released():
    item = paper("Rolling eased stiffness.")

    assert list(released([said(item, "Rolling cures it.")], [item])) == []


class FullPurse:
    def reserve(self, tokens: int) -> bool:
        return True

    def settle(self, reserved: int, used: int) -> None:
        pass


def test_a_language_model_never_sees_what_may_only_be_quoted():
    asked = []

    def refuse():
        asked.append("model")
        raise AssertionError("no model is needed")

    free = paper("Rolling eased stiffness.")
    reviewed = replace(free.card, certainty="low", reviewer="Ann Roe", reviewed=date(2026, 11, 1))
    free = replace(free, card=reviewed)
    item = replace(free, card=replace(reviewed, licence=BY_NC))
    engine = Generative("test:model", refuse, lambda texts: None, answer, FullPurse(), Limits(seconds=5))

    assert [each.text for each in engine("does rolling help", [item])] == [
        "A randomized trial of 59 people (2014) says: “Rolling eased stiffness.”"
    ]
    assert asked == []
    list(engine("does rolling help", [free]))
    assert asked == ["model"]


@pytest.mark.parametrize(
    ("trail", "tells"),
    [
        (("Abstract", "Conclusions"), True),
        (("Results",), True),
        (("4. Discussion", "Limitations"), True),
        (("Thai massage",), True),
        (("2. Methods", "2.4 What they received"), False),
        (("Materials and methods",), False),
        (("Introduction",), False),
        (("Abstract", "Background"), False),
    ],
)
def test_a_paper_speaks_to_visitors_with_what_it_found(trail, tells):
    trial = replace(card(), paper=TRIAL)

    assert tells_findings(trial, trail) is tells
    assert tells_findings(card(), trail)


SENTENCES = (
    "Rolling eased stiffness.",
    "Pain fell by two points in a month.",
    "Nobody was hurt.",
    "Dancers jumped higher afterwards.",
)


def test_a_paper_says_no_more_than_two_sentences_from_however_many_passages():
    assert len(list(answer("does rolling help", [paper(" ".join(SENTENCES))]))) == 2
    pieces = [paper(sentence, number=number) for number, sentence in enumerate(SENTENCES, 1)]
    assert len(list(answer("does rolling help", pieces))) == 2


def test_who_speaks_on_is_not_introduced_again():
    told = [
        said.text
        for said in answer(
            "does rolling help",
            [
                paper("Rolling eased stiffness. The calf was looser for an hour after it."),
                paper("Rolling hurt a little.", article="pmc2", number=2),
            ],
        )
    ]

    trial = "A randomized trial of 59 people (2014) says:"
    assert told == [
        f"{trial} “Rolling eased stiffness.”",
        "It also says: “The calf was looser for an hour after it.”",
        f"{trial} “Rolling hurt a little.”",
    ]


def test_what_others_found_is_not_told_as_what_a_paper_says():
    item = paper("Roe et al. rolled the calves of dancers. Rolling eased stiffness in ours.")

    (said,) = answer("does rolling help the calves of dancers", [item])

    assert said.text.endswith("“Rolling eased stiffness in ours.”")
