"""The arithmetic of pay slips, on plain numbers: lines, gross, contributions, tax, net.

Amounts are as slips print them: what is withheld is positive, or negative with its sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, product

from socle.readings import Check

Sums = Mapping[str, float]
"""`gross`, `contributions`, `net_before_tax`, `income_tax`, `net_paid`, `net_taxable`, and those of
the year so far with `_to_date` behind."""
_CENT = 0.005 + 1e-6
_MOST_EXTRAS = 4


@dataclass(frozen=True)
class Pay:
    """One line of a slip.

    Attributes:
        kind: `earning`, `deduction`, `extra` (behind the contributions) or `tax`.
        decimals: digits behind the mark of base and rate, as printed.
    """

    label: str
    kind: str
    base: float | None = None
    rate: float | None = None
    employee: float | None = None
    employer_rate: float | None = None
    employer: float | None = None
    decimals: tuple[int, int] = (2, 2)


def judged(lines: Sequence[Pay], sums: Sums) -> list[Check]:
    """Return the checks that the amounts of a slip allow."""
    found = multiplied(lines)
    found += [c for c in (_gross(lines, sums), _contributions(lines, sums)) if c]
    found += [c for c in (_tax(lines, sums), net_before_tax(lines, sums)) if c]
    found += [c for c in (net_paid(lines, sums),) if c]
    return found + to_date(sums)


def multiplied(lines: Sequence[Pay]) -> list[Check]:
    """Return a check for each line whose base * rate is not its amount, and one for all others."""
    wrong, right = [], 0
    for i, line in enumerate(lines):
        for who, rate, amount in (
            ("employee", line.rate, line.employee),
            ("employer", line.employer_rate, line.employer),
        ):
            verdict = multiplies(line.base, rate, amount, line.decimals)
            right += verdict is True
            if verdict is False:
                detail = f"{line.label}: {line.base:g} * {rate:g} is not the {who}'s {amount:.2f}"
                wrong.append(Check("line_amount", False, detail, (), i + 1))
    if right and not wrong:
        return [Check("line_amounts", True, f"{right} amounts are base * rate")]
    return wrong


def multiplies(
    base: float | None, rate: float | None, amount: float | None, decimals: tuple[int, int] = (2, 2)
) -> bool | None:
    """Return whether base * rate (a price or per cent) is an amount to the cent.

    It is open where rounding of what is printed explains the difference, or something is missing.
    """
    if base is None or rate is None or amount is None:
        return None
    away = min(abs(abs(base * rate) / part - abs(amount)) for part in (1, 100))
    if away <= _CENT:
        return True
    units = 10.0 ** -decimals[0], 10.0 ** -decimals[1]
    part = 100 if abs(abs(base * rate) / 100 - abs(amount)) == away else 1
    loose = (abs(base) * units[1] + abs(rate) * units[0]) / 2 / part + 0.01
    return None if away <= loose + _CENT else False


def _gross(lines: Sequence[Pay], sums: Sums) -> Check | None:
    earned = [ln.employee for ln in lines if ln.kind == "earning" and ln.employee is not None]
    if "gross" not in sums or not earned:
        return None
    total = sum(earned)
    detail = f"{len(earned)} earnings make {total:.2f}, gross is {sums['gross']:.2f}"
    return Check("gross_adds_up", abs(total - sums["gross"]) <= _CENT, detail, ("gross",))


def _contributions(lines: Sequence[Pay], sums: Sums) -> Check | None:
    held = [ln.employee for ln in lines if ln.kind == "deduction" and ln.employee is not None]
    if "contributions" not in sums or not held:
        return None
    total, printed = sum(held), sums["contributions"]
    taxes = sum(line.employee or 0.0 for line in lines if line.kind == "tax")
    detail = f"{len(held)} lines make {total:.2f}, the total is {printed:.2f}"
    passed = any(abs(abs(made) - abs(printed)) <= _CENT for made in (total, total + taxes))
    return Check("contributions_add_up", passed, detail)


def _tax(lines: Sequence[Pay], sums: Sums) -> Check | None:
    taxed = [line for line in lines if line.kind == "tax" and line.base and line.rate is not None]
    if "income_tax" not in sums or not taxed:
        return None
    line = taxed[0]
    passed = multiplies(line.base, line.rate, sums["income_tax"], line.decimals)
    detail = f"{line.base:g} * {line.rate:g} % is {sums['income_tax']:.2f}"
    return Check("income_tax_rate", passed, detail, ("income_tax",))


def net_before_tax(lines: Sequence[Pay], sums: Sums) -> Check | None:
    """Return whether gross - contributions +- what is not contributed on = net before tax."""
    if not {"gross", "contributions", "net_before_tax"} <= sums.keys():
        return None
    start = sums["gross"] - abs(sums["contributions"])
    return _reaches("net_before_tax", start, sums["net_before_tax"], _extras(lines), ("gross",))


def net_paid(lines: Sequence[Pay], sums: Sums) -> Check | None:
    """Return whether net before tax - income tax = net paid, or gross - all that is withheld."""
    if "net_paid" not in sums:
        return None
    fields = tuple(n for n in ("gross", "income_tax", "net_paid") if n in sums)
    tax = abs(sums.get("income_tax", 0.0))
    if "net_before_tax" in sums:
        start = sums["net_before_tax"] - tax
        fields = tuple(n for n in fields if n != "gross")
        return _reaches("net_paid", start, sums["net_paid"], _extras(lines), fields)
    if "gross" in sums and "contributions" in sums:
        # What is withheld in all may hold the income tax, or leave it out.
        start = sums["gross"] - abs(sums["contributions"])
        tries = [start, start - tax] if tax else [start]
        found = [_reaches("net_paid", t, sums["net_paid"], _extras(lines), fields) for t in tries]
        return next((check for check in found if check.passed), found[0])
    if "gross" in sums:
        held = [ln.employee or 0.0 for ln in lines if ln.kind in ("deduction", "tax")]
        if held:
            start = sums["gross"] - abs(sum(held))
            return _reaches("net_paid", start, sums["net_paid"], _extras(lines), fields)
    return Check("net_paid", None, "Neither net before tax nor contributions are told.", fields)


def _extras(lines: Sequence[Pay]) -> list[float]:
    return [ln.employee for ln in lines if ln.kind == "extra" and ln.employee][:_MOST_EXTRAS]


def _reaches(
    name: str, start: float, end: float, extras: Sequence[float], fields: tuple[str, ...]
) -> Check:
    """Return whether one amount is reached from another by adding or taking off some extras."""
    fields = (*fields, name) if name not in fields else fields
    detail = f"{start:.2f} is due, {end:.2f} is printed"
    for count in range(len(extras) + 1):
        for some in combinations(extras, count):
            for signs in product((1, -1), repeat=count):
                moved = sum(s * abs(e) for s, e in zip(signs, some, strict=True))
                if abs(start + moved - end) <= _CENT:
                    return Check(f"{name}_adds_up", True, detail, fields)
    return Check(f"{name}_adds_up", False, detail, fields)


def to_date(sums: Sums) -> list[Check]:
    """Return a check for each sum of the year so far: it is no less than that of the month."""
    found = []
    for name, total in sums.items():
        month = sums.get(name.removesuffix("_to_date"))
        if name.endswith("_to_date") and month is not None and month >= 0:
            detail = f"{total:.2f} to date, {abs(month):.2f} now"
            passed = abs(total) >= abs(month) - _CENT
            found.append(Check("year_to_date", passed, detail, (name.removesuffix("_to_date"),)))
    return found


def dated(start: date | None, end: date | None, paid: date | None) -> list[Check]:
    """Return whether the days of a slip are in order: none of work done after a year's delay."""
    found = []
    if start and end:
        long = (end - start).days
        fits = 0 <= long <= 366
        told = ("period_start", "period_end")
        found.append(Check("period_in_order", fits, f"{start} to {end}", told))
    if start and paid:
        fits = -31 <= (paid - start).days <= 366
        found.append(Check("paid_in_time", fits or None, f"{start}, paid {paid}", ("pay_date",)))
    return found
