"""One article as Markdown: front matter, headings, and citations like [@davis-2020; @guideline-2021].

Both ways: `article` reads what an editor or `markdown` wrote, `markdown` writes what `article` can read
back without loss. Citations are lifted out of the text with the white space before them, `{{name}}` is
filled from the clinic's numbers, and emphasis, links and code are reduced to their plain text.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import get_args

from corpus import papers, strict_yaml
from corpus.admission import limited, stricter
from corpus.bibliography import fields, reference
from corpus.licences import licence
from corpus.model import (
    NOT_REVIEWED,
    Admission,
    Admitted,
    Article,
    Card,
    Certainty,
    CorpusError,
    Reference,
    Source,
)
from corpus.rendering import body
from corpus.sectioning import sections

_NUMBER = re.compile(r"(?<!\x00)\{\{\s*([^{}]*?)\s*\}\}")
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_OWN = ("authored", "file", "answer")
"""The kinds of article that the clinic put on its shelf itself."""

_KNOWN = (
    "title", "topic", "audience", "certainty", "reviewer", "reviewed", "review_due", "licence",
    "replaces", "source", "references", "admission", "paper",
)  # fmt: skip


def local_url(article: str) -> str:
    return f"/articles/{article}"


def article(
    text: str,
    id: str,
    *,
    references: Mapping[str, Reference] | None = None,
    numbers: Mapping[str, str] | None = None,
    url: Callable[[str], str] = local_url,
    use: str = "commercial",
) -> Article:
    """The article written in `text`.

    Its card holds the references that it cites and that are known, in the order of the text; a key that is
    not known stays in its section's `cites`, for the review to find. Without `references` none is looked for.
    """
    name = f"{id}.md"

    def fill(part: str) -> str:
        return filled(part, numbers or {}, name)

    front, rest = _split(text, name)
    parts, title = sections(rest, " ".join(fill(_text(front, "title", name)).split()), name, fill)
    own, listed = _own_references(front.get("references"), name)
    known = {**(references or {}), **own}
    cited = dict.fromkeys([*(key for section in parts for _, key in section.cites), *listed])
    source = _source(front, name, use)
    if source.licence.admission == "quote-only":
        parts = limited(parts)
    card = Card(
        id=id,
        title=title,
        url=source.address if source.kind not in _OWN and source.address else url(id),
        kind=source.kind,
        licence=source.licence,
        topic=_text(front, "topic", name),
        audience=_text(front, "audience", name) or "visitors",
        certainty=_certainty(front, name),
        reviewer=_text(front, "reviewer", name),
        reviewed=_date(front, "reviewed", name),
        review_due=_date(front, "review_due", name),
        references=tuple(known[key] for key in cited if key in known),
        paper=papers.from_front(front["paper"], id, source.retrieved, name) if front.get("paper") else None,
    )
    missing = [key for key in listed if key not in known]
    if missing and references is not None:
        raise CorpusError(
            f"{name} lists the reference “{missing[0]}”, which no references.yaml has. "
            "Add it there, or drop it from the front matter."
        )
    return Article(card, source, parts, _text(front, "replaces", name))


def markdown(article: Article) -> str:
    """The article as a file that `article` reads back equal, with its references inside."""
    card, source = article.card, article.source
    front: dict[str, object] = {
        "title": card.title,
        "topic": card.topic,
        "audience": card.audience,
        "certainty": card.certainty,
        "reviewer": card.reviewer,
        "reviewed": card.reviewed,
        "review_due": card.review_due,
        "licence": source.licence.name,
    }
    if article.replaces:
        front["replaces"] = article.replaces
    if source.kind != "authored":
        front["source"] = {"kind": source.kind, "address": source.address, "retrieved": source.retrieved}
    if source.admitted:
        front["admission"] = _admission_fields(source.admitted)
    if card.paper:
        front["paper"] = papers.to_front(card.paper)
    if card.references:
        front["references"] = {known.key: fields(known) for known in card.references}
    return f"---\n{strict_yaml.dump(front)}---\n\n{body(article.sections, card.title)}"


def filled(text: str, numbers: Mapping[str, str], name: str) -> str:
    """`text` with the clinic's numbers in place of {{name}}, so that each number is kept in one place."""

    def number(mark: re.Match[str]) -> str:
        if mark[1] not in numbers:
            known = ", ".join(sorted(numbers)) or "none"
            raise CorpusError(f"{name}: {{{{{mark[1]}}}}} is not a known placeholder. Known are: {known}.")
        return numbers[mark[1]]

    return _NUMBER.sub(number, text)


