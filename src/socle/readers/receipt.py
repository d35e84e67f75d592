"""Receipts of tills, restaurants, car parks: photographs and scans, mostly."""

from __future__ import annotations

from dataclasses import replace

from socle.checks import invoice as rules
from socle.errors import InputError
from socle.pages import Document
from socle.ranking.header import header
from socle.ranking.kinds import receipt_like
from socle.ranking.lines import lines
from socle.ranking.ranker import load
from socle.readers import Settings
from socle.readings import Field, Line, Reading

REQUIRED = ("supplier_name", "invoice_date", "total_amount")
_NONE = ("receiver_", "due_date", "delivery_date", "purchase_order", "payment_terms", "shipping")
"""Fields, or starts of their names, that no receipt has."""
_DUE = "amount_due"
"""Told only where it is printed: most receipts are paid when they are given."""
_FAILED = 0.5


class Receipt:
    """Reads receipts."""

    name = "receipt"
    about = "Receipts: shop, date, total, tax, lines."

    def suits(self, document: Document) -> float:
        """Return how much the document looks like a receipt."""
        return receipt_like(document)

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return what stands on a receipt.

        Raises:
            InputError: there is no print.
        """
        if not any(page.words for page in document.pages):
            raise InputError(
                "There is no print in this document.",
                "Photograph the whole receipt, upright and sharp.",
            )
        read = header(document, load(settings.ranker))
        fields = {
            name: one
            for name, one in read.fields.items()
            if not name.startswith(_NONE) and not (name == _DUE and name in read.implied)
        }
        fields["invoice_type"] = Field("receipt", "", fields["invoice_type"].confidence)
        tables: dict[str, tuple[Line, ...]] = {
            "lines": lines(document.pages),
            "vat": tuple(read.vat),
        }
        checks = rules.checks(fields, tables)
        for check in checks:
            for name in check.fields if check.passed is False else ():
                if name in fields:
                    sure = min(fields[name].confidence, _FAILED)
                    fields[name] = replace(fields[name], confidence=sure)
        kept = {name: rows for name, rows in tables.items() if rows}
        checks = rules.doubted(checks, fields)
        return Reading(self.name, fields, kept, checks, (), required=REQUIRED)


OPTION = Receipt()
