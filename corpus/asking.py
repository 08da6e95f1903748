"""Other ways to ask for what a section says: `asked/<article>.yaml` beside the articles, anchor by anchor."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from corpus import strict_yaml
from corpus.model import Article, CorpusError

Asked = Mapping[str, Sequence[str]]


def read(file: Path) -> Asked:
    """The phrasings of an article's sections by anchor; none when there is no such file.

    Raises CorpusError naming the file for anything else than `anchor: [phrasing, …]`.
    """
    if not file.exists():
        return {}
    found = strict_yaml.load(file.read_text("utf-8"), file.name) or {}
    if not isinstance(found, dict):
        raise CorpusError(f"{file.name} must be “anchor:” lines, each with a list of phrasings.")
    for anchor, phrasings in found.items():
        if not isinstance(phrasings, list) or not all(
            isinstance(one, str) and one.strip() for one in phrasings
        ):
            raise CorpusError(f"{file.name}: “{anchor}” must have a list of phrasings, each of them a text.")
    return {str(anchor): tuple(phrasings) for anchor, phrasings in found.items()}


def with_asked(article: Article, asked: Asked) -> Article:
    sections = (replace(section, asked=tuple(asked.get(section.anchor, ()))) for section in article.sections)
    return replace(article, sections=tuple(sections))


def astray(article: Article, asked: Asked) -> list[str]:
    """The anchors that no section of the article has."""
    known = {section.anchor for section in article.sections}
    return [anchor for anchor in asked if anchor not in known]
