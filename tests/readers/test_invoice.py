"""Invoices: from print, from the e-invoice that a file carries, from payment codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle.documents import open_document
from socle.errors import InputError
from socle.pages import Code, Document, Page
from socle.readers import Settings
from socle.readers.invoice import OPTION
from specimens import reading
from specimens.invoices import make

SHARED = Path(__file__).parents[3] / "shared" / "data" / "documents" / "factur-x-invoices"
_EPC = b"BCD\n002\n1\nSCT\nCOBADEFFXXX\nKeller GmbH\nDE89370400440532013000\nEUR119.00\n\n\nRE-1\n"


def _printed(layout: int = 41_000) -> tuple[Document, dict[str, Any]]:
    specimen = make(np.random.default_rng(3), layout=layout)
    return reading.words(specimen), specimen.truth


def test_print_is_read_and_checked() -> None:
    document, truth = _printed()
    read = OPTION.read(document, Settings())
    assert read.kind == "invoice"
    assert read.fields["total_amount"].value == pytest.approx(truth["total_amount"])
    assert read.fields["total_amount"].source == "text"
    assert read.tables["lines"]
    assert any(check.name == "total_amount" for check in read.checks)


def test_an_invoice_looks_like_one_and_a_letter_does_not() -> None:
    document, _ = _printed()
    assert OPTION.suits(document) > 0.5
    assert OPTION.suits(replace(document, pages=())) == 0.0


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither an e-invoice nor print"):
        OPTION.read(Document(tmp_path / "a.pdf", "application/pdf", (Page(1, 10, 10),)), Settings())


def test_a_payment_code_counts_more_than_print_and_is_compared() -> None:
    document, _ = _printed()
    code = Code("QRCode", _EPC, (0, 0, 10, 10))
    pages = (replace(document.pages[0], codes=(code,)), *document.pages[1:])
    read = OPTION.read(replace(document, pages=pages), Settings())
    assert read.fields["supplier_iban"].value == "DE89370400440532013000"
    assert read.fields["supplier_iban"].source == "barcode"
    assert any(check.name == "sources_agree" and not check.passed for check in read.checks)


def test_values_under_failed_checks_are_not_sure() -> None:
    document, truth = _printed()
    read = OPTION.read(document, Settings())
    failed = {n for check in read.checks if check.passed is False for n in check.fields}
    assert all(read.fields[n].confidence <= 0.5 for n in failed & set(read.fields))
    assert truth


@pytest.mark.real
@pytest.mark.skipif(not SHARED.exists(), reason="the shared documents are not here")
def test_the_embedded_invoice_counts_and_print_agrees() -> None:
    path = SHARED / "Facture_FR_BASICWL.pdf"
    read = OPTION.read(open_document(path), Settings())
    assert read.fields["invoice_id"].source == "embedded"
    agreed = {n for c in read.checks if c.name == "sources_agree" and c.passed for n in c.fields}
    assert {"invoice_id", "total_amount", "supplier_iban"} <= agreed
    assert OPTION.suits(open_document(path)) == 1.0


@pytest.mark.real
@pytest.mark.skipif(not SHARED.exists(), reason="the shared documents are not here")
def test_print_that_contradicts_the_embedded_invoice_is_a_failed_check() -> None:
    document = open_document(SHARED / "Facture_FR_BASICWL.pdf")
    files = {
        name: data.replace(b"671.15", b"971.15") for name, data in document.attachments.items()
    }
    read = OPTION.read(replace(document, attachments=files), Settings())
    assert read.fields["total_amount"].value == pytest.approx(971.15)
    assert any(c.passed is False and "total_amount" in c.fields for c in read.checks)
    assert read.status(0.5) == "reject"
