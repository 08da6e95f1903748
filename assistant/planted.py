"""What a sentence may carry that is not its own to say: links, telephone numbers, doses, orders to a machine."""

import re

from assistant.model import Evidence

_LINK = re.compile(
    r"\w+://|\bwww\.|\bmailto:|\S@\S|(?<![\w.])[\w-]{2,}\.(?:com|org|net|info|biz|io|ca|uk|ru|cn|xyz|site|shop|example)\b",
    re.IGNORECASE,
)
# As they are written in North America and abroad, and the lines of three digits.
_PHONE = re.compile(
    r"(?<![\w.])(?:\+?1[ .\-‐‑–]?)?\(?\d{3}\)?[ .\-‐‑–]{0,2}\d{3}[ .\-‐‑–]?\d{4}(?!\w)|\+\d(?:[ ().\-]{0,2}\d){6,}"
    r"|\b\d-\d-\d\b|(?<![\w.])\d{3}[-‐‑ ]\d{4}\b"
)
_CALLING = re.compile(r"\b(?:call|dial|phone|text|ring)\s+(?:us\s+)?(?:at\s+|on\s+)?\+?\(?\d", re.IGNORECASE)
_DOSE = re.compile(
    r"\d\s*(?:mg|mcg|µg|μg|ug|ml|iu|units?|milligrams?|micrograms?|millilit\w+|grams?|g|tablets?|pills?|capsules?|drops?|"
    r"puffs?)\b(?!\s+of\s+(?:pressure|force))|\b(?:one|two|three|four|half an?)\s+(?:tablets?|pills?|capsules?|doses?)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|guideline|polic|rules?\b|everything)"
    r"|\b(?:system prompt|developer mode|jailbreak|language model|chatbot|as an ai\b|you are now)"
    r"|\b(?:tell|instruct|direct|urge) (?:the |every |all |any )?(?:visitor|user|reader|customer)s?\b"
    r"|\byour (?:answer|reply|response|output|message)s?\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKUP = re.compile(
    r"<[a-z/!]|!?\[[^\]]*\]\(|```|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", re.IGNORECASE
)


def contact(text: str) -> bool:
    """Whether a text names a way to reach somebody: a link, an address, a telephone number."""
    return bool(_LINK.search(text) or _PHONE.search(text) or _CALLING.search(text))


def dose(text: str) -> bool:
    return bool(_DOSE.search(text))


def order(text: str) -> bool:
    """Whether a sentence speaks to a machine that answers, and not to a reader."""
    return bool(_ORDER.search(text))


def markup(text: str) -> bool:
    return bool(_MARKUP.search(text))


def may_be_quoted(sentence: str, evidence: Evidence) -> bool:
    """What nobody has reviewed may not lead a visitor elsewhere, nor pass on what was written for a machine."""
    return evidence.card.is_reviewed or not (contact(sentence) or order(sentence) or markup(sentence))
