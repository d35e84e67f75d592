"""Which amounts of a document make sums with each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MOST = 90
"""Different amounts that are tried with each other."""
_LEAST_RATE, _MOST_RATE = 0.9, 28.0
"""Per cent: taxes on sales lie between."""
ROLES = ("total", "net", "tax", "base", "part", "due")


@dataclass(frozen=True)
class Sums:
    """What each amount, in cents, may be: a role to 0.5 (it fits), or 1 (at a printed rate)."""

    found: dict[str, dict[int, float]]

    def of(self, value: float) -> list[float]:
        """Return how well an amount fits each of `ROLES`."""
        place = cents(value)
        return [self.found[role].get(place, 0.0) for role in ROLES]


def cents(value: float) -> int:
    """Return an amount in whole cents, without its sign."""
    return round(abs(value) * 100)


def sums_among(values: Iterable[float], rates: Iterable[float]) -> Sums:
    """Return which amounts are net, tax and total of each other.

    Args:
        values: all amounts of the document.
        rates: those in per cent that are printed.
    """
    counted = Counter(cents(value) for value in values if value)
    known = sorted((value for value, _ in counted.most_common(_MOST)), reverse=True)
    printed = tuple({rate for rate in rates if 0 < rate < _MOST_RATE})
    found: dict[str, dict[int, float]] = {role: {} for role in ROLES}
    present = set(known)
    for net in known:
        for tax in known:
            if tax >= net or not _LEAST_RATE <= 100 * tax / net <= _MOST_RATE:
                continue
            exact = any(abs(net * rate / 100 - tax) <= 1.0 + 0.00002 * net for rate in printed)
            if exact:
                _raise(found["base"], net, 1.0)
                _raise(found["part"], tax, 1.0)
            if net + tax in present:
                weight = 1.0 if exact else 0.5
                for role, value in (("total", net + tax), ("net", net), ("tax", tax)):
                    _raise(found[role], value, weight)
    _dues(known, present, found)
    return Sums(found)


def _dues(known: Sequence[int], present: set[int], found: dict[str, dict[int, float]]) -> None:
    for total in found["total"]:
        for paid in known:
            if paid < total and total - paid in present:
                _raise(found["due"], total - paid, 0.5)


def _raise(held: dict[int, float], value: int, weight: float) -> None:
    held[value] = max(held.get(value, 0.0), weight)
