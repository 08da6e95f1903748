"""`python -m benchmarks`: speed and memory of this machine's run, as ratios within the run. Nothing here is a test."""

import sys

from benchmarks import building, lay, scale, serving, syncing, website

PARTS = {
    "serving": serving.main,
    "building": building.main,
    "scale": scale.main,
    "lay": lay.main,
    "syncing": syncing.main,
    "website": website.main,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or ("serving", "building", "website"):
        print(f"\n## {name}")
        PARTS[name]()
