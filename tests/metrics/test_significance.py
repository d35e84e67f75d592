"""McNemar's test and Wilson's interval against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from socle.metrics.significance import mcnemar, wilson

Right = NDArray[np.bool_]


def pair(only_a: int, only_b: int, both: int = 40, none: int = 9) -> tuple[Right, Right]:
    """Return who is right on each item, in a random order, with these counts."""
    a = np.repeat([True, False, True, False], [only_a, only_b, both, none])
    b = np.repeat([False, True, True, False], [only_a, only_b, both, none])
    order = np.random.default_rng(0).permutation(len(a))
    return a[order], b[order]


@pytest.mark.parametrize(("only_a", "only_b"), [(25, 0), (20, 5), (13, 12), (60, 90), (5, 40)])
def test_many_differences_give_the_exact_binomial_p(only_a: int, only_b: int) -> None:
    expected = binomtest(only_a, only_a + only_b, 0.5).pvalue
    assert mcnemar(*pair(only_a, only_b)) == pytest.approx(expected)


@pytest.mark.parametrize(("only_a", "only_b"), [(1, 0), (6, 0), (8, 1), (3, 7), (14, 10)])
def test_few_differences_give_the_mid_p(only_a: int, only_b: int) -> None:
    n, low = only_a + only_b, min(only_a, only_b)
    exact = binomtest(only_a, n, 0.5).pvalue
    point = binomtest(low, n, 0.5, alternative="less").pvalue
    if low:
        point -= binomtest(low - 1, n, 0.5, alternative="less").pvalue
    assert mcnemar(*pair(only_a, only_b)) == pytest.approx(exact - point)


def test_the_mid_p_of_the_literature() -> None:
    """Fagerland, Lydersen and Laake (2013): 1 and 7 discordant pairs, mid-p 0.039."""
    assert mcnemar(*pair(1, 7)) == pytest.approx(0.0391, abs=5e-5)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 1), (7, 7), (30, 30)])
def test_equals_are_never_told_apart(only_a: int, only_b: int) -> None:
    assert mcnemar(*pair(only_a, only_b)) == 1.0


def test_the_order_of_the_two_does_not_matter() -> None:
    for counts in ((9, 3), (40, 20)):
        a, b = pair(*counts)
        assert mcnemar(a, b) == mcnemar(b, a)


def test_a_p_value_is_a_probability() -> None:
    for only_a in range(0, 40, 3):
        for only_b in range(0, 40, 5):
            assert 0.0 <= mcnemar(*pair(only_a, only_b)) <= 1.0


@pytest.mark.parametrize("n", [1, 7, 80, 5000])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_interval_is_that_of_scipy(n: int, share: float, confidence: float) -> None:
    k = round(n * share)
    expected = binomtest(k, n).proportion_ci(confidence, method="wilson")
    found = wilson(k, n, confidence)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0.0 <= found[0] <= k / n <= found[1] <= 1.0


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
