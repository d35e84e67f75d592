"""The table of lines: columns in any order, ruled or not, over as many pages as it takes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from specimens.paper import Paper
from specimens.pen import Align, Style
from specimens.sales import ZERO, Item

_RULES = ("none", "header", "rows", "grid", "grey", "zebra", "columns", "header")


@dataclass
class Column:
    """One column: where it stands and how its cells are set."""

    name: str
    header: list[str]
    left: float = 0.0
    right: float = 0.0
    align: Align = "right"


class Grid:
    """Draws the lines of a paper, and records them."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.pen = paper.pen
        self.size = paper.pen.size - paper.layout.choose("grid.smaller", [0, 0, 0.5, 1])
        self.leading = self.size * paper.layout.between("grid.leading", 1.15, 1.5)
        self.gap = paper.layout.between("grid.gap", 0, 9)
        self.rules = paper.layout.choose("grid.rules", _RULES)
        self.columns = self._columns()
        self.lines: list[dict[str, Any]] = []

    def draw(self) -> None:
        """Draw header and rows from where the pen stands."""
        pen, layout = self.pen, self.paper.layout
        carry = layout.chance("grid.carry", 0.35)
        repeat = layout.chance("grid.repeat", 0.85)
        last = pen.bottom - (2 * self.leading + 6 if carry else 0)
        self._header()
        run, part, section = ZERO, ZERO, ""
        for place, item in enumerate(self.paper.sale.items):
            if item.section != section:
                if section:
                    self._subtotal(section, part)
                section, part = item.section, ZERO
                pen.need(5 * self.leading)
                pen.text(self.columns[0].left + 3, pen.y, section, "b", self.size)
                pen.y += 1.5 * self.leading
            if pen.y + self._high(item) > last:
                self._turn(run, carry, repeat)
            self._row(place, item)
            run, part = run + item.amount, part + item.amount
        if section:
            self._subtotal(section, part)
        pen.rule(pen.margin, pen.y, pen.width - pen.margin)
        pen.y += self.leading
        self.paper.truth["lines"] = self.lines

    def _turn(self, run: Decimal, carry: bool, repeat: bool) -> None:
        """Begin a page in the middle of the table."""
        hand = self.paper.hand
        if carry:
            self._sum(hand.label("carry_to"), run)
        self.pen.turn()
        if repeat:
            self._header()
        if carry:
            self._sum(hand.label("carry_from"), run)

    def _subtotal(self, section: str, value: Decimal) -> None:
        if self.paper.layout.chance("grid.subtotal", 0.6):
            self._sum(self.paper.hand.label("subtotal").format(section=section), value)

    def _sum(self, label: str, value: Decimal) -> None:
        """Draw a row of the table that holds a running sum and no line."""
        amount = next(column for column in self.columns if column.name == "amount")
        words = next(column for column in self.columns if column.name == "description")
        text = self.paper.hand.amount(value, "cell")
        self._set(amount, text, self.pen.y, "b")
        if words.right < amount.left and self.paper.layout.chance("grid.sum_right", 0.5):
            self.pen.text(amount.left - 8, self.pen.y, label, "b", self.size, "right")
        else:
            self.pen.text(words.left + 3, self.pen.y, label, "b", self.size)
        self.pen.y += self.leading + self.gap

    def _columns(self) -> list[Column]:
        """Return the columns in their order, as wide as what they hold."""
        paper, layout = self.paper, self.paper.layout
        names = _order(paper)
        gross = paper.sale.gross
        columns = []
        for name in names:
            label = f"{name}_gross" if gross and name in ("unit_price", "amount") else name
            columns.append(Column(name, [paper.hand.label(label)]))
        left = paper.pen.margin
        room = paper.pen.width - 2 * paper.pen.margin
        widths = {c.name: self._needed(c) for c in columns if c.name != "description"}
        spare = room - sum(widths.values())
        share = layout.between("grid.share", 0.3, 1.0)
        wide = max(120.0, min(spare, 120 + (spare - 120) * share)) if spare > 120 else spare
        padding = (spare - wide) / max(1, len(widths))
        for column in columns:
            right = left + (wide if column.name == "description" else widths[column.name] + padding)
            column.left, column.right, left = left, right, right
            column.align = self._aligned(column.name)
            column.header = self.pen.wrap(column.header[0], right - left - 6, "b", self.size)
        return columns

    def _aligned(self, name: str) -> Align:
        layout = self.paper.layout
        if name in ("description", "code"):
            return "left"
        if name in ("unit", "position", "tax_rate"):
            return layout.choose(f"align.{name}", ["left", "centre", "right"])
        if name == "quantity":
            return layout.choose("align.quantity", ["right", "right", "centre", "left"])
        return "left" if layout.chance("align.money_left", 0.06) else "right"

    def _needed(self, column: Column) -> float:
        items = self.paper.sale.items
        texts = [self._cell(column.name, place, item) for place, item in enumerate(items)]
        if column.name == "amount":
            texts.append(self.paper.hand.amount(self.paper.sale.goods * 10, "cell"))
        whole = self.paper.layout.chance("grid.header_whole", 0.5)
        heads = column.header if whole else column.header[0].split(" ")
        wide = [self.pen.measure(text, "", self.size) for text in texts]
        return max(wide + [self.pen.measure(head, "b", self.size) for head in heads]) + 8

    def _cell(self, name: str, place: int, item: Item) -> str:
        hand, layout = self.paper.hand, self.paper.layout
        if name == "position":
            return str((place + 1) * layout.choose("position.step", [1, 1, 1, 10]))
        if name == "quantity":
            text = hand.number(item.quantity, layout.choose("quantity.digits", [0, 0, 0, 2, 2, 3]))
            return f"{text} {item.unit}" if layout.chance("quantity.unit", 0.2) else text
        if name == "unit_price":
            return hand.amount(item.price, "cell")
        if name == "amount":
            return hand.amount(item.amount, "cell")
        if name == "reduction":
            blank = not item.reduction and layout.chance("reduction.blank", 0.7)
            return "" if blank else hand.rate(item.reduction, "cell")
        if name == "tax_rate":
            bare = layout.chance("rate.bare", 0.3)
            text = hand.rate(item.rate, "cell")
            return text.rstrip(" %") if bare else text
        return {"code": item.code, "unit": item.unit}[name]

    def _header(self) -> None:
        pen, layout = self.pen, self.paper.layout
        if layout.chance("grid.no_header", 0.04):
            return
        deep = max(len(column.header) for column in self.columns)
        high = deep * self.leading + 4
        low = layout.choose("grid.header_at", ["top", "bottom"]) == "bottom"
        style: Style = layout.choose("grid.header_style", ["b", "b", "", "i"])
        if self.rules == "grey":
            pen.fill(pen.margin, pen.y - 2, pen.width - pen.margin, pen.y + high - 2, 0.85)
        for column in self.columns:
            start = pen.y + (deep - len(column.header)) * self.leading * low
            for step, text in enumerate(column.header):
                self._set(column, text, start + step * self.leading, style)
        if self.rules in ("header", "rows", "grid"):
            pen.rule(pen.margin, pen.y + high - 2, pen.width - pen.margin)
        if self.rules == "grid":
            pen.frame(pen.margin, pen.y - 3, pen.width - pen.margin, pen.y + high - 2)
        pen.y += high + 2

    def _high(self, item: Item) -> float:
        return self.leading * (len(self._name(item)) + len(item.details)) + self.gap + 2

    def _name(self, item: Item) -> list[str]:
        words = next(column for column in self.columns if column.name == "description")
        return self.pen.wrap(item.description, words.right - words.left - 8, "", self.size)

    def _row(self, place: int, item: Item) -> None:
        pen, layout = self.pen, self.paper.layout
        name = self._name(item)
        high = self._high(item)
        if self.rules == "zebra" and place % 2:
            pen.fill(pen.margin, pen.y - 2, pen.width - pen.margin, pen.y + high - 2, 0.93)
        at_end = layout.chance("grid.values_low", 0.07) and not item.details
        values_y = pen.y + (len(name) - 1) * self.leading * at_end
        for column in self.columns:
            if column.name == "description":
                for step, text in enumerate(name):
                    self._set(column, text, pen.y + step * self.leading)
                small = self.size - layout.choose("details.smaller", [0, 0, 1])
                style: Style = layout.choose("details.style", ["", "i"])
                for step, text in enumerate(item.details):
                    y = pen.y + (len(name) + step) * self.leading
                    pen.text(column.left + 3, y, text, style, small)
                continue
            self._set(column, self._cell(column.name, place, item), values_y)
        self._record(item)
        top = pen.y
        pen.y += high
        if self.rules in ("rows", "grid"):
            pen.rule(pen.margin, pen.y - 3, pen.width - pen.margin, 0.3)
        if self.rules in ("grid", "columns"):
            for x in [column.left for column in self.columns] + [self.columns[-1].right]:
                pen.stroke(x, top - 3, pen.y - 3, 0.3)

    def _record(self, item: Item) -> None:
        names = {column.name for column in self.columns}
        line: dict[str, Any] = {"description": item.description}
        if "code" in names:
            line["product_code"] = item.code
        if "quantity" in names:
            line["quantity"] = float(item.quantity)
            if self.paper.layout.chance("quantity.unit", 0.2) or "unit" in names:
                line["unit"] = item.unit
        if "unit_price" in names:
            line["unit_price"] = float(item.price)
        if "tax_rate" in names:
            line["tax_rate"] = float(item.rate)
        line["amount"] = float(item.amount)
        if self.paper.hand.says_currency("cell"):
            self.paper.truth.setdefault("currency", self.paper.hand.currency)
        self.lines.append(line)

    def _set(self, column: Column, text: str, y: float, style: Style = "") -> None:
        anchor = {
            "left": column.left + 3,
            "right": column.right - 3,
            "centre": (column.left + column.right) / 2,
        }[column.align]
        self.pen.text(anchor, y, text, style, self.size, column.align)


