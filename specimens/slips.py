"""Till slips: narrow, mostly in type of one width, with cash, change and a summary of tax."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from specimens.companies import Dice, party
from specimens.layouts import Layout
from specimens.paper import Paper
from specimens.pen import Pen
from specimens.sales import ZERO, Item, Sale, Terms
from specimens.writing import Hand, Language, cents, read_words

_CURRENCIES = {
    "fr": ["EUR"] * 8 + ["CHF"],
    "de": ["EUR"] * 8 + ["CHF"],
    "en": ["MYR"] * 3 + ["USD"] * 3 + ["GBP"] * 3 + ["EUR", "AUD", "CAD"],
}


def draw(dice: Dice, layout: Layout, language: Language) -> Paper:
    """Return a slip that is drawn."""
    currency = dice.pick(_CURRENCIES[language])
    day = date(2012, 1, 1) + timedelta(days=dice.integer(0, 365 * 14))
    width = layout.choose("slip.width", [180.0, 210.0, 227.0, 250.0, 300.0])
    pen = Pen(width, 1400.0, margin=layout.between("slip.margin", 8, 18), bottom=1390.0)
    pen.family = layout.choose("slip.type", ["Courier", "Courier", "DejaVuMono", "Helvetica"])
    pen.size = layout.choose("slip.size", [7, 7.5, 8, 8.5]) * width / 240
    pen.y = pen.top = 14.0
    paper = Paper(
        layout, Hand(layout, language, currency), dice, pen, "receipt",
        party(dice, language, currency), party(dice, language, currency, person=True),
        _sale(dice, Terms(layout, language, currency)), _number(dice, layout, day),
        {"invoice_date": day},
    )  # fmt: skip
    _head(paper)
    _items(paper)
    _sums(paper)
    _foot(paper)
    _cut(pen)
    return paper


def _cut(pen: Pen) -> None:
    """Make the page as high as what is on it; slips have no fixed length."""
    pen.height = pen.y + 14


def _sale(dice: Dice, terms: Terms) -> Sale:
    names = read_words("goods.toml")[terms.language]["tills"]
    legal = terms.legal()
    net_prices = terms.currency in ("USD", "CAD")
    rates = list(legal[:2]) if dice.chance(0.4) and not net_prices else [legal[0]]
    items = []
    for _ in range(dice.pick([1, 2, 2, 3, 4, 5, 6, 8, 11])):
        quantity = Decimal(dice.pick([1, 1, 1, 1, 2, 2, 3, 4, 6]))
        price = Decimal(dice.integer(45, 3200)) / 100
        items.append(
            Item(dice.pick(names), (), dice.digits(6), quantity, "", price, ZERO,
                 dice.pick(rates), cents(quantity * price))
        )  # fmt: skip
    sums: dict[Decimal, Decimal] = {}
    for item in items:
        sums[item.rate] = sums.get(item.rate, ZERO) + item.amount
    taxes = []
    for rate, value in sums.items():
        base = value if net_prices else cents(value / (1 + rate / 100))
        tax = cents(value * rate / 100) if net_prices else value - base
        taxes.append((rate, base, tax))
    goods = sum((item.amount for item in items), ZERO)
    tax = sum((tax for _, _, tax in taxes), ZERO)
    total = goods + tax if net_prices else goods
    return Sale(
        tuple(items), not net_prices, tuple(taxes), goods, ZERO, ZERO, total - tax, tax, total,
        ZERO, False,
    )  # fmt: skip


def _number(dice: Dice, layout: Layout, day: date) -> str:
    form = layout.choose("slip.number", ["{a}", "{b}", "CS-{b}", "{d:%y%m%d}-{c}", "T{a}", "0{c}"])
    return form.format(a=dice.digits(6), b=dice.digits(8), c=dice.digits(3), d=day)


def _head(paper: Paper) -> None:
    pen, layout, hand, seller = paper.pen, paper.layout, paper.hand, paper.supplier
    middle = pen.width / 2
    room = pen.width - 2 * pen.margin
    size = pen.size + layout.choose("slip.name_larger", [0, 1, 3])
    for line in pen.wrap(paper.tell("supplier_name", seller.name), room, "b", size):
        pen.text(middle, pen.y, line, "b", size, "centre")
        pen.y += 1.3 * size
    lines = list(seller.lines)
    if layout.chance("slip.joined", 0.3):
        lines = pen.wrap(", ".join(lines), room)
    paper.tell("supplier_address", " ".join(lines))
    if layout.chance("slip.phone", 0.6):
        paper.tell("supplier_phone", seller.phone)
        lines.append(f"{hand.colon(hand.label('phone'))} {seller.phone}")
    if seller.siret and layout.chance("slip.siret", 0.5):
        paper.tell("supplier_siret", seller.siret)
        paper.tell("supplier_siren", seller.siren)
        lines.append(f"SIRET {seller.siret}")
    if seller.vat_id and layout.chance("slip.vat_id", 0.5):
        bare = seller.vat_id.removesuffix(" MWST")
        paper.tell("supplier_vat_id", "".join(c for c in bare if c.isalnum()))
        lines.append(f"{hand.colon(hand.label('vat_id'))} {seller.vat_id}")
    elif paper.hand.currency == "MYR":
        lines.append(f"GST ID : 00{paper.dice.digits(10)}")
    for line in lines:
        for part in pen.wrap(line, room):
            pen.text(middle, pen.y, part, align="centre")
            pen.y += 1.25 * pen.size
    pen.y += pen.size
    if layout.chance("slip.title", 0.6):
        pen.text(middle, pen.y, hand.label("receipt_title"), "b", align="centre")
        pen.y += 1.6 * pen.size
    _references(paper)


def _references(paper: Paper) -> None:
    pen, layout, hand, dice = paper.pen, paper.layout, paper.hand, paper.dice
    clock = f"{dice.integer(7, 22):02d}:{dice.integer(0, 59):02d}"
    clock += layout.choose("slip.clock", ["", "", f":{dice.integer(10, 59)}", ""])
    day = paper.day("invoice_date")
    dated = layout.choose("slip.dated", ["{label} {day} {clock}", "{day} {clock}", "{label} {day}",
                                         "{day}   {clock}", "{label} {day}  {clock}"])  # fmt: skip
    label = hand.colon(hand.label("invoice_date") if layout.chance("slip.long", 0.2) else "Date")
    if paper.language == "de":
        label = hand.colon("Datum")
    lines = [dated.format(label=label, day=day, clock=clock)]
    if layout.chance("slip.id", 0.75):
        number = paper.tell("invoice_id", paper.number)
        lines.append(f"{hand.colon(hand.label('receipt_id'))} {number}")
    if layout.chance("slip.cashier", 0.5):
        who = dice.pick([dice.digits(2), paper.receiver.name.split()[0], dice.digits(4)])
        lines.append(f"{hand.colon(hand.label('cashier'))} {who}")
    if layout.chance("slip.table", 0.3):
        lines.append(f"{hand.colon(hand.label('table'))} {dice.integer(1, 40)}")
    if layout.chance("slip.last_date", 0.25):
        paper.texts["late"] = lines.pop(0)
    for line in layout.shuffled("slip.lines", lines):
        pen.text(pen.margin, pen.y, line)
        pen.y += 1.3 * pen.size


def _items(paper: Paper) -> None:
    pen, layout, hand = paper.pen, paper.layout, paper.hand
    _dashes(paper)
    right = pen.width - pen.margin
    form = layout.choose("slip.form", ["one", "one", "two", "under", "letters"])
    lines: list[dict[str, Any]] = []
    if layout.chance("slip.header", 0.4):
        pen.text(pen.margin, pen.y, hand.label("description"))
        pen.text(right, pen.y, hand.label("amount_gross"), align="right")
        pen.y += 1.4 * pen.size
    for item in paper.sale.items:
        quantity, price = hand.number(item.quantity), hand.amount(item.price, "slip")
        amount = hand.amount(item.amount, "slip")
        line: dict[str, Any] = {"description": item.description, "amount": float(item.amount)}
        if form == "letters" and len(paper.sale.rates) > 1:
            amount += " " + "AB"[[r for r, _, _ in paper.sale.rates].index(item.rate)]
        name = item.description
        if form == "one":
            name = f"{quantity} {name}"
        pen.text(pen.margin, pen.y, name)
        if form in ("two", "under") and (item.quantity != 1 or form == "under"):
            pen.y += 1.25 * pen.size
            if form == "under" and layout.chance("slip.code", 0.5):
                pen.text(pen.margin, pen.y, item.code)
                line["product_code"] = item.code
            at = layout.choose("slip.at", ["{q} x {p}", "{q} X {p}", "{q} @ {p}", "{q} * {p}"])
            left = pen.margin + pen.width * 0.22
            pen.text(left, pen.y, at.format(q=quantity, p=price))
            line["unit_price"] = float(item.price)
            line["quantity"] = float(item.quantity)
        elif form == "one":
            line["quantity"] = float(item.quantity)
        pen.text(right, pen.y, amount, align="right")
        pen.y += 1.3 * pen.size
        lines.append(line)
    paper.truth["lines"] = lines
    if hand.says_currency("slip"):
        paper.truth.setdefault("currency", hand.currency)
    _dashes(paper)


def _sums(paper: Paper) -> None:
    layout, hand, sale, dice = paper.layout, paper.hand, paper.sale, paper.dice
    net_prices = not sale.gross
    tip = ZERO
    if net_prices or layout.chance("slip.net", 0.18):
        label = hand.label("receipt_subtotal" if net_prices else "net_amount")
        _sum(paper, label, paper.amount("net_amount", sale.net))
    if net_prices or layout.chance("slip.tax_above", 0.2):
        _taxes(paper)
    if layout.chance("slip.tip", 0.12):
        tip = cents(sale.total * dice.pick([10, 15, 18]) / 100)
        _sum(paper, hand.label("tip"), paper.amount("tip", tip))
    cash = dice.chance(0.5)
    total = sale.total + tip
    if cash and layout.chance("slip.rounding", 0.3) and hand.currency in ("MYR", "CHF", "AUD"):
        rounded = cents((total * 20).quantize(Decimal(1)) / 20)
        _sum(paper, hand.label("rounding"), hand.amount(rounded - total))
        total = rounded
    _sum(paper, hand.label("receipt_total"), paper.amount("total_amount", total), strong=True)
    if layout.chance("slip.count", 0.25):
        label = hand.label("items_count").format(n=len(sale.items))
        count = "" if any(c.isdigit() for c in label) else str(len(sale.items))
        _sum(paper, label, count)
    if cash:
        given = next(Decimal(n) for n in (5, 10, 20, 50, 100, 200, 500, 9999) if n >= total)
        given = total if layout.chance("slip.exact", 0.1) else given
        _sum(paper, hand.label("cash"), hand.amount(given))
        _sum(paper, hand.label("change"), hand.amount(given - total))
    elif layout.chance("slip.paid", 0.8):
        _sum(paper, hand.label("card"), hand.amount(total))
        if layout.chance("slip.card_number", 0.5):
            _sum(paper, f"XXXX XXXX XXXX {dice.digits(4)}", "")
    if not net_prices and layout.chance("slip.tax_below", 0.6) and "vat" not in paper.truth:
        paper.pen.y += paper.pen.size
        _taxes(paper)


def _taxes(paper: Paper) -> None:
    hand, sale, layout = paper.hand, paper.sale, paper.layout
    table = layout.chance("slip.tax_table", 0.4) and sale.gross
    vat: list[dict[str, float]] = []
    pen = paper.pen
    if table:
        for place, name in enumerate(("recap_rate", "recap_base", "recap_tax")):
            x = pen.margin + (place + 1) * (pen.width - 2 * pen.margin) / 3
            pen.text(x, pen.y, hand.label(name), align="right")
        pen.y += 1.3 * pen.size
    for rate, base, tax in sale.rates:
        told = {"rate": float(rate), "amount": float(tax)}
        if table:
            told = {"rate": float(rate), "base": float(base), "amount": float(tax)}
            texts = (hand.rate(rate), hand.number(base, 2), hand.number(tax, 2))
            for place, text in enumerate(texts):
                x = pen.margin + (place + 1) * (pen.width - 2 * pen.margin) / 3
                pen.text(x, pen.y, text, align="right")
            pen.y += 1.3 * pen.size
        else:
            label = hand.label("receipt_tax")
            if "{rate}" not in label:
                label += " {rate}"
            _sum(paper, label.format(rate=hand.rate(rate)), hand.amount(tax))
        vat.append(told)
    paper.truth["vat"] = vat
    if len(vat) == 1:
        paper.truth.setdefault("total_tax_amount", float(sale.tax))
        if table:
            paper.truth.setdefault("net_amount", float(sale.net))


def _sum(paper: Paper, label: str, value: str, strong: bool = False) -> None:
    pen, layout = paper.pen, paper.layout
    size = pen.size + (layout.choose("slip.total_larger", [0, 0, 2, 4]) if strong else 0)
    room = pen.width - 2 * pen.margin
    while pen.measure(label + "  " + value, "b", size) > room and size > 4:
        size -= 0.5
    style = "b" if strong and layout.chance("slip.strong", 0.7) else ""
    pen.text(pen.margin, pen.y, label, style, size)  # type: ignore[arg-type]
    if value:
        pen.text(pen.width - pen.margin, pen.y, value, style, size, "right")  # type: ignore[arg-type]
    pen.y += 1.35 * size


def _dashes(paper: Paper) -> None:
    pen = paper.pen
    mark = paper.layout.choose("slip.dash", ["-", "=", "*", ""])
    if mark:
        count = int((pen.width - 2 * pen.margin) / pen.measure(mark))
        pen.text(pen.margin, pen.y, mark * count)
    pen.y += 1.3 * pen.size


def _foot(paper: Paper) -> None:
    pen, layout, hand = paper.pen, paper.layout, paper.hand
    pen.y += pen.size
    lines = [paper.texts["late"]] if "late" in paper.texts else []
    start = paper.dice.integer(0, 5)
    options = hand.any_of("receipt_foot")
    lines += [
        options[(start + i) % len(options)] for i in range(layout.choose("slip.end", [0, 1, 2]))
    ]
    if "currency" not in paper.truth:
        form = layout.choose("close.currency_form", hand.any_of("currency_note"))
        lines.append(form.format(currency=paper.tell("currency", hand.currency)))
    for line in lines:
        pen.text(pen.width / 2, pen.y, line, align="centre")
        pen.y += 1.3 * pen.size
