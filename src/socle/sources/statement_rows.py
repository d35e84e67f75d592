"""Rows of print on a bank statement: the dates and amounts that stand in each, and its words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import pairwise
from typing import Any

from socle.pages import Page, Word
from socle.pages.rows import Row, around, rows
from socle.readings import Box
from socle.sources.figures import space_of
from socle.values.amounts import Decimal, parse_amount
from socle.values.folding import unaccented

_SPACE = 0.75
"""Groups of thousands stand no further apart than this many heights of a letter, at least."""
_MARK = r"(?:€|\$|£|EUR|USD|GBP|CHF|CAD)"
_SIDE = r"(?:CR|DR|Cr|Dr|C|D|OD)"
_AMOUNT = re.compile(
    rf"[-+−–(]?\s?{_MARK}?\s?[-+−–]?\s?"
    r"(?:\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+|\d+)?[.,]\d\d"
    rf"\s?[-+−–]?\)?(?:\s?(?:{_MARK}|{_SIDE})){{0,2}}\Z"
)
_LONELY = re.compile(rf"[-+−–(]|{_MARK}|{_SIDE}|\)|\d{{1,3}}\Z|[-+−–(]?{_MARK}?[-+−–]?\d{{1,3}}\Z")
_DAY = r"(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?(?:[-/.](?:\d{4}|\d\d))?)"
_MONTH = r"[^\W\d_]{3,9}\.?,?"
_DATE = re.compile(
    rf"(?:{_DAY}|\d\d?[-/. ]?{_MONTH}(?:[-/. ]?(?:\d{{4}}|\d\d))?|{_MONTH} ?\d\d?,?(?: \d{{4}})?"
    r"|\d\d \d\d(?: \d{4}| \d\d)?)\Z"
)


@dataclass(frozen=True)
class Money:
    """An amount as it stands on a page.

    Attributes:
        value: as printed, with the sign that is printed.
        marked: whether a sign, brackets or CR/DR are printed.
        place: left and right edge, in fractions of the page's width.
        words: which words of the row, from and to.
    """

    value: float
    marked: bool
    place: tuple[float, float]
    words: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Printed:
    """A row with its amounts, from left to right, and the words that are none of them."""

    page: Page
    row: Row
    amounts: tuple[Money, ...]

    @cached_property
    def plain(self) -> str:
        """The words in small letters without accents and marks, one space between."""
        return plain(self.row.text)

    @cached_property
    def label(self) -> str:
        """The words before the first amount, as `plain`."""
        first = self.amounts[0].words[0] if self.amounts else len(self.row.words)
        return plain(" ".join(word.text for word in self.row.words[:first]))

    @property
    def box(self) -> Box:
        """Where it stands, in fractions of the page."""
        return self.page.fraction(self.row.box)

    def rest(self, taken: int = 0) -> list[Word]:
        """Return the words behind the first so many that belong to no amount."""
        gone = {i for money in self.amounts for i in range(*money.words)}
        return [w for i, w in enumerate(self.row.words) if i >= taken and i not in gone]


@cache
def words_of() -> dict[str, Any]:
    """Return the phrases of `statement.toml`."""
    return tomllib.loads((resources.files("socle.sources") / "statement.toml").read_text("utf-8"))


def plain(text: str) -> str:
    """Return a text in small letters, without accents and without marks at the edges of words."""
    kept = unaccented(text.lower().replace("’", "'").replace("œ", "oe"), "NFD")
    kept = re.sub(r"n°|nº|#", "n ", kept)
    return " ".join(re.sub(r"[^\w'/]+", " ", kept.replace("-", " ")).split())


def printed(page: Page, decimal: Decimal | None) -> list[Printed]:
    """Return the rows of a page with what stands in each.

    Args:
        page: with its words.
        decimal: the decimal mark of the document, where it is known.
    """
    found = rows(page)
    space = max(_SPACE, space_of(found))
    return [
        Printed(page, row, tuple(_amounts(page, row.words, decimal, space))) for row in found
    ]  # fmt: skip


def _amounts(
    page: Page, words: Sequence[Word], decimal: Decimal | None, space: float
) -> Iterator[Money]:
    # `01.06` is a day where it begins a row, and an amount elsewhere.
    dates = leading_dates(words)
    at = dates[-1][1] if dates else 0
    while at < len(words):
        found = _longest(words, at, space)
        if not found:
            at += 1
            continue
        text = " ".join(word.text for word in words[at:found])
        value = parse_amount(_tidy(text), decimal)
        if value is None or (decimal and not re.search(rf"[{decimal}]\d\d(?!\d)", text)):
            at += 1
            continue
        box = around(word.box for word in words[at:found])
        wide = page.width or 1.0
        marked = bool(re.search(rf"[-+−–()]|{_SIDE}\s*\Z", text))
        if re.search(r"OD\s*\Z", text):
            value = -abs(value)
        yield Money(value, marked, (box[0] / wide, box[2] / wide), (at, found), text)
        at = found


def _longest(words: Sequence[Word], at: int, space: float) -> int | None:
    """Return the end of the longest amount that begins with a word, None if none does."""
    text, best = "", None
    for end in range(at + 1, min(len(words), at + 7) + 1):
        word = words[end - 1]
        if end - 1 > at:
            gap = word.box[0] - words[end - 2].box[2]
            if gap > space * max(word.box[3] - word.box[1], 1e-6) or (
                best and not re.fullmatch(rf"[-+−–)]|{_MARK}|{_SIDE}", word.text)
            ):
                break
        text = f"{text} {word.text}".strip()
        if _AMOUNT.match(text) and not re.match(r"[.,]", text):
            best = end
        elif best is None and not _LONELY.match(word.text) and not _AMOUNT.match(word.text):
            break
    return best


def _tidy(text: str) -> str:
    """Return an amount as `parse_amount` takes it: no blank at its sign, no mark of a currency."""
    text = re.sub(_MARK, "", text).replace("OD", "").strip()
    text = re.sub(r"\A([-+−–(])\s+", r"\1", text)
    text = re.sub(r"\s+([-+−–)])", r"\1", text)
    return re.sub(r"\A\+|\+\Z", "", text.strip()).strip()


def leading_dates(words: Sequence[Word]) -> list[tuple[str, int]]:
    """Return the dates that a row begins with, at most two, each with the words used so far."""
    found: list[tuple[str, int]] = []
    at = 0
    while len(found) < 2:
        end = date_at(words, at)
        if end is None:
            return found
        found.append((" ".join(word.text for word in words[at:end]), end))
        at = end
    return found


def date_at(words: Sequence[Word], at: int) -> int | None:
    """Return the end of the date that begins with a word, None if none does."""
    for end in range(min(len(words), at + 3), at, -1):
        text = " ".join(word.text for word in words[at:end])
        if not _DATE.match(text) or not re.search(r"\d", text):
            continue
        if end - at > 1 and _far(words[at:end]):
            continue
        if re.search(r"[^\W\d_]", text) and not _has_month(text):
            continue
        return end
    return None


def _far(words: Sequence[Word]) -> bool:
    pairs = pairwise(words)
    return any(b.box[0] - a.box[2] > b.box[3] - b.box[1] for a, b in pairs)


def _has_month(text: str) -> bool:
    from socle.values.dates import parse_date

    digits = re.findall(r"\d+", text)
    return bool(parse_date(text) or (len(digits) == 1 and parse_date(f"{text.rstrip(',')} 2024")))
