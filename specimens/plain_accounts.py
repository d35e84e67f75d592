"""Balance sheets and income statements without a form, French and English, on paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from specimens.liasse import LESS, Accounts, Amounts, number
from specimens.payroll import HELD
from specimens.pen import Pen
from specimens.writing import read_words

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip


def draw(made: Accounts) -> None:
    """Draw assets, liabilities and income, and record what is printed."""
    layout = made.layout
    from specimens.pen import families

    pen = Pen(595, 842, layout.choose("family", families()), layout.choose("size", [7.5, 8.0, 9.0]),
              margin=36, bottom=800)  # fmt: skip
    _head(made, pen)
    beside = layout.chance("beside", 0.3)
    parts = layout.chance("parts", 0.5) and not beside
    edges = [(36.0, 292.0), (304.0, 560.0)] if beside else [(36.0, 560.0)] * 2
    top, low = pen.y, pen.y
    for side, (left, right) in zip(("assets", "liabilities"), edges, strict=True):
        pen.y = top if beside else pen.y
        _side(made, pen, side, (left, right), parts and side == "assets")
        low = max(low, pen.y)
        pen.y += 2 * pen.size
    pen.y = low + 3 * pen.size
    if layout.chance("income", 0.7):
        if pen.y > 420:
            pen.turn()
        _side(made, pen, "income", (36.0, 560.0), False)
    made.pdf = pen.pdf()


def _words(made: Accounts) -> dict[str, Any]:
    found: dict[str, Any] = read_words("plain_accounts.toml")[made.form]
    return found


def _word(made: Accounts, name: str) -> str:
    kind = "held" if made.layout.number >= HELD else "known"
    text = str(made.layout.choose(name, _words(made)[kind][name]))
    end = made.year_end
    try:
        before = end.replace(year=end.year - 1)
    except ValueError:
        before = end.replace(year=end.year - 1, day=28)
    return text.format(d=_day(made, end), y=end.year, p=end.year - 1, pd=_day(made, before))


def _day(made: Accounts, day: date) -> str:
    if made.form == "french":
        return day.strftime("%d/%m/%Y")
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _head(made: Accounts, pen: Pen) -> None:
    layout, firm = made.layout, made.company
    title = _word(made, "title")
    firm_first = layout.chance("firm.first", 0.6)
    texts = [(firm.name, "b", 3), (title, "b", 3)]
    for text, style, more in texts if firm_first else texts[::-1]:
        pen.text(36, pen.y, text, style, pen.size + more)  # type: ignore[arg-type]
        pen.y += 2.2 * pen.size
    made.truth["company_name"] = " ".join(firm.name.split())
    pen.text(36, pen.y, _word(made, "closed"))
    pen.y += 1.6 * pen.size
    if firm.siren and layout.chance("siren", 0.6):
        told = f"{firm.siren[:3]} {firm.siren[3:6]} {firm.siren[6:]}"
        pen.text(36, pen.y, f"{layout.choose('rcs', ['SIREN :', 'RCS Paris', 'N° SIREN'])} {told}")
        made.truth["siren"] = firm.siren
    pen.y += 2.5 * pen.size


def _value(told: Amounts, boxes: str) -> tuple[int, int]:
    """Return gross and depreciation of some boxes."""
    gross = less = 0
    for box in boxes.split("+"):
        gross += told.get(box, 0)
        less += told.get({"BJ": "BK", "CJ": "CK", "CO": "1A"}.get(box, LESS.get(box, "")), 0)
    return gross, less


def _side(made: Accounts, pen: Pen, side: str, edges: tuple[float, float], parts: bool) -> None:
    layout, words = made.layout, _words(made)
    left, right = edges
    names = (["gross", "depreciation"] if parts else []) + ["net"]
    if layout.chance("previous", 0.8):
        names.append("previous")
    step = 82.0 if right - left > 300 else 58.0
    places = {name: right - step * (len(names) - 1 - i) for i, name in enumerate(names)}
    pen.text(left, pen.y, words[f"{side}_title"], "b")
    for name, x in places.items():
        pen.text(x, pen.y, _word(made, name), "b", pen.size - 1, "right")
    pen.y += 1.9 * pen.size
    rows = [tuple(row) for row in words[side]]
    box = {"assets": "CO", "liabilities": "EE", "income": "HN"}[side]
    last = {"assets": "total_assets", "liabilities": "total_liabilities", "income": "result"}[side]
    rows.append((_word(made, last), box))
    for place, (label, boxes) in enumerate(rows):
        label = _word(made, "result") if label == "@result" else label
        room = min(places.values()) - left - 52
        _row(made, pen, (label, boxes), (left, room), places)
        strong = place == len(rows) - 1
        if strong:
            gross, less = _value(made.now, boxes)
            made.truth[last] = float(gross - less)
            if side == "liabilities":
                made.truth["result"] = float(made.now["DI"])


def _row(
    made: Accounts,
    pen: Pen,
    row: tuple[str, str],
    place: tuple[float, float],
    places: dict[str, float],
) -> None:
    layout, (label, boxes), (left, room) = made.layout, row, place
    gross, less = _value(made.now, boxes)
    old = _value(made.before, boxes)
    told: dict[str, int | None] = {"gross": gross, "depreciation": less or None}
    told |= {"net": gross - less, "previous": old[0] - old[1]}
    told = {name: told[name] for name in places}
    total = label.lower().startswith("total") or label.isupper()
    if not any(told.values()):
        return
    style = "b" if total else ""
    size = pen.size
    while pen.measure(label, style, size) > room and size > 4:  # type: ignore[arg-type]
        size -= 0.25
    pen.text(left, pen.y, label, style, size)  # type: ignore[arg-type]
    for name, value in told.items():
        if value is not None and (value or not layout.chance("blank", 0.6)):
            text = number(layout, value) if made.form == "french" else _english(made, value)
            pen.text(places[name], pen.y, text, style, align="right")  # type: ignore[arg-type]
        else:
            told[name] = None
    pen.y += layout.choose("pitch", [1.5, 1.7]) * pen.size
    values = {k: None if v is None else float(v) for k, v in told.items()}
    made.truth["lines"].append({"box": None, "label": label, **values})


def _english(made: Accounts, value: int) -> str:
    text = f"{abs(value):,}"
    return text if value >= 0 else f"({text})"
