"""Which candidate to keep: the cheapest that is not significantly worse than the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from socle.evaluating import Answers, compared

_ALPHA = 0.05


@dataclass(frozen=True)
class Held:
    """How a candidate did on training examples that it had not seen."""

    name: str
    rank: int
    """Place on the ladder from cheap to dear."""
    rows: NDArray[np.int64]
    """Sorted."""
    answers: Answers
    """To these rows."""

    def at(self, rows: NDArray[np.int64]) -> Answers:
        """Return the answers to some rows, all of them its own."""
        return self.answers.at(np.searchsorted(self.rows, rows))


def choose(candidates: Sequence[Held]) -> str:
    """Return the name of the cheapest candidate that is not significantly worse than the best.

    The best has the best score on the rows that all candidates were held out on; each other is
    compared with it on all rows that the two share.
    """
    shared = reduce(np.intersect1d, [c.rows for c in candidates])
    best = max(candidates, key=lambda c: (c.at(shared).value, -c.rank))
    for candidate in sorted(candidates, key=lambda c: c.rank):
        rows = np.intersect1d(candidate.rows, best.rows)
        if candidate is best or compared(candidate.at(rows), best.at(rows)).p >= _ALPHA:
            return candidate.name
    return best.name
