"""Passages, cards and the manifest of a generation as JSON, and back."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from corpus.model import Card, Licence, Paper, Reference
from index.model import IndexNotReady, Manifest, Passage

LAYOUT = 4
"""The version of a generation's files and of how `terms` and `lexical` read a text. Change it with them: an
index of another version is built anew, with its vectors kept."""

PASSAGES, CARDS, MANIFEST = "passages.jsonl", "cards.json", "manifest.json"


def write_passages(directory: Path, passages: Iterable[Passage]) -> None:
    with (directory / PASSAGES).open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(asdict(passage), ensure_ascii=False)}\n" for passage in passages)


def read_passages(directory: Path) -> list[Passage]:
    """The passages in the order of their rows."""
    with _reading(directory / PASSAGES) as text:
        return [_passage(json.loads(line)) for line in text.split("\n") if line]


def write_cards(directory: Path, cards: Mapping[str, Card]) -> None:
    values = {id: asdict(card) for id, card in cards.items()}
    (directory / CARDS).write_text(json.dumps(values, ensure_ascii=False, default=_text), "utf-8")


def read_cards(directory: Path) -> dict[str, Card]:
    with _reading(directory / CARDS) as text:
        return {id: _card(value) for id, value in json.loads(text).items()}


def write_manifest(directory: Path, manifest: Manifest) -> None:
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2, default=_text)
    (directory / MANIFEST).write_text(text + "\n", "utf-8")


def read_manifest(directory: Path) -> Manifest:
    with _reading(directory / MANIFEST) as text:
        value = json.loads(text)
        built, refused = datetime.fromisoformat(value["built"]), tuple(value["refused"])
        return Manifest(**{**value, "built": built, "refused": refused})


@contextmanager
def _reading(path: Path) -> Iterator[str]:
    try:
        yield path.read_text("utf-8")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexNotReady(
            f"{path} cannot be read ({error}). Go back with: assistant index rollback, "
            "or build anew with: assistant index build --full"
        ) from error


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a generation")


def _passage(value: dict[str, Any]) -> Passage:
    cites = tuple((at, key) for at, key in value.pop("cites"))
    return Passage(
        **{
            **value,
            "trail": tuple(value["trail"]),
            "cites": cites,
            "asked": tuple(value["asked"]),
            "asked_of": tuple(value["asked_of"]),
        }
    )


def _card(value: dict[str, Any]) -> Card:
    return Card(
        **{
            **value,
            "licence": Licence(**value["licence"]),
            "reviewed": _date(value["reviewed"]),
            "review_due": _date(value["review_due"]),
            "references": tuple(map(_reference, value["references"])),
            "paper": _paper(value.get("paper")),
        }
    )


def _paper(value: dict[str, Any] | None) -> Paper | None:
    if value is None:
        return None
    told = {
        "work": _reference(value["work"]),
        "notices": tuple(value["notices"]),
        "retrieved": _date(value["retrieved"]),
    }
    return Paper(**{**value, **told})


def _reference(value: dict[str, Any]) -> Reference:
    return Reference(**{**value, "authors": tuple(value["authors"])})


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
