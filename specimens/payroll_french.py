"""French pay slips on paper: columns of gains and retentions, or the simplified model."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from specimens.payroll import Slip
from specimens.pen import Pen, Style

_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
           "octobre", "novembre", "décembre")  # fmt: skip
Column = tuple[str, str, str, float]
"""Name of the cell, heading, heading above it, and right edge."""


def draw(slip: Slip) -> None:
    """Draw a slip and record what is printed."""
    layout = slip.layout
    pen = Pen(595, 842, slip.family, layout.choose("size", [7.0, 7.5, 8.0]), margin=30, bottom=810)
    truth: dict[str, Any] = {"lines": []}
    slip.truth = truth
    _head(slip, pen)
    columns = _columns(slip)
    _headings(slip, pen, columns)
    _table(slip, pen, columns)
    _foot(slip, pen)
    slip.pdf = pen.pdf()


def money(slip: Slip, value: float) -> str:
    """Return an amount in this layout's writing."""
    gap = slip.layout.choose("thousands", [" ", " ", "", "\u00a0"])
    text = f"{value:,.2f}".replace(",", gap)
    return text if slip.layout.chance("point", 0.1) else text.replace(".", ",")


def _rate(slip: Slip, value: float, price: bool) -> str:
    digits = 4 if price else slip.layout.choose("rate.digits", [2, 2, 3, 4])
    text = f"{value:.{digits}f}"
    text = text if slip.layout.chance("point", 0.1) else text.replace(".", ",")
    sign = " %" if slip.layout.chance("percent", 0.25) and not price else ""
    return text + sign


def _day(slip: Slip, day: date) -> str:
    form = slip.layout.choose("day", ["%d/%m/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d/%m/%y", "long"])
    return (
        f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if form == "long" else day.strftime(form)
    )


def _head(slip: Slip, pen: Pen) -> None:
    layout, heads, truth = slip.layout, slip.heads, slip.truth
    title, size = slip.word("title"), pen.size
    place = layout.choose("title.place", ["top", "right", "top"])
    pen.text(297 if place == "top" else 430, 24, title, "b", size + 4,
             "centre" if place == "top" else "left")  # fmt: skip
    mirrored = layout.chance("mirrored", 0.15)
    left, right = (330, 34) if mirrored else (34, 330)
    y = _firm(slip, pen, left, 52)
    low = _person(slip, pen, right, 60 if layout.chance("person.high", 0.5) else y)
    start, end = heads["start"], heads["end"]
    month = f"{_MONTHS[start.month - 1]} {start.year}"
    text = slip.word("period").format(
        a=_day(slip, start), b=_day(slip, end), m=month, M=month.capitalize()
    )
    truth["period_start"], truth["period_end"] = start.isoformat(), end.isoformat()
    y = max(y, low) + 6
    pen.text(left, y, text)
    if layout.chance("paid", 0.85):
        below = layout.chance("paid.below", 0.5)
        pen.text(left if below else right, y + below * 1.5 * size,
                 slip.word("paid").format(d=_day(slip, heads["paid"])))  # fmt: skip
        truth["pay_date"] = heads["paid"].isoformat()
        y += below * 1.5 * size
    pen.y = y + 2.4 * size


def _firm(slip: Slip, pen: Pen, x: float, y: float) -> float:
    layout, firm, truth = slip.layout, slip.heads["firm"], slip.truth
    name = firm.name
    if layout.chance("firm.labelled", 0.25):
        name = f"{slip.word('employer_label')} : {firm.name}"
    truth["employer_name"] = " ".join(firm.name.split())
    pen.text(x, y, name, "b", pen.size + layout.choose("firm.larger", [0, 1, 3]))
    y += 1.5 * pen.size + 3
    lines = list(firm.lines)
    if layout.chance("siret", 0.9):
        raw = firm.siret
        if layout.chance("siret.spaced", 0.6):
            raw = f"{raw[:3]} {raw[3:6]} {raw[6:9]} {raw[9:]}"
        lines.append(slip.word("siret").format(x=raw))
        truth["employer_siret"] = firm.siret
    lines.append(f"Code APE : {firm.extra['ape']}")
    if layout.chance("urssaf", 0.5):
        lines.append("Convention collective : Bureaux d'études techniques")
    for text in lines:
        pen.text(x, y, text)
        y += 1.4 * pen.size
    return y


