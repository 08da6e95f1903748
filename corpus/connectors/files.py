"""A file on disk → its document. What a file is, its content says; its name only breaks ties."""

import re
from dataclasses import replace
from pathlib import Path

from markdown_it import MarkdownIt

from corpus.connectors import docx, hypertext, pdf, plaintext
from corpus.connectors.document import Document, document
from corpus.markdown import front_matter
from corpus.model import CorpusError

LARGEST = 50 * 1024 * 1024
TAKEN = "Markdown, plain text, HTML, PDF or Word (.docx)"

_LONGEST = 3_000_000
_TEXT_NAMES = frozenset(("", ".txt", ".text", ".md", ".markdown"))
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?\s*([\w-]+)", re.IGNORECASE)
_MARKDOWN_HEADING = re.compile(r"^#{1,6} +\S", re.MULTILINE)


def contents(path: Path) -> bytes:
    """The bytes of a file that is not too large to be an article."""
    try:
        if not path.is_file():
            what = (
                "is a folder" if path.is_dir() else "does not exist" if not path.exists() else "is not a file"
            )
            raise CorpusError(f"{path} {what}. Name a file: {TAKEN}.")
        size = path.stat().st_size
        if size > LARGEST:
            raise CorpusError(
                f"{path.name} has {size / 1024 / 1024:.0f} MB; up to {LARGEST // 1024 // 1024} MB are taken. "
                "Add the part that matters by itself."
            )
        with path.open("rb") as file:
            return file.read(LARGEST + 1)[:LARGEST]
    except OSError as error:
        raise CorpusError(f"{path.name} cannot be read: {error.strerror}. Check its permissions.") from None


def read(data: bytes, name: str) -> Document:
    """The document in the `data` of the file `name`, or a CorpusError that says why there is none."""
    if not data.strip():
        raise CorpusError(f"{name} is empty. Name a file with text in it.")
    if b"%PDF-" in data[:1024]:
        return pdf.read(data, name)
    if data.startswith(b"PK\x03\x04"):
        return _packed(data, name)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise CorpusError(
            f"{name} is an old Office file or has a password. Save it as .docx without one and add that."
        )
    if data.startswith(b"{\\rtf"):
        raise CorpusError(f"{name} is a rich text (RTF) file. Save it as .docx and add that.")
    suffix = Path(name).suffix.lower()
    text = decoded(data, name)
    if _HTML.match(text) or suffix in (".html", ".htm", ".xhtml"):
        return hypertext.page(text, name)
    if suffix not in _TEXT_NAMES:
        raise CorpusError(f"{name} is a {suffix} file. What is taken is {TAKEN}: save it as one of them.")
    if len(text) > _LONGEST:
        raise CorpusError(f"{name} is as long as several books. Add the part that matters by itself.")
    if suffix in (".md", ".markdown") or len(_MARKDOWN_HEADING.findall(text)) >= 2:
        return _markdown(text, name)
    return document(plaintext.blocks(text))


def _markdown(text: str, name: str) -> Document:
    """Markdown of any origin. Through HTML, because it may hold HTML, and with it hidden text."""
    front, rest = front_matter(text, name)
    title = front.pop("title", "")
    found = hypertext.whole(MarkdownIt("commonmark").enable("table").render(rest), name, str(title or ""))
    others = [f"Front matter: {', '.join(map(str, front))}"] if front else []
    return replace(found, left_out=(*others, *found.left_out))


def decoded(data: bytes, name: str) -> str:
    """Text from bytes: UTF-8, else what a page declares, else the likeliest of the common encodings."""
    from charset_normalizer import from_bytes

    text = ""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif b"\x00" not in data[:4096]:
        declared = _CHARSET.search(data[:2048])
        for encoding in ("utf-8-sig", declared[1].decode() if declared else "utf-8-sig"):
            try:
                text = data.decode(encoding)
                break
            except (UnicodeDecodeError, LookupError):
                continue
        else:
            best = from_bytes(data, cp_isolation=["cp1252", "iso8859_15", "mac_roman", "utf_16"]).best()
            text = str(best) if best else ""
    odd = sum(not char.isprintable() and char not in "\n\r\t\f\v" for char in text[:100_000])
    if not text or odd > len(text[:100_000]) // 200 or "\ufffd" * 3 in text:
        raise CorpusError(f"{name} is not text that can be read. What is taken is {TAKEN}.")
    return text


def _packed(data: bytes, name: str) -> Document:
    if b"word/document.xml" in data or b"word/" in data[:4096]:
        return docx.read(data, name)
    raise CorpusError(
        f"{name} is packed and not a Word document. What is taken is {TAKEN}: save it as one of them."
    )
