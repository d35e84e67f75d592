"""A document as cells of print that know their neighbours: what rankings look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from socle.pages import Document, Page, Word
from socle.pages import rows as print_
from socle.pages.rows import around, rows_of
from socle.readings import Box, Source

_MOST_ABOVE = 14.0
"""How far above a cell a heading may stand, in heights of print."""
_BULLETS = frozenset("●•·▪■")
_MOST_CELLS = 6000
"""Cells of a document that are looked at: the first pages of very long ones."""


@dataclass(frozen=True, eq=False)
class Cell(print_.Cell):
    """A cell that knows its place.

    Attributes:
        page, row, column: from 0; the column counts the cells of its row.
        number: place in reading order of the document.
    """

    page: int
    row: int
    column: int
    number: int = 0

    def box_of(self, start: int, end: int) -> Box:
        """Return what encloses a span of the text, within a word by the share of its signs."""
        boxes, at = [], 0
        for word in self.words:
            long = len(word.text)
            low, high = max(start - at, 0), min(end - at, long)
            if low < high:
                left, top, right, bottom = word.box
                step = (right - left) / max(1, long)
                boxes.append((left + low * step, top, left + high * step, bottom))
            at += long + 1
        return around(boxes) if boxes else self.box


@dataclass(eq=False)
class Sheet:
    """All cells of a document, by pages and rows."""

    pages: tuple[Page, ...]
    cells: list[Cell] = field(default_factory=list)
    rows: list[list[list[Cell]]] = field(default_factory=list)
    units: list[float] = field(default_factory=list)
    """Usual height of print, of each page."""

    def before(self, cell: Cell) -> Iterator[Cell]:
        """Yield the cells left of one, the nearest first."""
        row = self.rows[cell.page][cell.row]
        yield from reversed(row[: cell.column])

    def after(self, cell: Cell) -> Sequence[Cell]:
        """Return the cells right of one."""
        return self.rows[cell.page][cell.row][cell.column + 1 :]

    def above(self, cell: Cell, box: Box) -> Iterator[tuple[float, Cell]]:
        """Yield the cells above a box, the nearest first, each with its distance in heights."""
        unit = self.units[cell.page]
        for number in range(cell.row - 1, -1, -1):
            row = self.rows[cell.page][number]
            far = (box[1] - row[0].box[3]) / unit
            if far > _MOST_ABOVE:
                return
            for other in row:
                if _over(other.box, box):
                    yield max(0.0, (box[1] - other.box[3]) / unit), other

    def below(self, cell: Cell, box: Box) -> Iterator[tuple[float, Cell]]:
        """Yield the cells below a box, the nearest first, each with its distance in heights."""
        unit = self.units[cell.page]
        for row in self.rows[cell.page][cell.row + 1 :]:
            far = (row[0].box[1] - box[3]) / unit
            if far > _MOST_ABOVE:
                return
            for other in row:
                if _over(other.box, box):
                    yield max(0.0, (other.box[1] - box[3]) / unit), other

    def fraction(self, cell: Cell, box: Box) -> Box:
        """Return a box in fractions of its page."""
        return self.pages[cell.page].fraction(box)

    def source(self, cell: Cell) -> Source:
        """Return where the words of a cell come from."""
        return "ocr" if self.pages[cell.page].source == "ocr" else "text"


def sheet_of(document: Document) -> Sheet:
    """Return the cells of a document."""
    sheet = Sheet(document.pages)
    for place, page in enumerate(document.pages):
        words = [word for word in page.words if _reads(word)]
        high = [word.box[3] - word.box[1] for word in words]
        sheet.units.append(max(median(high), 1e-6) if high else 1.0)
        sheet.rows.append([])
        for number, row in enumerate(rows_of(words)):
            made = [
                Cell(held, place, number, column, len(sheet.cells) + column)
                for column, held in enumerate(_joined([cell.words for cell in row.cells]))
            ]
            sheet.rows[-1].append(made)
            sheet.cells += made
        if len(sheet.cells) > _MOST_CELLS:
            break
    return sheet


def _joined(cells: Sequence[tuple[Word, ...]]) -> list[tuple[Word, ...]]:
    """Return the cells of a row; what bullets part stays together, however wide the gaps are."""
    found: list[tuple[Word, ...]] = []
    for words in cells:
        if found and (words[0].text in _BULLETS or found[-1][-1].text in _BULLETS):
            found[-1] = (*found[-1], *words)
        else:
            found.append(words)
    return found


def _reads(word: Word) -> bool:
    """Return whether a word is print that is read from left to right, and no rule of signs."""
    wide, high = word.box[2] - word.box[0], word.box[3] - word.box[1]
    if len(word.text) >= 3 and not any(char.isalnum() for char in word.text):
        return False
    return len(word.text) < 3 or high < 2.0 * wide


def _over(one: Box, two: Box) -> bool:
    """Return whether two boxes share a part of their widths."""
    shared = min(one[2], two[2]) - max(one[0], two[0])
    return shared > 0.25 * min(one[2] - one[0], two[2] - two[0])
