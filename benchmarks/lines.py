"""Measure the lines that are read from invoices, by rows and by cells.

    python benchmarks/lines.py ../shared/data/documents
    python benchmarks/lines.py ../shared/data/documents --calibrate

The last writes how sure lines are, by what is known of them (`src/socle/ranking/lines.toml`), from
layouts of another range, half of them with the noise of OCR.

The embedded XML stays hidden: only words of the text layer are read. Generated documents are of
layouts from 70 000 on, which nothing is trained or tuned on. Rows are assigned to the truth so
that most agree. A row is right when description, quantity and amount match:

- description, strictly: equal without accents, case and marks. Loosely: one of them holds the
  other as whole words, since XML names a product by part of what the page says of it, or 85 % of
  their signs agree, since OCR misreads some;
- quantity: equal; a quantity of 1 counts as read where the page prints none;
- amount: equal to the cent; rows whose truth has none are compared without.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
from measure import keep
from scipy.optimize import linear_sum_assignment

from socle.documents import open_document
from socle.pages import Page
from socle.ranking import lines as ranked
from socle.ranking.headings import plain
from socle.ranking.lines import evidence, lines
from socle.values.amounts import amounts_in
from specimens import reading
from specimens.invoices import make

Row = dict[str, Any]
_HELD_OUT = 70_000
_CALIBRATION = 40_000
_FEW = 20
_SIMILAR = 0.85
_CELLS = ("description", "product_code", "quantity", "unit", "unit_price", "amount", "tax_rate")


def same(one: Any, two: Any, loose: bool = False) -> bool:
    """Return whether two cells agree."""
    if isinstance(one, int | float) or isinstance(two, int | float):
        try:
            return abs(float(one) - float(two)) < 0.0051
        except (TypeError, ValueError):
            return False
    a, b = plain(str(one or "")), plain(str(two or ""))
    if a == b:
        return True
    if not loose or not a or not b:
        return False
    near = SequenceMatcher(None, a, b, autojunk=False).ratio() >= _SIMILAR
    return near or f" {a} " in f" {b} " or f" {b} " in f" {a} "


def right(read: Row, truth: Row, loose: bool) -> bool:
    """Return whether a row is right."""
    if not same(read.get("description"), truth.get("description"), loose):
        return False
    if truth.get("amount") is not None and not same(read.get("amount"), truth["amount"]):
        return False
    quantity = truth.get("quantity")
    return quantity is None or same(read.get("quantity", 1.0), quantity)


def matched(read: Sequence[Row], truth: Sequence[Row], loose: bool) -> list[tuple[int, int]]:
    """Return pairs of rows, read and true, such that most agree."""
    if not read or not truth:
        return []
    score = np.zeros((len(read), len(truth)))
    for i, one in enumerate(read):
        for j, two in enumerate(truth):
            score[i, j] = (
                10 * right(one, two, loose)
                - 0.001 * abs(i - j)
                + sum(
                    same(one.get(name), two[name], loose)
                    for name in _CELLS
                    if two.get(name) is not None
                )
            )
    return list(zip(*(side.tolist() for side in linear_sum_assignment(-score)), strict=True))


def factur_x(folder: Path) -> Iterator[tuple[str, Sequence[Page], list[Row]]]:
    """Yield the shared invoices that have lines."""
    for path in sorted((folder / "factur-x-invoices").glob("*.pdf")):
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["lines"]
        rows = [
            {
                "description": line["name"],
                "quantity": line["quantity"],
                "amount": line["line_total"],
            }
            for line in truth
        ]
        if rows:
            yield path.stem, open_document(path).pages, rows


def invoice2data(folder: Path) -> Iterator[tuple[str, Sequence[Page], list[Row]]]:
    """Yield the documents of invoice2data that have lines with amounts."""
    names = {"name": "description", "qty": "quantity", "price_subtotal": "amount", "code":
             "product_code", "uom": "unit", "price_unit": "unit_price"}  # fmt: skip
    for path in sorted((folder / "invoice2data").glob("*.pdf")):
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))[0].get("lines")
        rows = []
        for line in truth or []:
            if "name" in line:
                row = {names[k]: v for k, v in line.items() if k in names and v != ""}
                if "amount" not in row:
                    row["amount"] = float(row["unit_price"])
                rows.append({k: float(v) if k == "unit_price" else v for k, v in row.items()})
        if rows:
            yield path.stem, open_document(path).pages, rows


def printed(folder: Path) -> Iterator[tuple[str, Sequence[Page], list[Row]]]:
    """Yield the shared invoices that print all amounts of their XML; some XML has others."""
    for name, pages, rows in factur_x(folder):
        said = _amounts(pages)
        if all(row["amount"] in said for row in rows):
            yield name, pages, rows


def reach(folder: Path) -> float:
    """Return F1 of the shared invoices were all rows right whose amounts are printed."""
    held = [row["amount"] in _amounts(pages) for _, pages, rows in factur_x(folder) for row in rows]
    return sum(held) / max(1, len(held))


def _amounts(pages: Sequence[Page]) -> set[float]:
    texts = [_text(page) for page in pages]
    return {round(a.value, 2) for text in texts for mark in (",", ".")
            for a in amounts_in(text, mark)}  # fmt: skip


def _text(page: Page) -> str:
    return " | ".join(word.text for word in page.words)


def generated(
    count: int, noise: float, first: int = _HELD_OUT
) -> Iterator[tuple[str, Sequence[Page], list[Row]]]:
    """Yield documents of layouts that are held out."""
    rng = np.random.default_rng(first)
    for number in range(count):
        specimen = make(rng, layout=first + number)
        document = reading.words(specimen)
        if noise:
            document = reading.noisy_document(document, rng, noise)
        yield f"{specimen.kind} {specimen.layout}", document.pages, specimen.truth["lines"]


def measure(
    name: str,
    documents: Iterator[tuple[str, Sequence[Page], list[Row]]],
    told: bool,
    kept: dict[str, Row],
) -> list[tuple[float, bool]]:
    """Print how many rows and cells are right; return confidences with whether they were right."""
    tallies: list[Counter[str]] = []
    cells: Counter[tuple[str, str]] = Counter()
    sure: list[tuple[float, bool]] = []
    spent, pages = 0.0, 0
    for title, sheets, truth in documents:
        began = time.perf_counter()
        read = lines(sheets)
        spent, pages = spent + time.perf_counter() - began, pages + len(sheets)
        rows = [dict(line.values) for line in read]
        tally: Counter[str] = Counter()
        for how in ("strict", "loose"):
            pairs = matched(rows, truth, how == "loose")
            good = {i for i, j in pairs if right(rows[i], truth[j], how == "loose")}
            tally[how] = len(good)
        sure += [(line.confidence, i in good) for i, line in enumerate(read)]
        _count_cells(cells, rows, truth, matched(rows, truth, True))
        tally["read"], tally["true"] = len(rows), len(truth)
        tallies.append(tally)
        if told and tally["loose"] < max(len(rows), len(truth)):
            print(f"  {title}: {tally['loose']} right, {len(rows)} read, {len(truth)} true")
    kept[name] = _report(name, tallies, cells, spent / max(pages, 1))
    return sure


def _count_cells(
    cells: Counter[tuple[str, str]], rows: list[Row], truth: list[Row], pairs: list[tuple[int, int]]
) -> None:
    partner = {j: i for i, j in pairs}
    for j, true in enumerate(truth):
        for name in _CELLS:
            if true.get(name) is None:
                continue
            got = rows[partner[j]].get(name) if j in partner else None
            if got is None:
                cells[name, "absent"] += 1
            else:
                cells[name, "right" if same(got, true[name], True) else "wrong"] += 1


def _f1(tallies: Sequence[Counter[str]], how: str) -> float:
    good = sum(tally[how] for tally in tallies)
    return 2 * good / max(1, sum(tally["read"] + tally["true"] for tally in tallies))


def _report(
    name: str, tallies: Sequence[Counter[str]], cells: Counter[tuple[str, str]], each: float
) -> Row:
    kept: Row = {"papers": len(tallies), "seconds_per_page": round(each, 3)}
    rng = np.random.default_rng(0)
    print(f"{name}: {len(tallies)} documents, {each * 1000:.0f} ms a page")
    read, true = (sum(tally[side] for tally in tallies) for side in ("read", "true"))
    for how in ("strict", "loose"):
        good = sum(tally[how] for tally in tallies)
        drawn = [
            _f1([tallies[i] for i in rng.integers(0, len(tallies), len(tallies))], how)
            for _ in range(1000)
        ]
        low, high = np.quantile(drawn, [0.025, 0.975])
        kept[how] = [good, read - good, max(0, true - read), _f1(tallies, how), low, high]
        print(
            f"  rows, {how} descriptions: right {good}, wrong {read - good}, "
            f"absent {max(0, true - read)}, F1 {_f1(tallies, how):.3f} ({low:.3f} to {high:.3f})"
        )
    for cell in _CELLS:
        counts = [cells[cell, how] for how in ("right", "wrong", "absent")]
        if sum(counts):
            share = 2 * counts[0] / (2 * counts[0] + 2 * counts[1] + counts[2])
            print(
                f"  {cell}: right {counts[0]}, wrong {counts[1]}, absent {counts[2]}, "
                f"F1 {share:.3f}"
            )
    return kept


def calibrate(count: int) -> None:
    """Write the share of lines that are right, by what is known of them."""
    parts = ("text", "ocr"), ("table", "bare"), ("closes", "open", "fails"), ("summed", "unsummed")
    hits: dict[str, list[float]] = {"-".join(names): [] for names in itertools.product(*parts)}
    for noise, first in ((0.0, _CALIBRATION), (1.0, _CALIBRATION + count)):
        for _, pages, truth in generated(count, noise, first):
            read = lines(pages)
            rows = [dict(line.values) for line in read]
            pairs = matched(rows, truth, True)
            good = {i for i, j in pairs if right(rows[i], truth[j], True)}
            for i, (_, found) in enumerate(zip(read, evidence(pages), strict=True)):
                hits[found].append(i in good)
    path = Path(ranked.__file__).with_name("lines.toml")
    head = path.read_text(encoding="utf-8").partition("[right]")[0]
    shares = {name: _share(hits, name) for name in hits}
    body = "".join(f"{name} = {shares[name]:.4f}\n" for name in sorted(shares))
    path.write_text(f"{head}[right]\n{body}", encoding="utf-8")
    for name in sorted(hits):
        print(f"{name}: {sum(hits[name]):.0f} of {len(hits[name])} right")


def _share(hits: dict[str, list[float]], name: str) -> float:
    """Return how many lines were right; where few were seen, with those of the other source."""
    seen = hits[name]
    if len(seen) < _FEW:
        source, _, rest = name.partition("-")
        seen = seen + hits[f"{'ocr' if source == 'text' else 'text'}-{rest}"]
    # One that was right and one that was wrong are added: shares of few are not sure.
    return (sum(seen) + 1) / (len(seen) + 2)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--generated", type=int, default=300)
    parser.add_argument("--failures", action="store_true", help="name documents that are not right")
    parser.add_argument("--calibrate", action="store_true", help="measure confidences anew")
    chosen = parser.parse_args()
    if chosen.calibrate:
        calibrate(chosen.generated)
        return
    data, many, told_of = chosen.data, chosen.generated, chosen.failures
    kept: dict[str, Row] = {}
    measure("Factur-X, XML hidden", factur_x(data), told_of, kept)
    most = reach(data)
    kept["Factur-X, XML hidden"]["reach"] = round(most, 4)
    print(f"  at most F1 {most:.3f}, were all rows right whose amounts are printed")
    measure("Factur-X that print what is in the XML", printed(data), False, kept)
    measure("invoice2data", invoice2data(data), told_of, kept)
    sure = measure("own layouts, text", generated(many, 0), told_of, kept)
    sure += measure("own layouts, words with faults", generated(many, 1.0), told_of, kept)
    keep("lines", kept)
    told = sum(p for p, _ in sure) / len(sure)
    print(f"confidence {told:.3f} on average, {sum(ok for _, ok in sure) / len(sure):.3f} right")
    high = [ok for p, ok in sure if p >= 0.97]
    print(f"of {len(high)} lines surer than 0.97, {sum(high)} are right")


if __name__ == "__main__":
    main()
