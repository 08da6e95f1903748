"""What a licence statement says, and what it lets the clinic do with a text."""

import re
from typing import Literal

from corpus.model import Admission, Licence

Use = Literal["commercial", "noncommercial"]

UNKNOWN = "unknown"
OWN = "Clinic's own"

_FULL: Admission = "full"
# code: (admitted for commercial use, admitted for noncommercial use)
_ADMISSION: dict[str, tuple[Admission, Admission]] = {
    "own": (_FULL, _FULL),
    "permission": (_FULL, _FULL),
    "CC0": (_FULL, _FULL),
    "public-domain": (_FULL, _FULL),
    "CC-BY": (_FULL, _FULL),
    "CC-BY-SA": (_FULL, _FULL),
    "CC-BY-ND": (_FULL, _FULL),
    "CC-BY-NC": ("quote-only", _FULL),
    "CC-BY-NC-SA": ("quote-only", _FULL),
    "CC-BY-NC-ND": ("quote-only", _FULL),
    "tdm-only": ("reference", "reference"),
    "all-rights-reserved": ("reference", "reference"),
    UNKNOWN: ("reference", "reference"),
}
_CREATIVE_COMMONS = re.compile(r"creative ?commons|\bcc\b|\bcc[- ]?(?=by\b)", re.IGNORECASE)
_ELEMENTS = (
    ("BY", re.compile(r"\bby\b|attribution", re.IGNORECASE)),
    ("NC", re.compile(r"\bnc\b|non-?\s?commercial", re.IGNORECASE)),
    ("ND", re.compile(r"\bnd\b|no-?\s?deriv", re.IGNORECASE)),
    ("SA", re.compile(r"\bsa\b|share-?\s?alike", re.IGNORECASE)),
)
_PLAIN = (
    ("CC0", re.compile(r"\bcc[- ]?0\b|publicdomain/zero", re.IGNORECASE)),
    (
        "public-domain",
        re.compile(r"public ?domain|(?:u\.?s\.?|united states) government work", re.IGNORECASE),
    ),
    ("permission", re.compile(r"^permission: \S", re.IGNORECASE)),
    ("own", re.compile(r"^(?:the )?clinic[’']s own$", re.IGNORECASE)),
    ("all-rights-reserved", re.compile(r"all rights reserved", re.IGNORECASE)),
    ("tdm-only", re.compile(r"\btdm\b|text and data mining", re.IGNORECASE)),
)


def licence(statement: str, use: str = "commercial") -> Licence:
    """The licence that `statement` names (a name like "CC BY 4.0", a deed's address, or a notice).

    What is not recognised is unknown, and unknown text is never shown: only its title and a link are.
    """
    name = " ".join(statement.split())
    code, version, url = _recognised(name)
    return Licence(code, version, name or UNKNOWN, url, admission(code, use))


def admission(code: str, use: str = "commercial") -> Admission:
    return _ADMISSION.get(code, _ADMISSION[UNKNOWN])[0 if use == "commercial" else 1]


def _recognised(statement: str) -> tuple[str, str, str]:
    for code, pattern in _PLAIN:
        if pattern.search(statement):
            url = "https://creativecommons.org/publicdomain/zero/1.0/" if code == "CC0" else ""
            return code, "1.0" if code == "CC0" else "", url
    if not _CREATIVE_COMMONS.search(statement):
        return UNKNOWN, "", ""
    elements = [element for element, pattern in _ELEMENTS if pattern.search(statement)]
    code = "-".join(["CC", *elements])
    if code not in _ADMISSION:
        return UNKNOWN, "", ""
    versions = set(re.findall(r"(?<![\d.])[1-4]\.[05](?![\d.]*\d)", statement))
    version = versions.pop() if len(versions) == 1 else ""
    terms = code.removeprefix("CC-").lower()
    return code, version, f"https://creativecommons.org/licenses/{terms}/{version}/" if version else ""
