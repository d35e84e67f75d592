"""Which candidate to keep: the cheapest that is not significantly worse than the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from socle.metrics.significance import mcnemar

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
