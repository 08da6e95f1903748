"""The system card: what the assistant does, what it must not be used for, how well it does it, and where it fails."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.rates import Rate
from assistant.settings import Settings
from index.model import Manifest

if TYPE_CHECKING:
    from assistant.baselines import Standing

CARD = "SYSTEM_CARD.md"
SHIPPED = Path(__file__).with_name(CARD)

_INTRODUCTION = """# System card

An automated assistant that answers questions about soft tissue therapy for {clinic}. {engine}

## What it is for

Visitors of the clinic's website who want general information, and staff who look something up in the same articles.

## What it must not be used for

- It does not diagnose, examine or treat, and it never says that someone is fine.
- It is not watched for emergencies. It looks for warning signs in every message and it can miss them: the figures below
  say how often. In an emergency call {emergency}.
- It does not decide for a person: a question about one's own case gets general information with the phone beside it, or
  the phone alone.
- It does not book, quote prices or promise hours.

## What it was measured on

The index of {built} holds {passages} passages of {articles} articles. The golden questions were written before anyone
looked at what the search returns. A third of them was held out: nothing was tuned on it.
"""

_FAILURES = """
## Known failures

- Wording that no one thought of: a question in words far from those of the articles may find nothing, and is then
  refused although the articles hold the answer.
- Questions of other fields of medicine that name a body part can be answered from a passage that does not fit.
- Answers are sentences of the articles, word for word, put in order. They can state something beside the question.
- Emergencies told in unusual words can be missed, and ordinary words can raise a false alarm.
- Where a language model words the answers, whether a quotation bears a statement out is a guess: of 399 claims that physicians
  labelled, the check judged 252 as they did (0.63; 95 % 0.58 to 0.68), and of the 12 it let through 9 were borne out
  (`python -m benchmarks.fit_support`). So most of what a model says is kept back, and what stays is close to its quotation.
- The articles await a clinician's signature wherever their page says so. Much of the everyday advice rests on the
  clinic's own guidance and on no study.
- English only; emergencies are also heard in French, Spanish, Punjabi and Chinese phrases.
"""


def system_card(
    settings: Settings,
    manifest: Manifest,
    figures: Mapping[str, Mapping[str, Rate]],
    confused: Mapping[tuple[str, str], int],
    plain: Sequence["Standing"],
    heard: Mapping[str, Rate],
) -> str:
    """The card as Markdown; `figures` are those of `assistant.evaluation.figures` by part ("tuned", "held_out")."""
    extractive = settings.answers.engine == "extractive"
    engine = (
        "It quotes the clinic's articles word for word, with their sources. No language model writes anything."
        if extractive
        else f"A language model ({settings.answers.engine}) words the answers; each statement is checked against a quotation."
    )
    introduction = _INTRODUCTION.format(
        clinic=settings.clinic.name,
        engine=engine,
        emergency=settings.numbers["emergency"],
        built=manifest.built.date().isoformat(),
        passages=manifest.passages,
        articles=manifest.articles,
    )
    return "\n".join(
        (
            introduction,
            _figures(figures),
            _heard(heard),
            _plain(plain),
            _confused(confused),
            _FAILURES.strip(),
            "",
        )
    )


def current(data_dir: Path) -> str:
    """The card in force: that of the data folder, which `assistant evaluate --card` wrote, else the shipped one."""
    own = data_dir / CARD
    return (own if own.is_file() else SHIPPED).read_text("utf-8")


def _figures(figures: Mapping[str, Mapping[str, Rate]]) -> str:
    names = list(dict.fromkeys(name for part in figures.values() for name in part))
    lines = ["| figure | " + " | ".join(part.replace("_", " ") for part in figures) + " |"]
    lines.append("| --- |" + " --- |" * len(figures))
    lines += [
        f"| {name} | " + " | ".join(str(part[name]) for part in figures.values()) + " |" for name in names
    ]
    return "\n".join((*lines, ""))


def _heard(heard: Mapping[str, Rate]) -> str:
    if not heard:
        return "How well emergencies are heard was not measured here.\n"
    lines = [
        "How well warning signs are heard, on messages written before the rules were looked at:\n",
        "| figure | rate, with its 95 % interval |",
        "| --- | --- |",
    ]
    return "\n".join((*lines, *(f"| {name} | {rate} |" for name, rate in heard.items()), ""))


def _plain(plain: Sequence["Standing"]) -> str:
    if not plain:
        return ""
    lines = [
        "Plain ways of using the same index, on the held-out questions:\n",
        "| way | hit@1 | hit@5 | MRR@10 | key facts |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in plain:
        rates = (one.hit_1, one.hit_5, one.reciprocal, one.key_facts)
        lines.append(f"| {one.name} | " + " | ".join(f"{rate.share or 0:.3f}" for rate in rates) + " |")
    return "\n".join((*lines, ""))


def _confused(confused: Mapping[tuple[str, str], int]) -> str:
    lines = ["| what was right | what came | how often |", "| --- | --- | --- |"]
    lines += [f"| {wanted} | {got} | {count} |" for (wanted, got), count in sorted(confused.items())]
    return "\n".join((*lines, ""))
