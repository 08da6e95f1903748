"""What an editor should mend before visitors read it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from corpus.figures import Stated, conflicts, unsupported
from corpus.licences import UNKNOWN
from corpus.model import Article, Card, Reference
from corpus.prose import LONGEST_SENTENCE, leaning, long, names_its_subject, said, uncited
from corpus.readability import grade

TOPICS = ("techniques", "conditions", "safety", "care", "practical", "about")
HARDEST_GRADE = 8.0

_NEEDS_NO_SOURCE = frozenset(("about", "practical"))
_CLAIM = re.compile(
    r"\b(?:prove[ns]?|cur(?:es?|ed|ing)|effective(?:ly|ness)?|releas(?:es?|ed|ing)|toxins?|detox\w*|flush\w*|"
    r"remov\w+ (?:of )?(?:metabolic )?(?:waste|toxin)\w*|guarantee\w*|heal(?:s|ing)?|eliminat\w+|"
    r"prevent(?:s|ed|ing|ion|ive|ative)?|accelerat\w+|speed(?:s|ing)? up|boost\w*|reduc(?:es?|ed|ing|tion)|"
    r"improv(?:es?|ed|ing|ements?)|enhanc\w+|regenerat\w+|restor\w+|realign\w*|breaks? (?:up|down)|"
    r"significant(?:ly)?|promot(?:es?|ing))\b",
    re.IGNORECASE,
)
_FORMS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("doi", re.compile(r"10\.\d{4,9}/\S+"), "A DOI begins with 10. and has no address before it"),
    ("pmid", re.compile(r"[1-9]\d{0,7}"), "A PMID is a number of up to eight digits"),
    ("url", re.compile(r"https?://[^\s/.]+\.[^\s]+"), "An address begins with https://"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is a section's heading, a field or a reference key; empty for the whole article.

    An error has to be mended before the article is published. One that `blocks` would make the index wrong, and
    stops a build; the others are faults of the writing.
    """

    severity: Literal["error", "warning"]
    article: str
    where: str
    message: str
    blocks: bool = False


def findings(articles: Iterable[Article], references: Mapping[str, Reference], today: date) -> list[Finding]:
    """Everything there is to mend, article by article; `references` are those of all references.yaml.

    The words of a paper are its authors' and are not for the clinic to mend.
    """
    articles = tuple(articles)
    found = [
        finding
        for article in articles
        for check in (_CHECKS if article.card.paper is None else _OF_PAPERS)
        for finding in check(article, today)
    ]
    return found + _repeated_ids(articles) + _about_references(articles, references, today)


def _card(article: Article, today: date) -> Iterator[Finding]:
    card = article.card

    def error(where: str, message: str) -> Finding:
        return Finding("error", card.id, where, message, blocks=True)

    if not card.title:
        yield error("title", "The article has no title. Write one into the front matter.")
    if card.licence.code == UNKNOWN:
        yield error("licence", f"The licence “{card.licence.name}” is not known. Write one like: CC BY 4.0")
    if card.topic not in TOPICS and (card.topic or card.kind == "authored"):
        yield error("topic", f"“{card.topic}” is not a topic. Choose one of: {', '.join(TOPICS)}.")
    known = {reference.key for reference in card.references}
    for section in article.sections:
        for key in dict.fromkeys(key for _, key in section.cites if key not in known):
            yield error(
                section.trail[-1],
                f"[@{key}] is not in references.yaml. Add it there, or drop the citation.",
            )


def needs_source(card: Card) -> bool:
    """Whether every sentence of the article has to name its source."""
    return card.is_reviewed and card.topic not in _NEEDS_NO_SOURCE


def _dates(article: Article, today: date) -> Iterator[Finding]:
    card = article.card

    def flaw(where: str, message: str) -> Finding:
        return Finding(_severity(card), card.id, where, message)

    if card.review_due and card.review_due < today:
        yield flaw("review_due", f"The review was due on {card.review_due}. Review it and set new dates.")
    if card.reviewed and card.reviewed > today:
        yield flaw("reviewed", f"The review date {card.reviewed} lies ahead. Correct it.")
    if card.is_reviewed and not (card.reviewed and card.review_due and card.reviewer):
        yield flaw("reviewed", "Reviewer, reviewed and review_due are not all filled. Fill them.")


def _sources(article: Article, today: date) -> Iterator[Finding]:
    card = article.card
    if card.is_reviewed and not needs_source(card):
        return
    for section in article.sections:
        bare = list(uncited(section))
        if card.is_reviewed:
            for sentence in bare:
                yield Finding(
                    _severity(card),
                    card.id,
                    section.trail[-1],
                    f"No source: “{_short(sentence)}” Cite one, or the clinic's own guidance.",
                )
            continue
        claims = [sentence for sentence in bare if _CLAIM.search(sentence)]
        if claims:
            count = "1 claim names" if len(claims) == 1 else f"{len(claims)} claims name"
            yield Finding(
                "warning",
                card.id,
                section.trail[-1],
                f"{count} no source: “{_short(claims[0])}” Cite one, soften it, or have it reviewed.",
            )


