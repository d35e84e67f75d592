"""Energy from counters that start again, and from processor time."""

from __future__ import annotations

import pytest

from socle.metrics.energy import RAPL, WATTS_PER_CORE, Counter, Spent, joules

MOST = 262_143_328_850


def at(*microjoules: int) -> dict[str, Counter]:
    return {f"intel-rapl:{i}": Counter(value, MOST) for i, value in enumerate(microjoules)}


def test_energy_is_what_passed_in_all_packages() -> None:
    assert joules(at(1_000_000, 5_000_000), at(4_000_000, 5_500_000)) == pytest.approx(3.5)


def test_a_counter_that_started_again_counts_on() -> None:
    assert joules(at(MOST - 1_000_000), at(2_000_000)) == pytest.approx(3.0)
    assert joules(at(MOST - 1_000_000, 0), at(2_000_000, 500_000)) == pytest.approx(3.5)


def test_nothing_counted_is_not_zero() -> None:
    assert joules({}, {}) is None
    assert joules(at(7, 7), at(7, 7)) is None
    assert joules(at(1), {}) is None
    assert joules(at(1), at(2, 3)) is None
    assert joules({}, at(2)) is None


def test_counters_give_watt_hours() -> None:
    """36 J for 10 documents are 0.01 Wh, so 1 Wh for 1,000."""
    assert Spent(10, 5.0, 36.0).per_1000() == (pytest.approx(1.0), RAPL)


def test_processor_time_gives_an_estimate_that_says_so() -> None:
    value, mode = Spent(500, 18.0).per_1000()
    assert value == pytest.approx(36 * WATTS_PER_CORE / 3600)
    assert mode == f"estimate: 36 CPU-seconds x {WATTS_PER_CORE:g} watts per core"


def test_watts_that_were_given_stand_before_the_counters() -> None:
    value, mode = Spent(1000, 3600.0, 1e9).per_1000(watts=2.5)
    assert value == pytest.approx(2.5)
    assert mode == "estimate: 3600 CPU-seconds x 2.5 watts per core"
