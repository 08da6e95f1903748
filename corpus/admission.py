"""What of a publication may be kept and shown: all, short quotations, a mention, or nothing. A policy, not legal advice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus import licences
from corpus.connectors.publication import Part, Publication, Stated
from corpus.model import Admission, Admitted, Licence, Section
from corpus.sentences import sentences
from corpus.terms import Terms, terms

QUOTE = 400
"""The most characters of one quotation from a text that may only be quoted."""
QUOTES = 2
"""The most quotations of such texts in one answer."""
PER_DOCUMENT = 1_500
"""The most characters of such a text that are kept."""
FEWEST_WORDS, FEWEST_OF_OWN = 60, 10
"""A shorter text in a journal is the abstract of a meeting or a notice; a page or card may be short."""

ORDER: tuple[Admission, ...] = ("full", "quote-only", "reference", "refuse")

_NO_ARTICLE = frozenset(
    (
        "abstract", "addendum", "announcement", "book-review", "calendar", "correction", "editorial",
        "expression-of-concern", "in-brief", "letter", "meeting-report", "news", "obituary", "oration",
        "partial-retraction", "product-review", "reply", "retraction",
    )
)  # fmt: skip
_MAY_QUOTE_PEOPLE = frozenset(("own", "permission", "CC0", "public-domain", "CC-BY"))
_MAY_BE_REWORDED = frozenset((*_MAY_QUOTE_PEOPLE, "CC-BY-NC"))
_ABSTRACT_FIRST = ("conclusion", "results", "discussion")


@dataclass(frozen=True, slots=True)
class Decision:
    """`admission` with its reason in words for staff, and the terms it rests on."""

    admission: Admission
    reason: str
    terms: Terms
    flags: tuple[str, ...] = ()

    @property
    def admitted(self) -> Admitted:
        found = self.terms
        evidence = f"{found.evidence}: {found.statement}" if found.evidence else ""
        return Admitted(self.admission, self.reason, evidence, self.flags)


def decide(publication: Publication, use: str = "commercial", permission: str = "") -> Decision:
    """What may be done with one version of a publication where the clinic's use of it is `use`.

    `permission` names the rights holder's written word for it. What is not known to be allowed is not.
    """
    manual = (Stated("manual", f"Permission: {permission}"),) if permission else ()
    found = terms((*manual, *publication.stated))
    if publication.is_retracted:
        return Decision("refuse", "It was retracted.", found)
    if publication.article_type in _NO_ARTICLE:
        return Decision("refuse", f"It is no article but of the type “{publication.article_type}”.", found)
    if publication.language and not publication.language.lower().startswith("en"):
        return Decision("refuse", f"It is not in English ({publication.language}).", found)
    allowed = licences.admission(found.code, use)
    flags: tuple[str, ...] = (f"Places differ: {'; '.join(found.disagree)}.",) if found.disagree else ()
    if found.code == "CC-BY-SA":
        flags += ("What is made from it must carry the same licence.",)
    if found.code.endswith("-ND") and found.version != "4.0" and use == "commercial":
        # Before 4.0 these terms also forbid to make, unseen, anything that builds on the text.
        allowed = stricter(allowed, "quote-only")
    words = sum(len(part.text.split()) for part in (*publication.abstract, *publication.parts))
    if allowed == "full" and not publication.parts:
        return Decision("reference", "No full text is delivered.", found, flags)
    if allowed == "quote-only" and not publication.abstract:
        return Decision(
            "reference", f"{found.name} allows a quotation only, and there is no abstract.", found, flags
        )
    fewest = FEWEST_WORDS if publication.journal else FEWEST_OF_OWN
    if allowed in ("full", "quote-only") and words < fewest:
        return Decision("refuse", f"It has only {words} words.", found, flags)
    return Decision(allowed, _reason(allowed, found, use), found, flags)


def may_be_reworded(terms: Licence) -> bool:
    """Whether a text may be given to a language model to be told in other words: not where its terms forbid what is
    made from it, bind that to themselves, or let no more than quotations through."""
    return terms.admission == "full" and terms.code in _MAY_BE_REWORDED


def stricter(one: Admission, other: Admission) -> Admission:
    return max(one, other, key=ORDER.index)


def admitted_parts(publication: Publication, decision: Decision) -> tuple[Part, ...]:
    """The parts that may be kept: all the prose, or a few whole sentences of the abstract, or none."""
    if decision.admission == "full":
        quotes_people = decision.terms.code in _MAY_QUOTE_PEOPLE
        body = [part for part in publication.parts if part.kind != "quote" or quotes_people]
        return (*publication.abstract, *body)
    if decision.admission == "quote-only":
        return tuple(_snippets(publication.abstract))
    return ()


def limited(sections: Iterable[Section]) -> tuple[Section, ...]:
    """What may be kept of text that may only be quoted: whole sentences, each section no longer than a quotation."""
    kept: list[Section] = []
    room = PER_DOCUMENT
    for section in sections:
        text = _whole_sentences(section.text, min(QUOTE, room))
        if text:
            cites = tuple((at, key) for at, key in section.cites if at <= len(text))
            kept.append(replace(section, text=text, cites=cites))
            room -= len(text)
    return tuple(kept)


def _reason(allowed: Admission, found: Terms, use: str) -> str:
    if found.code == licences.UNKNOWN:
        return "No licence was found, so its text is not shown."
    if found.code == "own":
        return "It is the clinic's own."
    match allowed:
        case "full":
            return f"{found.name} allows its text to be shown."
        case "quote-only":
            return f"{found.name} does not cover {use} use of more than a short quotation."
        case _:
            return f"{found.name} does not allow its text to be shown."


def _snippets(abstract: Sequence[Part]) -> Iterator[Part]:
    """Conclusion first, then results; of an abstract without labels its last sentences."""
    room = PER_DOCUMENT
    ranked = sorted(
        (part for part in abstract if part.kind in _ABSTRACT_FIRST),
        key=lambda part: _ABSTRACT_FIRST.index(part.kind),
    )
    for part in ranked or abstract:
        begin = _last_sentences(part.text, QUOTE) if not ranked else 0
        for text in _pieces(part.text[begin:], QUOTE):
            if len(text) > room:
                return
            room -= len(text)
            yield Part(part.path, text, part.kind)


def _pieces(text: str, most: int) -> Iterator[str]:
    """Runs of whole sentences, each at most `most` long; a sentence longer than that is left out."""
    start = end = -1
    for begin, stop in sentences(text):
        if stop - begin > most:
            continue
        if start >= 0 and stop - start <= most and begin - end < 3:
            end = stop
            continue
        if start >= 0:
            yield text[start:end]
        start, end = begin, stop
    if start >= 0:
        yield text[start:end]


def _whole_sentences(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return next(_pieces(text, most), "") if most > 0 else ""


def _last_sentences(text: str, most: int) -> int:
    """Where the last whole sentences begin that fit into `most`."""
    begin = len(text)
    for start, _ in reversed(sentences(text)):
        if len(text) - start > most:
            break
        begin = start
    return begin
