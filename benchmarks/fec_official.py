"""Files of accounting entries: what we say that the official checker says, and what it says.

    python benchmarks/fec_official.py ../shared/data/documents --official "perl check.pl"

The official checker is Test Compta Demat of the DGFiP (github.com/DGFiP/Test-Compta-Demat, Perl
with windows of Tk, licence CeCILL). Nothing of it is in this repository: whoever repeats this takes
its sources and runs what it does to one plain file, category BIC, without its windows. The command
is called with the path of a file as its last word, and prints one JSON object:

    logs: pairs of type and text that it noted (type A is an alert),
    conform: whether its report tells the structure conform; false where there is no report.

Its view of a file is error (not conform), alert (conform, with alerts) or silent; ours is told by
the check `test_compta_demat`, and error where we refuse the file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import measure
from fec_probes import probes

from socle.checks.fec import verdict
from socle.errors import SocleError
from specimens.accounts import Book, book
from specimens.breaches import BREACHES

SOUND = 20
Job = tuple[str, str, Path]


def main() -> None:
    """Compare both on every file, and keep the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds comptes-fr")
    parser.add_argument("--official", required=True, help="command that prints its verdict")
    parser.add_argument("--seeds", type=int, default=8, help="books for each broken rule")
    options = parser.parse_args()
    words = shlex.split(options.official)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = list(files(options.data / "comptes-fr", options.seeds, Path(folder)))
        views = list(pool.map(lambda job: (official(words, job[2]), ours(job[2])), jobs))
    found: dict[str, dict[str, Any]] = {}
    for (kind, name, _), (theirs, own) in zip(jobs, views, strict=True):
        row = found.setdefault(
            kind, {"files": 0, "same_verdict": 0, "same_view": 0, "official": {}, "differ": []}
        )
        row["files"] += 1
        row["same_verdict"] += (theirs == "error") == (own == "error")
        row["same_view"] += theirs == own
        row["official"][theirs] = row["official"].get(theirs, 0) + 1
        if theirs != own:
            row["differ"].append(f"{name}: official {theirs}, told {own}")
    print(json.dumps(found, indent=1, ensure_ascii=False))
    measure.keep("fec-official", found)


def files(shared: Path, seeds: int, scratch: Path) -> Iterator[Job]:
    """Write every file; yield its kind, what it is, and where it lies."""
    made: list[tuple[str, str, Book]] = [
        ("sound books", f"seed {seed}", book(seed)) for seed in range(SOUND)
    ]
    for rule, breach in BREACHES.items():
        for seed in range(seeds):
            spoilt = breach(replace(book(seed), encoding="utf-8"), random.Random(seed))
            if rule == "encoding":
                spoilt = replace(spoilt, encoding="utf-16")
            made.append(("one rule broken", f"{rule}, seed {seed}", spoilt))
    made += [("single cells", name, probe) for name, probe in probes()]
    for i, (kind, name, one) in enumerate(made):
        folder = scratch / str(i)
        folder.mkdir()
        yield kind, name, one.write(folder)
    for path in sorted(shared.glob("*FEC*.txt")):
        yield "shared files", path.name, path


def official(words: list[str], path: Path) -> str:
    """Return what the official checker makes of a file."""
    done = subprocess.run([*words, str(path)], capture_output=True, check=True)
    said = json.loads(done.stdout)
    if not said["conform"]:
        return "error"
    return "alert" if any(kind == "A" for kind, _ in said["logs"]) else "silent"


def ours(path: Path) -> str:
    """Return what we say that it makes of the file."""
    try:
        checks = verdict(path, path.name).checks
    except SocleError:
        return "error"
    told = next(check for check in checks if check.name == "test_compta_demat")
    if not told.passed:
        return "error"
    return "silent" if told.detail == "conform" else "alert"


if __name__ == "__main__":
    main()
