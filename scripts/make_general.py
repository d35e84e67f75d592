"""Draw the general texts and the probes of the package from the sets of Debian sections.

    python scripts/make_general.py ../shared/data/classification src/socle/general

No text, and no near duplicate of one, is drawn twice; what is measured on comes from other source
packages than what is replayed or learnt from. The draw is seeded: the same sets give the same
files.
`written-en.txt` and `written-fr.txt` are not touched: they were written by hand.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from socle.data.duplicates import groups_of_near_duplicates

LABELS = ("admin", "devel", "games", "net", "science", "sound")
PROBE = {"train": 40, "test": 33}
SAMPLE, REPLAY = 80, 160
SHORT, LONG = (60, 190), (180, 330)
ALIKE = 0.6
_END = re.compile(r"(?<=[.!?])\s+")
Row = tuple[str, str]


def main() -> None:
    """Write the files of both languages."""
    source, target = map(Path, sys.argv[1:3])
    for language in ("en", "fr"):
        folder = source / f"debian-sections-{language}"
        rng = np.random.default_rng(0)
        rows = distinct(list(read(folder / "test.csv", rng)), list(read(folder / "train.csv", rng)))
        probe = [
            (part, label, text)
            for part, drawn in rows.items()
            for label, text in probes(drawn, PROBE[part])
        ]
        write(target / f"sections-{language}.csv", probe)
        used = {text for _, _, text in probe}
        for name, part, count in (("sample", "test", SAMPLE), ("replay", "train", REPLAY)):
            texts = [cut for _, whole in rows[part] if (cut := shortened(whole, *LONG))]
            free = [t for t in texts if not any(t.startswith(u) for u in used)][:count]
            (target / f"{name}-{language}.txt").write_text("\n".join(free) + "\n", "utf-8")


def read(path: Path, rng: np.random.Generator) -> Iterator[Row]:
    """Yield label and text of every row, in a random order."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [(row["label"], " ".join(row["text"].split())) for row in csv.DictReader(stream)]
    yield from (rows[i] for i in rng.permutation(len(rows)))


def distinct(test: list[Row], train: list[Row]) -> dict[str, list[Row]]:
    """Return both parts without the near duplicates of an earlier text, those of `test` first."""
    both = [*test, *train]
    groups = groups_of_near_duplicates([text for _, text in both], ALIKE)
    gone = {i for group in groups for i in sorted(group)[1:]}
    kept = [row for i, row in enumerate(both) if i not in gone]
    cut = len([i for i in range(len(test)) if i not in gone])
    return {"test": kept[:cut], "train": kept[cut:]}


def probes(rows: list[Row], count: int) -> Iterator[Row]:
    """Yield the first `count` short texts of every label."""
    for label in LABELS:
        texts = [shortened(text, *SHORT) for own, text in rows if own == label]
        found = [text for text in texts if text][:count]
        if len(found) < count:
            raise SystemExit(f"{label} has {len(found)} short texts, {count} are wanted")
        yield from ((label, text) for text in found)


def shortened(text: str, fewest: int, most: int) -> str:
    """Return the whole sentences at the start of a text that fit, or nothing."""
    found = ""
    for sentence in _END.split(text):
        longer = f"{found} {sentence}".strip()
        if len(longer) > most:
            break
        found = longer
    return found if len(found) >= fewest else ""


def write(path: Path, rows: list[tuple[str, str, str]]) -> None:
    """Write a probe: the part of each row, its label, its text."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["part", "label", "text"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
