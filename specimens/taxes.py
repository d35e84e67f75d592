"""Invented tax papers with exact truth: French notices with signed 2D-Docs, W-2, 1099, 1040.

    python -m specimens.taxes OUT [--count 20]

Every paper is a PDF with a JSON beside it: its kind and the fields by the names that readers use.
Numbers of persons are none: French tax numbers with right check digits are drawn at random, US
numbers begin with 9. The 2D-Docs are signed by a key made for the run, whose certificate lies in
OUT/certificates; its authority FR99 does not exist.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from specimens.notices import one, signer, tax_notice
from specimens.sheet import LETTER, Paper

_FIRST = ("Maria G", "John", "Alice B", "Robert", "Elena", "Samuel T", "Grace", "Omar")
_LAST = ("Specimen", "Testerson", "O'Sample", "Van Mock", "Dummyfield", "Placeholder")
_FIRMS = ("Acme Tools Inc.", "Northwind Traders LLC", "Blue Lake Bank, N.A.", "Oak & Elm Co")
_STREETS = ("12 Oak Street", "4970 Cedar Avenue", "88 Lake Road Apt 4", "301 Main Street")
_TOWNS = (("Salem", "OR", "97301"), ("Fairview", "TN", "37062"), ("Madison", "WI", "53703"))
_EIN = ("12", "36", "45", "59", "77", "94")
Cell = tuple[str, str]
"""What is printed as the label of a box, and what stands in it."""


def _person(rng: np.random.Generator) -> dict[str, str]:
    first, last = one(rng, *_FIRST), one(rng, *_LAST)
    town = _TOWNS[int(rng.integers(len(_TOWNS)))]
    ssn = f"9{rng.integers(0, 100):02d}{rng.integers(70, 89)}{rng.integers(1, 10**4):04d}"
    return {
        "name": f"{first} {last}",
        "ssn": ssn,
        "street": one(rng, *_STREETS),
        "town": f"{town[0]}, {town[1]} {town[2]}",
        "state": town[1],
    }


def _ein(rng: np.random.Generator) -> str:
    return f"{one(rng, *_EIN)}{rng.integers(10**6, 10**7)}"


def _money(rng: np.random.Generator, amount: float) -> str:
    return f"${amount:,.2f}" if rng.random() < 0.2 else f"{amount:,.2f}"


def w2(rng: np.random.Generator) -> Paper:
    """Return a wage statement whose boxes follow the rules of its year."""
    year = int(rng.integers(2019, 2026))
    who, firm = _person(rng), one(rng, *_FIRMS)
    ein = _ein(rng)
    wages = round(float(rng.uniform(12_000, 130_000)), 2)
    saved = round(float(rng.uniform(500, 9_000)), 2)
    base = round(wages + saved, 2)
    state = round(wages * 0.05, 2)
    amounts = {"1": wages, "2": round(wages * 0.14, 2), "3": base, "4": round(base * 0.062, 2)}
    amounts |= {"5": base, "6": round(base * 0.0145, 2), "16": wages, "17": state}
    paper = Paper(LETTER, one(rng, "Helvetica", "Times-Roman", "Courier"))
    paper.truth = {
        "form": "W-2", "year": year, "taxpayer_name": who["name"], "ssn": who["ssn"], "ein": ein,
        "payer_name": firm, "box_12a": saved, "box_12a_code": "D", "box_15": who["state"],
        **{f"box_{number}": amount for number, amount in amounts.items()},
    }  # fmt: skip
    said = {number: _money(rng, amount) for number, amount in amounts.items()}
    ssn = f"{who['ssn'][:3]}-{who['ssn'][3:5]}-{who['ssn'][5:]}"
    grid: list[list[Cell]] = [
        [("a Employee's social security number", ssn), ("1 Wages, tips, other compensation",
         said["1"]), ("2 Federal income tax withheld", said["2"])],
        [("b Employer identification number (EIN)", f"{ein[:2]}-{ein[2:]}"),
         ("3 Social security wages", said["3"]), ("4 Social security tax withheld", said["4"])],
        [("c Employer's name, address, and ZIP code", f"{firm}|{one(rng, *_STREETS)}|Salem, OR"
          " 97301"), ("5 Medicare wages and tips", said["5"]), ("6 Medicare tax withheld",
         said["6"])],
        [("d Control number", f"{rng.integers(1000, 9999)}"), ("7 Social security tips", ""),
         ("8 Allocated tips", "")],
        [("e Employee's name, address, and ZIP code", f"{who['name']}|{who['street']}|"
          f"{who['town']}"), ("10 Dependent care benefits", ""), ("11 Nonqualified plans", "")],
        [("13 Statutory employee", ""), ("12a See instructions for box 12",
         f"D {saved:,.2f}"), ("12b", "")],
        [("15 State Employer's state ID number", f"{who['state']}  {rng.integers(10**6, 10**7)}"),
         ("16 State wages, tips, etc.", said["16"]), ("17 State income tax", said["17"])],
        [("18 Local wages, tips, etc.", ""), ("19 Local income tax", ""), ("20 Locality name", "")],
    ]  # fmt: skip
    _statement(paper, rng, grid, "Form W-2 Wage and Tax Statement", year)
    return paper


_LABELS: dict[str, list[tuple[str, str]]] = {
    "INT": [("1", "Interest income"), ("2", "Early withdrawal penalty"),
            ("3", "Interest on U.S. Savings Bonds and Treasury obligations"),
            ("4", "Federal income tax withheld"), ("5", "Investment expenses"),
            ("6", "Foreign tax paid"), ("8", "Tax-exempt interest"), ("10", "Market discount"),
            ("11", "Bond premium"), ("17", "State tax withheld")],
    "DIV": [("1a", "Total ordinary dividends"), ("1b", "Qualified dividends"),
            ("2a", "Total capital gain distr."), ("2b", "Unrecap. Sec. 1250 gain"),
            ("3", "Nondividend distributions"), ("4", "Federal income tax withheld"),
            ("5", "Section 199A dividends"), ("7", "Foreign tax paid"),
            ("9", "Cash liquidation distributions"), ("10", "Noncash liquidation distributions"),
            ("12", "Exempt-interest dividends")],
    "MISC": [("1", "Rents"), ("2", "Royalties"), ("3", "Other income"),
             ("4", "Federal income tax withheld"), ("5", "Fishing boat proceeds"),
             ("6", "Medical and health care payments"), ("9", "Crop insurance proceeds"),
             ("10", "Gross proceeds paid to an attorney"), ("16", "State tax withheld")],
    "NEC": [("1", "Nonemployee compensation"), ("4", "Federal income tax withheld"),
            ("5", "State tax withheld"), ("7", "State income")],
}  # fmt: skip
_TITLES = {"INT": "Interest Income", "DIV": "Dividends and Distributions",
           "MISC": "Miscellaneous Information", "NEC": "Nonemployee Compensation"}  # fmt: skip


def form_1099(rng: np.random.Generator, kind: str) -> Paper:
    """Return an information statement (`INT`, `DIV`, `MISC` or `NEC`), some of its boxes filled."""
    year = int(rng.integers(2019, 2026))
    who, firm, ein = _person(rng), one(rng, *_FIRMS), _ein(rng)
    paper = Paper(LETTER, one(rng, "Helvetica", "Times-Roman", "Courier"))
    paper.truth = {"form": f"1099-{kind}", "year": year, "taxpayer_name": who["name"],
                   "ssn": who["ssn"], "ein": ein, "payer_name": firm}  # fmt: skip
    ssn = f"{who['ssn'][:3]}-{who['ssn'][3:5]}-{who['ssn'][5:]}"
    cells: list[Cell] = []
    first = round(float(rng.uniform(1_000, 60_000)), 2)
    for number, label in _LABELS[kind]:
        amount = (
            first if number in ("1", "1a", "2a", "7") else round(first * float(rng.random()) / 3, 2)
        )
        filled = number in ("1", "1a", "2a", "7") or rng.random() < 0.5
        if filled:
            paper.truth[f"box_{number}"] = amount
        cells.append((f"{number} {label}", _money(rng, amount) if filled else ""))
    left: list[Cell] = [
        ("PAYER'S name, street address, city or town, state or province, country, ZIP code",
         f"{firm}|{one(rng, *_STREETS)}|Salem, OR 97301"),
        ("PAYER'S TIN", f"{ein[:2]}-{ein[2:]}"),
        ("RECIPIENT'S TIN", ssn),
        ("RECIPIENT'S name", who["name"]),
        ("Street address (including apt. no.)", who["street"]),
        ("City or town, state or province, country, and ZIP or foreign postal code", who["town"]),
    ]  # fmt: skip
    grid = []
    while left or cells:
        row = [left.pop(0) if left else ("", "")]
        row += [cells.pop(0) if cells else ("", "") for _ in range(2)]
        grid.append(row)
    _statement(paper, rng, grid, f"Form 1099-{kind} {_TITLES[kind]}", year)
    return paper


def _statement(
    paper: Paper, rng: np.random.Generator, grid: list[list[Cell]], title: str, year: int
) -> None:
    """Draw boxes as on the official form, or a list as payroll programs print it."""
    if rng.random() < 0.3:
        paper.text(60, 60, f"{title} {year}", 12, bold=True)
        y = 100.0
        for label, value in (cell for row in grid for cell in row if cell[0]):
            paper.text(60, y, f"{label}:" if rng.random() < 0.9 else label, 8)
            if paper.wide(label, 8) > 262:
                y += 12
            for line in value.split("|"):
                paper.text(330, y, line, 9)
                y += 13
            y += 3
        return
    paper.text(40, 30, f"{year}", 14, bold=True)
    paper.text(40, 760, f"{title}  {year}", 9, bold=True)
    paper.text(380, 760, "Department of the Treasury - Internal Revenue Service", 6)
    widths = (0, 250, 391, 532)
    y = 50.0
    for row in grid:
        tall = 62.0 if any("|" in value for _, value in row) else 30.0
        for column, (label, value) in enumerate(row):
            left, right = 40 + widths[column], 40 + widths[column + 1]
            paper.frame(left, y, right, y + tall)
            first, second = _wrapped(label, right - left - 6)
            paper.text(left + 3, y + 7, first, 5.5)
            paper.text(left + 3, y + 13, second, 5.5)
            for i, line in enumerate(value.split("|")):
                if column and "|" not in value and rng.random() < 0.5:
                    paper.right(right - 6, y + 23, line, 9)
                else:
                    paper.text(left + 10, y + 23 + 13 * i, line, 9)
        y += tall


def _wrapped(label: str, width: float) -> tuple[str, str]:
    """Return a label in two lines, the second empty where the first holds all."""
    words, first = label.split(), ""
    while words and 3.1 * (len(first) + len(words[0]) + 1) < width:
        first = f"{first} {words.pop(0)}".strip()
    return first, " ".join(words)


def fill_1040(
    rng: np.random.Generator, blank: bytes, slots: Mapping[str, str]
) -> tuple[bytes, dict[str, Any]]:
    """Return a blank form 1040 with half of its lines filled at random, and the truth.

    Args:
        rng: of the draw.
        blank: the fillable PDF.
        slots: our names of lines (`line_1a`) to the last part of the field's name.
    """
    from pypdf import PdfReader, PdfWriter

    who = _person(rng)
    first, _, last = who["name"].rpartition(" ")
    truth: dict[str, Any] = {"first_name": first, "last_name": last, "ssn": who["ssn"]}
    for name in slots:
        if name.startswith("line_") and rng.random() < 0.5:
            truth[name] = float(int(rng.integers(1, 10 ** int(rng.integers(2, 7)))))
    given = {slots[name]: f"{v:,.0f}" if isinstance(v, float) else v for name, v in truth.items()}
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(blank)))
    for page in writer.pages:
        writer.update_page_form_field_values(page, given, auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue(), truth


def main() -> None:
    """Write papers into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=20, help="papers of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    by = signer()
    (options.out / "certificates").mkdir(parents=True, exist_ok=True)
    (options.out / "certificates" / "test.der").write_bytes(by.certificate)
    kinds: dict[str, Callable[[np.random.Generator], Paper]] = {
        "tax-notice": lambda rng: tax_notice(rng, by, coded=bool(rng.random() < 0.5)),
        "w2": w2,
        **{f"1099-{kind}": partial(form_1099, kind=kind) for kind in _LABELS},
    }
    for name, make in kinds.items():
        for i in range(options.count):
            paper = make(np.random.default_rng([options.seed, i]))
            (options.out / f"{name}-{i:03d}.pdf").write_bytes(paper.save())
            told = json.dumps({"kind": name, "fields": paper.truth}, indent=1, ensure_ascii=False)
            (options.out / f"{name}-{i:03d}.json").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
