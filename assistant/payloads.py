"""A response as the JSON that CONTRACT readers rely on. The command line and the web floor both print it."""

from collections.abc import Mapping
from typing import Any

from assistant.approved import APPROVED
from assistant.model import (
    Abstention,
    Answer,
    Courtesy,
    Emergency,
    Evidence,
    Offer,
    Referral,
    Reply,
    Response,
    Statement,
)
from corpus.bibliography import citation
from corpus.model import Paper, Reference
from corpus.papers import licence_line

CALLBACK_ROUTE = "/api/v1/handoffs"


def reply_payload(response: Response) -> dict[str, Any]:
    """All keys are always there; what a kind does not use is None or []."""
    reply = response.reply
    answer = reply if isinstance(reply, Answer) else None
    return {
        "id": response.question.id,
        "question": response.question.text,
        "standalone": response.standalone,
        "conversation": response.question.conversation,
        "kind": kind(reply),
        "level": reply.level if isinstance(reply, Emergency) else None,
        "text": text(reply),
        "statements": [statement_payload(item) for item in answer.statements] if answer else [],
        "evidence": [evidence_payload(item) for item in answer.evidence] if answer else [],
        "handoff": offer_payload(offer(reply)),
        "reason": reply.reason if isinstance(reply, Abstention | Referral) else None,
        "emergency": (
            {"flag": reply.flag, "sources": list(reply.sources)} if isinstance(reply, Emergency) else None
        ),
        "follow_ups": list(answer.follow_ups) if answer else [],
        "engine": response.engine,
        "timings_ms": {stage: round(spent, 2) for stage, spent in response.timings_ms.items()},
    }


def kind(reply: Reply) -> str:
    return type(reply).__name__.lower()


def offer(reply: Reply) -> Offer | None:
    return None if isinstance(reply, Courtesy) else reply.handoff


def text(reply: Reply) -> str:
    """The reply as plain text; an answer's statements carry their evidence numbers."""
    match reply:
        case Answer(statements=statements):
            return " ".join(statement_line(statement) for statement in statements)
        case Emergency(message=message):
            return message
        case Abstention(text=words) | Referral(text=words) | Courtesy(text=words):
            return words


def statement_line(statement: Statement) -> str:
    numbers = sorted({citation.evidence for citation in statement.citations})
    return f"{statement.text} {''.join(f'[{number}]' for number in numbers)}"


def statement_payload(statement: Statement) -> dict[str, Any]:
    return {
        "text": statement.text,
        "citations": [{"evidence": item.evidence, "quote": item.quote} for item in statement.citations],
    }


def evidence_payload(evidence: Evidence) -> dict[str, Any]:
    card, passage = evidence.card, evidence.passage
    return {
        "number": evidence.number,
        "passage": passage.id,
        "article": passage.article,
        "title": card.title,
        "section": passage.trail[-1] if passage.trail else card.title,
        "text": passage.text,
        "url": f"{card.url}#{passage.anchor}" if card.url.startswith("/") else card.url,
        "kind": card.kind,
        "certainty": card.certainty,
        "licence": licence_line(card),
        "licence_url": card.licence.url or None,
        "reviewed": card.reviewed.isoformat() if card.reviewed else None,
        "approved_by": card.reviewer if card.kind == APPROVED else None,
        "score": round(evidence.score, 3),
        "found_by": list(evidence.found_by),
        "references": [reference_payload(reference) for reference in evidence.references],
        "paper": paper_payload(card.paper) if card.paper else None,
    }


def paper_payload(paper: Paper) -> dict[str, Any]:
    return {
        "design": paper.design or None,
        "participants": paper.participants,
        "journal": paper.work.container,
        "year": paper.work.year,
        "copyright": paper.copyright or None,
        "retrieved": paper.retrieved.isoformat() if paper.retrieved else None,
        "notices": list(paper.notices),
    }


def reference_payload(reference: Reference) -> dict[str, Any]:
    return {
        "key": reference.key,
        "citation": citation(reference),
        "kind": reference.kind,
        "year": reference.year,
        "doi": reference.doi or None,
        "pmid": reference.pmid or None,
        "url": reference.url or (f"https://doi.org/{reference.doi}" if reference.doi else None),
    }


def offer_payload(handoff: Offer | None) -> Mapping[str, Any] | None:
    if handoff is None:
        return None
    return {
        "reason": handoff.reason,
        "phone": handoff.phone,
        "tel": handoff.tel,
        "open_now": handoff.open_now,
        "hours": handoff.hours,
        "callback": CALLBACK_ROUTE,
    }
