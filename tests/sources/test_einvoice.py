import json
from pathlib import Path

import pytest

from socle.checks import invoice
from socle.errors import UnreadableError
from socle.sources import einvoice
from tests.sources.invoices import CII, UBL

SHARED = Path(__file__).parents[3] / "shared" / "data" / "documents" / "factur-x-invoices"


def found(text: str) -> einvoice.Found:
    read = einvoice.read(text.encode())
    assert read is not None
    return read


def values(read: einvoice.Found) -> dict[str, object]:
    return {name: field.value for name, field in read.fields.items()}


def test_cross_industry_invoice() -> None:
    read = found(CII)
    assert (read.syntax, read.profile) == ("cii", "urn:cen.eu:en16931:2017")
    assert values(read) == {
        "invoice_id": "F 2024-17",
        "invoice_type": "credit_note",
        "invoice_date": "2024-02-29",
        "due_date": "2024-03-30",
        "currency": "EUR",
        "tax_currency": "CHF",
        "payment_terms": "30 jours",
        "supplier_name": "Le Fournisseur",
        "supplier_address": "1 rue d'ici, 06000 Nice, FR",
        "supplier_postcode": "06000",
        "supplier_city": "Nice",
        "supplier_country": "FR",
        "supplier_siren": "732829320",
        "supplier_siret": "73282932000074",
        "supplier_vat_id": "FR44732829320",
        "supplier_tax_number": "201/113/40209",
        "supplier_iban": "FR1420041010050500013M02606",
        "receiver_iban": "DE89370400440532013000",
        "receiver_name": "Le Client",
        "receiver_country": "FR",
        "lines_amount": 80.0,
        "charges": 5.0,
        "shipping": 5.0,
        "net_amount": 85.0,
        "total_tax_amount": 17.0,
        "tax_in_tax_currency": 16.15,
        "total_amount": 102.0,
        "amount_paid": 2.0,
        "amount_due": 100.0,
    }
    (line,) = read.tables["lines"]
    assert line.values == {
        "line_id": "1",
        "description": "Papier A4",
        "product_code": "4012345001235",
        "gtin": "4012345001235",
        "quantity": 9.0,
        "unit": "C62",
        "unit_price": 30.0,
        "base_quantity": 3.0,
        "discount": 10.0,
        "amount": 80.0,
        "tax_rate": 20.0,
    }
    (tax,) = read.tables["vat"]
    assert (tax.values["rate"], tax.values["base"], tax.values["amount"]) == (20.0, 85.0, 17.0)
    assert not read.notes
    assert all(check.passed for check in invoice.checks(read.fields, read.tables))


def test_evidence_is_that_of_the_file() -> None:
    field = found(CII).fields["invoice_date"]
    assert (field.raw, field.source, field.confidence, field.page) == (
        "20240229",
        "embedded",
        1.0,
        None,
    )


def test_universal_business_language() -> None:
    read = found(UBL)
    assert read.syntax == "ubl"
    told = values(read)
    assert told["supplier_name"] == "Legal name Ltd."
    assert told["supplier_company_number"] == "GB98375"
    assert told["supplier_vat_id"] == "GB980780684"
    assert told["supplier_address"] == "Main street 1, GB 123 EW London, GB"
    assert told["receiver_siret"] == "73282932000074"
    assert told["receiver_siren"] == "732829320"
    assert told["ship_to_city"] == "Lyon"
    assert told["delivery_date"] == "2017-11-01"
    assert told["purchase_order"] == "PO 4"
    assert told["payment_reference"] == "Ref 9"
    # No IBAN: an account of another form has a name of its own.
    assert "supplier_iban" not in told
    assert told["supplier_account"] == "12-34-56789"
    assert read.tables["lines"][0].values == {
        "line_id": "1",
        "description": "Consulting",
        "details": "By day",
        "product_code": "C-1",
        "tax_category": "S",
        "quantity": 4.0,
        "unit_price": 25.0,
        "amount": 100.0,
        "tax_rate": 20.0,
        "unit": "HUR",
    }
    assert all(check.passed for check in invoice.checks(read.fields, read.tables))


def test_a_credit_note_of_ubl_has_other_names() -> None:
    text = UBL
    for old, new in (
        ("<Invoice ", "<CreditNote "),
        ("</Invoice>", "</CreditNote>"),
        ("Invoice-2", "CreditNote-2"),
        ("InvoiceTypeCode>380", "CreditNoteTypeCode>381"),
        ("InvoiceTypeCode", "CreditNoteTypeCode"),
        ("InvoiceLine", "CreditNoteLine"),
        ("InvoicedQuantity", "CreditedQuantity"),
    ):
        text = text.replace(old, new)
    read = found(text)
    assert read.fields["invoice_type"].value == "credit_note"
    assert read.tables["lines"][0].values["quantity"] == 4.0


