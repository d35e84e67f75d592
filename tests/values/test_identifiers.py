"""Identifiers, right ones and ones with a digit changed."""

from collections.abc import Callable

import pytest

from socle.values import identifiers as ids


@pytest.mark.parametrize(
    ("read", "printed", "compact"),
    [
        (ids.iban, "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        (ids.siren, "732 829 320", "732829320"),
        (ids.siret, "732 829 320 00074", "73282932000074"),
        (ids.vat_id, "FR 44 732 829 320", "FR44732829320"),
        (ids.vat_id, "DE 136,695 976", "DE136695976"),
        (ids.vat_id, "GB 980 7806 84", "GB980780684"),
        (ids.vat_id, "CHE-107.787.577 IVA", "CHE107787577IVA"),
        (ids.nir, "2 95 10 99 126 111 93", "295109912611193"),
        (ids.french_tax_number, "30 23 217 600 053", "3023217600053"),
        (ids.ssn, "536-90-4399", "536904399"),
        (ids.ssn, "912-55-1234", "912551234"),
        (ids.ein, "91-1144442", "911144442"),
        (ids.routing_number, "111000025", "111000025"),
        (ids.bic, "AGRIFRPP882", "AGRIFRPP882"),
    ],
)
def test_an_identifier_comes_back_compact(
    read: Callable[[str], str | None], printed: str, compact: str
) -> None:
    assert read(printed) == compact


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        (ids.iban, "DE89 3704 0044 0532 0130 01"),
        (ids.siren, "732 829 321"),
        (ids.siret, "732 829 320 00075"),
        (ids.vat_id, "FR 45 732 829 320"),
        (ids.nir, "2 95 10 99 126 111 94"),
        (ids.french_tax_number, "30 23 217 600 054"),
        (ids.ssn, "000-90-4399"),
        (ids.ssn, "912-93-1234"),
        (ids.ein, "07-1144442"),
        (ids.siren, ""),
    ],
)
def test_a_changed_digit_is_refused(read: Callable[[str], str | None], printed: str) -> None:
    assert read(printed) is None


def test_the_siren_inside_other_numbers() -> None:
    assert ids.siren_of("732 829 320 00074") == "732829320"
    assert ids.siren_of("FR44732829320") == "732829320"
    assert ids.siren_of("DE136695976") is None
