"""What the columns of a table of pay mean: by their headings, and by base * rate = amount."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from socle.pages import Word
from socle.pages.rows import Cell, Row
from socle.sources.figures import Figure
from socle.sources.labelled import fold
from socle.sources.pay_words import pattern, words

Span = tuple[float, float]
ROLES = (
    *("base", "rate", "employee_amount", "gain", "deduction", "employer_rate"),
    *("employer_amount", "quantity"),
)
_FILLER = (
    r"\b(?:parts?|de|du|des|la|le|et|en|euros?|charges|cotisations|cot\.?|in|and|of|your)\b"
    r"|€|[^\w%]"
)
_MOST_UNKNOWN = 3
"""Columns without a heading beyond this many mean nothing."""
_SPACE, _BETWEEN, _WIDEST = 0.36, 0.55, 0.9
"""Spaces of usual type are no wider than so many heights; wider gaps part two headings where
there are no such spaces; and those wider than the last always do."""
_NEAR, _NEAR_ABOVE = 3.0, 9.0
"""A heading stands over a column if no further beside it than this many heights."""


@dataclass(frozen=True)
class Heading:
    """A cell of the rows that head a table, and which words of `pay_slip.toml` it has."""

    box: tuple[float, float, float, float]
    told: frozenset[str]
    text: str = ""

    @property
    def labels(self) -> bool:
        """Whether it heads the labels."""
        return "label" in self.told and not self.told & {"base", "rate", "amount", "to_date"}


def headings(row: Row) -> list[Heading]:
    """Return the headings of a row, empty if it heads no table."""
    found: list[Heading] = []
    covered = total = 0
    for cell in _cells(row):
        parts, share, size = _told(cell)
        covered += share
        total += size
        found += parts
    telling = [h for h in found if h.told - {"code"}]
    kinds = frozenset().union(*(h.told for h in telling)) - {"label", "code"}
    if len(telling) < 2 or not kinds or covered < 0.6 * total:
        return []
    return telling


def _cells(row: Row) -> list[Cell]:
    """Return the cells of a row of headings, which stand closer than others."""
    parts: list[list[Word]] = [[row.words[0]]]
    gaps = [two.box[0] - one.box[2] for one, two in pairwise(row.words)]
    high = median(word.box[3] - word.box[1] for word in row.words)
    # The least gap is a space, if it is narrow; those of typewriters are as wide as letters.
    space = min((gap for gap in gaps if gap > 0), default=0.0)
    if space <= _SPACE * high:
        wide = max(1.6 * space, _SPACE * high)
    else:
        wide = min(max(1.25 * space, _BETWEEN * high), _WIDEST * high)
    for two, gap in zip(row.words[1:], gaps, strict=True):
        if gap > wide:
            parts.append([])
        parts[-1].append(two)
    return [Cell(tuple(part)) for part in parts]


def _told(cell: Cell) -> tuple[list[Heading], int, int]:
    """Return the headings in a cell, and how many of its characters tell something."""
    text = fold(cell.text)
    hits: list[tuple[int, int, str]] = []
    for name in words()["columns"]:
        hits += [(m.start(), m.end(), name) for m in pattern("columns", name).finditer(text)]
    bare = len(re.sub(_FILLER, "", text))
    marked = "".join(
        " " if any(a <= i < b for a, b, _ in hits) else letter for i, letter in enumerate(text)
    )
    left = len(re.sub(_FILLER, "", marked))
    alone = _merged(hit for hit in hits if hit[2] in ("base", "rate", "amount"))
    labels = [hit for hit in sorted(hits) if hit[2] == "label"]
    if len(alone) == 1 and labels and labels[0][1] <= alone[0][0] and alone[0][2] != "amount":
        alone = [labels[0], *alone]
    if len(alone) < 2 or len({name for _, _, name in alone}) < len(alone):
        told = frozenset(name for _, _, name in hits)
        return [Heading(cell.box, told, text)], bare - left, bare
    # Headings of narrow columns stand so close that they look like one.
    found, at, spots = [], 0, []
    for word in cell.words:
        spots.append((at, at + len(word.text), word))
        at += len(word.text) + 1
    for start, end, name in alone:
        held = [w for a, b, w in spots if a < end and start < b]
        box = (held[0].box[0], held[0].box[1], held[-1].box[2], held[-1].box[3])
        found.append(Heading(box, frozenset({name})))
    return found, bare - left, bare


def _merged(hits: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return hits from left to right, neighbours of one name (`hrs/units`) as one."""
    found: list[tuple[int, int, str]] = []
    for start, end, name in sorted(hits):
        if found and found[-1][2] == name and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(end, found[-1][1]), name)
        else:
            found.append((start, end, name))
    return found


