"""invoice2data on the papers of `invoices.py`, in an environment of its own, beside Socle.

    python benchmarks/invoice2data_rival.py ../shared/data/documents \\
        --python /path/to/an/environment/with/invoice2data/bin/python

Both read the text layer of the same files in one run, and both are judged alike. The rival has its
default settings and all templates that come with it; a paper that no template fits has no fields.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from invoices import INVOICE2DATA, Case, Told, e_invoices, invoice2data, judged, report
from measure import keep, quiet

from socle import plugins
from socle.readers import Settings
from socle.readings import Field, Reading

quiet()

_RIVAL = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
from invoice2data import extract_data
from invoice2data.extract.loader import read_templates
templates = read_templates()
found = {}
for path in json.load(open(sys.argv[1])):
    began = time.perf_counter()
    try:
        fields = extract_data(path, templates=templates) or {}
    except Exception as error:
        fields = {}
    seconds = time.perf_counter() - began
    plain = {k: v.strftime("%Y-%m-%d") if hasattr(v, "strftime") else v for k, v in fields.items()}
    found[path] = [plain, seconds]
json.dump(found, open(sys.argv[2], "w"), default=str)
"""


def main() -> None:
    """Let both read, and keep what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--python", required=True, help="of an environment with invoice2data")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    for name, made in (("e-invoices", e_invoices), ("invoice2data", invoice2data)):
        cases = list(made(options.data))
        theirs = rival(options.python, [case.document.path for case in cases])
        for by, read in (("socle", ours(cases)), ("invoice2data", told(cases, theirs))):
            outcomes: list[Told] = []
            seconds, answered = 0.0, 0
            for case, reading, spent in read:
                outcomes += judged(case, reading)
                answered += bool(reading.fields)
                seconds += spent
            pages = sum(len(case.document.pages) for case in cases)
            row = report(f"{name}, by {by}", outcomes, seconds / pages)
            found[f"{name}, by {by}"] = row | {"answered": answered}
    keep("invoice2data-rival", found)


def ours(cases: list[Case]) -> Iterator[tuple[Case, Reading, float]]:
    """Yield what Socle reads, and the seconds it takes on a document that is open."""
    for case in cases:
        began = time.perf_counter()
        read = plugins.load("readers", case.kind).read(case.document, Settings())
        yield case, read, time.perf_counter() - began


def told(
    cases: list[Case], found: Mapping[str, tuple[dict[str, Any], float]]
) -> Iterator[tuple[Case, Reading, float]]:
    """Yield what the rival read, under our names, and the seconds it took, opening included."""
    for case in cases:
        fields, seconds = found[str(case.document.path)]
        mine = {INVOICE2DATA[k]: _field(v) for k, v in fields.items() if k in INVOICE2DATA}
        yield case, Reading(case.kind, mine), seconds


def _field(value: Any) -> Field:
    return Field(value, str(value), 1.0)


def rival(python: str, paths: list[Path]) -> dict[str, tuple[dict[str, Any], float]]:
    """Return what the rival says of each file, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "asked.json", Path(folder) / "answered.json"
        asked.write_text(json.dumps([str(path) for path in paths]))
        subprocess.run([python, "-c", _RIVAL, str(asked), str(answered)], check=True)
        told: dict[str, tuple[dict[str, Any], float]] = json.loads(answered.read_text())
    return told


if __name__ == "__main__":
    main()
