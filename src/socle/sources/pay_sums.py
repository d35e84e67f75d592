"""The sums of a pay slip (gross, net, tax ...), in its table or in boxes of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from socle.pages import Word
from socle.pages.rows import around
from socle.readings import Box
from socle.sources.figures import Figure, Ruled
from socle.sources.labelled import fold
from socle.sources.pay_table import PayLine
from socle.sources.pay_words import Named, named, pattern

_BELOW = 5
"""A value stands at most so many rows under its label."""
_DEEP = 2.6
"""Rows of one box stand no further apart than this many heights."""
_LAST = frozenset({"net_paid", "net_before_tax", "net_taxable", "net_social"})
"""Of a row of these with several numbers the last one counts: the first ones say how it is made."""


@dataclass(frozen=True)
class Sum:
    """A sum with its place; `line` where it is a row of a table."""

    value: float
    text: str
    ruled: Ruled
    words: tuple[Word, ...]
    line: PayLine | None = None

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where the number stands, in fractions of the page."""
        return (self.ruled.page.fraction(around(word.box for word in self.words)),)

    @property
    def confidence(self) -> float:
        """That of its least sure word."""
        return min(word.confidence for word in self.words)


def sums(sheet: Sequence[Ruled], lines: Sequence[PayLine]) -> dict[str, list[Sum]]:
    """Return what is printed for each sum, the likeliest first.

    Sums of the year so far have `_to_date` behind their names.

    Args:
        sheet: rows of one page.
        lines: of the tables on it.
    """
    found: dict[str, list[Sum]] = {}
    tabled: set[int] = set()
    for line in lines:
        for name, one in _of_line(line):
            found.setdefault(name, []).append(one)
            tabled |= {id(word) for word in line.words}
    for at in range(len(sheet)):
        for name, one in _of_row(sheet, at, tabled):
            if not any(known.words == one.words for known in found.get(name, ())):
                found.setdefault(name, []).append(one)
    return found


def _of_line(line: PayLine) -> Iterator[tuple[str, Sum]]:
    for name in line.sums[:1]:
        for role in ("employee_amount", "gain", "deduction"):
            if role in line.figures:
                yield name, _sum(line.figures[role], line.ruled, line)
                break
        else:
            rest = [f for role, f in line.figures.items() if role in ("base", "rate", "quantity")]
            if rest and name != "contributions":
                yield name, _sum(max(rest, key=lambda f: f.middle), line.ruled, line)
        if set(line.figures) == {"to_date"} and not name.endswith("_to_date"):
            # The only number of a row, wherever it stands, is the sum itself.
            yield name, _sum(line.figures["to_date"], line.ruled, line)
        elif "to_date" in line.figures:
            yield f"{name}_to_date", _sum(line.figures["to_date"], line.ruled, line)


def _sum(figure: Figure, ruled: Ruled, line: PayLine | None = None) -> Sum:
    words = ruled.row.words[slice(*figure.words)]
    return Sum(figure.value, figure.text, ruled, words, line)


def _of_row(sheet: Sequence[Ruled], at: int, tabled: set[int]) -> Iterator[tuple[str, Sum]]:
    row = sheet[at]
    labels = named(row.row.text)
    for place, label in enumerate(labels):
        words = _held(row, label)
        if not words or any(id(word) in tabled for word in words):
            continue
        left = words[-1].box[2]
        right = _held(row, labels[place + 1])[0].box[0] if place + 1 < len(labels) else 1e9
        beside = [f for f in row.figures if left <= f.middle < right and _money(f)]
        name = f"{label.name}_to_date" if label.to_date else label.name
        if beside:
            figure = beside[-1] if label.name in _LAST else beside[0]
            yield name, _sum(figure, row)
        else:
            yield from _under(sheet, at, label, around(word.box for word in words))


def _money(figure: Figure) -> bool:
    return not figure.percent and (figure.decimals == 2 or any(c in figure.text for c in "€$£"))


def _held(row: Ruled, label: Named) -> tuple[Word, ...]:
    found, at = [], 0
    for word in row.row.words:
        if at < label.end and label.start < at + len(word.text):
            found.append(word)
        at += len(word.text) + 1
    return tuple(found)


def _under(sheet: Sequence[Ruled], at: int, label: Named, box: Box) -> Iterator[tuple[str, Sum]]:
    seen: set[str] = set()
    for above, row in zip(sheet[at:], sheet[at + 1 : at + 1 + _BELOW], strict=False):
        if row.row.box[1] - above.row.box[3] > _DEEP * max(above.high, row.high):
            return
        near = [f for f in row.figures if _money(f) and _over(f, box, row.high)]
        if not near:
            if any(_held(row, other) for other in named(row.row.text)):
                return
            continue
        figure = min(near, key=lambda f: abs(f.middle - (box[0] + box[2]) / 2))
        start = min(f.box[0] for f in row.figures)
        tag = fold(" ".join(word.text for word in row.row.words if word.box[2] <= start))
        year = pattern("words", "year").search(tag) and not pattern("words", "month").search(tag)
        name = f"{label.name}_to_date" if label.to_date or year else label.name
        if name in seen or (seen and not tag):
            return
        seen.add(name)
        yield name, _sum(figure, row)


def _over(figure: Figure, box: Box, high: float) -> bool:
    return figure.box[0] < box[2] + 2 * high and box[0] - 2 * high < figure.box[2]


def chosen(found: Mapping[str, Sequence[Sum]], name: str) -> Sum | None:
    """Return the likeliest of the sums of a name, None where there is none."""
    of_it = found.get(name, ())
    return of_it[0] if of_it else None
