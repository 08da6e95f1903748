"""What goes over the wire: frames of an event stream, problem documents, and what a body holds."""

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import UnprocessableEntity

HEARTBEAT = ": still here\n\n"
"""A comment frame: keeps proxies and phones from closing a quiet connection; means nothing to a reader."""

LONGEST_PAGE = 500
_LONE_SURROGATES_AND_NUL = re.compile("[\ud800-\udfff\x00]")
_TEXT_FIELD = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*)')
_ID_FIELD = re.compile(r'"id"\s*:\s*"([^"\\]{1,64})"')


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    text: str
    page: str


def frame(number: int, event: str, data: Mapping[str, Any]) -> str:
    """One server-sent event. JSON never holds a raw line break, so one data line is enough."""
    return f"id: {number}\nevent: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def problem(status: int, title: str, detail: str) -> dict[str, Any]:
    """RFC 9457. `detail` is for people and says what to do next."""
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


def message(fields: Mapping[str, Any]) -> Message:
    """Raises UnprocessableEntity that names the field at fault and what belongs there."""
    text = clean(fields.get("text"))
    if not text:
        raise UnprocessableEntity("The message has no text. Put the question into 'text'.")
    page = optional_text(fields, "page")
    return Message(identifier(fields), text, without_query(page))


def optional_text(fields: Mapping[str, Any], name: str) -> str:
    """Empty when the field is left out or null. Raises UnprocessableEntity for what is not text."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnprocessableEntity(f"'{name}' should be text, or left out.")
    return value


def identifier(fields: Mapping[str, Any]) -> str:
    value = fields.get("id")
    try:
        return str(uuid.UUID(value if isinstance(value, str) else ""))
    except ValueError:
        raise UnprocessableEntity("'id' should be a UUID, made anew for each message.") from None


def clean(value: object) -> str:
    """Text that can be stored: halves of characters and NUL, which no person typed, are left out."""
    return _LONE_SURROGATES_AND_NUL.sub("", value).strip() if isinstance(value, str) else ""


def without_query(page: str) -> str:
    """An address without its query and fragment: those may hold what a visitor searched for."""
    parts = urlsplit(clean(page)) if page.startswith(("https://", "http://")) else None
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:LONGEST_PAGE] if parts else ""


def cut_off_message(body: bytes) -> Mapping[str, str]:
    """What can be read of a JSON message whose body was longer than we read: the text as far as it goes.

    A very long message may still hold a cry for help, so its beginning is not thrown away.
    """
    readable = body.decode("utf-8", "ignore")
    text = _TEXT_FIELD.search(readable)
    id = _ID_FIELD.search(readable)
    if text is None:
        return {}
    try:
        decoded = json.loads(f'"{text[1]}"', strict=False)
    except ValueError:
        return {}
    return {"text": decoded, "id": id[1] if id else str(uuid.uuid4())}


def as_text(clinic: str, turns: Iterable[Mapping[str, Any]]) -> str:
    """A conversation as a file that a visitor keeps, or shows to a clinician."""
    parts = [f"Conversation with the assistant of {clinic}", "General information, not a diagnosis."]
    for turn in turns:
        reply = turn["reply"]
        parts += ["", f"{turn['asked'][:16].replace('T', ' ')} UTC", f"You: {turn['text']}", ""]
        parts.append(f"Assistant: {reply['text']}")
        for item in reply["evidence"]:
            parts.append(f"[{item['number']}] {item['title']}: {item['section']}. {item['url']}")
            parts.append(f"    “{item['text']}”")
            parts += [f"    {reference['citation']}" for reference in item["references"]]
    return "\n".join(parts) + "\n"