def is_article(text: str) -> bool:
    """Whether a Markdown file is written in this format, and not just any Markdown."""
    found = _FRONT.match(text)
    return bool(
        found
        and re.search(r"^title:", found[1], re.M)
        and re.search(r"^(?:topic|certainty):", found[1], re.M)
    )


def front_matter(text: str, name: str) -> tuple[dict[str, object], str]:
    """What stands between the --- lines at the top of any Markdown file, and the text after it."""
    found = _FRONT.match(text)
    if not found:
        return {}, text.removeprefix("\ufeff")
    front = strict_yaml.load(found[1], name, first_line=2)
    if front is None:
        front = {}
    if not isinstance(front, dict):
        raise CorpusError(f"{name}: the part between the --- lines must be “key: value” lines.")
    return front, text[found.end() :]


def _split(text: str, name: str) -> tuple[dict[str, object], str]:
    front, rest = front_matter(text, name)
    unknown = sorted(str(key) for key in front if key not in _KNOWN)
    if unknown:
        raise CorpusError(
            f"{name}: “{unknown[0]}” is not a front matter key. Known are: {', '.join(sorted(_KNOWN))}."
        )
    return front, rest


def _text(front: Mapping[str, object], key: str, name: str) -> str:
    value = front.get(key)
    if value is None:
        return ""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value).strip()
    raise CorpusError(f"{name}: {key} must be a text. Put it in quotes.")


def _date(front: Mapping[str, object], key: str, name: str) -> date | None:
    value = front.get(key)
    if value is None or type(value) is date:
        return value
    raise CorpusError(f"{name}: {key} must be a date like 2026-11-24, not “{value}”.")


def _certainty(front: Mapping[str, object], name: str) -> Certainty:
    value = front.get("certainty") or NOT_REVIEWED
    for known in get_args(Certainty):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise CorpusError(f"{name}: certainty must be one of {', '.join(get_args(Certainty))}, not “{value}”.")


def _source(front: Mapping[str, object], name: str, use: str) -> Source:
    given = front.get("source") or {}
    if not isinstance(given, dict) or set(given) - {"kind", "address", "retrieved"}:
        raise CorpusError(f"{name}: source has the keys kind, address and retrieved, and no others.")
    terms = licence(_text(front, "licence", name), use)
    kind = _text(given, "kind", name) or "authored"
    admitted = _admitted(front.get("admission"), name)
    if kind not in _OWN:
        # What was fetched is shown only by a decision on record, and never by more than today's terms allow.
        decided = admitted.admission if admitted else "refuse"
        terms = replace(terms, admission=stricter(terms.admission, decided))
    return Source(kind, _text(given, "address", name), terms, _date(given, "retrieved", name), admitted)


def _admission_fields(admitted: Admitted) -> dict[str, object]:
    told = {"decision": admitted.admission, "reason": admitted.reason, "evidence": admitted.evidence}
    return told | ({"flags": list(admitted.flags)} if admitted.flags else {})


def _admitted(given: object, name: str) -> Admitted | None:
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) - {"decision", "reason", "evidence", "flags"}:
        raise CorpusError(
            f"{name}: admission has the keys decision, reason, evidence and flags, and no others."
        )
    for known in get_args(Admission):
        if given.get("decision") == known:
            flags = tuple(str(flag) for flag in given.get("flags") or ())
            return Admitted(known, _text(given, "reason", name), _text(given, "evidence", name), flags)
    raise CorpusError(
        f"{name}: the decision must be one of {', '.join(get_args(Admission))}. Fetch it again."
    )


def _own_references(given: object, name: str) -> tuple[dict[str, Reference], tuple[str, ...]]:
    """Front matter may define references (key: {title: …}) or only list keys of references.yaml."""
    if given is None:
        return {}, ()
    if isinstance(given, dict):
        own = {str(key): reference(str(key), value, name) for key, value in given.items()}
        return own, tuple(own)
    if isinstance(given, list) and all(isinstance(key, str) for key in given):
        return {}, tuple(given)
    raise CorpusError(f"{name}: references must be a list of keys, or key: {{title: …}} entries.")