def _person(slip: Slip, pen: Pen, x: float, y: float) -> float:
    layout, person, truth = slip.layout, slip.heads["person"], slip.truth
    given, family = person.name.split(" ", 1)
    name = layout.choose("name.form", [f"{given} {family}", f"{family.upper()} {given}",
                                       f"{given} {family.upper()}"])  # fmt: skip
    truth["employee_name"] = name
    form = layout.choose("name.place", ["civil", "civil", "label", "plain_label"])
    if form == "civil":
        text = f"{layout.choose('civil', ['M.', 'Mme', 'Monsieur', 'Madame'])} {name}"
    else:
        text = f"{slip.word('employee_label')} : {name}"
    pen.text(x, y, text, "b" if layout.chance("name.bold", 0.5) else "")
    y += 1.5 * pen.size
    for line in person.lines[-2:]:
        pen.text(x, y, line)
        y += 1.4 * pen.size
    nir = slip.heads["nir"]
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    spaced = " ".join(nir[a:b] for a, b in pairwise(cuts))
    raw = layout.choose("nir.form", [spaced, nir, f"{nir[:13]} {nir[13:]}"])
    if layout.chance("nir", 0.92):
        pen.text(x, y, slip.word("nir").format(x=raw))
        truth["employee_nir"] = nir
        y += 1.4 * pen.size
    pen.text(x, y, f"Emploi : {layout.choose('job', slip.facts()['jobs'])}")
    if layout.chance("number", 0.5):
        y += 1.4 * pen.size
        pen.text(x, y, f"Matricule : {layout.choose('matricule', ['00125', '4821', 'A0077'])}")
    return y + 1.4 * pen.size


def _columns(slip: Slip) -> list[Column]:
    layout = slip.layout
    both = layout.choose("paid.columns", ["one", "one", "two"]) == "two"
    theirs = layout.choose("employer.columns", ["amount", "both", "both", "none"])
    grouped = layout.chance("grouped", 0.35)
    mine, other = slip.word("group_employee"), slip.word("group_employer")
    found = [("base", slip.word("base"), "")]
    found.append(("rate", "Taux" if grouped else slip.word("rate"), mine))
    if both:
        found += [("gain", slip.word("gain"), ""), ("deduction", slip.word("deduction"), "")]
    else:
        found.append(("employee_amount", "Montant" if grouped else slip.word("employee"), mine))
    if theirs == "both":
        found.append(("employer_rate", "Taux" if grouped else slip.word("employer_rate"), other))
    if theirs != "none":
        found.append(("employer_amount", "Montant" if grouped else slip.word("employer"), other))
    if both:
        found = [(n, h, "" if n == "rate" else g) for n, h, g in found]
        found[1] = ("rate", slip.word("rate"), "")
    first = layout.choose("table.first", [255, 270, 285])
    step = (563 - first) / max(1, len(found) - 1)
    return [
        (name, head, group if grouped else "", first + i * step)
        for i, (name, head, group) in enumerate(found)
    ]


