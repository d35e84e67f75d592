"""Invoices and credit notes: from the embedded e-invoice, payment codes and print.

An e-invoice that the file carries is the legal original: its values count, and what is printed is
read beside it. Where the print says something else, that is a failed check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from socle.checks import invoice as rules
from socle.errors import InputError, UnreadableError
from socle.pages import Document
from socle.ranking.header import Header, header
from socle.ranking.kinds import invoice_like
from socle.ranking.lines import lines
from socle.ranking.ranker import load
from socle.readers import Settings
from socle.readings import Check, Field, Line, Reading
from socle.sources import einvoice, payment

REQUIRED = ("invoice_id", "invoice_date", "supplier_name", "total_amount")
_COMPARED = (
    *("invoice_id", "invoice_date", "due_date", "currency", "net_amount", "total_tax_amount"),
    *("total_amount", "amount_due", "supplier_name", "receiver_name", "supplier_iban"),
    *("supplier_vat_id", "supplier_siren", "supplier_siret", "receiver_vat_id"),
)
_SURE = 0.9
"""A printed value that is less sure than this can contradict no better source."""
_FAILED = 0.5
"""A value under a failed check is no surer than this."""


@dataclass
class _Draft:
    """A reading in the making."""

    fields: dict[str, Field] = field(default_factory=dict)
    tables: dict[str, Sequence[Line]] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Invoice:
    """Reads invoices and credit notes of any layout, in French, English and German."""

    name = "invoice"
    about = "Invoices and credit notes: parties, dates, references, totals, VAT, lines."

    def suits(self, document: Document) -> float:
        """Return 1 for an e-invoice, less for the labels of an invoice."""
        if _embedded(document) is not None:
            return 1.0
        return invoice_like(document)

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return the header, the table of VAT and the lines of an invoice.

        Raises:
            InputError: there is neither an e-invoice nor print.
        """
        found = _embedded(document)
        printed = any(page.words for page in document.pages)
        if found is None and not printed:
            raise InputError(
                "There is neither an e-invoice nor print in this document.",
                "Scan it at 200 dots per inch at least, upright.",
            )
        draft = _Draft()
        read = header(document, load(settings.ranker)) if printed else Header()
        if found is not None and found.fields:
            _from_file(draft, found, read, printed)
        else:
            if found is not None:
                draft.checks += found.checks
                draft.notes += found.notes
            draft.fields = dict(read.fields)
            draft.tables = {"lines": lines(document.pages), "vat": read.vat}
        _from_codes(draft, document, read)
        checks = rules.checks(draft.fields, draft.tables)
        _cap(draft, checks)
        draft.checks += rules.doubted(checks, draft.fields)
        kept = {name: rows for name, rows in draft.tables.items() if rows}
        return Reading(self.name, draft.fields, kept, draft.checks, draft.notes, required=REQUIRED)


def _embedded(document: Document) -> einvoice.Found | None:
    """Return the e-invoice that the document is or carries, or None."""
    if document.data:
        try:
            return einvoice.read(document.data)
        except UnreadableError:
            return None
    return einvoice.search(document.attachments) if document.attachments else None


def _from_file(draft: _Draft, found: einvoice.Found, read: Header, printed: bool) -> None:
    """Take what the e-invoice says, and compare the print with it."""
    draft.fields = dict(found.fields)
    draft.tables = dict(found.tables)
    draft.checks += found.checks
    draft.notes += found.notes
    if printed:
        draft.checks += _compared(found.fields, read)


def _compared(first: Mapping[str, Field], read: Header) -> list[Check]:
    """Return whether the print says what a better source does.

    A value that stands anywhere in print agrees, whatever field the ranking took it for.
    """
    checks = []
    for name in _COMPARED:
        if name not in first:
            continue
        if read.prints(name, first[name].value):
            said = f"{first[name].source}: {first[name].value}"
            checks.append(Check("sources_agree", True, said[:120], (name,)))
        elif name in read.fields and name not in read.implied:
            theirs = read.fields[name]
            for check in rules.agreement({name: first[name]}, {name: theirs}):
                unsure = check.passed is False and theirs.confidence < _SURE
                checks.append(replace(check, passed=None, fields=()) if unsure else check)
    return checks


def _from_codes(draft: _Draft, document: Document, read: Header) -> None:
    """Take what payment codes say where no e-invoice does, and compare the print with it."""
    for page in document.pages:
        for code in page.codes:
            told = payment.read(code.content, page.number, (page.fraction(code.box),))
            if not told:
                continue
            draft.checks += _compared(told, read)
            for name, value in told.items():
                known = draft.fields.get(name)
                if known is None or known.source not in ("embedded", "barcode"):
                    draft.fields[name] = value


def _cap(draft: _Draft, checks: Sequence[Check]) -> None:
    """Make values under failed checks less sure, but for those that came as data."""
    for check in checks:
        if check.passed is not False:
            continue
        for name in check.fields:
            kept = draft.fields.get(name)
            if kept is not None and kept.source in ("text", "ocr"):
                draft.fields[name] = replace(kept, confidence=min(kept.confidence, _FAILED))


OPTION = Invoice()
