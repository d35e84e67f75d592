"""Invented annual accounts with exact truth: forms 2050 to 2053, and plain ones in two languages.

    python -m specimens.liasse FOLDER COUNT [FIRST]

All sums are right: blocks, assets = liabilities, one result. A layout follows from its number;
those from `payroll.HELD` on have wordings and columns that no other layout has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from specimens.companies import Dice, party
from specimens.layouts import Layout
from specimens.saving import save_all

Amounts = dict[str, int]
# Boxes that details are drawn for; the others are sums.
FIXED = [
    "AB",
    "CX",
    "AF",
    "AH",
    "AJ",
    "AL",
    "AN",
    "AP",
    "AR",
    "AT",
    "AV",
    "AX",
    "CS",
    "CU",
    "BB",
    "BD",
    "BF",
    "BH",
]
CURRENT = ["BL", "BN", "BP", "BR", "BT", "BV", "BX", "BZ", "CB", "CD", "CF", "CH"]
_LESS = (
    *("AC", "CQ", "AG", "AI", "AK", "AM", "AO", "AQ", "AS", "AU", "AW", "AY", "CT", "CV", "BC"),
    *("BE", "BG", "BI", "BM", "BO", "BQ", "BS", "BU", "BW", "BY", "CA", "CC", "CE", "CG", "CI"),
)
LESS = dict(zip(FIXED + CURRENT, _LESS, strict=True))
EQUITY = ["DA", "DB", "DC", "DD", "DE", "DF", "DG", "DH", "DI", "DJ", "DK"]
DEBTS = ["DS", "DT", "DU", "DV", "DW", "DX", "DY", "DZ", "EA", "EB"]
COSTS = ["FS", "FT", "FU", "FV", "FW", "FX", "FY", "FZ", "GA", "GB", "GC", "GD", "GE"]


_SOME = (
    *("FM", "FN", "FO", "FP", "FQ", "GH", "GI", "GJ", "GK", "GL", "GM", "GN", "GO", "GQ", "GR"),
    *("GS", "GT", "HA", "HB", "HC", "HE", "HF", "HG", "HJ", "HK"),
)


@dataclass
class Accounts:
    """The accounts of one year and the year before, drawn, with their truth."""

    layout: Layout
    form: str
    now: Amounts = field(default_factory=dict)
    before: Amounts = field(default_factory=dict)
    company: Any = None
    year_end: date = date(2024, 12, 31)
    truth: dict[str, Any] = field(default_factory=dict)
    pdf: bytes = b""


def make(number: int, seed: int | None = None) -> Accounts:
    """Return accounts in the layout of a number."""
    from specimens import liasse_forms, plain_accounts

    dice = Dice(np.random.default_rng([12, number if seed is None else seed]))
    layout = Layout(number)
    made = Accounts(layout, layout.choose("form", ["forms", "forms", "french", "english"]))
    made.company = party(dice, "en" if made.form == "english" else "fr",
                         "GBP" if made.form == "english" else "EUR")  # fmt: skip
    day = dice.pick([(31, 12), (31, 12), (30, 6), (30, 9), (31, 3)])
    made.year_end = date(dice.integer(2018, 2024), day[1], day[0])
    made.now, made.before = amounts(dice), amounts(dice)
    made.truth = {"lines": [], "year_end": made.year_end.isoformat()}
    (liasse_forms if made.form == "forms" else plain_accounts).draw(made)
    return made


def amounts(dice: Dice) -> Amounts:
    """Return boxes by code, blank ones left out, all rules kept."""
    scale = dice.pick([1_000, 20_000, 400_000])
    told: Amounts = {}
    for code in (*FIXED, *CURRENT):
        if dice.chance(0.5) or code in ("AT", "BX", "CF"):
            told[code] = dice.integer(scale // 50, scale * 3)
            if dice.chance(0.7 if code in FIXED else 0.2):
                told[LESS[code]] = int(told[code] * dice.integer(5, 90) / 100)
    for code in ("AA", "CW", "CM", "CN"):
        if dice.chance(0.15):
            told[code] = dice.integer(scale // 50, scale)
    _sum(told, "BJ", FIXED)
    _sum(told, "BK", [LESS[c] for c in FIXED])
    _sum(told, "CJ", CURRENT)
    _sum(told, "CK", [LESS[c] for c in CURRENT])
    _sum(told, "CO", ["AA", "BJ", "CJ", "CW", "CM", "CN"])
    _sum(told, "1A", ["BK", "CK"])
    total = told["CO"] - told.get("1A", 0)
    _result(told, dice, total)
    _owed(told, dice, total)
    return {code: value for code, value in told.items() if value}


def _sum(told: Amounts, code: str, parts: list[str]) -> None:
    told[code] = sum(told.get(part, 0) for part in parts)


def _result(told: Amounts, dice: Dice, total: int) -> None:
    """Fill forms 2052 and 2053 such that the result is a small share of the assets."""
    wanted = int(total * dice.integer(-6, 12) / 100) or 1
    unit = max(total // 10, 100)
    for code, part in (
        ("FA", 0.4),
        ("FB", 0.3),
        ("FD", 0.4),
        ("FE", 0.3),
        ("FG", 0.8),
        ("FH", 0.3),
    ):
        if dice.chance(part) or code == "FG":
            told[code] = dice.integer(unit, 6 * unit)
    for total_code, parts in (("FC", "FA FB"), ("FF", "FD FE"), ("FI", "FG FH"), ("FJ", "FA FD FG"),
                              ("FK", "FB FE FH"), ("FL", "FC FF FI")):  # fmt: skip
        _sum(told, total_code, parts.split())
    few = {code: dice.integer(1, unit // 8) for code in _SOME if dice.chance(0.4)}
    if "FM" in few and dice.chance(0.4):
        few["FM"] = -few["FM"]
    told |= few
    _sum(told, "FR", ["FL", "FM", "FN", "FO", "FP", "FQ"])
    for code in COSTS:
        if code != "FW" and dice.chance(0.55):
            told[code] = dice.integer(1, max(2, told["FR"] // 20))
            if code in ("FT", "FV") and dice.chance(0.5):
                told[code] = -told[code]
    _sum(told, "GP", ["GJ", "GK", "GL", "GM", "GN", "GO"])
    _sum(told, "GU", ["GQ", "GR", "GS", "GT"])
    _sum(told, "HD", ["HA", "HB", "HC"])
    _sum(told, "HH", ["HE", "HF", "HG"])
    _sum(told, "HL", ["FR", "GH", "GP", "HD"])
    rest = sum(told.get(c, 0) for c in (*COSTS, "GI", "GU", "HH", "HJ", "HK"))
    told["FW"] = told["HL"] - rest - wanted
    _sum(told, "GF", COSTS)
    told["GG"] = told["FR"] - told["GF"]
    told["GV"] = told["GP"] - told["GU"]
    told["GW"] = told["GG"] + told.get("GH", 0) - told.get("GI", 0) + told["GV"]
    told["HI"] = told["HD"] - told["HH"]
    _sum(told, "HM", ["GF", "GI", "GU", "HH", "HJ", "HK"])
    told["HN"] = told["HL"] - told["HM"]


def _owed(told: Amounts, dice: Dice, total: int) -> None:
    """Fill form 2051 such that it makes the total of the assets."""
    told["DI"] = told["HN"]
    left = total - told["DI"]
    codes = [c for c in (*EQUITY, "DM", "DN", "DP", "DQ", *DEBTS, "ED")
             if c not in ("DI", "DH", "DX") and dice.chance(0.45)]  # fmt: skip
    for code in ("DA", *codes):
        told[code] = max(1, int(left * dice.integer(1, 60) / 100 / (len(codes) + 1)))
    told["DH"] = -dice.integer(1, max(2, left // 20)) if dice.chance(0.3) else left // 15
    told["DX"] = left - sum(told.get(c, 0) for c in (*EQUITY, "DM", "DN", "DP", "DQ", *DEBTS, "ED")
                            if c not in ("DI", "DX"))  # fmt: skip
    _sum(told, "DL", EQUITY)
    _sum(told, "DO", ["DM", "DN"])
    _sum(told, "DR", ["DP", "DQ"])
    _sum(told, "EC", DEBTS)
    _sum(told, "EE", ["DL", "DO", "DR", "EC", "ED"])


def number(layout: Layout, value: int, decimals: int = 0) -> str:
    """Return an amount in this layout's writing; amounts with decimals are whole ones, ',00'."""
    gap = layout.choose("thousands", [" ", " ", "", "\u00a0"])
    text = f"{abs(value):,}".replace(",", gap) + ("," + "0" * decimals if decimals else "")
    if value >= 0:
        return text
    return layout.choose("minus", ["({})", "-{}", "- {}"]).format(text)


def net_of(told: Mapping[str, int], code: str) -> int | None:
    """Return gross less depreciation of an asset, None where it is blank."""
    if code not in told:
        return None
    other = "1A" if code == "CO" else {"BJ": "BK", "CJ": "CK"}.get(code, LESS.get(code, ""))
    return told[code] - told.get(other, 0)


if __name__ == "__main__":
    save_all(make, "accounts")
