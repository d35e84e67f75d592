"""What holds for a document as a whole: its currency, and whether it is a credit note."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from socle.ranking.candidates import Candidate
from socle.ranking.choice import Chosen
from socle.ranking.labels import meaning
from socle.ranking.scoring import Scored
from socle.ranking.sheet import Cell
from socle.values.amounts import currency_of

_LABEL = re.compile(
    r"(?i)\b(currency|devise|monnaie|währung|rechnungswährung|exprimés? en|prices? (?:are )?in|"
    r"amounts? in|prix (?:sont )?en|beträge in|preise in|valuta|payable in|charges? .{0,20}\bin)\b"
)
_BOOKED = re.compile(
    r"(?i)\b(?:currency|devise|monnaie|währung) (?:\w+ ){0,3}"
    r"(?:umsatzsteuer|buchung|tva\b|vat\b|tax|accounting|compta)|"
    r"\b(?:vat|tax|accounting)(?: \w+)? currency\b|buch\w*währung|steuerwährung"
)
"""A label for the currency of the books (BT-6 of EN 16931), not of the invoice."""
_NAMES = {"us dollar": "USD", "euro": "EUR", "pound sterling": "GBP", "swiss franc": "CHF"}
_NAMES |= {"franken": "CHF", "ringgit": "MYR", "rupee": "INR", "dollar us": "USD"}
_CODES = "EUR|USD|GBP|CHF|CAD|AUD|MYR|INR|SGD|SEK|NOK|DKK|PLN|CZK|JPY"
_CODE = re.compile(rf"(?<![A-Za-z])({_CODES})(?![A-Za-z])")
_UPPER_PART = 0.55
"""A title stands in this part of the first page."""


def currency(found: Scored, totals: Sequence[Chosen]) -> tuple[str, float, Cell] | None:
    """Return the currency as ISO 4217 code, the log of its odds, and where it is told; or None.

    Marks beside the totals count most, then a sentence that names it, then all amounts.
    """
    votes: dict[str, float] = defaultdict(float)
    told: dict[str, Cell] = {}
    for one in totals:
        _vote(votes, told, one.best, 6.0)
    for member in found.groups["money"].members:
        _vote(votes, told, member, 1.0)
    for cell in found.sheet.cells:
        code = _named(cell.text)
        left = next((other.text for other in found.sheet.before(cell)), "")
        label = _LABEL.search(cell.text) or (_CODE.fullmatch(cell.text.strip(" :")) and left)
        if not code or (label and _BOOKED.search(f"{left} {cell.text}")):
            continue
        votes[code] += 5.0 if label and _LABEL.search(f"{left} {cell.text}") else 0.6
        told.setdefault(code, cell)
    if not votes:
        return None
    code, most = max(votes.items(), key=lambda pair: pair[1])
    share = most / sum(votes.values())
    score = -1.0 + 4.0 * share + min(2.0, most / 6)
    return code, score, told[code]


def _vote(votes: dict[str, float], told: dict[str, Cell], one: Candidate, weight: float) -> None:
    near = (one.after[:6], one.same[-6:], one.left.text[-6:], one.above.text)
    for text in (one.hit.currency, *near):
        code = text if text == one.hit.currency else _named(text or "")
        if code:
            votes[code] += weight
            told.setdefault(code, one.cell)
            return


def _named(text: str) -> str | None:
    for name, code in _NAMES.items():
        if name in text.casefold():
            return code
    found = _CODE.search(text)
    if found:
        return found.group(1)
    marks = re.search(r"US\$|[€£$]", text)
    return currency_of(marks.group()) if marks else None


def kind(found: Scored, total: Chosen | None) -> tuple[str, float, Cell | None]:
    """Return `invoice` or `credit_note`, the log of its odds, and the title that says so."""
    best = {"invoice": 0.0, "credit_note": 0.0}
    told: dict[str, Cell] = {}
    for cell in found.sheet.cells:
        if cell.page:
            break
        page = found.sheet.pages[cell.page]
        if page.fraction(cell.box)[1] > _UPPER_PART:
            continue
        size = cell.size / found.sheet.units[cell.page]
        for name, quality in _titles(cell.text).items():
            worth = quality * min(2.5, max(0.5, size))
            if worth > best[name]:
                best[name], told[name] = worth, cell
    negative = total is not None and float(str(total.value)) < 0
    credit = best["credit_note"] + (0.7 if negative else 0.0)
    if credit > best["invoice"] + 0.05:
        return "credit_note", 1.0 + 2.0 * (credit - best["invoice"]), told.get("credit_note")
    return "invoice", 1.5 + 2.0 * (best["invoice"] - credit), told.get("invoice")


def _titles(text: str) -> dict[str, float]:
    """Return how surely a text begins like the title of an invoice, and of a credit note."""
    found: dict[str, float] = {}
    words = re.findall(r"[^\W\d_][\w'’.-]*", text)
    for count in range(min(4, len(words)), 0, -1):
        known = meaning(" ".join(words[:count]))
        for title, name in (("title_credit", "credit_note"), ("title_invoice", "invoice")):
            if known.get(title) == 1.0:
                rest = len(words) - count
                found.setdefault(name, 1.0 if rest == 0 else 0.8 if rest < 5 else 0.45)
        if found:
            break
    return found
