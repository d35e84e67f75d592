"""How quality grows with the number of labelled rows, and what more rows would bring.

The error on unseen texts falls as an inverse power law of the number of rows, with an offset that
no number of rows removes: a + b · n^-c (Hestness et al. 2017; of the shapes compared by Viering
and Loog, "The Shape of Learning Curves", 2023, one of the few that extrapolate). A forecast comes
with the band in which a measurement on the same test set would lie, and where the points do not
tell one law from another there is none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FACTORS = (1.5, 2.0, 4.0)
"""How many times the rows at hand a forecast looks ahead to."""

_FEWEST = 4
_EXPONENTS = np.geomspace(0.05, 1.5, 60)
_REPLICATES = 1000
_PRIOR_WEIGHT = 4.0
_LEAST_SPREAD = 1e-3
_WIDENED = 1.3
"""Real curves are no laws, and the bootstrap's own bands were too narrow for them. The factor was
chosen on the curves of two public sets, and no other set has confirmed it yet."""
_SURE = 2.0


@dataclass(frozen=True)
class Point:
    """What was measured at one size."""

    per_label: int
    """Rows of each label that were asked for; a label with fewer gave all it had."""
    n: int
    """Rows in all."""
    values: tuple[float, ...]
    """The metric, in 0..1, of each draw of that many rows."""

    @property
    def mean(self) -> float:
        """Mean over the draws."""
        return float(np.mean(self.values))

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the draws; None for a single one."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else None


@dataclass(frozen=True)
class Law:
    """Error = offset + scale · (n / n_last)^-exponent; all of shape () or (replicates,)."""

    offset: Floats
    scale: Floats
    exponent: Floats
    n_last: int

    def error(self, n: float) -> Floats:
        """Return the error after `n` rows."""
        ratio: float = n / self.n_last
        return np.asarray(self.offset + self.scale * ratio**-self.exponent)


@dataclass(frozen=True)
class Forecast:
    """What a metric would be at more rows, measured on the same test set."""

    n: int
    mean: float
    low: float
    high: float
    """The 95 % band of one measurement: it holds what is unknown of the law, and the draw."""


@dataclass(frozen=True)
class Outlook:
    """What more rows would bring, or why nobody can tell."""

    forecasts: tuple[Forecast, ...] = ()
    more: int = 0
    """About half as many rows again."""
    gain: float = 0.0
    """What the metric would gain from them, in 0..1."""
    margin: float = 0.0
    """Half of the gain's 95 % interval."""
    refusal: str = ""
    """Why there is no forecast."""

    def text(self) -> str:
        """Return the outlook in a sentence."""
        if self.refusal:
            return f"No forecast can be made: {self.refusal}."
        said = (
            f"{self.more:,} more labels: about {100 * self.gain:+.1f} ± {100 * self.margin:.1f} "
            "points"
        )
        return f"{said}." if self.gain > self.margin else f"{said}, so perhaps nothing."


