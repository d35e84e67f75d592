"""How sure any metric is, and any difference: the bootstrap over units or groups of them.

A metric is given as additive statistics per unit, shape (n, k), and a function that turns summed
statistics, shape (draws, k), into values of the metric, shape (draws,). Accuracy, F1 of labels or
spans, attachment scores and BLEU are all such metrics. A unit is what was drawn independently: a
document, a sentence, not a token. Where units come in groups (sentences of one document, reviews of
one author), whole groups are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistics = NDArray[np.floating] | NDArray[np.integer] | NDArray[np.bool_]
Finish = Callable[[Floats], Floats]

_CHUNK = 1_000_000
"""Numbers in the largest array of a chunk of draws."""
_SLACK = 1e-12
"""Sums in another order may differ in the last digits."""
_SPARSE = 0.1
"""Below this share of statistics that are not 0, the product skips the zeros."""


@dataclass(frozen=True)
class Estimate:
    """The value of a metric with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """Two systems compared on the same units; `difference` is `a` - `b`, with its 95 % interval."""

    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    test: Literal["paired bootstrap"] = "paired bootstrap"


def bootstrap(
    stats: Statistics,
    finish: Finish,
    *,
    groups: NDArray[Any] | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Estimate:
    """Return the value of a metric and its bootstrap interval.

    Bias-corrected and accelerated (BCa, Efron 1987), with tails widened to what Student's t asks
    for at so many units (as Hesterberg 2015 does for percentiles). Bare percentiles will not do:
    samples see few examples of rare labels, so that macro-F1 over many labels is too low in them,
    and their interval lies too low.

    Where all units are alike, as when all answers are right, the interval has no width; nearly so,
    it is too narrow. A share of right answers has a better one in `socle.metrics.significance`.
    With a handful of examples per label no bootstrap interval of macro-F1 holds its promise.

    Args:
        stats: statistics per unit, shape (n, k).
        finish: turns sums, shape (draws, k), into values, shape (draws,).
        groups: group of each unit, shape (n,); None where each unit stands for itself.
        draws: number of bootstrap samples.
        seed: of the draws.

    Raises:
        ValueError: there are fewer than two units, or groups, to draw from.
    """
    units = _units(np.asarray(stats), groups)
    value = _value(units, finish)
    values = np.concatenate([finish(sums) for sums in _resampled(units, draws, seed)])
    low, high = _accelerated(value, values, _jackknife(units, finish))
    return Estimate(value, low, high)


def paired_bootstrap(
    a: Statistics,
    b: Statistics,
    finish: Finish,
    *,
    groups: NDArray[Any] | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Difference:
    """Return the difference of two systems, its interval and a two-sided p-value.

    Both systems are resampled together. p is the chance of a deviation from the difference found
    at least as large as that difference itself: the bootstrap distribution shifted to the null
    (Efron and Tibshirani 1993, chapter 16), with one added to both counts, so that it is never 0
    (Davison and Hinkley 1997, chapter 4), read on Student's t with as many units. The interval is
    the one that belongs to this test: symmetric about the difference (Hall 1988). Percentile and
    BCa intervals of a difference are too narrow for small test sets.

    Where few units differ, resampling cannot know how little that says. p is therefore never below
    what exchanging the answers of d differing units can reach as a mid-p, 2 ** -d; up to four
    such units the interval may leave out 0 while p does not. The decision is that of p.

    Args:
        a: statistics per unit of the first system, shape (n, k).
        b: the same of the second; row i is about the same unit.
        finish: as in `bootstrap`.
        groups: as in `bootstrap`.
        draws: number of bootstrap samples.
        seed: of the draws.

    Raises:
        ValueError: the two differ in shape, or there are fewer than two units to draw from.
    """
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape:
        raise ValueError(f"statistics of shape {first.shape} against {second.shape}")
    k = first.shape[1]
    units = _units(np.concatenate([first, second], axis=1), groups)
    n, value_a, value_b = len(units), _value(units[:, :k], finish), _value(units[:, k:], finish)
    difference = value_a - value_b
    values = np.concatenate(
        [finish(sums[:, :k]) - finish(sums[:, k:]) for sums in _resampled(units, draws, seed)]
    )
    deviations = np.abs(values - difference)
    half = float(np.quantile(deviations, 1 - 2 * _tail(n)))
    differing = int((units[:, :k] != units[:, k:]).any(axis=1).sum())
    p = max(_p_value(deviations, difference, n), 2.0**-differing)
    return Difference(value_a, value_b, difference, difference - half, difference + half, p)


def accuracy_statistics(right: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return per item whether it is right, and one, shape (n, 2)."""
    return np.stack([right, np.ones_like(right)], axis=1).astype(np.int64)


def accuracy(sums: Floats) -> Floats:
    """Return accuracies from summed `accuracy_statistics`, shape (draws, 2)."""
    return sums[:, 0] / sums[:, 1]


def macro_f1_statistics(
    gold: NDArray[np.int64], predicted: NDArray[np.int64], n_labels: int
) -> NDArray[np.int8]:
    """Return per item, label by label, whether it is hit, predicted and gold: shape (n, 3 labels).

    Targets are label numbers, shape (n,), or zeros and ones, shape (n, labels).
    """
    there, said = _indicators(gold, n_labels), _indicators(predicted, n_labels)
    return np.concatenate([there & said, said, there], axis=1)


def macro_f1(sums: Floats) -> Floats:
    """Return macro-F1 from summed `macro_f1_statistics`, shape (draws, 3 labels).

    The mean over the labels that occur in gold or predicted, as in `socle.metrics.labels.scores`;
    0 if none does.
    """
    hits, said, there = np.split(sums, 3, axis=1)
    total = said + there
    f1 = np.divide(2 * hits, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(f1.sum(axis=1) / np.maximum((total > 0).sum(axis=1), 1))


def _indicators(targets: NDArray[np.int64], n_labels: int) -> NDArray[np.int8]:
    if targets.ndim == 2:
        return targets.astype(np.int8)
    return np.asarray(targets[:, None] == np.arange(n_labels), dtype=np.int8)


def _units(stats: NDArray[Any], groups: NDArray[Any] | None) -> NDArray[Any]:
    """Return the statistics of what is drawn: of each unit, or summed over each group."""
    if groups is not None:
        names, group = np.unique(groups, return_inverse=True)
        summed = np.zeros((len(names), stats.shape[1]))
        np.add.at(summed, group, stats)
        stats = summed
    if len(stats) < 2:
        raise ValueError("fewer than two units: nothing can be said of their spread")
    return stats


def _value(units: NDArray[Any], finish: Finish) -> float:
    return float(finish(units.sum(axis=0, dtype=np.float64)[None])[0])


def _resampled(units: NDArray[Any], draws: int, seed: int) -> Iterator[Floats]:
    """Yield the sums of `draws` samples of units, in chunks of shape (some, k).

    Units with the same statistics are drawn as one kind, which is the same lottery with far fewer
    tickets: of many answers most are alike. Drawing means counting how often each kind comes, and
    the sums are one matrix product.
    """
    generator = np.random.default_rng(seed)
    kind = _kinds(units)
    _, first, count = np.unique(kind, return_index=True, return_counts=True)
    n, kinds = len(units), len(count)
    rows = units[first].astype(np.float64, copy=False)
    if np.count_nonzero(rows) < _SPARSE * rows.size:
        from scipy.sparse import csr_array

        rows = csr_array(rows)
    # A binomial number per kind is dearer than an index per unit, unless kinds are few.
    few = kinds * 8 < n
    size = max(1, _CHUNK // max(kinds if few else n, units.shape[1]))
    for start in range(0, draws, size):
        some = min(size, draws - start)
        if few:
            drawn = generator.multinomial(n, count / n, size=some)
        else:
            drawn = kind[generator.integers(0, n, size=(some, n), dtype=np.int32)]
            drawn += np.arange(some)[:, None] * kinds
            drawn = np.bincount(drawn.ravel(), minlength=some * kinds).reshape(some, kinds)
        yield np.asarray(drawn @ rows)


def _kinds(units: NDArray[Any]) -> NDArray[np.int64]:
    """Return a number per unit, from 0, the same for units whose statistics are the same."""
    seen: dict[bytes, int] = {}
    keys = (blake2b(row.tobytes(), digest_size=16).digest() for row in units)
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)


def _jackknife(units: NDArray[Any], finish: Finish) -> Floats:
    """Return the values of the metric with each unit left out in turn, shape (n,)."""
    total = units.sum(axis=0, dtype=np.float64)
    size = max(1, _CHUNK // units.shape[1])
    parts = (units[start : start + size] for start in range(0, len(units), size))
    return np.concatenate([finish(total - part) for part in parts])


def _accelerated(value: float, values: Floats, left_out: Floats) -> tuple[float, float]:
    """Return the BCa interval; `left_out` are the values of the jackknife."""
    from scipy.stats import norm

    same = np.isclose(values, value, rtol=0, atol=_SLACK)
    below = ((values < value) & ~same).mean() + same.mean() / 2
    bias = norm.ppf(np.clip(below, 1 / len(values), 1 - 1 / len(values)))
    influence = left_out.mean() - left_out
    spread = float((influence**2).sum())
    skew = float((influence**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    ends = bias + norm.ppf(_tail(len(left_out))) * np.array([1, -1])
    # Positive unless units are so few that Student's t is far beyond the normal quantile.
    stretch = np.maximum(1 - skew * ends, _SLACK)
    low, high = np.quantile(values, norm.cdf(bias + ends / stretch))
    return float(low), float(high)


def _tail(n: int) -> float:
    """Return the tail whose normal quantile is that of Student's t at 2.5 %, for n units.

    Samples of n units spread too little, by the factor (n - 1) / n of the variance: undone here.
    """
    from scipy.stats import norm, t

    return float(norm.sf(t.isf(0.025, n - 1) * np.sqrt(n / (n - 1))))


def _p_value(deviations: Floats, difference: float, n: int) -> float:
    from scipy.stats import norm, t

    far = int((deviations >= abs(difference) - _SLACK).sum())
    p = (1 + far) / (1 + len(deviations))
    return float(2 * t.sf(norm.isf(p / 2) * np.sqrt((n - 1) / n), n - 1))
