"""Columns of amounts on a bank statement: which is the debit, the credit, the balance.

Amounts are gathered into columns by their edges over all pages. What heads a column names it; where
heads are far off or missing, the naming is taken under which the balances close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

from socle.pages import Word
from socle.pages.rows import Row
from socle.sources.statement_rows import Money, Printed, plain, words_of

NUMERIC = ("debit", "credit", "amount", "balance")
_NEAR = 0.012
"""Edges of one column differ by no more than this share of the page's width."""

_FLUSH = 0.001
"""Amounts are flush right, unless their left edges differ less by this much."""


@dataclass(frozen=True)
class Head:
    """A label above a column, and its left and right edge in fractions of the page's width."""

    kind: str
    place: tuple[float, float]


@dataclass(frozen=True)
class Column:
    """Amounts that stand one below the other: the middle of their left and right edges."""

    place: tuple[float, float]
    count: int


def heads_of(found: Printed, below: Printed | None = None) -> list[Head]:
    """Return the labels of columns that a row is made of; none if it is another row.

    Args:
        found: the row.
        below: the next one, where labels may go on.
    """
    if found.amounts:
        return []
    heads = _labels(found)
    if below is not None and not below.amounts:
        heads = max(heads, _stacked(found, below), key=len)
    kinds = {head.kind for head in heads}
    numeric = kinds & set(NUMERIC)
    # One label in a sentence proves nothing: a table has a date or a text, and amounts.
    if numeric and kinds & {"date", "description", "value_date"} and len(heads) >= 2:
        return heads
    return heads if {"debit", "credit"} <= kinds else []


def columns_of(amounts: Sequence[Money]) -> list[Column]:
    """Return the columns that amounts form, from the left."""
    by_right, by_left = _gathered(amounts, 1), _gathered(amounts, 0)
    # The edge on which amounts are set flush differs least within a column.
    groups = by_right if _spread(by_right, 1) <= _spread(by_left, 0) + _FLUSH else by_left
    made = [
        Column(
            (median(m.place[0] for m in group), median(m.place[1] for m in group)),
            len(group),
        )
        for group in groups
    ]
    return sorted(made, key=lambda column: column.place[1])


def column_at(columns: Sequence[Column], money: Money) -> int:
    """Return which column an amount stands in: the one whose edges are nearest."""
    return min(range(len(columns)), key=lambda i: _distance(columns[i].place, money.place))


def namings(columns: Sequence[Column], heads: Sequence[Head]) -> list[tuple[str | None, ...]]:
    """Return the ways to name the columns, the likeliest first.

    Names go from left to right as heads do. Without heads, every usual order is one way.
    """
    named = [head for head in heads if head.kind in NUMERIC]
    if not named:
        return _usual(len(columns))
    ways: list[tuple[float, tuple[str | None, ...]]] = []
    least = min(len(columns), len(named))
    for size in range(least, 0, -1):
        for places in combinations(range(len(columns)), size):
            for chosen in combinations(named, size):
                names: list[str | None] = [None] * len(columns)
                cost = 0.3 * (least - size)
                for place, head in zip(places, chosen, strict=True):
                    names[place] = head.kind
                    cost += _distance(columns[place].place, head.place)
                ways.append((cost, tuple(names)))
    ways.sort(key=lambda way: way[0])
    # A label that was not read leaves a column without a name: the usual orders may name it.
    more = _usual(len(columns)) if len(named) < len(columns) else []
    return [*(names for _, names in ways[:24]), *more]


def _usual(count: int) -> list[tuple[str | None, ...]]:
    ways: dict[int, list[tuple[str | None, ...]]] = {
        1: [("amount",)],
        2: [("amount", "balance"), ("debit", "credit"), ("credit", "debit")],
        3: [("debit", "credit", "balance"), ("credit", "debit", "balance")],
    }
    return ways.get(count, [(None,) * (count - 3) + names for names in ways[3]] if count else [])


def _labels(found: Printed) -> list[Head]:
    """Return the labels in a row, each the longest phrase that fits."""
    kinds = {phrase: kind for kind, told in words_of()["columns"].items() for phrase in told}
    row: Row = found.row
    wide = found.page.width or 1.0
    heads: list[Head] = []
    at = unknown = 0
    while at < len(row.words):
        for end in range(min(len(row.words), at + 5), at, -1):
            part = row.words[at:end]
            if not _together(part):
                continue
            kind = kinds.get(plain(" ".join(word.text for word in part)))
            if kind:
                if kind == "date" and any(head.kind == "date" for head in heads):
                    kind = "value_date"
                heads.append(Head(kind, (part[0].box[0] / wide, part[-1].box[2] / wide)))
                at = end
                break
        else:
            unknown += len(plain(row.words[at].text)) > 1
            at += 1
    return heads if unknown <= len(heads) else []


def _stacked(found: Printed, below: Printed) -> list[Head]:
    """Return the labels that two rows make together, each of a word above and one below it."""
    kinds = {phrase: kind for kind, told in words_of()["columns"].items() for phrase in told}
    wide = found.page.width or 1.0
    lower = list(below.row.cells)
    heads: list[Head] = []
    for cell in found.row.cells:
        under = [c for c in lower if _overlap((c.box[0], c.box[2]), (cell.box[0], cell.box[2])) > 0]
        lower = [c for c in lower if c not in under]
        text = " ".join([cell.text, *(c.text for c in under)])
        kind = kinds.get(plain(text)) or kinds.get(plain(cell.text))
        if kind == "date" and any(head.kind == "date" for head in heads):
            kind = "value_date"
        if kind:
            sides = [cell.box, *(c.box for c in under)]
            left, right = min(box[0] for box in sides), max(box[2] for box in sides)
            heads.append(Head(kind, (left / wide, right / wide)))
    if len(heads) < max(2, len(found.row.cells) - 1):
        return []
    kinds_below = [(kinds.get(plain(cell.text)), cell) for cell in lower]
    heads += [Head(k, (c.box[0] / wide, c.box[2] / wide)) for k, c in kinds_below if k]
    # Two rows of labels have nothing else in the second.
    used = len(below.row.cells) - len(lower) + sum(k is not None for k, _ in kinds_below)
    return sorted(heads, key=lambda head: head.place) if used == len(below.row.cells) else []


def _together(words: Sequence[Word]) -> bool:
    high = max(word.box[3] - word.box[1] for word in words)
    return all(b.box[0] - a.box[2] < high for a, b in pairwise(words))


def _gathered(amounts: Sequence[Money], side: int) -> list[list[Money]]:
    groups: list[list[Money]] = []
    for money in sorted(amounts, key=lambda money: money.place[side]):
        if groups and money.place[side] - groups[-1][-1].place[side] <= _NEAR:
            groups[-1].append(money)
        else:
            groups.append([money])
    return groups


def _spread(groups: Sequence[Sequence[Money]], side: int) -> float:
    """Return how far edges lie from the middle of their column, on average."""
    far = [
        abs(money.place[side] - median(other.place[side] for other in group))
        for group in groups
        for money in group
    ]
    return sum(far) / max(len(far), 1)


def _overlap(one: tuple[float, float], two: tuple[float, float]) -> float:
    return min(one[1], two[1]) - max(one[0], two[0])


def _distance(one: tuple[float, float], two: tuple[float, float]) -> float:
    middles = abs(one[0] + one[1] - two[0] - two[1]) / 2
    return min(abs(one[0] - two[0]), abs(one[1] - two[1]), middles)
