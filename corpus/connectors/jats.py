"""A JATS article as PubMed Central delivers it → a publication.

Walked as a document, not searched for paragraphs: figures and tables stand inside paragraphs, lists inside
sentences, and citations directly behind words and numbers, so that any shorter way loses text or makes up
numbers that the article does not have.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from corpus.connectors import jats_front, jats_prose, jats_tables, safe_xml
from corpus.connectors.faults import Unusable
from corpus.connectors.jats_prose import Prose
from corpus.connectors.kinds import kind_of
from corpus.connectors.publication import Figure, Part, PartKind, Publication, Table

_NOT_PROSE = re.compile(
    r"^\W*(?:\d[\d.]*\s*)?(?:conflicts?|competing|declarations?|disclosures?|financial disclosure|funding|acknowledge?ments?|"
    r"authors?[’']? ?s?[’']? (?:contributions?|information|details)|contributorship|(?:electronic )?supplement\w*|supporting information|"
    r"additional (?:files?|information)|(?:data|code|software|materials?) (?:availability|sharing)|availability of (?:data|supporting)|ethic\w+ "
    r"(?:approval|statement|consider\w+|declaration)|ethics|consent (?:for|to) publication|consent for|"
    r"pre-?publication history|(?:list of )?abbreviations|footnotes?|references|notes)\b",
    re.IGNORECASE,
)
_NOT_PROSE_TYPES = frozenset(
    ("COI-statement", "supplementary-material", "data-availability", "ack", "funding", "ethics-statement", "author-contributions")
)  # fmt: skip
_INLINE_HEAD = re.compile(
    r"(?:(?<=^)|(?<=[.!?)\]]) ?)(?:\[(?P<bracketed>[A-Z][A-Za-z ,/&]{2,40})\]:? ?|"
    r"(?P<plain>Background|Objectives?|Purpose|Aims?|Introduction|Context|Methods?|Materials and Methods|Patients and Methods|"
    r"Study Design|Design|Settings?|Participants|Interventions?|Main Outcome Measures?|Results?|Findings|Conclusions?|"
    r"Discussion|Clinical Relevance|Level of Evidence)[.:]\s)(?=[\[A-Z0-9“\"(])"
)
_MOST_PARTS, _MOST_LETTERS = 2_000, 3_000_000


def parse(data: bytes) -> Publication:
    """The publication in the bytes of one article; a `SourceError` says why there is none in them.

    Text is as printed but for white space and what readers are not to see: citation marks (kept as `cites`),
    footnotes and their marks, figures and tables (kept apart), formulas set by themselves, e-mail addresses.
    """
    root = safe_xml.tree(data, "the article")
    article = next((each for each in root.iter("{*}article") if isinstance(each.tag, str)), None)
    if article is None:
        raise Unusable("The text is no JATS article. It was left out.")
    if "}" in article.tag:
        safe_xml.without_own_namespace(article)
    found = _Body()
    abstract, summary, others = _abstracts(article)
    body = article.find("body")
    if body is not None:
        found.section(body, (), "")
    for app in article.iterfind("back//app"):
        found.section(app, (), "appendix")
    for floating in article.iterfind("floats-group"):
        found.lift(floating)
    return jats_front.with_front(
        article,
        abstract=abstract,
        summary=summary,
        other_abstracts=others,
        parts=tuple(found.parts),
        tables=tuple(found.tables),
        figures=tuple(found.figures),
    )


@dataclass(slots=True)
class _Body:
    """What is gathered on the way through an article."""

    parts: list[Part] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    letters: int = 0

    def section(self, element: etree._Element, path: tuple[str, ...], kind: PartKind) -> None:
        """An element with a title of its own, or with the headings of what it stands in."""
        title = _heading(element)
        if title:
            path = (*path, title)
        if kind not in ("appendix", "box"):
            kind = kind_of(title, element.get("sec-type") or "") or kind
        prose = Prose()

        def lift(lifted: etree._Element) -> None:
            self.set_apart(lifted, prose, path, kind)

        for child in element:
            tag = child.tag
            if tag in ("title", "label") or (tag == "caption" and element.tag == "boxed-text"):
                continue
            if tag == "sec":
                self.close(prose, path, kind)
                if not _is_left_out(child):
                    self.section(child, path, kind)
            else:
                prose.block(child, lift)
        self.close(prose, path, kind)

    def set_apart(self, element: etree._Element, prose: Prose, path: tuple[str, ...], kind: PartKind) -> None:
        """What stands in the text and is not part of it."""
        if element.tag == "boxed-text":
            self.close(prose, path, kind)
            self.section(element, path, "box")
        elif element.tag == "disp-quote":
            self.close(prose, path, kind)
            quote = Prose()
            for child in element:
                quote.block(child, lambda lifted: self.set_apart(lifted, quote, path, "quote"))
            self.close(quote, path, "quote")
        else:
            self.lift(element)

    def lift(self, element: etree._Element) -> None:
        """Figures and tables in `element`, itself included."""
        for each in element.iter("table-wrap", "fig"):
            if each.tag == "fig":
                self.figures.append(jats_tables.figure(each))
            else:
                self.tables.append(jats_tables.table(each))

    def close(self, prose: Prose, path: tuple[str, ...], kind: PartKind) -> None:
        text, cites = prose.taken()
        if not text:
            return
        self.letters += len(text)
        if len(self.parts) >= _MOST_PARTS or self.letters > _MOST_LETTERS:
            raise Unusable("The article is as long as several books. It was left out.")
        self.parts.append(Part(path, text, kind, cites))


def _heading(element: etree._Element) -> str:
    title = element.find("title")
    if title is None:
        title = element.find("caption/title")
    return jats_prose.line(title) if title is not None else ""


def _is_left_out(section: etree._Element) -> bool:
    """Whether it is about how the article came to be, and not what it says."""
    return (section.get("sec-type") or "") in _NOT_PROSE_TYPES or bool(_NOT_PROSE.match(_heading(section)))


def _abstracts(article: etree._Element) -> tuple[tuple[Part, ...], str, tuple[tuple[str, str], ...]]:
    """The main abstract, the plain-language one, and the others by type."""
    meta = article.find("front/article-meta")
    main: tuple[Part, ...] = ()
    summary = ""
    others: list[tuple[str, str]] = []
    for element in meta.iterfind("abstract") if meta is not None else ():
        parts = tuple(_abstract(element))
        text = "\n\n".join(part.text for part in parts)
        kind = element.get("abstract-type") or ""
        if not text:
            continue
        if not kind and not main:
            main = parts
        elif "plain" in kind or "lay" in kind:
            summary = summary or text
        else:
            others.append((kind, text))
    for element in meta.iterfind("trans-abstract") if meta is not None else ():
        text = "\n\n".join(part.text for part in _abstract(element))
        if text:
            others.append((f"trans:{element.get(jats_prose.LANG) or ''}", text))
    return main, summary, tuple(others)


def _abstract(element: etree._Element) -> Iterator[Part]:
    found = _Body()
    found.section(element, (), "")
    for part in found.parts:
        path = tuple(heading.rstrip(":. ") for heading in part.path if heading.strip().lower() != "abstract")
        if path:
            yield Part(("Abstract", *path), part.text, kind_of(path[-1]) or part.kind, part.cites)
        else:
            yield from _by_inline_heads(part)


def _by_inline_heads(part: Part) -> Iterator[Part]:
    """An abstract in one piece whose labels stand in the text: "[Purpose] …" or "Results: …"."""
    heads = list(_INLINE_HEAD.finditer(part.text))
    if len(heads) < 2 or heads[0].start() > 0:
        yield Part(("Abstract", *part.path), part.text, part.kind, part.cites)
        return
    ends = [*(head.start() for head in heads[1:]), len(part.text)]
    for head, end in zip(heads, ends, strict=True):
        label = head["bracketed"] or head["plain"]
        begin = head.end()
        cites = tuple((at - begin, key) for at, key in part.cites if begin <= at <= end)
        text = part.text[begin:end].rstrip()
        yield Part(
            ("Abstract", label), text, kind_of(label), tuple((min(at, len(text)), key) for at, key in cites)
        )
