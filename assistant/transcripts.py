"""Conversations written down as lines of a visitor and an assistant, read as turns."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from assistant.model import Turn


def turns(said: Iterable[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """A transcript as exchanges: what the visitor said, with what the assistant replied to it.

    Raises ValueError for a role that is none, KeyError for a line without role or text.
    """
    found: list[Turn] = []
    for line in said:
        role, text = line["role"], line["text"]
        if role in ("visitor", "user"):
            found.append(Turn(text, ""))
        elif role == "assistant" and found:
            found[-1] = replace(found[-1], replied=f"{found[-1].replied} {text}".strip())
        elif role != "assistant":
            raise ValueError(f"unknown role {role!r}; use visitor or assistant")
    return tuple(found)
