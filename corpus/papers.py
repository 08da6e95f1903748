"""A publication and the decision about it → an article for the shelf, and how its source is named to readers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from textwrap import shorten

from corpus.admission import Decision, admitted_parts
from corpus.bibliography import fields, reference
from corpus.connectors.kinds import kind_of
from corpus.connectors.publication import Part, Publication
from corpus.licences import licence
from corpus.lifted import APART, shown_apart
from corpus.model import Article, Card, CorpusError, Paper, Reference, Section, Source
from corpus.sentences import sentences
from corpus.studies import design, participants

_KEPT_REFERENCES = 200
_LONGEST_OWNER = 120


def article(
    publication: Publication, decision: Decision, id: str, kind: str, address: str, retrieved: date, use: str
) -> Article:
    """The article that may stand on the shelf: the admitted parts under their headings, with the works they cite."""
    parts = (*admitted_parts(publication, decision), *shown_apart(publication, decision))
    title = _plain(publication.title) or id
    works = {known.key: known for known in publication.references[:_KEPT_REFERENCES] if known.title}
    keys = {key: f"{id}-{number}" for number, key in enumerate(works, 1)}
    sections = [_section(part, title, keys) for part in parts]
    cited = dict.fromkeys(key for section in sections for _, key in section.cites)
    own = {keys[key]: known for key, known in works.items()}
    source = Source(kind, address, licence(decision.terms.name, use), retrieved, decision.admitted)
    card = Card(
        id=id,
        title=title,
        url=address,
        kind=kind,
        licence=source.licence,
        topic="",
        audience="staff" if is_research(publication) else "visitors",
        certainty="not reviewed",
        reviewer="",
        reviewed=None,
        review_due=None,
        references=tuple(replace(own[key], key=key, title=_plain(own[key].title)) for key in cited),
        paper=paper(publication, id, address, retrieved) if is_research(publication) else None,
    )
    return Article(card, source, tuple(section for section in sections if section.text))


def is_research(publication: Publication) -> bool:
    """Whether it is a paper, with a journal to name, and not a page or a file."""
    return bool(publication.journal)


def paper(publication: Publication, id: str, address: str, retrieved: date) -> Paper:
    told = [part.text for part in publication.abstract]
    kind = design(publication.title, publication.article_type, " ".join(told))
    work = Reference(
        key=id,
        kind=kind or "study",
        title=_plain(publication.title),
        authors=publication.authors,
        container=publication.journal,
        year=publication.year,
        volume=publication.volume,
        issue=publication.issue,
        pages=publication.pages or publication.elocation,
        doi=publication.doi,
        pmid=publication.pmid,
        url=address,
    )
    counted = None
    if kind not in ("systematic review", "review", "guideline", "case report", ""):
        counted = max(filter(None, map(_counted, publication.abstract)), default=None)
    return Paper(work, kind, counted, publication.copyright, publication.notices, retrieved)


def _counted(part: Part) -> int | None:
    told = (part.text[start:end] for start, end in sentences(part.text))
    return participants(told, part.path[-1] if part.path else "")


def standing(card: Card) -> int:
    """The order of voices for a lay question: the clinic's own articles, then what weighs many studies, then one study."""
    if card.paper is None:
        return 0
    return 1 if card.paper.design in ("guideline", "systematic review") else 2


def tells_findings(card: Card, trail: Sequence[str]) -> bool:
    """Whether a passage is prose of what a paper found, not what it did and no table; all of what is no paper is."""
    if card.paper is None:
        return True
    if trail[:1] == (APART,):
        return False
    kinds = [kind for kind in map(kind_of, trail) if kind]
    return kinds[:1] not in (["methods"], ["introduction"])


def introduced(known: Paper) -> str:
    """How a paper is named as the speaker: "A randomized trial of 59 people (2014)"."""
    kind = known.design or "study"
    people = f" of {known.participants:,} people" if known.participants else ""
    year = f" ({known.work.year})" if known.work.year else ""
    return f"{'An' if kind[0] in 'aeiou' else 'A'} {kind}{people}{year}"


def licence_line(card: Card) -> str:
    """The terms of a text as readers are told of them, for a copy with its age and with what was left out of it."""
    if card.paper is None:
        return card.licence.name
    day = card.paper.retrieved
    said = [
        card.licence.name,
        _owned(card.paper.copyright),
        f"copy of {day:%B} {day.day}, {day.year}, which may not be the latest" if day else "",
        "reference numbers removed",
        *card.paper.notices,
    ]
    return "; ".join(each.rstrip(".") for each in said if each)


def _owned(statement: str) -> str:
    """A copyright line, some of which go on to tell the whole licence."""
    mark = "" if not statement or re.search(r"©|copyright", statement, re.IGNORECASE) else "© "
    return shorten(f"{mark}{statement}", _LONGEST_OWNER, placeholder=" …")


def to_front(known: Paper) -> dict[str, object]:
    told: dict[str, object] = {
        "work": fields(known.work),
        "design": known.design,
        "participants": known.participants,
        "copyright": known.copyright,
        "notices": list(known.notices),
    }
    return {name: value for name, value in told.items() if value not in ("", None, [])}


def from_front(given: object, id: str, retrieved: date | None, name: str) -> Paper:
    if not isinstance(given, Mapping):
        raise CorpusError(f"{name}: paper must be “key: value” lines. Fetch it again: assistant corpus sync")
    people = given.get("participants")
    notices = given.get("notices") or ()
    if not isinstance(people, int | None) or not isinstance(notices, list | tuple):
        raise CorpusError(f"{name}: paper is damaged. Fetch it again: assistant corpus sync")
    return Paper(
        work=reference(id, given.get("work"), name),
        design=str(given.get("design") or ""),
        participants=people,
        copyright=str(given.get("copyright") or ""),
        notices=tuple(str(notice) for notice in notices),
        retrieved=retrieved,
    )


def _section(part: Part, title: str, keys: Mapping[str, str]) -> Section:
    path = tuple(_plain(heading) for heading in part.path if heading.strip())[:5] or (title,)
    text = part.text.replace("{{", "{ {").strip()
    cites = dict.fromkeys((min(at, len(text)), keys[key]) for at, key in part.cites if key in keys)
    return Section(path, "", text, tuple(sorted(cites, key=lambda cite: cite[0])))


def _plain(text: str) -> str:
    """One line, in which nothing reads as a placeholder of ours."""
    return " ".join(text.split()).replace("{{", "{ {")
