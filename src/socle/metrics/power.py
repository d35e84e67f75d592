"""What a test set of some size can tell apart: the power of McNemar's test.

The power is exact. It is summed over the number of discordant items (those on which only one of
two classifiers is right), of the very test that `socle.metrics.significance.mcnemar` makes: exact,
or mid-p where discordant items are few.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FEW = 25
"""As in `socle.metrics.significance`; a test holds both to the same p-values."""
_LEFT_OUT = 1e-10
"""Chance of the numbers of discordant items that are not summed over."""

Counts = NDArray[np.int64]


def mcnemar_power(n: int, disagreement: float, difference: float, alpha: float = 0.05) -> float:
    """Return the chance that McNemar's test finds a difference in accuracy.

    Args:
        n: number of test items.
        disagreement: expected share of items on which exactly one of the two is right, in 0..1.
        difference: true difference of the two accuracies, at most `disagreement` in size.
        alpha: the test finds a difference if its two-sided p-value is below.

    Raises:
        ValueError: the difference is larger than the disagreement.
    """
    if abs(difference) > disagreement:
        raise ValueError("two classifiers cannot differ by more than they disagree")
    counts, chance = _discordant(n, disagreement)
    return _power(counts, chance, _critical(counts, alpha), _lead(difference, disagreement))


def detectable(
    n: int, disagreement: float, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """Return the smallest difference in accuracy that McNemar's test finds with some power.

    None if not even the largest one, equal to the disagreement, is found so often: the test set is
    too small. The arguments are those of `mcnemar_power`; the result is right to 1e-6.
    """
    counts, chance = _discordant(n, disagreement)
    critical = _critical(counts, alpha)
    if n == 0 or disagreement <= 0 or _power(counts, chance, critical, 1.0) < power:
        return None
    low, high = 0.0, disagreement
    while high - low > 1e-6:
        middle = (low + high) / 2
        if _power(counts, chance, critical, _lead(middle, disagreement)) < power:
            low = middle
        else:
            high = middle
    return high


def _discordant(n: int, disagreement: float) -> tuple[Counts, NDArray[np.float64]]:
    """Return how many discordant items there may be, and the chance of each number."""
    from scipy.stats import binom

    least = int(binom.ppf(_LEFT_OUT / 2, n, disagreement))
    most = int(binom.isf(_LEFT_OUT / 2, n, disagreement))
    counts = np.arange(max(0, least), most + 1)
    return counts, np.asarray(binom.pmf(counts, n, disagreement))


def _lead(difference: float, disagreement: float) -> float:
    """Return the chance that a discordant item is in favour of the better classifier."""
    return 0.5 + abs(difference) / (2 * disagreement) if disagreement else 0.5


def _critical(counts: Counts, alpha: float) -> Counts:
    """Return, per number of discordant items, the largest lesser count that is significant; or -1.

    Two-sided, the exact p is twice the distribution function; the mid-p is less by the point
    probability.
    """
    from scipy.stats import binom

    first = binom.ppf(alpha / 2, counts, 0.5)
    p = 2 * binom.cdf(first, counts, 0.5)
    p -= np.where(counts < _FEW, binom.pmf(first, counts, 0.5), 0.0)
    even = 2 * first >= counts
    return np.asarray(np.where((p < alpha) & ~even, first, first - 1), dtype=np.int64)


def _power(counts: Counts, chance: NDArray[np.float64], critical: Counts, lead: float) -> float:
    from scipy.stats import binom

    # The lesser count is that of the worse classifier, or of the better one by bad luck.
    found = binom.cdf(critical, counts, 1 - lead) + binom.cdf(critical, counts, lead)
    return float(min(1.0, chance @ found))
