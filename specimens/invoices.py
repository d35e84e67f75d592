"""Invoices, credit notes and receipts: `make(rng)` returns one, with the truth of what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np

from specimens import letters, parties, references, slips, totals
from specimens.companies import Dice, party
from specimens.grids import Grid
from specimens.layouts import FAMILIES, Layout
from specimens.paper import Paper
from specimens.pen import Align, Pen, families
from specimens.sales import Terms, negative, sale
from specimens.writing import Hand, Language

Kind = Literal["invoice", "credit_note", "receipt"]
_CURRENCIES = {
    "fr": ["EUR"] * 12 + ["CHF"],
    "de": ["EUR"] * 10 + ["CHF"],
    "en": ["USD"] * 5 + ["GBP"] * 4 + ["EUR"] * 3 + ["CAD", "AUD", "MYR", "INR"],
}
_LANGUAGES: tuple[Language, ...] = ("fr", "fr", "en", "en", "de")
_SIZES = {"a4": (595.0, 842.0), "letter": (612.0, 792.0)}


@dataclass(frozen=True)
class Specimen:
    """One invented document.

    Attributes:
        truth: canonical names to values; dates ISO 8601, money as numbers, text as printed with
            single spaces; `vat` and `lines` are lists. Only what is printed is there.
        layout: number of the family of layouts.
    """

    pdf: bytes
    truth: dict[str, Any]
    language: Language
    layout: int
    kind: Kind


def make(
    rng: np.random.Generator, language: Language | None = None, layout: int | None = None
) -> Specimen:
    """Return a document with a text layer.

    Args:
        rng: what the document says follows from it.
        language: drawn where it is None.
        layout: what the document looks like follows from it; any number from 0 names a family,
            drawn among the first `FAMILIES` where it is None.
    """
    dice = Dice(rng)
    family = Layout(dice.integer(0, FAMILIES - 1) if layout is None else layout)
    tongue: Language = dice.pick(_LANGUAGES) if language is None else language
    if family.receipt:
        return _specimen(slips.draw(dice, family, tongue), "receipt")
    paper = _paper(dice, family, tongue)
    _draw(paper)
    return _specimen(paper, "credit_note" if paper.kind == "credit_note" else "invoice")


def _specimen(paper: Paper, kind: Kind) -> Specimen:
    # What a company is called for short is what a reader can see; a truth is never empty.
    truth = {name: value for name, value in paper.truth.items() if value not in ("", [])}
    truth["invoice_type"] = kind
    return Specimen(paper.pen.pdf(), truth, paper.language, paper.layout.number, kind)


def _paper(dice: Dice, layout: Layout, language: Language) -> Paper:
    options = _CURRENCIES[language]
    currency = dice.pick(options)
    sold = sale(dice, Terms(layout, language, currency))
    kind = "credit_note" if dice.chance(0.08) else "invoice"
    if kind == "credit_note" and layout.chance("credit.minus", 0.6):
        sold = negative(sold)
    day = date(2012, 1, 1) + timedelta(days=dice.integer(0, 365 * 14))
    dates = {
        "invoice_date": day,
        "due_date": day + timedelta(days=dice.pick([0, 8, 10, 14, 15, 30, 30, 31, 45, 60])),
        "delivery_date": day - timedelta(days=dice.integer(0, 20)),
    }
    return Paper(
        layout,
        Hand(layout, language, currency),
        dice,
        _pen(layout, language),
        kind,
        party(dice, language, currency),
        party(dice, language, currency, person=dice.chance(0.3)),
        sold,
        numbered(dice, layout, day),
        dates,
        _texts(dice, language),
    )


def numbered(dice: Dice, layout: Layout, day: date) -> str:
    """Return the number of a document, in the form of its layout."""
    form = layout.choose(
        "number.form",
        ["{y}-{s}", "F{y}{s}", "FA-{y}-{s}", "{s}", "{l}", "INV-{s}", "{y}/{s}", "RE-{y}{m:02}-{s}",
         "{yy}{m:02}{s}", "INV/{y}/{m:02}/{s}", "FAC{l}", "{s}/{y}", "R{l}", "{a}{s}", "{a}-{l}",
         "{y}{m:02}{d:02}-{s}", "{s}-{yy}", "{yy}-{s}", "FV {s}", "{l}.{s}"],
    )  # fmt: skip
    return form.format(
        y=day.year, yy=day.year % 100, m=day.month, d=day.day, s=dice.digits(4),
        l=dice.digits(dice.integer(5, 9)), a=dice.pick(["A", "FC", "VE", "KB", "SI"]),
    )  # fmt: skip


def _texts(dice: Dice, language: Language) -> dict[str, str]:
    hand = Hand(Layout(0), language, "EUR")
    order = dice.pick(["{d}", "PO-{d}", "CMD{d}", "45{d}", "{d}/B", "BC {d}"])
    return {
        "purchase_order": order.format(d=dice.digits(5)),
        "payment_terms": dice.pick(hand.any_of("terms")),
        "customer": dice.pick(["C{d}", "{d}", "CLI-{d}", "41{d}"]).format(d=dice.digits(5)),
        "contact": party(dice, language, "EUR", person=True).name,
        "our_ref": dice.pick(["P-{d}", "{d}", "AFF{d}", "{d}-B"]).format(d=dice.digits(4)),
        "note_id": dice.pick(["BL{d}", "{d}", "LS-{d}"]).format(d=dice.digits(6)),
        "mode": dice.pick(hand.any_of("modes")),
    }


def _pen(layout: Layout, language: Language) -> Pen:
    letter = language == "en" and layout.chance("page.letter", 0.5)
    width, height = _SIZES["letter" if letter else "a4"]
    pen = Pen(width, height, margin=layout.between("page.margin", 30, 65))
    pen.family = layout.choose("type.family", ["Helvetica"] * 6 + ["Times", *families()])
    pen.size = layout.choose("type.size", [8, 8.5, 9, 9, 9.5, 10, 10.5])
    pen.top = pen.y = layout.between("page.top", 25, 60)
    pen.bottom = height - layout.between("page.foot", 70, 105)
    return pen


def _draw(paper: Paper) -> None:
    pen, layout = paper.pen, paper.layout
    if paper.kind == "invoice" and layout.chance("letter", letters.SHARE):
        letters.draw(paper)
        return
    _head(paper)
    pen.y += layout.between("gap.table", 8, 40)
    if layout.chance("greeting", 0.25):
        _greeting(paper)
    Grid(paper).draw()
    pen.y += layout.between("gap.sums", 0, 25)
    totals.sums(paper)
    totals.closing(paper)
    _feet(paper)


_PLACES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("supplier", "titled"), ("", "receiver")),
    (("supplier", "receiver"), ("titled", "")),
    (("supplier", ""), ("", "receiver"), ("wide", "")),
    (("title", "supplier"), ("receiver", "refs")),
    (("supplier", "title"), ("receiver", "refs")),
    (("receiver", "supplier"), ("titled", "")),
    (("", "supplier"), ("receiver", ""), ("wide", "")),
    (("supplier", "refs"), ("title", "receiver")),
    (("centred", ""), ("receiver", "titled")),
    (("title", "refs"), ("supplier", "receiver")),
    (("title", ""), ("supplier", "receiver"), ("wide_refs", "")),
    (("receiver", "titled"), ("supplier", "")),
    (("centred", ""), ("title", ""), ("refs", "receiver")),
    (("titled", "supplier"), ("receiver", "delivery")),
    (("supplier", "titled"), ("receiver", "delivery")),
)


def _head(paper: Paper) -> None:
    """Draw what stands above the lines: rows of two places each."""
    pen, layout = paper.pen, paper.layout
    half = layout.between("head.split", 0.46, 0.62)
    room = pen.width - 2 * pen.margin
    for left, right in layout.choose("head.places", _PLACES):
        top = pen.y
        low = top
        wide = left in ("wide", "wide_refs", "centred") or not right
        low = max(low, _block(paper, left, pen.margin, top, room if wide else room * half - 12))
        start = pen.margin + room * half
        low = max(low, _block(paper, right, start, top, room * (1 - half)))
        pen.y = low + layout.between(f"head.gap.{left}.{right}", 6, 26)


def _block(paper: Paper, name: str, x: float, y: float, width: float) -> float:
    if name == "supplier":
        right = x > paper.pen.width / 2 - 60 and paper.layout.chance("supplier.right", 0.4)
        align: Align = "right" if right else "left"
        return parties.supplier(paper, x, y, width, align)
    if name == "centred":
        return parties.supplier(paper, x, y, width, "centre")
    if name == "receiver":
        return parties.receiver(paper, x, y, width)
    if name == "delivery":
        other = paper.receiver if paper.dice.chance(0.5) else party(
            paper.dice, paper.language, paper.hand.currency
        )  # fmt: skip
        return parties.delivery(paper, x, y, other)
    if name == "title":
        return references.title(paper, x, y, width)
    if name in ("refs", "wide_refs"):
        return references.block(paper, x, y, width)
    if name in ("titled", "wide"):
        return references.block(paper, x, references.title(paper, x, y, width), width)
    return y


def _greeting(paper: Paper) -> None:
    words = {
        "fr": "Nous vous prions de trouver ci-dessous le détail de nos prestations.",
        "en": "We hereby charge you for the following goods and services:",
        "de": "Sehr geehrte Damen und Herren, wir berechnen Ihnen folgende Leistungen:",
    }
    paper.pen.text(paper.pen.margin, paper.pen.y, words[paper.language])
    paper.pen.y += 2.2 * paper.pen.size


def _feet(paper: Paper) -> None:
    """Draw the small print and the number of each page, when their count is known."""
    pen, layout, hand = paper.pen, paper.layout, paper.hand
    lines = parties.foot(paper)
    size = layout.choose("foot.size", [6, 6.5, 7, 7.5, 8])
    align: Align = layout.choose("foot.align", ["centre", "centre", "left"])
    anchor = pen.width / 2 if align == "centre" else pen.margin
    form = layout.choose("page.form", hand.any_of("page"))
    numbered_at = layout.choose("page.number", ["none", "low", "low", "top"])
    pages = pen.pages
    every = layout.chance("foot.every", 0.7)
    for place, page in enumerate(pages):
        pen.pages = [page]
        if every or place == len(pages) - 1:
            y = pen.height - 18 - len(lines) * 1.25 * size
            for line in lines:
                pen.text(anchor, y, line, "", size, align)
                y += 1.25 * size
        if numbered_at != "none" and (len(pages) > 1 or layout.chance("page.single", 0.4)):
            y = 12.0 if numbered_at == "top" else pen.height - 14
            text = form.format(n=place + 1, of=len(pages))
            pen.text(pen.width - pen.margin, y, text, "", 7, "right")
    pen.pages = pages
