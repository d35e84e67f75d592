"""Which candidate to keep: the cheapest that is not significantly worse than the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from socle.metrics.significance import mcnemar
from socle.report import Report, Verdict

_ALPHA = 0.05


@dataclass(frozen=True)
class Held:
    """How a candidate did on training examples that it had not seen."""

    name: str
    rank: int
    """Place on the ladder from cheap to dear."""
    rows: NDArray[np.int64]
    right: NDArray[np.bool_]
    """Same shape as `rows`."""

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float(self.right.mean()) if len(self.right) else 0.0

    def at(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of some rows, all of them its own, were right."""
        return self.right[np.searchsorted(self.rows, rows)]


@dataclass(frozen=True)
class Measured:
    """How a candidate did on the test set."""

    report: Report
    right: NDArray[np.bool_]
    rank: int

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float(self.right.mean())


def choose(candidates: Sequence[Held]) -> str:
    """Return the name of the cheapest candidate that is not significantly worse than the best.

    The best is the most accurate on the rows that all candidates were held out on; each other is
    compared with it by McNemar's test on all rows that the two share.
    """
    shared = reduce(np.intersect1d, [c.rows for c in candidates])
    best = max(candidates, key=lambda c: (c.at(shared).mean(), -c.rank))
    for candidate in sorted(candidates, key=lambda c: c.rank):
        rows = np.intersect1d(candidate.rows, best.rows)
        if candidate is best or mcnemar(candidate.at(rows), best.at(rows)) >= _ALPHA:
            return candidate.name
    return best.name


def judge(results: Sequence[Measured], chosen: str) -> Verdict:
    """Return the verdict of the test set on candidates measured on the same examples."""
    best = max(results, key=lambda r: (r.accuracy, -r.rank))
    floor = next((r for r in results if r.report.strategy == "majority"), None)
    worth = [r for r in results if r is not floor] or list(results)
    if floor is best or (floor and mcnemar(floor.right, best.right) >= _ALPHA):
        text = (
            "No candidate is significantly better than always answering the most frequent label: "
            "more labels are needed before any of them can be trusted."
        )
        cheapest = floor if floor else best
        return Verdict(best.report.strategy, cheapest.report.strategy, text)
    equal = [r for r in worth if r is best or mcnemar(r.right, best.right) >= _ALPHA]
    cheapest = min(equal, key=lambda r: r.rank)
    text = f"Use `{cheapest.report.strategy}`: {_said(cheapest)}"
    if cheapest is not best:
        p = mcnemar(cheapest.right, best.right)
        text += (
            f", not significantly different from `{best.report.strategy}` "
            f"({best.accuracy:.3f}, p = {p:.2f}){_times(cheapest, best)}."
        )
    else:
        others = [r for r in worth if r is not best]
        second = max(others, key=lambda r: r.accuracy, default=None)
        text += "." if second is None else f", {_against(best, second)}."
    if chosen != cheapest.report.strategy:
        text += f" The model saved is `{chosen}`, as asked or as chosen before the test was opened."
    return Verdict(best.report.strategy, cheapest.report.strategy, text)


def _said(result: Measured) -> str:
    low, high = result.report.intervals["accuracy"]
    return f"accuracy {result.accuracy:.3f} [{low:.3f}, {high:.3f}]"


def _against(best: Measured, second: Measured) -> str:
    p = mcnemar(best.right, second.right)
    gap = 100 * (best.accuracy - second.accuracy)
    sure = f"p = {p:.2f}" if p >= 0.01 else f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
    chance = "" if p < _ALPHA else ", which may be chance"
    return f"{gap:.1f} points above `{second.report.strategy}` ({sure}{chance})"


def _times(cheap: Measured, dear: Measured) -> str:
    if dear.report.speed <= 0 or cheap.report.speed < 1.5 * dear.report.speed:
        return ""
    return f", and {cheap.report.speed / dear.report.speed:.0f} times faster"
