"""Questions with a known right outcome: what an editor, a clinic or a measurement writes down to test answers by."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assistant.model import AssistantError, Turn
from assistant.transcripts import turns
from corpus.writing import write_whole

ACTIONS = ("answer", "answer_with_phone", "abstention", "referral", "emergency", "courtesy")


@dataclass(frozen=True, slots=True)
class Golden:
    """One question and what a right reply to it is.

    `actions` are the kinds of reply that are right ("answer_with_phone": an answer that offers a person beside it). `passages` are the sections ("article#anchor") that answer it,
    `key_facts` what a good answer states: each fact is a tuple of phrasings of which one must occur. `reason` is why
    it must not be answered, `level` that of an emergency. `held_out` questions measure and are never tuned on.
    """

    id: str
    text: str
    actions: tuple[str, ...]
    passages: tuple[str, ...] = ()
    key_facts: tuple[tuple[str, ...], ...] = ()
    reason: str | None = None
    level: str | None = None
    held_out: bool = False
    turns: tuple[Turn, ...] = ()
    topic: str = ""

    @property
    def is_answerable(self) -> bool:
        return not {"answer", "answer_with_phone"}.isdisjoint(self.actions)


def read(paths: Iterable[Path]) -> tuple[Golden, ...]:
    """The questions of YAML lists or JSON Lines files; folders stand for their *.yaml and *.jsonl files.

    Raises AssistantError that names the file, and the question where one is at fault.
    """
    files = [file for path in paths for file in _files(path)]
    found = tuple(golden for file in files for golden in _read(file))
    ids = [golden.id for golden in found]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise AssistantError(f"Two questions have the id “{twice[0]}”. Give one of them another id.")
    return found


def add(file: Path, text: str, passages: Sequence[str]) -> Golden:
    """Write a question that these sections answer into a YAML list, and give what was written.

    Raises AssistantError when it stands in it already.
    """
    known = read([file]) if file.exists() else ()
    if any(golden.text.casefold() == text.casefold() for golden in known):
        raise AssistantError(f"“{text}” is a golden question already.")
    taken = {golden.id for golden in known}
    id = next(id for n in itertools.count(1) if (id := f"{file.stem}-{n}") not in taken)
    item = {"id": id, "text": text, "passages": list(passages), "action": "answer", "held_out": False}
    before = file.read_text("utf-8").rstrip() if known else "# Golden questions that visitors asked."
    after = yaml.safe_dump([item], sort_keys=False, allow_unicode=True, width=1000)
    write_whole(file, f"{before}\n\n{after}".encode())
    return Golden(id, text, ("answer",), tuple(passages), topic=file.stem)


def _files(path: Path) -> Sequence[Path]:
    if not path.exists():
        raise AssistantError(f"There is no file {path}. Name a YAML or JSON Lines file of questions.")
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".jsonl"))
    return [path]


def _read(file: Path) -> Iterator[Golden]:
    try:
        text = file.read_text("utf-8")
        if file.suffix == ".jsonl":
            items: Any = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            items = yaml.load(text, yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        raise AssistantError(f"{file} cannot be read as a list of questions: {error}") from error
    if not isinstance(items, list):
        raise AssistantError(f"{file} is not a list of questions. Begin each question with “- id:”.")
    for place, item in enumerate(items, start=1):
        try:
            yield _golden(item, file.stem, place)
        except (KeyError, TypeError, ValueError) as error:
            raise AssistantError(f"{file}, question {place}: {error}. Mend it and try again.") from error


def _golden(item: Mapping[str, Any], topic: str, place: int) -> Golden:
    if not isinstance(item, Mapping) or not str(item.get("text") or "").strip():
        raise ValueError("it has no text")
    return Golden(
        id=str(item.get("id") or f"{topic}-{place}"),
        text=str(item["text"]),
        actions=_actions(item),
        passages=tuple(item.get("passages") or ()),
        key_facts=tuple(
            (fact,) if isinstance(fact, str) else tuple(map(str, fact))
            for fact in item.get("key_facts") or ()
        ),
        reason=item.get("reason"),
        level=item.get("level"),
        held_out=bool(item.get("held_out")),
        turns=turns(item.get("turns") or ()),
        topic=topic,
    )


def _actions(item: Mapping[str, Any]) -> tuple[str, ...]:
    """What is written down, else what follows from the rest: a level is an emergency, a reason an abstention."""
    said = item.get("actions") or item.get("action")
    if said is None:
        said = "emergency" if item.get("level") else "abstention" if item.get("reason") else "answer"
    actions = (said,) if isinstance(said, str) else tuple(said)
    if unknown := [action for action in actions if action not in ACTIONS]:
        raise ValueError(f"“{unknown[0]}” is not an action; the actions are {', '.join(ACTIONS)}")
    # Where the articles say nothing, leading the visitor to a person is as right as saying so.
    return (*actions, "referral") if actions == ("abstention",) else actions
