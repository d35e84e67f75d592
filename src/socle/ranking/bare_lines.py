"""Lines without headings, as on till slips and plain invoices: text, and an amount at its right."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from socle.pages import Page, Word
from socle.pages.rows import Row
from socle.ranking.columns import closes, text_of
from socle.ranking.headings import is_sum_row
from socle.ranking.table_rows import TableRow, values
from socle.ranking.tables import Table, decimal_of, printed_rows
from socle.values.amounts import Decimal, amounts_in
from socle.values.dates import dates_in

_TIMES = re.compile(
    r"^(?P<quantity>\d+(?:[.,]\d+)?)\s*(?:[xX*@×]|pcs|Stk\.?|pce)\s*(?P<price>\S.*)$"
)
_COUNT = re.compile(r"^(\d{1,3})(?:\s*[xX×])?$")
_MARKS = frozenset(
    {"€", "$", "£", "EUR", "USD", "GBP", "CHF", "RM", "A", "B", "C", "*", "SR", "ZRL"}
)
_SUMMED = 2
"""Rows that are no coincidence when the next is their sum; two equal amounts may well be."""
_LONGEST = 90
"""Letters before an amount beyond which a row is a sentence."""


def bare_table(pages: Sequence[Page]) -> Table | None:
    """Return the lines of a document that has no table with headings, or None.

    They are the rows that end in an amount, above the first row of sums: one that is called so, or
    one that is the sum of those above it, whatever it is called.
    """
    printed = printed_rows(pages)
    decimal = decimal_of(printed)
    found: list[TableRow] = []
    for number, page in enumerate(printed):
        some, ended = _lines(number, page, decimal)
        found += some
        if ended and found:
            break
        if ended:
            found = []
    found = _above_their_sum(found, decimal)
    if not all(_COUNT.match(row.cells["quantity"][0].text) if "quantity" in row.cells else False
               for row in found):  # fmt: skip
        for row in found:
            _give_back(row)
    return Table((), found, decimal) if found else None


def _above_their_sum(rows: list[TableRow], decimal: Decimal | None) -> list[TableRow]:
    """Return the rows above the first that is the sum of two or more before it; all if none is."""
    total = 0.0
    for place, row in enumerate(rows):
        amount = values(row, decimal)["amount"] or 0.0
        if place >= _SUMMED and abs(amount - total) < 0.005:
            return rows[:place]
        total += amount
    return rows


def _give_back(row: TableRow) -> None:
    """Put a number that begins a text back: it counts pieces only where all lines begin so."""
    if "unit_price" not in row.cells and "quantity" in row.cells:
        row.cells["description"] = row.cells.pop("quantity") + row.cells["description"]
        row.texts = [dict(row.cells)]


def _lines(
    page: int, printed: Sequence[Row], decimal: Decimal | None
) -> tuple[list[TableRow], bool]:
    """Return the lines of a page, and whether sums stand below them."""
    found: list[TableRow] = []
    waiting: list[Word] = []
    for row in printed:
        words, amount = _ending(row, decimal)
        if amount and is_sum_row(row):
            if found:
                return found, True
            continue
        if not amount:
            waiting = list(row.words) if _names(row) else []
            continue
        line = _line(page, words, amount, waiting, decimal)
        waiting = []
        if line is not None:
            found.append(line)
    return found, False


def _ending(row: Row, decimal: Decimal | None) -> tuple[list[Word], list[Word]]:
    """Return the words of a row before its last amount, and those of the amount."""
    words = list(row.words)
    while words and words[-1].text in _MARKS - {"€", "EUR"} and len(words) > 1:
        words.pop()
    for count in (3, 2, 1):
        part = words[-count:]
        if len(words) < count:
            continue
        text = text_of(part)
        amounts = amounts_in(text, decimal)
        if len(amounts) == 1 and amounts[0].decimals == 2 and len(text) - 2 <= (
            amounts[0].end - amounts[0].start
        ):  # fmt: skip
            return words[:-count], part
    return words, []


def _names(row: Row) -> bool:
    return any(char.isalpha() for char in row.text) and len(row.text) < 60


def _line(
    page: int, words: list[Word], amount: list[Word], above: list[Word], decimal: Decimal | None
) -> TableRow | None:
    """Return a line, or None where the row is something else."""
    text = text_of(words)
    if dates_in(text) or len(text) > _LONGEST:
        return None
    cells: dict[str, list[Word]] = {"amount": amount}
    start = next(
        (i for i in range(len(words)) if _TIMES.match(text_of(words[i:]))), None
    )  # fmt: skip
    if start is not None and above and not any(c.isalpha() for w in words[:start] for c in w.text):
        _split_times(cells, words[start:], decimal)
        if start:
            cells["product_code"] = words[:start]
        cells["description"] = above
    elif start is not None and start > 0:
        _split_times(cells, words[start:], decimal)
        cells["description"] = words[:start]
    elif words and any(c.isalpha() for c in text):
        if _COUNT.match(words[0].text) and len(words) > 1:
            cells["quantity"] = words[:1]
            words = words[1:]
        cells["description"] = _without_numbers(cells, words, decimal)
    else:
        return None
    row = TableRow(page, cells)
    if not any(c.isalpha() for c in text_of(cells["description"])) or text.endswith(":"):
        return None
    row.texts = [dict(cells)]
    return row


def _split_times(cells: dict[str, list[Word]], words: list[Word], decimal: Decimal | None) -> None:
    """Read `2 x 3.20` into quantity and price."""
    cut = next((i for i, w in enumerate(words) if w.text.strip("0123456789.,") != ""), 1)
    cells["quantity"] = words[:1]
    rest = words[cut + 1 :] if cut else words[1:]
    if rest:
        cells["unit_price"] = rest


def _without_numbers(
    cells: dict[str, list[Word]], words: list[Word], decimal: Decimal | None
) -> list[Word]:
    """Take quantity and price from the end of a text if they make the amount."""
    ends = [i for i, word in enumerate(words) if amounts_in(word.text, decimal)]
    fine = {i: amounts_in(words[i].text, decimal)[0].decimals for i in ends}
    # Prices have as many decimals as quantities, or more.
    pairs = sorted(itertools.permutations(ends, 2), key=lambda pair: fine[pair[0]] > fine[pair[1]])
    for one, two in pairs:
        first, later = min(one, two), max(one, two)
        if first >= len(words) - 6 or first == 0:
            tried = dict(cells, quantity=[words[one]], unit_price=[words[two]])
            if closes(values(TableRow(0, tried), decimal)):
                cells.update(tried)
                return words[1:later] if first == 0 else words[:first]
    return words
