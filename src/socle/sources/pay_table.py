"""The lines of a pay slip: what is earned, withheld and paid by the employer, row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from socle.pages import Word
from socle.pages.rows import around
from socle.sources.figures import Figure, Ruled, columns, empty, spelt
from socle.sources.labelled import fold
from socle.sources.pay_roles import Heading, Span, candidates, headings, roles
from socle.sources.pay_words import named, pattern

_GAP = 7.0
"""Blank paper of more heights than this ends a table."""
_LABELS = frozenset({"label", "code"})
_CODE = re.compile(r"[A-Z]{0,2}\d{2,6}\Z|\d{1,2}[A-Z]{1,3}\d{0,3}\Z")


@dataclass(frozen=True)
class PayLine:
    """One row of a table of pay.

    Attributes:
        label: as printed.
        figures: by meaning: `base`, `rate`, `employee_amount`, `employer_rate` ...
        kind: `gain` or `deduction` where the column or the table says so, else empty.
        table: whether the table says it, and not the column.
        sums: names of the sums that the label tells (`gross`, `net_paid` ...).
        words: that the row holds in this table.
    """

    label: str
    figures: Mapping[str, Figure]
    ruled: Ruled
    words: tuple[Word, ...]
    kind: str = ""
    sums: tuple[str, ...] = ()
    table: bool = False

    def value(self, name: str) -> float | None:
        """Return a number of the line, None where the cell is empty."""
        found = self.figures.get(name)
        return None if found is None else found.value

    @property
    def amount(self) -> float | None:
        """What the employee gets or pays, as printed."""
        for name in ("employee_amount", "gain", "deduction"):
            if name in self.figures:
                return self.figures[name].value
        return None

    @property
    def raw(self) -> str:
        """The row as printed."""
        return " ".join(word.text for word in self.words)

    @property
    def boxes(self) -> tuple[tuple[float, float, float, float], ...]:
        """Where it stands, in fractions of the page."""
        return (self.ruled.page.fraction(around(word.box for word in self.words)),)

    @property
    def confidence(self) -> float:
        """That of its least sure word."""
        return min(word.confidence for word in self.words)


@dataclass(frozen=True)
class _Block:
    """A part of the page, from edge to edge, under one heading of labels."""

    left: float
    right: float
    band: tuple[tuple[Heading, ...], ...]
    body: tuple[Ruled, ...]
    kind: str


def pay_lines(sheet: Sequence[Ruled]) -> list[PayLine]:
    """Return the lines of all tables of pay on a page, from the top."""
    found: list[PayLine] = []
    for block in _blocks(sheet):
        found += _lines(block)
    return found


def top_of(sheet: Sequence[Ruled]) -> float | None:
    """Return where the first table of a page begins, in the page's unit; None without any."""
    for at, row in enumerate(sheet):
        if _band(sheet, at)[0]:
            return row.row.box[1]
    return None


def _blocks(sheet: Sequence[Ruled]) -> Iterator[_Block]:
    at = 0
    while at < len(sheet):
        band, end = _band(sheet, at)
        if not band:
            at += 1
            continue
        body = _body(sheet, end)
        labels = [h for row in band for h in row if h.labels]
        labels = sorted(_distinct(labels), key=lambda h: h.box[0])
        edges = [0.0, *(h.box[0] - 1.0 for h in labels[1:]), 1e9]
        for place, (left, right) in enumerate(pairwise(edges)):
            inside = (
                tuple(h for h in row if left <= h.box[0] < right and not h.told <= _LABELS)
                for row in band
            )
            kind = _kind(labels[place].text) if labels else ""
            yield _Block(left, right, tuple(row for row in inside if row), body, kind)
        at = end + len(body)


def _kind(label: str) -> str:
    """Return what the lines of a table are by the heading of its labels, empty if both."""
    told = [k for k in ("gain", "deduction") if pattern("words", f"table_{k}").search(label)]
    return told[0] if len(told) == 1 else ""


def _distinct(labels: Sequence[Heading]) -> list[Heading]:
    """Return headings without those that stand under another one."""
    kept: list[Heading] = []
    for one in labels:
        if all(one.box[2] <= k.box[0] or k.box[2] <= one.box[0] for k in kept):
            kept.append(one)
    return kept


def _band(sheet: Sequence[Ruled], at: int) -> tuple[list[list[Heading]], int]:
    """Return the rows of headings that begin at a row, and the row behind them."""
    band: list[list[Heading]] = []
    while at < len(sheet) and len(band) < 3:
        row = sheet[at]
        if any(f.decimals for f in row.figures):
            break
        found = headings(row.row)
        if not found or (band and _far(sheet[at - 1], row, 2.5)):
            break
        band.append(found)
        at += 1
    return band, at


