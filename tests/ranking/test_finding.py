"""Values of a text by their form."""

from __future__ import annotations

from typing import Any

import pytest

from socle.ranking import finding


def _values(hits: Any) -> list[Any]:
    return [hit.value for hit in hits]


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("Total TTC 1 234,56 €", ",", [1234.56]),
        ("Total $1,234.56", ".", [1234.56]),
        ("Summe 1.234,56", ",", [1234.56]),
        ("1.234.56", ",", [1234.56]),
        ("TOTAL:12.30", ".", [12.3]),
        ("Total12.30", ".", [12.3]),
        ("6.00SR", ".", [6.0]),
        ("1O5,2O €", ",", [105.2]),
        ("TVA 20,0 %", ",", []),
        ("le 12.03.2024", ",", []),
    ],
)
def test_amounts_survive_what_ocr_does(text: str, decimal: Any, expected: Any) -> None:
    assert _values(finding.amounts(text, decimal)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Date:19-03-2018", ["2018-03-19"]),
        ("19-03-201817:22:33", ["2018-03-19"]),
        ("2O18-03-19", ["2018-03-19"]),
        ("05 02-18", ["2018-02-05"]),
        ("Tél. 04 72 07 08 56", []),
        ("31/12/2099", []),
    ],
)
def test_days(text: str, expected: Any) -> None:
    assert _values(finding.days(text, day_first=True)) == expected


def test_references_with_and_without_the_word_before_them() -> None:
    values = _values(finding.references("Facture n° FV 1234 du"))
    assert "1234" in values
    assert "FV 1234" in values


def test_reference_glued_to_its_label() -> None:
    assert "12345" in _values(finding.references("Rechnungsnr12345"))


@pytest.mark.parametrize(
    ("text", "expected", "valid"),
    [
        ("TVA FR 44 732 829 320", "FR44732829320", True),
        ("N° de TVA: FR 447 328 293 20", "FR44732829320", True),
        ("USt-IdNr DE123456789", "DE123456789", False),
        ("VAT GB 980 7806 84", "GB980780684", True),
        ("DE1369 5976", None, None),
    ],
)
def test_vat_ids_valid_or_not(text: str, expected: Any, valid: bool | None) -> None:
    found = finding.vat_ids(text)
    assert _values(found) == ([expected] if expected else [])
    assert [hit.valid for hit in found] == ([valid] if expected else [])


def test_company_numbers_in_groups() -> None:
    found = finding.company_numbers("SIRET 732 829 320 00074, RCS Paris 732829320")
    assert [(hit.value, hit.valid) for hit in found] == [
        ("73282932000074", True),
        ("732829320", True),
    ]


@pytest.mark.parametrize(
    ("text", "expected", "valid"),
    [
        ("IBAN : DE89 3704 0044 0532 0130 00 - BIC : COBADEFFXXX", "DE89370400440532013000", True),
        ("DE88 3704 0044 0532 0130 00 Bank", "DE88370400440532013000", False),
    ],
)
def test_accounts_end_where_countries_say(text: str, expected: Any, valid: bool | None) -> None:
    found = finding.accounts(text)
    assert [(hit.value, hit.valid) for hit in found] == [(expected, valid)]


def test_phone_is_no_date() -> None:
    assert _values(finding.phones("Tél : +33 4 72 07 08 56")) == ["+33 4 72 07 08 56"]
    assert _values(finding.phones("12.03.2024")) == []
    assert _values(finding.phones("Seattle, WA 98109-5210")) == []
