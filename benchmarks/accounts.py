"""Accounts: movements of bank statements, verdicts on files of entries, and their speed.

    python benchmarks/accounts.py ../shared/data/documents [--layouts 60] [--ocr] [--lines 1000000]

Statements: the shared set, and layouts made here from number 3000 on, which nothing was written
for. A movement is right when date, description and signed amount all are; one that is not on the
paper is wrong. With `--ocr` the pages are rendered at 200 dpi and recognised instead. Files of
entries: each rule broken once in several books; a verdict is right when that rule is found and no
other.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import measure

from socle.checks.fec import verdict
from socle.documents import open_document
from socle.errors import InputError
from socle.pages import Document
from socle.readers import Settings
from socle.readers.bank_statement import OPTION
from specimens.accounts import COLUMNS, book, lines_of
from specimens.breaches import ALSO, BREACHES
from specimens.statements import make

FIRST_LAYOUT = 3000
HEADS = (
    *("bank_name", "account_holder", "iban", "currency", "period_start", "period_end"),
    *("opening_balance", "closing_balance"),
)
Truth = dict[str, Any]


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds comptes-fr")
    parser.add_argument("--layouts", type=int, default=60)
    parser.add_argument("--ocr", action="store_true", help="from rendered pages at 200 dpi")
    parser.add_argument("--lines", type=int, default=0, help="of a file of entries to time")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        sets = {
            "comptes-fr": shared(options.data / "comptes-fr"),
            "layouts": made(options.layouts, Path(folder)),
        }
        for name, pairs in sets.items():
            found[f"{name} {'ocr' if options.ocr else 'text'}"] = statements(pairs, options.ocr)
        print(
            measure.table(["set", *SHOWN], [[n, *(r[k] for k in SHOWN)] for n, r in found.items()])
        )
        if not options.ocr:
            found["fec"] = verdicts(options.data / "comptes-fr", Path(folder))
        if options.lines:
            found["fec_speed"] = speed(options.lines, Path(folder))
    print(json.dumps({key: found[key] for key in found if key.startswith("fec")}, indent=1))
    measure.keep(f"accounts{'-ocr' if options.ocr else ''}", found)


SHOWN = (
    *("documents", "whole", "right", "wrong", "absent", "heads_right", "heads_wrong"),
    *("heads_absent", "accepted", "accepted_wrong", "seconds_per_page"),
)


def shared(folder: Path) -> Iterator[tuple[Path, Truth]]:
    """Yield the shared statements and their truth, under our names."""
    for path in sorted(folder.glob("releve_*.json")):
        told = json.loads(path.read_text("utf-8"))
        truth = {**told, "bank_name": told["bank"], "account_holder": told["holder"]}
        truth["lines"] = [{**o, "description": o["label"]} for o in told["operations"]]
        yield path.with_suffix(".pdf"), truth


def made(count: int, folder: Path) -> Iterator[tuple[Path, Truth]]:
    """Yield statements in layouts that no rule was written for."""
    for i in range(count):
        specimen = make(FIRST_LAYOUT + i, FIRST_LAYOUT + i)
        path = folder / f"statement_{i}.pdf"
        path.write_bytes(specimen.pdf)
        yield path, specimen.truth


def statements(pairs: Iterable[tuple[Path, Truth]], ocr: bool) -> dict[str, Any]:
    """Return what was right, wrong and absent over a set."""
    count: Counter[str] = Counter()
    failed: list[str] = []
    for path, truth in pairs:
        began = time.perf_counter()
        document = open_document(path)
        if ocr:
            document = recognised(document)
        try:
            reading = OPTION.read(document, Settings())
        except InputError:
            reading = None
        count["seconds"] += round(1000 * (time.perf_counter() - began))
        count["documents"] += 1
        count["pages"] += len(document.pages)
        one = compared(reading, truth)
        count.update(one)
        whole = one["wrong"] + one["absent"] + one["heads_wrong"] + one["heads_absent"] == 0
        count["whole"] += whole
        accepted = reading is not None and reading.status(0.95) == "accept"
        count["accepted"] += accepted
        count["accepted_wrong"] += accepted and one["wrong"] + one["absent"] > 0
        if not whole:
            failed.append(path.stem)
    seconds = count["seconds"] / 1000 / max(count["pages"], 1)
    return {**{k: count[k] for k in SHOWN}, "seconds_per_page": round(seconds, 2), "failed": failed}


def compared(reading: Any, truth: Truth) -> Counter[str]:
    """Return right, wrong and absent movements and heads of one statement."""
    count: Counter[str] = Counter()
    wanted = Counter(
        (line["date"], " ".join(line["description"].split()), line["amount"])
        for line in truth["lines"]
    )
    rows = [row.values for row in reading.tables["lines"]] if reading else []
    found = Counter((row["date"], row["description"], row["amount"]) for row in rows)
    count["right"] = (found & wanted).total()
    count["wrong"] = found.total() - count["right"]
    count["absent"] = max(0, wanted.total() - found.total())
    for name in HEADS:
        field = reading.fields.get(name) if reading else None
        state = "absent" if field is None else "right" if field.value == truth[name] else "wrong"
        count[f"heads_{state}"] += 1
    return count


def recognised(document: Document) -> Document:
    """Return a document with the words that OCR reads on its rendered pages."""
    from socle.ocr.rapid import OPTION as engine

    pages = []
    for page in document.pages:
        if page.render is None:
            raise SystemExit("this page cannot be rendered")
        picture = page.render(200)
        words = engine.words(picture, 200)
        high, wide = picture.shape[:2]
        pages.append(replace(page, words=words, source="ocr", width=wide, height=high))
    return replace(document, pages=tuple(pages))


def verdicts(folder: Path, scratch: Path) -> dict[str, Any]:
    """Return how many verdicts were right on sound books, broken ones and the shared files."""
    count: Counter[str] = Counter()
    for seed in range(20):
        path = book(seed).write(scratch)
        count["sound"] += 1
        count["sound_right"] += not broken(path)
        for name, breach in BREACHES.items():
            spoilt = breach(replace(book(seed), encoding="utf-8"), random.Random(seed))
            if name == "encoding":
                spoilt = replace(spoilt, encoding="utf-16")
            rules = broken(spoilt.write(scratch))
            rule = name.removesuffix("_alone")
            count["broken"] += 1
            count["broken_right"] += rule in rules and rules <= {rule} | ALSO.get(name, set())
    told = {path.name: sorted(broken(path)) for path in sorted(folder.glob("*FEC*.txt"))}
    return {**count, "shared": told}


def broken(path: Path) -> set[str]:
    """Return the rules that a file breaks."""
    names = {check.name for check in verdict(path, path.name).checks if check.passed is not True}
    return names - {"test_compta_demat"}


def speed(lines: int, scratch: Path) -> dict[str, Any]:
    """Return lines a second and the largest memory over a file of so many lines."""
    path = scratch / "732829320FEC20241231.txt"
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("\t".join(COLUMNS) + "\r\n")
        for row in lines_of(random.Random(1), date(2024, 12, 31), lines * 3 // 8):
            out.write("\t".join(row[name] for name in COLUMNS) + "\r\n")
    before = measure.peak_megabytes()
    began, worked = time.perf_counter(), time.process_time()
    found = verdict(path, path.name)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    return {
        "lines": found.lines_count,
        "megabytes": round(path.stat().st_size / 1e6, 1),
        "seconds": round(took, 2),
        "processor_seconds": round(worked, 2),
        "lines_per_second": round(found.lines_count / took),
        "lines_per_processor_second": round(found.lines_count / worked),
        "peak_megabytes": round(measure.peak_megabytes()),
        "peak_megabytes_before": round(before),
    }


if __name__ == "__main__":
    main()
