"""Which rates of value added tax a country had on which day, see `vat_rates.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

AFTER = timedelta(days=366)
"""How long a past rate is still met on invoices for what was delivered before the change."""


def country_of(code: str) -> str | None:
    """Return the country whose rates hold for a country code or VAT number, None if unknown."""
    table = _table()
    for length in (3, 2):
        start = code[:length].upper()
        start = str(table["same"].get(start, start))
        if start in table and start != "same":
            return start
    return None


def rates(country: str, day: date) -> frozenset[float] | None:
    """Return the rates of a country (a key of the table) on a day, None before the table begins."""
    held = [rates for start, rates in _periods(country) if start <= day]
    return held[-1] if held else None


def legal(rate: float, countries: Iterable[str], days: Iterable[date]) -> bool | None:
    """Return whether a rate in per cent was legal in one of the countries on one of the days.

    Args:
        rate: in per cent; 0 is legal always (exports, exemptions).
        countries: keys of the table, see `country_of`.
        days: of invoice and delivery; without any, all that the table knows count.

    Returns:
        None where it was legal up to a year before, so that an earlier delivery would explain it,
        and where the table does not reach back so far.
    """
    days = list(days)
    undecided = False
    for country in countries:
        if not days and any(_among(rate, known) for _, known in _periods(country)):
            return True
        for day in days:
            held = rates(country, day)
            if held is None:
                undecided = True
            elif _among(rate, held):
                return True
            past = [known for _, known in _periods(country, day - AFTER, day)]
            undecided |= any(_among(rate, known) for known in past)
    if rate == 0:
        return True
    return None if undecided else False


def _among(rate: float, known: frozenset[float]) -> bool:
    return any(abs(rate - one) < 1e-6 for one in known)


def _periods(
    country: str, first: date = date.min, last: date = date.max
) -> list[tuple[date, frozenset[float]]]:
    """Return first days and rates of the periods that overlap the time from `first` to `last`."""
    periods = sorted(
        (date.fromisoformat(start), frozenset(float(rate) for rate in rates))
        for start, rates in _table()[country].items()
    )
    ends = [start for start, _ in periods[1:]] + [date.max]
    return [
        period
        for period, end in zip(periods, ends, strict=True)
        if period[0] <= last and end > first
    ]


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).with_name("vat_rates.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
