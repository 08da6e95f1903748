"""`python -m benchmarks`: speed and memory of this machine's run, as ratios within the run. Nothing here is a test."""

import sys

from benchmarks import building, scale, serving

PARTS = {"serving": serving.main, "building": building.main, "scale": scale.main}

if __name__ == "__main__":
    for name in sys.argv[1:] or ("serving", "building"):
        print(f"\n## {name}")
        PARTS[name]()
