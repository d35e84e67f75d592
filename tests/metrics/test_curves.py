"""Learning curves whose law is known: what is fitted, what is forecast, and how often it holds."""

from __future__ import annotations

import numpy as np
import pytest

from socle.metrics import curves
from socle.metrics.curves import FACTORS, Outlook, Point, fit_law, outlook, spreads

SIZES = (16, 32, 64, 128, 256, 512, 1024)


class Truth:
    """A law that is known, and draws around it whose spread falls as rows grow."""

    def __init__(self, offset: float, scale: float, exponent: float, spread: float = 0.02) -> None:
        self.offset, self.scale, self.exponent, self.spread = offset, scale, exponent, spread

    def value(self, n: float) -> float:
        return float(1 - self.offset - self.scale * (n / SIZES[0]) ** -self.exponent)

    def drawn(self, n: int, draws: int, rng: np.random.Generator) -> tuple[float, ...]:
        deviation = self.spread * (n / SIZES[0]) ** -0.4
        return tuple(float(self.value(n) + deviation * z) for z in rng.standard_normal(draws))

    def points(self, rng: np.random.Generator, sizes: tuple[int, ...] = SIZES) -> list[Point]:
        draws = [4] * (len(sizes) - 3) + [2, 2, 1]
        pairs = zip(sizes, draws, strict=True)
        return [Point(n // 2, n, self.drawn(n, k, rng)) for n, k in pairs]


def test_the_law_behind_errors_without_noise_is_found() -> None:
    truth = Truth(0.1, 0.4, 0.5)
    n = np.array(SIZES, dtype=float)
    errors = np.array([1 - truth.value(one) for one in n])
    law = fit_law(n, errors, np.full(len(n), 0.01))
    assert float(law.offset) == pytest.approx(0.1, abs=0.01)
    assert float(law.exponent) == pytest.approx(0.5, abs=0.04)
    assert float(law.error(4096)) == pytest.approx(1 - truth.value(4096), abs=0.003)


def test_many_laws_are_fitted_as_each_alone() -> None:
    rng = np.random.default_rng(0)
    n, noise = np.array(SIZES, dtype=float), np.linspace(0.02, 0.005, len(SIZES))
    errors = 0.1 + 0.5 * (n / 16) ** -0.4 + noise * rng.standard_normal((5, len(n)))
    laws = fit_law(n, errors, noise)
    for i in range(5):
        alone = fit_law(n, errors[i], noise)
        assert float(laws.error(3000)[i]) == pytest.approx(float(alone.error(3000)))


def test_offset_and_scale_are_never_below_zero() -> None:
    n = np.array(SIZES, dtype=float)
    rising = fit_law(n, np.linspace(0.1, 0.4, len(n)), np.full(len(n), 0.01))
    assert (float(rising.offset), float(rising.scale)) == (pytest.approx(0.25), 0.0)
    steep = fit_law(n, 0.5 * (n / 16) ** -2.0, np.full(len(n), 0.01))
    assert float(steep.offset) >= 0


def test_the_band_holds_what_is_measured_later_19_times_of_20(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(curves, "_REPLICATES", 400)
    rng = np.random.default_rng(11)
    inside: list[list[bool]] = []
    gains = []
    for i in range(250):
        truth = Truth(
            rng.uniform(0, 0.25),
            rng.uniform(0.2, 0.5),
            rng.uniform(0.15, 0.9),
            rng.uniform(0.01, 0.04),
        )
        sizes = SIZES[: rng.integers(5, 8)]
        seen = outlook(truth.points(rng, sizes), i)
        if seen.refusal:
            continue
        later = [truth.drawn(one.n, 1, rng)[0] for one in seen.forecasts]
        pairs = zip(later, seen.forecasts, strict=True)
        inside.append([one.low <= value <= one.high for value, one in pairs])
        gain = truth.value(sizes[-1] + seen.more) - truth.value(sizes[-1])
        gains.append(abs(gain - seen.gain) <= seen.margin)
    assert len(inside) > 200
    held = np.mean(inside, axis=0)
    assert (held >= 0.91).all(), held
    assert np.mean(gains) >= 0.91


def test_a_band_is_no_wider_than_it_must_be() -> None:
    """One that held always would hold nothing: half of the points' own spread must matter."""
    rng = np.random.default_rng(2)
    wide, narrow = (
        outlook(Truth(0.1, 0.4, 0.5, spread).points(rng)).forecasts[0] for spread in (0.05, 0.005)
    )
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)
    assert narrow.high - narrow.low < 0.03


def test_forecasts_look_ahead_and_lie_in_their_bands() -> None:
    seen = outlook(Truth(0.1, 0.4, 0.5).points(np.random.default_rng(0)))
    assert [one.n for one in seen.forecasts] == [round(f * SIZES[-1]) for f in FACTORS]
    means = [one.mean for one in seen.forecasts]
    assert means == sorted(means)
    assert all(0 <= one.low <= one.mean <= one.high <= 1 for one in seen.forecasts)
    widths = [one.high - one.low for one in seen.forecasts]
    assert widths[0] < widths[-1]


def test_points_far_from_any_law_widen_the_band() -> None:
    rng = np.random.default_rng(0)
    points = Truth(0.1, 0.4, 0.5, 0.004).points(rng)
    bent = [
        Point(p.per_label, p.n, tuple(v + 0.03 * (-1) ** i for v in p.values))
        for i, p in enumerate(points)
    ]
    straight, crooked = (outlook(some).forecasts[1] for some in (points, bent))
    assert crooked.high - crooked.low > 2 * (straight.high - straight.low)


def test_the_order_of_the_points_and_the_seed_decide_nothing_much() -> None:
    points = Truth(0.1, 0.4, 0.5).points(np.random.default_rng(0))
    assert outlook(points) == outlook(points[::-1])
    assert outlook(points, 1) == outlook(points, 1)
    one, two = (outlook(points, seed).forecasts[0] for seed in (1, 2))
    assert one.mean == two.mean
    assert one.low == pytest.approx(two.low, abs=0.01)


def test_the_gain_is_said_in_points() -> None:
    seen = outlook(Truth(0.1, 0.4, 0.5).points(np.random.default_rng(0)))
    assert seen.more == 510
    assert seen.text() == (
        f"510 more labels: about +{100 * seen.gain:.1f} ± {100 * seen.margin:.1f} points."
    )
    wide = Outlook(seen.forecasts, 200, 0.014, 0.02)
    assert wide.text() == "200 more labels: about +1.4 ± 2.0 points, so perhaps nothing."


@pytest.mark.parametrize("count", [0, 1, 3])
def test_three_sizes_allow_no_forecast(count: int) -> None:
    points = Truth(0.1, 0.4, 0.5).points(np.random.default_rng(0))[:count]
    seen = outlook(points)
    assert seen.forecasts == ()
    assert seen.text().startswith("No forecast can be made: it takes 4 sizes")


def test_noise_larger_than_the_trend_allows_no_forecast() -> None:
    flat = Truth(0.05, 0.0, 0.5, 0.02).points(np.random.default_rng(0))
    seen = outlook(flat)
    assert seen.forecasts == ()
    assert "no larger than those between draws" in seen.text()


def test_a_worsening_curve_allows_no_forecast() -> None:
    points = [Point(n // 2, n, (0.9 - i / 100,) * 3) for i, n in enumerate(SIZES)]
    assert outlook(points).forecasts == ()


def test_single_draws_allow_no_forecast() -> None:
    points = [Point(n // 2, n, (0.5 + i / 20,)) for i, n in enumerate(SIZES)]
    assert "no size was drawn twice" in outlook(points).text()


def test_a_future_that_nobody_can_tell_is_not_told() -> None:
    rng = np.random.default_rng(0)
    points = Truth(0.0, 0.6, 0.15, 0.06).points(rng, SIZES[:4])
    seen = outlook(points)
    assert seen.forecasts == ()
    assert "a wider range than all that was gained so far" in seen.text()


def test_few_draws_lean_on_the_spread_of_all_sizes() -> None:
    points = [
        Point(8, 16, (0.50, 0.54, 0.52, 0.56)),
        Point(16, 32, (0.60, 0.60)),
        Point(32, 64, (0.70,)),
    ]
    first, second, third = spreads(points)
    assert first > second > third > 0.005
    assert points[0].deviation == pytest.approx(np.std(points[0].values, ddof=1))
    assert points[2].deviation is None
