"""Whether a document looks like an invoice or like a till's receipt, by its labels; cheap."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from socle.pages import Document
from socle.pages.rows import rows
from socle.ranking.finding import rates
from socle.ranking.labels import meaning

_TITLES = frozenset({"title_invoice", "title_credit"})
_INVOICE: Mapping[str, float] = {
    "title": 0.2,
    "word": 0.15,
    "invoice_id": 0.2,
    "total_amount": 0.12,
    "amount_due": 0.1,
    "net_amount": 0.1,
    "total_tax_amount": 0.08,
    "due_date": 0.08,
    "vat_id": 0.06,
    "receiver": 0.06,
    "iban": 0.04,
    "payment_terms": 0.04,
    "quantity": 0.04,
    "unit_price": 0.06,
    "purchase_order": 0.04,
}
_RECEIPT: Mapping[str, float] = {
    "cash": 0.25, "change": 0.3, "card": 0.2, "receipt_id": 0.2, "rounding": 0.1,
    "total_amount": 0.2, "tip": 0.05, "quantity": 0.05, "title": 0.1, "rate": 0.05,
}  # fmt: skip
_NARROW = 0.62
"""Width of a receipt to its height, at most; pages of invoices are wider."""
_MOST_WORDS = 450
_ROWS = 140
_WORD = re.compile(r"(?i)\b(?:invoice|facture|factuur|fattura|factura|\w*rechnung|gutschrift)\b")
_AMOUNT = re.compile(r"\d[.,]\d\d(?!\d)")


def invoice_like(document: Document) -> float:
    """Return how much a document looks like an invoice, 0 to 0.9."""
    seen = _seen(document)
    score = sum(weight for name, weight in _INVOICE.items() if seen[name])
    if not seen["money"]:
        return 0.0
    if seen["change"] or (seen["cash"] and _narrow(document)):
        score *= 0.6
    return min(0.9, score)


def receipt_like(document: Document) -> float:
    """Return how much a document looks like a receipt, 0 to 0.9."""
    if len(document.pages) != 1 or len(document.pages[0].words) > _MOST_WORDS:
        return 0.0
    seen = _seen(document)
    if not seen["money"]:
        return 0.0
    score = sum(weight for name, weight in _RECEIPT.items() if seen[name])
    score += 0.3 if _narrow(document) else -0.1
    score -= 0.3 if seen["receiver"] or seen["due_date"] or seen["iban"] else 0.0
    return max(0.0, min(0.9, score))


def _narrow(document: Document) -> bool:
    return all(page.width < _NARROW * page.height for page in document.pages)


def _seen(document: Document) -> Counter[str]:
    """Return the meanings of the cells of the first and the last page."""
    found: Counter[str] = Counter()
    pages = [page for page in document.pages if page.words]
    for page in pages[:1] + pages[1:][-1:]:
        for row in rows(page)[:_ROWS]:
            for cell in row.cells:
                words = [word for word in cell.text.split() if not any(c.isdigit() for c in word)]
                for name, quality in meaning(" ".join(words[:5])).items():
                    if quality == 1.0:
                        found["title" if name in _TITLES else name] += 1
                found["word"] += bool(_WORD.search(cell.text))
                if _AMOUNT.search(cell.text) and not rates(cell.text):
                    found["money"] += 1
    return found
