"""Which amounts make sums."""

from __future__ import annotations

from typing import Any

from socle.ranking.sums_among import ROLES, sums_among


def _of(found: Any, value: float) -> dict[str, float]:
    return dict(zip(ROLES, found.of(value), strict=True))


def test_net_tax_and_total_at_a_printed_rate() -> None:
    found = sums_among([100.0, 20.0, 120.0, 33.0, 50.0, 70.0], [20.0])
    assert _of(found, 120.0)["total"] == 1.0
    assert _of(found, 100.0)["net"] == 1.0
    assert _of(found, 20.0)["tax"] == 1.0
    assert _of(found, 33.0)["total"] == 0.0


def test_what_is_due_is_the_total_less_what_was_paid() -> None:
    found = sums_among([100.0, 20.0, 120.0, 30.0, 90.0], [20.0])
    assert _of(found, 90.0)["due"] == 0.5


def test_without_a_printed_rate_it_only_fits() -> None:
    found = sums_among([100.0, 19.0, 119.0], [])
    assert _of(found, 119.0)["total"] == 0.5


def test_signs_do_not_matter() -> None:
    found = sums_among([-100.0, -20.0, -120.0], [20.0])
    assert _of(found, -120.0)["total"] == 1.0
