"""How banks print their statements: layouts by number, for `statements.py`."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from specimens.pen import Align, families

LAYOUTS = 60
"""Layouts from this number on have rare habits."""
_RARE = "once sections marks plus minus stacked left foot boxes"


@cache
def wordings() -> dict[str, Any]:
    """Return the wordings of both languages."""
    return tomllib.loads(Path(__file__).with_name("statements.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Layout:
    """How a bank prints its statements.

    Attributes:
        columns: from the left; kinds as in `socle/sources/statement.toml`.
        amounts: writing of numbers: `1 234,56`, `1.234,56`, `1,234.56`.
        dates: form of dates in the table.
        rare: habits that few banks have: `once` (a day is printed before the first of its movements
            only), `sections` (what comes in first, then what goes out, without signs), `marks` (a
            mark of currency at each amount), `plus`, `minus` (a minus in the column of debits),
            `stacked` (heads of two lines), `left` (amounts flush left), `foot` (small print with
            numbers), `boxes` (labels of balances above their values).
        signs: how one column of amounts tells the side: `minus`, `behind`, `letters`, `none`.
        balances: where opening and closing stand: `table` or `box`.
    """

    number: int
    language: str
    columns: tuple[str, ...]
    heads: dict[str, str]
    amounts: str
    dates: str
    signs: str
    balances: str
    words: dict[str, str]
    family: str
    size: float
    carries: bool
    totals: bool
    long: float
    rows: int
    head_align: Align
    currency: str
    aside: bool = False
    rare: frozenset[str] = frozenset()

    @property
    def sectioned(self) -> bool:
        """Whether what comes in and what goes out stand in parts of the table, without signs."""
        plain = "amount" in self.columns and "balance" not in self.columns
        return plain and "sections" in self.rare


_COLUMNS = (
    ("date", "description", "debit", "credit"),
    ("date", "value_date", "description", "debit", "credit"),
    ("date", "description", "value_date", "debit", "credit"),
    ("date", "description", "debit", "credit", "balance"),
    ("date", "value_date", "description", "debit", "credit", "balance"),
    ("date", "description", "amount"),
    ("date", "description", "amount", "balance"),
    ("date", "value_date", "description", "amount", "balance"),
    ("date", "description", "credit", "debit", "balance"),
)


def layout(number: int) -> Layout:
    """Return a layout; the same number gives the same one."""
    draw = random.Random(9_000_000 + number)
    language = draw.choice(["fr", "en"])
    told = wordings()[language]
    columns = draw.choice(_COLUMNS)
    heads = {kind: draw.choice(told["heads"][kind]) for kind in columns}
    signs = draw.choice(["minus", "behind", "letters", "minus", "none"])
    if signs == "none" and "balance" not in columns:
        signs = "minus"
    dates = draw.choice(
        ["%d/%m/%Y", "%d/%m", "%d.%m.%y", "%d %b", "%d/%m/%y"]
        if language == "fr"
        else ["%d/%m/%Y", "%d %b %Y", "%d %b", "%d %b %y", "%Y-%m-%d"]
    )
    wording = dict(draw.choice(told["balances"]))
    wording |= {
        key: draw.choice(told["phrases"][key]) for key in ("title", "period", "holder", "total")
    }
    return Layout(
        number, language, columns, heads,
        draw.choice(["1 234,56", "1.234,56", "1 234,56"] if language == "fr" else ["1,234.56"]),
        dates, signs, draw.choice(["table", "table", "box"]), wording,
        draw.choice(families()), draw.choice([7.5, 8.0, 8.5, 9.0, 10.0]),
        draw.random() < 0.5, draw.random() < 0.5, draw.choice([0.0, 0.3, 0.6]),
        draw.choice([14, 24, 34]), draw.choice(["left", "right", "centre"]),
        "EUR" if language == "fr" else draw.choice(["GBP", "EUR"]), draw.random() < 0.3,
        frozenset(draw.sample(_RARE.split(), 2)) if number >= LAYOUTS else frozenset(),
    )  # fmt: skip
