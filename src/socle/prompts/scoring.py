"""From how likely a model finds each answer to scores of labels that are worth comparing.

A model prefers some words whatever the text is. What it prefers is estimated on texts without
labels, or on a few with, and taken off. Scores are natural logarithms, shape (n, labels), and a
softmax over them gives probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socle.errors import ModelError, PromptError
from socle.metrics.calibration import sigmoid, softmax

Floats = NDArray[np.float64]
How = Literal["sum", "mean", "pmi"]
_CLOSE = 1e-6
_TURNS = 200
_LEAVE_ONE_OUT = 32
_FOLDS, _FEW_FOLDS = 16, 4
_MANY = 100_000
"""Scores from which on a fit takes so long that few folds must do."""
_LEVEL = 0.01
"""Penalty on what all labels get alike, which only keeps it finite."""
_STRENGTHS = (1e6, 30.0, 10.0, 3.0, 1.0)
"""Penalties on the biases, from none at all being learnt to hardly any penalty."""


@dataclass(frozen=True)
class Calibration:
    """What scores are multiplied by, and what is then added for each label."""

    bias: Floats
    """Shape (labels,)."""
    scale: float = 1.0

    def apply(self, scores: NDArray[np.floating]) -> Floats:
        """Return calibrated scores, of the same shape."""
        return np.asarray(np.asarray(scores, dtype=np.float64) * self.scale + self.bias)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` needs."""
        return {"bias": self.bias.tolist(), "scale": self.scale}

    @staticmethod
    def from_json(facts: Mapping[str, Any]) -> Calibration:
        """Return what `to_json` described.

        Raises:
            ModelError: these are not its numbers.
        """
        try:
            bias, scale = np.asarray(facts["bias"], dtype=np.float64), float(facts["scale"])
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged() from error
        if bias.ndim != 1 or not np.isfinite(bias).all() or not math.isfinite(scale):
            raise _damaged()
        return Calibration(bias, scale)


def scored(
    likelihoods: NDArray[np.floating],
    how: How,
    tokens: NDArray[np.integer] | None = None,
    without: NDArray[np.floating] | None = None,
) -> Floats:
    """Return scores of labels, shape (n, labels).

    Args:
        likelihoods: of every label behind every prompt, sums over its tokens, (n, labels).
        how: `sum` as they are; `mean` over the tokens of a label, which does not punish long ones;
            `pmi` less how likely the label is anyway (Holtzman et al. 2021, domain-conditional).
        tokens: of every label, (labels,), for `mean`.
        without: likelihoods of the labels behind the prompt without a document, (labels,), for
            `pmi`.

    Raises:
        ValueError: what `how` needs is missing.
    """
    wide = np.asarray(likelihoods, dtype=np.float64)
    if how == "sum":
        return wide
    if how == "mean" and tokens is not None:
        return np.asarray(wide / np.maximum(tokens, 1))
    if how == "pmi" and without is not None:
        return np.asarray(wide - without)
    raise ValueError(f"scores by {how!r} need {'without' if how == 'pmi' else 'tokens'}")


def contextual(content_free: NDArray[np.floating]) -> Calibration:
    """Return the calibration that makes answers to texts without content even.

    Contextual calibration (Zhao et al. 2021): the labels' mean probability over prompts whose
    document says nothing, such as "N/A" or an empty one, is divided out.

    Args:
        content_free: scores of these prompts, shape (m, labels).
    """
    mean = softmax(_finite(content_free)).mean(axis=0)
    return _centred(-np.log(np.maximum(mean, np.finfo(np.float64).tiny)))


def batch(scores: NDArray[np.floating]) -> Calibration:
    """Return the calibration that takes off each label's mean score over texts without labels.

    Batch calibration (Zhou et al. 2023, arXiv 2309.17249), with the mean taken of the logarithms;
    it is the same whether these are normalised or not. It takes the labels to be about equally
    frequent in the texts.
    """
    return _centred(-_finite(scores).mean(axis=0))


def prior_matched(
    scores: NDArray[np.floating], prior: NDArray[np.floating] | None = None
) -> Calibration:
    """Return the calibration under which the mean probabilities over texts are those given.

    Args:
        scores: of texts without labels, shape (n, labels).
        prior: positive, (labels,); even by default.

    Raises:
        ValueError: the prior is not positive, or the scores are not finite.
        PromptError: no biases were found.
    """
    z = _finite(scores)
    n_labels = z.shape[1]
    goal = np.full(n_labels, 1.0) if prior is None else np.asarray(prior, dtype=np.float64)
    if goal.shape != (n_labels,) or not (goal > 0).all() or not np.isfinite(goal).all():
        raise ValueError("the prior must be positive, one number a label")
    goal = goal / goal.sum()
    z = z - z.max(axis=1, keepdims=True)
    bias = np.zeros(n_labels)
    # Very sure scores make the mean a staircase: it is climbed on softened ones first.
    softness = max(1.0, float(np.ptp(z)) / 4)
    while True:
        bias, gap = _matched(z / softness, goal, bias / softness)
        bias = bias * softness
        if softness == 1.0:
            break
        softness = max(1.0, softness / 2)
    if gap > _CLOSE:
        raise PromptError(
            f"No biases give the labels their share: {gap:.2g} off.",
            "The model's answers are too sure; give other words, or texts that differ more.",
        )
    return _centred(bias)


