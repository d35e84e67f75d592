"""Letters that ask for money: of insurers, utilities, landlords, without a table of lines.

They name no number of an invoice, address a person by a salutation on a line of its own, give dates
in running text, and print an office of the sender that is no party.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from specimens import parties
from specimens.companies import Party, party
from specimens.paper import Paper
from specimens.writing import cents, read_words

SHARE = 0.045
"""Of all layouts that are no slips."""


def draw(paper: Paper) -> None:
    """Draw the letter; what it says follows from the dice of the paper."""
    pen, layout = paper.pen, paper.layout
    _name(paper)
    pen.y += layout.between("letter.top", 15, 60)
    top = pen.y
    half = pen.margin + (pen.width - 2 * pen.margin) * layout.between("letter.split", 0.5, 0.66)
    left, right = pen.margin, half
    if layout.chance("letter.window", 0.25):
        left, right = right, left
    low = _receiver(paper, left, top)
    if layout.chance("letter.office", 0.7):
        below = layout.chance("letter.stacked", 0.3)
        start = low + layout.between("letter.apart", 0.6, 3.0) * pen.size
        office = _office(paper, left if below else right, start if below else top)
        low = max(low, office)
    pen.y = low + layout.between("letter.gap", 15, 50)
    _subject(paper)
    _text(paper, [_one(paper, "dear"), _period(paper)])
    pen.y += layout.between("letter.sums", 4, 18)
    _sums(paper)
    pen.y += layout.between("letter.after", 6, 22)
    _text(paper, _closing(paper))


def _one(paper: Paper, name: str) -> str:
    return str(paper.dice.pick(read_words("letters.toml")[paper.language][name]))


def _of_layout(paper: Paper, name: str) -> str:
    options = read_words("letters.toml")[paper.language][name]
    return str(paper.layout.choose(f"letter.{paper.language}.{name}", options))


def _lines(paper: Paper, lines: Iterable[str], x: float, y: float, size: float) -> float:
    for line in lines:
        paper.pen.text(x, y, line, "", size)
        y += 1.25 * size
    return y


def _name(paper: Paper) -> None:
    """Draw the sender's name, in two lines more often than not, and its address at times."""
    pen, layout = paper.pen, paper.layout
    size = pen.size + layout.choose("letter.larger", [0, 1, 2, 4])
    lines = [paper.supplier.name]
    if layout.chance("letter.two_lines", 0.6):
        lines.append(_of_layout(paper, "tails"))
    paper.tell("supplier_name", " ".join(lines))
    x = pen.margin
    if layout.chance("letter.name_right", 0.3):
        x = pen.width - pen.margin - max(pen.measure(line, "b", size) for line in lines)
    for line in lines:
        pen.text(x, pen.y, line, "b", size)
        pen.y += 1.25 * size
    if layout.chance("letter.address", 0.5):
        paper.tell("supplier_address", " ".join(paper.supplier.lines))
        pen.y = _lines(paper, paper.supplier.lines, x, pen.y, pen.size)


def _receiver(paper: Paper, x: float, y: float) -> float:
    """Draw whom it is for; a salutation belongs to the name, as e-invoices have it."""
    person = party(paper.dice, paper.language, paper.hand.currency, person=True)
    said = _of_layout(paper, "salutations")
    if paper.layout.chance("letter.salutation_alone", 0.6):
        lines = [said, person.name]
    else:
        lines = [f"{said} {person.name}"]
    paper.tell("receiver_name", " ".join(lines))
    paper.tell("receiver_address", " ".join(person.lines))
    return _lines(paper, [*lines, *person.lines], x, y, paper.pen.size)


def _office(paper: Paper, x: float, y: float) -> float:
    """Draw an office of the sender: a name and an address that are of no party."""
    other: Party = party(paper.dice, paper.language, paper.hand.currency, person=True)
    lines = [_of_layout(paper, "offices"), other.name, *other.lines]
    label = paper.hand.colon(paper.hand.label("phone"))
    lines.append(f"{label} {paper.tell('supplier_phone', other.phone)}")
    if paper.layout.chance("letter.fax", 0.4):
        lines.append(f"{paper.hand.colon(paper.hand.label('fax'))} {other.fax}")
    hours = read_words("letters.toml")[paper.language]["hours"]
    lines += hours[: paper.layout.choose("letter.hours", [0, 1, 2, 3])]
    size = paper.pen.size - paper.layout.choose("letter.smaller", [0, 1, 2])
    return _lines(paper, lines, x, y, size)


def _subject(paper: Paper) -> None:
    """Draw what it is about, the contract, and the date without a label."""
    pen, layout = paper.pen, paper.layout
    day = paper.day("invoice_date")
    if layout.chance("letter.place", 0.3):
        form = layout.choose("letter.place_form", paper.hand.any_of("place_date"))
        day = form.format(city=paper.supplier.city, date=day)
    contract = f"{_of_layout(paper, 'contracts')} {_contract(paper)}"
    subject = _of_layout(paper, "subjects")
    above = layout.chance("letter.date_above", 0.35)
    if above:
        pen.text(pen.width - pen.margin, pen.y, day, "", align="right")
        pen.y += 2.2 * pen.size
    if layout.chance("letter.one_subject", 0.4):
        subject, contract = f"{subject} {contract}", ""
    pen.text(pen.margin, pen.y, subject, layout.choose("letter.subject_style", ["b", ""]))
    if not above:
        pen.text(pen.width - pen.margin, pen.y, day, "", align="right")
    pen.y += 1.4 * pen.size
    if contract:
        pen.text(pen.margin, pen.y, contract)
        pen.y += 1.4 * pen.size
    pen.y += pen.size


