"""Numbers in rows of print, with their places, and the columns that they stand in.

For tables whose cells are mostly numbers: pay slips, balance sheets. Groups of thousands, signs,
brackets, per cent and currency marks that stand apart are put together again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from socle.pages import Page, Word
from socle.pages.rows import Row, around, rows
from socle.readings import Box
from socle.values.amounts import Decimal, decimal_mark, parse_amount

_SPACE, _WIDEST = 0.62, 1.1
"""Groups of thousands, signs and marks stand no further apart than so many heights: the least, and
the most, where the spaces of the page are as wide as those of a typewriter."""
_MARK = r"€|\$|£|EUR|USD|GBP|%|h|H"
_WHOLE = re.compile(
    rf"[-+\u2212\u2013(]?\s?(?:{_MARK})?\s?[-+\u2212\u2013]?\s?"
    r"(?:\d{1,3}(?:[ .,'\u2019\u00a0\u202f]\d{3})+|\d+)?(?:[.,]\d{1,6})?"
    rf"\s?(?:{_MARK})?\s?[-\u2212\u2013]?\)?\s?(?:{_MARK})?\Z"
)
_PART = re.compile(
    rf"[-+\u2212\u2013(]|\)|[-\u2212\u2013(]?(?:{_MARK})|[-+\u2212\u2013(]*(?:{_MARK})?\d{{1,3}}\Z"
)
_NOTHING = re.compile(r"[-\u2212\u2013\u2014]{1,2}\Z")
"""A dash for an empty cell."""


@dataclass(frozen=True)
class Figure:
    """A number as it stands in a row.

    Attributes:
        value: signed, without marks.
        words: which words of the row hold it, from and to.
        decimals: digits behind the decimal mark.
        percent: whether a per cent sign stands beside it.
    """

    value: float
    text: str
    box: Box
    words: tuple[int, int]
    decimals: int
    percent: bool = False

    @property
    def middle(self) -> float:
        """Half way between its edges, in the page's unit."""
        return (self.box[0] + self.box[2]) / 2