def test_the_first_release_has_old_names() -> None:
    text = CII
    for new, old in (
        ("<rsm:CrossIndustryInvoice", "<rsm:CrossIndustryDocument"),
        ("</rsm:CrossIndustryInvoice", "</rsm:CrossIndustryDocument"),
        ("ExchangedDocument>", "HeaderExchangedDocument>"),
        ("rsm:SupplyChainTradeTransaction", "rsm:SpecifiedSupplyChainTradeTransaction"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        ("SpecifiedLineTrade", "SpecifiedSupplyChainTrade"),
        ("SettlementHeaderMonetary", "SettlementMonetary"),
        ("SettlementLineMonetary", "SettlementMonetary"),
        ("RateApplicablePercent", "ApplicablePercent"),
    ):
        text = text.replace(new, old)
    assert values(found(text)) == values(found(CII))
    assert found(text).tables["lines"] == found(CII).tables["lines"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ('format="102">20240229', "2024-02-29"),
        ('format="102">2024-02-29', "2024-02-29"),
        ('format="203">202402291530', "2024-02-29"),
        (">2024-02-29T00:00:00", "2024-02-29"),
        ('format="610">202402', "2024-02"),
        ('format="4">29022024', "2024-02-29"),
    ],
)
def test_dates_of_every_form(written: str, day: str) -> None:
    text = CII.replace('format="102">20240229', written).replace("String>2024", "String >2024")
    assert found(text).fields["invoice_date"].value == day


def test_what_is_no_date_and_no_number_is_noted_and_left_out() -> None:
    text = CII.replace("20240229", "20240230").replace(">102.00<", ">1,02.00<")
    read = found(text)
    assert not {"invoice_date", "total_amount"} & read.fields.keys()
    assert "invoice_date is no date: '20240230'." in read.notes
    assert "total_amount is no number: '1,02.00'." in read.notes
    assert "total_amount" not in found(CII.replace(">102.00<", f">{'9' * 400}<")).fields


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7", b"hello", b"<html/>", b"<Invoice/>", b'<Invoice xmlns="urn:other"/>', b"\x89PNG"],
)
def test_other_files_are_none(data: bytes) -> None:
    assert einvoice.read(data) is None


def test_damaged_files_are_told() -> None:
    for data in (b"", CII.encode()[:900], CII.replace("</ram:ID>", "</ram:IDD>").encode()):
        with pytest.raises(UnreadableError):
            einvoice.read(data)


def test_the_attachment_is_chosen_by_its_content() -> None:
    files = {"a.xml": b"<other/>", "notes.txt": b"<", "any name.XML": CII.encode()}
    read = einvoice.search(files)
    assert read is not None
    assert read.fields["invoice_id"].value == "F 2024-17"
    assert einvoice.search({"a.xml": b"<other/>", "b.pdf": b"%PDF"}) is None


def test_a_damaged_attachment_leaves_the_document_to_be_looked_at() -> None:
    read = einvoice.search({"Factur-X.xml": CII.encode()[:900]})
    assert read is not None
    (check,) = read.checks
    assert (check.passed, check.fields) == (None, ("total_amount",))
    assert not read.fields
    assert "Factur-X.xml cannot be read" in read.notes[0]


@pytest.mark.real
@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared documents")
def test_all_fields_of_the_shared_invoices() -> None:
    names = {
        "invoice_number": "invoice_id",
        "currency": "currency",
        "seller_name": "supplier_name",
        "buyer_name": "receiver_name",
        "buyer_city": "receiver_city",
        "total_lines": "lines_amount",
        "total_without_tax": "net_amount",
        "total_tax": "total_tax_amount",
        "total_with_tax": "total_amount",
        "amount_due": "amount_due",
    }
    files = sorted(SHARED.glob("*.xml"))
    assert len(files) > 30
    for path in files:
        read = einvoice.read(path.read_bytes())
        assert read is not None
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        told = values(read)
        for theirs, ours in names.items():
            expected = truth[theirs]
            if isinstance(expected, str):
                expected = einvoice.printed(expected) or None
            assert told.get(ours) == expected, (path.name, ours)
