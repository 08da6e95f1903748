"""Writing an answer that a person of the clinic approves: an article of its own on the clinic's shelf."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from assistant.approved import APPROVED
from assistant.model import AssistantError
from corpus import strict_yaml
from corpus.adding import identifier
from corpus.licences import OWN, licence
from corpus.markdown import article, front_matter, markdown
from corpus.model import Article, Card, Section, Source
from corpus.sectioning import slug
from corpus.writing import write_whole

REVIEW_AFTER = timedelta(days=365)
LONGEST_QUESTION = 200
LONGEST_ANSWER = 4_000


@dataclass(frozen=True, slots=True)
class Written:
    """`passage` is the section ("article#anchor") that answers the question."""

    article: str
    passage: str
    path: Path


def write_answer(
    question: str,
    answer: str,
    by: str,
    shelf: Path,
    *,
    today: date,
    taken: Container[str] = (),
    asked: Sequence[str] = (),
) -> Written:
    """Put an approved answer on the clinic's shelf, in place of an older one to the same question.

    The answer is plain text: lists are lists, and no other sign in it means anything. `by` is who approves it,
    `asked` are other ways to ask for it, `taken` the ids that articles elsewhere have. Raises AssistantError, in
    words for who wrote it.
    """
    question, by = " ".join(question.split()), " ".join(by.split())
    if not question or len(question) > LONGEST_QUESTION:
        raise AssistantError(
            f"Write the question in at most {LONGEST_QUESTION} letters, as a visitor would ask it."
        )
    if not answer.strip() or len(answer) > LONGEST_ANSWER:
        raise AssistantError(f"Write the answer in at most {LONGEST_ANSWER} letters.")
    if not by:
        raise AssistantError("Say who approves the answer: visitors are told.")
    id = _free(identifier(question), shelf, taken)
    text = markdown(_article(id, question, answer.strip().replace("\r\n", "\n"), by, today))
    anchor = article(text, id).sections[0].anchor
    others = [text for text in dict.fromkeys(map(str.strip, asked)) if text and text != question]
    if others:
        write_whole(shelf / "asked" / f"{id}.yaml", strict_yaml.dump({anchor: others}).encode())
    path = _place(shelf, id)
    write_whole(path, text.encode())
    return Written(id, f"{id}#{anchor}", path)


def _article(id: str, question: str, answer: str, by: str, today: date) -> Article:
    terms = licence(OWN)
    card = Card(
        id=id,
        title=question,
        url="",
        kind=APPROVED,
        licence=terms,
        topic="",
        audience="visitors",
        certainty="general guidance",
        reviewer=by,
        reviewed=today,
        review_due=today + REVIEW_AFTER,
        references=(),
    )
    return Article(card, Source(APPROVED, "", terms), (Section((question,), slug(question), answer),))


def _free(id: str, shelf: Path, taken: Container[str]) -> str:
    """An id that is nobody else's: its own again for a newer answer to the same question."""
    for candidate in (id, f"{id}-answer", *(f"{id}-answer-{n}" for n in range(2, 100))):
        path = _place(shelf, candidate)
        if path.exists():
            if _is_answer(path):
                return candidate
        elif candidate not in taken:
            return candidate
    raise AssistantError("There are a hundred articles with this title. Word the question differently.")


def _is_answer(path: Path) -> bool:
    front, _ = front_matter(path.read_text("utf-8"), path.name)
    source = front.get("source")
    return isinstance(source, dict) and source.get("kind") == APPROVED


def _place(shelf: Path, id: str) -> Path:
    inner = shelf / "articles"
    return (inner if inner.is_dir() else shelf) / f"{id}.md"
