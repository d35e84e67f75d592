"""A document in the making: what it says, who wrote it, and the truth of what was printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from specimens.companies import Dice, Party
from specimens.layouts import Layout
from specimens.pen import Pen
from specimens.sales import Sale
from specimens.writing import Hand, Language


@dataclass
class Paper:
    """All that the parts of a page share. Drawing a value is what puts it into `truth`."""

    layout: Layout
    hand: Hand
    dice: Dice
    pen: Pen
    kind: str
    supplier: Party
    receiver: Party
    sale: Sale
    number: str
    dates: dict[str, date]
    texts: dict[str, str] = field(default_factory=dict)
    truth: dict[str, Any] = field(default_factory=dict)

    @property
    def language(self) -> Language:
        """The language of the labels."""
        return self.hand.language

    def amount(self, name: str, value: Decimal, place: str = "total") -> str:
        """Return an amount as it is printed, and record it."""
        self.truth.setdefault(name, float(value))
        if self.hand.says_currency(place):
            self.truth.setdefault("currency", self.hand.currency)
        return self.hand.amount(value, place)

    def day(self, name: str) -> str:
        """Return a date as it is printed, and record it."""
        self.truth.setdefault(name, self.dates[name].isoformat())
        return self.hand.date(self.dates[name])

    def tell(self, name: str, text: str) -> str:
        """Return a text to print, and record it."""
        self.truth.setdefault(name, " ".join(text.split()))
        return text

    def value(self, name: str) -> str:
        """Return what stands behind the label of a reference, and record it."""
        if name in self.dates:
            return self.day(name)
        if name == "invoice_id":
            return self.tell(name, self.number)
        if name in ("purchase_order", "payment_terms"):
            return self.tell(name, self.texts[name])
        return self.texts[name]

    def label(self, name: str) -> str:
        """Return the label of a reference."""
        if name == "invoice_id" and self.kind == "credit_note":
            return self.hand.label("credit_note_id")
        return self.hand.label(name)
