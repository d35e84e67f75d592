"""What annual accounts owe to themselves: rows, blocks, assets = liabilities, one result.

The rules of the French forms 2050 to 2053 are facts, in the data file beside this module.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from socle.checks.sums import equal
from socle.readings import Check

Amounts = Mapping[str, float]
"""Codes of boxes (`CO`, `1A`) to amounts; a box that is blank is left out."""
_MOST = 60
"""A total is looked for among so many rows above it."""


@dataclass(frozen=True)
class Row:
    """A row of a balance sheet or an income statement, as printed."""

    label: str
    gross: float | None = None
    depreciation: float | None = None
    net: float | None = None
    previous: float | None = None
    total: bool = False


def netted(rows: Sequence[Row], unit: float) -> list[Check]:
    """Return a check for each row whose gross less depreciation is not its net, or one for all.

    Args:
        rows: of one paper.
        unit: of the last printed digit.
    """
    wrong, right = [], 0
    for i, row in enumerate(rows):
        if row.gross is None or row.net is None:
            continue
        due = row.gross - abs(row.depreciation or 0.0)
        # Rounded amounts may miss each other by one unit.
        if abs(due - row.net) <= unit + 1e-6:
            right += 1
        else:
            detail = f"{row.label}: gross less depreciation is {due:,.2f}, net {row.net:,.2f}"
            wrong.append(Check("row_net", False, detail, (), i + 1))
    if right and not wrong:
        return [Check("rows_net", True, f"{right} rows: gross - depreciation = net")]
    return wrong


def sums(amounts: Amounts, unit: float, year: int | None, suffix: str = "") -> list[Check]:
    """Return a check for each box that is made of others; blank boxes count as 0.

    Args:
        amounts: of the boxes.
        unit: of the last printed digit.
        year: in which the financial year ended, if it is known.
        suffix: of the names of the checks, for the column of the year before.
    """
    facts = _facts()
    later = year is not None and year > facts["last_year"]
    found = []
    for box, rule in facts["sums"].items():
        plus, minus = rule["plus"].split(), rule.get("minus", "").split()
        filled = [part for part in (*plus, *minus) if part in amounts]
        if box not in amounts or not filled:
            continue
        due = sum(amounts.get(p, 0.0) for p in plus) - sum(amounts.get(p, 0.0) for p in minus)
        passed = equal(amounts[box], due, unit, len(filled))
        detail = f"{box} is {amounts[box]:,.2f}; its parts make {due:,.2f}"
        fields = () if suffix else (f"box_{box.lower()}",)
        if passed is False and later:
            passed, fields = None, ()
            detail += f"; rules of forms after {facts['last_year']} are not known here"
        # Rounding of the parts is no doubt about the box.
        fields = fields if passed is not None else ()
        found.append(Check(f"box_{box.lower()}{suffix}", passed, detail, fields))
    return found


def same(amounts: Amounts, unit: float) -> list[Check]:
    """Return whether the boxes that repeat another one say the same."""
    found = []
    for box, other in _facts()["equal"].items():
        if box in amounts and other in amounts:
            passed = equal(amounts[box], amounts[other], unit) is True
            detail = f"{box} is {amounts[box]:,.2f}, {other} {amounts[other]:,.2f}"
            fields = (f"box_{box.lower()}", f"box_{other.lower()}", "result")
            found.append(Check("same_result", passed, detail, fields))
    return found


def balanced(assets: float | None, liabilities: float | None, unit: float) -> list[Check]:
    """Return whether the assets are the liabilities and equity, where both are told."""
    told = ("total_assets", "total_liabilities")
    if assets is None or liabilities is None:
        return []
    # Both are sums of rounded amounts, and must be equal all the same.
    passed = abs(assets - liabilities) <= unit / 2 + 1e-6
    detail = f"assets {assets:,.2f}, liabilities and equity {liabilities:,.2f}"
    return [Check("balance_sheet_balances", passed, detail, told)]


def added(rows: Sequence[Row], unit: float) -> list[Check]:
    """Return which totals are the sum of rows above them, for papers without a known form.

    A total takes the place of the rows that it sums up, so that totals of totals are found too. One
    that is no such sum is open: lines may be subtracted, or stand elsewhere.
    """
    stack: list[float] = []
    found: list[Check] = []
    proven = 0
    for i, row in enumerate(rows):
        if row.net is None:
            continue
        count = _made_of(stack, row.net, unit) if row.total else 0
        if row.total and count:
            del stack[-count:]
            proven += 1
        elif row.total and not any(abs(value - row.net) <= unit / 2 for value in stack[-1:]):
            found.append(Check("total_adds_up", None, f"{row.label}: {row.net:,.2f}", (), i + 1))
        stack.append(row.net)
    if proven:
        found.insert(0, Check("totals_add_up", True, f"{proven} totals are sums of rows above"))
    return found


def _made_of(stack: Sequence[float], total: float, unit: float) -> int:
    """Return how many of the last amounts make a total, costs taken off or added; 0 if none do."""
    plain = costs = 0.0
    for count, value in enumerate(reversed(stack[-_MOST:]), 1):
        plain += value
        last = count == min(len(stack), _MOST)
        loose = unit / 2 * max(1, min(count, 4)) + 1e-6
        if count > 1 and abs(plain - total) <= loose:
            return count
        # Income less all that was spent on it, printed without signs.
        if count > 1 and abs(value - abs(costs) - total) <= loose:
            return count
        costs += value
        if last:
            break
    return 0


@cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
