"""The terms of one article version, from all that it and its services say of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus import licences
from corpus.connectors.publication import Evidence, Stated

STRICTNESS = (
    "own", "permission", "CC0", "public-domain", "CC-BY", "CC-BY-SA", "CC-BY-ND", "CC-BY-NC", "CC-BY-NC-SA",
    "CC-BY-NC-ND", "tdm-only", "all-rights-reserved", licences.UNKNOWN,
)  # fmt: skip
"""From the freest to the strictest."""

_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licen[sc]es|publicdomain)/(?P<elements>[a-z-]+)(?:/(?P<version>\d\.\d))?",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"cc(0|by(?:nc)?(?:sa|nd)?)license", re.IGNORECASE)
_ABOUT_DATA = re.compile(
    r"[^.]*\bwaiver\b(?:[^.]|\.(?=\S))*\bdata\b(?:[^.]|\.(?=\S))*(?:\.(?=\s|$)|$)", re.IGNORECASE
)
_NOT_FOR_GAIN = re.compile(r"\bnon-?\s?commercial", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Terms:
    """`statement` is what was found, word for word; `disagree` holds what other places say that differs."""

    code: str
    version: str
    url: str
    evidence: Evidence | None
    statement: str
    disagree: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The terms as `licences.licence` reads them."""
        if self.code == "permission":
            return self.statement
        if self.code == "own":
            return licences.OWN
        if self.code == licences.UNKNOWN:
            return licences.UNKNOWN
        if self.code.startswith("CC"):
            plain = self.code.replace("CC-", "CC ", 1)
            return f"{plain} {self.version}".strip()
        return {"tdm-only": "TDM", "public-domain": "Public domain"}.get(self.code, "All rights reserved")


NONE_FOUND = Terms(licences.UNKNOWN, "", "", None, "")


def terms(stated: Sequence[Stated]) -> Terms:
    """What `stated` comes to. The word of the clinic counts before all others; of places that differ the
    strictest counts, and that they differ is told. What nobody can read is unknown, which lets nothing be shown."""
    read = [(each, *recognised(each.text)) for each in stated]
    known = [(each, code, version) for each, code, version in read if code != licences.UNKNOWN]
    if not known:
        said = next((each for each in stated if each.text.strip()), None)
        return Terms(licences.UNKNOWN, "", "", said.evidence, _short(said.text)) if said else NONE_FOUND
    # "Permits noncommercial use" names no licence, but it takes something from the one that is named elsewhere.
    known += [
        (each, "CC-BY-NC", "")
        for each, code, _ in read
        if code == licences.UNKNOWN and _NOT_FOR_GAIN.search(each.text)
    ]
    manual = [entry for entry in known if entry[0].evidence == "manual"]
    strictest = max(manual or known, key=lambda entry: STRICTNESS.index(entry[1]))
    chosen, code, version = next(entry for entry in manual or known if entry[1] == strictest[1])
    versions = [other for _, same, other in known if same == code and other]
    version = version or (versions[0] if versions else "")
    differing = tuple(
        dict.fromkeys(f"{each.evidence}: {other}" for each, other, _ in known if other != code and not manual)
    )
    return Terms(code, version, _deed(code, version), chosen.evidence, _short(chosen.text), differing)


def recognised(statement: str) -> tuple[str, str]:
    """The code and version in one statement: a deed's address, a short token, or words."""
    text = " ".join(_ABOUT_DATA.sub(" ", " ".join(statement.split())).split())
    found = [_from_address(match["elements"], match["version"]) for match in _ADDRESS.finditer(text)]
    found = [entry for entry in found if entry[0] != licences.UNKNOWN]
    token = _TOKEN.fullmatch(text)
    if token:
        elements = (
            "zero"
            if token[1] == "0"
            else re.sub(r"(?<=by)nc|(?<=by)(?=sa|nd)|(?<=nc)(?=sa|nd)", _dashed, token[1].lower())
        )
        found.append(_from_address(elements, None))
    words = licences.licence(_ADDRESS.sub(" ", text))
    if words.code != licences.UNKNOWN:
        found.append((words.code, words.version))
    if not found:
        return licences.UNKNOWN, ""
    code = max((code for code, _ in found), key=STRICTNESS.index)
    return code, next((version for same, version in found if same == code and version), "")


def _dashed(match: re.Match[str]) -> str:
    return f"-{match[0]}"


def _from_address(elements: str, version: str | None) -> tuple[str, str]:
    parts = set(elements.lower().strip("-").split("-"))
    if parts == {"zero"}:
        return "CC0", version or "1.0"
    if parts == {"mark"}:
        return "public-domain", ""
    if "by" not in parts or parts - {"by", "nc", "nd", "sa"}:
        return licences.UNKNOWN, ""
    code = "-".join(("CC", *(name.upper() for name in ("by", "nc", "nd", "sa") if name in parts)))
    return (code, version or "") if code in STRICTNESS else (licences.UNKNOWN, "")


def _deed(code: str, version: str) -> str:
    if code == "CC0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    if not code.startswith("CC-") or not version:
        return ""
    return f"https://creativecommons.org/licenses/{code.removeprefix('CC-').lower()}/{version}/"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 400 else f"{text[:399].rsplit(' ', 1)[0]} …"
