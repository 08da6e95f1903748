"""What a licence statement says, and what follows from it for each use."""

import pytest

from corpus.admission import PER_DOCUMENT, QUOTE, admitted_parts, decide, limited, may_be_reworded
from corpus.connectors.publication import Part, Publication, Stated
from corpus.licences import licence
from corpus.model import Section
from corpus.terms import recognised, terms

BY = "distributed under the terms of the Creative Commons Attribution License"

STATEMENTS = [
    ("http://creativecommons.org/licenses/by/4.0/", "CC-BY", "4.0"),
    ("https://creativecommons.org/licenses/by/4.0", "CC-BY", "4.0"),
    ("http://www.creativecommons.org/licenses/by/3.0/deed.en", "CC-BY", "3.0"),
    ("creativecommons.org/licenses/by/2.0/uk/legalcode", "CC-BY", "2.0"),
    ("https://creativecommons.org/licenses/by/3.0/igo/", "CC-BY", "3.0"),
    ("http://creativecommons.org/licenses/by", "CC-BY", ""),
    ("http://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA", "4.0"),
    ("http://creativecommons.org/licenses/by-nd/4.0/", "CC-BY-ND", "4.0"),
    ("http://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC", "4.0"),
    ("http://creativecommons.org/licenses/by-nc-sa/3.0/", "CC-BY-NC-SA", "3.0"),
    ("http://creativecommons.org/licenses/by-nc-nd/3.0/", "CC-BY-NC-ND", "3.0"),
    ("http://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND", "1.0"),
    ("http://creativecommons.org/licences/by/4.0/", "CC-BY", "4.0"),
    ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0", "1.0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/", "public-domain", ""),
    ("http://creativecommons.org/licenses/GPL/2.0/", "unknown", ""),
    ("ccbylicense", "CC-BY", ""),
    ("ccbynclicense", "CC-BY-NC", ""),
    ("ccbysalicense", "CC-BY-SA", ""),
    ("ccbyndlicense", "CC-BY-ND", ""),
    ("ccbyncndlicense", "CC-BY-NC-ND", ""),
    ("ccbyncsalicense", "CC-BY-NC-SA", ""),
    ("cc0license", "CC0", "1.0"),
    ("CC0", "CC0", "1.0"),
    ("CC BY", "CC-BY", ""),
    ("cc by-nc", "CC-BY-NC", ""),
    ("cc-by-nc-nd", "CC-BY-NC-ND", ""),
    ("CC BY-NC-SA", "CC-BY-NC-SA", ""),
    ("TDM", "tdm-only", ""),
    ("", "unknown", ""),
    (f"This is an open access article {BY}, which permits unrestricted use.", "CC-BY", ""),
    (f"This article is {BY} (http://creativecommons.org/licenses/by/2.0), which permits …", "CC-BY", "2.0"),
    ("under the Creative Commons Attribution 4.0 International License", "CC-BY", "4.0"),
    ("under the terms of the Creative Commons Attribution Non-Commercial No Derivatives (by-nc-nd) License.", "CC-BY-NC-ND", ""),
    ("Published under the CreativeCommons Attribution NonCommercial NoDerivs 3.0 License.", "CC-BY-NC-ND", "3.0"),
    ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0", "CC-BY-NC-SA", "4.0"),
    ("the Creative Commons Attribution Noncommercial License which permits any noncommercial use", "CC-BY-NC", ""),
    ("in accordance with the Creative Commons Attribution Non Commercial (CC BY-NC 4.0) license", "CC-BY-NC", "4.0"),
    ("This article permits unrestricted noncommercial use.", "unknown", ""),
    ("for the purposes of academic research, teaching and private study", "unknown", ""),
    ("© 2015 The Society. All rights reserved.", "all-rights-reserved", ""),
    ("This is a work of the US government and in the public domain.", "public-domain", ""),
    (
        "Open Access This article is distributed under the terms of the Creative Commons Attribution 4.0 International "
        "License (http://creativecommons.org/licenses/by/4.0/), which permits unrestricted use. The Creative Commons "
        "Public Domain Dedication waiver (http://creativecommons.org/publicdomain/zero/1.0/) applies to the data made "
        "available in this article, unless otherwise stated.",
        "CC-BY", "4.0",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "code", "version"), STATEMENTS)
