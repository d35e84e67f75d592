"""Pay stubs of the United States and pay slips of the United Kingdom on paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from specimens.payroll import Slip
from specimens.pen import Pen


def draw(slip: Slip) -> None:
    """Draw a slip and record what is printed."""
    layout = slip.layout
    pen = Pen(612, 792, slip.family, layout.choose("size", [8.0, 8.5, 9.0]), margin=36, bottom=760)
    slip.truth = {"lines": []}
    _head(slip, pen)
    if layout.chance("beside", 0.45):
        _beside(slip, pen)
    else:
        _stacked(slip, pen)
    _foot(slip, pen)
    slip.pdf = pen.pdf()


def money(slip: Slip, value: float) -> str:
    """Return an amount in this layout's writing."""
    mark = {"us": "$", "gb": "£"}[slip.country] if slip.layout.chance("marked", 0.3) else ""
    return f"{mark}{value:,.2f}"


def _day(slip: Slip, day: date) -> str:
    if slip.country == "us":
        forms = ["%m/%d/%Y", "%m/%d/%Y", "%b %d, %Y"]
    else:
        forms = ["%d/%m/%Y", "%d %b %Y", "%d %B %Y"]
    return day.strftime(slip.layout.choose("day", forms))


def _head(slip: Slip, pen: Pen) -> None:
    layout, heads, truth, size = slip.layout, slip.heads, slip.truth, pen.size
    firm, person = heads["firm"], heads["person"]
    pen.text(*((400, 30) if layout.chance("title.right", 0.4) else (36, 30)), slip.word("title"),
             "b", size + 4)  # fmt: skip
    y = 56.0
    labelled = layout.chance("firm.labelled", 0.35)
    text = f"{slip.word('employer_label')}: {firm.name}" if labelled else firm.name
    truth["employer_name"], truth["employee_name"] = firm.name, person.name
    pen.text(36, y, text, "b", size + layout.choose("firm.larger", [0, 1, 2]))
    for line in firm.lines[:2]:
        y += 1.5 * size
        pen.text(36, y, line)
    x, y = (330.0, 56.0) if layout.chance("person.right", 0.5) else (36.0, y + 2.5 * size)
    pen.text(x, y, f"{slip.word('employee_label')}: {person.name}")
    y += 1.5 * size
    if layout.chance("id", 0.5):
        pen.text(x, y, "Employee ID: 10482" if slip.country == "us" else "NI Number: QQ123456C")
        y += 1.5 * size
    start, end = heads["start"], heads["end"]
    if layout.chance("period", 0.8):
        pen.text(x, y, slip.word("period").format(a=_day(slip, start), b=_day(slip, end)))
        truth["period_start"], truth["period_end"] = start.isoformat(), end.isoformat()
        y += 1.5 * size
    pen.text(x, y, slip.word("paid").format(d=_day(slip, heads["paid"])))
    truth["pay_date"] = heads["paid"].isoformat()
    pen.y = max(y, 110) + 3 * size


def _record(slip: Slip, line: dict[str, Any]) -> None:
    told = {key: line[key] for key in ("label", "base", "rate", "employee_amount")}
    slip.truth["lines"].append({**told, "employer_amount": None})
    if line["part"] == "tax":
        slip.truth["income_tax"] = line["employee_amount"]


def _stacked(slip: Slip, pen: Pen) -> None:
    layout = slip.layout
    year = layout.chance("ytd", 0.7)
    places = {"base": 260.0, "rate": 340.0, "employee_amount": 430.0, "to_date": 530.0}
    for kind in ("earnings", "deductions"):
        heads = {"employee_amount": slip.word("amount")}
        if kind == "earnings":
            heads = {"base": slip.word("hours"), "rate": slip.word("rate"), **heads}
        if year:
            heads["to_date"] = slip.word("ytd")
        pen.text(36, pen.y, slip.word(kind), "b")
        for name, text in heads.items():
            pen.text(places[name], pen.y, text, "b", align="right")
        pen.y += 1.6 * pen.size
        for line in slip.lines:
            if (line["part"] == "earning") != (kind == "earnings"):
                continue
            pen.text(36, pen.y, line["label"])
            for name in heads:
                if line.get(name) is not None:
                    text = f"{line[name]:.2f}" if name == "base" else money(slip, line[name])
                    pen.text(places[name], pen.y, text, align="right")
            _record(slip, line)
            pen.y += 1.5 * pen.size
        sums = ("gross", "gross") if kind == "earnings" else ("total", "contributions")
        pen.text(36, pen.y, slip.word(sums[0]), "b")
        pen.text(
            places["employee_amount"], pen.y, money(slip, slip.sums[sums[1]]), "b", align="right"
        )
        if year:
            pen.text(places["to_date"], pen.y, money(slip, slip.year[sums[1]]), "b", align="right")
        if kind == "earnings":
            slip.truth["gross"] = slip.sums["gross"]
        pen.y += 2.6 * pen.size


def _beside(slip: Slip, pen: Pen) -> None:
    places = {"base": 160.0, "rate": 222.0, "employee_amount": 300.0}
    pen.text(36, pen.y, slip.word("earnings"), "b")
    for name, word in (("base", "hours"), ("rate", "rate"), ("employee_amount", "amount")):
        head, size = slip.word(word), pen.size
        while pen.measure(head, "b", size) > (68 if name == "employee_amount" else 54):
            size -= 0.25
        pen.text(places[name], pen.y, head, "b", size, "right")
    pen.text(330, pen.y, slip.word("deductions"), "b")
    pen.text(560, pen.y, slip.word("amount"), "b", align="right")
    pen.y += 1.6 * pen.size
    top = pen.y
    for side in ("earning", "other"):
        y = top
        for line in slip.lines:
            if (line["part"] == "earning") != (side == "earning"):
                continue
            pen.text(36 if side == "earning" else 330, y, line["label"])
            if side == "earning":
                for name, x in places.items():
                    if line[name] is not None:
                        text = f"{line[name]:.2f}" if name == "base" else money(slip, line[name])
                        pen.text(x, y, text, align="right")
            else:
                pen.text(560, y, money(slip, line["employee_amount"]), align="right")
            _record(slip, line)
            y += 1.5 * pen.size
        pen.y = max(pen.y, y)
    pen.y += pen.size
    pen.text(36, pen.y, slip.word("gross"), "b")
    pen.text(300, pen.y, money(slip, slip.sums["gross"]), "b", align="right")
    pen.text(330, pen.y, slip.word("total"), "b")
    pen.text(560, pen.y, money(slip, slip.sums["contributions"]), "b", align="right")
    slip.truth["gross"] = slip.sums["gross"]
    pen.y += 2.4 * pen.size


def _foot(slip: Slip, pen: Pen) -> None:
    layout, sums, truth = slip.layout, slip.sums, slip.truth
    if layout.chance("taxable", 0.6):
        pen.text(36, pen.y, f"{slip.word('net_taxable')}:")
        pen.text(300, pen.y, money(slip, sums["net_taxable"]), align="right")
        truth["net_taxable"] = sums["net_taxable"]
        pen.y += 1.8 * pen.size
    pen.text(330 if layout.chance("net.right", 0.5) else 36, pen.y, slip.word("net_paid"), "b",
             pen.size + 1)  # fmt: skip
    pen.text(560, pen.y, money(slip, sums["net_paid"]), "b", pen.size + 1, "right")
    truth["net_paid"] = sums["net_paid"]
