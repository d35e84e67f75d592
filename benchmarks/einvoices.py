"""How much of an e-invoice is read right, and how fast: each field against the given truth.

    python benchmarks/einvoices.py DATA/factur-x-invoices

For each PDF the embedded invoice is taken out of the file (by content, not by name) and read. The
`.json` beside it holds what the publisher of the set read from the same XML; where the two part,
both are printed. A second table says which rules of arithmetic hold, and how many of the XMLs
with one amount changed fail at least one rule that the unchanged file does not.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from measure import keep, peak_megabytes, table

from socle.checks import invoice
from socle.sources import einvoice

NAMES = {
    "invoice_number": ("invoice_id",),
    "issue_date": ("invoice_date",),
    "currency": ("currency",),
    "seller_name": ("supplier_name",),
    "seller_vat_or_tax_id": ("supplier_vat_id", "supplier_tax_number"),
    "seller_postcode": ("supplier_postcode",),
    "seller_city": ("supplier_city",),
    "seller_country": ("supplier_country",),
    "buyer_name": ("receiver_name",),
    "buyer_city": ("receiver_city",),
    "buyer_country": ("receiver_country",),
    "iban": ("supplier_iban", "receiver_iban"),
    "total_lines": ("lines_amount",),
    "total_without_tax": ("net_amount",),
    "total_tax": ("total_tax_amount",),
    "total_with_tax": ("total_amount",),
    "amount_due": ("amount_due",),
}
"""Names in the set to ours; its tax number and its account are the first that the file holds."""
AMOUNT = re.compile(rb"<(?:\w+:)?\w+Amount\b[^>]*>\s*(?P<digits>-?\d+(?:\.\d+)?)\s*</")
CELLS = {"name": "description", "quantity": "quantity", "line_total": "amount"}


def attached(path: Path) -> dict[str, bytes]:
    """Return the files that a PDF carries."""
    from pypdf import PdfReader

    return {name: files[0] for name, files in PdfReader(path).attachments.items()}


def compared(truth: Mapping[str, Any], found: einvoice.Found) -> Iterator[tuple[str, Any, Any]]:
    """Yield each value of the truth with the one found, both normalised."""
    for name, ours in NAMES.items():
        values = [found.fields[one].value for one in ours if one in found.fields]
        told = plain(truth[name], name == "iban")
        same = [value for value in map(plain, values) if value == told]
        yield name, told, same[0] if same else plain(values[0]) if values else None
    yield "type_code", truth["type_code"], found.fields["invoice_type"].raw
    rows = found.tables.get("lines", [])
    yield "lines (count)", len(truth["lines"]), len(rows)
    for told, row in zip(truth["lines"], rows, strict=False):
        for name, cell in CELLS.items():
            yield f"lines.{name}", plain(told[name]), plain(row.values.get(cell))


def plain(value: Any, compact: bool = False) -> Any:
    """Return a value as it is compared: text with single spaces, nothing for empty."""
    if isinstance(value, str):
        return ("" if compact else " ").join(einvoice.printed(value).split()) or None
    return value


def failed(found: einvoice.Found) -> set[tuple[Any, ...]]:
    """Return the checks that do not pass."""
    made = invoice.checks(found.fields, found.tables)
    return {(check.name, check.line, check.passed) for check in made if check.passed is not True}


def changed(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield an e-invoice with one of its amounts changed: how, and the file."""
    for amount in AMOUNT.finditer(data):
        value = float(amount["digits"])
        for how, other in (("a cent more", value + 0.01), ("ten times", value * 10)):
            if other != value:
                start, end = amount.span("digits")
                yield how, data[:start] + f"{other:.2f}".encode() + data[end:]


def tampered(files: Mapping[str, bytes]) -> Counter[str]:
    """Count changed amounts by how they were changed and what the checks said.

    Files whose own arithmetic fails are left out: they are stopped as they are.
    """
    counts: Counter[str] = Counter()
    data = next(data for data in files.values() if einvoice.search({"": data}))
    found = einvoice.read(data)
    before = failed(found) if found else set()
    if found is None or any(name != "identifier" and passed is False for name, _, passed in before):
        return counts
    for how, other in changed(data):
        after = einvoice.read(other)
        places = differing(found, after) if after else []
        if after is None or not places:
            continue  # an amount that no canonical field holds
        new = failed(after) - before
        said = "failed" if any(row[-1] is False for row in new) else "open" if new else "missed"
        counts[f"{how}: {said}"] += 1
        if said == "missed":
            counts[f"missed in {', '.join(places)} ({how})"] += 1
    return counts


def differing(first: einvoice.Found, second: einvoice.Found) -> list[str]:
    """Return the fields and columns that two readings part in."""
    places = {n for n, f in first.fields.items() if second.fields.get(n) != f}
    for table_, rows in first.tables.items():
        for row, other in zip(rows, second.tables[table_], strict=False):
            cells = row.values.keys() | other.values.keys()
            places |= {f"{table_}.{n}" for n in cells if row.values.get(n) != other.values.get(n)}
    return sorted(places)


def measured(folder: Path) -> dict[str, Any]:
    """Return outcomes by field, values that part from the truth, speed and changed amounts."""
    outcomes: dict[str, Counter[str]] = {}
    parted, times = [], []
    changes: Counter[str] = Counter()
    for path in sorted(folder.glob("*.pdf")):
        files = attached(path)
        started = time.perf_counter()
        found = einvoice.search(files)
        times.append(1000 * (time.perf_counter() - started))
        if found is None:
            raise SystemExit(f"{path.name} carries no e-invoice")
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        for name, told, value in compared(truth, found):
            outcome = "right" if told == value else "wrong" if value is not None else "absent"
            outcomes.setdefault(name, Counter())[outcome] += 1
            if outcome != "right":
                parted.append({"file": path.stem, "field": name, "truth": told, "found": value})
        changes += tampered(files)
    speed = {
        "documents": len(times),
        "median_ms": round(statistics.median(times), 2),
        "largest_ms": round(max(times), 2),
        "peak_mb": round(peak_megabytes()),
    }
    return {"fields": outcomes, "parted": parted, "speed": speed, "changed": changes}


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of PDF files with truth beside them")
    found = measured(parser.parse_args().data)
    fields = found["fields"].items()
    rows = [[name, n["right"], n["wrong"], n["absent"]] for name, n in fields]
    print(table(["field", "right", "wrong", "absent"], rows))
    for row in found["parted"]:
        print(json.dumps(row, ensure_ascii=False))
    print(json.dumps(found["speed"]))
    print(table(["one amount changed", "files"], sorted(map(list, found["changed"].items()))))
    keep("einvoices", found)


if __name__ == "__main__":
    main()
