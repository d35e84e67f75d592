"""What silence buys, and promises of precision that are kept."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import beta

from socle.metrics.abstention import abstention_table, risk_coverage, threshold_for

Drawn = tuple[NDArray[np.float64], NDArray[np.bool_]]
TRIALS = 200


def drawn(kind: str, n: int, rng: np.random.Generator) -> Drawn:
    """Return confidences and whether the answers are right."""
    sure = expit(np.abs(rng.normal(3, 2, n)))
    if kind == "ties":
        sure = np.round(sure, 1)
    if kind == "boastful":
        return sure, rng.random(n) < sure - 0.02
    return sure, rng.random(n) < np.minimum(sure, 0.97 if kind == "ties" else 1.0)


def brute(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> list[tuple[float, float, float]]:
    """Return coverage, risk and threshold at every threshold, strict first."""
    found = []
    for threshold in sorted(set(sure.tolist()), reverse=True):
        kept = sure >= threshold
        found.append((float(kept.mean()), float(1 - right[kept].mean()), threshold))
    return found


@pytest.mark.parametrize("decimals", [1, 8])
def test_risk_at_every_threshold_is_what_counting_gives(decimals: int) -> None:
    rng = np.random.default_rng(0)
    sure = np.round(rng.random(80), decimals)
    right = rng.random(80) < sure
    curve = risk_coverage(sure, right)
    found = np.stack([curve.coverage, curve.risk, curve.threshold], axis=1)
    assert found == pytest.approx(np.array(brute(sure, right)))


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    sure, right = drawn("calibrated", 20_000, np.random.default_rng(1))
    curve = risk_coverage(sure, right)
    assert len(curve.coverage) == len(curve.risk) == len(curve.threshold) == 100
    assert np.allclose(np.diff(curve.coverage), 0.01)
    assert (np.diff(curve.threshold) < 0).all()
    assert curve.coverage[-1] == 1.0
    assert curve.risk[-1] == pytest.approx(1 - right.mean())
    assert curve.threshold[-1] == sure.min()


def test_the_area_is_the_mean_risk_and_tells_a_good_order_from_none() -> None:
    sure = np.array([0.9, 0.8, 0.7, 0.6])
    right = np.array([True, True, False, True])
    assert risk_coverage(sure, right).area == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
    assert risk_coverage(-sure, right).area > risk_coverage(sure, right).area
    assert risk_coverage(sure, np.ones(4, bool)).area == 0.0


def test_equal_confidences_count_as_in_random_order() -> None:
    rng = np.random.default_rng(2)
    right = rng.random(500) < 0.8
    same = risk_coverage(np.full(500, 0.7), right)
    assert same.coverage.tolist() == [1.0]
    assert same.area == pytest.approx(1 - right.mean())
    assert same.area == risk_coverage(np.full(500, 0.7), np.sort(right)).area


def test_nothing_answered_is_an_empty_curve() -> None:
    curve = risk_coverage(np.zeros(0), np.zeros(0, bool))
    assert len(curve.coverage) == len(curve.risk) == len(curve.threshold) == 0
    assert curve.area == 0.0


@pytest.mark.parametrize("kind", ["calibrated", "ties", "boastful"])
@pytest.mark.parametrize(("n", "precision"), [(300, 0.9), (1000, 0.95)])
def test_a_promise_of_precision_is_kept(kind: str, n: int, precision: float) -> None:
    """It is broken in 5 % of the draws at most, up to the error of counting 200 of them."""
    sure, right = drawn(kind, 200_000, np.random.default_rng(0))
    rng = np.random.default_rng(3)
    true, looks, coverage = [], [], 0.0
    for _ in range(TRIALS):
        own, good = drawn(kind, n, rng)
        found = threshold_for(precision, own, good)
        coverage += found.coverage / TRIALS
        if found.threshold is not None:
            true.append(right[sure >= found.threshold].mean())
        curve = risk_coverage(own, good)
        enough = curve.threshold[curve.risk <= 1 - precision]
        if len(enough):
            looks.append(right[sure >= enough[-1]].mean())
    allowed = beta.ppf(0.999, 0.05 * TRIALS + 1, 0.95 * TRIALS)
    assert np.sum(np.array(true) < precision) / TRIALS <= allowed
    assert coverage > 0.05
    if kind == "calibrated":
        # The threshold that looks right on the examples breaks it about every second time.
        assert np.sum(np.array(looks) < precision) / TRIALS > 0.3


def test_the_bound_is_at_least_what_was_asked_for_and_below_what_was_seen() -> None:
    sure, right = drawn("calibrated", 2000, np.random.default_rng(4))
    found = threshold_for(0.9, sure, right)
    assert found.threshold is not None
    assert found.observed is not None
    assert found.lower is not None
    kept = sure >= found.threshold
    assert found.coverage == kept.mean()
    assert found.observed == right[kept].mean()
    assert 0.9 <= found.lower < found.observed


def test_a_lower_precision_answers_more() -> None:
    sure, right = drawn("calibrated", 4000, np.random.default_rng(5))
    coverage = [threshold_for(p, sure, right).coverage for p in (0.99, 0.95, 0.9, 0.8)]
    assert coverage == sorted(coverage)
    assert coverage[0] < coverage[-1] == 1.0


def test_one_error_among_the_surest_does_not_end_the_search() -> None:
    sure = np.linspace(1, 0.5, 1000)
    right = np.ones(1000, bool)
    right[5] = False
    assert threshold_for(0.95, sure, right).coverage == 1.0


@pytest.mark.parametrize("precision", [0.8, 0.95, 0.99])
def test_too_few_examples_promise_nothing(precision: float) -> None:
    fewest = math.ceil(math.log(0.05) / math.log(precision))
    sure = np.linspace(1, 0.5, fewest)
    assert threshold_for(precision, sure, np.ones(fewest, bool)).coverage == 1.0
    none = threshold_for(precision, sure[1:], np.ones(fewest - 1, bool))
    assert (none.threshold, none.coverage, none.observed, none.lower) == (None, 0.0, None, None)
    assert threshold_for(precision, np.zeros(0), np.zeros(0, bool)).threshold is None


def test_a_model_that_is_never_right_promises_nothing() -> None:
    assert threshold_for(0.8, np.linspace(0, 1, 500), np.zeros(500, bool)).threshold is None


def test_more_certainty_answers_less() -> None:
    sure, right = drawn("calibrated", 1000, np.random.default_rng(6))
    strict = threshold_for(0.9, sure, right, certainty=0.999)
    assert 0 < strict.coverage < threshold_for(0.9, sure, right, certainty=0.8).coverage


@pytest.mark.parametrize(("precision", "certainty"), [(0.0, 0.9), (1.0, 0.9), (0.9, 1.0)])
def test_certainties_are_no_promises(precision: float, certainty: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        threshold_for(precision, np.ones(3), np.ones(3, bool), certainty)


def test_the_table_has_a_row_per_precision_and_is_json() -> None:
    sure, right = drawn("calibrated", 500, np.random.default_rng(7))
    table = abstention_table(sure, right)
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert [row["precision"] for row in table] == [0.8, 0.9, 0.95, 0.98, 0.99]
    assert all(list(row) == ["precision", "threshold", "coverage", "lower"] for row in table)
    assert table[-1] == {"precision": 0.99, "threshold": None, "coverage": 0.0, "lower": None}
    assert table[1]["threshold"] == threshold_for(0.9, sure, right).threshold
