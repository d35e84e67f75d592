"""Almost stochastic order: on samples of known order, and on equals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from socle.metrics.ordering import almost_stochastic_order


def violation(a: list[float], b: list[float]) -> float:
    """Return the ratio without its bound: at a confidence of one half nothing is added."""
    return almost_stochastic_order(a, b, confidence=0.5)


def test_what_is_better_at_every_quantile_has_no_violation() -> None:
    better, worse = [0.84, 0.85, 0.83, 0.86], [0.80, 0.82, 0.81]
    assert violation(better, worse) == 0.0
    assert almost_stochastic_order(better, worse) == 0.0
    assert almost_stochastic_order(worse, better) == 1.0


def test_the_ratio_is_that_of_the_areas() -> None:
    """Quantiles 0 and 10 against 1 and 2: below by 1 on one half, above by 8 on the other."""
    assert violation([0.0, 10.0], [1.0, 2.0]) == pytest.approx(1 / 65)
    assert violation([1.0, 2.0], [10.0, 0.0]) == pytest.approx(64 / 65)


def test_unlike_numbers_of_seeds_are_compared_quantile_by_quantile() -> None:
    a, b = [1.0, 4.0, 5.0], [2.0, 3.0]
    t = (np.arange(600_000) + 0.5) / 600_000
    gaps = np.sort(a)[(t * 3).astype(int)] - np.sort(b)[(t * 2).astype(int)]
    expected = (gaps[gaps < 0] ** 2).sum() / (gaps**2).sum()
    assert violation(a, b) == pytest.approx(expected, abs=1e-6)


def test_large_samples_have_the_ratio_of_their_distributions() -> None:
    """Normal ones of deviation 1 and 2: quantiles cross, at a point that is known."""
    generator = np.random.default_rng(0)
    a, b = generator.normal(0.5, 1, 20_000), generator.normal(0, 2, 20_000)
    t = (np.arange(100_000) + 0.5) / 100_000
    gaps = 0.5 - norm.ppf(t)
    expected = (gaps[gaps < 0] ** 2).sum() / (gaps**2).sum()
    found = almost_stochastic_order(a.tolist(), b.tolist(), confidence=0.5, draws=2)
    assert found == pytest.approx(expected, abs=0.02)
    bound = almost_stochastic_order(a.tolist(), b.tolist(), draws=100)
    assert expected - 0.01 < bound < expected + 0.05


def test_the_two_directions_share_what_there_is() -> None:
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=7).tolist(), generator.normal(size=5).tolist()
    assert violation(a, b) + violation(b, a) == pytest.approx(1.0)
    assert almost_stochastic_order(a, b, confidence=0.99) >= almost_stochastic_order(a, b)
    assert almost_stochastic_order(a, b) == almost_stochastic_order(a, b, seed=0)


def test_the_same_scores_are_in_no_order() -> None:
    assert violation([0.8, 0.9], [0.9, 0.8]) == 0.5
    assert almost_stochastic_order([0.8, 0.8, 0.8], [0.8, 0.8]) == 0.5
    assert almost_stochastic_order([0.7, 0.8, 0.9], [0.7, 0.8, 0.9]) > 0.5


@pytest.mark.parametrize(("seeds", "below_half", "below_limit"), [(5, 0.25, 0.1), (20, 0.2, 0.05)])
def test_draws_of_one_distribution_are_seldom_below_the_limit(
    seeds: int, below_half: float, below_limit: float
) -> None:
    generator = np.random.default_rng(2)
    bounds = np.array(
        [
            almost_stochastic_order(*generator.normal(size=(2, seeds)).tolist(), draws=200, seed=i)
            for i in range(500)
        ]
    )
    assert (bounds < 0.5).mean() < below_half
    assert (bounds < 0.2).mean() < below_limit


def test_a_better_distribution_is_mostly_found() -> None:
    generator = np.random.default_rng(3)
    bounds = [
        almost_stochastic_order(
            generator.normal(2, 1, 5).tolist(), generator.normal(size=5).tolist(), draws=200, seed=i
        )
        for i in range(200)
    ]
    assert np.mean(np.array(bounds) < 0.2) > 0.8


def test_no_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="no scores"):
        almost_stochastic_order([], [0.5])
