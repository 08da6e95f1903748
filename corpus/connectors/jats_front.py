"""What a JATS article says about itself: identifiers, authors, dates, terms, and the works it cites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from corpus.connectors.jats_prose import LANG, line
from corpus.connectors.publication import Publication, Stated
from corpus.model import Reference

_HREF = "{http://www.w3.org/1999/xlink}href"
_ALI = "{http://www.niso.org/schemas/ali/1.0/}license_ref"
_MONTHS = {name: at for at, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_PREFERRED = ("epub", "pub", "ppub", "epub-ppub", "collection", "")
_NOT_PUBLISHED = frozenset(("pmc-release", "preprint", "nihms-submitted", "received", "accepted", "rev-recd"))
_NOTICES = {
    "correction-forward": "A correction to this article was published.",
    "corrected-article-forward": "A correction to this article was published.",
    "concern-forward": "An expression of concern about this article was published.",
    "object-of-concern-forward": "An expression of concern about this article was published.",
    "expression-of-concern-forward": "An expression of concern about this article was published.",
    "addendum-forward": "An addition to this article was published.",
    "partial-retraction-forward": "A part of this article was retracted.",
}
_RETRACTED = re.compile(r"^\W*(?:retracted|withdrawn)\b(?:\s*article)?\s*[:\]–-]", re.IGNORECASE)
_TERMS = re.compile(r"creative ?commons|\bCC[ -]BY\b|open[- ]access|public domain", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.IGNORECASE)
_CITATIONS = ("element-citation", "mixed-citation", "citation", "nlm-citation")


def with_front(article: etree._Element, **content: Any) -> Publication:
    """The publication of an article whose abstract and body are read already."""
    meta = article.find("front/article-meta")
    journal = article.find("front/journal-meta")
    if meta is None:
        meta = etree.Element("article-meta")
    ids = _ids(meta)
    published, year = _published(meta)
    title = _text(meta, "title-group/article-title")
    related = [each.get("related-article-type") or "" for each in meta.iterfind("related-article")]
    pmcid = ids.get("pmcid") or ids.get("pmc", "")
    return Publication(
        id=f"PMC{pmcid.removeprefix('PMC')}" if pmcid else ids.get("doi", ""),
        title=title,
        version=ids.get("pmcid-ver", "").partition(".")[2],
        pmid=ids.get("pmid", ""),
        doi=ids.get("doi", "").lower(),
        authors=tuple(_authors(meta)),
        journal=_journal(journal) if journal is not None else "",
        year=year,
        published=published,
        volume=_text(meta, "volume"),
        issue=_text(meta, "issue"),
        pages="-".join(dict.fromkeys(filter(None, (_text(meta, "fpage"), _text(meta, "lpage"))))),
        elocation=_text(meta, "elocation-id"),
        language=article.get(LANG) or "",
        article_type=article.get("article-type") or "",
        keywords=tuple(filter(None, (line(each) for each in meta.iterfind("kwd-group/kwd")))),
        references=tuple(_references(article)),
        stated=tuple(_stated(meta)),
        copyright=_text(meta, "permissions/copyright-statement") or _text(meta, "copyright-statement"),
        is_retracted="retraction-forward" in related or bool(_RETRACTED.match(title)),
        is_manuscript="manuscript" in ids or "nihms" in ids,
        notices=tuple(dict.fromkeys(_NOTICES[kind] for kind in related if kind in _NOTICES)),
        **content,
    )


def _text(element: etree._Element, path: str) -> str:
    found = element.find(path)
    return line(found) if found is not None else ""


def _ids(meta: etree._Element) -> dict[str, str]:
    found = (
        (each.get("pub-id-type") or "", "".join(each.itertext()).strip())
        for each in meta.iterfind("article-id")
    )
    return {kind: value for kind, value in found if value}


def _journal(journal: etree._Element) -> str:
    """The short name that libraries know it by, else its title."""
    names = {
        each.get("journal-id-type"): "".join(each.itertext()).strip()
        for each in journal.iterfind("journal-id")
    }
    short = _text(journal, "journal-title-group/abbrev-journal-title") or _text(
        journal, "abbrev-journal-title"
    )
    full = _text(journal, "journal-title-group/journal-title") or _text(journal, "journal-title")
    return names.get("nlm-ta") or names.get("iso-abbrev") or full or short


def _authors(meta: etree._Element) -> Iterator[str]:
    for person in meta.iterfind("contrib-group/contrib"):
        if person.get("contrib-type", "author") != "author":
            continue
        name = person.find("name")
        if name is None:
            name = person.find("name-alternatives/name")
        group = person.find("collab")
        if name is not None:
            yield _person(name)
        elif group is not None:
            yield " ".join(
                " ".join(
                    (group.text or "", *(_plain(each) for each in group if each.tag in _IN_NAMES))
                ).split()
            )


_IN_NAMES = frozenset(("italic", "bold", "institution", "named-content", "ext-link"))


def _plain(element: etree._Element) -> str:
    return "".join(element.itertext()) + (element.tail or "")


def _person(name: etree._Element) -> str:
    given = name.findtext("given-names") or ""
    initials = "".join(
        word[0] for word in given.replace(".", " ").replace("-", " ").split() if word[0].isalpha()
    )
    if given.isupper() and len(given) <= 4 and given.isalpha():
        initials = given
    parts = (name.findtext("surname") or "", initials, name.findtext("suffix") or "")
    return " ".join(part.strip() for part in parts if part.strip())


def _published(meta: etree._Element) -> tuple[date | None, int | None]:
    """The day, when it is known to the day, and the year."""
    dates = {each.get("date-type") or each.get("pub-type") or "": each for each in meta.iterfind("pub-date")}
    for kind in (*_PREFERRED, *sorted(dates)):
        element = dates.get(kind)
        if element is None or kind in _NOT_PUBLISHED:
            continue
        year = (element.findtext("year") or "").strip()
        if year.isdigit():
            return _day(int(year), element.findtext("month") or "", element.findtext("day") or ""), int(year)
    return None, None


def _day(year: int, month: str, day: str) -> date | None:
    number = int(month) if month.strip().isdigit() else _MONTHS.get(month.strip()[:3].lower())
    if not number or not day.strip().isdigit():
        return None
    try:
        return date(year, number, int(day))
    except ValueError:
        return None


def _stated(meta: etree._Element) -> Iterator[Stated]:
    """All that the article says of its own terms; where some licence is named by its address, that one alone."""
    found = [list(_of_licence(each)) for each in meta.iterfind("permissions/license")]
    named = [
        each
        for each in found
        if any("creativecommons" in stated.text or stated.evidence == "ali" for stated in each)
    ]
    for each in named or found:
        yield from each
    if not found:
        for path in ("permissions/copyright-statement", "copyright-statement"):
            if _TERMS.search(said := _text(meta, path)):
                yield Stated("prose", said)


def _of_licence(element: etree._Element) -> Iterator[Stated]:
    for ref in element.iter(_ALI):
        for text in ("".join(ref.itertext()).strip(), ref.get("content-type") or ""):
            if text:
                yield Stated("ali", text)
    links = [element.get(_HREF), *(each.get(_HREF) for each in element.iter("ext-link", "uri"))]
    deeds = [link for link in dict.fromkeys(filter(None, links)) if "creativecommons" in link]
    # Beside a licence, the dedication of CC0 is about the data ("… waiver applies to the data").
    of_text = [link for link in deeds if "publicdomain/zero" not in link]
    for link in of_text or deeds:
        yield Stated("link", link)
    prose = " ".join(line(each) for each in element if isinstance(each.tag, str) and each.tag != _ALI)
    prose = prose or " ".join("".join(element.itertext()).split())
    if prose:
        yield Stated("prose", prose)


def _references(article: etree._Element) -> Iterator[Reference]:
    for number, ref in enumerate(article.iterfind("back//ref"), 1):
        found = [each for each in ref.iter(*_CITATIONS) if isinstance(each.tag, str)]
        cited = next(
            (each for each in found if each.find("article-title") is not None), found[0] if found else None
        )
        if len(found) > 1 and cited is not None and cited.find("article-title") is None:
            # Of two forms of the same work the one in words says more than a few bare fields.
            cited = next((each for each in found if each.tag == "mixed-citation"), cited)
        if cited is not None:
            yield _Work(cited).reference(ref.get("id") or f"ref{number}")


@dataclass(frozen=True, slots=True)
class _Work:
    element: etree._Element

    def reference(self, key: str) -> Reference:
        ids = {
            each.get("pub-id-type"): "".join(each.itertext()).strip()
            for each in self.element.iterfind("pub-id")
        }
        title = self.said("article-title") or self.said("chapter-title")
        container = self.said("source")
        if not title:
            is_loose = self.element.tag in ("mixed-citation", "citation") or not container
            title, container = (self.whole(), "") if is_loose else (container, "")
        doi = ids.get("doi") or next(iter(_DOI.findall(self.said("comment"))), "")
        year = re.match(r"\d{4}", self.said("year"))
        return Reference(
            key=key,
            kind="work",
            title=title,
            authors=tuple(self.authors()),
            container=container,
            year=int(year[0]) if year and container else None,
            volume=self.said("volume") if container else "",
            issue=self.said("issue") if container else "",
            pages="-".join(dict.fromkeys(filter(None, (self.said("fpage"), self.said("lpage")))))
            if container
            else "",
            doi=doi.lower().rstrip(".,;)"),
            pmid=ids.get("pmid", "") if ids.get("pmid", "").isdigit() else "",
        )

    def said(self, name: str) -> str:
        found = self.element.find(name)
        return line(found) if found is not None else ""

    def authors(self) -> Iterator[str]:
        if self.element.find("article-title") is None and self.element.find("source") is None:
            return
        for name in self.element.iter("name", "string-name", "collab"):
            if (group := name.getparent()) is not None and group.get(
                "person-group-type", "author"
            ) != "author":
                continue
            if name.tag == "collab":
                yield line(name)
            elif name.find("surname") is not None:
                yield _person(name)

    def whole(self) -> str:
        """The entry as it is printed, without its number."""
        return re.sub(r"^\W*\d{1,3}[.)\]]?\s+", "", line(self.element))