def fit_affine(
    scores: NDArray[np.floating],
    targets: NDArray[np.int64],
    start: Calibration | None = None,
) -> Calibration:
    """Return the bias of every label, and one scale, that make a few known answers likely.

    Penalties draw the biases towards those of `start`, and the scale towards its own. That of the
    biases is as strong as leaves held-out answers likeliest, each left out in turn up to 32, in 16
    folds beyond, in 4 of very many. The strongest learns the scale alone, which cannot change
    which label wins.

    Args:
        scores: of labelled texts, shape (n, labels).
        targets: (n,) for one label a text, (n, labels) of 0 and 1 for several.
        start: what was learnt without labels; by default `prior_matched` of the same scores with
            an even prior, or `batch` for several labels.
    """
    z = _finite(scores)
    several = targets.ndim == 2
    if start is None:
        start = batch(z) if several else prior_matched(z)
    goal = targets.astype(np.float64) if several else np.eye(z.shape[1])[targets]
    moved = start.apply(z)
    n = len(z)
    n_folds = n if n <= _LEAVE_ONE_OUT else _FOLDS if z.size <= _MANY else _FEW_FOLDS
    # Rows of one label may stand together, or in turn: drawn folds are of neither kind.
    folds = np.random.default_rng(0).permutation(n) % n_folds
    best, least = _STRENGTHS[0], np.inf
    for strength in _STRENGTHS if n > 1 else ():
        whole = _fitted(moved, goal, strength, np.zeros(z.shape[1] + 1), several)
        loss = 0.0
        for fold in range(int(folds.max()) + 1):
            out = folds == fold
            kept = _fitted(moved[~out], goal[~out], strength, whole, several)
            loss += _loss(_affine(moved[out], kept), goal[out], several)
        if loss < least - 1e-9:
            best, least = strength, loss
    found = _fitted(moved, goal, best, np.zeros(z.shape[1] + 1), several)
    factor = float(np.exp(found[0]))
    return Calibration(np.asarray(start.bias * factor + found[1:]), start.scale * factor)


def _matched(z: Floats, goal: Floats, bias: Floats) -> tuple[Floats, float]:
    """Return biases whose mean probabilities are the goal, and the largest gap that remains.

    Newton's method on a convex loss, mean(logsumexp(z + bias)) - goal . bias, with halved steps
    where it does not fall; where the curvature vanishes, a fixed-point step instead.
    """
    for _ in range(_TURNS):
        p = softmax(z + bias)
        mean = p.mean(axis=0)
        slope = mean - goal
        if np.abs(slope).max() <= _CLOSE / 10:
            break
        curvature = np.diag(mean) - p.T @ p / len(p) + 1e-10 * np.eye(len(goal))
        step = -np.linalg.solve(curvature, slope)
        before, size = _potential(z, goal, bias), 1.0
        while size > 1e-4 and not (
            _potential(z, goal, bias + size * step) <= before + 1e-4 * size * float(slope @ step)
        ):
            size /= 2
        if size > 1e-4:
            bias = bias + size * step
        else:
            bias = bias + np.log(goal) - np.log(np.maximum(mean, 1e-300))
        bias = bias - bias.mean()
    return bias, float(np.abs(softmax(z + bias).mean(axis=0) - goal).max())


def _potential(z: Floats, goal: Floats, bias: Floats) -> float:
    return float(_log_sum(z + bias).mean() - goal @ bias)


def _fitted(z: Floats, goal: Floats, strength: float, first: Floats, several: bool) -> Floats:
    """Return the logarithm of the scale and the biases, shape (1 + labels,), that cost least."""
    from scipy.optimize import minimize

    def cost(at: Floats) -> tuple[float, Floats]:
        moved = _affine(z, at)
        wrong = (sigmoid(moved) if several else softmax(moved)) - goal
        # What is added to all labels alike decides nothing, or how many are answered: it is free.
        level = at[1:].mean()
        apart = at[1:] - level
        penalty = 0.5 * (at[0] ** 2 + strength * float(apart @ apart) + _LEVEL * level**2)
        slope_scale = float((wrong * z).sum()) * math.exp(at[0]) + at[0]
        slope_bias = wrong.sum(axis=0) + strength * apart + _LEVEL * level / len(apart)
        return _loss(moved, goal, several) + penalty, np.concatenate([[slope_scale], slope_bias])

    limits = [(-5.0, 5.0), *[(None, None)] * z.shape[1]]
    return np.asarray(minimize(cost, first, jac=True, method="L-BFGS-B", bounds=limits).x)


def _affine(z: Floats, at: Floats) -> Floats:
    return np.asarray(z * math.exp(at[0]) + at[1:])


def _loss(z: Floats, goal: Floats, several: bool) -> float:
    """Return the sum of the log-losses."""
    if several:
        return float((np.logaddexp(0.0, z) - goal * z).sum())
    return float((_log_sum(z) - (z * goal).sum(axis=1)).sum())


def _log_sum(z: Floats) -> Floats:
    """Return the logarithm of the sum of the exponentials of each row."""
    top = z.max(axis=1)
    return np.asarray(top + np.log(np.exp(z - top[:, None]).sum(axis=1)))


def _centred(bias: Floats) -> Calibration:
    """Return biases with mean 0: what is added to all labels alike changes nothing."""
    return Calibration(np.asarray(bias - bias.mean()))


def _finite(scores: NDArray[np.floating]) -> Floats:
    z = np.asarray(scores, dtype=np.float64)
    if z.ndim != 2 or not z.size or not np.isfinite(z).all():
        raise ValueError("scores must be finite, shape (n, labels), and at least one row")
    return z


def _damaged() -> ModelError:
    return ModelError("The calibration of a saved prompt is damaged.", "Adapt the model again.")
