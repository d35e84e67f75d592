"""Rows below a header as lines: which hold one, and which text belongs to it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from socle.pages import Word
from socle.pages.rows import Row
from socle.ranking.columns import cells, closes, number_in, text_of
from socle.ranking.headings import Header, is_partial, is_sum, is_sum_row
from socle.values.amounts import Decimal, amounts_in

_RUNS = 0.6
"""Words of one text stand no further apart than this share of their height."""
_STEP = 10
"""By so much numbers of lines rise, at most."""
_APART = 1.7
"""Parts of one row of a table lie within this many heights of print."""


@dataclass
class TableRow:
    """A line as it is printed: the cells of its own row, and of the rows of text around it.

    Attributes:
        cells: kinds of columns to words, of the row that holds the numbers.
        texts: words of the description and of other columns, row by row from the top.
        room: how far right the description may reach.
        codes: how many lines of print a code takes before the description in the same column.
    """

    page: int
    cells: dict[str, list[Word]]
    texts: list[dict[str, list[Word]]] = field(default_factory=list)
    room: float = 0.0
    codes: int = 0

    def number(self, kind: str, decimal: Decimal | None) -> float | None:
        """Return the number in a cell of its own row."""
        return number_in(text_of(self.cells.get(kind, [])), decimal)


@dataclass(frozen=True)
class Part:
    """A piece of a table: the rows of one page below a header, or below none."""

    page: int
    header: Header
    rows: Sequence[Row]
    repeated: bool


def values(row: TableRow, decimal: Decimal | None) -> dict[str, float | None]:
    """Return the numbers of a row; `amount` is the gross amount where there is no other."""
    names = ("quantity", "unit_price", "reduction", "tax_rate", "amount")
    found = {name: row.number(name, decimal) for name in names}
    if found["amount"] is None:
        found["amount"] = row.number("gross_amount", decimal)
    return found


class Reader:
    """Reads the rows of one part of a table."""

    def __init__(
        self, part: Part, borders: Sequence[float], kinds: Sequence[str], decimal: Decimal | None
    ) -> None:
        self.part = part
        self.borders = borders
        self.kinds = kinds
        self.decimal = decimal
        self.items: list[tuple[int, TableRow]] = []
        self.texts: list[tuple[int, dict[str, list[Word]]]] = []

    def read(self) -> tuple[list[TableRow], bool]:
        """Return the lines, and whether a sum ended the table."""
        ended = False
        body = self.part.rows
        skip = -1
        for place, row in enumerate(body):
            if place <= skip:
                continue
            found = self._cells(row)
            if place + 1 < len(body) and self._goes_on(found, row, body[place + 1]):
                later = self._cells(body[place + 1])
                for kind, words in later.items():
                    found.setdefault(kind, words)
                skip = place + 1
                self.texts.append((skip, {k: w for k, w in later.items() if found[k] is not w}))
            item = TableRow(self.part.page, found)
            closed = closes(values(item, self.decimal))
            if closed is not True and self._is_sum(found, row):
                ended = ended or (_sums(row) and not is_partial(row.text))
                if self.items:
                    self.texts.append((place, {}))
                continue
            if self._is_item(item, closed, ended):
                ended = False
                self.items.append((place, item))
            elif not ended:
                self.texts.append((place, _run_on(row, found)))
        self._attach()
        return [item for _, item in self.items], ended

    def _cells(self, row: Row) -> dict[str, list[Word]]:
        found: dict[str, list[Word]] = {}
        for kind, words in zip(self.kinds, cells(row, self.borders), strict=True):
            if words and kind != "other":
                found.setdefault(kind, []).extend(words)
        return found

    def _goes_on(self, found: dict[str, list[Word]], row: Row, after: Row) -> bool:
        """Return whether the next row holds the amount that this one lacks."""
        if "amount" in found or "gross_amount" in found or "amount" not in self.kinds:
            return False
        if not ("quantity" in found and "unit_price" in found):
            return False
        near = after.box[1] - row.box[1] < _APART * (row.box[3] - row.box[1])
        later = self._cells(after)
        alone = "amount" in later and not ({"quantity", "unit_price"} & set(later))
        return near and alone and not is_sum(after.text)

    def _is_sum(self, found: dict[str, list[Word]], row: Row) -> bool:
        said = text_of(found.get("description", []))
        numbered = "quantity" in found and "unit_price" in found
        if numbered and number_in(text_of(found["quantity"]), self.decimal) is not None:
            return False
        return _sums(row) and (is_sum_row(row) or bool(said and is_sum(said)))

    def _is_item(self, item: TableRow, closed: bool | None, ended: bool) -> bool:
        """Return whether a row holds a line: an amount, and what it is for."""
        numbers = values(item, self.decimal)
        described = any(c.isalpha() for c in text_of(item.cells.get("description", [])))
        coded = "product_code" in item.cells or "position" in item.cells
        priced = numbers["quantity"] is not None or numbers["unit_price"] is not None
        if not {"amount", "gross_amount"} & set(self.kinds):
            paid = numbers["unit_price"] is not None
        else:
            paid = numbers["amount"] is not None
        if not paid or (self._numbered() and not self._position(item)):
            return False
        if closed is not True and not self._plain_amount(item):
            return False
        if ended and self._counts_on(item):
            return described
        if ended or not self.part.repeated:
            return closed is True and (described or coded)
        if {"quantity", "unit_price"} & set(self.kinds) and not priced:
            return described
        return described or coded or closed is True

    def _counts_on(self, item: TableRow) -> bool:
        """Return whether a line is numbered behind the last: sums of sections end no table."""
        if not self.items:
            return False
        before = self.items[-1][1].number("position", self.decimal)
        after = item.number("position", self.decimal)
        return before is not None and after is not None and before < after <= before + _STEP

    def _numbered(self) -> bool:
        """Return whether the first line of the table has a number of its own."""
        return bool(self.items) and self._position(self.items[0][1])

    def _position(self, item: TableRow) -> bool:
        said = text_of(item.cells.get("position", []))
        return bool(said) and any(char.isdigit() for char in said)

    def _plain_amount(self, item: TableRow) -> bool:
        """Return whether the amount stands alone in its cell, but for a currency or a mark."""
        words = item.cells.get("amount") or item.cells.get("gross_amount") or []
        said = text_of(words)
        found = amounts_in(said, self.decimal)
        return not words or (len(found) == 1 and sum(char.isalpha() for char in said) <= 4)

    def _attach(self) -> None:
        """Give each row of text to the line that it belongs to."""
        body = self.part.rows
        reach = self._reach()
        for index, (place, item) in enumerate(self.items):
            after = self.items[index + 1][0] if index + 1 < len(self.items) else len(body)
            between = [(p, c) for p, c in self.texts if place < p < after]
            split = self._split(place, between, after if after < len(body) else None)
            item.texts += [dict(item.cells)] + [c for _, c in between[:split]]
            item.room = reach
            item.codes = self._codes()
            if index + 1 < len(self.items):
                self.items[index + 1][1].texts[:0] = [c for _, c in between[split:]]
        if self.items:
            place, item = self.items[0]
            if "description" not in item.cells:
                above = [c for p, c in self.texts if place - 5 <= p < place and "description" in c]
                item.texts[:0] = above

    def _codes(self) -> int:
        """Return the lines before the description in its column, by the lines of its heading."""
        headings = self.part.header.headings
        if len(headings) != len(self.kinds):
            return 0  # a later page heads its columns in another way than the first
        for kind, heading in zip(self.kinds, headings, strict=True):
            if kind == "description" and "description" in heading.stacked:
                before = heading.stacked[: heading.stacked.index("description")]
                return len(before) if set(before) <= {"product_code", "position"} else 0
        return 0

    def _split(
        self, place: int, between: Sequence[tuple[int, dict[str, list[Word]]]], after: int | None
    ) -> int:
        """Return how many rows of text belong to the line above; the rest to that below."""
        if after is None or not between:
            return len(between)
        tops = [self.part.rows[p].box[1] for p in (place, *(p for p, _ in between), after)]
        gaps = [b - a for a, b in itertools.pairwise(tops)]
        widest = max(range(len(gaps)), key=gaps.__getitem__)
        rest = sorted(gaps[:widest] + gaps[widest + 1 :])
        if gaps[widest] < 1.35 * rest[len(rest) // 2]:
            return len(between)
        return widest

    def _reach(self) -> float:
        """Return how far right the longest text of the description stands."""
        words = [w for _, item in self.items for w in item.cells.get("description", [])]
        words += [w for _, found in self.texts for w in found.get("description", [])]
        return max((word.box[2] for word in words), default=0.0)


def _run_on(row: Row, found: dict[str, list[Word]]) -> dict[str, list[Word]]:
    """Return the cells of a row of text, whose description may run on into the next columns."""
    said = list(found.get("description", []))
    if not said:
        return found
    for word in row.words[row.words.index(said[-1]) + 1 :]:
        if word.box[0] - said[-1].box[2] > _RUNS * (word.box[3] - word.box[1]):
            break
        said.append(word)
    return {**found, "description": said}


def _sums(row: Row) -> bool:
    """Return whether a row that begins like a sum also holds one, or names several below it."""
    if any(found.decimals for found in amounts_in(row.text)):
        return True
    return sum(is_sum(cell.text) for cell in row.cells) >= 2
