"""Learning curves back-tested: hide the last doubling, forecast it, and look.

    python benchmarks/learning_curve.py ../shared/data/classification sib200-en sst2

For every size of a curve that has four sizes or more of at most 0.6 times its rows, the law is
fitted on these and asked for that size; each draw there is a measurement that the band should hold.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import keep, quiet, table

from socle import growing, plugins
from socle.bases import finding
from socle.data.reading import read_rows
from socle.metrics.curves import Point, outlook
from socle.recipe import Recipe

quiet()
_HIDDEN = 0.6


def main() -> None:
    """Measure the sets that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds the sets")
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--effort", default="normal")
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    for name in options.sets:
        found += curves(options.data / name, Recipe(effort=options.effort))
        keep("learning-curve", {"curves": found, "back_test": summary(found)})
        print(shown(found[-2:]), flush=True)
    print(shown(found))
    print(summary(found))


def curves(folder: Path, recipe: Recipe) -> list[dict[str, Any]]:
    """Return the curves of the two cheap candidates on one set, back-tested."""
    kind = plugins.load("tasks", "classification")
    train, test = (kind.examples(*read_rows(folder / f"{part}.csv")) for part in ("train", "test"))
    located = finding.find(finding.default_for(train.texts))
    rows = []
    for name, base in (("classical", None), ("head", located)):
        began = time.perf_counter()
        entrants = [(plugins.load("strategies", name), base)]
        [points] = growing.measured_points(kind.learn(train), train, test, entrants, recipe)
        seconds = round(time.perf_counter() - began, 1)
        rows.append(
            {
                "set": folder.name,
                "strategy": name,
                "seconds": seconds,
                "points": [[p.per_label, p.n, [round(v, 4) for v in p.values]] for p in points],
                "outlook": outlook(points).text(),
                "back_test": back_tested(points),
            }
        )
    return rows


def back_tested(points: list[Point]) -> list[dict[str, Any]]:
    """Return what smaller sizes would have forecast of each larger one, and what came."""
    found = []
    for hidden in points:
        known = [point for point in points if point.n <= _HIDDEN * hidden.n]
        if len(known) < 4:
            continue
        seen = outlook(known, factors=[hidden.n / known[-1].n])
        row: dict[str, Any] = {"from": known[-1].n, "to": hidden.n, "came": list(hidden.values)}
        if seen.refusal:
            found.append(row | {"refused": seen.refusal})
            continue
        [one] = seen.forecasts
        inside = float(np.mean([one.low <= value <= one.high for value in hidden.values]))
        found.append(row | {"mean": one.mean, "low": one.low, "high": one.high, "inside": inside})
    return found


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how often the band held what came, and how far off its middle was."""
    rows = [row for one in found for row in one["back_test"]]
    told = [row for row in rows if "inside" in row]
    off = [row["mean"] - float(np.mean(row["came"])) for row in told]
    return {
        "forecasts": len(told),
        "refused": len(rows) - len(told),
        "inside": round(float(np.mean([row["inside"] for row in told])), 4) if told else None,
        "mean_error": round(float(np.mean(off)), 4) if told else None,
        "mean_absolute_error": round(float(np.mean(np.abs(off))), 4) if told else None,
        "median_width": round(float(np.median([r["high"] - r["low"] for r in told])), 4)
        if told
        else None,
    }


def shown(found: list[dict[str, Any]]) -> str:
    """Return one line per hidden size."""
    header = ["set", "strategy", "from", "to", "forecast", "band", "came", "inside"]
    lines = []
    for one in found:
        for row in one["back_test"]:
            start = [one["set"], one["strategy"], row["from"], row["to"]]
            came = " ".join(f"{value:.3f}" for value in row["came"])
            if "refused" in row:
                lines.append([*start, "none", "", came, ""])
                continue
            band = f"{row['low']:.3f} to {row['high']:.3f}"
            lines.append([*start, f"{row['mean']:.3f}", band, came, f"{row['inside']:.2f}"])
    return table(header, lines)


if __name__ == "__main__":
    main()
