"""Fit the weights of `assistant.kinds` from the messages that the project wrote, and say how they do.

    python -m benchmarks.fit_kinds [--questions] [--rest] [MODELS]

Learned from: the folder `kinds` beside this file (its `questions.yaml` is a sample of the corpus's own, taken anew with
--questions) and `subject/elsewhere.yaml`; nothing that is held out, and neither `tests/data/routing.yaml` nor
`tests/data/kinds.yaml`, whose messages only measure. The other figures are of messages that were left out of what judged
them, five neighbouring lines at a time, since neighbours are alike. --rest counts the questions of the corpus that are no
part of the sample as well. With the same sources, packages and machine type the written file is the same to the byte.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from assistant.golden import read
from assistant.kinds import OURS, VECTOR_SCALE, WEIGHTS, WORD_SCALE, Kinds, Weights, features, words
from assistant.model import Route
from assistant.personal import signs
from assistant.rates import Rate
from assistant.routing import DESK, Router
from assistant.settings import Settings
from assistant.topics import topics
from corpus.asking import read as read_asked
from corpus.shelf import SHIPPED
from index.embedding import MINILM, Embedder, open_embedder

HERE = Path(__file__).with_name("kinds")
QUESTIONS = HERE / "questions.yaml"
ELSEWHERE = Path(__file__).with_name("subject") / "elsewhere.yaml"
CASES = Path(__file__).parents[1] / "tests" / "data"
FOLDS, NEIGHBOURS = 5, 5
RARE_WORD = 5
C, ROUNDS = 1.0, 100
SAMPLE = 10
"""So many other ways to ask are taken of each article."""

NEAR = (
    "before-and-after-a-visit",
    "choosing-a-therapist",
    "combining-with-physiotherapy",
    "cost-and-coverage",
    "emergencies-and-help-lines",
    "finding-concussion-help",
    "first-visit",
    "how-often-and-how-long",
    "in-home-care",
    "privacy-and-this-chat",
)
"""Articles that share their words with what is for the desk: all their questions are taken."""

OTHER = {
    "other medicine": "medicine",
    **dict.fromkeys(
        ("money and papers", "travel and cars", "food and house", "world and words"), "elsewhere"
    ),
}
"""What of `subject/elsewhere.yaml` is learned, and as which kind."""

# Sections of the articles that tell what the desk or a fixed reply tells too: whoever asks for them is of that kind.
SAME = {
    "about-the-clinic#how-do-i-contact-the-clinic": "person",
    "about-the-clinic#can-i-talk-to-a-real-person": "person",
    "about-the-clinic#does-the-clinic-treat-people-at-home": "area",
    "about-the-clinic#what-is-the-clinic-called-and-where-is-it": "area",
    "about-the-clinic#does-the-clinic-offer-massage-or-soft-tissue-therapy": "services",
    "about-the-clinic#what-are-the-clinics-hours": "hours",
    "about-the-clinic#how-much-does-the-clinic-charge": "price",
    "about-the-clinic#how-do-i-book-change-or-cancel-a-visit": "booking",
    "about-the-clinic#who-are-the-therapists-and-do-they-speak-my-language": "services",
    "about-the-clinic#how-do-i-give-feedback-or-make-a-complaint": "complaint",
    "about-this-assistant#what-is-this-assistant": "what-are-you",
    "about-this-assistant#are-you-a-doctor-or-a-real-person": "what-are-you",
    "about-this-assistant#what-can-this-assistant-do": "what-can-you-do",
    "cost-and-coverage#how-much-does-a-visit-to-the-clinic-cost": "price",
}
BETWEEN = (
    "about-the-clinic#is-the-clinic-an-emergency-service",
    "choosing-a-therapist#how-do-i-reach-the-clinic",
    "cost-and-coverage#do-you-bill-my-insurer-directly",
    "in-home-care#how-do-i-ask-about-a-home-visit",
)
"""Sections whose questions are as much for the desk as for the articles: nothing is learned from them."""


class Message(NamedTuple):
    text: str
    kind: str
    group: str
    file: str


class Lessons(NamedTuple):
    """What is learned from; the digest names it, with the settings, in 64 figures."""

    messages: Sequence[Message]
    digest: str


def main() -> None:
    arguments = [said for said in sys.argv[1:] if not said.startswith("--")]
    embedder = open_embedder(MINILM, Path(arguments[0]) if arguments else Path("var/models"))
    if "--questions" in sys.argv:
        sampled, _ = _asked()
        header = "# Questions of the corpus as `python -m benchmarks.fit_kinds --questions` last took them. Licence: CC BY 4.0.\n"
        body = yaml.safe_dump(sampled, allow_unicode=True, width=1000, default_style="|")
        QUESTIONS.write_text(header + body, encoding="utf-8")
    lesson = lessons()
    messages = lesson.messages
    known = common(message.text for message in messages)
    rows = _rows(embedder, [message.text for message in messages], known)
    labels = np.array([message.kind for message in messages])
    shares = apart(rows, labels, [message.group for message in messages])
    names, matrix, constant = fitted(rows, labels)
    weights = Weights(embedder.fingerprint, names, known, matrix, constant, lesson.digest)
    weights.save()
    print(f"{len(messages)} messages, {len(known)} words; {WEIGHTS.name}: {WEIGHTS.stat().st_size} bytes")

    router = Router.load(placeholders=Settings().placeholders)
    print("Left out of what judged them:")
    _print_routes(
        router,
        [(message.text, message.kind) for message in messages],
        [dict(zip(names, map(float, row), strict=True)) for row in shares],
    )
    kinds = Kinds(Weights.load(), lambda: embedder)
    for name, cases in (("routing", "tuning"), ("routing", "held_out"), ("kinds", None)):
        written = _yaml(CASES / f"{name}.yaml")
        told = [
            (text, kind) for kind, texts in (written[cases] if cases else written).items() for text in texts
        ]
        print(f"{name}.yaml {cases or ''}, never fitted:")
        _print_routes(router, told, [kinds(text) for text, _ in told])
    if "--rest" in sys.argv:
        rest = [(text, OURS) for text in _asked()[1]]
        print("Questions of the corpus that are no part of the sample:")
        _print_routes(router, rest, [kinds(text) for text, _ in rest])


def lessons() -> Lessons:
    once = {message.text.casefold(): message for message in reversed([*_written()])}
    messages = [*reversed(once.values())]
    seen = hashlib.sha256(repr((C, ROUNDS, RARE_WORD, VECTOR_SCALE, WORD_SCALE)).encode())
    for message in messages:
        seen.update(repr((message.kind, message.text)).encode())
    return Lessons(messages, seen.hexdigest())


def _written() -> Iterator[Message]:
    for name in ("desk", "talk", "personal", "ours", "elsewhere", "questions"):
        for kind, said in _yaml(HERE / f"{name}.yaml").items():
            yield from _messages(said, OURS if name == "ours" else kind, f"{name}/{kind}", name)
    for kind, said in _yaml(ELSEWHERE).items():
        if kind in OTHER:
            yield from _messages(said, OTHER[kind], f"elsewhere/{kind}", "elsewhere")


def _messages(said: str, kind: str, section: str, file: str) -> Iterator[Message]:
    for place, text in enumerate(said.strip().splitlines()):
        yield Message(text.strip(), kind, f"{section}/{place // NEIGHBOURS}", file)


def _asked() -> tuple[Mapping[str, str], Sequence[str]]:
    """(a sample of the corpus's questions by kind, the rest of those that are for the articles)"""
    taken: dict[str, list[str]] = {}
    rest: list[str] = []
    for one in read([SHIPPED / "golden"]):
        if one.held_out or one.turns or one.level:
            continue
        named = {passage.partition("#")[0] for passage in one.passages}
        if one.is_answerable:
            both = all(passage in SAME for passage in one.passages)
            kind = None if both else "personal" if "answer" not in one.actions else OURS
            if kind == OURS and named.isdisjoint(NEAR):
                kind = _kind(one.text, one.topic == "safety")
        else:
            kind = "elsewhere" if one.reason == "off_topic" else None if topics(one.text) else "medicine"
        if kind:
            taken.setdefault(kind, []).append(one.text)
    for path in sorted((SHIPPED / "asked").glob("*.yaml")):
        article = (SHIPPED / "articles" / f"{path.stem}.md").read_text(encoding="utf-8")
        safety = "\ntopic: safety\n" in article
        every = [
            (f"{path.stem}#{anchor}", text)
            for anchor, ways in read_asked(path).items()
            for text in (*ways.of_all, *(text for _, texts in ways.of_sentences for text in texts))
        ]
        ours = [text for section, text in every if section not in (*SAME, *BETWEEN)]
        most = len(ours) if path.stem in NEAR else min(SAMPLE, len(ours))
        chosen = set(Random(path.stem).sample(ours, most))
        for section, text in every:
            kind = SAME.get(section)
            if not kind and text in chosen:
                kind = OURS if path.stem in NEAR else _kind(text, safety)
            if kind:
                taken.setdefault(kind, []).append(text)
            elif text in ours and text not in chosen:
                rest.append(text)
    return {kind: "".join(f"{text}\n" for text in texts) for kind, texts in sorted(taken.items())}, rest


def _kind(text: str, safety: bool) -> str | None:
    """A question for the articles is of one person too when it says so; None where that may be or not."""
    *_, allowed, _, at_risk = signs(text)
    if at_risk:
        return "personal"
    return None if allowed and safety else OURS


def common(texts: Iterable[str]) -> tuple[str, ...]:
    counts = Counter(word for text in texts for word in words(text))
    return tuple(sorted(word for word, count in counts.items() if count >= RARE_WORD))


def _rows(embedder: Embedder, texts: Sequence[str], known: Sequence[str]) -> NDArray[np.float32]:
    # One at a time: a text's vector differs in its last digits with what is padded beside it.
    return features(texts, [embedder.embeddings.embed_query(text) for text in texts], known)


def fitted(
    rows: NDArray[np.float32], labels: NDArray[np.str_]
) -> tuple[tuple[str, ...], NDArray[np.float32], NDArray[np.float32]]:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    model = LogisticRegression(C=C, max_iter=ROUNDS, random_state=0).fit(rows, labels)
    return tuple(model.classes_), model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


def apart(rows: NDArray[np.float32], labels: NDArray[np.str_], groups: Sequence[str]) -> NDArray[np.float32]:
    """For each row the shares that the messages of other groups give it."""
    names = sorted(set(groups))
    turn = dict(zip(names, np.random.default_rng(0).permutation(len(names)) % FOLDS, strict=True))
    fold = np.array([turn[group] for group in groups])
    every = sorted(set(labels))
    shares = np.zeros((len(rows), len(every)), dtype=np.float32)
    for k in range(FOLDS):
        kinds, matrix, constant = fitted(rows[fold != k], labels[fold != k])
        told = Weights("", kinds, (), matrix, constant).shares(rows[fold == k])
        shares[np.ix_(fold == k, [every.index(kind) for kind in kinds])] = told
    return shares


def _print_routes(
    router: Router, told: Sequence[tuple[str, str]], shares: Sequence[Mapping[str, float]]
) -> None:
    """Per subject: how many the rules alone and the two together route right, and where the others went."""
    subjects = {rule.id: rule.subject for rule in router.rules}
    wanted = ["knowledge" if kind == OURS else subjects.get(kind, kind) for _, kind in told]
    by_rules = [router(text) for text, _ in told]
    both = [
        replace(router, kinds=lambda _, found=found: found)(text)  # type: ignore[misc]
        for (text, _), found in zip(told, shares, strict=True)
    ]
    for subject in dict.fromkeys(wanted):
        there = [place for place, want in enumerate(wanted) if want == subject]
        alone = sum(by_rules[place].subject == subject for place in there)
        right = sum(both[place].subject == subject for place in there)
        beside = sum(both[place].subject != subject and _beside(both[place]) == subject for place in there)
        went = Counter(both[place].subject for place in there if both[place].subject != subject)
        print(
            f"  {subject:18}rules {Rate(alone, len(there))}; with likeness {Rate(right, len(there))}, "
            f"beside an answer {beside}; else {dict(went)}"
        )
    desk = [place for place, want in enumerate(wanted) if want in DESK]
    clinical = [place for place, want in enumerate(wanted) if want in ("knowledge", "personal_clinical")]
    sent = sum(both[place].subject in DESK for place in desk)
    print(f"  to the desk, whatever the reason: {Rate(sent, len(desk))}")
    kept = sum(both[place].subject in ("knowledge", "personal_clinical") for place in clinical)
    print(f"  questions for the articles that stay so: {Rate(kept, len(clinical))}")


def _beside(route: Route) -> str | None:
    return route.beside.subject if route.beside else None


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
