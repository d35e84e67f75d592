"""A head over old labels and new: what is remembered stands for rows."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.heads.memory import Memory
from socle.metrics.calibration import softmax
from socle.training import widening
from socle.training.widening import from_memory, from_rows

CENTRES = np.random.default_rng(3).normal(0, 2, (3, 8))
Drawn = tuple[NDArray[np.float32], NDArray[np.int64]]


def rows(labels: list[int], n: int, seed: int) -> Drawn:
    rng = np.random.default_rng(seed)
    targets = np.repeat(labels, n)
    return (CENTRES[targets] + rng.normal(0, 1, (len(targets), 8))).astype(np.float32), targets


def folds(n: int) -> list[NDArray[np.int64]]:
    return [np.arange(i, n, 3) for i in range(3)]


def right(head: widening.LinearHead, test: Drawn) -> NDArray[np.float64]:
    said = head.scores(test[0]).argmax(1)
    return np.array([(said == test[1])[test[1] == label].mean() for label in range(3)])


def remembered() -> Memory:
    features, targets = rows([0, 2], 100, 0)
    return Memory.of(features, targets, 3)


def test_what_is_remembered_does_as_well_as_rows() -> None:
    old, fresh, test = rows([0, 2], 100, 0), rows([1], 40, 1), rows([0, 1, 2], 200, 2)
    by_memory = from_memory(*fresh, remembered(), folds(40), 0)
    both = (np.concatenate([old[0], fresh[0]]), np.concatenate([old[1], fresh[1]]))
    by_rows = from_rows(*both, 3, folds(240))
    assert right(by_rows.head, test).min() > 0.9
    assert (np.abs(right(by_memory.head, test) - right(by_rows.head, test)) < 0.05).all()
    assert by_memory.strength is None
    assert by_rows.strength is not None


def test_the_new_memory_holds_old_labels_and_new() -> None:
    old, fresh = rows([0, 2], 100, 0), rows([1], 40, 1)
    found = from_memory(*fresh, remembered(), folds(40), 0).memory
    whole = Memory.of(np.concatenate([old[0], fresh[0]]), np.concatenate([old[1], fresh[1]]), 3)
    assert found.counts.tolist() == [100, 40, 100]
    assert found.means == pytest.approx(whole.means, abs=1e-4)
    assert found.covariance == pytest.approx(whole.covariance, abs=1e-3)


def test_probabilities_mean_what_they_say() -> None:
    fresh, test = rows([1], 40, 1), rows([0, 1, 2], 300, 2)
    sure = softmax(from_memory(*fresh, remembered(), folds(40), 0).head.scores(test[0]))
    good = sure.argmax(1) == test[1]
    assert abs(float(sure.max(1).mean() - good.mean())) < 0.04


def test_of_large_labels_few_are_drawn() -> None:
    memory = Memory(
        np.zeros((2, 8), np.float32), np.eye(8, dtype=np.float32), np.array([50_000, 500])
    )
    assert widening._counts(memory).tolist() == [2000, 20]
