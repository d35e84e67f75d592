"""Scales map ends to ends; ticks are round numbers within their domain."""

from __future__ import annotations

import itertools
import math

import pytest

from socle.rendering.scales import Scale, around, cut_below, log_ticks, nice_ticks, tick_text


def test_the_ends_of_a_domain_are_the_ends_of_the_range() -> None:
    straight = Scale((0.2, 0.6), (300.0, 20.0))
    assert straight(0.2) == 300.0
    assert straight(0.6) == pytest.approx(20.0)
    assert straight(0.4) == pytest.approx(160.0)
    bent = Scale((0.01, 100.0), (0.0, 80.0), logarithmic=True)
    assert [bent(v) for v in (0.01, 1.0, 100.0)] == pytest.approx([0.0, 40.0, 80.0])


def test_a_domain_without_width_lies_in_the_middle() -> None:
    assert Scale((0.5, 0.5), (0.0, 10.0))(0.5) == 5.0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0]),
        (0.77, 0.93, [0.8, 0.85, 0.9]),
        (-0.07, 0.13, [-0.05, 0.0, 0.05, 0.1]),
        (0.0, 7.0, [0.0, 2.0, 4.0, 6.0]),
        (3.0, 3.0, [3.0]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize("width", [1e-4, 0.013, 0.7, 3.0, 42.0, 12345.0])
@pytest.mark.parametrize("low", [-5.0, 0.0, 0.333, 17.0])
def test_ticks_are_multiples_of_a_round_step_within_the_domain(low: float, width: float) -> None:
    ticks = nice_ticks(low, low + width)
    assert 2 <= len(ticks) <= 9
    steps = {round((b - a) / width, 6) for a, b in itertools.pairwise(ticks)}
    assert max(steps) - min(steps) < 1e-3
    step = ticks[1] - ticks[0]
    assert step / 10 ** math.floor(math.log10(step) + 1e-6) == pytest.approx(
        min((1, 2, 2.5, 5, 10), key=lambda s: abs(s - step / 10 ** math.floor(math.log10(step)))),
        rel=0.01,
    )
    assert low - 1e-6 <= ticks[0]
    assert ticks[-1] <= low + width + 1e-6


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0.01, 100.0, 5, [0.01, 0.1, 1.0, 10.0, 100.0]),
        (3.0, 60.0, 5, [5.0, 10.0, 20.0, 50.0]),
        (1e-6, 1e6, 5, [1e-6, 1e-3, 1.0, 1e3, 1e6]),
        (32.0, 9600.0, 4, [100.0, 300.0, 1000.0, 3000.0]),
    ],
)
def test_logarithmic_ticks_are_decades_or_parts_of_them(
    low: float, high: float, count: int, expected: list[float]
) -> None:
    assert log_ticks(low, high, count) == pytest.approx(expected)


def test_a_narrow_logarithmic_domain_has_ticks_all_the_same() -> None:
    assert len(log_ticks(9.1, 9.9)) > 1


def test_air_stays_within_shares() -> None:
    assert around([0.0, 1.0]) == (0.0, 1.0)
    low, high = around([0.5, 0.5])
    assert high - low == pytest.approx(0.02)
    assert around([-0.2, 0.4])[0] < -0.2
    assert around([0.0, 0.5], within=False)[0] < 0


def test_an_axis_leaves_out_what_lies_far_below() -> None:
    assert cut_below([0.187, 0.8, 0.84, 0.9]) == 0.8
    assert cut_below([0.7, 0.8, 0.9]) == 0.7
    assert cut_below([0.1, 0.9]) == 0.1
    assert cut_below([0.5]) == 0.5


def test_numbers_on_an_axis_have_as_many_decimals_as_they_need() -> None:
    ticks = [0.8, 0.85, 0.9]
    assert [tick_text(t, ticks) for t in ticks] == ["0.80", "0.85", "0.90"]
    assert [tick_text(t, [-5.0, 0.0, 5.0]) for t in (-5.0, 0.0)] == ["−5", "0"]
    assert tick_text(2_500_000, [0, 2_500_000]) == "2.5 M"
