"""references.yaml, and how a reference is printed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields as fields_of

from corpus import strict_yaml
from corpus.model import CorpusError, Reference

_FIELDS = tuple(field.name for field in fields_of(Reference) if field.name != "key")
_PERSON = re.compile(
    r"(?P<family>\S.*) (?P<given>[^\W\d_a-zà-ÿ]{1,4}|(?:[^\W\d_]\.[ -]?)+)(?P<suffix> Jr| Sr| I{2,3})?"
)
_BODY_KINDS = frozenset(("web", "webpage", "web_page", "website", "news", "service", "tool", "law", "clinic"))
_CSL_TYPES = {
    "clinic": "webpage", "guideline": "report", "health_agency_page": "webpage", "journal": "periodical",
    "law": "legislation", "news": "article-newspaper", "regulator_page": "webpage", "report": "report",
    "service": "webpage", "standard": "standard", "tool": "webpage", "web": "webpage", "web_page": "webpage",
    "webpage": "webpage", "website": "webpage",
}  # fmt: skip


def references(text: str, name: str) -> dict[str, Reference]:
    """The references written in `text` as `key: {title: …}`; `name` is the file to name in errors."""
    loaded = strict_yaml.load(text, name)
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise CorpusError(f"{name}: every reference must stand under its key, as “key:” and its fields.")
    return {str(key): reference(str(key), value, name) for key, value in loaded.items()}


def bibliography(known: Iterable[Reference]) -> str:
    """The text that `references` reads back equal."""
    return strict_yaml.dump({item.key: fields(item) for item in known})


def reference(key: str, value: object, name: str) -> Reference:
    if not re.fullmatch(r"\w[\w:.+/-]*", key):
        raise CorpusError(f"{name}: “{key}” cannot be cited. A key has letters, digits and - . _ only.")
    if not isinstance(value, Mapping):
        raise CorpusError(f"{name}: {key} has no fields. Give it at least a title.")
    unknown = sorted(str(field) for field in value if field not in _FIELDS)
    if unknown:
        raise CorpusError(
            f"{name}: {key} has the unknown field “{unknown[0]}”. Known are: {', '.join(_FIELDS)}."
        )
    texts = {
        field: _text(value.get(field), f"{name}: {key}: {field}")
        for field in _FIELDS
        if field not in ("authors", "year")
    }
    if not texts["title"]:
        raise CorpusError(f"{name}: {key} has no title. Add one.")
    return Reference(key, authors=_authors(value, key, name), year=_year(value, key, name), **texts)


def fields(known: Reference) -> dict[str, object]:
    """What references.yaml says under the key: the fields that are filled."""
    values = {field: getattr(known, field) for field in _FIELDS}
    values["authors"] = list(known.authors)
    return {field: value for field, value in values.items() if value not in ("", None, [])}


def citation(known: Reference) -> str:
    """One line in the Vancouver manner, with as much as is known."""
    authors = ", ".join(known.authors[:6]) + (", et al" if len(known.authors) > 6 else "")
    place = known.volume + (f"({known.issue})" if known.issue else "")
    if known.pages:
        place += f":{known.pages}" if place else f"p. {known.pages}"
    issued = ("; " if place.startswith("p.") else ";").join(filter(None, (str(known.year or ""), place)))
    parts = [_stopped(part) for part in (authors, known.title, known.container, issued) if part]
    if known.doi:
        parts.append(f"doi:{known.doi}")
    elif known.url:
        parts.append(known.url)
    if known.pmid:
        parts.append(f"PMID: {known.pmid}")
    return " ".join(parts)


def link(known: Reference) -> str:
    """Where a reader can see the work, or nothing."""
    if known.doi:
        return f"https://doi.org/{known.doi}"
    if known.url or not known.pmid:
        return known.url
    return f"https://pubmed.ncbi.nlm.nih.gov/{known.pmid}/"


def csl(known: Reference) -> dict[str, object]:
    """The reference as a CSL-JSON item, which reference managers read."""
    item: dict[str, object] = {
        "id": known.key,
        "type": _CSL_TYPES.get(known.kind, "article-journal" if known.container else "document"),
        "title": known.title,
    }
    if known.authors:
        alone_body = len(known.authors) == 1 and (known.kind in _BODY_KINDS or known.kind == "guideline")
        item["author"] = [{"literal": name} if alone_body else _csl_name(name) for name in known.authors]
    if known.year is not None:
        item["issued"] = {"date-parts": [[known.year]]}
    names = {
        "container-title": known.container, "volume": known.volume, "issue": known.issue,
        "page": known.pages, "DOI": known.doi, "PMID": known.pmid, "URL": known.url,
    }  # fmt: skip
    return item | {name: value for name, value in names.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    person = _PERSON.fullmatch(name)
    if not person:
        return {"literal": name}
    suffix = {"suffix": person["suffix"].strip()} if person["suffix"] else {}
    return {"family": person["family"], "given": person["given"]} | suffix


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _text(value: object, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value).strip()
    raise CorpusError(f"{where} must be a text. Put it in quotes.")


def _authors(value: Mapping[str, object], key: str, name: str) -> tuple[str, ...]:
    given = value.get("authors") or ()
    if isinstance(given, (list, tuple)) and all(
        isinstance(author, str) and author.strip() for author in given
    ):
        return tuple(author.strip() for author in given)
    raise CorpusError(f"{name}: {key}: authors must be a list of names, as in [Davis HL, Alabed S].")


def _year(value: Mapping[str, object], key: str, name: str) -> int | None:
    year = value.get("year")
    if year is None or (isinstance(year, int) and not isinstance(year, bool)):
        return year
    raise CorpusError(f"{name}: {key}: year must be a number like 2020, not “{year}”.")
