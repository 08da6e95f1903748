"""What is asked, what is said, and who takes over: the values of one conversation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from corpus.model import Card, Reference
from index.model import Finder, Passage

Level = Literal["911", "emergency_department", "support_line", "same_day"]
Subject = Literal[
    "knowledge",
    "personal_clinical",
    "human_request",
    "booking",
    "price",
    "complaint",
    "courtesy",
    "off_topic",
    "other_medicine",
    "other_language",
]


class AssistantError(Exception):
    """Something that the person using the assistant can mend; the message ends with the next step."""


class Conflict(AssistantError):
    """It was done otherwise before, or by somebody else meanwhile."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One past exchange, as far as a later question may lean on it.

    `standalone` is what was searched for (empty when nothing was), `kind` and `reason` those of the
    reply, `titles` the titles of its evidence. A turn that comes from a transcript without details has
    only `text` and `replied`.
    """

    text: str
    replied: str
    standalone: str = ""
    kind: str | None = None
    reason: str | None = None
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    turns: tuple[Turn, ...] = ()
    conversation: str | None = None
    id: str | None = None
    last: bool = False
    """The conversation is as long as it may get: red flags are still looked for, answers are no longer given."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A red flag found in a message. `because` quotes the words that raised it, for whoever reviews the rule."""

    flag: str
    level: Level
    message: str
    sources: tuple[str, ...]
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Which kind of message this is. `text` is the fixed reply where the rule holds one.

    `beside` is what a question for the articles may be as well: said beside the answer, or where there is none.
    """

    subject: Subject
    rule: str
    text: str | None = None
    beside: "Route | None" = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A numbered passage that an answer may quote. `score` is a confidence from 0 to 1; `sentences` say how near
    (cosine) each of its sentences is to the question, and are empty where that is not known. `asked` is the part of the question
    it was found for, `chance` how likely its section answers that, against the others, and `ways` how near the nearest of the
    ways to ask for each sentence is."""

    number: int
    passage: Passage
    card: Card
    references: tuple[Reference, ...]
    score: float
    found_by: tuple[Finder, ...]
    sentences: tuple[float, ...] = ()
    asked: str = ""
    chance: float = 1.0
    ways: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """`quote` is an exact substring of the text of evidence number `evidence`."""

    evidence: int
    quote: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`engine` is who worded it: "extractive" for the articles' own words, else "provider:model"."""

    text: str
    citations: tuple[Citation, ...]
    engine: str = "extractive"


@dataclass(frozen=True, slots=True)
class Offer:
    """The phone, offered. `open_now` and `hours` are None while the clinic has set no hours."""

    reason: str
    phone: str
    tel: str
    open_now: bool | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    statements: tuple[Statement, ...]
    evidence: tuple[Evidence, ...]
    handoff: Offer | None = None
    follow_ups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Abstention:
    reason: Literal["not_covered", "off_topic", "unsupported"]
    text: str
    handoff: Offer | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    reason: Literal["personal_clinical", "human_request", "booking", "price", "complaint"]
    text: str
    handoff: Offer


@dataclass(frozen=True, slots=True)
class Emergency:
    level: Level
    flag: str
    message: str
    sources: tuple[str, ...]
    handoff: Offer | None = None


@dataclass(frozen=True, slots=True)
class Courtesy:
    text: str


Reply = Answer | Abstention | Referral | Emergency | Courtesy


@dataclass(frozen=True, slots=True)
class Response:
    """A reply with what is told about how it came to be."""

    question: Question
    standalone: str
    reply: Reply
    engine: str
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """Streamed first: what was searched for, and the evidence an answer may use."""

    standalone: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Streamed as it is released: a statement whose citations were checked. Nothing said is taken back."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class Finished:
    """Streamed last: the whole reply, which is the authority."""

    response: Response


Event = Found | Said | Finished


@dataclass(frozen=True, slots=True)
class Callback:
    """What a visitor gives who asks to be called. `phone` is in E.164 form."""

    name: str
    phone: str
    best_time: str
    consent: bool


HandoffState = Literal["new", "in progress", "called", "closed", "spam"]


@dataclass(frozen=True, slots=True)
class Handoff:
    """A callback request in the inbox. `id` is the reference number that the visitor was given.

    `version` grows with each change, `changed` is when staff made the last one, `overdue` when they were
    warned that it waits too long.
    """

    id: str
    callback: Callback
    conversation: str | None
    created: datetime
    state: HandoffState = "new"
    assignee: str = ""
    note: str = ""
    version: int = 1
    changed: datetime | None = None
    overdue: datetime | None = None
