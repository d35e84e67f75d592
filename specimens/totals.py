"""What stands below the lines: sums, the table of VAT, what is to be paid and how."""

from __future__ import annotations

from decimal import Decimal

from specimens import parties
from specimens.paper import Paper
from specimens.pen import Style

Rows = list[tuple[str, str, bool]]


def sums(paper: Paper) -> None:
    """Draw the sums of the sale, and the table of VAT where the layout puts it."""
    pen, layout = paper.pen, paper.layout
    rows = _rows(paper)
    leading = layout.between("sums.leading", 1.3, 1.9) * pen.size
    recap = _has_recap(paper)
    where = layout.choose("recap.at", ["left", "above", "below", "left"])
    deep = len(rows) * leading + 8
    table = (len(paper.sale.rates) + 3) * 1.5 * pen.size if recap else 0.0
    pen.need(max(deep, table) if where == "left" else deep + table)
    if recap and where == "above":
        _recap(paper, pen.margin, pen.width - 2 * pen.margin)
    top = pen.y
    _draw(paper, rows, leading)
    low = pen.y
    if recap and where == "left":
        pen.y = top
        _recap(paper, pen.margin, (pen.width - 2 * pen.margin) * 0.45)
        pen.y = max(pen.y, low)
    elif recap and where == "below":
        _recap(paper, pen.margin, (pen.width - 2 * pen.margin) * 0.7)


def closing(paper: Paper) -> None:
    """Draw terms, bank details, notes and thanks below the sums."""
    layout, hand, pen = paper.layout, paper.hand, paper.pen
    texts: list[str] = []
    if paper.sale.exempt:
        texts.append(layout.choose(f"exempt.{paper.language}", hand.any_of("exempt")))
    if "currency" not in paper.truth or layout.chance("close.currency", 0.12):
        form = layout.choose("close.currency_form", hand.any_of("currency_note"))
        texts.append(form.format(currency=paper.tell("currency", hand.currency)))
    if layout.chance("close.terms", 0.3) and "payment_terms" not in paper.truth:
        terms = paper.tell("payment_terms", paper.texts["payment_terms"])
        texts.append(f"{hand.label('payment_terms').rstrip(':')} : {terms}")
    if layout.chance("close.due", 0.25) and paper.kind == "invoice":
        form = layout.choose("close.due_form", hand.any_of("due_sentence"))
        texts.append(form.format(date=paper.day("due_date")))
    if layout.chance("close.bank", 0.4):
        texts += parties.bank(paper)
    if layout.chance("close.words", 0.08):
        form = layout.choose("close.words_form", hand.any_of("in_words"))
        texts.append(form.format(amount=paper.amount("total_amount", paper.sale.total)))
    notes = hand.any_of("notes")
    if layout.chance("close.notes", 0.6):
        start = paper.dice.integer(0, len(notes) - 1)
        texts += [notes[(start + i) % len(notes)] for i in range(paper.dice.integer(1, 2))]
    if layout.chance("close.thanks", 0.4):
        texts.append(paper.dice.pick(hand.any_of("thanks")))
    pen.y += layout.between("close.gap", 4, 30)
    size = pen.size - layout.choose("close.smaller", [0, 1, 2])
    for text in texts:
        for line in pen.wrap(text, pen.width - 2 * pen.margin, "", size):
            pen.need(size * 1.3)
            pen.text(pen.margin, pen.y, line, "", size)
            pen.y += 1.3 * size


def _rows(paper: Paper) -> Rows:
    """Return the rows of sums as label, value and whether they are strong."""
    sale, hand, layout = paper.sale, paper.hand, paper.layout
    rows: Rows = []
    extras = bool(sale.discount or sale.shipping)
    if extras:
        rows.append((hand.label("lines_total"), hand.amount(sale.goods), False))
    if sale.discount:
        shown = -sale.discount if layout.chance("discount.minus", 0.7) else sale.discount
        paper.truth.setdefault("discount", float(abs(sale.discount)))
        rows.append((hand.label("discount"), hand.amount(shown), False))
    if sale.shipping:
        label = hand.label("shipping")
        rows.append((label, paper.amount("shipping", sale.shipping), False))
    total_first = layout.chance("total.first", 0.05)
    untaxed = sale.exempt and layout.chance("sums.untaxed", 0.5)
    if not untaxed:
        rows += _net_and_tax(paper)
    only = not sale.paid and layout.chance("sums.only_due", 0.15)
    label = hand.label("only_total" if only else "total_amount")
    total = (label, paper.amount("total_amount", sale.total), True)
    rows.insert(0, total) if total_first and not extras else rows.append(total)
    if only:
        paper.truth.setdefault("amount_due", float(sale.total))
    if sale.paid:
        shown = -sale.paid if layout.chance("paid.minus", 0.6) else sale.paid
        paper.truth.setdefault("amount_paid", float(abs(sale.paid)))
        rows.append((hand.label("amount_paid"), hand.amount(shown), False))
    if sale.paid or (not only and layout.chance("sums.due", 0.25)):
        rows.append((hand.label("amount_due"), paper.amount("amount_due", sale.due), True))
    return rows


