"""Whether one way of training is better than another, over the luck of the seed.

Almost stochastic order (del Barrio, Cuesta-Albertos and Matrán 2018), which Dror, Shlomov and
Reichart (2019) propose for scores that vary from seed to seed. Written from the formulas of the
two papers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def almost_stochastic_order(
    a: Sequence[float],
    b: Sequence[float],
    confidence: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> float:
    """Return how far, at most, the scores of `a` are from being better than those of `b`.

    0: `a` is better at every quantile; 1: `b` is; 0.5: neither. The value is an upper bound of the
    violation ratio that holds with the confidence given, kept within 0..1.

    Below 0.5 `a` is the better one rather than the worse. Read 0.2 as the limit: two samples of
    one distribution fall below 0.5 far oftener than the confidence says, the more so with few seeds
    (Ulmer, Hardmeier and Frellsen 2022). With three seeds, which say little of their spread, even
    0.2 is passed by chance now and then.

    Args:
        a: scores of the first, one per seed, higher is better.
        b: scores of the second; their number may differ.
        confidence: of the bound.
        draws: bootstrap samples, from which the deviation of the ratio is estimated.
        seed: of the draws.

    Raises:
        ValueError: one of the two has no score.
    """
    if not len(a) or not len(b):
        raise ValueError("there are no scores to put in order")
    from scipy.stats import norm

    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    generator = np.random.default_rng(seed)
    drawn = _violation(
        generator.choice(first, (draws, len(first))), generator.choice(second, (draws, len(second)))
    )
    found = float(_violation(first[None], second[None])[0])
    # Their sqrt(nm / (n + m)) cancels out: the deviation of the ratio itself is what remains.
    deviation = math.sqrt(float(np.mean((drawn - found) ** 2)))
    return float(np.clip(found + norm.ppf(confidence) * deviation, 0.0, 1.0))


def _violation(a: Floats, b: Floats) -> Floats:
    """Return the violation ratio of each pair of samples, shapes (draws, n) and (draws, m).

    The squared distance of the quantile functions (Wasserstein's) where `a` lies below `b`, over
    that everywhere. Quantile functions are steps, so the integral is a sum over the pieces between
    all i/n and j/m. Two equal samples have the ratio 0.5: neither is better.
    """
    n, m = a.shape[1], b.shape[1]
    # In units of 1 / (n m), so that shared steps fall together exactly.
    steps = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    left, length = steps[:-1], np.diff(steps) / (n * m)
    gaps = np.sort(a, axis=1)[:, left // m] - np.sort(b, axis=1)[:, left // n]
    everywhere = (gaps**2) @ length
    below = (np.minimum(gaps, 0.0) ** 2) @ length
    ratio = np.divide(below, everywhere, out=np.full(len(a), 0.5), where=everywhere > 0)
    return np.asarray(ratio)
