"""Write what the benchmarks measured into the pages that quote it, so that no figure is typed.

    python benchmarks/figures.py [--check]

The newest row of every set and strategy counts, and the newest file of every rival. Tables stand
between the marks `<!-- figures: NAME -->` and `<!-- end -->`; with `--check` nothing is written and
the exit status says whether a page is stale.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import RESULTS, table

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "README.fr.md", "docs/measured.md")
ORDER = ("majority", "classical", "scratch", "head", "partial", "lora", "full")
_MARK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
Rows = dict[tuple[str, str], dict[str, Any]]


def main() -> None:
    """Bring every page up to date, or say which one is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    stale = []
    check = parser.parse_args().check
    for name in PAGES:
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            stale.append(name)
            if not check:
                path.write_text(after, encoding="utf-8")
    print("stale: " + ", ".join(stale) if stale else "all figures are current")
    if check and stale:
        raise SystemExit(1)


def filled(page: str) -> str:
    """Return a page with fresh tables between its marks."""
    return _MARK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", page)


def quality() -> str:
    """Return one line per set: accuracy and macro-F1 of every strategy, the best in bold."""
    rows = newest()
    used = [name for name in ORDER if any(strategy == name for _, strategy in rows)]
    lines = []
    for data in dict.fromkeys(data for data, _ in rows):
        own = {name: rows[data, name] for name in used if (data, name) in rows}
        best = max(row["accuracy"] for row in own.values())
        first = next(iter(own.values()))
        cells = [_cell(own.get(name), best) for name in used]
        lines.append([data.replace(">", " → "), f"{first['n_train']} / {first['n_test']}", *cells])
    return table(["", "n", *used], lines)


def cost() -> str:
    """Return one line per set and strategy: calibration, seconds, speed and engine."""
    lines = [
        [
            row["set"].replace(">", " → "),
            row["strategy"],
            row["base"] or "none",
            row["effort"],
            f"{row['interval'][0]:.3f} to {row['interval'][1]:.3f}",
            f"{row['ece']:.3f}",
            f"{row['train_seconds']:.0f}",
            f"{row['train_cpu_seconds']:.0f}",
            "-" if row["strategy"] == "majority" else f"{row['documents_per_second']:,.0f}",
            row.get("engine", "-"),
        ]
        for row in newest().values()
    ]
    header = ["set", "strategy", "base", "effort", "95 % interval of the accuracy", "ECE"]
    return table([*header, "trained in (s)", "CPU-s", "texts/s", "engine"], lines)


def rival(name: str, keys: dict[str, str]) -> Callable[[], str]:
    """Return what makes the table of one rival's newest file, with the columns `keys`."""

    def made() -> str:
        found = json.loads(sorted(RESULTS.glob(f"{name}-20*.json"))[-1].read_text())
        results = {k: v for k, v in found["results"].items() if isinstance(v, dict)}
        lines = [[arm, *(row.get(key, "-") for key in keys)] for arm, row in results.items()]
        machine = found["machine"]
        about = f"{machine['processor']}, {machine['cores']} cores, {found['date']}"
        return f"{table(['', *keys.values()], lines)}\n\n({about})"

    return made


def newest() -> Rows:
    """Return the newest row of every set and strategy, sets and strategies in a fixed order."""
    found: Rows = {}
    for path in sorted(RESULTS.glob("strategies-*.json")):
        for row in json.loads(path.read_text()):
            found[row["set"], row["strategy"]] = row
    return {key: found[key] for key in sorted(found, key=lambda k: (k[0], ORDER.index(k[1])))}


def _cell(row: dict[str, Any] | None, best: float) -> str:
    if row is None:
        return "-"
    said = f"{row['accuracy']:.3f}"
    return f"{f'**{said}**' if row['accuracy'] == best else said} / {row['macro_f1']:.3f}"


_SPEED = {"tokens_per_second": "tokens/s", "peak_mb": "peak MB"}
_RATIOS = {
    "to trainer, random": "to random batches",
    "to trainer, by length": "to batches by length",
}
TABLES: dict[str, Callable[[], str]] = {
    "quality": quality,
    "cost": cost,
    "head": rival(
        "head",
        {"seconds": "seconds", "accuracy": "accuracy", "epochs": "passes", "peak_mb": "peak MB"},
    ),
    "training": rival(
        "training-all-minilm-l6-v2",
        {**_SPEED, "precision": "precision", **_RATIOS, "share_of_peak": "share of the peak"},
    ),
    "predicting": rival(
        "predicting",
        {
            "texts_per_second": "texts/s",
            "to_best_pipeline": "to the pipeline's best",
            "to_batch_32": "to its batch of 32",
            "accuracy": "accuracy",
            "peak_mb": "peak MB",
        },
    ),
}


if __name__ == "__main__":
    main()
