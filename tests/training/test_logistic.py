"""The linear head: as scikit-learn's at the same strength, and honest about what it held out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from socle.metrics.calibration import fit_temperature, softmax
from socle.training import logistic
from socle.training.logistic import STRENGTHS, Fitted, fit_logistic, fit_once

N, WIDTH, LABELS = 150, 12, 3


def data(several: bool, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return features far from centred and scaled, and noisy targets that depend on them."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(N, WIDTH))
    scores = raw @ rng.normal(size=(WIDTH, LABELS)) + rng.gumbel(size=(N, LABELS))
    targets = (scores > 0).astype(np.int64) if several else scores.argmax(1)
    return (7 * raw + 40).astype(np.float32), targets


def five_folds() -> list[NDArray[np.int64]]:
    return [np.arange(N)[i::5] for i in range(5)]


def scaled(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return features of mean 0 and spread 1, divided by the root of the width."""
    centred = features - features.mean(0)
    return np.asarray(centred / centred.std() / np.sqrt(WIDTH), dtype=np.float64)


@pytest.mark.parametrize("strength", [0.1, 1.0, 30.0])
def test_one_label_is_the_regression_of_scikit_learn(strength: float) -> None:
    features, targets = data(several=False)
    ours = softmax(fit_once(features, targets, LABELS, strength).scores(features))
    theirs = LogisticRegression(C=strength, tol=1e-8, max_iter=10_000)
    theirs.fit(scaled(features), targets)
    assert np.allclose(ours, theirs.predict_proba(scaled(features)), atol=2e-3)


@pytest.mark.parametrize("strength", [0.1, 1.0, 30.0])
def test_several_labels_are_one_regression_each(strength: float) -> None:
    features, targets = data(several=True)
    found = fit_once(features, targets, LABELS, strength).scores(features)
    for label in range(LABELS):
        theirs = LogisticRegression(C=strength, tol=1e-8, max_iter=10_000)
        theirs.fit(scaled(features), targets[:, label])
        expected = theirs.decision_function(scaled(features))
        assert np.allclose(found[:, label], expected, atol=2e-2)


@pytest.mark.parametrize("several", [False, True])
def test_no_row_is_scored_by_a_head_that_saw_it(
    several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logistic, "STRENGTHS", (1.0,))
    features, targets = data(several)
    before = fit_logistic(features, targets, LABELS, five_folds())
    changed = targets.copy()
    changed[10] = 1 - changed[10] if several else (changed[10] + 1) % LABELS
    after = fit_logistic(features, changed, LABELS, five_folds())
    fold = next(fold for fold in five_folds() if 10 in fold)
    assert np.array_equal(after.held_out[fold], before.held_out[fold])
    rest = np.setdiff1d(np.arange(N), fold)
    assert not np.array_equal(after.held_out[rest], before.held_out[rest])


def test_the_held_out_scores_are_those_of_a_head_on_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logistic, "STRENGTHS", (3.0,))
    features, targets = data(several=False)
    found = fit_logistic(features, targets, LABELS, five_folds())
    fold = five_folds()[2]
    rest = np.setdiff1d(np.arange(N), fold)
    head = fit_once(features[rest], targets[rest], LABELS, 3.0)
    assert np.allclose(found.held_out[fold], head.scores(features[fold]), atol=1e-2)


@pytest.mark.parametrize("several", [False, True])
def test_the_strength_with_the_lowest_held_out_loss_wins(several: bool) -> None:
    features, targets = data(several)
    found: Fitted = fit_logistic(features, targets, LABELS, five_folds())
    assert tuple(found.by_strength) == STRENGTHS
    assert found.loss == min(found.by_strength.values())
    assert found.by_strength[found.strength] == found.loss


@pytest.mark.parametrize("several", [False, True])
def test_the_scores_are_calibrated_by_the_temperature(several: bool) -> None:
    features, targets = data(several)
    found = fit_logistic(features, targets, LABELS, five_folds())
    left = fit_temperature(found.held_out * found.temperature, targets)
    assert left == pytest.approx(1.0, abs=1e-2)


def test_noise_asks_for_a_stronger_hand_than_signal() -> None:
    features, targets = data(several=False)
    noise = np.random.default_rng(5).permutation(targets)
    told = fit_logistic(features, targets, LABELS, five_folds())
    lost = fit_logistic(features, noise, LABELS, five_folds())
    assert lost.strength < told.strength
    assert lost.loss > told.loss


def test_features_that_never_differ_are_no_fault() -> None:
    targets = np.arange(30) % 2
    found = fit_once(np.ones((30, 4), np.float32), targets, 2, 1.0)
    assert np.allclose(found.scores(np.ones((1, 4), np.float32))[0], 0.0, atol=1e-3)
