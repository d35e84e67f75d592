"""Blocks of sellers and buyers, and the small print at the foot of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from specimens.companies import Party
from specimens.paper import Paper
from specimens.pen import Align, Style


def supplier(paper: Paper, x: float, y: float, width: float, align: Align = "left") -> float:
    """Draw the block of the seller; return where it ends."""
    seller, layout, pen = paper.supplier, paper.layout, paper.pen
    size = pen.size + layout.choose("supplier.larger", [0, 1, 2, 4, 7])
    style: Style = layout.choose("supplier.style", ["b", "b", ""])
    anchor = {"left": x, "right": x + width, "centre": x + width / 2}[align]
    if layout.chance("supplier.label", 0.15):
        pen.text(anchor, y, paper.hand.colon(paper.hand.label("sold_by")), "b", align=align)
        y += 1.3 * pen.size
    for line in pen.wrap(paper.tell("supplier_name", seller.name), width, style, size):
        pen.text(anchor, y, line, style, size, align)
        y += 1.25 * size
    if layout.chance("supplier.in_foot", 0.2):
        return y
    y = _address(paper, "supplier", anchor, y, width, align)
    if layout.chance("supplier.ways", 0.6):
        y = _lines(
            paper, _ways(paper, paper.layout.shuffled("ways", list(_WAYS))[:3]), anchor, y, align
        )
    if layout.chance("supplier.numbers", 0.45):
        y = _lines(paper, _numbers(paper), anchor, y, align)
    return y


def receiver(paper: Paper, x: float, y: float, width: float) -> float:
    """Draw the block of the buyer; return where it ends."""
    layout, pen, hand = paper.layout, paper.pen, paper.hand
    if layout.chance("receiver.sender", 0.3 if paper.language == "de" else 0.05):
        mark = layout.choose("receiver.sender_mark", [" - ", " · ", ", ", " | ", " • "])
        parts = [paper.tell("supplier_name", paper.supplier.name), *paper.supplier.lines]
        paper.tell("supplier_address", mark.join(paper.supplier.lines))
        pen.text(x, y, mark.join(parts), size=6)
        y += 10
    if layout.chance("receiver.label", 0.6):
        style: Style = layout.choose("receiver.label_style", ["b", "", "i"])
        pen.text(x, y, hand.colon(hand.label("bill_to")), style)
        y += 1.4 * pen.size
    if layout.chance("receiver.frame", 0.15):
        pen.frame(x - 6, y - 4, x + width, y + 6.5 * 1.25 * pen.size)
    style = layout.choose("receiver.style", ["b", "", ""])
    for line in pen.wrap(paper.tell("receiver_name", paper.receiver.name), width, style):
        pen.text(x, y, line, style)
        y += 1.25 * pen.size
    if layout.chance("receiver.attention", 0.12):
        words = {"fr": "À l'attention de", "en": "Attn:", "de": "z. Hd."}[paper.language]
        pen.text(x, y, f"{words} {paper.supplier.extra.get('chief', '')}".strip())
        y += 1.25 * pen.size
    y = _address(paper, "receiver", x, y, width, "left")
    numbers = []
    if paper.receiver.vat_id and layout.chance("receiver.vat_id", 0.35):
        label = hand.colon(hand.label("vat_id_receiver"))
        numbers.append(f"{label} {_spaced(paper, paper.receiver.vat_id)}")
        paper.tell("receiver_vat_id", _bare(paper.receiver.vat_id))
    if paper.receiver.siren and layout.chance("receiver.siren", 0.15):
        numbers.append(f"SIREN {_spaced(paper, paper.receiver.siren)}")
        paper.tell("receiver_siren", paper.receiver.siren)
    return _lines(paper, numbers, x, y, "left")


def delivery(paper: Paper, x: float, y: float, other: Party) -> float:
    """Draw the place of delivery, which is no field; return where it ends."""
    paper.pen.text(x, y, paper.hand.colon(paper.hand.label("ship_to")), "b")
    y += 1.4 * paper.pen.size
    for line in (other.name, *other.lines):
        paper.pen.text(x, y, line)
        y += 1.25 * paper.pen.size
    return y


def foot(paper: Paper) -> list[str]:
    """Return the small print of the seller, one text a line."""
    seller, layout, hand = paper.supplier, paper.layout, paper.hand
    mark = layout.choose("foot.mark", [" - ", " | ", " – ", " • ", "  "])
    parts: list[str] = []
    if "supplier_address" not in paper.truth or layout.chance("foot.repeat", 0.3):
        address = mark.join(seller.lines)
        parts += [paper.tell("supplier_name", seller.name), paper.tell("supplier_address", address)]
    if seller.extra and layout.chance("foot.capital", 0.5):
        form = layout.choose("foot.capital_form", hand.any_of("capital"))
        parts.append(form.format(sum=f"{int(seller.extra['capital']):,}".replace(",", " ")))
    if layout.chance("foot.numbers", 0.7):
        parts += _numbers(paper)
    if seller.extra and layout.chance("foot.registry", 0.4):
        form = layout.choose("foot.registry_form", hand.any_of("registry"))
        number = paper.dice.digits(6)
        if seller.siren:
            number = paper.tell("supplier_siren", seller.siren)
        parts.append(form.format(city=seller.city, siren=_spaced(paper, number)))
    if seller.extra and layout.chance("foot.activity", 0.3):
        form = layout.choose("foot.activity_form", hand.any_of("activity"))
        code = seller.extra["chief"] if paper.language == "de" else seller.extra["ape"]
        parts.append(form.format(code=code))
    if layout.chance("foot.ways", 0.5):
        parts += _ways(paper, _WAYS)
    if layout.chance("foot.bank", 0.5):
        parts += bank(paper)
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) < 105:
            lines[-1] += mark + part
        else:
            lines.append(part)
    return lines


def bank(paper: Paper) -> list[str]:
    """Return the bank details of the seller, one text each; empty where it has none."""
    seller, hand = paper.supplier, paper.hand
    if not seller.iban:
        return []
    paper.tell("supplier_iban", seller.iban)
    packed = paper.layout.chance("iban.packed", 0.25)
    iban = seller.iban if packed else fours(seller.iban)
    parts = [f"{hand.colon(hand.label('iban'))} {iban}"]
    if paper.layout.chance("bank.bic", 0.7):
        parts.append(f"{hand.colon(hand.label('bic'))} {seller.bic}")
    if paper.layout.chance("bank.name", 0.5):
        parts.insert(0, f"{hand.colon(hand.label('bank'))} {seller.bank}")
    return parts


def _phone(paper: Paper) -> str:
    paper.tell("supplier_phone", paper.supplier.phone)
    return paper.supplier.phone


def _email(paper: Paper) -> str:
    return paper.tell("supplier_email", paper.supplier.email)


_WAYS: dict[str, Callable[[Paper], str]] = {
    "phone": _phone,
    "email": _email,
    "fax": lambda paper: paper.supplier.fax,
    "web": lambda paper: paper.supplier.web,
}


def _ways(paper: Paper, names: Iterable[str]) -> list[str]:
    bare = paper.layout.chance("ways.bare", 0.2)
    made = []
    for name in list(names)[:3]:
        text = _WAYS[name](paper)
        keep_label = not bare or name in ("phone", "fax")
        made.append(f"{paper.hand.colon(paper.hand.label(name))} {text}" if keep_label else text)
    return made


def _numbers(paper: Paper) -> list[str]:
    seller, hand, layout = paper.supplier, paper.hand, paper.layout
    made = []
    if seller.siret and layout.chance("numbers.siret", 0.7):
        paper.tell("supplier_siret", seller.siret)
        paper.tell("supplier_siren", seller.siren)
        made.append(f"{hand.colon(hand.label('siret'))} {_spaced(paper, seller.siret)}")
    elif seller.siren:
        paper.tell("supplier_siren", seller.siren)
        label = hand.label("siren")
        made.append(f"{hand.colon(label)} {_spaced(paper, seller.siren)}")
    if seller.vat_id:
        paper.tell("supplier_vat_id", _bare(seller.vat_id))
        made.append(f"{hand.colon(hand.label('vat_id'))} {_spaced(paper, seller.vat_id)}")
    return made


def _spaced(paper: Paper, number: str) -> str:
    """Return an identifier in groups, where the layout parts them."""
    if paper.layout.chance("numbers.packed", 0.45) or not number[-5:].isdigit():
        return number
    if len(number) == 14:
        return f"{number[:3]} {number[3:6]} {number[6:9]} {number[9:]}"
    if number.startswith("FR"):
        return f"FR {number[2:4]} {number[4:7]} {number[7:10]} {number[10:]}"
    if number[:2].isalpha():
        return f"{number[:2]} {number[2:5]} {number[5:9]} {number[9:]}".strip()
    return " ".join(number[i : i + 3] for i in range(0, len(number), 3))


def fours(number: str) -> str:
    """Return an identifier in groups of four."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def _bare(number: str) -> str:
    """Return an identifier without marks and the Swiss word behind it."""
    return "".join(char for char in number.removesuffix(" MWST") if char.isalnum())


def _address(paper: Paper, role: str, x: float, y: float, width: float, align: Align) -> float:
    party: Party = getattr(paper, role)
    lines = list(party.lines)
    if paper.layout.chance(f"{role}.one_line", 0.12):
        lines = paper.pen.wrap(", ".join(lines), width)
    paper.tell(f"{role}_address", " ".join(lines))
    return _lines(paper, lines, x, y, align)


def _lines(paper: Paper, lines: list[str], x: float, y: float, align: Align) -> float:
    for line in lines:
        paper.pen.text(x, y, line, align=align)
        y += 1.25 * paper.pen.size
    return y
