import tomllib
from importlib.resources import files
from typing import Any

import pytest

from socle import aliases
from socle.aliases import Product
from socle.errors import UsageError

FACTS: dict[str, Any] = tomllib.loads(
    files("socle").joinpath("aliases.toml").read_text(encoding="utf-8")
)
PRODUCTS: tuple[Product, ...] = ("textract", "documentai")
TABLES = [
    (kind, product, table)
    for kind, tables in FACTS.items()
    for product in PRODUCTS
    for table in ("", *aliases.TABLES)
    if (f"{product}-{table}" if table else product) in tables
]


def reading(kind: str, fields: dict[str, Any], **tables: Any) -> dict[str, Any]:
    told = {name: {"value": value, "checks": []} for name, value in fields.items()}
    return {"kind": kind, "fields": told, "lines": [], "checks": [], **tables}


@pytest.mark.parametrize(("kind", "product", "table"), TABLES)
def test_names_go_there_and_back(kind: str, product: Product, table: str) -> None:
    names = FACTS[kind][f"{product}-{table}" if table else product]
    assert len(set(names.values())) == len(names)
    for ours, theirs in names.items():
        assert aliases.alias(ours, product, kind, table) == theirs
        if not table:
            assert aliases.canonical(theirs, product, kind) == ours


def test_only_names_change() -> None:
    given = reading(
        "invoice",
        {"invoice_id": "F1", "total_amount": 12.0, "supplier_siren": "732829320"},
        lines=[{"description": "Papier", "amount": 12.0, "page": 1, "confidence": 0.9}],
        vat=[{"rate": 20.0, "base": 10.0, "amount": 2.0}],
        checks=[{"name": "total_amount", "passed": True, "fields": ["total_amount", "lines"]}],
        file="a.pdf",
    )
    given["fields"]["total_amount"]["checks"] = [{"name": "x", "fields": ["total_amount"]}]
    told = aliases.rename(given, "textract")
    assert list(told["fields"]) == ["INVOICE_RECEIPT_ID", "TOTAL", "supplier_siren"]
    assert told["fields"]["TOTAL"] == {
        "value": 12.0,
        "checks": [{"name": "x", "fields": ["TOTAL"]}],
    }
    assert told["lines"] == [{"ITEM": "Papier", "PRICE": 12.0, "page": 1, "confidence": 0.9}]
    assert told["vat"] == given["vat"]
    assert told["checks"] == [
        {"name": "total_amount", "passed": True, "fields": ["TOTAL", "lines"]}
    ]
    assert told["file"] == "a.pdf"
    google = aliases.rename(given, "documentai")
    assert google["vat"] == [{"vat/tax_rate": 20.0, "vat/amount": 10.0, "vat/tax_amount": 2.0}]
    assert google["fields"]["supplier_registration"]["value"] == "732829320"
    assert given["lines"][0]["description"] == "Papier"


def test_a_receipt_has_the_names_of_expenses() -> None:
    told = aliases.rename(reading("receipt", {"invoice_date": "2024-01-01"}), "documentai")
    assert list(told["fields"]) == ["receipt_date"]
    told = aliases.rename(reading("receipt", {"invoice_date": "2024-01-01"}), "textract")
    assert list(told["fields"]) == ["INVOICE_RECEIPT_DATE"]


def test_the_form_says_which_names() -> None:
    given = reading("form-1099", {"form": "1099-INT", "box_1": 5.0})
    assert list(aliases.rename(given, "documentai")["fields"]) == ["form", "InterestIncome"]
    given = reading("w2", {"form": "W-2", "box_1": 5.0})
    told = aliases.rename(given, "documentai")
    assert list(told["fields"]) == ["form", "WagesTipsOtherCompensation"]


def test_two_names_never_become_one() -> None:
    # Not ours, but a plugin may have it: the name is Google's for another field.
    given = reading("invoice", {"supplier_tax_id": "1", "supplier_vat_id": "2"})
    told = aliases.rename(given, "documentai")["fields"]
    assert {field["value"] for field in told.values()} == {"1", "2"}


def test_unknown_names_stay() -> None:
    assert aliases.canonical("SOMETHING", of="textract") == "SOMETHING"
    given = reading("fec", {"siren": "732829320"})
    assert aliases.rename(given, "textract") == given


def test_further_names_go_one_way() -> None:
    assert aliases.canonical("VENDOR_SUPPLIER/NAME", of="textract") == "supplier_name"
    assert aliases.canonical("EXPIRATON_DATE", of="textract") == "expiry_date"
    assert aliases.canonical("VENDOR_NAME", of="textract") == "supplier_name"
    assert aliases.canonical("ITEM", of="textract") == "description"
    assert aliases.canonical("LAST_NAME", of="textract", kind="identity") == "surname"


def test_an_unknown_product_is_told() -> None:
    with pytest.raises(UsageError, match="azure"):
        aliases.canonical("a", of="azure")  # type: ignore[arg-type]
