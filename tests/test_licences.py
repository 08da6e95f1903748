import pytest

from corpus.licences import licence


@pytest.mark.parametrize(
    ("statement", "code", "version", "commercial", "noncommercial"),
    [
        ("CC BY 4.0", "CC-BY", "4.0", "full", "full"),
        ("cc-by-4.0", "CC-BY", "4.0", "full", "full"),
        ("https://creativecommons.org/licenses/by/2.0", "CC-BY", "2.0", "full", "full"),
        ("Creative Commons Attribution 4.0 International License", "CC-BY", "4.0", "full", "full"),
        ("CC BY-SA 3.0", "CC-BY-SA", "3.0", "full", "full"),
        ("CC BY-ND 4.0", "CC-BY-ND", "4.0", "full", "full"),
        ("CC BY-NC 4.0", "CC-BY-NC", "4.0", "quote-only", "full"),
        (
            "Creative Commons Attribution-NonCommercial-NoDerivs 3.0",
            "CC-BY-NC-ND",
            "3.0",
            "quote-only",
            "full",
        ),
        ("http://creativecommons.org/licenses/by-nc-sa/4.0/", "CC-BY-NC-SA", "4.0", "quote-only", "full"),
        ("CC0", "CC0", "1.0", "full", "full"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0", "1.0", "full", "full"),
        ("Public domain", "public-domain", "", "full", "full"),
        ("Clinic's own", "own", "", "full", "full"),
        ("Permission: letter of 3 May 2026", "permission", "", "full", "full"),
        ("© 2020 The publisher. All rights reserved.", "all-rights-reserved", "", "reference", "reference"),
        ("TDM only", "tdm-only", "", "reference", "reference"),
        ("Creative Commons", "unknown", "", "reference", "reference"),
        ("CC BY-ND-SA 4.0", "unknown", "", "reference", "reference"),
        ("Free to read", "unknown", "", "reference", "reference"),
        ("", "unknown", "", "reference", "reference"),
    ],
)
def test_a_statement_decides_what_may_be_shown(statement, code, version, commercial, noncommercial):
    found = licence(statement)

    assert (found.code, found.version, found.admission) == (code, version, commercial)
    assert licence(statement, "noncommercial").admission == noncommercial


def test_a_licence_names_its_deed():
    assert licence("CC BY-NC-ND 3.0").url == "https://creativecommons.org/licenses/by-nc-nd/3.0/"
    assert licence("CC BY").url == ""
