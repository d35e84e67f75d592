from collections.abc import Mapping, Sequence

import pytest

from socle.checks import invoice
from socle.readings import Check, Field, Line, Source, Value

NUMBERS: dict[str, Value] = {
    "lines_amount": 100.0,
    "discount": 10.0,
    "charges": 5.0,
    "net_amount": 95.0,
    "total_tax_amount": 17.35,
    "total_amount": 112.35,
    "amount_paid": 12.35,
    "amount_due": 100.0,
    "currency": "EUR",
    "supplier_country": "FR",
    "invoice_date": "2024-03-01",
    "due_date": "2024-03-31",
}
LINES: list[dict[str, Value]] = [
    {"quantity": 3.0, "unit_price": 20.0, "amount": 60.0, "tax_rate": 20.0},
    {"quantity": 4.0, "unit_price": 11.0, "discount": 4.0, "amount": 40.0, "tax_rate": 10.0},
]
VAT: list[dict[str, Value]] = [
    {"rate": 20.0, "base": 78.5, "amount": 15.7},
    {"rate": 10.0, "base": 16.5, "amount": 1.65},
]


def made(
    changes: Mapping[str, Value] | None = None,
    lines: Sequence[Mapping[str, Value]] = LINES,
    vat: Sequence[Mapping[str, Value]] = VAT,
    source: Source = "embedded",
) -> list[Check]:
    values = {**NUMBERS, **(changes or {})}
    fields = {name: Field(v, source=source) for name, v in values.items() if v is not None}
    return invoice.checks(fields, {"lines": list(map(Line, lines)), "vat": list(map(Line, vat))})


def outcome(checks: list[Check], passed: bool | None) -> set[str]:
    return {check.name for check in checks if check.passed is passed}


def test_a_right_invoice_passes_all() -> None:
    checks = made()
    assert all(check.passed for check in checks)
    assert outcome(checks, True) == {
        "line_amount",
        "lines_sum",
        "net_amount",
        "vat_amount",
        "vat_sum",
        "vat_base",
        "total_amount",
        "amount_due",
        "vat_rate",
        "dates_in_order",
    }


@pytest.mark.parametrize(
    ("name", "value", "failing"),
    [
        ("lines_amount", 101.0, {"lines_sum", "net_amount"}),
        ("discount", 9.0, {"net_amount"}),
        ("charges", 6.0, {"net_amount"}),
        ("net_amount", 96.0, {"net_amount", "vat_base", "total_amount"}),
        ("total_tax_amount", 18.35, {"vat_sum", "total_amount"}),
        ("total_amount", 113.35, {"total_amount", "amount_due"}),
        ("amount_paid", 13.35, {"amount_due"}),
        ("amount_due", 101.0, {"amount_due"}),
        ("due_date", "2024-02-01", {"dates_in_order"}),
    ],
)
def test_each_number_is_held_by_a_rule(name: str, value: Value, failing: set[str]) -> None:
    assert outcome(made({name: value}), False) == failing


def test_a_wrong_line_is_named() -> None:
    lines = [LINES[0], {**LINES[1], "quantity": 5.0}]
    (check,) = [check for check in made(lines=lines) if check.passed is False]
    assert (check.name, check.line) == ("line_amount", 2)
    assert check.detail == "5 * 11 - 4 != 40.00"


def test_print_may_give_prices_without_tax_and_amounts_with_it() -> None:
    sums = {"net_amount": 278.61, "total_tax_amount": 40.39, "total_amount": 319.0}
    none = dict.fromkeys(("lines_amount", "discount", "charges", "amount_paid", "amount_due"))
    line = {"quantity": 1.0, "unit_price": 278.61, "amount": 319.0}
    told = made({**none, **sums}, [line], [], "text")
    assert "line_amount" in outcome(told, True)
    told = made({**none, **sums}, [line], [], "embedded")
    assert "line_amount" in outcome(told, False)
    told = made({**none, **sums, "net_amount": 280.0}, [line], [], "text")
    assert "line_amount" in outcome(told, False)


