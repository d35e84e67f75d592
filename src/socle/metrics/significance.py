"""Whether a difference is more than chance, and how sure a proportion is.

For what is right or wrong item by item. Other metrics are resampled (`socle.metrics.resampling`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_FEW = 25
"""Below so many discordant items the mid-p replaces the exact p."""
_TINY = 1e-12

Test = Literal["mcnemar", "mcnemar mid-p"]


@dataclass(frozen=True)
class Paired:
    """Two classifiers compared on the same items."""

    a: float
    """Accuracy of the first."""
    b: float
    difference: float
    """`a` - `b`; `low` and `high` are its interval."""
    low: float
    high: float
    p: float
    """Two-sided, of McNemar's test."""
    test: Test
    only_a: int
    """How many items only the first has right; `only_b` likewise."""
    only_b: int


def proportion(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval that is printed beside a proportion; (0, 1) when n is 0.

    It is Wilson's at every n, as Brown, Cai and DasGupta (2001) recommend: its coverage is the
    nominal one on average over the true proportion. The exact interval covers more than it says
    and is wider (their "wastefully conservative"), and the normal one covers far less near 0 and
    1. Wilson's price is that close to 0 and 1 its coverage dips below the nominal one; for a
    promise, as of a least precision, take `clopper_pearson`.
    """
    return wilson(successes, n, confidence)


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson (1927) score interval of a proportion; (0, 1) when n is 0."""
    if n == 0:
        return 0.0, 1.0
    z = _z(confidence)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def clopper_pearson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a proportion; (0, 1) when n is 0.

    Clopper and Pearson (1934), from quantiles of the beta distribution. Whatever the true
    proportion is, each end is on the wrong side of it with a chance of at most
    (1 - confidence) / 2.
    """
    from scipy.stats import beta

    tail = 0.5 - confidence / 2
    low = float(beta.ppf(tail, successes, n - successes + 1)) if successes else 0.0
    high = float(beta.isf(tail, successes + 1, n - successes)) if successes < n else 1.0
    return low, high


def mcnemar(a_right: NDArray[np.bool_], b_right: NDArray[np.bool_]) -> float:
    """Return the two-sided p-value that two classifiers are equally often right.

    Both arrays, shape (n,), are about the same items. Exact binomial test on the items where only
    one is right (McNemar 1947); mid-p under 25 such items, where the exact test is too shy
    (Fagerland, Lydersen and Laake 2013).
    """
    return _mcnemar(*_discordant(a_right, b_right))


def paired(
    a_right: NDArray[np.bool_], b_right: NDArray[np.bool_], confidence: float = 0.95
) -> Paired:
    """Return both accuracies, their difference with its interval, and McNemar's test.

    Both arrays, shape (n,), are about the same items. The interval is `tango`. It goes with the
    score test, which rejects a little sooner than the exact one: near the limit it may leave out
    0 while p is just above 1 - confidence. The decision is that of p.
    """
    n = len(a_right)
    only_a, only_b = _discordant(a_right, b_right)
    low, high = tango(only_a, only_b, n, confidence)
    return Paired(
        a=float(a_right.mean()) if n else 0.0,
        b=float(b_right.mean()) if n else 0.0,
        difference=(only_a - only_b) / n if n else 0.0,
        low=low,
        high=high,
        p=_mcnemar(only_a, only_b),
        test="mcnemar mid-p" if only_a + only_b < _FEW else "mcnemar",
        only_a=only_a,
        only_b=only_b,
    )


def tango(only_a: int, only_b: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the score interval of the difference of two paired proportions.

    The difference is (only_a - only_b) / n. Tango (1998): all differences that the score test does
    not reject. It stays within -1..1, and is of use when the two never disagree. (-1, 1) when n
    is 0.
    """
    if n == 0:
        return -1.0, 1.0
    z = _z(confidence)
    return _lower(only_a, only_b, n, z), -_lower(only_b, only_a, n, z)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, in the order given (Holm 1979).

    Declaring those under 5 % keeps the chance of any false alarm among them under 5 %, however the
    tests depend on each other.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]


def _discordant(a_right: NDArray[np.bool_], b_right: NDArray[np.bool_]) -> tuple[int, int]:
    return int((a_right & ~b_right).sum()), int((b_right & ~a_right).sum())


def _mcnemar(only_a: int, only_b: int) -> float:
    n, low = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return 1.0
    from scipy.stats import binom

    p = min(1.0, 2 * float(binom.cdf(low, n, 0.5)))
    if n < _FEW:
        p -= float(binom.pmf(low, n, 0.5))
        if only_a == only_b:
            return 1.0
    return p


def _z(confidence: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(0.5 + confidence / 2))


def _lower(only_a: int, only_b: int, n: int, z: float) -> float:
    """Return the lower end of Tango's interval: where the score statistic is z."""
    from scipy.optimize import brentq

    def excess(difference: float) -> float:
        # The likeliest share of items that only b has right, given the difference.
        slope = (2 * n - only_a + only_b) * difference - only_a - only_b
        constant = -only_b * difference * (1 - difference)
        root = math.sqrt(max(0.0, slope * slope - 8 * n * constant))
        share = (root - slope) / (4 * n)
        variance = n * (2 * share + difference * (1 - difference))
        return only_a - only_b - n * difference - z * math.sqrt(max(0.0, variance))

    if only_b == n:
        return -1.0
    # Just below the estimate: at the estimate itself the variance can be 0 and the excess with it.
    return float(brentq(excess, -1.0, (only_a - only_b) / n - _TINY, xtol=_TINY))
