"""Answering only when sure enough: what silence buys, and the threshold that keeps a promise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

PRECISIONS = (0.8, 0.9, 0.95, 0.98, 0.99)
"""What a model is asked to promise."""
_POINTS = 100
_APART = 4


@dataclass(frozen=True)
class RiskCoverage:
    """The share of errors among the answers given, as the threshold falls; three arrays, (m,)."""

    coverage: Floats
    """Share of the texts that are answered, rising to 1."""
    risk: Floats
    """Share of errors among the answers given."""
    threshold: Floats
    """Answers with at least this confidence are given."""
    area: float
    """Mean risk over all coverages: lower is better, and 0 is no error at all."""


@dataclass(frozen=True)
class Threshold:
    """What is promised for one precision: answers that are at least this sure, and how many."""

    precision: float
    """The precision asked for."""
    threshold: float | None
    """Answers with at least this confidence are given; None when nothing can be promised."""
    coverage: float
    """Share of the examples that are answered; 0 when nothing can be promised."""
    observed: float | None
    """Precision on the examples themselves, which flatters: the threshold was chosen on them."""
    lower: float | None
    """Lower bound of the precision on texts to come; never below the precision asked for."""


def risk_coverage(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> RiskCoverage:
    """Return the risk at every coverage (El-Yaniv and Wiener 2010), thinned to 100 points at most.

    `confidence`, shape (n,), is that of the answers, `right` whether they are. Equal confidences
    are answered together or not at all; for the area (Geifman, Uziel and El-Yaniv 2019) they count
    as if drawn in random order, so that the order of the rows does not matter.
    """
    sure, ends, hits = _cuts(confidence, right)
    n = len(right)
    if n == 0:
        none = np.zeros(0)
        return RiskCoverage(none, none, none, 0.0)
    each = np.arange(1, n + 1)
    errors = np.interp(each, np.append(0, ends), np.append(0, ends - hits))
    steps = np.arange(1, _POINTS + 1) * n / _POINTS
    kept = np.unique(np.searchsorted(ends, steps - 1e-9))
    return RiskCoverage(
        ends[kept] / n,
        1.0 - hits[kept] / ends[kept],
        sure[kept],
        float(np.mean(errors / each)),
    )


def threshold_for(
    precision: float,
    confidence: NDArray[np.floating],
    right: NDArray[np.bool_],
    certainty: float = 0.95,
) -> Threshold:
    """Return the lowest threshold above which the precision can be promised.

    With the given certainty over the draw of the examples, shape (n,), answers to texts drawn as
    they were, and at least that sure, have at least this precision. The examples must be ones that
    the model has not learnt from. Each threshold has an exact binomial test (Clopper and Pearson
    1934), as in the selection with guaranteed risk of Geifman and El-Yaniv (2017). Trying many
    thresholds is paid for by a fixed order: from strict to loose, each may pass only if the one
    before did (fixed-sequence testing; Learn then Test, Angelopoulos et al. 2021). As an error
    among the few surest answers would end it there, it starts afresh at four times as many answers,
    sixteen times ..., each start with an equal part of the permitted error (the fallback procedure,
    Wiens 2003). The promise is exact where surer answers are not less often right.

    Raises:
        ValueError: precision or certainty is not between 0 and 1.
    """
    if not (0.0 < precision < 1.0 and 0.0 < certainty < 1.0):
        raise ValueError(f"precision {precision} and certainty {certainty} must be between 0 and 1")
    sure, ends, hits = _cuts(confidence, right)
    starts = _starts(precision, len(right), 1.0 - certainty)
    chosen, spent = _walked(precision, ends, hits, starts, 1.0 - certainty)
    if chosen < 0:
        return Threshold(precision, None, 0.0, None, None)
    from scipy.stats import beta

    n, k = int(ends[chosen]), int(hits[chosen])
    return Threshold(
        precision,
        float(sure[chosen]),
        n / len(right),
        k / n,
        float(beta.ppf(spent, k, n - k + 1)),
    )


def abstention_table(
    confidence: NDArray[np.floating],
    right: NDArray[np.bool_],
    precisions: Sequence[float] = PRECISIONS,
) -> list[dict[str, Any]]:
    """Return `precision`, `threshold`, `coverage` and `lower` for each precision, for JSON.

    Threshold and lower bound are None where nothing can be promised. Each row holds by itself with
    95 % certainty; see `threshold_for`.
    """
    found = [threshold_for(precision, confidence, right) for precision in precisions]
    return [
        {
            "precision": one.precision,
            "threshold": one.threshold,
            "coverage": one.coverage,
            "lower": one.lower,
        }
        for one in found
    ]


def _cuts(
    confidence: NDArray[np.floating], right: NDArray[np.bool_]
) -> tuple[Floats, Counts, Counts]:
    """Return each different confidence, falling, with the answers and right answers so far."""
    sure = np.asarray(confidence, dtype=np.float64)
    order = np.argsort(-sure, kind="stable")
    sure, hits = sure[order], np.cumsum(np.asarray(right, dtype=np.int64)[order])
    last = np.flatnonzero(np.append(sure[1:] != sure[:-1], True)) if len(sure) else order
    return sure[last], last + 1, hits[last]


def _starts(precision: float, n: int, error: float) -> list[int]:
    """Return after how many answers a search starts: the fewest that can pass, then more."""

    def fewest(parts: int) -> int:
        return max(1, math.ceil(math.log(error / parts) / math.log(precision)))

    parts = 1
    while fewest(parts + 1) * _APART**parts <= n:
        parts += 1
    return [fewest(parts) * _APART**i for i in range(parts)]


def _walked(
    precision: float, ends: Counts, hits: Counts, starts: list[int], error: float
) -> tuple[int, float]:
    """Return the loosest cut that passes, -1 for none, and the error that was spent on it."""
    from scipy.stats import binom

    p = binom.sf(hits - 1, ends, precision)
    chosen, spent, budget, begun = -1, 0.0, 0.0, 0
    for cut, n in enumerate(ends):
        while begun < len(starts) and starts[begun] <= n:
            budget += error / len(starts)
            begun += 1
        if p[cut] <= budget:
            chosen, spent = cut, budget
        else:
            budget = 0.0
    return chosen, spent
