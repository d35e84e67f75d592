"""The arithmetic of invoices, on plain numbers.

Each rule returns True (it holds to half a unit of the last printed digit), False, or None where
the difference is what rounding of the parts can add up to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

CENT = 0.01
_WHOLE = frozenset(["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"])
"""Currencies without smaller units."""
_HAIR = 1e-6
"""What binary fractions may add."""


def unit_of(currency: str | None, amounts: Iterable[float] = ()) -> float:
    """Return the last digit that amounts of a currency are printed to."""
    return 1.0 if currency in _WHOLE and all(a == int(a) for a in amounts) else CENT


def equal(found: float, expected: float, unit: float = CENT, parts: int = 0) -> bool | None:
    """Return whether an amount is the expected one.

    Args:
        found: as printed.
        expected: as computed.
        unit: of the last printed digit.
        parts: amounts that were rounded on their own before they were added.
    """
    away = abs(found - expected)
    if away <= unit / 2 + _HAIR:
        return True
    return None if away <= unit / 2 * (parts + 1) + _HAIR and parts > 1 else False


def line(
    amount: float, quantity: float, price: float, base: float = 1.0, discount: float = 0.0
) -> bool | None:
    """Return whether quantity * price / base - discount = amount.

    It is open where the price is what remains when the amount is divided by the quantity and
    rounded as the price is: it was computed from the amount, perhaps.

    Args:
        amount: of the line.
        quantity: billed.
        price: for so many pieces as `base` says.
        base: pieces that the price is for.
        discount: allowances of the line less its charges.
    """
    base = base or 1.0
    if equal(amount, quantity * price / base - discount):
        return True
    # Prices of two digits and less are rounded to the cent.
    digit = 10.0 ** -max(2, decimals(price))
    told = quantity != 0 and equal((amount + discount) * base / quantity, price, digit)
    return None if told else False


def tax(base: float, rate: float, amount: float, parts: int = 1, unit: float = CENT) -> bool | None:
    """Return whether base * rate = amount, to a unit (BR-CO-17).

    Args:
        base: taxable amount.
        rate: in per cent.
        amount: of the tax.
        parts: lines whose tax may have been rounded on its own.
        unit: of the last printed digit.
    """
    expected = base * rate / 100
    if equal(amount, expected, 2 * unit):
        return True
    return equal(amount, expected, unit, parts)


def total(
    found: float, start: float, extras: Sequence[float] = (), unit: float = CENT, parts: int = 0
) -> bool | None:
    """Return whether `found` is `start` with some of the extras (none, one ... or all) added.

    Printed invoices show rebates, shipping and tips before or behind a sum; where is not said.
    """
    told = {
        equal(found, start + sum(chosen), unit, parts)
        for count in range(len(extras) + 1)
        for chosen in combinations(extras, count)
    }
    return True if True in told else None if None in told else False


def decimals(value: float) -> int:
    """Return how many digits stand behind the mark of a number, zeros at its end left out."""
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])
