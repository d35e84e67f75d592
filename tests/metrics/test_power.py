"""The power of McNemar's test: by brute force, and as simulations find it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from socle.metrics.power import detectable, mcnemar_power
from socle.metrics.significance import mcnemar


@cache
def p_of_counts(only_a: int, only_b: int) -> float:
    a = np.repeat([True, False], [only_a, only_b])
    return mcnemar(a, ~a)


@pytest.mark.parametrize(("disagreement", "difference"), [(0.3, 0.0), (0.3, 0.15), (0.7, 0.7)])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_power_is_the_chance_of_all_outcomes_that_the_test_finds(
    disagreement: float, difference: float, alpha: float
) -> None:
    n = 60
    shares = [(disagreement + difference) / 2, (disagreement - difference) / 2, 1 - disagreement]
    expected = sum(
        multinomial.pmf([a, b, n - a - b], n, shares)
        for a in range(n + 1)
        for b in range(n + 1 - a)
        if p_of_counts(a, b) < alpha
    )
    assert mcnemar_power(n, disagreement, difference, alpha) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("n", "difference"), [(80, 0.12), (300, 0.06), (1000, 0.03)])
def test_simulations_find_the_power_that_was_foretold(n: int, difference: float) -> None:
    disagreement, draws = 0.15, 4000
    generator = np.random.default_rng(n)
    discordant = generator.binomial(n, disagreement, draws)
    only_a = generator.binomial(discordant, 0.5 + difference / (2 * disagreement))
    p = [p_of_counts(a, d - a) for a, d in zip(only_a.tolist(), discordant.tolist(), strict=True)]
    foretold = mcnemar_power(n, disagreement, difference)
    error = np.sqrt(foretold * (1 - foretold) / draws)
    assert np.mean(np.array(p) < 0.05) == pytest.approx(foretold, abs=3.5 * error)


def test_equals_are_told_apart_no_oftener_than_they_may() -> None:
    shares = np.linspace(0.02, 0.5, 25)
    sizes = [mcnemar_power(n, q, 0.0) for n in (50, 100, 200, 500, 2000) for q in shares]
    assert max(sizes) < 0.06
    assert max(mcnemar_power(n, q, 0.0) for n in (1000, 2000) for q in shares) < 0.05


@pytest.mark.parametrize("n", [60, 200, 1000, 20_000])
@pytest.mark.parametrize("disagreement", [0.12, 0.3])
def test_the_detectable_difference_is_detected(n: int, disagreement: float) -> None:
    found = detectable(n, disagreement)
    assert found is not None
    assert 0 < found <= disagreement
    assert 0.8 <= mcnemar_power(n, disagreement, found) < 0.801
    assert mcnemar_power(n, disagreement, found - 2e-6) < 0.8


def test_the_detectable_difference_is_near_the_textbook_formula() -> None:
    """The normal approximation of Connor (1987), which is good at this size."""
    n, q = 5000, 0.2
    d = detectable(n, q)
    assert d is not None
    needed = ((1.95996 * np.sqrt(q) + 0.84162 * np.sqrt(q - d * d)) / d) ** 2
    assert needed == pytest.approx(n, rel=0.03)


def test_more_items_detect_less() -> None:
    found = [detectable(n, 0.2) or 1.0 for n in (50, 100, 400, 1600, 6400)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(found[-2] / 2, rel=0.1)
    assert (detectable(400, 0.2, power=0.95) or 0) > found[2]
    assert (detectable(400, 0.2, alpha=0.001) or 0) > found[2]


@pytest.mark.parametrize(("n", "disagreement"), [(0, 0.2), (20, 0.1), (500, 0.0), (4, 1.0)])
def test_what_cannot_be_detected_is_none(n: int, disagreement: float) -> None:
    assert detectable(n, disagreement) is None


def test_a_difference_beyond_the_disagreement_is_refused() -> None:
    with pytest.raises(ValueError, match="differ by more"):
        mcnemar_power(100, 0.1, 0.2)


def test_the_direction_does_not_matter() -> None:
    assert mcnemar_power(200, 0.2, -0.07) == pytest.approx(mcnemar_power(200, 0.2, 0.07))
    assert mcnemar_power(200, 0.0, 0.0) == 0.0
    assert mcnemar_power(30, 1.0, 1.0) == pytest.approx(1.0)
    assert binom.cdf(9, 30, 0.5) * 2 == pytest.approx(mcnemar_power(30, 1.0, 0.0))
