"""Putting a document on the clinic's own shelf, and taking it off again."""

import hashlib
import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from corpus import licences
from corpus.connectors import files
from corpus.connectors.document import Document, numbered, sections
from corpus.markdown import article, is_article, markdown
from corpus.model import Article, Card, CorpusError, Licence, Reference, Source
from corpus.shelf import article_files
from corpus.writing import write_whole

_FEWEST_WORDS = 10
_LONGEST_ID = 70


@dataclass(frozen=True, slots=True)
class Added:
    """`left_out` says what of the file is not in the article; `change` what happened to the shelf."""

    article: Article
    written: Path
    references: tuple[Reference, ...]
    change: Literal["added", "replaced", "unchanged"]
    left_out: tuple[str, ...] = ()


def add(
    path: Path,
    shelf_folder: Path,
    *,
    today: date,
    taken: Container[str] = (),
    licence: str = "",
    numbers: Mapping[str, str] | None = None,
    use: str = "commercial",
) -> Added:
    """Make an article of a file and write it to the shelf, whole or not at all.

    It is marked as not reviewed, unless it is written in the format of the shelf itself. The same file
    again changes nothing; a new version of it replaces the article. `taken` are ids of other shelves,
    `licence` the terms the text may be used under: the clinic's own, if neither this nor the file says more.
    """
    data = files.contents(path)
    if path.suffix.lower() == ".md" and is_article(text := files.decoded(data, path.name)):
        return _add_authored(text, path, shelf_folder, taken, numbers, use)
    found = files.read(data, path.name)
    title = _title(found, path)
    terms = _terms(licence or found.licence or licences.OWN, path, use)
    base = identifier(title)
    id = base if base not in taken else f"{base}-2"
    draft = _article(found, id, title, Source("file", path.name, terms, today))
    text = markdown(draft)
    made = article(text, id, use=use)
    if sum(len(section.text.split()) for section in made.sections) < _FEWEST_WORDS:
        raise CorpusError(f"{path.name} has hardly any text. Name a file with an article in it.")
    before = _on_shelf(shelf_folder, id)
    if before is not None:
        _refuse_another(before, made, path)
        if _without_date(before) == _without_date(made):
            return Added(
                before, _place(shelf_folder, id), before.card.references, "unchanged", found.left_out
            )
    write_whole(_place(shelf_folder, id), text.encode())
    change: Literal["added", "replaced"] = "replaced" if before is not None else "added"
    return Added(made, _place(shelf_folder, id), made.card.references, change, found.left_out)


def remove(id: str, shelf_folder: Path) -> Path:
    """Delete an article of the clinic's own shelf; the path it had."""
    path = own_file(id, shelf_folder)
    path.unlink()
    return path


def own_file(id: str, shelf_folder: Path) -> Path:
    path = _place(shelf_folder, id)
    if path not in article_files(shelf_folder):
        raise CorpusError(
            f"There is no article “{id}” on the clinic's own shelf ({shelf_folder}). "
            "See which there are with: assistant corpus list"
        )
    return path


def identifier(title: str) -> str:
    """The id that an article with this title gets: plain letters, so that it can stand in an address."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    id = "-".join(re.findall(r"[a-z0-9]+", plain.replace("'", "")))
    if len(id) > _LONGEST_ID and ": " in title:
        return identifier(title.split(": ")[0])
    if len(id) > _LONGEST_ID:
        return id[: _LONGEST_ID + 1].rsplit("-", 1)[0]
    # A title in another script still needs an id of its own.
    return id or "article-" + hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:8]


def _add_authored(
    text: str,
    path: Path,
    shelf_folder: Path,
    taken: Container[str],
    numbers: Mapping[str, str] | None,
    use: str,
) -> Added:
    """An article in the format of the shelf is taken word for word, under the name of its file."""
    made = article(text, path.stem, numbers=numbers, use=use)
    if identifier(path.stem) != path.stem:
        raise CorpusError(f"{path.name} becomes an address. Rename it to {identifier(path.stem)}.md")
    if path.stem in taken and made.replaces != path.stem:
        raise CorpusError(
            f"There is an article “{path.stem}” already. Rename the file, or write “replaces: {path.stem}” "
            "into its front matter."
        )
    place = _place(shelf_folder, path.stem)
    before = place.read_text("utf-8") if place.exists() else None
    if before != text:
        write_whole(place, text.encode())
    change: Literal["added", "replaced", "unchanged"] = (
        "added" if before is None else "unchanged" if before == text else "replaced"
    )
    return Added(made, place, made.card.references, change)


def _title(found: Document, path: Path) -> str:
    title = found.title or re.sub(r"[-_\s]+", " ", path.stem).strip().capitalize()
    return title.replace("{{", "{ {")


def _terms(statement: str, path: Path, use: str) -> Licence:
    terms = licences.licence(statement, use)
    if terms.admission != "full":
        raise CorpusError(
            f"{path.name} is under “{terms.name}”, which does not let the clinic keep and show its text. Ask "
            "for permission and give it as the licence “Permission: …”, or write about it in your own words."
        )
    return terms


def _article(found: Document, id: str, title: str, source: Source) -> Article:
    card = Card(
        id=id,
        title=title,
        url="",
        kind=source.kind,
        licence=source.licence,
        topic="",
        audience="visitors",
        certainty="not reviewed",
        reviewer="",
        reviewed=None,
        review_due=None,
        references=numbered(found.references, id),
    )
    return Article(card, source, sections(found.blocks, title))


def _on_shelf(folder: Path, id: str) -> Article | None:
    place = _place(folder, id)
    return article(place.read_text("utf-8"), id) if place.exists() else None


def _refuse_another(before: Article, made: Article, path: Path) -> None:
    if before.source.address != made.source.address:
        origin = before.source.address or "the clinic"
        raise CorpusError(
            f"{path.name} has the title of an article that is on the shelf already, from {origin}: "
            f"“{before.card.title}”. Change its title, or remove the other first: "
            f"assistant corpus remove {before.card.id}"
        )


def _without_date(made: Article) -> Article:
    return replace(made, source=replace(made.source, retrieved=None))


def _place(folder: Path, id: str) -> Path:
    inner = folder / "articles"
    return (inner if inner.is_dir() else folder) / f"{id}.md"
