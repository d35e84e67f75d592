"""The block of references: number, dates, order and what stands among them."""

from __future__ import annotations

from specimens.paper import Paper
from specimens.pen import Align, Style

_FIELDS = ("due_date", "purchase_order", "payment_terms", "delivery_date")
_ALIGNS: tuple[Align, ...] = ("left", "left", "right", "centre")
_ROW_ALIGNS: tuple[Align, ...] = ("left", "centre")
_OTHERS = ("customer", "contact", "our_ref", "note_id", "mode")


def chosen(paper: Paper) -> list[str]:
    """Return the names of the references that this layout prints, in its order."""
    layout = paper.layout
    style = layout.choose("refs.style", STYLES)
    names = [] if style == "sentence" else ["invoice_id", "invoice_date"]
    names += [n for n in _FIELDS if layout.chance(f"refs.{n}", 0.42)]
    names += [n for n in _OTHERS if layout.chance(f"refs.{n}", 0.22)]
    if layout.chance("refs.mixed", 0.4):
        names = layout.shuffled("refs.order", names)
    if "purchase_order" in names and paper.dice.chance(0.2):
        names.remove("purchase_order")
    return names


def block(paper: Paper, x: float, y: float, width: float) -> float:
    """Draw the references; return where they end."""
    style = paper.layout.choose("refs.style", STYLES)
    names = chosen(paper)
    if style == "sentence":
        y = sentence(paper, x, y)
    if not names:
        return y
    if style in ("row", "boxes") or (style == "above" and width > 350):
        return _row(paper, names, x, y, width, style == "boxes")
    if style == "above":
        return _above(paper, names, x, y, width)
    return _beside(paper, names, x, y, width, style)


STYLES = ("beside", "tight", "beside", "tight", "above", "row", "boxes", "sentence", "right", "row")


def title(paper: Paper, x: float, y: float, width: float) -> float:
    """Draw the word that says what the page is; return where it ends."""
    layout, pen = paper.layout, paper.pen
    if layout.choose("refs.style", STYLES) == "sentence" and layout.chance("title.none", 0.7):
        return y
    text = paper.hand.label("credit_note" if paper.kind == "credit_note" else "invoice")
    size = pen.size + layout.choose("title.larger", [3, 5, 8, 12, 16])
    align: Align = layout.choose("title.align", _ALIGNS)
    anchor = {"left": x, "right": x + width, "centre": x + width / 2}[align]
    pen.text(anchor, y, text, layout.choose("title.style", ["b", "b", ""]), size, align)
    return y + 1.5 * size


def sentence(paper: Paper, x: float, y: float) -> float:
    """Draw number and date in one line of text; return where it ends."""
    layout, pen, hand = paper.layout, paper.pen, paper.hand
    word = hand.label("credit_note" if paper.kind == "credit_note" else "invoice")
    form = layout.choose("sentence.form", hand.any_of("sentence"))
    text = form.format(title=word, id=paper.value("invoice_id"), date=paper.day("invoice_date"))
    size = pen.size + layout.choose("sentence.larger", [0, 2, 4, 6])
    pen.text(x, y, text, layout.choose("sentence.style", ["b", ""]), size)
    return y + 1.8 * size


def _beside(paper: Paper, names: list[str], x: float, y: float, width: float, style: str) -> float:
    pen, hand, layout = paper.pen, paper.hand, paper.layout
    labels = [hand.colon(paper.label(name)) for name in names]
    bold: Style = layout.choose("refs.label_style", ["", "b", ""])
    strong: Style = layout.choose("refs.value_style", ["", "", "b"])
    tab = max(pen.measure(label, bold) for label in labels) + layout.between("refs.tab", 6, 40)
    for name, label in zip(names, labels, strict=True):
        value = paper.value(name)
        if style == "right":
            pen.text(x + width, y, value, strong, align="right")
            pen.text(x, y, label, bold)
        elif style == "tight":
            start = pen.text(x, y, label, bold)
            pen.text(x + start + pen.measure(" "), y, value, strong)
        else:
            pen.text(x, y, label, bold)
            pen.text(x + tab, y, value, strong)
        y += layout.between("refs.leading", 1.2, 1.7) * pen.size
    return y


def _above(paper: Paper, names: list[str], x: float, y: float, width: float) -> float:
    pen, hand = paper.pen, paper.hand
    small = pen.size - paper.layout.choose("above.smaller", [0, 1, 2])
    mark = paper.layout.chance("above.colon", 0.4)
    for place, name in enumerate(names):
        left = x + (place % 2) * width / 2
        label = paper.label(name)
        label = hand.colon(label) if mark else label
        pen.text(left, y, label, paper.layout.choose("above.style", ["", "b", "i"]), small)
        value, size = paper.value(name), pen.size
        while pen.measure(value, "", size) > width / 2 - 6 and size > 5:
            size -= 0.5
        pen.text(left, y + 1.3 * pen.size, value, "", size)
        if place % 2 or place == len(names) - 1:
            y += 3.1 * pen.size
    return y


def _row(paper: Paper, names: list[str], x: float, y: float, width: float, boxes: bool) -> float:
    """Draw labels in one row and values in the next; a second pair of rows takes the rest."""
    pen, layout = paper.pen, paper.layout
    per_row = max(2, min(5, int(width // 95)))
    high = 1.7 * pen.size
    for start in range(0, len(names), per_row):
        part = names[start : start + per_row]
        step = width / len(part)
        for place, name in enumerate(part):
            left = x + place * step
            if boxes:
                pen.frame(left, y, left + step, y + high)
                pen.frame(left, y + high, left + step, y + 2 * high)
            align: Align = layout.choose("row.align", _ROW_ALIGNS)
            anchor = left + (4 if align == "left" else step / 2)
            small = pen.size - 1
            label = paper.label(name)
            while pen.measure(label, "b", small) > step - 6 and small > 5:
                small -= 0.5
            pen.text(anchor, y + 3, label, layout.choose("row.style", ["b", ""]), small, align)
            value, size = paper.value(name), pen.size
            while pen.measure(value, "", size) > step - 6 and size > 5:
                size -= 0.5
            pen.text(anchor, y + high + 3, value, "", size, align)
        y += 2 * high + 6
    return y