def test_a_statement_is_read_for_what_it_says(statement, code, version):
    assert recognised(statement) == (code, version)


@pytest.mark.parametrize(
    ("statement", "code", "version"), [each for each in STATEMENTS if each[1] != "unknown"]
)
def test_terms_are_named_so_that_they_are_read_back(statement, code, version):
    found = terms((Stated("prose", statement),))

    assert (found.code, found.evidence) == (code, "prose")
    again = terms((Stated("manual", found.name),))
    assert (again.code, again.version) == (code, version)


def test_the_first_place_with_terms_is_the_evidence():
    found = terms((Stated("ali", "https://creativecommons.org/licenses/by/4.0/"), Stated("prose", BY)))

    assert (found.code, found.version, found.evidence, found.disagree) == ("CC-BY", "4.0", "ali", ())
    assert found.url == "https://creativecommons.org/licenses/by/4.0/"


def test_a_version_that_one_place_leaves_out_is_taken_from_another():
    assert (
        terms(
            (Stated("ali", "ccbylicense"), Stated("link", "http://creativecommons.org/licenses/by/3.0/"))
        ).version
        == "3.0"
    )


@pytest.mark.parametrize(
    "stated",
    [
        (Stated("link", "http://creativecommons.org/licenses/by/4.0/"), Stated("metadata", "CC BY-NC")),
        (Stated("metadata", "CC BY-NC"), Stated("link", "http://creativecommons.org/licenses/by/4.0/")),
        (
            Stated("link", "http://creativecommons.org/licenses/by/4.0/"),
            Stated("prose", "It permits noncommercial use."),
        ),
    ],
)
def test_of_places_that_differ_the_stricter_counts_and_it_is_told(stated):
    found = terms(stated)

    assert found.code == "CC-BY-NC"
    assert found.disagree == ("link: CC-BY",)


def test_the_word_of_the_clinic_counts_before_all():
    found = terms(
        (
            Stated("manual", "Permission: letter of May 2"),
            Stated("link", "http://creativecommons.org/licenses/by-nc/4.0/"),
        )
    )

    assert (found.code, found.disagree) == ("permission", ())


def test_nothing_said_is_unknown_and_what_was_said_is_kept():
    assert terms(()).code == "unknown"
    assert terms((Stated("prose", "Ask us first."),)).statement == "Ask us first."


ABSTRACT = (
    Part(("Abstract", "Background"), "Calves are stiff.", "introduction"),
    Part(("Abstract", "Results"), "Stiffness fell by 12%. " * 30, "results"),
    Part(("Abstract", "Conclusion"), "Rolling helps a little.", "conclusion"),
)
BODY = (
    Part(("Methods",), "Forty adults rolled. " * 40, "methods"),
    Part(("Words",), "It felt looser.", "quote"),
)


def publication(terms: str = "by/4.0", **more) -> Publication:
    stated = (Stated("link", f"https://creativecommons.org/licenses/{terms}/"),) if terms else ()
    told = {
        "abstract": ABSTRACT,
        "parts": BODY,
        "stated": stated,
        "article_type": "research-article",
        "journal": "J",
    } | more
    return Publication("PMC1", "Rolling", **told)


@pytest.mark.parametrize(
    ("terms", "commercial", "noncommercial"),
    [
        ("by/4.0", "full", "full"),
        ("by/2.0", "full", "full"),
        ("by-sa/4.0", "full", "full"),
        ("by-nd/4.0", "full", "full"),
        ("by-nd/3.0", "quote-only", "full"),
        ("by-nc/4.0", "quote-only", "full"),
        ("by-nc-sa/4.0", "quote-only", "full"),
        ("by-nc-nd/4.0", "quote-only", "full"),
        ("by-nc-nd/3.0", "quote-only", "full"),
        ("", "reference", "reference"),
    ],
)
def test_the_use_decides_what_the_terms_allow(terms, commercial, noncommercial):
    made = publication(terms)

    assert decide(made, "commercial").admission == commercial
    assert decide(made, "noncommercial").admission == noncommercial
    assert decide(made, "commercial", permission="letter of May 2").admission == "full"


