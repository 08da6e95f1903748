"""Whether a visitor asks what one person may do with the health they have, rather than what holds in general.

Such a question is answered in general and a person is offered beside it: only somebody who can ask and examine can say
what is right for one body. The words alone do not tell ("can a rub hurt my scar?", "is my nan safe to have one?"), so
the articles that answer have a say: those about safety, and any condition that the question names.
"""

import re
from collections.abc import Sequence

from assistant.cautions import RISKS
from assistant.model import Evidence
from assistant.topics import mentions, topics

_SOMEONE = re.compile(
    r"\b(?:i|i'?m|i'?ve|i'?d|me|my|mine|we|we'?re|we'?ve|us|our|he|he'?s|his|him|she|she'?s|her|hubby|husband|wife|partner|"
    r"mom|mum|mother|dad|father|nan|nana|gran\w*|kids?|son|daughter|baby|friend|aunt\w*|uncle|brother|sister)\b"
)
_MAY = re.compile(
    r"\b(?:can|could|may|should|shall|would|ok|okay|safe|all ?right|alright|allowed|fine|too (?:soon|early|hard|much|risky)|"
    r"(?:bad|good) idea|need to|(?:have|has|got) to|gotta|hafta|do i|am i|how (?:hard|much|soon|long|bad)|or none|"
    r"off the table|off limits|rule out|any reason|matter|wait|avoid|skip|stop\w*|quit\w*|what (?:do|can) (?:i|we)|which .{0,20}for (?:me|my|us))\b"
)
_TELLS = re.compile(
    r"\b(?:i'?m|i am|i'?ve|s?he'?s|they'?re|broke|broken|tore|fractured|(?:days?|weeks?|months?|years?) (?:after|ago|since)|i (?:also |just |still |have |had |got |take |took |was |wear |feel )|i faint|"
    r"(?:my|our|his|her) (?:\w+ ){0,3}?(?:is|are|was|has|have|had|gets?|got|tears?|hurts?|takes?|says?|said|hold|wants?)|"
    r"(?:s?he|mom|mum|mother|dad|father|nan|hubby|husband|wife|partner|baby|son|daughter|kid)(?:'s| is| has| had| was| takes| hurts| gets)|"
    r"had|got|since|\d+ ?(?:yr|year|month|week|day|st|nd|rd|th)\w*|(?:is|am|are) up)\b"
)
_LEAVE = re.compile(
    r"\b(?:(?:can|could|may|should|shall|must) (?:i|we|he|she|they|someone|somebody|anyone|you|(?:my|our|his|her) \w+)|"
    r"ok|okay|safe|all ?right|alright|allowed|fine|too (?:soon|early|hard|much|risky)|(?:bad|good) idea|do i need|am i|"
    r"how soon|wait|avoid|skip|stop|quit|off the table|off limits)\b(?! do (?:for|about|to|at)\b)"
)


def signs(question: str) -> tuple[bool, ...]:
    """Whether a question speaks of somebody, asks what is allowed, names a risk, and which of these together."""
    said = question.replace("’", "'").casefold()
    someone, may = bool(_SOMEONE.search(said)), bool(_MAY.search(said))
    risk = not RISKS.isdisjoint(topics(question))
    return someone, may, risk, someone and may, someone and risk, someone and may and risk


def is_personal(question: str, evidence: Sequence[Evidence]) -> bool:
    """True when `question` asks what somebody may do and names a risk of theirs, or tells how they are and is answered by an
    article on safety, or asks for leave with what they have.

    What anybody does about a stiff neck, or whether one may talk on the table, is not for one person to decide.
    """
    said = question.replace("’", "'").casefold()
    if not (_SOMEONE.search(said) and _MAY.search(said)):
        return False
    named = mentions(question)
    if any(found.topic in RISKS for found in named):
        return True
    best = evidence[0].card
    of_safety = best.topic == "safety" or not RISKS.isdisjoint(topics(best.title))
    if of_safety and _TELLS.search(said):
        return True
    return any(found.kind == "conditions" for found in named) and _LEAVE.search(said) is not None
