"""What visitors asked in vain: unanswered and unhelpful questions, grouped by meaning, until somebody answers them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection, Row, and_, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from assistant.approved import APPROVED
from assistant.clustering import Vector, middle, nearest, unit
from assistant.database import Database
from assistant.model import Answer, AssistantError, Response
from assistant.tables import feedback, gap_questions, gaps, messages

GapState = Literal["open", "doubtful", "answered", "ignored"]
"""A doubtful gap was taken for off topic whenever it was asked: mostly it is, and now and then that is the fault."""

Reason = Literal["not_covered", "unsupported", "not_helpful", "off_topic"]

LONGEST = 4_000
AT_ONCE = 100
"""Questions that are taken in, or asked again, before others get their turn."""

Embed = Callable[[Sequence[str]], tuple[str, Sequence[Sequence[float]]]]
"""(the fingerprint of the model, the vectors) of some texts."""

Ask = Callable[[str, Reason], bool]
"""Whether the index answers a question now, which it failed at for that reason before."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in a gap, without what identifies a person."""

    text: str
    reason: Reason
    asked: datetime
    answered: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that mean the same, the latest first. `answered_now` counts those the index answers since.

    `article` is the approved answer that staff wrote. `changed_by` is empty when no person closed or opened it.
    """

    id: int
    state: GapState
    questions: tuple[Asked, ...]
    changed: datetime
    changed_by: str
    article: str | None

    @property
    def label(self) -> str:
        """The shortest of the questions of several words: it says best what is asked."""
        asked = [question.text for question in self.questions]
        return min((text for text in asked if len(text.split()) > 2), key=len, default=asked[0])

    @property
    def count(self) -> int:
        return len(self.questions)

    @property
    def last_asked(self) -> datetime:
        return self.questions[0].asked

    @property
    def answered_now(self) -> int:
        return sum(question.answered for question in self.questions)


class Gaps:
    """Safe for threads and for processes beside it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def gather(self, embed: Embed, now: datetime) -> int:
        """Take in what was asked in vain since, each question into the gap that means the same; how many.

        A question into a gap that was answered before opens it again; one that is ignored stays so.
        """
        with self._database.reading() as connection:
            found = connection.execute(_asked_in_vain().limit(AT_ONCE)).all()
        if not found:
            return 0
        texts = [row.reply["standalone"] or row.text for row in found]
        fingerprint, vectors = embed(texts)
        self._renew(embed, fingerprint)
        with self._database.reading() as connection:
            groups = _vectors(connection)
        middles = {gap: middle(group) for gap, group in groups.items()}
        taken = 0
        for row, text, vector in zip(found, texts, map(unit, vectors), strict=True):
            gap = self._take_in(row, text, vector, fingerprint, nearest(vector, middles), now)
            if gap is not None:
                taken += 1
                groups.setdefault(gap, []).append(vector)
                middles[gap] = middle(groups[gap])
        return taken

    def list(self, states: Sequence[GapState] = ()) -> tuple[Gap, ...]:
        """The most asked first; all states when none is named."""
        query = select(gaps)
        if states:
            query = query.where(gaps.c.state.in_(states))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            asked = _questions(connection, [row.id for row in rows])
        found = [_gap(row, asked[row.id]) for row in rows if row.id in asked]
        return tuple(sorted(found, key=lambda gap: (-gap.count, -gap.last_asked.timestamp(), gap.id)))

    def get(self, id: int) -> Gap:
        """Raises AssistantError when there is none of that number."""
        with self._database.reading() as connection:
            row = connection.execute(select(gaps).where(gaps.c.id == id)).first()
            asked = _questions(connection, [id])
        if row is None or id not in asked:
            raise AssistantError(f"There is no gap {id}. See all with: assistant gaps list --all")
        return _gap(row, asked[id])

    def tend(self, embed: Embed, generation: str, ask: Ask, now: datetime) -> None:
        """Take in what was asked in vain, and ask it again where the index has changed."""
        self.gather(embed, now)
        self.ask_again(generation, ask, now)

    def settle(self, id: int, state: GapState, by: str, now: datetime, article: str | None = None) -> Gap:
        """Say what became of a gap; `article` is the answer that was written for it."""
        self.get(id)
        values = {"state": state, "changed": now, "changed_by": by}
        with self._database.writing() as connection:
            connection.execute(
                update(gaps)
                .where(gaps.c.id == id)
                .values(**values, **({} if article is None else {"article": article}))
            )
        return self.get(id)

    def ask_again(self, generation: str, ask: Ask, now: datetime) -> int:
        """Ask this generation of the index what it was not asked yet; how many gaps that closes.

        A gap is answered when each of its questions is. Where staff wrote an answer, it is tried as well.
        """
        unsettled = gaps.c.state.in_(("open", "doubtful"))
        open_ones = select(gaps.c.id).where(unsettled | gaps.c.article.is_not(None))
        unasked = or_(gap_questions.c.generation.is_(None), gap_questions.c.generation != generation)
        with self._database.reading() as connection:
            query = select(gap_questions).where(gap_questions.c.gap.in_(open_ones) & unasked)
            found = connection.execute(query.limit(AT_ONCE)).all()
        for row in found:
            answered = ask(row.text, row.reason)
            with self._database.writing() as connection:
                connection.execute(
                    update(gap_questions).where(_this(row)).values(generation=generation, answered=answered)
                )
        return self._close_answered({row.gap for row in found}, now)

    def _close_answered(self, ids: Iterable[int], now: datetime) -> int:
        left = exists().where((gap_questions.c.gap == gaps.c.id) & gap_questions.c.answered.is_(False))
        with self._database.writing() as connection:
            closed = connection.execute(
                update(gaps)
                .where(gaps.c.id.in_(list(ids)) & gaps.c.state.in_(("open", "doubtful")) & ~left)
                .values(state="answered", changed=now, changed_by="")
            )
        return closed.rowcount

    def _take_in(
        self, row: Row[Any], text: str, vector: Vector, fingerprint: str, chosen: int | None, now: datetime
    ) -> int | None:
        """The gap that the question is in now; None when another process was faster."""
        values = {
            "conversation": row.conversation,
            "message": row.id,
            "text": text,
            "reason": "not_helpful" if row.kind == "answer" else row.reason,
            "asked": row.asked,
            "vector": vector.tobytes(),
            "embedder": fingerprint,
        }
        try:
            with self._database.writing() as connection:
                doubtful = values["reason"] == "off_topic"
                state: GapState = "doubtful" if doubtful else "open"
                there = select(gaps.c.id).where(gaps.c.id == chosen)  # it may have been purged meanwhile
                gap = connection.execute(there).scalar() or _opened(connection, state, now)
                connection.execute(insert(gap_questions).values(gap=gap, **values))
                answered_before = (gaps.c.state == "answered") & (gaps.c.changed < row.asked)
                if not doubtful:
                    connection.execute(
                        update(gaps)
                        .where((gaps.c.id == gap) & (answered_before | (gaps.c.state == "doubtful")))
                        .values(state="open", changed=now, changed_by="")
                    )
        except IntegrityError:
            return None
        return gap

    def _renew(self, embed: Embed, fingerprint: str) -> None:
        """After the embedding model was changed, have the vectors of older questions made anew."""
        with self._database.reading() as connection:
            old = connection.execute(
                select(gap_questions).where(gap_questions.c.embedder != fingerprint)
            ).all()
        if not old:
            return
        made, vectors = embed([row.text for row in old])
        with self._database.writing() as connection:
            for row, vector in zip(old, vectors, strict=True):
                values = {"vector": unit(vector).tobytes(), "embedder": made}
                connection.execute(update(gap_questions).where(_this(row)).values(values))


