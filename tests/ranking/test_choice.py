"""Values that are chosen together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from socle.pages import Word
from socle.ranking import choice, money_rules
from socle.ranking.candidates import Candidate, Label
from socle.ranking.finding import Hit
from socle.ranking.scoring import CLASSES, Group
from socle.ranking.sheet import Cell


def _candidate(value: Any, number: int = 0, same: str = "", family: str = "money") -> Candidate:
    text = f"{value:.2f}" if isinstance(value, float) else str(value)
    word = Word(text, (0.0, number * 20.0, 50.0, number * 20.0 + 10))
    cell = Cell((word,), 0, number, 0, number)
    hit = Hit(value, 0, len(text), decimals=2 if isinstance(value, float) else 0)
    return Candidate(family, hit, cell, cell.box, same, "", Label(), Label(), Label())


def _group(*members: tuple[Candidate, dict[str, float]], family: str = "money") -> Group:
    """Return a group of (candidate, {class: share})."""
    classes = CLASSES[family]
    shares = np.zeros((len(members), len(classes)), dtype=np.float32)
    for row, (_, held) in enumerate(members):
        for name, share in held.items():
            shares[row, classes.index(name)] = share
    return Group(classes, [one for one, _ in members], np.zeros((len(members), 1)), shares)


def _together(group: Group, *rules: Any) -> dict[str, Any]:
    names = ("net_amount", "total_tax_amount", "total_amount", "amount_due", "amount_paid")
    offered = {name: choice.options(group, name) for name in names}
    return {name: one.value for name, one in choice.together(offered, rules).items()}


def test_a_sum_that_closes_outweighs_a_better_label() -> None:
    group = _group(
        (_candidate(100.0, 0), {"net_amount": 0.9}),
        (_candidate(20.0, 1), {"total_tax_amount": 0.9}),
        (_candidate(120.0, 2), {"total_amount": 0.4}),
        (_candidate(150.0, 3), {"total_amount": 0.6}),
    )
    made = _together(group, money_rules.sums_close)
    assert made == {"net_amount": 100.0, "total_tax_amount": 20.0, "total_amount": 120.0}


def test_taxes_of_several_rates_close_a_sum_of_which_the_whole_tax_is_not_printed() -> None:
    group = _group(
        (_candidate(148.86, 0), {"net_amount": 0.6}),
        (_candidate(2.99, 1), {"vat_amount": 0.3, "total_tax_amount": 0.65}),
        (_candidate(9.32, 2), {"vat_amount": 0.3, "total_tax_amount": 0.65}),
        (_candidate(161.17, 3), {"total_amount": 0.9}),
    )
    by_rate = money_rules.taxes_by_rate(group)
    assert sorted(by_rate) == [pytest.approx(12.31)]
    made = _together(group, lambda values: money_rules.sums_close(values, by_rate))
    assert made == {"net_amount": 148.86, "total_amount": 161.17}
    assert "net_amount" not in _together(group, money_rules.sums_close)


def test_a_tax_is_no_third_of_the_net_amount_and_a_printed_rate_tells_what_a_total_includes() -> (
    None
):
    group = _group(
        (_candidate(220.0, 0), {"total_tax_amount": 0.48, "total_amount": 0.25}),
        (_candidate(35.13, 1), {"total_tax_amount": 0.15}),
        (_candidate(440.0, 2), {"total_amount": 0.3}),
    )
    made = _together(group, lambda values: money_rules.sums_close(values, rates=[19.0]))
    assert made == {"total_tax_amount": 35.13, "total_amount": 220.0}
    gain, fields = money_rules.sums_close({"net_amount": 220.0, "total_tax_amount": 220.0,
                                      "total_amount": 440.0})  # fmt: skip
    assert gain < 0
    assert fields == {"net_amount", "total_tax_amount", "total_amount"}


@pytest.mark.parametrize(("total", "kept"), [(220.0, 35.13), (-220.0, -35.13)])
def test_a_tax_in_parentheses_has_the_sign_of_the_total(total: float, kept: float) -> None:
    group = _group(
        (_candidate(-35.13, 0), {"total_tax_amount": 0.6}),
        (_candidate(total, 1), {"total_amount": 0.9}),
    )
    offered = {name: choice.options(group, name) for name in money_rules.SUMS}
    money_rules.with_sign_of_total(offered)
    assert [one.value for one in offered["total_tax_amount"]] == [kept]


def test_an_unlikely_tip_is_taken_where_it_closes_the_sum() -> None:
    group = _group(
        (_candidate(311.13, 0), {"net_amount": 0.97}),
        (_candidate(37.34, 1), {"tip": 0.14, "shipping": 0.1}),
        (_candidate(62.23, 2), {"vat_amount": 0.9, "total_tax_amount": 0.06}),
        (_candidate(410.70, 3), {"total_amount": 0.9}),
    )
    offered = {name: choice.options(group, name) for name in money_rules.SUMS}
    made = choice.together(offered, [money_rules.sums_close])
    found = money_rules.closing_extra(group, made)
    assert {name: one.value for name, one in found.items()} == {
        "tip": 37.34,
        "total_tax_amount": 62.23,
    }
    assert money_rules.closing_extra(group, {"total_amount": made["total_amount"]}) == {}


def test_an_older_debt_may_be_due_too() -> None:
    values = {"total_amount": 220.0, "amount_due": 300.0}
    assert (
        money_rules.payment_closes(values, [80.0])[0]
        > 0
        > money_rules.payment_closes(values, [70.0])[0]
    )


def test_a_date_that_the_words_before_it_call_due() -> None:
    said = ("we shall then debit your account on the due date", "the works are closed bis")
    made = [_candidate(f"2024-0{i + 1}-18", i, text, "date") for i, text in enumerate(said)]
    group = _group(*[(one, {}) for one in made], family="date")
    found = choice.called(group, "due_date")
    assert found is not None
    assert found.value == "2024-01-18"
    assert found.proven is None
    other = (_candidate("2024-05-18", 2, "due date", "date"), {})
    assert (
        choice.called(_group(*[(one, {}) for one in made], other, family="date"), "due_date")
        is None
    )


def test_an_only_date_is_offered_as_it_is_likely_any() -> None:
    likely = {"none": 0.6, "invoice_date": 0.12, "due_date": 0.28}
    twice = [(_candidate("2018-03-18", i, family="date"), likely) for i in range(2)]
    found = choice.only(_group(*twice, family="date"))
    assert found is not None
    assert (found.value, found.share) == ("2018-03-18", pytest.approx(0.4))
    other = (_candidate("2018-04-18", 2, family="date"), likely)
    assert choice.only(_group(*twice, other, family="date")) is None
    assert choice.only(_group(family="date")) is None


def test_nothing_is_chosen_of_unlikely_values() -> None:
    group = _group((_candidate(100.0), {"net_amount": 0.1, "amount_paid": 0.1}))
    assert _together(group) == {}


def test_what_is_due_follows_from_what_was_paid() -> None:
    group = _group(
        (_candidate(120.0, 0), {"total_amount": 0.9}),
        (_candidate(30.0, 1), {"amount_paid": 0.6}),
        (_candidate(90.0, 2), {"amount_due": 0.45}),
        (_candidate(99.0, 3), {"amount_due": 0.55}),
    )
    assert _together(group, money_rules.payment_closes)["amount_due"] == 90.0


def test_a_payment_need_not_be_named_to_be_deducted() -> None:
    group = _group(
        (_candidate(120.0, 0), {"total_amount": 0.9}),
        (_candidate(30.0, 1), {"none": 0.9}),
        (_candidate(90.0, 2), {"amount_due": 0.42}),
    )

    def pays(printed: set[float]) -> Any:
        return lambda values: money_rules.payment_closes(values, printed)

    assert _together(group, pays({120.0, 30.0, 90.0}))["amount_due"] == 90.0
    assert "amount_due" not in _together(group, pays({120.0, 90.0}))


@pytest.mark.parametrize("change", [8.5, 0.5])
def test_cash_that_got_change_is_no_total(change: float) -> None:
    group = _group(
        (_candidate(141.5, 0), {"total_amount": 0.3}),
        (_candidate(150.0, 1, same="CASH"), {"total_amount": 0.85}),
        (_candidate(change, 2, same="CHANGE"), {}),
    )
    known = money_rules.handed(group)
    assert known == ({141.5} if change == 8.5 else set(), {150.0})
    assert _together(group, lambda v: money_rules.is_handed(v, known))["total_amount"] == 141.5


def test_cash_without_change_may_be_the_total() -> None:
    group = _group(
        (_candidate(141.5, 0, same="CASH"), {"total_amount": 0.85}),
        (_candidate(0.0, 1, same="CHANGE"), {}),
    )
    known = money_rules.handed(group)
    assert known == (set(), set())
    assert _together(group, lambda v: money_rules.is_handed(v, known))["total_amount"] == 141.5


def test_a_value_printed_twice_counts_more() -> None:
    group = _group(
        (_candidate(10.0, 0), {"total_amount": 0.4}),
        (_candidate(10.0, 1), {"total_amount": 0.4}),
        (_candidate(12.0, 2), {"total_amount": 0.5}),
    )
    assert choice.options(group, "total_amount")[0].value == 10.0


def test_due_dates_do_not_come_before_the_invoice() -> None:
    assert choice.dates_follow({"invoice_date": "2024-03-01", "due_date": "2024-02-01"})[0] < 0
    assert choice.dates_follow({"invoice_date": "2024-03-01", "due_date": "2024-03-31"})[0] > 0


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        ({"supplier_vat_id": "FR44732829320", "receiver_vat_id": "FR44732829320"}, -1),
        ({"supplier_vat_id": "FR44732829320", "supplier_siren": "732829320"}, 1),
        ({"supplier_siret": "73282932000074", "supplier_siren": "356000000"}, -1),
    ],
)
def test_identifiers_of_parties(values: Any, sign: int) -> None:
    assert choice.parties_differ(values)[0] * sign > 0


def test_a_total_is_the_rounded_one() -> None:
    group = _group(
        (_candidate(8.11, 0), {"total_amount": 0.7}),
        (_candidate(-0.01, 1, same="Rounding"), {}),
        (_candidate(8.10, 2), {"total_amount": 0.3}),
    )
    known = money_rules.rounded(group)
    assert known == {8.1: 8.11}

    def rounds(values: Any) -> tuple[float, set[str]]:
        return money_rules.is_rounded(values, known)

    assert _together(group, rounds)["total_amount"] == 8.1


def test_a_rule_that_fails_is_told() -> None:
    group = _group(
        (_candidate(100.0, 0), {"net_amount": 0.99}),
        (_candidate(20.0, 1), {"total_tax_amount": 0.99}),
        (_candidate(150.0, 2), {"total_amount": 0.99}),
    )
    offered = {name: choice.options(group, name) for name in money_rules.SUMS}
    made = choice.together(offered, [money_rules.sums_close])
    if len(made) == 3:
        assert all(one.proven is False for one in made.values())
