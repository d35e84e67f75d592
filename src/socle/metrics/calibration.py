"""Making probabilities mean what they say, and measuring whether they do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
    n = len(probabilities)
    if n == 0:
        return 0.0
    order = np.argsort(probabilities, kind="stable")
    parts = np.array_split(order, min(bins, max(1, n // 10)))
    gaps = [len(p) * abs(float(probabilities[p].mean() - right[p].mean())) for p in parts]
    return float(sum(gaps) / n)