def _contract(paper: Paper) -> str:
    d = paper.dice.digits
    form = paper.layout.choose(
        "letter.contract", ["{a}.{b}.{c}", "{a}{b}{c}", "{a}-{b}", "{a}/{b}/{c}", "{a} {b} {c}"]
    )
    return form.format(a=d(2), b=d(3), c=d(4))


def _period(paper: Paper) -> str:
    begins = paper.dates["due_date"] + timedelta(days=paper.dice.integer(-5, 5))
    ends = begins + timedelta(days=paper.dice.pick([30, 91, 182, 364, 365]))
    hand = paper.hand
    return _of_layout(paper, "periods").format(a=hand.date(begins), b=hand.date(ends))


def _sums(paper: Paper) -> None:
    """Draw what is charged: parts, tax and total, or a total with the tax that is in it."""
    dice, layout, hand = paper.dice, paper.layout, paper.hand
    rate = paper.sale.rates[0][0] or Decimal(19)
    count = dice.integer(1, 4)
    names = list(read_words("letters.toml")[paper.language]["bits"])
    start = dice.integer(0, len(names) - 1)
    parts = [cents(Decimal(dice.integer(500, 60000)) / 100) for _ in range(count)]
    rows = []
    for place, part in enumerate(parts):
        rows.append((names[(start + place) % len(names)], hand.amount(part)))
    paper.truth["lines"] = [
        {"description": name, "amount": float(part)}
        for (name, _), part in zip(rows, parts, strict=True)
    ]
    said, whole = hand.rate(rate), sum(parts, Decimal(0))
    if layout.chance("letter.inclusive", 0.3):
        total, tax = whole, whole - cents(whole / (1 + rate / 100))
        label = _of_layout(paper, "inclusive").format(rate=said)
        rows.append((label, paper.amount("total_amount", total)))
        rows.append((_of_layout(paper, "within"), paper.amount("total_tax_amount", tax)))
    else:
        tax = cents(whole * rate / 100)
        total = whole + tax
        rows.append((_of_layout(paper, "sums"), paper.amount("net_amount", whole)))
        label = _of_layout(paper, "taxes").format(rate=said)
        rows.append((label, paper.amount("total_tax_amount", tax)))
        rows.append((_of_layout(paper, "totals"), paper.amount("total_amount", total)))
    if dice.chance(0.15):
        rest = cents(Decimal(dice.integer(1000, 40000)) / 100)
        label = _of_layout(paper, "arrears").format(date=hand.date(paper.dates["delivery_date"]))
        rows.append((label, hand.amount(rest)))
        rows.append((_of_layout(paper, "to_pay"), paper.amount("amount_due", total + rest)))
    _write(paper, rows)


def _write(paper: Paper, rows: Iterable[tuple[str, str]]) -> None:
    pen, layout = paper.pen, paper.layout
    edge = pen.margin + (pen.width - 2 * pen.margin) * layout.between("letter.edge", 0.6, 1.0)
    leading = layout.between("letter.leading", 1.3, 1.9) * pen.size
    for label, amount in rows:
        pen.need(leading)
        pen.text(pen.margin, pen.y, label)
        pen.text(edge, pen.y, amount, align="right")
        pen.y += leading


def _closing(paper: Paper) -> list[str]:
    """Return the paragraphs below the sums."""
    dice, layout, hand = paper.dice, paper.layout, paper.hand
    texts = []
    if layout.chance("letter.due", 0.8):
        texts.append(_of_layout(paper, "dues").format(date=paper.day("due_date")))
    seller = paper.supplier
    if seller.iban and layout.chance("letter.bank", 0.7):
        paper.tell("supplier_iban", seller.iban)
        form = _of_layout(paper, "pay")
        texts.append(form.format(iban=parties.fours(seller.iban), bic=seller.bic, bank=seller.bank))
    if "currency" not in paper.truth:
        form = layout.choose("close.currency_form", hand.any_of("currency_note"))
        texts.append(form.format(currency=paper.tell("currency", hand.currency)))
    day = paper.dates["invoice_date"]
    past, later = day - timedelta(dice.integer(5, 90)), day + timedelta(dice.integer(90, 400))
    prose = [_one(paper, "prose") for _ in range(dice.integer(1, 5))]
    told = [text.format(past=hand.date(past), later=hand.date(later)) for text in prose]
    return [*texts, *dict.fromkeys(told), _one(paper, "regards")]


def _text(paper: Paper, texts: Iterable[str]) -> None:
    pen = paper.pen
    for text in texts:
        for line in pen.wrap(text, pen.width - 2 * pen.margin):
            pen.need(pen.size * 1.3)
            pen.text(pen.margin, pen.y, line)
            pen.y += 1.3 * pen.size
        pen.y += 0.4 * pen.size
