"""Other ways to ask for what a section says: `asked/<article>.yaml` beside the articles, anchor by anchor.

    does-cupping-work-for-pain:
      - is cupping a scam
      - Bruises from cups fade: [how long do cupping marks stay]

A phrasing by itself asks for the section; one under the beginning of a sentence asks for what that sentence says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeGuard

from corpus import strict_yaml
from corpus.model import Article, CorpusError, Section
from corpus.sentences import sentences


@dataclass(frozen=True, slots=True)
class Ways:
    """How a section is asked for: as a whole, and by the beginnings of its sentences."""

    of_all: tuple[str, ...] = ()
    of_sentences: tuple[tuple[str, tuple[str, ...]], ...] = ()


Asked = Mapping[str, Ways]


def read(file: Path) -> Asked:
    """The phrasings of an article's sections by anchor; none when there is no such file.

    Raises CorpusError naming the file for anything else than `anchor: [phrasing, …]`, where the phrasings of one
    sentence stand in a list under its beginning.
    """
    if not file.exists():
        return {}
    found = strict_yaml.load(file.read_text("utf-8"), file.name) or {}
    if not isinstance(found, dict):
        raise CorpusError(f"{file.name} must be “anchor:” lines, each with a list of phrasings.")
    return {str(anchor): _ways(phrasings, file.name, anchor) for anchor, phrasings in found.items()}


def _ways(phrasings: object, file: str, anchor: object) -> Ways:
    if not isinstance(phrasings, list):
        raise CorpusError(f"{file}: “{anchor}” must have a list of phrasings, each of them a text.")
    whole: list[str] = []
    of_sentences: list[tuple[str, tuple[str, ...]]] = []
    for one in phrasings:
        if _is_text(one):
            whole.append(one)
        elif isinstance(one, dict) and all(map(_is_text, one)) and all(map(_are_texts, one.values())):
            of_sentences += [(" ".join(beginning.split()), tuple(asked)) for beginning, asked in one.items()]
        else:
            raise CorpusError(
                f"{file}: “{anchor}” must have a list of phrasings, each of them a text, or the beginning of a sentence "
                "with a list of its own."
            )
    return Ways(tuple(whole), tuple(of_sentences))


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(map(_is_text, value))


def with_asked(article: Article, asked: Asked) -> Article:
    """The article with how its sections are asked for. What asks for a sentence that is gone asks for the section."""
    sections = (_with(section, asked.get(section.anchor, Ways())) for section in article.sections)
    return replace(article, sections=tuple(sections))


def _with(section: Section, ways: Ways) -> Section:
    whole = list(ways.of_all)
    at: list[tuple[int, str]] = []
    for beginning, asked in ways.of_sentences:
        place = _place(section, beginning)
        if place is None:
            whole += asked
        else:
            at += [(place, one) for one in asked]
    return replace(section, asked=tuple(whole), asked_at=tuple(sorted(at, key=lambda pair: pair[0])))


def _place(section: Section, beginning: str) -> int | None:
    """Where the first sentence that begins so stands."""
    for start, end in sentences(section.text):
        if " ".join(section.text[start:end].split()).startswith(beginning):
            return start
    return None


def astray(article: Article, asked: Asked) -> Iterator[tuple[str, str]]:
    """The anchors that no section of the article has, and with their anchor the sentences that no section has."""
    known = {section.anchor: section for section in article.sections}
    for anchor, ways in asked.items():
        if anchor not in known:
            yield anchor, ""
            continue
        for beginning, _ in ways.of_sentences:
            if _place(known[anchor], beginning) is None:
                yield anchor, beginning
