"""Draw the samples of Debian sections from the full sets.

    python scripts/make_samples.py ../shared/data/classification samples

The draw is stratified and seeded: the same full sets give the same samples.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from socle import plugins
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.data.splitting import split

SIZES = {"train": 600, "test": 300}


def main() -> None:
    """Write both languages."""
    source, target = map(Path, sys.argv[1:3])
    kind = plugins.load("tasks", "classification")
    for name in ("debian-sections-fr", "debian-sections-en"):
        for part, size in SIZES.items():
            whole: Dataset[str] = kind.examples(*read_rows(source / name / f"{part}.csv"))
            _, drawn = split(whole, size / len(whole), seed=0)
            path = target / name / f"{part}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(["text", "label"])
                writer.writerows([e.text, e.target] for e in drawn)


if __name__ == "__main__":
    main()
