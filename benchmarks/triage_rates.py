"""How triage hears messages: the unseen ones beside this file, by the rules alone and with likeness.

    python -m benchmarks.triage_rates [MODELS] [MESSAGES.yaml]

Only counts are printed, so that whoever mends the rules stays blind to the messages.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from assistant.likeness import Likeness, Weights
from assistant.safety import Triage
from assistant.triage_report import triage_report
from index.embedding import MINILM, open_embedder

UNSEEN = Path(__file__).with_name("triage") / "unseen.yaml"


def main() -> None:
    models = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("var/models")
    messages = list(unseen(Path(sys.argv[2]) if len(sys.argv) > 2 else UNSEEN))
    embedder = open_embedder(MINILM, models)
    both = Triage.load(likeness=Likeness(Weights.load(), lambda: embedder))
    for name, triage in (("rules alone", Triage.load()), ("rules and likeness", both)):
        heard = [
            (kind, level, alarm.level if (alarm := triage(text)) else None) for kind, level, text in messages
        ]
        report = triage_report((right, given) for _, right, given in heard)
        print(f"\n{name}\n  urgent recall    {report.urgent}\n  same-day recall  {report.same_day}")
        print(f"  under-triage     {report.under}\n  over-triage      {report.over}")
        for kind in ("near_miss", "ordinary"):
            of_kind = triage_report((right, given) for of, right, given in heard if of == kind)
            print(f"  alarms, {kind:9} {of_kind.false_alarms}")
        for right, given in report.rows:
            print(f"  {right:22}" + "  ".join(f"{level} {count}" for level, count in given.items() if count))


def unseen(path: Path = UNSEEN) -> Iterator[tuple[str, str | None, str]]:
    """(kind, right level, text) of each message."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for kind in ("emergency", "same_day"):
        for group in data[kind]:
            for text in group["messages"]:
                yield kind, group.get("level", "same_day"), text
    for kind in ("near_miss", "ordinary"):
        for text in data[kind]:
            yield kind, None, text


if __name__ == "__main__":
    main()