def _net_and_tax(paper: Paper) -> Rows:
    sale, hand, layout = paper.sale, paper.hand, paper.layout
    rows: Rows = [(hand.label("net_amount"), paper.amount("net_amount", sale.net), False)]
    each = layout.chance("sums.each_rate", 0.5)
    if each and not sale.exempt:
        for rate, _, tax in sale.rates:
            label = hand.label("tax_at").format(rate=hand.rate(rate))
            rows.append((label, hand.amount(tax), False))
        told = [{"rate": float(rate), "amount": float(tax)} for rate, _, tax in sale.rates]
        paper.truth.setdefault("vat", told)
        if len(told) == 1 or layout.chance("sums.tax_too", 0.4):
            total = paper.amount("total_tax_amount", sale.tax)
            if len(told) > 1:
                rows.append((hand.label("total_tax_amount"), total, False))
    else:
        whole = paper.amount("total_tax_amount", sale.tax)
        rows.append((hand.label("total_tax_amount"), whole, False))
    if layout.chance("sums.net_last", 0.04):
        rows.reverse()
    return rows


def _draw(paper: Paper, rows: Rows, leading: float) -> None:
    pen, layout, hand = paper.pen, paper.layout, paper.hand
    side = layout.choose("sums.at", ["right", "right", "right", "right", "left", "full", "across"])
    if side == "across" and len(rows) <= 5:
        _across(paper, rows)
        return
    wide = layout.between("sums.width", 170, 270)
    right = pen.width - pen.margin
    left = right - wide
    if side == "left":
        left, right = pen.margin, pen.margin + wide
    elif side == "full":
        left = pen.margin
    boxed = layout.chance("sums.boxed", 0.25)
    near = layout.chance("sums.labels_right", 0.25)
    longest = max(pen.measure(value, "b", pen.size + 2) for _, value, _ in rows)
    for label, value, strong in rows:
        style: Style = "b" if strong and layout.chance("sums.strong", 0.75) else ""
        size = pen.size + (layout.choose("sums.larger", [0, 1, 2]) if strong else 0)
        label = hand.colon(label) if layout.chance("sums.colon", 0.5) else label
        while pen.measure(label, style, size) > right - left - longest - 6 and size > 5:
            size -= 0.5
        if near:
            pen.text(right - longest - 14, pen.y, label, style, size, "right")
        else:
            pen.text(left + 4, pen.y, label, style, size)
        pen.text(right - 4, pen.y, value, style, size, "right")
        if boxed:
            pen.frame(left, pen.y - 4, right, pen.y + leading - 4)
        pen.y += leading
    pen.y += 6


def _across(paper: Paper, rows: Rows) -> None:
    """Draw the sums side by side: labels in one row, values in the next."""
    pen = paper.pen
    step = (pen.width - 2 * pen.margin) / len(rows)
    for place, (label, value, strong) in enumerate(rows):
        middle = pen.margin + (place + 0.5) * step
        size = pen.size
        while pen.measure(label, "b", size) > step - 4 and size > 5:
            size -= 0.5
        pen.text(middle, pen.y, label, "b", size, "centre")
        size = pen.size
        while pen.measure(value, "b", size) > step - 4 and size > 5:
            size -= 0.5
        pen.text(middle, pen.y + 1.6 * pen.size, value, "b" if strong else "", size, "centre")
        pen.frame(pen.margin + place * step, pen.y - 4, middle + step / 2, pen.y + 3.4 * pen.size)
    pen.y += 4.2 * pen.size


def _has_recap(paper: Paper) -> bool:
    if paper.sale.exempt or paper.hand.currency == "USD":
        return False
    return paper.layout.chance("recap", 0.3)


def _recap(paper: Paper, left: float, width: float) -> None:
    """Draw the table of VAT by rate, and record it."""
    pen, hand, layout, sale = paper.pen, paper.hand, paper.layout, paper.sale
    names = layout.choose("recap.order", [("rate", "base", "tax"), ("base", "rate", "tax")])
    step = width / len(names)
    leading = 1.5 * pen.size
    if layout.chance("recap.title", 0.4):
        pen.text(left, pen.y, hand.label("recap"), "b")
        pen.y += leading
    size = pen.size - 0.5
    for place, name in enumerate(names):
        pen.text(
            left + (place + 1) * step - 4, pen.y, hand.label(f"recap_{name}"), "b", size, "right"
        )
    if layout.chance("recap.ruled", 0.5):
        pen.rule(left, pen.y + leading - 3, left + width)
    pen.y += leading
    vat = []
    for rate, base, tax in sale.rates:
        texts = {"rate": hand.rate(rate), "base": hand.amount(base), "tax": hand.amount(tax)}
        for place, name in enumerate(names):
            pen.text(left + (place + 1) * step - 4, pen.y, texts[name], "", size, "right")
        vat.append({"rate": float(rate), "base": float(base), "amount": float(tax)})
        pen.y += leading
    if layout.chance("recap.total", 0.3) and len(vat) > 1:
        whole: dict[str, Decimal] = {"base": sale.net, "tax": sale.tax}
        for place, name in enumerate(names):
            if name in whole:
                field = {"base": "net_amount", "tax": "total_tax_amount"}[name]
                text = paper.amount(field, whole[name])
                pen.text(left + (place + 1) * step - 4, pen.y, text, "b", size, "right")
        pen.y += leading
    paper.truth["vat"] = vat
    pen.y += 6