def answers(response: Response, reason: Reason) -> bool:
    """Whether this is the answer that was missing. One that did not help is no better when it comes again: for that,
    it takes an answer that the clinic approved."""
    reply = response.reply
    return isinstance(reply, Answer) and (reason != "not_helpful" or reply.evidence[0].card.kind == APPROVED)


def _asked_in_vain() -> Any:
    """Messages that belong into a gap and are in none. A question in a language that the articles do not speak is
    no gap in what they say, nor is one that was too long to be read."""
    same = and_(
        gap_questions.c.conversation == messages.c.conversation, gap_questions.c.message == messages.c.id
    )
    unhelpful = exists().where(
        (feedback.c.conversation == messages.c.conversation)
        & (feedback.c.message == messages.c.id)
        & feedback.c.helpful.is_(False)
    )
    reasons = ("not_covered", "unsupported", "off_topic")
    unanswered = (messages.c.kind == "abstention") & messages.c.reason.in_(reasons)
    spoken = func.coalesce(messages.c.reply["handoff"]["reason"].as_string(), "") != "other_language"
    short = func.length(messages.c.text) <= LONGEST
    vain = (unanswered & spoken & short) | ((messages.c.kind == "answer") & unhelpful)
    return select(messages).where(vain & ~exists().where(same)).order_by(messages.c.number)


def _opened(connection: Connection, state: GapState, now: datetime) -> int:
    made = connection.execute(insert(gaps).values(state=state, changed=now)).inserted_primary_key
    assert made is not None
    return int(made[0])


def _vectors(connection: Connection) -> dict[int, list[Vector]]:
    by_gap: dict[int, list[Vector]] = {}
    for row in connection.execute(select(gap_questions.c.gap, gap_questions.c.vector)):
        by_gap.setdefault(row.gap, []).append(np.frombuffer(row.vector, dtype=np.float32))
    return by_gap


def _questions(connection: Connection, ids: Sequence[int]) -> dict[int, list[Asked]]:
    found: dict[int, list[Asked]] = {}
    query = select(gap_questions).where(gap_questions.c.gap.in_(ids)).order_by(gap_questions.c.asked.desc())
    for row in connection.execute(query):
        found.setdefault(row.gap, []).append(Asked(row.text, row.reason, row.asked, row.answered))
    return found


def _this(row: Row[Any]) -> Any:
    return (gap_questions.c.conversation == row.conversation) & (gap_questions.c.message == row.message)


def _gap(row: Row[Any], asked: Sequence[Asked]) -> Gap:
    return Gap(row.id, row.state, tuple(asked), row.changed, row.changed_by, row.article)