@dataclass(frozen=True)
class Ruled:
    """A row of a page with its figures, from left to right.

    Attributes:
        space: a gap of so many heights, or less, may be a space of this page.
    """

    page: Page
    row: Row
    figures: tuple[Figure, ...]
    space: float = _SPACE

    @cached_property
    def box(self) -> Box:
        """Where the row stands, in fractions of the page."""
        return self.page.fraction(self.row.box)

    @cached_property
    def high(self) -> float:
        """How high its words are, in the page's unit: that of the middle one."""
        heights = sorted(word.box[3] - word.box[1] for word in self.row.words)
        return heights[len(heights) // 2]

    def between(self, left: float, right: float) -> tuple[Word, ...]:
        """Return the words whose middle lies between two places across."""
        return tuple(w for w in self.row.words if left <= (w.box[0] + w.box[2]) / 2 < right)


def mark_of(pages: Iterable[Page]) -> Decimal | None:
    """Return the decimal mark of most amounts on pages, None if none tells."""
    return decimal_mark([word.text for page in pages for word in page.words])


def ruled(page: Page, decimal: Decimal | None) -> list[Ruled]:
    """Return the rows of a page with the figures in each, from the top."""
    found = rows(page)
    space = space_of(found)
    return [
        Ruled(page, row, tuple(figures_in(row.words, decimal, space)), space) for row in found
    ]  # fmt: skip


def space_of(found: Sequence[Row]) -> float:
    """Return how wide spaces of a page may be, in heights: half as wide again as between words."""
    gaps = []
    for row in found:
        for one, two in pairwise(row.words):
            high = max(one.box[3] - one.box[1], two.box[3] - two.box[1], 1e-6)
            gap = (two.box[0] - one.box[2]) / high
            if gap < _WIDEST and one.text[-1:].isalpha() and two.text[:1].isalpha():
                gaps.append(gap)
    usual = median(gaps) if gaps else 0.0
    return min(max(_SPACE, 1.5 * usual), _WIDEST)


def figures_in(
    words: Sequence[Word], decimal: Decimal | None, space: float = _SPACE
) -> list[Figure]:
    """Return the numbers that words of one row form, from left to right.

    Args:
        words: of one row.
        decimal: the decimal mark, where it is known.
        space: heights that may part the words of one number.
    """
    found: list[Figure] = []
    at = 0
    while at < len(words):
        end = _longest(words, at, space)
        figure = _figure(words, at, end, decimal) if end else None
        if figure is None:
            at += 1
        else:
            found.append(figure)
            at = figure.words[1]
    return found


def _longest(words: Sequence[Word], at: int, space: float) -> int | None:
    """Return the end of the longest number that begins with a word, None if none does."""
    text, best = "", None
    for end in range(at + 1, min(len(words), at + 8) + 1):
        word = words[end - 1]
        if end - 1 > at and _apart(words[end - 2], word, space):
            break
        longer = f"{text} {word.text}".strip()
        if _WHOLE.match(longer) and re.search(r"\d", longer):
            best = end
        elif not _PART.match(word.text):
            break
        text = longer
    return best


def _apart(one: Word, two: Word, space: float) -> bool:
    high = max(one.box[3] - one.box[1], two.box[3] - two.box[1], 1e-6)
    # A sign at the right edge of its own column is followed by its figure at some distance.
    wide = 3.0 if one.text in ("-", "\u2212", "(", "$", "\u00a3") else space
    return two.box[0] - one.box[2] > wide * high


def _figure(words: Sequence[Word], at: int, end: int, decimal: Decimal | None) -> Figure | None:
    text = " ".join(word.text for word in words[at:end])
    plain = re.sub(rf"{_MARK}", "", text)
    plain = re.sub(r"\A([-+\u2212\u2013(])\s+|\A\s+", r"\1", plain)
    plain = re.sub(r"\s+(?=[-\u2212\u2013)]+\s*\Z)", "", plain).strip().lstrip("+")
    value = parse_amount(plain, decimal)
    if value is None:
        return None
    tail = re.search(r"[.,](\d+)\D*\Z", plain)
    told = tail is not None and (len(tail[1]) != 3 or _decimal(plain, decimal))
    decimals = len(tail[1]) if tail and told else 0
    box = around(word.box for word in words[at:end])
    return Figure(value, text, box, (at, end), decimals, "%" in text)


def _decimal(text: str, decimal: Decimal | None) -> bool:
    """Return whether the last mark of a number with three digits behind it is the decimal one."""
    marks = re.findall(r"[.,]", text)
    return bool(decimal) and marks[-1] == decimal and marks.count(decimal) == 1


def spelt(label: str) -> str:
    """Return a label with what OCR takes for each other set right: `1'eau` and `(Il)`."""
    label = re.sub(r"(?<!\w)1(?=['\u2019]\s?[^\W\d])", "l", label).replace("\u2019", "'")
    return re.sub(r"\([IVXl]+(?=[) ])", lambda roman: roman.group().replace("l", "I"), label)


def empty(word: Word) -> bool:
    """Return whether a word is the dash of a cell with nothing in it."""
    return _NOTHING.match(word.text) is not None


def columns(figures: Iterable[Figure], least: float = 0.25) -> list[tuple[float, float]]:
    """Return left and right edge of the columns that figures form, from left to right.

    Args:
        figures: of all rows of a table.
        least: share of the narrower of two figures that must be common to them.
    """
    spans = sorted((f.box[0], f.box[2]) for f in figures)
    found: list[list[float]] = []
    for left, right in sorted(spans, key=lambda span: span[0] - span[1]):
        narrow = right - left
        best = None
        for span in found:
            shared = min(span[1], right) - max(span[0], left)
            if shared > least * min(narrow, span[1] - span[0]):
                best = span
                break
        if best is None:
            found.append([left, right])
        else:
            best[0], best[1] = min(best[0], left), max(best[1], right)
    return [(left, right) for left, right in sorted(found)]
