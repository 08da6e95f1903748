"""What a section of a paper is for, by its heading."""

import re

from corpus.connectors.publication import PartKind

_TITLES: dict[PartKind, str] = {
    "conclusion": r"^\W*(?:\d[\d.]*\s*)?(?:conclusions?|concluding|implications)\b",
    "results": r"\bresults?\b|\bfindings\b|\boutcomes?$",
    "methods": r"\bmethods?\b|\bmaterials?\b|\bprocedures?\b|"
    r"^\W*(?:subjects|participants|patients|design|setting|interventions?)\b",
    "introduction": r"^\W*(?:\d[\d.]*\s*)?(?:introduction|background|purpose|objectives?|aims?)\b",
    "discussion": r"\bdiscussion\b|\blimitations?\b",
}
_TYPES: dict[str, PartKind] = {
    "intro": "introduction",
    "methods": "methods",
    "materials": "methods",
    "subjects": "methods",
    "results": "results",
    "discussion": "discussion",
    "conclusions": "conclusion",
    "conclusion": "conclusion",
}


def kind_of(title: str, sec_type: str = "") -> PartKind:
    """By its title, else by what the publisher calls it."""
    for kind, says in _TITLES.items():
        if re.search(says, title, re.IGNORECASE):
            return kind
    return next((_TYPES[name] for name in sec_type.split("|") if name in _TYPES), "")
