"""Keys of this installation: from the environment, or from a file in the data folder that is made at first need."""

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from assistant.model import AssistantError

STAFF_VARIABLE = "ASSISTANT_STAFF_KEY"
STAFF_FILE = "staff.key"

_NONCE = 12


def keys(path: Path, variable: str) -> tuple[str, ...]:
    """The keys of `variable` (separated by commas), else those in `path` (one a line), the newest last.

    The file is made, readable for its owner alone, when it is not there.
    """
    if given := os.environ.get(variable):
        return tuple(key.strip() for key in given.split(",") if key.strip())
    if not path.exists():
        _make(path)
    return tuple(path.read_text("ascii").split())


def _make(path: Path) -> None:
    """Written aside and linked into place, so that of two processes starting at once both read one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    with suppress(FileExistsError):
        path.hardlink_to(aside)
    aside.unlink()


class Unreadable(AssistantError):
    """What was sealed with a key that is not among ours, or for somebody else."""


class Seal:
    """Closes small secrets (AES-256-GCM), each for the one `owner` whom it opens for. The last key closes, all open."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(hashlib.sha256(b"seal:" + key.encode()).digest() for key in keys)

    def close(self, secret: bytes, owner: str) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._keys[-1]).encrypt(nonce, secret, owner.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, owner: str) -> bytes:
        """Raises Unreadable."""
        return self._opened(sealed, owner)[0]

    def is_newest(self, sealed: str, owner: str) -> bool:
        """False when an older key closed it. Raises Unreadable."""
        return self._opened(sealed, owner)[1] == self._keys[-1]

    def _opened(self, sealed: str, owner: str) -> tuple[bytes, bytes]:
        """The secret, and the key that opened it."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        for key in reversed(self._keys):
            with suppress(InvalidTag, ValueError):
                whole = base64.urlsafe_b64decode(sealed)
                return AESGCM(key).decrypt(whole[:_NONCE], whole[_NONCE:], owner.encode()), key
        raise Unreadable(
            f"The authenticator key of {owner} was sealed with another {STAFF_FILE} (or {STAFF_VARIABLE}) than this one. "
            f"Put that one back from a backup, or make a new key: assistant staff totp {owner}"
        )
