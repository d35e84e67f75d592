"""What the lines and boxes of US tax forms owe each other: sums, rates, limits, identifiers.

The rules are facts, in the data file beside this module, by form and year.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from socle.readings import Check
from socle.values import identifiers

Amounts = Mapping[str, float]
"""Numbers of lines (`1z`) or boxes (`12a`), without the prefix that fields have, to dollars."""
_DOLLAR = 1.0
"""Forms are filled in whole dollars: a difference of one is rounding."""


def rule_years(form: str = "1040") -> tuple[int, ...]:
    """Return the years whose rules are known."""
    return tuple(sorted(int(year) for year in _facts().get(form, ())))


def lines(amounts: Amounts, year: int, form: str = "1040") -> list[Check]:
    """Return a check for each line of a return that is made of others; blank lines count as 0.

    A line that is blank while its parts are not is undecided: it may be unread. A rule of which
    nothing is filled gives no check.
    """
    rules = _facts().get(form, {}).get(str(year), {})
    checks = (_line(line, rule, amounts) for line, rule in rules.items())
    return [*(c for c in checks if c), *parts(amounts, form, "line", str(year))]


def _line(line: str, rule: Mapping[str, Any], amounts: Amounts) -> Check | None:
    plus, minus = rule["plus"], rule.get("minus", [])
    filled = [part for part in (*plus, *minus) if part in amounts]
    if not filled and line not in amounts:
        return None
    due = sum(amounts.get(p, 0.0) for p in plus) - sum(amounts.get(p, 0.0) for p in minus)
    due = max(0.0, due) if rule.get("floor") else due
    name = f"line_{line}"
    made = " + ".join(plus) + "".join(f" - {part}" for part in minus)
    fields = tuple(f"line_{part}" for part in (line, *filled) if part in amounts)
    if line not in amounts:
        if abs(due) <= _DOLLAR:
            return None
        return Check(name, None, f"line {line} is blank; {made} = {due:,.2f}", fields)
    extra = sum(amounts.get(part, 0.0) for part in rule.get("or_plus", ()))
    found = amounts[line]
    right = any(abs(found - d) <= _DOLLAR for d in {due, due + extra})
    return Check(name, right, f"line {line} is {found:,.2f}; {made} = {due:,.2f}", fields)


def parts(amounts: Amounts, form: str, prefix: str = "box", year: str = "all") -> list[Check]:
    """Return a check for each amount that is a part of another: it is no greater."""
    found = []
    for part, whole in _facts()["parts"].get(form, {}).get(year, ()):
        if part in amounts and whole in amounts:
            detail = f"{prefix} {part} is {amounts[part]:,.2f}, of {amounts[whole]:,.2f} in {whole}"
            fits = amounts[part] <= amounts[whole] + _DOLLAR
            names = (f"{prefix}_{part}", f"{prefix}_{whole}")
            found.append(Check(f"{prefix}_{part}_within_{whole}", fits, detail, names))
    return found


def w2(boxes: Amounts, year: int | None) -> list[Check]:
    """Return the checks of a wage statement: rates of both taxes, the year's base, parts."""
    facts = _facts()["w-2"]
    checks = parts(boxes, "w-2")
    if "4" in boxes and ("3" in boxes or "7" in boxes):
        base = boxes.get("3", 0.0) + boxes.get("7", 0.0)
        due = facts["social_security"] * base
        detail = f"box 4 is {boxes['4']:,.2f}; 6.2 % of boxes 3 and 7 = {due:,.2f}"
        right = abs(boxes["4"] - due) <= facts["tolerance"]
        checks.append(Check("w2_social_security_tax", right, detail, _there(boxes, "4", "3", "7")))
    if "3" in boxes and year is not None:
        checks.append(_base(boxes, year, facts["wage_base"]))
    if "5" in boxes and "6" in boxes:
        above = max(0.0, boxes["5"] - facts["additional_medicare_above"])
        due = facts["medicare"] * boxes["5"] + facts["additional_medicare"] * above
        detail = f"box 6 is {boxes['6']:,.2f}; 1.45 % of box 5, 2.35 % above 200,000 = {due:,.2f}"
        right = abs(boxes["6"] - due) <= facts["tolerance"]
        checks.append(Check("w2_medicare_tax", right, detail, _there(boxes, "6", "5")))
    return checks


def _base(boxes: Amounts, year: int, bases: Mapping[str, int]) -> Check:
    fields = _there(boxes, "3", "7")
    total = boxes.get("3", 0.0) + boxes.get("7", 0.0)
    base = bases.get(str(year))
    name = "w2_social_security_base"
    if base is None:
        return Check(name, None, f"the wage base of {year} is not known here")
    return Check(name, total <= base, f"{total:,.2f} of at most {base:,} in {year}", fields)


def _there(boxes: Amounts, *names: str) -> tuple[str, ...]:
    return tuple(f"box_{name}" for name in names if name in boxes)


def identified(fields: Mapping[str, str]) -> list[Check]:
    """Return a check for each identifier and state of a form, by the names of the fields.

    A number of which digits are starred out (`XXX-XX-1234`) is undecided, and no fault.
    """
    checks = []
    for name, text in fields.items():
        kind = re.sub(r"^(spouse|payer|recipient)_", "", name)
        if re.search(r"[Xx*]", text) and kind in ("ssn", "ein", "tin"):
            checks.append(Check(f"{name}_valid", None, f"{text} is masked"))
        elif kind in ("ssn", "ein", "tin"):
            checks.append(Check(f"{name}_valid", _valid(kind, text), text, (name,)))
        elif re.fullmatch(r"box_15(_\d)?|state", name):
            known = text.upper() in _facts()["states"]["codes"].split()
            checks.append(Check(f"{name}_state", known, f"{text} as a state", (name,)))
    return checks


def _valid(kind: str, text: str) -> bool:
    tries = {"ssn": (identifiers.ssn,), "ein": (identifiers.ein,)}
    both = (identifiers.ssn, identifiers.ein)
    return any(read(text) is not None for read in tries.get(kind, both))


@cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
