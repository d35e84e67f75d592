"""Annual accounts: blocks, rows and both sides; a wrong amount is found where it stands."""

from __future__ import annotations

import numpy as np
import pytest

from socle.checks.accounts import Row, added, balanced, netted, same, sums
from specimens.companies import Dice
from specimens.liasse import amounts


def told(seed: int) -> dict[str, float]:
    made = amounts(Dice(np.random.default_rng(seed)))
    return {code: float(value) for code, value in made.items()}


@pytest.mark.parametrize("seed", range(12))
def test_forms_that_add_up_pass_every_rule(seed: int) -> None:
    found = sums(told(seed), 1.0, 2023)
    assert len(found) > 15
    assert [check.name for check in found if check.passed is not True] == []


@pytest.mark.parametrize("box", ["BJ", "CO", "EE", "FL", "GF", "HN"])
def test_a_wrong_total_is_found(box: str) -> None:
    wrong = told(3) | {box: told(3)[box] + 1000}
    failed = {check.name for check in sums(wrong, 1.0, 2023) if check.passed is False}
    assert f"box_{box.lower()}" in failed


def test_rules_of_later_forms_are_open() -> None:
    wrong = told(3) | {"BJ": told(3)["BJ"] + 1000}
    found = {check.name: check for check in sums(wrong, 1.0, 2026)}
    assert found["box_bj"].passed is None
    assert found["box_bj"].fields == ()


def test_one_result_on_both_forms() -> None:
    assert [c.passed for c in same({"HN": 5.0, "DI": 5.0}, 1.0)] == [True]
    assert [c.passed for c in same({"HN": 5.0, "DI": 9.0}, 1.0)] == [False]
    assert same({"HN": 5.0}, 1.0) == []


def test_both_sides() -> None:
    assert [c.passed for c in balanced(10.0, 10.0, 1.0)] == [True]
    assert [c.passed for c in balanced(10.0, 11.0, 1.0)] == [False]
    assert balanced(10.0, None, 1.0) == []


def test_rows_are_gross_less_depreciation() -> None:
    right = Row("Constructions", 100.0, 40.0, 60.0)
    assert [c.name for c in netted([right], 1.0)] == ["rows_net"]
    wrong = netted([right, Row("Terrains", 100.0, 40.0, 70.0)], 1.0)
    assert [(c.name, c.line) for c in wrong] == [("row_net", 2)]


def test_totals_of_plain_accounts_and_totals_of_totals() -> None:
    rows = [Row("a", net=1.0), Row("b", net=2.0), Row("total x", net=3.0, total=True)]
    rows += [Row("c", net=4.0), Row("d", net=5.0), Row("total y", net=9.0, total=True)]
    rows += [Row("total", net=12.0, total=True)]
    assert [(c.name, c.passed) for c in added(rows, 1.0)] == [("totals_add_up", True)]
    rows[-1] = Row("total", net=20.0, total=True)
    assert [c.passed for c in added(rows, 1.0)] == [True, None]


def test_income_less_costs_without_signs() -> None:
    rows = [Row("revenue", net=10.0), Row("wages", net=4.0), Row("rent", net=1.0)]
    rows.append(Row("profit", net=5.0, total=True))
    assert [c.passed for c in added(rows, 0.01)] == [True]
