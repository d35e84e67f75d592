"""The table of VAT of an invoice: rate, base and tax, where they are printed together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, islice

from socle.checks import sums
from socle.pages.rows import around
from socle.ranking.candidates import Candidate
from socle.ranking.features import number
from socle.ranking.finding import Hit, rates
from socle.ranking.labels import meaning
from socle.ranking.scoring import Scored
from socle.ranking.sheet import Cell
from socle.readings import Line, Value

_HIGHEST = 30.0
_MOST = 7
_TAX = frozenset({"total_tax_amount", "vat_amount"})


def vat_rows(found: Scored, tax: float | None, net: float | None) -> list[Line]:
    """Return a line for each rate with `rate`, `base` and `amount` as far as they are printed.

    Rows whose tax is the rate's share of the base count first. They are kept if their taxes make
    the tax of the invoice, or if that is not known.

    Args:
        found: the document with its scores.
        tax: of the whole invoice, where it was found.
        net: the same.
    """
    rows = _closed(found, tax, net) or _labelled(found, tax)
    return [_line(found, row) for row in rows]


_Row = tuple[float, Candidate | None, Candidate, float]


def _closed(found: Scored, tax: float | None, net: float | None) -> list[_Row]:
    made: dict[float, _Row] = {}
    for cells in (row for page in found.sheet.rows for row in page):
        printed = [(cell, hit) for cell in cells for hit in _rates(cell)]
        amounts = _in_row(found, cells)
        for _, hit in printed:
            rate = float(str(hit.value))
            for base, part in _pairs(amounts, rate):
                score = _share(found, part, "vat_amount") + _share(found, part, "total_tax_amount")
                if rate not in made or score > made[rate][3]:
                    made[rate] = (rate, base, part, score)
    rows = sorted(made.values(), key=lambda row: -row[0])
    if tax is not None and not sums.equal(
        abs(tax), sum(abs(number(row[2])) for row in rows), parts=len(rows)
    ):
        rows = _subset(rows, abs(tax))
    bases = sum(abs(number(row[1])) for row in rows if row[1] is not None)
    if net is not None and bases > abs(net) + 0.02 * max(1, len(rows)):
        return []
    return rows


def _subset(rows: Sequence[_Row], tax: float) -> list[_Row]:
    """Return the most rows whose taxes make the tax of the invoice: rebates have rates too."""
    likely = sorted(rows, key=lambda row: -row[3])[:_MOST]
    for count in range(len(likely) - 1, 0, -1):
        for kept in combinations(likely, count):
            if sums.equal(tax, sum(abs(number(row[2])) for row in kept)):
                return sorted(kept, key=lambda row: -row[0])
    return []


def _rates(cell: Cell) -> list[Hit]:
    found = [hit for hit in rates(cell.text) if 0 < float(str(hit.value)) < _HIGHEST]
    text = cell.text.replace(",", ".").strip()
    if not found and len(text) <= 5 and text.replace(".", "", 1).isdigit():
        value = float(text)
        if 0 < value < _HIGHEST:
            found = [Hit(value, 0, len(cell.text))]
    return found


def _in_row(found: Scored, cells: Sequence[Cell]) -> list[Candidate]:
    inside = {id(cell) for cell in cells}
    money = found.groups["money"].members
    return [one for one in money if id(one.cell) in inside and one.hit.decimals == 2]


def _pairs(amounts: Sequence[Candidate], rate: float) -> list[tuple[Candidate, Candidate]]:
    return [
        (base, part)
        for base in amounts
        for part in amounts
        if base is not part
        and number(part)
        and abs(number(base)) > abs(number(part))
        and sums.tax(abs(number(base)), rate, abs(number(part)))
    ]


def _labelled(found: Scored, tax: float | None) -> list[_Row]:
    """Return rates that stand in the label of a tax, without their bases."""
    rows: dict[float, _Row] = {}
    for one in found.groups["money"].members:
        share = _share(found, one, "vat_amount") + _share(found, one, "total_tax_amount")
        if one.hit.decimals != 2 or share < 0.5:
            continue
        before = [cell.text for cell in islice(found.sheet.before(one.cell), 2)]
        texts = [one.cell.text[: one.hit.start], *before]
        printed = [hit for text in texts for hit in rates(text)]
        known = any(set(meaning(text)) & _TAX for text in (one.same, one.left.text, *texts))
        values = {float(str(hit.value)) for hit in printed}
        if len(values) == 1 and known:
            rate = values.pop()
            if 0 < rate < _HIGHEST and (rate not in rows or share > rows[rate][3]):
                rows[rate] = (rate, None, one, share)
    made = sorted(rows.values(), key=lambda row: -row[0])
    total = sum(abs(number(row[2])) for row in made)
    if tax is not None and made and not sums.equal(abs(tax), total, parts=len(made)):
        return []
    return made


def _share(found: Scored, one: Candidate, name: str) -> float:
    group = found.groups["money"]
    place = next(i for i, other in enumerate(group.members) if other is one)
    return float(group.shares[place, group.classes.index(name)])


def _line(found: Scored, row: _Row) -> Line:
    rate, base, part, score = row
    values: dict[str, Value] = {"rate": rate}
    if base is not None:
        values["base"] = number(base)
    values["amount"] = number(part)
    cells = [one.cell for one in (base, part) if one is not None]
    cell = part.cell
    box = found.sheet.fraction(cell, around(one.box for one in cells if one.page == cell.page))
    page = found.sheet.pages[cell.page].number
    sure = 0.97 if base is not None else min(0.95, 0.6 + 0.35 * min(1.0, score))
    raw = " | ".join(dict.fromkeys(one.text for one in cells))
    return Line(values, raw, sure, found.sheet.source(cell), page, (box,))
