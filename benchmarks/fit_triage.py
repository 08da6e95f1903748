"""Fit the weights of `assistant.likeness` from the messages that the project wrote, and say how they do.

    python -m benchmarks.fit_triage [--questions] [MODELS]

Learned from: the messages in the folder beside this file but aside.yaml and kept.yaml, the triage cases of the tests, and
the ordinary questions of the corpus (taken anew with --questions); nothing that is held out. How many messages each
threshold alarms in cross-validation is printed. With the same sources, packages and machine type the written file is the
same to the byte.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from assistant.language import words
from assistant.likeness import (
    PART_DISCOUNT,
    SILENT,
    VECTOR_SCALE,
    WEIGHTS,
    WORD_SCALE,
    Piece,
    Weights,
    features,
    pieces,
)
from assistant.rates import Rate
from assistant.red_flags import LEVELS
from assistant.safety import Triage
from assistant.triage_report import messages as told_messages
from corpus.shelf import SHIPPED
from index.embedding import MINILM, Embedder, open_embedder

HERE = Path(__file__).with_name("triage")
CASES = Path(__file__).parents[1] / "tests" / "data" / "safety"
FEWEST = 6
"""A step of a rule with fewer messages is learned as the rule's first step."""

WARNING = ("fractures-and-osteoporosis", "jaw-pain", "self-care-and-stop-rules", "stress-anxiety-and-mood")
"""Articles of other topics whose questions tell of emergencies as well."""

FOLDS = 4
APART = "unseen"
RARE, RARE_WORD = 3, 4
C, ROUNDS = 3.0, 80
QUESTIONS = HERE / "questions.txt"
"""The ordinary questions of the corpus as they were when `--questions` last took them."""

ELSEWHERE = {"pe": "breathlessness-chest", "thunderclap-meningitis": "meningitis"}
THRESHOLD = 0.45
"""The highest at which no emergency of aside.yaml and kept.yaml, from which nothing is learned, is missed."""


class Message(NamedTuple):
    text: str
    flag: str
    level: str
    group: str
    file: str


