"""Text without places, set in type: lines of letters of one width become pages of placed words.

Columns that text keeps apart by spaces stay apart, so rows and cells are found as in print.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from socle.pages import Page, Word
from socle.pages.letters import plain

_WIDE, _HIGH, _STEP = 5.5, 10.0, 12.0
"""Points: of a letter, and from line to line. Two spaces part cells, one does not."""
_MARGIN = 36.0
_PAPER = (595.0, 842.0)
LINES = 64
"""On a page."""
_LINE = 100
"""Letters in a line of running text."""
_APART = "   "


def typeset(lines: Iterable[str], most: int) -> tuple[Page, ...]:
    """Return lines as pages of words; a form feed begins a new page.

    Args:
        lines: without their ends.
        most: pages to set, and one more where there would be more: who asked can tell.
    """
    pages: list[Page] = []
    words: list[Word] = []
    line = 0
    for text in lines:
        for i, part in enumerate(text.split("\f")):
            if i or line == LINES:
                pages.append(_page(len(pages) + 1, words))
                words, line = [], 0
                if len(pages) > most:
                    return tuple(pages)
            words += _words(part, line)
            line += 1
    if words or not pages:
        pages.append(_page(len(pages) + 1, words))
    return tuple(pages)


def paragraph_lines(text: str) -> Iterator[str]:
    """Yield the lines of running text, broken where a line is full; tabs part cells."""
    for line in text.splitlines():
        wide = _APART.join(part.strip() for part in line.split("\t"))
        if "\t" in line or len(wide) <= _LINE:
            yield wide
        else:
            yield from textwrap.wrap(wide, _LINE, break_long_words=False, break_on_hyphens=False)


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, each column as wide as its widest cell."""
    cells = [[cell.splitlines() or [""] for cell in row] for row in rows]
    count = max((len(row) for row in cells), default=0)
    wide = [0] * count
    for row in cells:
        for i, cell in enumerate(row):
            wide[i] = max(wide[i], *(len(line) for line in cell))
    for row in cells:
        for k in range(max((len(cell) for cell in row), default=0)):
            parts = (
                (" ".join(cell[k].split()) if k < len(cell) else "").ljust(wide[i])
                for i, cell in enumerate(row)
            )
            yield _APART.join(parts).rstrip()


def _words(text: str, line: int) -> Iterator[Word]:
    top = _MARGIN + line * _STEP
    # A soft hyphen in running text is only a place where it may be broken.
    spread = _spread(text.replace("\xad", ""))
    for found in re.finditer(r"\S+", spread):
        said = "".join(c for c in plain(found[0]) if c.isprintable() and c != " ")
        if said:
            left = _MARGIN + _WIDE * found.start()
            box = (left, top, left + _WIDE * len(found[0]), top + _HIGH)
            yield Word(said, box, size=_HIGH)


def _spread(text: str) -> str:
    """Return text with spaces for tabs, to the next eighth letter but two spaces at least."""
    first, *others = text.split("\t")
    for part in others:
        spaces = 8 - len(first) % 8
        first += " " * (spaces if spaces > 1 else spaces + 8) + part
    return first


def _page(number: int, words: Sequence[Word]) -> Page:
    wide = max((word.box[2] + _MARGIN for word in words), default=0.0)
    return Page(number, max(_PAPER[0], wide), _PAPER[1], tuple(words), "text" if words else "none")
