"""What became of old labels, in numbers and in words."""

from __future__ import annotations

import pytest

from socle.metrics.retention import Kept, Retention, table

KEPT = Retention(30, (Kept("a", 0.9, 0.85, 20), Kept("b", 0.7, 0.71, 10)))


def test_macro_is_the_mean_of_the_labels() -> None:
    assert (KEPT.before, KEPT.after) == pytest.approx((0.8, 0.78))
    assert KEPT.to_json()["macro_f1"] == {"before": KEPT.before, "after": KEPT.after}


def test_the_label_that_lost_most_is_named() -> None:
    assert KEPT.text() == (
        "Old labels: macro-F1 0.800 before, 0.780 after; 'a' lost most, 0.900 to 0.850 on 20 rows."
    )


def test_nothing_is_named_where_nothing_was_lost() -> None:
    kept = Retention(10, (Kept("b", 0.7, 0.7, 10),))
    assert kept.text() == "Old labels: macro-F1 0.700 before, 0.700 after."


def test_a_label_is_a_line_of_the_table() -> None:
    assert table(KEPT.labels)[2] == "| a | 0.900 | 0.850 | 20 |"
