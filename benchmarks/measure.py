"""What the benchmarks share: labelled sets, the machine's peak, memory, a dated result file."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from socle.machine import QUIET, machine

Row = dict[str, Any]
RESULTS = Path(__file__).parent / "results"


# Generators of papers lie beside this folder; a script sees its own folder alone.
sys.path.insert(0, str(Path(__file__).parent.parent))


def quiet() -> None:
    """Set what must stand before torch is imported, the same for every rival."""
    for name, value in {**QUIET, "HF_HUB_OFFLINE": "1"}.items():
        os.environ.setdefault(name, value)


def rows(folder: Path, part: str) -> tuple[list[str], list[str]]:
    """Return texts and labels of `folder/part.csv`."""
    from socle.data.reading import read_rows

    table, columns = read_rows(folder / f"{part}.csv")
    pairs = zip(table.columns[columns.text], table.columns[columns.label], strict=True)
    kept = [(str(text), str(label)) for text, label in pairs if text and label]
    return [text for text, _ in kept], [label for _, label in kept]


def fit_options(about: str | None) -> argparse.ArgumentParser:
    """Return what benchmarks that fit strategies on sets take."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("data", type=Path, help="folder that holds the sets")
    parser.add_argument("runs", nargs="*", help="SET:strategy,strategy")
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--base", help="base for all sets; chosen from the texts by default")
    parser.add_argument("--epochs", type=int, help="passes; derived from the effort by default")
    parser.add_argument("--rate", type=float, help="peak learning rate; derived by default")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def recipe_of(options: argparse.Namespace, strategy: str) -> Any:
    """Return the recipe that such options ask for."""
    from socle.recipe import Recipe

    return Recipe(
        base=options.base,
        strategy=strategy,
        effort=options.effort,
        epochs=options.epochs,
        learning_rate=options.rate,
        layers=getattr(options, "layers", None),
        seed=options.seed,
    )


def add_row(name: str, row: dict[str, Any]) -> None:
    """Add a row to the file of today, so that an interrupted run loses nothing; print it."""
    path = RESULTS / f"{name}-{datetime.date.today().isoformat()}.json"
    rows = json.loads(path.read_text()) if path.exists() else []
    path.write_text(json.dumps([*rows, row], indent=1) + "\n")
    print(json.dumps(row), flush=True)


def newest(name: str, *keys: str) -> list[Row]:
    """Return the newest row of every combination of values of `keys`, in the order they came.

    All dated files of the name are looked at, the newest last.
    """
    found: dict[str, Row] = {}
    for path in sorted(RESULTS.glob(f"{name}-20*.json")):
        for row in json.loads(path.read_text()):
            found[json.dumps([row.get(key) for key in keys])] = row
    return list(found.values())


def peak_megabytes() -> float:
    """Return the largest resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage also counts what the process held before it started this program.
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(*words: str) -> dict[str, Any]:
    """Run this script again in a process of its own, and return the JSON it ends with.

    Memory is the process's own, and no rival warms another's caches.
    """
    done = subprocess.run(
        [sys.executable, sys.argv[0], *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def keep(name: str, found: Any) -> None:
    """Write results with the date and the machine."""
    today = datetime.date.today().isoformat()
    about = {"date": today, "machine": machine(), "results": found}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}-{today}.json").write_text(json.dumps(about, indent=1) + "\n")


def table(header: list[str], lines: list[list[Any]]) -> str:
    """Return a Markdown table."""
    out = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    return "\n".join([*out, *("| " + " | ".join(map(str, line)) + " |" for line in lines)])


def newest_file(name: str) -> dict[str, Any]:
    """Return the newest file of one benchmark."""
    found: dict[str, Any] = json.loads(sorted(RESULTS.glob(f"{name}-20*.json"))[-1].read_text())
    return found


def machine_of(found: dict[str, Any]) -> str:
    """Return in words on what, and when, a file was measured."""
    machine = found["machine"]
    more = ", ".join(machine["instructions"])
    return f"{machine['processor']}, {machine['cores']} cores, {more}; {found['date']}"
