"""Probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from socle.metrics.calibration import (
    expected_calibration_error,
    fit_temperature,
    reliability,
    sigmoid,
    softmax,
)

EXTREME = np.array([[1e30, -1e30, 0.0], [-1e30, -1e30, -1e30], [800.0, 799.0, -800.0]])


def test_softmax_is_that_of_scipy() -> None:
    scores = np.random.default_rng(0).normal(0, 5, (50, 4)).astype(np.float32)
    found = softmax(scores)
    assert found.dtype == np.float64
    assert np.allclose(found, special.softmax(scores.astype(np.float64), axis=1))


def test_sigmoid_is_that_of_scipy() -> None:
    scores = np.random.default_rng(0).normal(0, 5, (50, 4)).astype(np.float32)
    assert np.allclose(sigmoid(scores), special.expit(scores.astype(np.float64)))


def test_extreme_scores_do_not_overflow() -> None:
    with np.errstate(all="raise", under="ignore"):
        soft, single = softmax(EXTREME), sigmoid(EXTREME)
    assert np.allclose(soft.sum(1), 1)
    assert soft[0].tolist() == [1.0, 0.0, 0.0]
    assert soft[1] == pytest.approx([1 / 3] * 3)
    assert single.tolist() == [[1.0, 0.0, 0.5], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0]]


@pytest.mark.parametrize("planted", [0.05, 0.5, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("several", [False, True])
def test_a_planted_temperature_is_found(planted: float, several: bool) -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(0, 2, (20_000, 3))
    if several:
        targets = (rng.random(true.shape) < special.expit(true)).astype(np.int64)
    else:
        targets = (true + rng.gumbel(size=true.shape)).argmax(1)
    assert fit_temperature(true / planted, targets) == pytest.approx(planted, rel=0.05)


def test_the_factor_stays_within_its_limits() -> None:
    scores = np.array([[0.05, 0.0], [0.0, 0.05]] * 20)
    right, wrong = scores.argmax(1), scores.argmin(1)
    assert 99 <= fit_temperature(scores, right) <= 100.001
    assert 0.00999 <= fit_temperature(scores, wrong) <= 0.0101
    assert np.isfinite(fit_temperature(scores * 1e4, wrong))


def test_the_error_is_the_mean_gap_over_bins_of_equal_size() -> None:
    rng = np.random.default_rng(2)
    sure = rng.random(1500)
    right = rng.random(1500) < sure**2
    rank = np.argsort(np.argsort(sure))
    gaps = [
        abs(sure[rank // 100 == part].mean() - right[rank // 100 == part].mean())
        for part in range(15)
    ]
    assert expected_calibration_error(sure, right) == pytest.approx(float(np.mean(gaps)))


def test_the_error_tells_honest_from_boastful() -> None:
    rng = np.random.default_rng(3)
    sure = rng.uniform(0.5, 1, 30_000)
    assert expected_calibration_error(sure, rng.random(30_000) < sure) < 0.02
    boast = expected_calibration_error(np.full(30_000, 0.99), rng.random(30_000) < 0.6)
    assert boast == pytest.approx(0.39, abs=0.02)


def test_the_error_of_little_or_nothing() -> None:
    assert expected_calibration_error(np.zeros(0), np.zeros(0, bool)) == 0.0
    assert expected_calibration_error(np.array([0.8]), np.array([True])) == pytest.approx(0.2)
    assert expected_calibration_error(np.ones(40), np.ones(40, bool)) == 0.0


def test_a_diagram_has_bins_of_equally_many_answers_in_order() -> None:
    rng = np.random.default_rng(4)
    sure = rng.random(1000)
    right = rng.random(1000) < sure
    bins = reliability(sure, right)
    assert [part.count for part in bins] == [100] * 10
    assert [part.low for part in bins] == np.sort(sure)[::100].tolist()
    assert [part.high for part in bins] == np.sort(sure)[99::100].tolist()
    middle = (sure >= bins[4].low) & (sure <= bins[4].high)
    assert bins[4].confidence == pytest.approx(sure[middle].mean())
    assert bins[4].accuracy == pytest.approx(right[middle].mean())
    assert all(abs(part.confidence - part.accuracy) < 0.2 for part in bins)


def test_a_diagram_of_little_has_few_bins() -> None:
    assert reliability(np.zeros(0), np.zeros(0, bool)) == []
    assert [part.count for part in reliability(np.linspace(0, 1, 25), np.ones(25, bool))] == [
        13,
        12,
    ]
    (only,) = reliability(np.array([0.8]), np.array([False]))
    assert (only.low, only.high, only.confidence, only.accuracy) == (0.8, 0.8, 0.8, 0.0)
