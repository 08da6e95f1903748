"""How much of the day's allowance for a language model is spent, whichever process spent it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from index.locking import held


class Allowance:
    """`tokens` a day; `today` says which day it is. What is reserved counts as spent until it is settled, so a process
    that is killed meanwhile spends too much on paper, never too little."""

    def __init__(self, path: Path, tokens: int, today: Callable[[], date]) -> None:
        self._path = path
        self._tokens = tokens
        self._today = today

    def reserve(self, tokens: int) -> bool:
        """True when so many were left; they are taken."""
        with held(self._path.with_suffix(".lock"), "Counting", wait=True):
            spent = self._spent()
            if spent + tokens > self._tokens:
                return False
            self._keep(spent + tokens)
            return True

    def settle(self, reserved: int, used: int) -> None:
        with held(self._path.with_suffix(".lock"), "Counting", wait=True):
            self._keep(max(0, self._spent() - reserved + used))

    @property
    def left(self) -> int:
        return max(0, self._tokens - self._spent())

    def _spent(self) -> int:
        try:
            kept = json.loads(self._path.read_text("utf-8"))
            return int(kept["tokens"]) if kept["day"] == self._today().isoformat() else 0
        except FileNotFoundError:
            return 0
        except (ValueError, KeyError, TypeError):
            return self._tokens  # a damaged count is no licence to spend; tomorrow it is written anew

    def _keep(self, tokens: int) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps({"day": self._today().isoformat(), "tokens": tokens}), "utf-8")
        beside.replace(self._path)
