"""Whether a difference is more than chance, and how sure a proportion is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson (1927) score interval of a proportion; (0, 1) when n is 0."""
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + confidence / 2))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def mcnemar(a_right: NDArray[np.bool_], b_right: NDArray[np.bool_]) -> float:
    """Return the two-sided p-value that two classifiers are equally often right.

    Both arrays, shape (n,), are about the same items. Exact binomial test on the items where only
    one is right (McNemar 1947); mid-p under 25 such items, where the exact test is too shy
    (Fagerland, Lydersen and Laake 2013).
    """
    only_a = int((a_right & ~b_right).sum())
    only_b = int((b_right & ~a_right).sum())
    n, low = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return 1.0
    from scipy.stats import binom

    p = min(1.0, 2 * float(binom.cdf(low, n, 0.5)))
    if n < 25:
        p -= float(binom.pmf(low, n, 0.5))
        if only_a == only_b:
            return 1.0
    return p