def main() -> None:
    arguments = [said for said in sys.argv[1:] if said != "--questions"]
    models = Path(arguments[0]) if arguments else Path("var/models")
    triage = Triage.load()
    if "--questions" in sys.argv:
        QUESTIONS.write_text("".join(f"{text}\n" for text in dict.fromkeys(_asked())), encoding="utf-8")
    embedder = open_embedder(MINILM, models)
    lesson = lessons(triage)
    messages, heard = lesson.messages, lesson.heard
    print(f"{len(messages)} messages with something meant in them")
    vocabularies = _common(([name for piece in found for name in piece.uses] for found in heard), RARE)
    known = _common(([word for piece in found for word in piece.words] for found in heard), RARE_WORD)
    owner = np.repeat(np.arange(len(heard)), [len(found) for found in heard])
    rows = _features(embedder, heard, vocabularies, known)
    part = np.array([piece.part for found in heard for piece in found])
    silent = np.array([answer == SILENT for answer in lesson.answers])
    learnable = ~part | silent[owner]  # of an alarm only the whole is sure to tell it
    labels = np.array(lesson.answers)[owner]

    trust = np.zeros(len(heard))
    files = sorted({message.file for message in messages})
    # Messages by another hand measure the rest; those of one hand are heard by what the others of it taught.
    fold = np.random.default_rng(0).integers(0, FOLDS, len(heard))
    fold[[message.file == APART for message in messages]] = FOLDS
    for k in range(FOLDS + 1):
        names, matrix, constant = fitted(
            rows[learnable & (fold[owner] != k)], labels[learnable & (fold[owner] != k)]
        )
        shares = Weights("", names, (), (), matrix, constant, 0).trust(rows)
        alarmed = 1 - shares[:, names.index(SILENT)]
        best = np.zeros(len(heard))
        np.maximum.at(best, owner, np.where(part, (alarmed - PART_DISCOUNT) / (1 - PART_DISCOUNT), alarmed))
        trust[fold == k] = best[fold == k]
    groups = np.array([message.group for message in messages])
    names, matrix, constant = fitted(rows[learnable], labels[learnable])
    _write(embedder.fingerprint, names, vocabularies, known, matrix, constant, lesson.digest)
    ruled = np.array([triage(message.text) is not None for message in messages])
    print(f"Each file as heard by what other messages taught, {APART} by what other files did:")
    for file in files:
        for group in ("alarm", "look-alike", "ordinary"):
            there = (groups == group) & np.array([message.file == file for message in messages])
            if there.any():
                by_likeness = trust[there] >= THRESHOLD
                print(
                    f"  {file:12}{group:12}rules {Rate(int(ruled[there].sum()), int(there.sum()))}; "
                    f"either {Rate(int((ruled[there] | by_likeness).sum()), int(there.sum()))}"
                )
    print("Other thresholds, either way, over all files:")
    for other in (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        heard_so = {g: (ruled | (trust >= other))[groups == g] for g in ("alarm", "look-alike", "ordinary")}
        told_so = "; ".join(f"{g} {Rate(int(h.sum()), len(h))}" for g, h in heard_so.items())
        print(f"  {other}  {told_so}")
    print(f"threshold {THRESHOLD}; {WEIGHTS.name}: {WEIGHTS.stat().st_size} bytes")


class Lessons(NamedTuple):
    """What is learned from; the digest names it, with the settings, in 64 figures."""

    messages: Sequence[Message]
    heard: Sequence[Sequence[Piece]]
    answers: Sequence[str]
    digest: str


def lessons(triage: Triage) -> Lessons:
    told = [(message, _pieces(triage, message.text)) for message in dict.fromkeys(_messages(triage))]
    messages = [message for message, found in told if found]
    heard = [found for _, found in told if found]
    answers = _answers(messages, triage)
    settings = (FEWEST, RARE, RARE_WORD, THRESHOLD, C, ROUNDS, PART_DISCOUNT)
    seen = hashlib.sha256(repr((settings, VECTOR_SCALE, WORD_SCALE)).encode())
    for message, found, answer in zip(messages, heard, answers, strict=True):
        read = [(piece.text, sorted(piece.words), sorted(piece.uses), piece.part) for piece in found]
        seen.update(repr((answer, message.group, message.file, read)).encode())
    return Lessons(messages, heard, answers, seen.hexdigest())


def _messages(triage: Triage) -> Iterator[Message]:
    steps = {rule.flag: rule.steps for rule in triage.flags.rules}
    for told in ("alarms", "told", "later", "more"):
        for name, said in _yaml(HERE / f"{told}.yaml").items():
            flag, _, level = name.partition(" @ ")
            for text in said.strip().splitlines():
                yield Message(text.strip(), flag, level or steps[flag][0].level, "alarm", told)
    for name, said in _yaml(HERE / "silent.yaml").items():
        group = (
            "ordinary"
            if name in ("soreness", "ordinary", "stories", "elsewhere", "orders", "everyday")
            else "look-alike"
        )
        for text in said.strip().splitlines():
            yield Message(text.strip(), "", "", group, "silent")
    for name in ("emergencies", "same_day", "paraphrases"):
        for row in _yaml(CASES / f"{name}.yaml"):
            if not row.get("held_out"):
                flag = row["flag"] if isinstance(row["flag"], str) else row["flag"][0]
                yield Message(row["text"], flag, row["level"], "alarm", "tests")
    for name, group in (("silent", "look-alike"), ("near_misses", "look-alike"), ("ordinary", "ordinary")):
        for row in _yaml(CASES / f"{name}.yaml"):
            if not row.get("held_out"):
                yield Message(row["text"], "", "", group, "tests")
    for file in (APART, "fresh"):
        for one in told_messages(HERE / f"{file}.yaml"):
            if one.level is None:
                group = "ordinary" if one.kind == "ordinary" else "look-alike"
                yield Message(one.text, "", "", group, file)
        for kind in ("emergency", "same_day"):
            for row in _yaml(HERE / f"{file}.yaml")[kind]:
                flag = ELSEWHERE.get(row["cluster"], row["cluster"])
                for text in row["messages"]:
                    yield Message(text, flag, row.get("level", "same_day"), "alarm", file)
    for text in QUESTIONS.read_text(encoding="utf-8").splitlines():
        if triage(text) is None:
            yield Message(text, "", "", "ordinary", "questions")


def _asked() -> Iterator[str]:
    """Questions on subjects where a visitor's own words are no emergency; the topic of safety is left out."""
    for path in sorted((SHIPPED / "golden").glob("*.yaml")):
        if path.stem == "safety":
            continue
        for row in _yaml(path):
            actions = row.get("action", ())
            if not row.get("held_out") and "emergency" not in (
                [actions] if isinstance(actions, str) else actions
            ):
                yield row["text"]
    for path in sorted((SHIPPED / "asked").glob("*.yaml")):
        article = (SHIPPED / "articles" / f"{path.stem}.md").read_text(encoding="utf-8")
        if "\ntopic: safety\n" in article or path.stem in WARNING:
            continue
        for texts in _yaml(path).values():
            yield from texts


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _pieces(triage: Triage, text: str) -> list[Piece]:
    said = words(text)
    return pieces(text, said, triage.flags.lexicon.read(said))


def _answers(messages: Sequence[Message], triage: Triage) -> list[str]:
    steps = {rule.flag: rule.steps for rule in triage.flags.rules}
    said = [f"{m.flag}@{m.level}" for m in messages]
    many = {name for name in set(said) if said.count(name) >= FEWEST}
    answers = []
    for message, name in zip(messages, said, strict=True):
        if not message.flag or message.level == LEVELS[-1]:
            answers.append(SILENT)
        elif name in many and message.level in {step.level for step in steps[message.flag]}:
            answers.append(name)
        else:
            answers.append(f"{message.flag}@{steps[message.flag][0].level}")
    return answers


def _common(sets: Iterable[Collection[str]], fewest: int) -> tuple[str, ...]:
    counts = Counter(name for names in sets for name in names)
    return tuple(sorted(name for name, count in counts.items() if count >= fewest))


def _features(
    embedder: Embedder, heard: Sequence[Sequence[Piece]], vocabularies: Sequence[str], known: Sequence[str]
) -> NDArray[np.float32]:
    every = [piece for found in heard for piece in found]
    texts = list(dict.fromkeys(piece.text for piece in every))
    # One at a time: a text's vector differs in its last digits with what is padded beside it.
    vectors = {text: embedder.embeddings.embed_query(text) for text in texts}
    return features([vectors[piece.text] for piece in every], every, vocabularies, known)


def fitted(
    rows: NDArray[np.float32], labels: NDArray[np.str_]
) -> tuple[tuple[str, ...], NDArray[np.float32], NDArray[np.float32]]:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    model = LogisticRegression(C=C, max_iter=ROUNDS, random_state=0).fit(rows, labels)
    return tuple(model.classes_), model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


def _write(
    embedder: str,
    names: Sequence[str],
    vocabularies: Sequence[str],
    known: Sequence[str],
    matrix: NDArray[np.float32],
    constant: NDArray[np.float32],
    made_from: str,
) -> None:
    scale = np.abs(matrix).max(axis=0) / 127
    np.savez_compressed(
        WEIGHTS,
        embedder=np.array(embedder),
        answers=np.array(names),
        vocabularies=np.array(vocabularies),
        words=np.array(known),
        matrix=np.round(matrix / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        constant=np.round(constant, 3),
        threshold=np.array(THRESHOLD),
        made_from=np.array(made_from),
    )


if __name__ == "__main__":
    main()