def _headings(slip: Slip, pen: Pen, columns: list[Column]) -> None:
    layout = slip.layout
    align = layout.choose("head.align", ["right", "right", "centre"])
    groups: dict[str, list[float]] = {}
    for _, _, group, x in columns:
        if group:
            groups.setdefault(group, []).append(x)
    step = columns[1][3] - columns[0][3]
    if groups:
        for group, places in groups.items():
            middle = (min(places) + max(places)) / 2 - 0.3 * step
            pen.text(middle, pen.y, group, "b", pen.size - 0.5, "centre")
        pen.y += 1.5 * pen.size
    pen.text(34, pen.y, slip.word("label"), "b")
    for _, head, _, x in columns:
        size = pen.size - 0.5
        while pen.measure(head, "b", size) > step - 4 and size > 5:
            size -= 0.5
        at = x if align == "right" else x - 0.3 * step
        pen.text(at, pen.y, head, "b", size, "right" if align == "right" else "centre")
    pen.y += 1.5 * pen.size
    if layout.chance("ruled", 0.7):
        pen.rule(30, pen.y, 566)
    pen.y += 0.5 * pen.size


def _table(slip: Slip, pen: Pen, columns: list[Column]) -> None:
    layout, sums = slip.layout, slip.sums
    pitch = layout.choose("pitch", [1.35, 1.5])
    codes = layout.chance("codes", 0.2)
    section = ""
    done: set[str] = set()
    for number, line in enumerate([*slip.lines, {"part": "end"}]):
        part = line["part"]
        if part != "earning" and "gross" not in done:
            done.add("gross")
            cells = {"gain": sums["gross"], "employee_amount": sums["gross"]}
            _row(pen, slip, columns, slip.word("gross"), cells, True)
            slip.truth["gross"] = sums["gross"]
            pen.y += pitch * pen.size
        if part not in ("earning", "deduction") and "held" not in done:
            done.add("held")
            _total(slip, pen, columns)
            pen.y += pitch * pen.size
        if part == "end":
            break
        if line.get("section", "") != section and layout.chance("sections", 0.6):
            section = line.get("section", "")
            if section:
                pen.text(34, pen.y, section, "b")
                pen.y += pitch * pen.size
        code = f"{1000 + 110 * number} " if codes else ""
        _row(pen, slip, columns, line["label"], _cells(slip, line), False, code)
        _record(slip, line, columns)
        pen.y += pitch * pen.size
    _ends(slip, pen, columns, pitch)


def _cells(slip: Slip, line: dict[str, Any]) -> dict[str, float]:
    cells = {k: line[k] for k in ("base", "rate", "employer_rate", "employer_amount")
             if line.get(k) is not None}  # fmt: skip
    amount = line["employee_amount"]
    if amount is not None:
        gives = line["part"] == "earning" or line.get("sign", -1) > 0
        minus = not gives and slip.layout.chance("minus", 0.25)
        cells["gain" if gives else "deduction"] = amount
        cells["employee_amount"] = -amount if minus else amount
    return cells


def _record(slip: Slip, line: dict[str, Any], columns: list[Column]) -> None:
    cells = _cells(slip, line)
    shown = {name for name, _, _, _ in columns}
    names = ("base", "rate", "employer_amount")
    told = {name: cells.get(name) if name in shown else None for name in names}
    paid = next((cells[n] for n in ("employee_amount", "gain", "deduction")
                 if n in shown and n in cells), None)  # fmt: skip
    if line["rate"] is None and line.get("employer_rate") is None:
        told["base"] = None
    slip.truth["lines"].append({"label": line["label"], **told, "employee_amount": paid})


def _row(
    pen: Pen,
    slip: Slip,
    columns: list[Column],
    label: str,
    cells: dict[str, float],
    strong: bool = False,
    code: str = "",
) -> None:
    style: Style = "b" if strong and slip.layout.chance("strong", 0.7) else ""
    if code:
        pen.text(34, pen.y, code.strip(), style)
    room = columns[0][3] - 34 - (26 if code else 0) - 44
    size = pen.size
    while pen.measure(label, style, size) > room and size > 4.5:
        size -= 0.25
    pen.text(60 if code else 34, pen.y, label, style, size)
    for name, _, _, x in columns:
        value = cells.get(name)
        if value is None:
            continue
        price = name == "rate" and "gain" in cells  # of an hour, and no per cent
        text = _rate(slip, value, price) if name.endswith("rate") else money(slip, value)
        pen.text(x, pen.y, text, style, align="right")


