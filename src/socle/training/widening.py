"""A linear head over old labels and new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from socle.heads.memory import Memory
from socle.heads.pooled import LinearHead
from socle.metrics.calibration import fit_temperature
from socle.training.features import Features
from socle.training.logistic import fit_logistic

Numbers = NDArray[np.int64]

_MOST_DRAWN = 2000


@dataclass(frozen=True)
class Widened:
    """A head over all labels."""

    head: LinearHead
    """Calibrated."""
    memory: Memory
    """Of old labels and new."""
    strength: float | None = None
    """Of the regularisation; None where the head follows from the memory."""


def from_rows(
    features: Features, targets: Numbers, n_labels: int, folds: Sequence[Numbers]
) -> Widened:
    """Fit a head on vectors of rows of all labels, shape (n, width), with one label each, (n,)."""
    fitted = fit_logistic(features, targets, n_labels, folds)
    head = _scaled(fitted.head.weight, fitted.head.bias, fitted.temperature)
    return Widened(head, Memory.of(features, targets, n_labels), fitted.strength)


def from_memory(
    features: Features, targets: Numbers, remembered: Memory, folds: Sequence[Numbers], seed: int
) -> Widened:
    """Return the head that follows from what is remembered and from new rows.

    Nothing is fitted but the scale of its scores, on new rows that it has not seen and on drawn
    vectors of the old labels. benchmarks/add_label.py measures it beside a head fitted on the old
    rows themselves, and on vectors drawn in their place.

    Args:
        features: of the new rows, shape (n, width).
        targets: their labels, numbered among all, (n,).
        remembered: the old labels, numbered among all; no count for the new ones.
        folds: disjoint rows that cover all.
        seed: of the draw.
    """
    n_labels = len(remembered.counts)
    drawn, old = remembered.draw(np.random.default_rng(seed), _counts(remembered))
    held_out = np.zeros((len(features), n_labels), dtype=np.float32)
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(features)), fold)
        part = remembered.joined(Memory.of(features[rest], targets[rest], n_labels))
        held_out[fold] = LinearHead(*part.head()).scores(features[fold])
    memory = remembered.joined(Memory.of(features, targets, n_labels))
    weight, bias = memory.head()
    scores = np.concatenate([held_out, LinearHead(weight, bias).scores(drawn)])
    factor = fit_temperature(scores, np.concatenate([targets, old]))
    return Widened(_scaled(weight, bias, factor), memory)


def _scaled(weight: Features, bias: Features, factor: float) -> LinearHead:
    return LinearHead(weight * np.float32(factor), bias * np.float32(factor))


def _counts(memory: Memory) -> Numbers:
    """Return how many vectors to draw: as many as each label had, fewer in proportion if many."""
    share = min(1.0, _MOST_DRAWN / max(1, int(memory.counts.max())))
    return np.asarray(np.ceil(memory.counts * share), dtype=np.int64)
