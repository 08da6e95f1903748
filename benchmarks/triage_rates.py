"""How triage hears messages, by the rules alone and with likeness.

    python -m benchmarks.triage_rates [MODELS] [MESSAGES.yaml]

Only counts are printed, so that whoever mends the rules stays blind to the messages.
"""

import sys
from pathlib import Path

from assistant.likeness import Likeness, Weights
from assistant.safety import Triage
from assistant.triage_report import hearing, messages
from index.embedding import MINILM, open_embedder

UNSEEN = Path(__file__).with_name("unseen") / "triage.yaml"


def main() -> None:
    models = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("var/models")
    told = list(messages(Path(sys.argv[2]) if len(sys.argv) > 2 else UNSEEN))
    embedder = open_embedder(MINILM, models)
    both = Triage.load(likeness=Likeness(Weights.load(), lambda: embedder))
    for name, triage in (("rules alone", Triage.load()), ("rules and likeness", both)):
        print(f"\n{name}")
        for figure, rate in hearing(triage, told).rates.items():
            print(f"  {figure:24}{rate}")


if __name__ == "__main__":
    main()