def _body(sheet: Sequence[Ruled], start: int) -> tuple[Ruled, ...]:
    """Return the rows of a table: to the next headings, to blank paper, or to the sums below."""
    body: list[Ruled] = []
    for at in range(start, len(sheet)):
        row = sheet[at]
        if at > start and _far(sheet[at - 1], row, _GAP):
            break
        if not row.figures and (headings(row.row) or len(named(row.row.text)) > 1):
            break
        body.append(row)
    return tuple(body)


def _far(above: Ruled, below: Ruled, heights: float) -> bool:
    return below.row.box[1] - above.row.box[3] > heights * max(above.high, below.high)


def _lines(block: _Block) -> list[PayLine]:
    inside = [(row, _figures(row, block)) for row in block.body]
    free = [f for row, figures in inside for f in figures if not _in_label(row, f)]
    # Sums in larger type may stand over two columns; lines tell where the columns are.
    spans = columns(f for f in free if f.decimals) or columns(free)
    placed = [(row, _placed(row, figures, spans)) for row, figures in inside]
    high = sorted(row.high for row in block.body)[len(block.body) // 2] if block.body else 1.0
    choices = [candidates(span, block.band, high) for span in spans]
    meaning = roles(choices, [figures for _, figures in placed if figures])
    found: list[PayLine] = []
    for row, figures in placed:
        told = {meaning[i]: f for i, f in figures.items() if meaning[i] != "other"}
        line = _line(row, block, told, figures)
        if line is None:
            continue
        if not line.figures:
            if found and _goes_on(line, found[-1]):
                before = found[-1]
                both = (*before.words, *line.words)
                found[-1] = replace(before, label=f"{before.label} {line.label}", words=both)
            continue
        found.append(line)
    return found


def _figures(row: Ruled, block: _Block) -> list[Figure]:
    return [f for f in row.figures if block.left <= f.middle < block.right]


def _in_label(row: Ruled, figure: Figure) -> bool:
    """Return whether a number is within or at the end of a label (`Heures a 25 %`)."""
    first, end = figure.words
    words = row.row.words
    taken = {i for f in row.figures for i in range(*f.words)}
    close = row.space * row.high
    behind = end < len(words) and end not in taken and not empty(words[end])
    if behind and words[end].box[0] - figure.box[2] < 2 * close:
        return True
    before = first > 0 and first - 1 not in taken and not empty(words[first - 1])
    return before and figure.box[0] - words[first - 1].box[2] < close


def _placed(row: Ruled, figures: Sequence[Figure], spans: Sequence[Span]) -> dict[int, Figure]:
    """Return the figures by the column that each stands in."""
    found: dict[int, Figure] = {}
    for figure in figures:
        here = [i for i, span in enumerate(spans) if _shared(figure, span) > 0]
        best = max(here, key=lambda i: _shared(figure, spans[i]), default=None)
        if best is None or (_in_label(row, figure) and not _ends_with(row, figure, spans[best])):
            continue
        found[best] = figure
    return found


def _shared(figure: Figure, span: Span) -> float:
    return min(span[1], figure.box[2]) - max(span[0], figure.box[0])


def _ends_with(row: Ruled, figure: Figure, span: Span) -> bool:
    return abs(figure.box[2] - span[1]) < 0.3 * row.high and bool(figure.decimals)


def _line(
    row: Ruled, block: _Block, told: Mapping[str, Figure], figures: Mapping[int, Figure]
) -> PayLine | None:
    inside = row.between(block.left, block.right)
    starts = [f.box[0] for f in figures.values()]
    edge = min(starts, default=block.right)
    label = [w for w in inside if w.box[2] <= edge + 0.1 * row.high]
    while label and empty(label[-1]):
        label.pop()
    if len(label) > 1 and _CODE.match(label[0].text):
        label = label[1:]
    text = spelt(" ".join(word.text for word in label)).strip(" :.")
    if not text or not re.search(r"[^\W\d]", text):
        return None
    kind = next((name for name in ("gain", "deduction") if name in told), block.kind)
    names = tuple(
        f"{n.name}_to_date" if n.to_date else n.name
        for n in named(text)
        if n.to_date or pattern("words", "before_sum").fullmatch(fold(text[: n.start]))
    )
    return PayLine(text, told, row, inside, kind, names, bool(block.kind))


def _goes_on(line: PayLine, before: PayLine) -> bool:
    """Return whether a row without figures is the rest of the label above it."""
    near = not _far(before.ruled, line.ruled, 0.7)
    begins = re.match(r"[a-zà-ÿ(+&/-]", line.label) is not None
    return near and begins and not pattern("columns", "label").search(fold(line.label))
