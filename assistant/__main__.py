"""`python -m assistant` and the console script `assistant`."""

import sys

from assistant.cli import assistant


def main() -> None:
    sys.exit(assistant.main(prog_name="assistant", standalone_mode=True))


if __name__ == "__main__":
    main()