def _order(paper: Paper) -> list[str]:
    """Return the names of the columns, in the order of this layout."""
    layout = paper.layout
    numbers = []
    if layout.chance("column.quantity", 0.88):
        numbers.append("quantity")
        if layout.chance("column.unit", 0.25) and not layout.chance("quantity.unit", 0.2):
            numbers.append("unit")
    if layout.chance("column.unit_price", 0.85) or "quantity" not in numbers:
        numbers.append("unit_price")
    if layout.chance("column.reduction", 0.15):
        numbers.append("reduction")
    if layout.chance("column.tax_rate", 0.35) and not paper.sale.exempt:
        numbers.append("tax_rate")
    if layout.chance("column.order", 0.35):
        numbers = layout.shuffled("column.mixed", numbers)
    words = ["description"]
    if layout.chance("column.code", 0.35):
        words.insert(layout.choose("column.code_at", [0, 0, 0, 1]), "code")
    if layout.chance("column.quantity_first", 0.2) and "quantity" in numbers:
        numbers.remove("quantity")
        words.insert(0, "quantity")
    if layout.chance("column.position", 0.25):
        words.insert(0, "position")
    order = [*words, *numbers, "amount"]
    if layout.chance("column.amount_early", 0.06) and numbers:
        order[-1], order[-2] = order[-2], order[-1]
    return order
