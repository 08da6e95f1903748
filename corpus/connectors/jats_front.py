"""What a JATS article says about itself: identifiers, authors, dates, terms, and the works it cites."""

import re
from collections.abc import Iterator
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
_LIMITS = re.compile(r"non-?\s?commercial|no-?\s?deriv|all rights reserved", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.IGNORECASE)
_YEAR = re.compile(r"\d{4}")
_ITS_NUMBER = re.compile(r"^\W*\d{1,3}[.)\]]?\s+")
_TOLD = frozenset(("collab", "comment", "conf-name", "ext-link", "patent", "publisher-name", "uri", "year"))
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
        is_retracted="retraction-forward" in related
        or article.get("article-type") == "retracted-article"
        or bool(_RETRACTED.match(title)),
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
    """ "Roe AB": of "Ann Bea" and "A.-B." the first letters, of "Ann van" those of the names."""
    said = {child.tag: (child.text or "").strip() for child in name}
    given = said.get("given-names", "")
    if not (given.isalpha() and given.isupper() and len(given) <= 4):
        words = given.replace(".", " ").replace("-", " -").split()
        given = "".join(
            letter for at, word in enumerate(words) if (letter := _initial(word, is_first=not at))
        )
    return " ".join(filter(None, (said.get("surname", ""), given, said.get("suffix", ""))))


def _initial(word: str, *, is_first: bool) -> str:
    letter = word.lstrip("-")[:1]
    if not letter.isalpha() or (letter.islower() and not is_first and word[0] != "-"):
        return ""  # "de" and "van" are no names of their own
    return letter.upper()


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
    """All that the article says of its own terms. Beside a licence that is named by its address, words on how it
    may be read count only when they take something away."""
    found = [list(_of_licence(each)) for each in meta.iterfind("permissions/license")]
    has_name = [
        any("creativecommons" in stated.text or stated.evidence == "ali" for stated in each) for each in found
    ]
    for each, is_named in zip(found, has_name, strict=True):
        if is_named or not any(has_name) or any(_LIMITS.search(stated.text) for stated in each):
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


class _Work:
    """One entry of the list. Its fields are looked up once: there are more of them than of all else in an article."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self.fields: dict[object, etree._Element] = {}
        self.ids: dict[str, str] = {}
        for child in element:
            self.fields.setdefault(child.tag, child)
            if child.tag == "pub-id":
                self.ids[child.get("pub-id-type") or ""] = "".join(child.itertext()).strip()

    def reference(self, key: str) -> Reference:
        title = self.said("article-title") or self.said("chapter-title")
        container = self.said("source")
        is_whole = not title and (self.is_written_out or not container)
        if not title:
            title, container = self.whole() if is_whole else container, ""
        doi = self.ids.get("doi") or next(iter(_DOI.findall(self.said("comment"))), "")
        year = _YEAR.match(self.said("year"))
        pages = dict.fromkeys((self.said("fpage"), self.said("lpage")))
        pmid = self.ids.get("pmid", "")
        return Reference(
            key=key,
            kind="work",
            title=title,
            authors=() if is_whole else tuple(self.authors()),
            container=container,
            year=int(year[0]) if year and not is_whole else None,
            volume="" if is_whole else self.said("volume"),
            issue="" if is_whole else self.said("issue"),
            pages="" if is_whole else "-".join(filter(None, pages)),
            doi=doi.lower().rstrip(".,;)"),
            pmid=pmid if pmid.isdigit() else "",
        )

    def said(self, name: str) -> str:
        found = self.fields.get(name)
        return line(found) if found is not None else ""

    @property
    def is_written_out(self) -> bool:
        """Whether it is printed as it stands, with its own commas, and is not a row of bare fields."""
        return any((child.tail or "").strip() for child in self.element) or not len(self.element)

    def authors(self) -> Iterator[str]:
        for name in self.element.iter("name", "string-name", "collab"):
            group = name.getparent()
            if group is not None and group.get("person-group-type", "author") != "author":
                continue
            if name.tag == "collab":
                yield line(name)
            elif name.find("surname") is not None:
                yield _person(name)

    def whole(self) -> str:
        """The entry as it is printed, without its number."""
        if not self.is_written_out:
            return ". ".join(filter(None, (line(each) for each in self.element if each.tag in _TOLD)))
        return _ITS_NUMBER.sub("", line(self.element))
