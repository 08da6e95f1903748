"""The corpus as it lies on disk: one or more folders of articles with their references."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from corpus.asking import astray, with_asked
from corpus.asking import read as read_asked
from corpus.bibliography import references
from corpus.linking import leads_nowhere, links
from corpus.markdown import article, local_url
from corpus.model import Article, CorpusError, Reference
from corpus.review import Finding, findings

SHIPPED = Path(__file__).parent
"""The folder of the articles that come with the product."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Shelf:
    """The articles of `folders`, in the order of the folders and, within one, of their ids.

    A folder has `articles/*.md` (or `*.md` directly, a README.md apart), may have `asked/*.yaml` (other ways to
    ask for their sections), and may have a `references.yaml`, which the folders after it can cite as well. An article takes the place of one in an earlier folder
    only when its front matter says so (`replaces: <id>`). Everything is read when the shelf is opened, and
    all the files that cannot be read are named in one CorpusError.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        numbers: Mapping[str, str],
        *,
        url: Callable[[str], str] = local_url,
        use: str = "commercial",
    ) -> None:
        self.folders = tuple(folders)
        self._numbers = numbers
        self.references: dict[str, Reference] = {}
        self._articles: dict[str, Article] = {}
        self._paths: dict[str, Path] = {}
        self._astray: dict[str, list[tuple[str, str]]] = {}
        faults: list[str] = []
        for folder in self.folders:
            faults += self._open(folder, numbers, url, use)
        if faults:
            raise CorpusError("\n".join(faults))

    def __iter__(self) -> Iterator[Article]:
        return iter(self._articles.values())

    def __len__(self) -> int:
        return len(self._articles)

    def get(self, id: str) -> Article | None:
        return self._articles.get(id)

    def path(self, id: str) -> Path:
        """The file that the article was read from."""
        return self._paths[id]

    @cached_property
    def fingerprint(self) -> str:
        """Changes with every word of the articles, their cards and their numbers, and with nothing else."""
        return hashlib.sha256("\n".join(map(repr, self)).encode("utf-8", "backslashreplace")).hexdigest()

    def findings(self, today: date) -> list[Finding]:
        """What there is to mend, article by article, then about the works."""
        return [
            *self._broken_links(),
            *self._typed_numbers(),
            *self._asked_of_nothing(),
            *findings(self, self.references, today),
        ]

    def _asked_of_nothing(self) -> Iterator[Finding]:
        for id, places in self._astray.items():
            for anchor, beginning in places:
                if beginning:
                    yield Finding(
                        "warning",
                        id,
                        anchor,
                        f"asked/{id}.yaml asks for a sentence that is not there: “{beginning}”. Write how it begins now.",
                    )
                    continue
                there_are = self._articles[id].sections if id in self._articles else ()
                near = get_close_matches(anchor, [section.anchor for section in there_are], n=1)
                step = f"Did you mean “{near[0]}”?" if near else "Correct the anchor, or take it out."
                yield Finding(
                    "error", id, anchor, f"asked/{id}.yaml names a section that is not there. {step}"
                )
        for folder in self.folders:
            ids = {path.stem for path in article_files(folder)}
            for file in sorted((folder / "asked").glob("*.yaml")):
                if file.stem not in ids:
                    yield Finding(
                        "error",
                        file.stem,
                        "",
                        f"asked/{file.name} belongs to no article. Rename it like its article, or delete it.",
                    )

    def _typed_numbers(self) -> Iterator[Finding]:
        """Numbers that the settings hold, written out: they would stay when the settings change."""
        held = {value: name for name, value in self._numbers.items() if value.strip()}
        for id, found in self._articles.items():
            if found.card.kind != "authored":
                continue
            for line in _read(self._paths[id]).splitlines():
                for value, name in held.items() if not line.startswith(("#", "title:")) else ():
                    if re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", line):
                        yield Finding(
                            "error",
                            id,
                            "",
                            f"“{value}” is typed out. Write {{{{{name}}}}}, which is filled in.",
                        )

    def _broken_links(self) -> Iterator[Finding]:
        anchors = {id: {section.anchor for section in found.sections} for id, found in self._articles.items()}
        for id, found in self._articles.items():
            if found.card.kind != "authored":
                continue
            for target in links(_read(self._paths[id])):
                if leads_nowhere(target, id, anchors):
                    yield Finding(
                        "error",
                        id,
                        target,
                        "No article or section has this address. Correct the link, or take it out.",
                    )

    def _open(
        self, folder: Path, numbers: Mapping[str, str], url: Callable[[str], str], use: str
    ) -> list[str]:
        if not folder.is_dir():
            return [f"There is no folder {folder}. Make it, or take it out of corpus.shelves."]
        faults = self._take_references(folder / "references.yaml")
        opened: dict[str, tuple[Path, Article]] = {}
        for path in article_files(folder):
            try:
                if not _ID.fullmatch(path.stem):
                    raise CorpusError(
                        f"{path.name}: the name of an article's file has small letters, digits and single "
                        "hyphens only, because it becomes the article's address. Rename it."
                    )
                found = article(
                    _read(path), path.stem, references=self.references, numbers=numbers, url=url, use=use
                )
                asked = read_asked(folder / "asked" / f"{path.stem}.yaml")
                self._astray[path.stem] = list(astray(found, asked))
                found = with_asked(found, asked)
                if not found.sections:
                    raise CorpusError(f"{path.name} has no text. Write some, or delete the file.")
                opened[path.stem] = (path, found)
            except CorpusError as error:
                faults.append(str(error))
        return faults + self._place(opened)

    def _take_references(self, path: Path) -> list[str]:
        if not path.exists():
            return []
        try:
            found = references(_read(path), path.name)
        except CorpusError as error:
            return [str(error)]
        clashing = [key for key, known in found.items() if self.references.get(key, known) != known]
        self.references |= found
        return [
            f"{path} gives “{key}” to another work than an earlier shelf does. Choose another key."
            for key in clashing
        ]

    def _place(self, opened: Mapping[str, tuple[Path, Article]]) -> list[str]:
        faults = []
        for id, (path, found) in opened.items():
            if found.replaces and found.replaces not in self._articles:
                faults.append(
                    f"{path.name} replaces “{found.replaces}”, which no earlier shelf has. "
                    "Correct the id, or drop the line."
                )
            elif id in self._articles and found.replaces != id:
                faults.append(
                    f"{path.name} has the id of an article on an earlier shelf ({self._paths[id]}). "
                    f"Rename it, or write “replaces: {id}” into its front matter."
                )
        for _, found in opened.values():
            self._articles.pop(found.replaces, None)
        for id, (path, found) in opened.items():
            self._articles[id] = found
            self._paths[id] = path
        return faults


def article_files(folder: Path) -> list[Path]:
    """The files of a folder's articles, in a stable order."""
    inner = folder / "articles"
    found = (inner if inner.is_dir() else folder).glob("*.md")
    return sorted(path for path in found if path.name.casefold() != "readme.md")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path.name} is not UTF-8 text (byte {error.start}). Save it as UTF-8, "
            "or take it in with: assistant corpus add"
        ) from None
    except OSError as error:
        raise CorpusError(
            f"{path.name} cannot be read: {error.strerror}. Check the file and its permissions."
        ) from None
