"""Lines without headings, as on till slips and plain invoices: text, and an amount at its right."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from socle.checks.sums import decimals
from socle.pages import Page, Word
from socle.pages.rows import Row
from socle.ranking.columns import closes, text_of
from socle.ranking.headings import is_sum_row
from socle.ranking.labels import meaning
from socle.ranking.table_rows import TableRow, values
from socle.ranking.tables import Table, decimal_of, printed_rows
from socle.values.amounts import Decimal, amounts_in, currency_of
from socle.values.dates import dates_in

_TIMES = re.compile(
    r"^(?P<quantity>\d+(?:[.,]\d+)?)\s*(?:[xX*@×]|pcs|Stk\.?|pce)\s*(?P<price>\S.*)$"
)
_COUNT = re.compile(r"^(\d{1,3})(?:\s*[xX×])?$")
_NUMBER = re.compile(r"-?\d{1,5}(?:[.,]\d{1,3})?-?")
_CODE = re.compile(r"(?=\D*\d)[A-Z\d][A-Z\d./-]{3,}")
"""Four signs or more, a digit among them, and no small letter."""
_RATE = re.compile(r"(?<!\S)\d{1,2}(?:[.,]\d{1,2})? ?%$")
_HOURS = re.compile(r"\d{1,2}[.:h]\d\d ?(?:[ap]m)? ?[-–] ?\d{1,2}[.:h]\d\d")
"""From when to when somebody is there, which amounts look like."""
_MARKS = frozenset(
    {"€", "$", "£", "EUR", "USD", "GBP", "CHF", "RM", "A", "B", "C", "*", "SR", "ZRL"}
)
_SUMMED = 2
"""Rows that are no coincidence when the next is their sum; two equal amounts may well be."""
_SEVERAL = 3
"""Rows that are no coincidence when all of them begin or end alike."""
_CENTS = 2
_SUMS = frozenset({"net_amount", "total_amount", "amount_due"})
_SPACE = 0.8
"""Words further apart than this share of their height are in columns of their own."""
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
    if len(found) >= _SEVERAL:
        _part(found)
    if not all("quantity" in row.cells and _NUMBER.match(row.cells["quantity"][0].text)
               for row in found):  # fmt: skip
        for row in found:
            _give_back(row)
    return Table((), found, decimal) if found else None


def _above_their_sum(rows: list[TableRow], decimal: Decimal | None) -> list[TableRow]:
    """Return the rows above the first that is the sum of those before it; all if none is.

    Of one row before it, it is no coincidence where the row is called a sum.
    """
    total = 0.0
    for place, row in enumerate(rows):
        amount = values(row, decimal)["amount"] or 0.0
        named = place > 0 and _SUMS & set(meaning(text_of(row.cells["description"])))
        if (place >= _SUMMED or named) and abs(amount - total) < 0.005:
            return rows[:place]
        total += amount
    return rows


def _part(rows: Sequence[TableRow]) -> None:
    """Take codes, quantities and rates from texts that all begin or end with one."""
    ends = [_RATE.search(text_of(row.cells["description"])) for row in rows]
    if all(ends):
        for row, rate in zip(rows, ends, strict=True):
            count = len(rate.group().split()) if rate else 0
            row.cells["tax_rate"] = row.cells["description"][-count:]
            row.cells["description"] = row.cells["description"][:-count]
    for kind, place, form in (
        ("product_code", 0, _CODE),
        ("quantity", 0, _NUMBER),
        ("product_code", 0, _CODE),
        ("quantity", -1, _NUMBER),
    ):
        held = [row.cells["description"] for row in rows]
        fits = all(len(words) > 1 and form.fullmatch(words[place].text) for words in held)
        if not fits or any(kind in row.cells for row in rows):
            continue
        for row in rows:
            words = row.cells["description"]
            row.cells[kind] = [words[place]]
            row.cells["description"] = words[1:] if place == 0 else words[:-1]
    for row in rows:
        row.texts = [dict(row.cells)]


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
    while len(words) > 1 and (
        words[-1].text in _MARKS - {"€", "EUR"} or _RATE.fullmatch(words[-1].text)
    ):
        words.pop()
    for count in (3, 2, 1):
        part = words[-count:]
        if len(words) < count or not _together(part):
            continue
        text = text_of(part)
        amounts = amounts_in(text, decimal)
        if len(amounts) == 1 and amounts[0].decimals == 2 and len(text) - 2 <= (
            amounts[0].end - amounts[0].start
        ):  # fmt: skip
            return words[:-count], part
    return words, []


def _together(words: Sequence[Word]) -> bool:
    """Return whether words stand as near to each other as the groups of digits of a number do."""
    return all(
        after.box[0] - word.box[2] < _SPACE * (word.box[3] - word.box[1])
        for word, after in itertools.pairwise(words)
    )


def _names(row: Row) -> bool:
    return any(char.isalpha() for char in row.text) and len(row.text) < 60


def _line(
    page: int, words: list[Word], amount: list[Word], above: list[Word], decimal: Decimal | None
) -> TableRow | None:
    """Return a line, or None where the row is something else."""
    text = text_of(words)
    if dates_in(text) or len(text) > _LONGEST or _HOURS.search(text_of([*words, *amount])):
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
    said = [word.text for word in cells["description"] if currency_of(word.text) is None]
    if not any(char.isalpha() for char in "".join(said)) or text.endswith(":"):
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
    rates = [[], *([word] for word in words if _RATE.fullmatch(word.text))]
    if "quantity" in cells:
        for i, rate in itertools.product(ends, rates):
            tried = dict(cells, unit_price=[words[i]], reduction=rate)
            if i and closes(values(TableRow(0, tried), decimal)):
                cells.update(tried)
                return words[:i]
    # A currency stands behind a price; prices are finer than quantities, and printed in cents.
    priced = {i for i in ends if currency_of(text_of(words[i : i + 2])) is not None}
    read = {i: amounts_in(words[i].text, decimal)[0] for i in ends}
    fine = {i: decimals(one.value) for i, one in read.items()}
    pairs = sorted(
        itertools.permutations(ends, 2),
        key=lambda pair: (
            pair[0] in priced,
            fine[pair[0]] > fine[pair[1]],
            read[pair[1]].decimals != _CENTS,
        ),
    )
    for (one, two), rate in itertools.product(pairs, rates):
        first, later = min(one, two), max(one, two)
        if first >= len(words) - 6 or first == 0:
            tried = dict(cells, quantity=[words[one]], unit_price=[words[two]], reduction=rate)
            if closes(values(TableRow(0, tried), decimal)):
                cells.update(tried)
                return words[1:later] if first == 0 else words[:first]
    return words
