"""Pay slips and annual accounts: right, wrong and absent values on layouts held out.

    python benchmarks/payroll.py [--count 60] [--ocr 3] [--first 3000] [--only slips,accounts]

All papers are made here (`specimens.payroll`, `specimens.liasse`): no real ones could be had, they
are private. Layouts from 3000 on have wordings that no layout below has. A value where there is
none counts as wrong; a cell of a line is right when it equals that of the same label on the paper.
With `--ocr` so many pages of each kind are rendered at 200 dpi and recognised as well. Intervals
are of Wilson, 95 %.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from measure import keep, quiet, table

from socle import plugins
from socle.documents import Given, opened
from socle.errors import InputError
from socle.guard import Limits
from socle.pages import Document
from socle.readers import Settings
from socle.readings import Reading

quiet()
DPI = 200.0
Case = tuple[str, Document, Mapping[str, Any]]
CELLS = {
    "pay-slip": ("base", "rate", "employee_amount", "employer_amount"),
    "balance-sheet": ("gross", "depreciation", "net", "previous"),
}


def main() -> None:
    """Measure both kinds from text, and some from OCR."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--ocr", type=int, default=0)
    parser.add_argument("--first", type=int, default=3000)
    parser.add_argument("--only", default="slips,accounts")
    parser.add_argument("--cache", type=Path, help="folder that keeps what OCR read")
    parser.add_argument("--shown", action="store_true", help="tell every value that is not right")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    if "slips" in options.only:
        cases = list(slips(options.first, options.count))
        rows += both("pay-slip", cases, options)
    if "accounts" in options.only:
        cases = list(accounts(options.first, options.count))
        rows += both("balance-sheet", cases, options)
    header = list(rows[0])
    print(table(header, [[row[name] for name in header] for row in rows]))
    if options.first >= 3000 and not options.shown:
        keep("payroll", rows)


def slips(first: int, count: int) -> Iterator[Case]:
    """Yield pay slips, opened, with their truth."""
    from specimens.payroll import make

    for number in range(first, first + count):
        made = make(number)
        yield f"slip {number} ({made.country})", document(made.pdf), made.truth


def accounts(first: int, count: int) -> Iterator[Case]:
    """Yield annual accounts, opened, with their truth."""
    from specimens.liasse import make

    for number in range(first, first + count):
        made = make(number)
        yield f"accounts {number} ({made.form})", document(made.pdf), made.truth


def document(pdf: bytes) -> Document:
    """Return an opened PDF."""
    return opened(Given(Path("paper.pdf"), pdf, Limits()))


