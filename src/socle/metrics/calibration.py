"""Making probabilities mean what they say, and measuring whether they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence: one point of a reliability diagram."""

    low: float
    """The lowest confidence among them."""
    high: float
    """The highest."""
    confidence: float
    """The mean, which the accuracy should equal."""
    accuracy: float
    count: int


def softmax(scores: NDArray[np.floating]) -> Floats:
    """Return probabilities over the last axis."""
    shifted = np.asarray(scores, dtype=np.float64)
    shifted = shifted - shifted.max(axis=-1, keepdims=True)
    raised = np.exp(shifted)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def sigmoid(scores: NDArray[np.floating]) -> Floats:
    """Return the logistic function of every score, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(scores, dtype=np.float64))))


def fit_temperature(scores: NDArray[np.floating], targets: NDArray[np.int64]) -> float:
    """Return the factor that, multiplied with the scores, gives the likeliest targets.

    Temperature scaling (Guo et al. 2017) as its inverse. `scores` has shape (n, labels); `targets`
    is (n,) for one label per text or (n, labels) for several. The scores must come from examples
    that the model was not trained on. Returns a factor in 0.01..100.
    """
    from scipy.optimize import minimize_scalar

    wide = np.asarray(scores, dtype=np.float64)

    def loss(log_factor: float) -> float:
        z = wide * np.exp(log_factor)
        if targets.ndim == 2:
            return float(np.mean(np.logaddexp(0.0, z) - targets * z))
        top = z.max(axis=1)
        log_sum = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
        return float(np.mean(log_sum - z[np.arange(len(z)), targets]))

    limit = float(np.log(100.0))
    best = minimize_scalar(loss, bounds=(-limit, limit), method="bounded")
    return float(np.exp(best.x))


def expected_calibration_error(
    probabilities: NDArray[np.floating], right: NDArray[np.bool_], bins: int = 15
) -> float:
    """Return the mean gap between confidence and accuracy (ECE, Naeini et al. 2015).

    `probabilities`, shape (n,), are those of the answers given; bins hold equally many answers,
    which keeps the estimate steady when most answers are sure (Nguyen and O'Connor 2015).
    """
    parts = reliability(probabilities, right, bins)
    gaps = [part.count * abs(part.confidence - part.accuracy) for part in parts]
    return float(sum(gaps) / max(1, len(probabilities)))


def reliability(
    probabilities: NDArray[np.floating], right: NDArray[np.bool_], bins: int = 10
) -> list[Bin]:
    """Return confidence and accuracy in bins of equally many answers, least sure first.

    `probabilities`, shape (n,), are those of the answers given, `right` whether they are. Under
    ten answers a bin there are fewer bins; without answers there is none.
    """
    n = len(probabilities)
    if n == 0:
        return []
    order = np.argsort(probabilities, kind="stable")
    return [
        Bin(
            low=float(probabilities[part[0]]),
            high=float(probabilities[part[-1]]),
            confidence=float(probabilities[part].mean()),
            accuracy=float(right[part].mean()),
            count=len(part),
        )
        for part in np.array_split(order, min(bins, max(1, n // 10)))
    ]
