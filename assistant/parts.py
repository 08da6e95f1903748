"""A message that asks two things, taken apart so that both are searched for."""

import re

from assistant.chances import GENERAL, subjects
from assistant.topics import topics
from index.terms import stems

MOST = 3

_ASKS = (
    r"(?:how|what|when|where|why|who|which|is|are|am|can|could|should|shall|do|does|did|will|would|may|might|"
    r"hows|whats|whens|wheres|whos)"
)
_QUESTION = re.compile(rf"(?:and |but |so |also |plus )?{_ASKS}\b", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:when|while|if|after|before|since|with|besides|apart)\b[^,]*,", re.IGNORECASE)
_WH = re.compile(r"(?:and |but )?(?:how|wh)", re.IGNORECASE)
_LEANS = re.compile(r"\b(it|its|that|this|these|those|them|they|one|ones)\b", re.IGNORECASE)
_SENTENCE = re.compile(r".+?(?:[.!?]+(?=\s)|$|\n)", re.DOTALL)
_JOINT = re.compile(
    rf"[,;]?\s+(?:and|n|&|plus)\s+(?:also\s+)?(?={_ASKS}\s+\w)|\s*[,;:]\s+(?={_ASKS}\s+\w)", re.IGNORECASE
)


def parts(question: str) -> tuple[str, ...]:
    """The things asked in `question`, each as a text to search for; the question as it is when that is one thing.

    What is told and not asked ("My heel hurts.") goes along with every part. A part that names no technique or condition
    of its own ("and how often?", "does it help my neck?") is given what the whole names, or comes after the first.
    """
    told: list[str] = []
    asked: list[str] = []
    for sentence in (found.group().strip() for found in _SENTENCE.finditer(question)):
        clause = _CLAUSE.match(sentence)
        opening = clause.group() if clause else ""
        pieces = [piece for piece in _JOINT.split(sentence[len(opening) :].strip()) if piece.strip()]
        while pieces and not _QUESTION.match(pieces[0]):
            opening = f"{opening} {pieces.pop(0)}".strip()
        if opening:
            told.append(opening)
        for piece in pieces:
            if (
                asked and not stems(piece) and not _WH.match(piece)
            ):  # “does it”, “is that so”: more of the same
                asked[-1] = f"{asked[-1]} {piece}"
            else:
                asked.append(piece)
    if not 1 < len(asked) <= MOST:
        return (question,)
    first, *others = asked
    known = " ".join((*told, first))
    each = [" ".join((*told, other)) for other in others]
    return (
        known,
        *(_completed(part, f"{known} {other}", question) for part, other in zip(each, others, strict=True)),
    )


def _completed(part: str, after_first: str, question: str) -> str:
    """The part with what it is about, where it leaves that to the rest of the question."""
    named = topics(part)
    leaves_it = _LEANS.search(part) is not None or GENERAL.issuperset(named)
    if subjects(part) or not leaves_it:
        return part
    missing = [topic for topic in topics(question) if topic not in named]
    if subjects(question):
        return f"{part} ({', '.join(missing)})"
    return part if named else after_first
