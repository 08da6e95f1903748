"""What was fetched before, so that a run can be repeated without the network."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from corpus.writing import write_whole


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to one request. `headers` have names in small letters; `address` is the last hop's."""

    address: str
    status: int
    headers: Mapping[str, str]
    data: bytes
    retrieved: datetime


class Cache:
    """Answers by request, bodies by their content. Requests are given without secrets, and none is kept.

    The text of a publication is kept apart, under the id that it is `about`, so that it can be forgotten whole.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, request: str, about: str = "") -> Answer | None:
        try:
            told = json.loads(self._place(request, about).read_text("utf-8"))
            data = (self._place(request, about).parent / told["sha256"]).read_bytes()
        except (OSError, ValueError):
            return None
        if hashlib.sha256(data).hexdigest() != told["sha256"]:  # cut off by a power failure
            return None
        when = datetime.fromisoformat(told["retrieved"])
        return Answer(told["address"], told["status"], told["headers"], data, when)

    def put(self, request: str, answer: Answer, about: str = "") -> None:
        place = self._place(request, about)
        digest = hashlib.sha256(answer.data).hexdigest()
        if not (place.parent / digest).exists():
            write_whole(place.parent / digest, answer.data, durable=False)
        told = {
            "request": request,
            "address": answer.address,
            "status": answer.status,
            "headers": dict(answer.headers),
            "sha256": digest,
            "retrieved": answer.retrieved.isoformat(),
        }
        write_whole(place, json.dumps(told).encode(), durable=False)

    def forget(self, about: str) -> None:
        """Delete all that is kept of the text of a publication."""
        shutil.rmtree(self._place("", about).parent, ignore_errors=True)

    def _place(self, request: str, about: str) -> Path:
        folder = f"texts/{quote(about, safe='')[:200]}" if about else "answers"
        return self.folder / folder / f"{hashlib.sha256(request.encode()).hexdigest()}.json"
