"""What is taken out of a visitor's words before they are kept or sent: what identifies a person, and nothing else."""

import re

from assistant.numbers import NUMBERS

# Lines that help people are no secret, and a message about them should stay readable.
_PUBLIC = frozenset(
    re.sub(r"\D", "", number).removeprefix("1") for line in NUMBERS.values() for number in line.split(" or ")
)

# Numbers that are copied from a page or typed on a phone hold hyphens and spaces that only look like ours.
_HYPHENS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2212", "-") | dict.fromkeys("\u00a0\u2007\u202f", " ")
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_POSTCODE = re.compile(
    r"\b[A-CEGHJ-NPR-TVXY]\d[A-CEGHJ-NPR-TV-Z][ -]?\d[A-CEGHJ-NPR-TV-Z]\d\b", re.IGNORECASE
)
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)")
# British Columbia's personal health number: ten digits from 9 on, written in one piece or as 4-3-3.
_HEALTH = re.compile(r"(?<!\w)9\d{3}[ -]?\d{3}[ -]?\d{3}(?!\w)")
_PHONE = re.compile(
    r"(?<!\w)(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}[2-9]\d{2}[ .-]?\d{4}(?:[ ,]*(?:ext|x)\.? ?\d{1,6})?(?!\w)"
)
_ABROAD = re.compile(r"\+\d(?:[ ().-]{0,2}\d){7,14}(?!\w)")
_INSURANCE = re.compile(r"(?<!\w)\d{3}[ -]?\d{3}[ -]?\d{3}(?!\w)")


def redact(text: str) -> str:
    """`text` with e-mail addresses, Canadian postcodes, and card, health, phone and insurance numbers replaced by
    what they were, as in "[phone]". Redacting again changes nothing; the time taken is linear in the length.
    """
    text = _EMAIL.sub("[email]", text.translate(_HYPHENS))
    text = _POSTCODE.sub("[postcode]", text)
    text = _CARD.sub(lambda match: _if_checked(match, "[card number]"), text)
    text = _HEALTH.sub("[health number]", text)
    text = _PHONE.sub(lambda match: match.group() if _is_public(match.group()) else "[phone]", text)
    text = _ABROAD.sub("[phone]", text)
    return _INSURANCE.sub(lambda match: _if_checked(match, "[insurance number]"), text)


def _is_public(number: str) -> bool:
    return re.sub(r"\D", "", number).removeprefix("1") in _PUBLIC


def _if_checked(match: re.Match[str], name: str) -> str:
    """`name` when the digits pass the check sum of ISO/IEC 7812-1, which card and social insurance numbers carry."""
    digits = [int(digit) for digit in match.group() if digit.isdigit()]
    doubled = (digit * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return match.group() if total % 10 else name
