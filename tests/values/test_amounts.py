"""Amounts as French, English, German and Swiss people print them."""

import pytest

from socle.values.amounts import amounts_in, currency_of, decimal_mark, parse_amount


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,56 €", 1234.56),
        ("1\u202f234,56\u00a0€", 1234.56),
        ("$1,234.56", 1234.56),
        ("1.234,56", 1234.56),
        ("CHF 1'234.50", 1234.5),
        ("-12,00", -12.0),
        ("\u221212,00", -12.0),
        ("12,00-", -12.0),
        ("(12.00)", -12.0),
        ("-$5.00", -5.0),
        ("12.00 DR", -12.0),
        ("12.00 CR", 12.0),
        ("1.234", 1234.0),
        ("0.125", 0.125),
        ("1,5", 1.5),
        ("RM 9.00", 9.0),
        ("1 234 567,8 €", 1234567.8),
        ("12,- €", 12.0),
    ],
)
def test_one_amount_is_read(text: str, value: float) -> None:
    assert parse_amount(text) == value


@pytest.mark.parametrize("text", ["", "20 %", "A12", "12/03", "12 rue", "1.2.3.4,5,6"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert parse_amount(text) is None


def test_the_decimal_mark_of_the_document_decides() -> None:
    assert parse_amount("1.234", ".") == 1.234
    assert parse_amount("1,234", ".") == 1234.0
    assert parse_amount("1.234", ",") == 1234.0
    assert decimal_mark(["1.234,50", "12,00", "3.20"]) == ","
    assert decimal_mark(["12", "A.B"]) is None


def test_amounts_come_with_their_place_and_currency() -> None:
    text = "Total TTC 1 234,56 EUR dont TVA : 205,76"
    first, second = amounts_in(text)
    assert (first.value, first.currency, first.decimals) == (1234.56, "EUR", 2)
    assert text[first.start : first.end] == "1 234,56 EUR"
    assert (second.value, second.currency) == (205.76, None)
    assert text[second.start : second.end] == "205,76"


def test_a_bracket_without_partner_is_not_of_the_amount() -> None:
    text = "(réf. 12,50"
    (found,) = amounts_in("(12,50 voir note")
    assert found.value == 12.5
    assert amounts_in(text)[0].value == 12.5


def test_currencies_are_named_by_their_codes() -> None:
    assert currency_of("Montant en euros : 12 €") == "EUR"
    assert currency_of("US$ 12") == "USD"
    assert currency_of("RM9") is None
    assert currency_of("TOTAL RM 9.00") == "MYR"
    assert currency_of("rien") is None