def outlook(points: Sequence[Point], seed: int = 0, factors: Sequence[float] = FACTORS) -> Outlook:
    """Return what a few times the rows of the largest size would bring.

    The law is fitted by weighted least squares; its uncertainty comes from a parametric bootstrap
    over the spread of the draws, or over the distance of the means from the law if that is larger,
    with the heavier tails that few draws ask for (Student).

    Args:
        points: one per size, in any order.
        seed: of the bootstrap.
        factors: how many times the rows of the largest size to look ahead to.
    """
    known = sorted(points, key=lambda point: point.n)
    refusal = _refusal(known)
    if refusal:
        return Outlook(refusal=refusal)
    n = np.array([point.n for point in known], dtype=float)
    errors = np.array([1 - point.mean for point in known])
    draws = np.array([len(point.values) for point in known], dtype=float)
    spread = spreads(known)
    noise = spread / np.sqrt(draws)
    law = fit_law(n, errors, noise)
    left = (errors - _errors(law, n)) / noise
    free = len(known) - 3
    misfit = math.sqrt(max(1.0, float(left @ left) / free))
    rng = np.random.default_rng(seed)
    freedom = free + float((draws - 1).sum())
    tails = np.sqrt(freedom / rng.chisquare(freedom, (_REPLICATES, 1))) * misfit
    drawn = _errors(law, n) + tails * noise * rng.standard_normal((_REPLICATES, len(n)))
    laws = fit_law(n, drawn, noise)
    last = known[-1].n
    one = tails[:, 0] * spread[-1] * rng.standard_normal(_REPLICATES)
    forecasts = tuple(_forecast(law, laws, round(factor * last), one) for factor in factors)
    more = _rounded(last // 2)
    gains = laws.error(last) - laws.error(last + more)
    gain = float(law.error(last) - law.error(last + more))
    low, high = np.quantile(gains, [0.025, 0.975])
    margin = _WIDENED * max(float(high) - gain, gain - float(low))
    near = _forecast(law, laws, last + more, one)
    if near.high - near.low > known[-1].mean - known[0].mean:
        return Outlook(
            refusal=f"with {more:,} more labels it may be anything from {near.low:.2f} to "
            f"{near.high:.2f}, a wider range than all that was gained so far"
        )
    return Outlook(forecasts, more, gain, margin)


def fit_law(n: Floats, errors: Floats, noise: Floats) -> Law:
    """Fit by weighted least squares, with offset and scale of 0 or more and an exponent in range.

    For a given exponent the law is linear, and least squares has a closed form; exponents are
    tried on a grid.

    Args:
        n: rows, shape (points,), increasing.
        errors: shape (points,), or (replicates, points) for as many laws.
        noise: standard deviation of the errors, shape (points,).
    """
    w = 1.0 / noise**2
    y = np.atleast_2d(errors) * w
    x = (n / n[-1]) ** -_EXPONENTS[:, None]
    total, first, second = w.sum(), x @ w, (x * x) @ w
    against_one, against_x = y.sum(axis=1, keepdims=True), y @ x.T
    scale = (total * against_x - first * against_one) / (total * second - first**2)
    scale = np.maximum(scale, 0.0)
    offset = (against_one - scale * first) / total
    scale = np.where(offset < 0, np.maximum(against_x / second, 0.0), scale)
    offset = np.maximum(offset, 0.0)
    # The weighted squares without those of the errors, which are the same for every exponent.
    loss = offset * (offset * total - 2 * against_one) + 2 * offset * scale * first
    loss += scale * (scale * second - 2 * against_x)
    best = loss.argmin(axis=1)
    rows = np.arange(len(best))
    shape = np.shape(errors)[:-1]
    return Law(
        offset[rows, best].reshape(shape),
        scale[rows, best].reshape(shape),
        _EXPONENTS[best].reshape(shape),
        int(n[-1]),
    )


def spreads(points: Sequence[Point]) -> Floats:
    """Return the standard deviation of a single draw at each size, shape (points,).

    That of three draws is itself mostly chance: each is drawn towards the one that all sizes
    together ask for, falling with the square root of the rows.
    """
    n = np.array([point.n for point in points], dtype=float)
    free = np.array([len(point.values) - 1.0 for point in points])
    own = np.array([point.deviation or 0.0 for point in points]) ** 2
    shared = float((free * own * n).sum() / max(1.0, free.sum())) / n
    mixed = (_PRIOR_WEIGHT * shared + free * own) / (_PRIOR_WEIGHT + free)
    return np.asarray(np.maximum(np.sqrt(mixed), _LEAST_SPREAD))


def _refusal(points: Sequence[Point]) -> str:
    if len(points) < _FEWEST:
        sizes = f"{len(points)} size" + ("" if len(points) == 1 else "s")
        return f"it takes {_FEWEST} sizes, and there is room for {sizes} only"
    if max(len(point.values) for point in points) < 2:
        return "no size was drawn twice, so nobody knows how much is chance"
    noise = spreads(points) / np.sqrt([len(point.values) for point in points])
    logs = np.log([point.n for point in points])
    means = np.array([point.mean for point in points])
    w = 1.0 / noise**2
    away = logs - (w @ logs) / w.sum()
    slope = float((w * away) @ means / ((w * away) @ away))
    if slope * math.sqrt(float((w * away) @ away)) < _SURE:
        return (
            f"from {points[0].n:,} to {points[-1].n:,} rows the differences are no larger than "
            "those between draws of the same size"
        )
    return ""


def _errors(law: Law, n: Floats) -> Floats:
    return np.array([float(law.error(one)) for one in n])


def _forecast(law: Law, laws: Law, n: int, one: Floats) -> Forecast:
    mean = 1 - float(law.error(n))
    away = np.quantile(1 - laws.error(n) + one, [0.025, 0.975]) - mean
    low, high = (mean + _WIDENED * float(side) for side in away)
    return Forecast(n, mean, max(0.0, min(mean, low)), min(1.0, max(mean, high)))


def _rounded(n: int) -> int:
    """Return a number of rows with two digits that say something."""
    return max(1, round(n, 2 - len(str(n))))
