"""From values to places on a drawing, and round numbers to write beside an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """A straight or logarithmic map from a domain of values to a range of places."""

    domain: tuple[float, float]
    range: tuple[float, float]
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value; outside the domain, beyond the range."""
        low, high, at = (self._bent(v) for v in (*self.domain, value))
        start, end = self.range
        if high == low:
            return (start + end) / 2
        return start + (end - start) * (at - low) / (high - low)

    def ticks(self, count: int = 5) -> list[float]:
        """Return about so many round values within the domain."""
        low, high = self.domain
        return log_ticks(low, high, count) if self.logarithmic else nice_ticks(low, high, count)

    def _bent(self, value: float) -> float:
        return math.log10(max(value, 1e-300)) if self.logarithmic else value


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` multiples of 1, 2, 2.5 or 5 times a power of ten from low to high."""
    if not high > low:
        return [low]
    raw = (high - low) / max(count - 1, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    steps = sorted((s * power for s in _STEPS), key=lambda s: abs(math.log(s / raw)))
    # In an unlucky place no two multiples of the best step lie within the domain.
    return next((t for t in (_multiples(low, high, s) for s in steps) if len(t) > 1), [low])


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(i * step, digits) + 0.0 for i in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round values from low to high, as evenly apart as their logarithms allow.

    Tries every decade with 1, 2 and 5; then 1 and 3; then 1; then each second or third decade.
    """
    if not (low > 0 and high > low):
        return [low]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    choices = [
        [round(m * 10.0**e, 12 - e) for e in range(first, last + 1, step) for m in within]
        for within, step in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3))
    ]
    edge = 1e-9
    kept = [[t for t in c if low * (1 - edge) <= t <= high * (1 + edge)] for c in choices]
    fitting = [c for c in kept if len(c) <= count + 1]
    best = max(fitting, key=len) if fitting else kept[-1]
    return best if len(best) > 1 else nice_ticks(low, high, 3)


def around(
    values: Iterable[float], least: float = 0.02, within: bool = True
) -> tuple[float, float]:
    """Return a domain with a little air around values.

    Args:
        values: at least one.
        least: the smallest width of the domain.
        within: keep to 0..1 where all values do.
    """
    found = list(values)
    low, high = min(found), max(found)
    air = max((high - low) * 0.06, (least - (high - low)) / 2, 1e-9)
    inside = within and low >= 0 and high <= 1
    ends = low - air, high + air
    return (max(0.0, ends[0]), min(1.0, ends[1])) if inside else ends


def cut_below(values: Iterable[float]) -> float:
    """Return the least value that an axis should show when a few lie far below the others.

    The lowest is left out as long as the others take less than two fifths of the whole range.
    """
    kept = sorted(values)
    while len(kept) > 2 and kept[-1] - kept[1] < 0.4 * (kept[-1] - kept[0]):
        kept = kept[1:]
    return kept[0]


def tick_text(value: float, ticks: list[float]) -> str:
    """Return a tick's number with as many decimals as its axis needs: `0.85`, `1,000`, `2.5 M`."""
    gaps = [abs(b - a) for a, b in pairwise(ticks)]
    even = bool(gaps) and max(gaps) - min(gaps) < 1e-6 * max(gaps)
    if abs(value) >= 1e6:
        return f"{value / 1e6:g} M"
    if not even:
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    decimals = next((d for d in range(6) if all(_is_round(t, d) for t in ticks)), 6)
    return f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _is_round(value: float, decimals: int) -> bool:
    return abs(value - round(value, decimals)) < 1e-9