def _total(slip: Slip, pen: Pen, columns: list[Column]) -> None:
    total = slip.sums["contributions"]
    minus = slip.layout.chance("minus", 0.25)
    theirs = round(sum(line.get("employer_amount") or 0 for line in slip.lines), 2)
    cells = {"deduction": total, "employee_amount": -total if minus else total}
    _row(pen, slip, columns, slip.word("contributions"), {**cells, "employer_amount": theirs}, True)


def _ends(slip: Slip, pen: Pen, columns: list[Column], pitch: float) -> None:
    layout, sums, truth = slip.layout, slip.sums, slip.truth
    order = ["net_before_tax", "income_tax", "net_paid"]
    if layout.chance("social", 0.5):
        order.insert(0, "net_social")
    boxed = layout.chance("net.boxed", 0.4)
    for name in order:
        cells = {"gain": sums[name], "employee_amount": sums[name]}
        if name == "income_tax":
            cells = {"base": sums["net_taxable"], "rate": sums["tax_rate"]}
            minus = layout.chance("minus", 0.25)
            cells |= {
                "deduction": sums[name],
                "employee_amount": -sums[name] if minus else sums[name],
            }
            truth["income_tax"] = sums[name]
        if name == "net_paid":
            truth["net_paid"] = sums[name]
        if name == "net_paid" and boxed:
            pen.y += pen.size
            text = f"{money(slip, sums[name])} €"
            pen.text(330, pen.y, slip.word("net_paid"), "b", pen.size + 2)
            pen.text(560, pen.y, text, "b", pen.size + 2, "right")
            pen.y += 2 * pen.size
            continue
        _row(pen, slip, columns, slip.word(name), cells, name != "income_tax")
        if name == "income_tax":
            _record_tax(slip, columns, cells)
        pen.y += pitch * pen.size


def _record_tax(slip: Slip, columns: list[Column], cells: dict[str, float]) -> None:
    shown = {name for name, _, _, _ in columns}
    paid = cells["employee_amount"] if "employee_amount" in shown else cells["deduction"]
    slip.truth["lines"].append({
        "label": slip.word("income_tax"), "base": cells["base"], "rate": cells["rate"],
        "employer_amount": None, "employee_amount": paid,
    })  # fmt: skip


def _foot(slip: Slip, pen: Pen) -> None:
    layout, truth = slip.layout, slip.truth
    truth["net_taxable"] = slip.sums["net_taxable"]
    pen.y += 2 * pen.size
    form = layout.choose("foot", ["table", "boxes", "lines"])
    names = ["gross", "net_taxable", "income_tax"]
    titles = {"gross": slip.word("gross"), "net_taxable": slip.word("net_taxable"),
              "income_tax": layout.choose("foot.tax", ["PAS", "Impôt sur le revenu"])}  # fmt: skip
    if form == "lines":
        pen.text(34, pen.y, f"{titles['net_taxable']} :")
        pen.text(300, pen.y, money(slip, slip.sums["net_taxable"]), align="right")
        pen.y += 1.5 * pen.size
        pen.text(34, pen.y, "Cumul net imposable :")
        pen.text(300, pen.y, money(slip, slip.year["net_taxable"]), align="right")
        return
    for i, name in enumerate(names):
        pen.text(200 + 120 * i, pen.y, titles[name], "b", pen.size - 0.5, "right")
    pen.y += 1.5 * pen.size
    rows = [(layout.choose("foot.month", ["Mois", "Période", "Mensuel"]), slip.sums)]
    rows.append((layout.choose("foot.year", ["Année", "Cumul", "Cumul annuel"]), slip.year))
    if form == "boxes":
        rows = [("", slip.sums)]
    for title, told in rows:
        pen.text(34, pen.y, title)
        for i, name in enumerate(names):
            pen.text(200 + 120 * i, pen.y, money(slip, told[name]), align="right")
        pen.y += 1.5 * pen.size