@pytest.mark.parametrize(
    ("change", "admission", "reason"),
    [
        ({"is_retracted": True}, "refuse", "retracted"),
        ({"article_type": "correction"}, "refuse", "correction"),
        ({"article_type": "abstract"}, "refuse", "abstract"),
        ({"language": "de"}, "refuse", "English"),
        ({"language": "en-GB"}, "full", "CC BY"),
        ({"parts": ()}, "reference", "No full text"),
        ({"parts": (Part((), "Short."),), "abstract": ()}, "refuse", "only 1 words"),
    ],
)
def test_what_is_no_article_for_readers_is_not_taken_whatever_its_terms(change, admission, reason):
    decision = decide(publication(**change))

    assert decision.admission == admission
    assert reason in decision.reason


def test_a_flag_says_that_copies_must_carry_the_same_licence():
    assert decide(publication("by-sa/4.0")).flags


def test_of_a_text_to_quote_the_conclusion_comes_first_and_all_is_whole_sentences():
    made = publication("by-nc-nd/4.0")

    parts = admitted_parts(made, decide(made))

    assert [part.kind for part in parts][:2] == ["conclusion", "results"]
    assert all(len(part.text) <= QUOTE and part.text.endswith(".") for part in parts)
    assert sum(len(part.text) for part in parts) <= PER_DOCUMENT
    source = [part.text for part in ABSTRACT]
    assert all(any(part.text in text for text in source) for part in parts)


def test_of_an_abstract_without_labels_the_last_sentences_are_quoted():
    made = publication(
        "by-nc/4.0", abstract=(Part(("Abstract",), "One thing. " * 60 + "It helps a little."),)
    )

    (part,) = admitted_parts(made, decide(made))

    assert part.text.endswith("It helps a little.")
    assert part.text.startswith("One thing.")
    assert len(part.text) <= QUOTE


def test_words_of_patients_are_kept_where_the_terms_are_free():
    free, less_free = publication("by/4.0"), publication("by-nd/4.0")

    assert "It felt looser." in [part.text for part in admitted_parts(free, decide(free))]
    assert "It felt looser." not in [part.text for part in admitted_parts(less_free, decide(less_free))]


def test_what_is_read_of_a_text_to_quote_has_the_length_of_quotations():
    sections = [
        Section(("A",), "a", "One thing is so. " * 60, ((500, "x"), (3, "y"))),
        Section(("B",), "b", "Short."),
    ]

    long, short = limited(sections)

    assert len(long.text) <= QUOTE
    assert long.text.endswith("One thing is so.")
    assert long.cites == ((3, "y"),)
    assert short.text == "Short."
    many = limited([Section((str(n),), str(n), "One thing is so. " * 20) for n in range(20)])
    assert sum(len(section.text) for section in many) <= PER_DOCUMENT


@pytest.mark.parametrize(
    ("name", "use", "may"),
    [
        ("Clinic's own", "commercial", True),
        ("CC BY 4.0", "commercial", True),
        ("CC0 1.0", "commercial", True),
        ("Permission: letter of May 2", "commercial", True),
        ("CC BY-ND 4.0", "commercial", False),
        ("CC BY-SA 4.0", "commercial", False),
        ("CC BY-NC 4.0", "commercial", False),
        ("CC BY-NC 4.0", "noncommercial", True),
        ("CC BY-NC-ND 4.0", "noncommercial", False),
        ("All rights reserved", "noncommercial", False),
    ],
)
def test_a_language_model_is_given_only_what_may_be_told_in_other_words(name, use, may):
    assert may_be_reworded(licence(name, use)) is may
