"""How far the states of a network have moved: the same tokens, before and after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def linear_cka(before: Floats, after: Floats) -> float:
    """Return how alike two sets of states are, in 0..1 (linear CKA, Kornblith et al. 2019).

    A rotation or a common scale of the space does not count: 1 says that the same items stand in
    the same place to each other. Both are (n, width), the widths may differ; n should be well above
    them, or everything looks alike. 0 where one side does not vary but the other does, 1 where
    neither does.
    """
    x, y = _centred(before), _centred(after)
    own = float(np.linalg.norm(x.T @ x)), float(np.linalg.norm(y.T @ y))
    if min(own) == 0.0:
        return float(max(own) == 0.0)
    return min(1.0, float(np.square(np.linalg.norm(x.T @ y))) / (own[0] * own[1]))


def mean_cosine(before: Floats, after: Floats) -> float:
    """Return the mean cosine of each state with itself before, in -1..1; both (n, width).

    Unlike CKA it sees a rotation, as everything does that was fitted on the states before. A state
    of length zero counts as 1 beside another one, as 0 beside any other.
    """
    x, y = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if len(x) == 0:
        return 1.0
    long = np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1)
    product = long[0] * long[1]
    both_zero = (long[0] == 0) & (long[1] == 0)
    cosines = np.divide((x * y).sum(1), product, out=both_zero.astype(float), where=product > 0)
    return float(np.clip(cosines.mean(), -1.0, 1.0))


def _centred(states: Floats) -> NDArray[np.float64]:
    wide = np.asarray(states, dtype=np.float64)
    return wide - wide.mean(axis=0) if len(wide) else wide
