"""The arithmetic of pay slips: what adds up passes, what is off by a cent does not."""

from __future__ import annotations

from datetime import date

import pytest

from socle.checks.payroll import Pay, dated, judged, multiplies, net_before_tax, net_paid, to_date
from socle.readings import Check

LINES = (
    Pay("Salaire de base", "earning", 151.67, 15.0, 2275.05, decimals=(2, 4)),
    Pay("Vieillesse", "deduction", 2275.05, 6.9, 156.98, 8.55, 194.52),
    Pay("Maladie", "deduction", 2275.05, None, None, 7.0, 159.25),
    Pay("Transport", "extra", employee=40.0),
    Pay("Impôt", "tax", 2118.07, 3.5, 74.13),
)
SUMS = {
    "gross": 2275.05,
    "contributions": 156.98,
    "net_before_tax": 2158.07,
    "income_tax": 74.13,
    "net_paid": 2083.94,
}


def verdicts(checks: list[Check]) -> dict[str, bool | None]:
    return {check.name: check.passed for check in checks}


def test_a_slip_that_adds_up_passes_every_check() -> None:
    found = verdicts(judged(LINES, SUMS))
    assert found == {
        "line_amounts": True,
        "gross_adds_up": True,
        "contributions_add_up": True,
        "income_tax_rate": True,
        "net_before_tax_adds_up": True,
        "net_paid_adds_up": True,
    }


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("gross", {"gross_adds_up", "net_before_tax_adds_up"}),
        ("contributions", {"contributions_add_up", "net_before_tax_adds_up"}),
        ("net_paid", {"net_paid_adds_up"}),
    ],
)
def test_one_wrong_sum_is_found(name: str, broken: set[str]) -> None:
    found = verdicts(judged(LINES, {**SUMS, name: SUMS[name] + 0.02}))
    assert {key for key, passed in found.items() if passed is False} == broken


def test_a_wrong_line_is_told_by_its_number() -> None:
    wrong = Pay("Vieillesse", "deduction", 2275.05, 6.9, 165.98)
    found = judged([LINES[0], wrong], {})
    assert [(check.name, check.passed, check.line) for check in found] == [
        ("line_amount", False, 2)
    ]


def test_rounding_of_what_is_printed_is_open_and_no_fault() -> None:
    assert multiplies(151.67, 11.9071, 1805.95, (2, 4)) is True
    # 12.345 an hour is printed as 12.35.
    assert multiplies(100.0, 12.35, 1234.50, (2, 2)) is None
    assert multiplies(100.0, 12.35, 1300.00, (2, 2)) is False
    assert multiplies(None, 12.35, 1300.00) is None


def test_extras_lead_from_contributions_to_net_either_way() -> None:
    sums = {"gross": 100.0, "contributions": 20.0, "net_before_tax": 75.0}
    extras = [Pay("Titres", "extra", employee=5.0)]
    found = net_before_tax(extras, sums)
    assert found is not None
    assert found.passed is True
    found = net_before_tax([], sums)
    assert found is not None
    assert found.passed is False


def test_net_of_a_stub_whose_deductions_hold_the_tax_or_not() -> None:
    for total in (30.0, 20.0):
        sums = {"gross": 100.0, "contributions": total, "income_tax": 10.0, "net_paid": 70.0}
        found = net_paid([], sums)
        assert found is not None
        assert found.passed is True
    assert net_paid([], {"gross": 1.0}) is None


def test_net_without_anything_to_prove_it_is_open() -> None:
    found = net_paid([], {"net_paid": 10.0})
    assert found is not None
    assert found.passed is None


def test_the_year_so_far_is_no_less_than_the_month() -> None:
    sums = {"gross": 100.0, "gross_to_date": 99.0, "net_paid": 1.0, "net_paid_to_date": 5.0}
    assert [check.passed for check in to_date(sums)] == [False, True]


def test_days_in_order() -> None:
    start, end = date(2024, 3, 1), date(2024, 3, 31)
    assert [c.passed for c in dated(start, end, date(2024, 4, 5))] == [True, True]
    assert [c.passed for c in dated(end, start, None)] == [False]
    assert [c.passed for c in dated(start, None, date(2029, 4, 5))] == [None]
