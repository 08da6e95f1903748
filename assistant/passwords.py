"""What a staff password may be, and how it is kept."""

import threading
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 256
HARD_ENOUGH = 3
"""On zxcvbn's scale from 0 to 4: not to be guessed by who holds the stolen database and some patience."""

# One check takes 64 MiB: many at once would leave the site without memory.
_AT_ONCE = threading.BoundedSemaphore(2)


def refusal(password: str, *personal: str) -> str | None:
    """Why `password` may not be used, or None; `personal` are words that its owner is known by."""
    from zxcvbn import zxcvbn

    if len(password) < SHORTEST:
        return f"A password needs at least {SHORTEST} characters. Four or five unrelated words do well."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters. Choose a shorter one."
    found = zxcvbn(password, user_inputs=[word for word in personal if word], max_length=LONGEST)
    if found["score"] >= HARD_ENOUGH:
        return None
    why = str(found["feedback"]["warning"] or "It is too easy to guess").rstrip(".")
    return f"{why}. Choose another: four or five unrelated words do well."


class Passwords:
    """Keeps and checks passwords with Argon2. Safe for threads."""

    def __init__(self, hasher: "PasswordHasher | None" = None) -> None:
        self._given = hasher

    def hashed(self, password: str) -> str:
        with _AT_ONCE:
            return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether `password` is the one kept. Takes as long for an account that does not exist (`kept` is None)."""
        from argon2.exceptions import VerificationError

        nobodys = self._nobodys
        with _AT_ONCE:
            try:
                right = self._hasher.verify(kept or nobodys, password[: LONGEST + 1])
            except VerificationError:
                return False
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """The hash was made with weaker parameters than are in use now."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return self._given or PasswordHasher()

    @cached_property
    def _nobodys(self) -> str:
        """What an attempt at no account is checked against."""
        return self._hasher.hash("nobody has this password")