def candidates(column: Span, band: Sequence[Sequence[Heading]], high: float) -> tuple[str, ...]:
    """Return what a column may mean by the headings above it, the likeliest first.

    Args:
        column: left and right edge.
        band: rows of headings, from the top; those of labels and codes left out.
        high: of the print.
    """
    told: set[str] = set()
    for place, row in enumerate(band):
        lowest = place == len(band) - 1
        near = _NEAR if lowest else _NEAR_ABOVE
        # A heading of several columns is centred over them, and may reach over their neighbours.
        by = _beside if lowest else _away
        found = min(row, key=lambda h: by(column, h), default=None)
        if found is not None and _beside(column, found) <= near * high:
            told |= found.told
    return _meanings(told)


def _beside(column: Span, heading: Heading) -> float:
    """Return how far a heading is beside a column; the one that is centred on it is nearest."""
    gap = max(0.0, heading.box[0] - column[1], column[0] - heading.box[2])
    return gap + 0.001 * _away(column, heading)


def _away(column: Span, heading: Heading) -> float:
    return abs(heading.box[0] + heading.box[2] - column[0] - column[1]) / 2


def _meanings(told: set[str]) -> tuple[str, ...]:
    if "to_date" in told:
        return ("to_date",)
    if "employer" in told:
        if "rate" in told:
            return ("employer_rate",)
        return ("employer_amount",) if "amount" in told else ("employer_amount", "employer_rate")
    for name in ("gain", "deduction"):
        if name in told:
            return (name,)
    if "base" in told:
        return ("base", "quantity")
    if "rate" in told:
        return ("rate",) if "employee" in told else ("rate", "employer_rate", "base")
    if "employee" in told:
        return ("employee_amount",) if "amount" in told else ("employee_amount", "rate")
    if "amount" in told:
        return ("employee_amount", "employer_amount")
    return ()


def roles(
    choices: Sequence[tuple[str, ...]], lines: Sequence[Mapping[int, Figure]]
) -> tuple[str, ...]:
    """Return what each column means, such that as many lines as can be multiply out.

    Args:
        choices: of each column, from `candidates`.
        lines: figures of each line by their column.
    """
    unknown = sum(not options for options in choices)
    most = ROLES if unknown <= _MOST_UNKNOWN else ()
    options = [(*given, *(() if given else most), "other") for given in choices]
    best, most_points = tuple("other" for _ in choices), -1.0
    for tried in itertools.product(*options):
        named = [role for role in tried if role != "other"]
        if len(set(named)) < len(named):
            continue
        points = _points(tried, choices, lines)
        if points > most_points:
            best, most_points = tried, points
    return best


def _points(
    tried: Sequence[str],
    choices: Sequence[tuple[str, ...]],
    lines: Sequence[Mapping[int, Figure]],
) -> float:
    place = {role: i for i, role in enumerate(tried) if role != "other"}
    points = 0.0
    for role, given in zip(tried, choices, strict=True):
        if role in given:
            points += 0.9 - 0.2 * given.index(role)
        elif role != "other":
            points -= 0.2 if role == "employee_amount" else 0.7 if "employer" in role else 0.4
    paid = [place[name] for name in ("employee_amount", "gain", "deduction") if name in place]
    told = [("rate", paid), ("employer_rate", [place.get("employer_amount", -1)])]
    for line in lines:
        for factor, products in told:
            for product in products:
                points += _multiplies(line, place, factor, product)
    if not paid:
        points -= 0.5
    elif place.get("employer_amount", 99) < min(paid):
        points -= 0.3
    return points


def _multiplies(line: Mapping[int, Figure], place: Mapping[str, int], factor: str, p: int) -> float:
    base = line.get(place.get("base", -1)) or line.get(place.get("quantity", -1))
    rate, amount = line.get(place.get(factor, -1)), line.get(p)
    if not (base and rate and amount) or not base.value * rate.value:
        return 0.0
    product = abs(base.value * rate.value)
    away = min(abs(product / 100 - abs(amount.value)), abs(product - abs(amount.value)))
    return 1.0 if away <= 0.011 + 1e-4 * abs(amount.value) else -0.5
