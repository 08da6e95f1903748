"""HTML → blocks, without what a reader of the page would not see."""

import re
from collections.abc import Iterator

from lxml import etree, html

from corpus.connectors.document import Block, Document, Heading, Item, Paragraph, document
from corpus.model import CorpusError

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset(
    (
        "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "nav", "form",
        "button", "select", "textarea", "input", "head", "dialog", "audio", "video",
    )
)  # fmt: skip
_BLOCKS = frozenset(
    (
        "p", "div", "section", "article", "main", "body", "html", "header", "footer", "aside", "blockquote",
        "dd", "dt", "dl", "figure", "figcaption", "address", "ul", "ol", "hr", "center", "details", "summary",
        "td", "th", "tr", "tbody", "thead", "fieldset",
    )
)  # fmt: skip
_HIDING = re.compile(
    r"display:none|visibility:hidden|visibility:collapse|opacity:0(?:\.0+)?(?:;|$|!)|font-size:0(?:[a-z%]*)(?:;|$|!)|"
    r"(?:left|top|text-indent|right|margin-left):-\d{4,}|clip:rect\(0|clip-path:inset\((?:50|100)%|"
    r"(?:max-)?(?:height|width):0(?:px)?;(?:.*;)?overflow:hidden|"
    r"overflow:hidden;(?:.*;)?(?:max-)?(?:height|width):0(?:px)?(?:;|$)"
)
_WHITE = r"(?:white|#fff(?:fff)?|rgba?\(255,255,255(?:,[\d.]+)?\))(?![\w(])"
_WHITE_TEXT = re.compile(rf"(?:^|;)color:{_WHITE}|(?:^|;)color:(?:transparent|rgba\([\d.,]+,0\))")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color|-image)?:([^;]+)")
_HIDDEN_CLASS = re.compile(r"(?:^|\s)(?:sr-only|visually-hidden|screen-reader-text|d-none|hidden)(?:\s|$)")
_SHOWN_AGAIN = re.compile(r"(?::|d-\w\w-)(?:block|flex|grid|inline|table)")  # hidden on some screens only
_CHALLENGE = re.compile(
    r"just a moment|checking your browser|attention required|verify (?:that )?you are (?:a )?human|"
    r"are you a robot|enable javascript and cookies|access denied|unusual traffic|captcha|ddos protection|"
    r"security check|please log ?in|sign in to continue|page not found|404 not found|403 forbidden",
    re.IGNORECASE,
)
_RESULTS = re.compile(
    r"search results|results for\b|[-–|] (?:google |yahoo )?search\b|at duckduckgo", re.IGNORECASE
)
_FEWEST_WORDS = 20
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SENTENCE_END = (".", ",", ";", "!", "…")


def page(text: str, name: str) -> Document:
    """The main text of a web page, without navigation and advertising."""
    import trafilatura

    tree = _tree(text, name)
    hidden = _remove_hidden(tree)
    _set_superscripts(tree)
    visible = " ".join(tree.text_content().split())
    heading = " ".join(" ".join(tree.xpath("//title//text()|//h1//text()")).split())
    if _CHALLENGE.search(heading) or (len(visible) < 1500 and _CHALLENGE.search(visible)):
        raise CorpusError(
            f"{name} is not an article but a page in front of it (a login, an error or a robot check). "
            "Save the article itself from a browser and add that file."
        )
    found = trafilatura.extract(
        etree.tostring(tree, encoding="unicode", method="html"),
        output_format="html",
        include_links=True,
        include_comments=False,
        include_tables=True,
    )
    blocks = _blocks(_tree(found, name)) if found else []
    if sum(len(block.text.split()) for block in blocks) < _FEWEST_WORDS:
        raise CorpusError(
            f"{name} has no main text that could be told from its menus. Copy the article into a text file "
            "and add that."
        )
    length = sum(len(block.text) for block in blocks)
    linked: int = sum(len("".join(link.itertext())) for link in _tree(found or "", name).iter("a"))
    if _RESULTS.search(heading) or linked > 0.6 * length:
        raise CorpusError(f"{name} is a list of links and not an article. Add the pages that it leads to.")
    metadata = trafilatura.extract_metadata(tree)
    title = _title(blocks, tree) or (metadata.title if metadata and metadata.title else "")
    licence = metadata.license if metadata and metadata.license else ""
    return document(blocks, title, hidden, licence)


