"""Accounts that a bank printed: what a statement says, and the sums that prove it.

Amounts are signed, what comes in is positive. All sums are done in cents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from itertools import pairwise

from socle.readings import Box, Check

_SHOWN = 4


@dataclass(frozen=True)
class Movement:
    """One line of a statement.

    Attributes:
        amount: signed.
        balance: what is printed behind the line, if anything.
        page: from 1; None in data files.
        sure: False where the sign was guessed.
    """

    date: Day | None
    description: str
    amount: float
    value_date: Day | None = None
    balance: float | None = None
    raw: str = ""
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    sure: bool = True


@dataclass(frozen=True)
class Carry:
    """A balance that is printed between movements: `after` so many of them."""

    amount: float
    after: int
    page: int | None = None


@dataclass(frozen=True)
class Statement:
    """What a statement says.

    Attributes:
        heads: `bank_name`, `account_holder`, `account_number`, `iban`, `currency`: only what is
            there.
        total_debit, total_credit: as printed, both positive.
    """

    movements: Sequence[Movement]
    opening: float | None = None
    closing: float | None = None
    start: Day | None = None
    end: Day | None = None
    heads: Mapping[str, str] = field(default_factory=dict)
    carries: Sequence[Carry] = ()
    total_debit: float | None = None
    total_credit: float | None = None


def cents(amount: float) -> int:
    """Return an amount in whole cents."""
    return round(100 * amount)


def judged(statement: Statement) -> list[Check]:
    """Return every check of a statement; those that its print does not allow are undecided."""
    return [
        closes(statement),
        _running(statement),
        _carried(statement),
        _totals(statement),
        _inside(statement),
        _rising(statement),
        *_signs(statement),
    ]


def closes(statement: Statement) -> Check:
    """Return whether opening balance and movements make the closing balance."""
    told = ("opening_balance", "closing_balance")
    if statement.opening is None or statement.closing is None:
        absent = "opening" if statement.opening is None else "closing"
        return Check("balances_close", None, f"There is no {absent} balance.", told)
    total = sum(cents(movement.amount) for movement in statement.movements)
    found, wanted = cents(statement.opening) + total, cents(statement.closing)
    detail = (
        f"{statement.opening:.2f} and {len(statement.movements)} movements of {total / 100:.2f}"
    )
    detail += f" make {found / 100:.2f}"
    if found != wanted:
        detail += f", not {statement.closing:.2f}: {(wanted - found) / 100:.2f} are missing"
    return Check("balances_close", found == wanted, detail, told)


def broken_lines(statement: Statement) -> list[int]:
    """Return the lines, from 0, whose balance does not follow from the line before."""
    broken = []
    known = None if statement.opening is None else cents(statement.opening)
    for i, movement in enumerate(statement.movements):
        if known is not None:
            known += cents(movement.amount)
        if movement.balance is not None:
            printed = cents(movement.balance)
            if known is not None and known != printed:
                broken.append(i)
            known = printed
    return broken


def _running(statement: Statement) -> Check:
    printed = sum(movement.balance is not None for movement in statement.movements)
    if not printed:
        return Check("running_balances", None, "No balances are printed behind the movements.")
    broken = broken_lines(statement)
    if not broken:
        return Check("running_balances", True, f"{printed} balances follow from each other")
    first = statement.movements[broken[0]]
    lines = ", ".join(str(i + 1) for i in broken[:_SHOWN])
    more = ", ..." if len(broken) > _SHOWN else ""
    detail = f"The balance {first.balance:.2f} does not follow at line {lines}{more}."
    return Check("running_balances", False, detail, line=broken[0] + 1)


def _carried(statement: Statement) -> Check:
    if not statement.carries or statement.opening is None:
        return Check("carried_over", None, "No balance is carried over from page to page.")
    sums = [cents(statement.opening)]
    for movement in statement.movements:
        sums.append(sums[-1] + cents(movement.amount))
    for carry in statement.carries:
        if sums[carry.after] != cents(carry.amount):
            detail = f"Page {carry.page} carries {carry.amount:.2f}; the movements before make "
            detail += f"{sums[carry.after] / 100:.2f}."
            return Check("carried_over", False, detail, line=max(carry.after, 1))
    return Check("carried_over", True, f"{len(statement.carries)} balances carried over")


def _totals(statement: Statement) -> Check:
    wanted = {"debits": statement.total_debit, "credits": statement.total_credit}
    if all(value is None for value in wanted.values()):
        return Check("printed_totals", None, "No totals are printed.")
    amounts = [cents(movement.amount) for movement in statement.movements]
    found = {
        "debits": -sum(amount for amount in amounts if amount < 0),
        "credits": sum(amount for amount in amounts if amount > 0),
    }
    wrong = [
        f"{name} {found[name] / 100:.2f}, printed {value:.2f}"
        for name, value in wanted.items()
        if value is not None and cents(value) != found[name]
    ]
    return Check("printed_totals", not wrong, "; ".join(wrong))


def _inside(statement: Statement) -> Check:
    told = ("period_start", "period_end")
    if statement.start is None or statement.end is None:
        return Check("dates_inside", None, "The statement does not tell its period.", told)
    for i, movement in enumerate(statement.movements):
        if movement.date and not statement.start <= movement.date <= statement.end:
            detail = f"{movement.date} is not from {statement.start} to {statement.end}."
            return Check("dates_inside", False, detail, told, i + 1)
    return Check("dates_inside", True, "", told)


def _rising(statement: Statement) -> Check:
    days = [movement.date for movement in statement.movements]
    known = [(day, i) for i, day in enumerate(days) if day]
    pairs = list(pairwise(known))
    falls = [j for (one, _), (two, j) in pairs if one > two]
    rises = [j for (one, _), (two, j) in pairs if one < two]
    # The newest first is as good an order.
    broken = falls if len(falls) <= len(rises) else rises
    # So is what comes in before what goes out: each part begins anew.
    moves = statement.movements
    parts = sum((one.amount < 0) != (two.amount < 0) for one, two in pairwise(moves))
    if len(broken) == parts == 1 and moves[broken[0]].amount * moves[broken[0] - 1].amount < 0:
        broken = []
    if broken:
        i = broken[0]
        return Check("dates_in_order", False, f"{days[i]} breaks the order.", line=i + 1)
    return Check("dates_in_order", True)


def _signs(statement: Statement) -> list[Check]:
    guessed = [i + 1 for i, movement in enumerate(statement.movements) if not movement.sure]
    if not guessed:
        return []
    detail = f"More than one choice of signs closes the balances, or none: line {guessed[0]}."
    return [Check("signs_known", None, detail, ("opening_balance", "closing_balance"), guessed[0])]
