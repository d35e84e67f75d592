"""The table of lines of an invoice: found on its pages, its rows read as cells with names."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from socle.pages import Page, Word
from socle.pages.rows import Row, rows_of
from socle.ranking import finding
from socle.ranking.columns import cells, closes, named, parted
from socle.ranking.headings import (
    Header,
    Heading,
    headers,
    is_partial,
    is_sum_row,
    key,
    variants,
)
from socle.ranking.table_rows import Part, Reader, TableRow, values
from socle.values.amounts import Decimal, amounts_in, decimal_mark

_MOST = 6
"""Numbers at the end of a row that are multiplied with each other."""


@dataclass
class Table:
    """Lines of a document, in their order.

    Attributes:
        kinds: of the columns, from left to right; empty for a table without headings.
        decimal: the decimal mark of the document.
    """

    kinds: tuple[str, ...]
    rows: list[TableRow]
    decimal: Decimal | None

    def closing(self) -> int:
        """Return for how many rows the arithmetic closes."""
        return sum(closes(values(row, self.decimal)) is True for row in self.rows)


def find_table(pages: Sequence[Page]) -> Table | None:
    """Return the table of lines of a document with headings, or None if it has none.

    Of several tables, that whose rows add up counts, then the longer one.
    """
    printed = printed_rows(pages)
    decimal = decimal_of(printed)
    heads = [headers(page) for page in printed]
    best: Table | None = None
    seen: list[tuple[str, ...]] = []
    for page, found in enumerate(heads):
        for header in found:
            names = tuple(key(heading.text) for heading in header.headings)
            if names in seen:
                continue
            seen.append(names)
            parts = _parts(pages, printed, heads, (page, header))
            for variant in variants(header):
                parts[0] = replace(parts[0], header=variant)
                table = _table(parts, decimal)
                if table.rows and (best is None or _worth(table) > _worth(best)):
                    best = table
    return best


def aligned_table(pages: Sequence[Page]) -> Table | None:
    """Return the lines of a table without headings, by what is aligned in it; None if none is.

    Quantity times price must make the amount for half of the lines or more.
    """
    printed = printed_rows(pages)
    decimal = decimal_of(printed)
    parts: list[Part] = []
    for place, page in enumerate(printed):
        body = [row for row in _with_numbers(page) if closing_in(row.text, decimal)]
        if not body:
            continue
        if not parts:
            top = page.index(body[0])
            header = Header(_strips(body), top, top)
            parts.append(Part(place, header, page[top:], True))
        else:
            parts.append(Part(place, parts[0].header, page, False))
    if not parts or len(parts[0].header.headings) < 3:
        return None
    table = _table(parts, decimal)
    return table if table.rows and 2 * table.closing() >= len(table.rows) else None


def _strips(body: Sequence[Row]) -> tuple[Heading, ...]:
    """Return the columns that rows of a table without headings form, as headings without words."""
    strips: list[list[float]] = []
    for cell in sorted((cell.box for row in body for cell in row.cells), key=lambda box: box[0]):
        if strips and cell[0] < strips[-1][1]:
            strips[-1][1] = max(strips[-1][1], cell[2])
        else:
            strips.append([cell[0], cell[2]])
    top = body[0].box[1]
    return tuple(Heading("", (left, top, right, top), ()) for left, right in strips)


def printed_rows(pages: Sequence[Page]) -> list[tuple[Row, ...]]:
    """Return the rows of all pages, without rules made of signs and text that runs upwards."""
    return [rows_of([word for word in page.words if _reads(word)]) for page in pages]


def _reads(word: Word) -> bool:
    wide, high = word.box[2] - word.box[0], word.box[3] - word.box[1]
    if len(word.text) >= 3 and not any(char.isalnum() for char in word.text):
        return False
    return len(word.text) < 3 or high < 2.0 * wide


def decimal_of(printed: Sequence[Sequence[Row]]) -> Decimal | None:
    """Return the decimal mark of a document."""
    every = [row for page in printed for row in page]
    # Hours and dates are written like amounts, but few of them end a row.
    ends = [row.cells[-1].text for row in every if _is_amount(row.cells[-1].text)]
    return decimal_mark(ends) or decimal_mark([row.text for row in every])


def _is_amount(text: str) -> bool:
    found = amounts_in(text)
    return len(found) == 1 and len(text) - (found[0].end - found[0].start) <= 4


def _worth(table: Table) -> float:
    kinds = set(table.kinds)
    telling = len(kinds & {"quantity", "unit_price", "description", "amount", "gross_amount"})
    return 3.0 * table.closing() + len(table.rows) + 2.0 * telling


def _parts(
    pages: Sequence[Page],
    printed: Sequence[Sequence[Row]],
    heads: Sequence[Sequence[Header]],
    start: tuple[int, Header],
) -> list[Part]:
    """Return the pieces that go on with a table: below equal headers, or on pages without any."""
    first, header = start
    parts: list[Part] = []
    for place in range(first, len(pages)):
        same = [one for one in heads[place] if place == first and one is header]
        if not same:
            same = [one for one in heads[place] if _alike(one, header)]
        end = len(printed[place])
        if not same:
            if place > first:
                # Rows may go on at the top of a page, above the headings of its sums.
                above = printed[place][: heads[place][0].first] if heads[place] else printed[place]
                parts.append(Part(place, header, above, False))
            continue
        for one, after in zip(same, [*same[1:], None], strict=True):
            others = [h.first for h in heads[place] if h.first > one.last]
            stop = min([end, *others] + ([after.first] if after else []))
            parts.append(Part(place, one, printed[place][one.last + 1 : stop], True))
    return parts


def _alike(one: Header, two: Header) -> bool:
    a = {key(heading.text) for heading in one.headings}
    b = {key(heading.text) for heading in two.headings}
    return len(a & b) >= 0.7 * max(len(a), len(b))


def _table(parts: Sequence[Part], decimal: Decimal | None) -> Table:
    """Read the rows of all parts; the columns are named by all of them together."""
    bordered: list[list[float]] = []
    table: list[list[list[Word]]] = []
    for part in parts:
        every = _with_numbers(part.rows)
        body = _filled(part.header, every)
        fresh = part.repeated or not table
        others = [row for row in every if row not in body]
        borders = parted(part.header, body, others) if fresh else bordered[-1]
        bordered.append(borders)
        if fresh and len(borders) + 1 == len(parts[0].header.headings):
            table += [cells(row, borders) for row in body]
    kinds = named(parts[0].header, table, decimal) if table else []
    made = Table(tuple(kinds), [], decimal)
    if not kinds:
        return made
    ended = False
    for part, borders in zip(parts, bordered, strict=True):
        if ended and not part.repeated:
            break
        if len(borders) + 1 != len(kinds):
            continue
        reader = Reader(part, borders, kinds, decimal)
        found, ended = reader.read()
        made.rows += found
    return made


def _with_numbers(body: Sequence[Row]) -> list[Row]:
    """Return the rows that hold numbers, up to the first sum that ends the table."""
    found: list[Row] = []
    for row in body:
        numbers = amounts_in(row.text)
        if is_sum_row(row) and not closing_in(row.text):
            if found and numbers and not is_partial(row.text):
                break
            continue
        if len(numbers) >= 2 or (numbers and numbers[0].decimals == 2 and len(row.words) > 1):
            found.append(row)
    return found


def _filled(header: Header, body: Sequence[Row]) -> Sequence[Row]:
    """Return the rows that have a number below the last heading of money; all if none has."""
    money = [h for h in header.headings if set(h.kinds) & {"amount", "gross_amount"}]
    money = money or [h for h in header.headings if "unit_price" in h.kinds]
    if not money:
        return body
    left, _, right, _ = money[-1].box
    found = []
    for row in body:
        high = row.box[3] - row.box[1]
        below = [w for w in row.words if w.box[2] > left - high and w.box[0] < right + high]
        if any(any(char.isdigit() for char in word.text) for word in below):
            found.append(row)
    return found or body


def closing_in(text: str, decimal: Decimal | None = None) -> bool:
    """Return whether two of the numbers of a row make a third when they are multiplied, less a
    rate that stands there too.
    """
    numbers = [found.value for found in amounts_in(text, decimal)]
    rates = [float(str(hit.value)) for hit in finding.rates(text)]
    return any(
        closes({"quantity": a, "unit_price": b, "amount": c, "reduction": rate}) is True
        for a, b, c in itertools.permutations(numbers[-_MOST:], 3)
        if a not in (0.0, 1.0) and b not in (0.0, 1.0)
        for rate in (None, *rates)
    )
