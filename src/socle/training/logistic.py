"""The linear head on frozen features: logistic regression, its strength chosen by folds.

Full-batch L-BFGS in float32 along a path from strong to weak regularisation, each step starting
from the last: on a few thousand texts the whole path costs about as much as one cold fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from socle.heads.pooled import LinearHead
from socle.machine import physical_cores
from socle.metrics import calibration, labels

if TYPE_CHECKING:
    import torch

STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Inverse regularisation, as C of scikit-learn on features of unit variance divided by width."""

_PATIENCE = 2
_WORTH_THREADS = 1 << 20

Floats = NDArray[np.float32]
Targets = NDArray[np.int64]


@dataclass(frozen=True)
class Fitted:
    """A head with what the folds said of it."""

    head: LinearHead
    strength: float
    held_out: Floats
    """Scores of every training example by a head that did not see it, shape (n, labels)."""
    temperature: float
    """Factor that makes the scores calibrated."""
    by_strength: dict[float, float]
    """Mean log-loss over the folds, by strength."""

    @property
    def loss(self) -> float:
        """Mean log-loss over the folds at the chosen strength."""
        return self.by_strength[self.strength]


def fit_logistic(
    features: Floats, targets: Targets, n_labels: int, folds: Sequence[NDArray[np.int64]]
) -> Fitted:
    """Fit a head on features, shape (n, width), and targets, (n,) or (n, labels).

    `folds` are disjoint arrays of row numbers that cover all rows; each is held out once. The
    strength with the lowest held-out log-loss wins; weaker ones are left out once two in a row
    have made a fold's loss worse.
    """
    goal = labels.indicators(targets, n_labels).astype(np.float32)
    several = targets.ndim == 2
    paths = np.zeros((len(STRENGTHS), len(features), n_labels), dtype=np.float32)
    reached = len(STRENGTHS)
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(features)), fold)
        scaler = _Scaler(features[rest])
        path = _path(scaler(features[rest]), goal[rest], several, STRENGTHS[:reached])
        held, losses = scaler(features[fold]), []
        for i, head in enumerate(path):
            paths[i, fold] = head.scores(held)
            losses.append(_loss(paths[i, fold], targets[fold]))
            if i - int(np.argmin(losses)) >= _PATIENCE:
                reached = i + 1
                break
    by_strength = {STRENGTHS[i]: _loss(paths[i], targets) for i in range(reached)}
    strength = min(by_strength, key=lambda one: by_strength[one])
    best = STRENGTHS.index(strength)
    scaler = _Scaler(features)
    *_, head = _path(scaler(features), goal, several, STRENGTHS[: best + 1])
    return Fitted(
        scaler.folded(head),
        strength,
        paths[best],
        calibration.fit_temperature(paths[best], targets),
        by_strength,
    )


def fit_once(features: Floats, targets: Targets, n_labels: int, strength: float) -> LinearHead:
    """Fit a head at a known strength."""
    goal = labels.indicators(targets, n_labels).astype(np.float32)
    scaler = _Scaler(features)
    (head,) = _path(scaler(features), goal, targets.ndim == 2, (strength,))
    return scaler.folded(head)


class _Scaler:
    """Centres features and brings them to a common scale; folds into the head afterwards."""

    def __init__(self, features: Floats) -> None:
        self.mean = features.mean(axis=0)
        spread = float((features - self.mean).std()) or 1.0
        self.factor = 1.0 / (spread * np.sqrt(features.shape[1]))

    def __call__(self, features: Floats) -> Floats:
        return np.asarray((features - self.mean) * self.factor, dtype=np.float32)

    def folded(self, head: LinearHead) -> LinearHead:
        weight = np.asarray(head.weight * self.factor, dtype=np.float32)
        return LinearHead(weight, np.asarray(head.bias - self.mean @ weight, dtype=np.float32))


def _loss(scores: Floats, targets: Targets) -> float:
    """Mean log-loss at the best temperature: what matters is the order, calibration comes after."""
    factor = calibration.fit_temperature(scores, targets)
    if targets.ndim == 2:
        z = scores * factor
        return float(np.mean(np.logaddexp(0.0, z) - targets * z))
    p = calibration.softmax(scores * factor)
    return float(-np.log(np.maximum(p[np.arange(len(p)), targets], 1e-12)).mean())


def _path(
    features: Floats, goal: Floats, several: bool, strengths: Sequence[float]
) -> Iterator[LinearHead]:
    """Fit along a path of strengths, in coordinates in which the loss is nearly round.

    The curvature of the loss is at most a quarter of the features' covariance for each label
    (Böhning 1992), plus the penalty: scaling its eigenvectors accordingly leaves L-BFGS a dozen
    steps where embeddings as they are, nearly collinear, took it a hundred.
    """
    import torch

    # A small product is over before a second thread has woken up.
    torch.set_num_threads(physical_cores() if features.size > _WORTH_THREADS else 1)
    x, y = torch.from_numpy(features), torch.from_numpy(goal)
    n = len(x)
    spread, axes = torch.linalg.eigh(x.T @ x / n)
    spread, turned = spread.clamp(min=0), x @ axes
    weight, bias = torch.zeros(x.shape[1], y.shape[1]), torch.zeros(y.shape[1], requires_grad=True)
    for strength in strengths:
        penalty = 1.0 / (2 * strength * n)
        scale = (spread / 4 + 2 * penalty).rsqrt().unsqueeze(1)
        moved = (weight / scale).requires_grad_()
        rounded = turned * scale.T
        solver = torch.optim.LBFGS(
            [moved, bias],
            max_iter=100,
            tolerance_grad=1e-5,
            tolerance_change=1e-7,
            history_size=10,
            line_search_fn="strong_wolfe",
        )

        def step(
            penalty: float = penalty,
            solver: torch.optim.LBFGS = solver,
            moved: torch.Tensor = moved,
            rounded: torch.Tensor = rounded,
            scale: torch.Tensor = scale,
        ) -> torch.Tensor:
            solver.zero_grad()
            loss = _mean_loss(rounded @ moved + bias, y, several)
            loss = loss + penalty * (moved * scale).square().sum()
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        solver.step(step)  # type: ignore[no-untyped-call]
        weight = (moved * scale).detach()
        yield LinearHead((axes @ weight).numpy(), bias.detach().numpy().copy())


def _mean_loss(scores: torch.Tensor, goal: torch.Tensor, several: bool) -> torch.Tensor:
    import torch

    if several:
        entropy = torch.nn.functional.binary_cross_entropy_with_logits
        return entropy(scores, goal, reduction="sum") / len(goal)
    return -(torch.log_softmax(scores, 1) * goal).sum() / len(goal)
