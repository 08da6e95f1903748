"""What was fetched before, so that a run can be repeated without the network."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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
    """Answers by request, bodies by their content. Requests are given without secrets, and none is kept."""

    def __init__(self, folder: Path) -> None:
        self._answers = folder / "answers"
        self._bodies = folder / "bodies"

    def get(self, request: str) -> Answer | None:
        try:
            told = json.loads(self._place(request).read_text("utf-8"))
            data = (self._bodies / told["sha256"]).read_bytes()
        except (OSError, ValueError):
            return None
        if hashlib.sha256(data).hexdigest() != told["sha256"]:  # cut off by a power failure
            return None
        when = datetime.fromisoformat(told["retrieved"])
        return Answer(told["address"], told["status"], told["headers"], data, when)

    def put(self, request: str, answer: Answer) -> None:
        digest = hashlib.sha256(answer.data).hexdigest()
        if not (self._bodies / digest).exists():
            write_whole(self._bodies / digest, answer.data, durable=False)
        told = {
            "request": request,
            "address": answer.address,
            "status": answer.status,
            "headers": dict(answer.headers),
            "sha256": digest,
            "retrieved": answer.retrieved.isoformat(),
        }
        write_whole(self._place(request), json.dumps(told).encode(), durable=False)

    def forget(self, sha256: str) -> None:
        """Delete a body that may not be kept."""
        (self._bodies / sha256).unlink(missing_ok=True)

    def _place(self, request: str) -> Path:
        return self._answers / f"{hashlib.sha256(request.encode()).hexdigest()}.json"
