import pytest

from socle.checks.agreement import agreement
from socle.readings import Field, Value


@pytest.mark.parametrize(
    ("name", "first", "second", "passed"),
    [
        ("total_amount", 120.0, 120.0, True),
        ("total_amount", 120.0, 120.01, False),
        ("invoice_date", "2024-01-02", "2024-01-02", True),
        ("invoice_date", "2024-01-02", "2024-02-01", False),
        ("invoice_id", "F 2024/17", "F2024-17", True),
        ("invoice_id", "F2024-17", "F2024-18", False),
        ("supplier_iban", "DE89370400440532013000", "DE89370400440532013001", False),
        ("supplier_name", "Müller GmbH", "MUELLER GMBH", None),
        ("supplier_name", "Müller GmbH", "Kunden-Nr. 4 MULLER GMBH", True),
        ("supplier_name", "Le Fournisseur", "Le Client", None),
        ("supplier_name", "Fournisseur", "Client", False),
        ("supplier_address", "1 rue d'ici, 06000 Nice, FR", "1, rue d'ici 06000 NICE", True),
        ("invoice_type", "corrected_invoice", "invoice", True),
        ("invoice_type", "credit_note", "invoice", False),
    ],
)
def test_two_sources(name: str, first: Value, second: Value, passed: bool | None) -> None:
    (check,) = agreement({name: Field(first, source="embedded")}, {name: Field(second)})
    assert check.passed is passed
    assert check.fields == (name,)
    if passed is not True:
        assert str(first) in check.detail
        assert str(second) in check.detail


def test_what_only_one_source_has_is_not_checked() -> None:
    assert agreement({"a": Field(1)}, {"b": Field(1)}) == []