def whole(text: str, name: str, title: str = "") -> Document:
    """All the text of HTML that was made from a document, which has nothing around its text."""
    tree = _tree(text, name)
    hidden = _remove_hidden(tree)
    _set_superscripts(tree)
    return document(_blocks(tree), title, hidden)


def _tree(text: str, name: str) -> html.HtmlElement:
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text).replace("\x00", "")
    try:
        return html.document_fromstring(
            text or "<html/>", parser=html.HTMLParser(remove_comments=True, remove_pis=True, encoding=None)
        )
    except (etree.LxmlError, ValueError) as error:
        raise CorpusError(
            f"{name} is not readable HTML ({error}). Save the page again and add that."
        ) from None


def _title(blocks: list[Block], tree: html.HtmlElement) -> str:
    if blocks and isinstance(blocks[0], Heading):
        return blocks[0].text
    headings = [" ".join(found.text_content().split()) for found in tree.xpath("//h1")]
    return headings[0] if len(headings) == 1 else ""


def _remove_hidden(tree: html.HtmlElement) -> list[str]:
    hidden = [element for element in tree.iter() if isinstance(element.tag, str) and _is_hidden(element)]
    lost = 0
    for element in hidden:
        lost += bool(element.tag not in _SKIPPED and (element.text_content() or "").strip())
        if element.getparent() is not None:
            element.drop_tree()
    return [f"Text that the page hides from its readers ({lost} x)"] if lost else []


def _is_hidden(element: html.HtmlElement) -> bool:
    if element.tag in ("html", "body"):
        return False
    if element.tag in _SKIPPED and element.tag not in ("head", "form"):
        return True
    if element.get("hidden") is not None or (element.get("aria-hidden") or "").strip().lower() == "true":
        return True
    classes = element.get("class") or ""
    if _HIDDEN_CLASS.search(classes) and not _SHOWN_AGAIN.search(classes):
        return True
    style = re.sub(r"\s+", "", element.get("style") or "").lower()
    background = _BACKGROUND.search(style)
    on_white = not background or bool(re.match(_WHITE, background[1]))
    color = (element.get("color") or "").strip().lower() if element.tag == "font" else ""
    return bool(
        _HIDING.search(style)
        or (on_white and _WHITE_TEXT.search(style))
        or (color and re.fullmatch(_WHITE, color))
    )


def _set_superscripts(tree: html.HtmlElement) -> None:
    """The mark of a footnote goes; an exponent stays, as one."""
    for element in tree.xpath("//sup"):
        text = "".join(element.itertext()).strip()
        is_mark = element.find(".//a") is not None or re.fullmatch(r"\[.*\]", text)
        if element.getparent() is None:
            continue
        if is_mark:
            element.drop_tree()
        else:
            element.text = (element.text or "").translate(_SUPERSCRIPT)
            element.drop_tag()


def _blocks(tree: html.HtmlElement) -> list[Block]:
    walker = _Walker()
    walker.walk(tree, None)
    walker.flush()
    blocks = walker.made
    if not any(isinstance(block, Heading) and block.level > 1 for block in blocks):
        # Written without heading styles: a short line all in bold is one.
        for at in walker.bold:
            block = blocks[at]
            if (
                isinstance(block, Paragraph)
                and len(block.text) <= 120
                and not block.text.endswith(_SENTENCE_END)
            ):
                blocks[at] = Heading(2, block.text)
    return blocks