def test_wrong_tax_and_rate_are_named() -> None:
    vat = [VAT[0], {"rate": 7.0, "base": 16.5, "amount": 1.65}]
    checks = made(vat=vat)
    assert outcome(checks, False) == {"vat_amount", "vat_rate"}
    (rate,) = [check for check in checks if check.name == "vat_rate" and not check.passed]
    assert rate.detail == "7 % in FR"
    # Insurance tax is no value added tax.
    assert not outcome(made(vat=[{**row, "tax": "INSURANCE"} for row in vat]), None)


def test_what_is_missing_is_not_checked_and_what_is_there_in_part_is_open() -> None:
    assert invoice.checks({}, {}) == []
    assert invoice.checks({"total_amount": Field(5.0)}, {}) == []
    checks = made({"total_tax_amount": None, "amount_paid": None}, vat=[])
    assert outcome(checks, None) == {"total_amount", "amount_due"}
    assert not outcome(checks, False)


def test_exempt_totals_need_no_tax() -> None:
    fields = {"net_amount": Field(80.0), "total_amount": Field(80.0)}
    (check,) = invoice.checks(fields, {})
    assert check.passed


def test_lines_that_gather_others_do_not_count() -> None:
    assert "lines_sum" in outcome(made(lines=[*LINES, {"amount": 100.0}]), False)
    grouped = [*LINES, {"amount": 100.0, "line_type": "GROUP"}]
    assert "lines_sum" in outcome(made(lines=grouped), True)


def test_print_may_count_shipping_in_or_not_and_lines_with_tax() -> None:
    changes: dict[str, Value] = {"lines_amount": None, "discount": None, "charges": None}
    shipped = {**changes, "net_amount": 100.0, "shipping": 10.0, "total_tax_amount": 20.0}
    for total in (120.0, 130.0):
        checks = made({**shipped, "total_amount": total, "amount_due": None}, vat=[], source="text")
        assert "total_amount" in outcome(checks, True)
    strict = made({**shipped, "total_amount": 130.0, "amount_due": None}, vat=[])
    assert "total_amount" in outcome(strict, False)
    gross = {**changes, "net_amount": 83.33, "total_tax_amount": 16.67, "total_amount": 100.0}
    assert "net_amount" in outcome(made({**gross, "amount_due": None}, vat=[], source="ocr"), True)


def test_identifiers() -> None:
    right: dict[str, Value] = {
        "supplier_siren": "732829320",
        "supplier_siret": "73282932000074",
        "supplier_vat_id": "FR44732829320",
        "supplier_iban": "FR1420041010050500013M02606",
    }
    assert outcome(made(right), False) == set()
    assert {"siren_in_siret", "siren_in_vat_id", "identifier"} <= outcome(made(right), True)
    for name, wrong in (
        ("supplier_siret", "73282932000075"),
        ("supplier_vat_id", "FR45732829320"),
        ("supplier_iban", "FR1420041010050500013M02607"),
        ("receiver_siren", "732829321"),
    ):
        (check,) = [check for check in made({**right, name: wrong}) if check.passed is False]
        assert (check.name, check.fields) == ("identifier", (name,))
    other = {**right, "supplier_siren": "356000000"}
    assert outcome(made(other), False) == {"siren_in_siret", "siren_in_vat_id"}
    la_poste: dict[str, Value] = {"supplier_siren": "356000000", "supplier_siret": "35600000049837"}
    assert outcome(made(la_poste), False) == set()
    assert outcome(made({"supplier_vat_id": "NO123456789MVA"}), False) == set()


def test_print_that_does_not_add_up_is_an_open_check() -> None:
    failed = Check("total_amount", False, "", ("net_amount", "total_amount"))
    printed = {name: Field(1.0, source="text") for name in failed.fields}
    stored = {name: Field(1.0, source="embedded") for name in failed.fields}
    assert invoice.doubted([failed], printed)[0].passed is None
    assert invoice.doubted([failed], stored)[0].passed is False
    mixed = {**printed, "net_amount": stored["net_amount"]}
    assert invoice.doubted([failed], mixed)[0].passed is False
    right = Check("total_amount", True, "", failed.fields)
    assert invoice.doubted([right], printed) == [right]
