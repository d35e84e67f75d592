"""The table of a bank statement: rows of print to movements, balances, carry-overs and totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from socle.pages import Word
from socle.sources.statement_columns import Head, heads_of
from socle.sources.statement_rows import Money, Printed, date_at, leading_dates, plain, words_of

Kind = Literal["total", "carry", "opening", "closing", "balance"]
_KINDS: tuple[Kind, ...] = ("opening", "closing", "total", "carry", "balance")
_CLOSE = 2.4
"""A line of print that goes on stands no further below than so many heights of a letter."""


@dataclass
class Raw:
    """A movement as it is printed: texts of dates, amounts in their columns, rows of words."""

    rows: list[Printed]
    date: str
    value_date: str
    words: list[str]
    amounts: tuple[Money, ...]
    section: int = 0
    side: str = ""


@dataclass(frozen=True)
class Told:
    """A row that tells a balance or a sum: `after` so many movements, the first in the table."""

    kind: Kind
    row: Printed
    amounts: tuple[Money, ...]
    after: int
    inside: bool


@dataclass
class Table:
    """What the rows of all pages hold."""

    movements: list[Raw] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)


def table_of(pages: Sequence[Sequence[Printed]]) -> Table:
    """Return movements and balances of the rows of each page."""
    table = Table()
    state = _State(table)
    for rows in pages:
        state.inside = False
        for i, row in enumerate(rows):
            below = rows[i + 1] if i + 1 < len(rows) else None
            state.take(row, below)
        state.last = None
    return table


def kind_of(row: Printed) -> Kind | None:
    """Return what a row tells beside movements, by the words that it begins with."""
    dates = leading_dates(row.row.words)
    first = row.amounts[0].words[0] if row.amounts else len(row.row.words)
    taken = min(dates[-1][1], first) if dates else 0
    text = plain(" ".join(word.text for word in row.row.words[taken:first]))
    if not text:
        return None
    found: list[tuple[int, Kind]] = []
    for kind in _KINDS:
        for phrase in words_of()["rows"][kind]:
            place = f" {text} ".find(f" {phrase} ")
            if place == 0 or (0 < place < 14 and kind in ("opening", "closing")):
                found.append((len(phrase), kind))
    if not found:
        return None
    kind = max(found, key=lambda pair: pair[0])[1]
    # Names of shops begin with TOTAL, too; a sum has no date of its own.
    return None if dates and kind in ("total", "carry") and len(text) > 24 else kind


class _State:
    """Where the reading of rows stands."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.inside = False
        self.headed = False
        self.section = 0
        self.last: Printed | None = None
        self.pending: Raw | None = None
        self.skip: Printed | None = None
        self.boxed: Printed | None = None

    def take(self, row: Printed, below: Printed | None) -> None:
        if row is self.skip:
            return
        heads = heads_of(row, below)
        if heads:
            self._head(heads, below, row)
            return
        section = _section(row)
        if section:
            self.section, self.last = section, None
            return
        kind = kind_of(row)
        if kind and row.amounts:
            self._tell(kind, row, row.amounts)
        elif self._movement(row):
            pass
        elif kind and below is not None and below.amounts and not leading_dates(below.row.words):
            self._boxes(row, below)
        elif self._goes_on(row):
            self.table.movements[-1].rows.append(row)
            self.table.movements[-1].words.append(_text(row.rest()))
            self.last = row
        elif self.last is not None and not row.amounts:
            self.last = None

    def _head(self, heads: list[Head], below: Printed | None, row: Printed) -> None:
        if not self.headed:
            self.table.heads = heads
        self.headed = self.inside = True
        self.last = None
        if below is not None and heads != heads_of(row):
            self.skip = below

    def _tell(self, kind: Kind, row: Printed, amounts: tuple[Money, ...]) -> None:
        after = len(self.table.movements)
        self.table.told.append(Told(kind, row, amounts, after, self.inside or self.headed))
        self.last = self.pending = None

    def _boxes(self, row: Printed, below: Printed) -> None:
        """Take balances that stand below their labels, side by side."""
        for cell in row.row.cells:
            part = Printed(row.page, type(row.row)(cell.words), ())
            kind = kind_of(part)
            wide = row.page.width or 1.0
            left, right = cell.box[0] / wide, cell.box[2] / wide
            near = max(below.amounts, key=lambda m: min(m.place[1], right) - max(m.place[0], left))
            if kind and min(near.place[1], right) > max(near.place[0], left):
                self._tell(kind, part, (near,))
        self.skip = below

    def _dates(self, row: Printed) -> list[tuple[str, int]]:
        """Return the dates that a row begins with, if they are not part of a description."""
        dates = leading_dates(row.row.words)
        if dates and self.table.movements:
            first = self.table.movements[-1].rows[0]
            described = first.rest(_used(first))
            high = row.row.box[3] - row.row.box[1]
            if _used(first) and described:
                begins = row.row.words[0].box[0]
                return [] if begins > described[0].box[0] - high else dates
        return dates

    def _movement(self, row: Printed) -> bool:
        dates = self._dates(row)
        if dates and row.amounts and (self.inside or self.headed or len(row.row.words) > 2):
            self._add(row, dates, row.amounts)
            return True
        if not (self.inside or self.headed) or not self._in_columns(row):
            return False
        if dates and not row.amounts:
            raw = self._raw(row, dates, ())
            if raw.words[0]:
                self.pending = raw
                self.last = row
                return True
            return False
        if row.amounts and self.pending is not None:
            self.pending.rows.append(row)
            self.pending.words.append(_text(row.rest()))
            self.pending.amounts = row.amounts
            self.table.movements.append(self.pending)
            self.pending, self.last = None, row
            return True
        if row.amounts and self.inside and row.rest() and self.table.movements and self.last:
            # A day is printed once, before the first of its movements.
            self._add(row, [], row.amounts)
            return True
        return False

    def _add(self, row: Printed, dates: list[tuple[str, int]], amounts: tuple[Money, ...]) -> None:
        raw = self._raw(row, dates, amounts)
        if not raw.date and self.table.movements:
            raw.date = self.table.movements[-1].date
        self.table.movements.append(raw)
        self.pending, self.last = None, row

    def _raw(self, row: Printed, dates: list[tuple[str, int]], amounts: tuple[Money, ...]) -> Raw:
        used = dates[-1][1] if dates else 0
        value = dates[1][0] if len(dates) > 1 else ""
        # A day that is printed once leaves its column empty further down.
        if len(dates) == 1 and self._second(row):
            value, dates = dates[0][0], []
        kept: list[Word] = []
        side = ""
        gone = 0
        for word in row.rest(used):
            kind = self._kind_at(row, word)
            at = row.row.words.index(word)
            end = date_at(row.row.words, at) if kind == "value_date" and not value else None
            if end:
                value = " ".join(part.text for part in row.row.words[at:end])
                gone = end
            if at < gone:
                continue
            if kind == "side" and plain(word.text) in ("d", "c", "dr", "cr", "debit", "credit"):
                side = plain(word.text)[0]
            elif kind == "side" and word.text in ("+", "-", "−", "–"):
                side = "c" if word.text == "+" else "d"
            elif kind != "reference" or not re.search(r"\d", word.text):
                kept.append(word)
        date = dates[0][0] if dates else ""
        return Raw([row], date, value, [_text(kept)], amounts, self.section, side)

    def _second(self, row: Printed) -> bool:
        """Whether a row begins where the second of two dates stands in the first movement."""
        first = self.table.movements[0].rows[0] if self.table.movements else None
        dates = leading_dates(first.row.words) if first else []
        if first is None or len(dates) < 2:
            return False
        begins = row.row.words[0].box[0]
        one, two = first.row.words[0].box[0], first.row.words[dates[0][1]].box[0]
        return abs(begins - two) < abs(begins - one)

    def _kind_at(self, row: Printed, word: Word) -> str | None:
        wide = row.page.width or 1.0
        left, right = word.box[0] / wide, word.box[2] / wide
        near = [h for h in self.table.heads if min(right, h.place[1]) > max(left, h.place[0])]
        # Labels may reach into the next column; texts begin where their label does.
        return min(near, key=lambda h: abs(h.place[0] - left)).kind if near else None

    def _goes_on(self, row: Printed) -> bool:
        if self.last is None or row.amounts or not self.table.movements or self.pending:
            return False
        high = row.row.box[3] - row.row.box[1]
        low = row.row.box[1] - self.last.row.box[1]
        return low < _CLOSE * high and self._in_columns(row) and not self._dates(row)

    def _in_columns(self, row: Printed) -> bool:
        """Whether a row begins where descriptions or dates do, and not in the margin."""
        if self.last is None:
            return True
        described = self.last.rest(_used(self.last)) or list(self.last.row.words)
        high = row.row.box[3] - row.row.box[1]
        begins = row.row.words[0].box[0]
        return begins > described[0].box[0] - 2 * high or bool(leading_dates(row.row.words))


def _used(row: Printed) -> int:
    dates = leading_dates(row.row.words)
    return dates[-1][1] if dates else 0


def _section(row: Printed) -> int:
    if row.amounts:
        return 0
    sections = words_of()["sections"]
    if row.plain in sections["credit"]:
        return 1
    return -1 if row.plain in sections["debit"] else 0


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