def both(reader: str, cases: Sequence[Case], options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the counts from the text layer and, if asked, from OCR."""
    rows = [measured(reader, "text", cases, options.shown)]
    if options.ocr:
        few = [(n, by_ocr(n, d, options.cache), t) for n, d, t in cases[: options.ocr]]
        rows.append(measured(reader, "OCR at 200 dpi", few, options.shown))
    return rows


def by_ocr(name: str, given: Document, cache: Path | None) -> Document:
    """Return a document whose words were recognised on its drawn pages."""
    kept = cache / f"{name}.pickle" if cache else None
    if kept and kept.exists():
        words = pickle.loads(kept.read_bytes())
    else:
        engine = plugins.load("ocr", "rapid")
        words = [engine.words(p.render(DPI), DPI) for p in given.pages if p.render is not None]
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(words))
    pages = [
        replace(
            page, words=tuple(found), source="ocr",
            width=page.width * DPI / 72, height=page.height * DPI / 72,
        )
        for page, found in zip(given.pages, words, strict=True)
    ]  # fmt: skip
    return replace(given, pages=tuple(pages))


def measured(reader: str, source: str, cases: Iterable[Case], shown: bool) -> dict[str, Any]:
    """Return what was right, wrong and absent over some papers."""
    option = plugins.load("readers", reader)
    count: Counter[str] = Counter()
    began = time.perf_counter()
    for name, given, truth in cases:
        count["papers"] += 1
        count["pages"] += len(given.pages)
        try:
            reading = option.read(given, Settings())
        except InputError as error:
            reading = Reading(reader, {})
            print(f"  {name}: {error.message}", file=sys.stderr)
        told = compared(reading, truth, CELLS[reader])
        one = Counter(outcome for outcome, _ in told)
        count.update(one)
        count["known"] += option.suits(given) >= 0.6
        good = not sum(n for key, n in one.items() if not key.endswith("right"))
        count["whole"] += good
        accepted = reading.status(0.9) == "accept"
        count["accepted"] += accepted
        count["accepted, wrong"] += accepted and not good
        count["rejected"] += reading.status(0.9) == "reject"
        if shown:
            for outcome, detail in told:
                if not outcome.endswith("right"):
                    print(f"  {name}, {source}: {outcome}: {detail}", file=sys.stderr)
            for check in reading.checks:
                if check.passed is False:
                    print(f"  {name}: {json.dumps(check.to_json())}", file=sys.stderr)
    return _row(reader, source, count, time.perf_counter() - began)


def _row(reader: str, source: str, count: Counter[str], taken: float) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": reader, "source": source, "papers": count["papers"]}
    for part in ("field", "cell"):
        counts = [count[f"{part} {outcome}"] for outcome in ("right", "wrong", "absent")]
        low, high = wilson(counts[0], max(1, sum(counts)))
        row[f"{part}s right/wrong/absent"] = "/".join(map(str, counts))
        row[f"{part} share"] = f"{counts[0] / max(1, sum(counts)):.3f} ({low:.3f}-{high:.3f})"
    row |= {n: count[n] for n in ("known", "whole", "accepted", "accepted, wrong", "rejected")}
    row["s/page"] = round(taken / max(1, count["pages"]), 3)
    return row


def compared(
    reading: Reading, truth: Mapping[str, Any], cells: Sequence[str]
) -> list[tuple[str, str]]:
    """Return an outcome for each field and each cell, with what was found."""
    found = {name: field.value for name, field in reading.fields.items()}
    told = []
    for name in {**found, **truth}:
        if name == "lines":
            continue
        got, want = found.get(name), truth.get(name)
        if want is None and got is None:
            continue
        outcome = "right" if same(got, want) else "absent" if got is None else "wrong"
        told.append((f"field {outcome}", f"{name} is {want!r}, read {got!r}"))
    rows = [dict(row.values) for row in reading.tables.get("lines", ())]
    for line in truth["lines"]:
        key = plain(line["label"])
        mate = next((r for r in rows if plain(str(r["label"])) == key), None)
        if mate is not None:
            rows.remove(mate)
        for cell in cells:
            want, got = line.get(cell), mate.get(cell) if mate else None
            if want is None and got is None:
                continue
            outcome = "right" if same(got, want) else "absent" if got is None else "wrong"
            told.append((f"cell {outcome}", f"{line['label']}.{cell} is {want!r}, read {got!r}"))
    for row in rows:
        told += [("cell wrong", f"{row['label']}.{c} is not there, read {row[c]!r}")
                 for c in cells if row.get(c) is not None]  # fmt: skip
    return told


def same(got: Any, want: Any) -> bool:
    """Return whether a value is the wanted one."""
    if isinstance(want, float | int) and isinstance(got, float | int):
        return abs(got - want) < 0.0005
    return bool(got == want)


def plain(label: str) -> str:
    """Return a label without spaces, by which lines are compared."""
    return "".join(label.split()).casefold()


def wilson(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a share, 95 % by default."""
    share, more = right / total, z * z / total
    middle = (share + more / 2) / (1 + more)
    half = z * math.sqrt(share * (1 - share) / total + more / (4 * total)) / (1 + more)
    return middle - half, middle + half


if __name__ == "__main__":
    main()
