"""Bank statements as PDF files in many layouts, with exact truth.

    python -m specimens.statements FOLDER COUNT [SEED]

A layout follows from its number alone: language, columns, writing of amounts and dates, type, what
is printed of balances and totals, and how long labels and pages are.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from specimens.pen import Pen
from specimens.statement_layouts import LAYOUTS, Layout, layout, wordings


@dataclass
class Specimen:
    """A statement: its PDF and what stands in it."""

    layout: Layout
    pdf: bytes = b""
    truth: dict[str, Any] = field(default_factory=dict)


def make(seed: int, number: int) -> Specimen:
    """Return a statement with invented movements, in a layout."""
    draw = random.Random(seed)
    shape = layout(number)
    truth = _truth(draw, shape)
    made = Specimen(shape, truth=truth)
    made.pdf = printed(shape, truth)
    return made


def _truth(draw: random.Random, shape: Layout) -> dict[str, Any]:
    told = wordings()[shape.language]["phrases"]
    start = date(draw.randint(2018, 2025), draw.randint(1, 12), 1)
    end = (start + timedelta(31)).replace(day=1) - timedelta(1)
    count = draw.randint(3, 45)
    days = sorted(draw.randint(0, (end - start).days) for _ in range(count))
    opening = balance = draw.randint(-50_000, 2_000_000)
    lines: list[dict[str, Any]] = []
    for day in days:
        incoming = draw.random() < 0.35
        amount = draw.randint(100, 90_000) * (10 if draw.random() < 0.1 else 1)
        amount = amount if incoming else -amount
        balance += amount
        words = [draw.choice(told["in" if incoming else "out"])]
        while draw.random() < shape.long and len(words) < 4:
            words.append(draw.choice(told["more"]))
        when = start + timedelta(day)
        lines.append(
            {
                "date": when.isoformat(),
                "value_date": (when + timedelta(draw.choice([0, 0, 1]))).isoformat(),
                "description": "\n".join(words),
                "amount": amount / 100,
                "balance": balance / 100,
            }
        )
    if shape.sectioned:
        lines.sort(key=lambda line: line["amount"] < 0)
        for before, line in pairwise([{"balance": opening / 100}, *lines]):
            line["balance"] = round(before["balance"] + line["amount"], 2)
    return {
        "bank_name": draw.choice(told["bank"]),
        "account_holder": draw.choice(told["names"]),
        "iban": _iban(draw, "FR" if shape.currency == "EUR" else "GB"),
        "currency": shape.currency,
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "opening_balance": opening / 100,
        "closing_balance": balance / 100,
        "lines": lines,
    }


def _iban(draw: random.Random, country: str) -> str:
    account = "".join(str(draw.randint(0, 9)) for _ in range(16 if country == "FR" else 14))
    body = f"00000{account}" if country == "FR" else f"FAKE{account}"
    if country == "FR":
        body += f"{97 - int(body + '00') % 97:02d}"
    digits = "".join(str(int(c, 36)) for c in f"{body}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{body}"


def printed(shape: Layout, truth: dict[str, Any]) -> bytes:
    """Return the PDF of a statement in a layout."""
    pen = Pen(595, 842, shape.family, shape.size, margin=40, bottom=790)
    _head(pen, shape, truth)
    places = _places(shape)
    _heads(pen, shape, places)
    state = {"debit": 0.0, "credit": 0.0, "balance": truth["opening_balance"]}
    if shape.balances == "table":
        _told(pen, shape, places, _worded(shape, "open", truth["period_start"]), state["balance"])
    since = 0
    before: dict[str, Any] = {}
    for line in truth["lines"]:
        if since >= shape.rows or pen.y > pen.bottom - 60:
            _turned(pen, shape, places, state["balance"])
            since = 0
        since += 1
        turned = not before or (line["amount"] < 0) != (before["amount"] < 0)
        if shape.sectioned and turned:
            titles = wordings()[shape.language]["phrases"]["sections"]
            pen.text(40, pen.y, titles[line["amount"] < 0], "b")
            pen.y += 1.6 * shape.size
        again = "once" in shape.rare and before.get("date") == line["date"] and since > 1
        _movement(pen, shape, places, line, again)
        before = line
        state["balance"] = line["balance"]
        state["debit" if line["amount"] < 0 else "credit"] += abs(line["amount"])
    if shape.totals and "debit" in places:
        pen.y += 2
        pen.text(places["description"][0], pen.y, shape.words["total"])
        for kind in ("debit", "credit"):
            pen.text(places[kind][1], pen.y, _number(shape, state[kind]), align="right")
        pen.y += 1.5 * shape.size
    if shape.balances == "table":
        _told(pen, shape, places, _worded(shape, "close", truth["period_end"]), state["balance"])
    pen.y += 30
    if "foot" in shape.rare:
        for text in wordings()[shape.language]["phrases"]["foot"]:
            pen.text(40, pen.y, text, size=7)
            pen.y += 12
    pen.text(40, pen.y, "Document fictif / invented document", size=6.5)
    return pen.pdf()


def _head(pen: Pen, shape: Layout, truth: dict[str, Any]) -> None:
    pen.text(40, 40, truth["bank_name"], "b", 14)
    pen.text(40, 62, shape.words["title"], "b", 11)
    whole = "%d/%m/%Y" if "%m" in shape.dates and "-" not in shape.dates else "%d %B %Y"
    whole = "%d/%m/%Y" if shape.language == "fr" else whole
    period = [date.fromisoformat(truth[key]) for key in ("period_start", "period_end")]
    pen.text(40, 80, shape.words["period"].format(*(day.strftime(whole) for day in period)))
    x = 320 if shape.aside else 40
    pen.text(x, 100, shape.words["holder"].format(truth["account_holder"]))
    grouped = " ".join(truth["iban"][i : i + 4] for i in range(0, len(truth["iban"]), 4))
    pen.text(x, 114, f"IBAN : {grouped}" if shape.language == "fr" else f"IBAN {grouped}")
    pen.text(x, 128, f"{'Devise' if shape.language == 'fr' else 'Currency'} : {shape.currency}")
    pen.y = 150
    if shape.balances == "box" and "boxes" in shape.rare:
        for x, key, kind in ((60, "open", "opening_balance"), (300, "close", "closing_balance")):
            day = truth["period_start" if key == "open" else "period_end"]
            pen.text(x, pen.y, _worded(shape, key, day), "b")
            pen.text(x, pen.y + 13, _plus(shape, truth[kind]))
        pen.y += 40
    elif shape.balances == "box":
        for key, kind in (("open", "opening_balance"), ("close", "closing_balance")):
            day = truth["period_start" if key == "open" else "period_end"]
            pen.text(60, pen.y, _worded(shape, key, day))
            pen.text(330, pen.y, _plus(shape, truth[kind]), align="right")
            pen.y += 14
        pen.y += 6


def _worded(shape: Layout, key: str, day: str) -> str:
    return shape.words[key].format(date.fromisoformat(day).strftime("%d/%m/%Y"))


def _places(shape: Layout) -> dict[str, tuple[float, float]]:
    """Return left and right edge of each column."""
    numbers = [c for c in shape.columns if c in ("debit", "credit", "amount", "balance")]
    places: dict[str, tuple[float, float]] = {}
    right = 555.0
    for kind in reversed(numbers):
        places[kind] = (right - 68, right)
        right -= 82
    x = 40.0
    for kind in shape.columns:
        if kind in ("date", "value_date") and shape.columns.index(
            "description"
        ) > shape.columns.index(kind):
            places[kind] = (x, x + 55)
            x += 70
    if "value_date" not in places and "value_date" in shape.columns:
        places["value_date"] = (right - 50, right)
        right -= 65
    places["description"] = (x, right)
    return places


def _heads(pen: Pen, shape: Layout, places: dict[str, tuple[float, float]]) -> None:
    for kind in shape.columns:
        left, right = places[kind]
        numeric = kind in ("debit", "credit", "amount", "balance")
        align = shape.head_align if numeric else "left"
        if "left" in shape.rare:
            align = "left"
        x = {"left": left, "right": right, "centre": (left + right) / 2}[align]
        first, _, second = shape.heads[kind].partition(" ") if "stacked" in shape.rare else (
            shape.heads[kind], "", ""
        )  # fmt: skip
        pen.text(x, pen.y, first, "b", min(shape.size, 8.5), align)
        pen.text(x, pen.y + 1.1 * shape.size, second, "b", min(shape.size, 8.5), align)
    pen.y += (2.7 if "stacked" in shape.rare else 1.6) * shape.size
    pen.rule(40, pen.y - 2, 555)
    pen.y += 3


def _movement(
    pen: Pen,
    shape: Layout,
    places: dict[str, tuple[float, float]],
    line: dict[str, Any],
    again: bool,
) -> None:
    for kind in ("date", "value_date"):
        if kind in places and not (again and kind == "date"):
            pen.text(places[kind][0], pen.y, _day(shape, line[kind]))
    side = "debit" if line["amount"] < 0 else "credit"
    if side in places:
        minus = "-" if side == "debit" and "minus" in shape.rare else ""
        _put(pen, shape, places[side], minus + _number(shape, line["amount"]))
    else:
        _put(pen, shape, places["amount"], _sided(shape, line["amount"]))
    if "balance" in places:
        _put(pen, shape, places["balance"], _plus(shape, line["balance"]))
    left, right = places["description"]
    for part in line["description"].split("\n"):
        for row in pen.wrap(part, right - left - 8):
            pen.text(left, pen.y, row)
            pen.y += 1.2 * shape.size
    pen.y += 0.25 * shape.size


def _put(pen: Pen, shape: Layout, place: tuple[float, float], text: str) -> None:
    if "marks" in shape.rare:
        mark = "€" if shape.currency == "EUR" else "£"
        sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
        text = f"{sign}{text} {mark}" if shape.language == "fr" else f"{sign}{mark}{text}"
    if "left" in shape.rare:
        pen.text(place[0], pen.y, text)
    else:
        pen.text(place[1], pen.y, text, align="right")


def _told(
    pen: Pen, shape: Layout, places: dict[str, tuple[float, float]], words: str, amount: float
) -> None:
    pen.text(places["description"][0], pen.y, words, "b")
    if "balance" in places or "amount" in places:
        kind = "balance" if "balance" in places else "amount"
        text = _plus(shape, amount)
    else:
        kind = "debit" if amount < 0 else "credit"
        text = _number(shape, abs(amount))
    _put(pen, shape, places[kind], text)
    pen.y += 1.6 * shape.size


def _turned(
    pen: Pen, shape: Layout, places: dict[str, tuple[float, float]], balance: float
) -> None:
    down, up = wordings()[shape.language]["phrases"]["carry"]
    if shape.carries:
        _told(pen, shape, places, down, balance)
    pen.turn()
    pen.text(555, 25, f"Page {len(pen.pages)}", align="right")
    _heads(pen, shape, places)
    if shape.carries:
        _told(pen, shape, places, up, balance)


def _day(shape: Layout, day: str) -> str:
    when = date.fromisoformat(day)
    month = wordings()[shape.language]["phrases"]["months"][when.month - 1]
    return when.strftime(shape.dates.replace("%b", month))


def _number(shape: Layout, amount: float) -> str:
    text = f"{abs(amount):,.2f}"
    if shape.amounts == "1,234.56":
        return text
    mark = shape.amounts[1]
    return text.replace(",", "_").replace(".", ",").replace("_", mark)


def _plus(shape: Layout, amount: float) -> str:
    return ("-" if amount < 0 else "") + _number(shape, amount)


def _sided(shape: Layout, amount: float) -> str:
    text = _number(shape, amount)
    if shape.signs == "none" or shape.sectioned:
        return text
    if shape.signs == "letters":
        return f"{text} {'DR' if amount < 0 else 'CR'}"
    if shape.signs == "behind":
        return f"{text}-" if amount < 0 else text
    return _plus(shape, amount) if amount < 0 or "plus" not in shape.rare else f"+{text}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    base = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    for i in range(int(sys.argv[2])):
        made = make(base + i, i % (2 * LAYOUTS))
        (target / f"statement_{i:03d}.pdf").write_bytes(made.pdf)
        text = json.dumps(made.truth, ensure_ascii=False, indent=1)
        (target / f"statement_{i:03d}.json").write_text(text, encoding="utf-8")