def _numbers(article: Article, today: date) -> Iterator[Finding]:
    """Numbers of reviewed articles that no work cited for them is known to hold."""
    card = article.card
    known = {reference.key: reference for reference in card.references}
    for section in article.sections if card.is_reviewed else ():
        for sentence, keys in said(section):
            if missing := unsupported(sentence, [known[key] for key in keys if key in known]):
                yield Finding(
                    _severity(card),
                    card.id,
                    section.trail[-1],
                    f"{', '.join(missing)} is in no finding of {', '.join(keys)}: “{_short(sentence)}” "
                    "Correct the number, or complete the finding in references.yaml.",
                )


def _reading(article: Article, today: date) -> Iterator[Finding]:
    card = article.card
    many = [(section, sentence, length) for section in article.sections for sentence, length in long(section)]
    if card.kind != "authored" and len(many) > 1:  # written elsewhere: one line will do
        yield Finding(
            "warning", card.id, "", f"{len(many)} sentences are longer than {LONGEST_SENTENCE} words."
        )
        many = []
    for section, sentence, length in many:
        yield Finding(
            _severity(card),
            card.id,
            section.trail[-1],
            f"{length} words in one sentence: “{_short(sentence)}” Split it.",
        )
    level = grade("\n\n".join(section.text for section in article.sections))
    if round(level, 1) > HARDEST_GRADE:
        yield Finding(
            _severity(card),
            card.id,
            "",
            f"The reading grade is {level:.1f}; aim for {HARDEST_GRADE:.0f} with shorter words.",
        )


def _standing_alone(article: Article, today: date) -> Iterator[Finding]:
    card = article.card
    for section in article.sections if card.is_reviewed else ():
        for sentence in leaning(section):
            yield Finding(
                _severity(card),
                card.id,
                section.trail[-1],
                f"Leans on the sentence before it: “{_short(sentence)}” Name its subject.",
            )
        if not names_its_subject(section, card.title):
            yield Finding(
                _severity(card),
                card.id,
                section.trail[-1],
                "The first sentence does not name what the heading asks about. Begin with its subject.",
            )


def _severity(card: Card) -> Literal["error", "warning"]:
    """The house's own reviewed articles have to keep its rules; of others a reader is only warned."""
    return "error" if card.kind == "authored" and card.is_reviewed else "warning"


_CHECKS: Sequence[Callable[[Article, date], Iterator[Finding]]] = (
    _card,
    _dates,
    _sources,
    _numbers,
    _reading,
    _standing_alone,
)


_OF_PAPERS = (_card, _dates)


def _repeated_ids(articles: Sequence[Article]) -> list[Finding]:
    ids = [article.card.id for article in articles]
    return [
        Finding("error", id, "", "Two articles have this id. Rename one of the files.", blocks=True)
        for id in dict.fromkeys(ids)
        if ids.count(id) > 1
    ]


def _about_references(
    articles: Sequence[Article], references: Mapping[str, Reference], today: date
) -> list[Finding]:
    found = []
    holders = {key: (known, "references.yaml") for key, known in references.items()}
    for article in articles:
        for known in article.card.references:
            other, holder = holders.setdefault(known.key, (known, article.card.id))
            if other != known:
                found.append(
                    Finding(
                        "error",
                        article.card.id,
                        known.key,
                        f"{holder} uses this key for another work. Choose another key.",
                        blocks=True,
                    )
                )
    for known, holder in holders.values():
        found += [
            Finding("error", holder, known.key, message, blocks=True) for message in _misshapen(known, today)
        ]
    cited = {known.key for article in articles for known in article.card.references}
    found += [
        Finding("error", "references.yaml", key, "No article cites this work. Cite it, or take it out.")
        for key in references
        if key not in cited
    ]
    stated = (
        Stated(article.card.id, section.trail[-1], sentence, keys)
        for article in articles
        if article.card.is_reviewed
        for section in article.sections
        for sentence, keys in said(section)
    )
    found += [
        Finding(
            "error",
            one.article,
            one.heading,
            f"{disagreement}: {other.article} says otherwise. Look at the work and correct the wrong one.",
        )
        for one, other, disagreement in conflicts(stated, {key: known for key, (known, _) in holders.items()})
    ]
    return found


def _misshapen(known: Reference, today: date) -> Iterator[str]:
    for field, form, rule in _FORMS:
        value = getattr(known, field)
        if value and not form.fullmatch(value):
            yield f"{field} “{value}” is misshapen. {rule}."
    if known.year is not None and not 1800 <= known.year <= today.year + 1:
        yield f"year {known.year} cannot be. Correct it, or leave it out."


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 90 else sentence[:89].rsplit(" ", 1)[0] + " …"
