"""McNemar's test, Holm's steps and the intervals against scipy and statsmodels, and by coverage.

Coverage is exact: summed over all outcomes, not simulated.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, binomtest, multinomial
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from socle.metrics.significance import (
    clopper_pearson,
    holm,
    mcnemar,
    paired,
    proportion,
    tango,
    wilson,
)

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


@pytest.mark.parametrize(("only_a", "only_b"), [(25, 0), (20, 5), (13, 12), (60, 90), (5, 40)])
def test_the_exact_p_is_that_of_statsmodels(only_a: int, only_b: int) -> None:
    expected = mcnemar_of_statsmodels([[40, only_a], [only_b, 9]], exact=True).pvalue
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
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    assert tango(0, 0, 0) == (-1.0, 1.0)
    nothing = np.array([], dtype=bool)
    assert paired(nothing, nothing).p == 1.0


@pytest.mark.parametrize("n", [1, 7, 80, 5000])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_proportions_are_those_of_statsmodels(n: int, share: float, confidence: float) -> None:
    k = round(n * share)
    for ours, theirs in ((wilson, "wilson"), (clopper_pearson, "beta")):
        expected = proportion_confint(k, n, 1 - confidence, method=theirs)
        assert ours(k, n, confidence) == pytest.approx(expected, abs=1e-9)


def cover(ends: NDArray[np.float64], n: int, truths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the exact coverage of an interval, given for all n + 1 outcomes, at some truths."""
    within = (ends[:, 0] <= truths[:, None]) & (truths[:, None] <= ends[:, 1])
    chance = binom.pmf(np.arange(n + 1), n, truths[:, None])
    return np.asarray((chance * within).sum(axis=1))


@pytest.mark.parametrize("n", [30, 100, 500])
def test_the_intervals_of_a_proportion_cover_what_they_say(n: int) -> None:
    truths = np.linspace(0.3, 0.995, 696)
    house = cover(np.array([proportion(k, n) for k in range(n + 1)]), n, truths)
    exact = cover(np.array([clopper_pearson(k, n) for k in range(n + 1)]), n, truths)
    assert house.mean() == pytest.approx(0.95, abs=0.003)
    assert house[truths <= 0.9].min() > 0.92
    assert exact.min() >= 0.95 - 1e-9
    assert exact.mean() > house.mean()


def test_the_test_made_is_named() -> None:
    few, many = paired(*pair(4, 20)), paired(*pair(5, 20))
    assert (few.test, few.only_a, few.only_b) == ("mcnemar mid-p", 4, 20)
    assert (many.test, many.only_a, many.only_b) == ("mcnemar", 5, 20)
    for found, (a, b) in ((few, pair(4, 20)), (many, pair(5, 20))):
        assert found.p == mcnemar(a, b)
        assert (found.a, found.b) == (a.mean(), b.mean())
        assert found.difference == pytest.approx(found.a - found.b)
        assert found.low < found.difference < found.high


def test_the_paired_interval_of_the_literature() -> None:
    """Fagerland, Lydersen and Laake (2014): 1 and 7 of 21 children, Tango's (-0.517, -0.026)."""
    assert tango(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(1, 7, 21), (40, 20, 300), (0, 3, 50)])
def test_the_ends_of_the_paired_interval_have_the_score_they_should(
    only_a: int, only_b: int, n: int
) -> None:
    """Against the definition: the likeliest shares at an end are searched for, not solved for."""
    for end in tango(only_a, only_b, n):
        shares = np.linspace(max(0.0, -end), (1 - end) / 2, 2_000_002)[1:-1]
        with np.errstate(divide="ignore"):
            likelihood = (
                only_a * np.log(shares + end)
                + only_b * np.log(shares)
                + (n - only_a - only_b) * np.log(1 - 2 * shares - end)
            )
        share = shares[np.argmax(likelihood)]
        spread = np.sqrt(n * (2 * share + end - end**2))
        assert abs(only_a - only_b - n * end) / spread == pytest.approx(1.95996, abs=1e-3)


def test_the_paired_interval_mirrors() -> None:
    for only_a, only_b, n in ((0, 0, 40), (3, 9, 40), (40, 0, 40), (0, 40, 40), (20, 20, 40)):
        low, high = tango(only_a, only_b, n)
        assert -1 <= low <= (only_a - only_b) / n <= high <= 1
        assert low < high
        assert tango(only_b, only_a, n) == pytest.approx((-high, -low))


@pytest.mark.parametrize(("n", "least"), [(50, 0.94), (100, 0.94)])
def test_the_paired_interval_covers_what_it_says(n: int, least: float) -> None:
    found: dict[tuple[int, int], tuple[float, float]] = {}
    only_a, only_b = (x.ravel() for x in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    counts = np.stack([only_a, only_b, n - only_a - only_b], axis=1)[only_a + only_b <= n]
    covers = []
    for disagreement in (0.1, 0.2):
        for difference in np.array([0.0, 0.3, 0.6, 0.9]) * disagreement:
            shares = [(disagreement + difference) / 2, (disagreement - difference) / 2]
            chances = multinomial.pmf(counts, n, [*shares, 1 - disagreement])
            cover = 0.0
            for (a, b, _), chance in zip(counts.tolist(), chances, strict=True):
                if chance > 1e-5:
                    low, high = found.setdefault((a, b), tango(a, b, n))
                    cover += chance * (low <= difference <= high)
            covers.append(cover)
    assert min(covers) > least
    assert np.mean(covers) == pytest.approx(0.953, abs=0.006)


def test_false_alarms_stay_under_their_rate() -> None:
    """2,000 pairs of equally good classifiers on 300 items each."""
    generator = np.random.default_rng(0)
    hard = generator.random((2000, 300)) < 0.7
    a, b = (np.where(hard, True, generator.random(hard.shape) < 0.5) for _ in range(2))
    alarms = np.mean([mcnemar(x, y) < 0.05 for x, y in zip(a, b, strict=True)])
    assert 0.02 < alarms < 0.06


@pytest.mark.parametrize("count", [0, 1, 2, 7, 40])
def test_the_adjusted_p_values_are_those_of_statsmodels(count: int) -> None:
    generator = np.random.default_rng(count)
    p = (generator.random(count) ** 4).tolist()
    expected = multipletests(p, method="holm")[1].tolist() if count else []
    assert holm(p) == pytest.approx(expected)


def test_ties_are_adjusted_alike_and_none_above_one() -> None:
    assert holm([0.02, 0.9, 0.02]) == pytest.approx([0.06, 0.9, 0.06])
    assert holm([0.8, 0.9]) == [1.0, 1.0]
