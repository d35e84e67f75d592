"""Values found by the label printed beside or above them, for papers of a known set of labels.

A label claims what stands right of it up to the next label of its row, and what stands under it
down to the next label below: so boxed forms and plain lists are read alike, whatever their layout.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from socle.pages import Document, Page, Word
from socle.pages.rows import Row, around, rows_of, slope_of
from socle.readings import Box, Source

_LARGER = 1.1
"""What is filled into a box is this much taller than the box's label, at least."""
_SPACE = 0.6
"""Spaces between words of one text are narrower than this many heights."""
_DEEP = 5.0
"""A label's box reaches at most this many heights of the label below it."""


@dataclass(frozen=True)
class Ask:
    """What is looked for.

    Attributes:
        name: of the field.
        label: regular expression of the label, in small letters without accents.
        value: regular expression of the value, as printed; its group 1 or else the whole of it.
        below: whether a box under the label may hold it.
        rows: how many rows of print the value may take, below the label.
        more: it is the second line of a label above, which bounds nothing.
    """

    name: str
    label: str
    value: str
    below: bool = True
    rows: int = 1
    more: bool = False


@dataclass(frozen=True)
class Hit:
    """A value that was found, with the words that hold it; `number` is what the label captured."""

    name: str
    text: str
    words: tuple[Word, ...]
    page: Page
    source: Source
    number: str = ""

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What encloses the value, in fractions of the page."""
        return (self.page.fraction(around(word.box for word in self.words)),)

    @property
    def confidence(self) -> float:
        """The confidence of the least sure word, 0 to 1."""
        return min(word.confidence for word in self.words)


@dataclass(frozen=True)
class _Line:
    """A row of print with its folded text, and where each word stands in it."""

    row: Row
    number: int

    @cached_property
    def text(self) -> str:
        return fold(self.row.text)

    @cached_property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """Where each cell of the row stands in the text: a label does not reach over a wide gap."""
        spans, at = [], 0
        for cell in self.row.cells:
            spans.append((at, at + len(cell.text)))
            at += len(cell.text) + 1
        return tuple(spans)


@dataclass(frozen=True)
class _Label:
    ask: Ask
    line: _Line
    start: int
    end: int
    number: str = ""
    words: tuple[Word, ...] = field(default=(), repr=False)

    @cached_property
    def box(self) -> Box:
        return around(word.box for word in self.words)


def fold(text: str) -> str:
    """Return a text in small letters without accents, of the same length."""
    plain = (unicodedata.normalize("NFKD", character)[:1] or " " for character in text)
    return "".join(plain).replace("\u2019", "'").replace("\u02bc", "'").lower()


def with_fields(document: Document) -> tuple[Page, ...]:
    """Return the pages with the texts of form fields among their words, where they stand.

    What an opener has put among the words already is not added twice.
    """
    added: dict[int, list[Word]] = {}
    pages = {page.number: page for page in document.pages}
    for value in document.form.values():
        page = pages.get(value.page)
        if page is None or not isinstance(value.value, str) or not value.value.strip():
            continue
        if not any(_within(word, value.box) for word in page.words):
            added.setdefault(value.page, []).extend(_in_box(value.value.split(), value.box))
    return tuple(
        replace(page, words=(*page.words, *added[page.number])) if page.number in added else page
        for page in document.pages
    )


def _within(word: Word, box: Box) -> bool:
    across, down = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _in_box(texts: Sequence[str], box: Box) -> Iterable[Word]:
    """Return the words of a field, side by side at its left, lower end."""
    left, top, right, bottom = box
    step = min((right - left) / max(1, sum(len(t) + 1 for t in texts)), 0.6 * (bottom - top))
    for text in texts:
        yield Word(text, (left, top, left + step * len(text), bottom))
        left += step * (len(text) + 1)


def collect(page: Page, asks: Sequence[Ask], fields: Iterable[Box] = ()) -> list[Hit]:
    """Return every value that stands at its label, in the order of the page.

    Args:
        page: with its words, those of form fields included.
        asks: all labels of the kind of paper, the unwanted ones too: each bounds the others.
        fields: boxes of form fields on this page; what stands in them comes from the form.
    """
    slope = slope_of(page.words)
    level = [_level(word, slope) for word in page.words]
    printed = {id(word): page.words[i] for i, word in enumerate(level)}
    lines = [_Line(row, i) for i, row in enumerate(rows_of(level))]
    labels = [label for line in lines for label in _labels(line, asks)]
    claimed = {id(word) for label in labels for word in label.words}
    boxes = tuple(fields)
    hits: list[Hit] = []
    for label in labels:
        hit = _hit(label, labels, lines, claimed)
        if hit is not None:
            words = tuple(printed[id(word)] for word in hit.words)
            found = replace(hit, words=words, page=page)
            hits.append(replace(found, source=_source(found, page, boxes)))
    return hits


def _level(word: Word, slope: float) -> Word:
    """Return a word as it would stand on a straight page."""
    left, top, right, bottom = word.box
    fall, lean = slope * (left + right) / 2, slope * (top + bottom) / 2
    return replace(word, box=(left + lean, top - fall, right + lean, bottom - fall))


def _source(hit: Hit, page: Page, fields: Sequence[Box]) -> Source:
    left, top, _, bottom = hit.words[0].box
    middle = (top + bottom) / 2
    if any(f[0] - 0.5 <= left <= f[2] and f[1] <= middle <= f[3] for f in fields):
        return "form"
    return "ocr" if page.source == "ocr" else "text"


def _labels(line: _Line, asks: Sequence[Ask]) -> list[_Label]:
    """Return the labels of a row; where two overlap the longer one counts."""
    found: list[_Label] = []
    for ask in asks:
        for low, high in line.cells:
            for match in re.finditer(ask.label, line.text[low:high]):
                start, end = low + match.start(), low + match.end()
                number = (match.groupdict().get("number") or "").strip()
                words = line.row.held(start, end)
                if words:
                    found.append(_Label(ask, line, start, end, number, words))
    found.sort(key=lambda label: label.start - label.end)
    kept: list[_Label] = []
    for label in found:
        if all(label.end <= other.start or other.end <= label.start for other in kept):
            kept.append(label)
    return sorted(kept, key=lambda label: label.start)


def _hit(
    label: _Label, labels: Sequence[_Label], lines: Sequence[_Line], claimed: set[int]
) -> Hit | None:
    beside = [other for other in labels if other.line is label.line and other.start >= label.end]
    limit = min((other.start for other in beside), default=len(label.line.text))
    right = label.line.row.held(label.end, limit)
    right = tuple(w for w in right if id(w) not in claimed)
    found = _match(label, right)
    if not label.ask.below or (found and not _runs_on(label, right)):
        return found
    under = _match(label, _under(label, labels, lines, claimed))
    if found and under and _tall(under.words) <= _LARGER * _tall(label.words):
        return found
    return under or found


def _runs_on(label: _Label, right: Sequence[Word]) -> bool:
    """Return whether what stands right of a label may be the end of the label itself."""
    last = label.words[-1]
    gap = right[0].box[0] - last.box[2]
    return gap < _SPACE * _tall(label.words) and not last.text.endswith(":")


def _tall(words: Sequence[Word]) -> float:
    return max(word.box[3] - word.box[1] for word in words)


def _match(label: _Label, words: Sequence[Word]) -> Hit | None:
    text = " ".join(word.text for word in words)
    match = re.search(label.ask.value, text)
    if match is None:
        return None
    span = match.span(1) if match.re.groups and match[1] is not None else match.span()
    if span[0] == span[1]:
        return None
    held, at = [], 0
    for word in words:
        if at < span[1] and span[0] < at + len(word.text):
            held.append(word)
        at += len(word.text) + 1
    nowhere = Page(0, 0, 0)
    return Hit(label.ask.name, text[slice(*span)], tuple(held), nowhere, "text", label.number)


def _under(
    label: _Label, labels: Sequence[_Label], lines: Sequence[_Line], claimed: set[int]
) -> tuple[Word, ...]:
    """Return the words in the box that a label heads, row by row."""
    left, top, _, bottom = label.box
    high = bottom - top
    beside = [
        o.box[0]
        for o in labels
        if o is not label
        and not o.ask.more
        and o.box[0] > label.box[2]
        and (o.line is label.line or min(o.box[3], bottom + high) > max(o.box[1], top - high))
    ]
    right = min(beside, default=float("inf"))
    below = [
        o.box[1]
        for o in labels
        if not o.ask.more
        and o.box[1] > bottom - 0.2 * high
        and o.box[0] < right
        and o.box[2] > left - high
    ]
    floor = min([*below, bottom + _DEEP * high])
    found: list[Word] = []
    taken = 0
    for line in lines[label.line.number + 1 :]:
        here = [
            word
            for word in line.row.words
            if left - high <= word.box[0] < right
            and bottom - 0.3 * high <= (word.box[1] + word.box[3]) / 2 < floor
            and id(word) not in claimed
        ]
        if here:
            found.extend(here)
            taken += 1
            if taken == label.ask.rows:
                break
    return tuple(found)
