"""How long a whole verdict takes: `socle compare`, as it is typed, on 5,000 rows of a set.

    python benchmarks/verdict.py ../shared/data/classification sst2:quick scicite:normal

Every run is a process of its own with an empty cache of fits and of features; bases are compiled
already, as on any machine but a new one. The seconds are those of the whole process, imports and
the HTML report included.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import keep, quiet, rows, table

quiet()
ROWS = 5000


def main() -> None:
    """Run what the command line names, keep and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("runs", nargs="+", help="SET:effort")
    options = parser.parse_args()
    found = {}
    for run in options.runs:
        name, _, effort = run.partition(":")
        found[f"{name}, {effort}"] = timed(options.data / name, effort)
        print(json.dumps(found[f"{name}, {effort}"]), flush=True)
    keep("verdict", found)
    keys = ("seconds", "fitted", "left_out", "text")
    print(table(["", *keys], [[name, *(row[k] for k in keys)] for name, row in found.items()]))


def timed(folder: Path, effort: str) -> dict[str, Any]:
    """Compare on 5,000 training rows of a set, from files to the report."""
    from socle.files import cache_folder

    for kept in ("comparisons", "features"):
        shutil.rmtree(cache_folder(kept), ignore_errors=True)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / f"{folder.name}.csv"
        texts, labels = rows(folder, "train")
        chosen = np.random.default_rng(0).permutation(len(texts))[:ROWS]
        with path.open("w", encoding="utf-8", newline="") as stream:
            lines = [(texts[i], labels[i]) for i in chosen]
            csv.writer(stream).writerows([("text", "label"), *lines])
        words = ["compare", str(path), "--effort", effort, "--report", f"{path}.html", "--json"]
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", "from socle.cli import main; main()", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SOCLE_OFFLINE": "1"},
        )
        seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr)
    facts = json.loads(done.stdout)
    names = {key: [c["name"] for c in facts["candidates"] if key in c] for key in _KINDS}
    return {
        "rows": len(chosen),
        "seconds": round(seconds, 1),
        "fitted": ", ".join(names["metrics"]),
        "left_out": ", ".join(names["skipped"] + names["failed"]) or "-",
        "kind": facts["verdict"]["kind"],
        "text": facts["verdict"]["text"],
        "notes": facts["notes"],
    }


_KINDS = ("metrics", "skipped", "failed")


if __name__ == "__main__":
    main()