class _Walker:
    def __init__(self) -> None:
        self.made: list[Block] = []
        self.bold: list[int] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self.is_bold = True
        self.item: Item | None = None

    def flush(self) -> None:
        """Close the paragraph or item that is being gathered."""
        for part in re.split(r"\n\s*\n", "".join(self.text)):
            line = " ".join(part.split())
            if not line:
                continue
            if self.item is not None:
                self.made.append(Item(line, tuple(self.links), self.item.number))
            else:
                if self.is_bold:
                    self.bold.append(len(self.made))
                self.made.append(Paragraph(line, tuple(self.links)))
        self.text, self.links, self.is_bold = [], [], True

    def walk(self, element: html.HtmlElement, number: Iterator[int] | None, *, bold: bool = False) -> None:
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED - {"head", "form"} or tag in ("title", "meta", "link"):
            return
        if tag in _HEADINGS:
            self.flush()
            text = " ".join("".join(element.itertext()).split())
            self.made.append(Heading(_HEADINGS[tag], text))
        elif tag == "table" and not self.item:
            self.flush()
            self.table(element)
        elif tag == "pre":
            self.flush()
            lines = [" ".join(line.split()) for line in "".join(element.itertext()).splitlines()]
            self.made.append(Paragraph("\n".join(filter(None, lines))))
        elif tag == "li":
            self.flush()
            outer, self.item = self.item, Item("", number=next(number) if number else None)
            self.children(element, None, bold=bold)
            self.flush()
            self.item = outer
        elif tag in ("ol", "ul"):
            self.flush()
            start = element.get("start") or "1"
            counting = iter(range(int(start) if start.isdigit() else 1, 10**9)) if tag == "ol" else None
            self.children(element, counting, bold=bold)
            self.flush()
        elif tag == "br":
            self.text.append("\n")
        elif tag in _BLOCKS and self.item is None:
            self.flush()
            self.children(element, number, bold=bold)
            self.flush()
        else:
            if tag == "a" and (element.get("href") or "").startswith("http"):
                self.links.append(element.get("href") or "")
            self.text.append(" " if tag in _BLOCKS else "")
            self.children(element, number, bold=bold or tag in ("b", "strong"))
            self.text.append(" " if tag in _BLOCKS else "")

    def children(self, element: html.HtmlElement, number: Iterator[int] | None, *, bold: bool) -> None:
        self.say(element.text, bold)
        for child in element:
            self.walk(child, number, bold=bold)
            self.say(child.tail, bold)

    def say(self, text: str | None, bold: bool) -> None:
        if text:
            # Line breaks of the source are spaces; those of <br> are kept until the paragraph is closed.
            self.text.append(re.sub(r"\s+", " ", text))
            self.is_bold = self.is_bold and (bold or not text.strip())

    def table(self, element: html.HtmlElement) -> None:
        rows = [list(row.xpath("./td|./th")) for row in element.xpath(".//tr[not(ancestor::table[2])]")]
        columns = max((len(row) for row in rows), default=0)
        if columns < 2 or element.find(".//table") is not None:  # laid out with, not a table
            for row in rows:
                for cell in row:
                    self.children(cell, None, bold=False)
                    self.flush()
            return
        names: list[str] = []
        lines: list[str] = []
        for row in rows:
            cells = [" ".join(" ".join(cell.itertext()).split()) for cell in row]
            if all(cell.tag == "th" for cell in row):
                names = cells
                continue
            if row[0].tag == "th" and not names:
                lines.append(
                    f"{cells[0]}: {'; '.join(filter(None, cells[1:]))}" if any(cells[1:]) else cells[0]
                )
                continue
            if len(cells) == 2 and not names and all(cells):
                lines.append(f"{cells[0]}: {cells[1]}")
                continue
            named = [
                f"{names[at]}: {cell}" if at < len(names) and names[at] else cell
                for at, cell in enumerate(cells)
                if cell
            ]
            lines.append("; ".join(named))
        if names and not any(lines):
            lines = ["; ".join(filter(None, names))]
        self.made.append(Paragraph("\n".join(filter(None, lines))))
