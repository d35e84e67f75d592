"""Balance sheets and income statements without a form: rows by label, columns by headings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from socle.sources.figures import Figure, Ruled, columns, spelt
from socle.sources.labelled import fold
from socle.sources.liasse import facts

_ROLES = ("gross", "depreciation", "net", "previous", "note")
_LONGEST = 45
"""Letters of a heading, at most."""
_HEADED = 6
"""Headings stand at most so many rows above the first amounts."""
Side = str
"""`assets`, `liabilities`, `income`, or empty where the page does not say."""


@dataclass(frozen=True)
class PlainRow:
    """A row with its amounts by meaning; `side` is the part of the accounts it stands in."""

    label: str
    figures: Mapping[str, Figure]
    ruled: Ruled
    side: Side = ""

    def is_(self, name: str) -> bool:
        """Return whether the label is one of those of `liasse.toml` (`assets`, `result` ...)."""
        text = re.sub(r"^[^\w(]+|[^\w)]+$", "", fold(self.label))
        text = re.sub(r"\s*\([ivx0-9 a+à-]+\)$", "", text)
        return told(name).fullmatch(text) is not None

    @property
    def total(self) -> bool:
        """Whether the label announces a sum."""
        return told("total").search(fold(self.label)) is not None


@cache
def told(name: str) -> re.Pattern[str]:
    """Return a phrase of the plain accounts, for folded texts."""
    return re.compile(facts()["plain"][name])


def plain_rows(sheet: Sequence[Ruled], side: Side = "") -> list[PlainRow]:
    """Return the rows with amounts of a page, each of its halves apart where it has two.

    Args:
        sheet: rows of the page.
        side: part of the accounts that the page before ended in.
    """
    found: list[PlainRow] = []
    for zone in _zones(sheet):
        for left, right in _halves(zone):
            part = _part(zone, left, right, side)
            found += part
            side = part[-1].side if part else side
    return found


def _zones(sheet: Sequence[Ruled]) -> list[Sequence[Ruled]]:
    """Return the tables of a page that stand one under the other.

    Each begins with headings of columns, or with the title of a statement, behind amounts.
    """
    starts = [0]
    behind = False
    for at, row in enumerate(sheet):
        amounts = any(_amount(f, row) and not _in_label(row, f) for f in row.figures)
        if not amounts and behind and _opens(row):
            starts.append(at)
            behind = False
        behind = behind or amounts
    return [sheet[a:b] for a, b in pairwise([*starts, len(sheet)])]


def _opens(row: Ruled) -> bool:
    """Return whether a row without amounts begins a table."""
    text = fold(row.row.text)
    heads = [c for c in row.row.cells[1:] if _meaning(fold(c.text)) or _year(c.text)]
    titled = len(text) < 60 and told("income").match(text)
    return bool(heads or titled)


def _halves(sheet: Sequence[Ruled]) -> list[tuple[float, float]]:
    """Return the edges of what stands side by side: assets left, liabilities right."""
    for row in sheet:
        heads = [cell for cell in row.row.cells if _names_a_side(cell.text)]
        if len(heads) == 2 and heads[1].box[0] > heads[0].box[2] + 6 * row.high:
            cut = heads[1].box[0] - row.high
            if _parts(sheet, cut):
                return [(0.0, cut), (cut, float("inf"))]
    return [(0.0, float("inf"))]


def _names_a_side(text: str) -> bool:
    """Return whether a heading names assets or liabilities, whatever days stand behind it."""
    said = fold(re.split(r"\d", text, maxsplit=1)[0])
    sides = (told("assets_side"), told("liabilities_side"))
    return len(said) < _LONGEST and any(side.search(said) for side in sides)


def _parts(sheet: Sequence[Ruled], cut: float) -> bool:
    """Return whether both sides of a line have labels and amounts."""
    right = [r for r in sheet if any(f.box[0] > cut for f in r.figures)]
    labels = [r for r in right if re.search(r"[^\W\d]{3}", _text(r, cut, float("inf")))]
    crossed = sum(any(w.box[0] < cut < w.box[2] for w in r.row.words) for r in sheet)
    return len(labels) >= 3 and crossed <= 2


def _text(row: Ruled, left: float, right: float) -> str:
    return " ".join(word.text for word in row.between(left, right))


def _part(sheet: Sequence[Ruled], left: float, right: float, side: Side) -> list[PlainRow]:
    inside = [
        (row, [f for f in row.figures if left <= f.middle < right and not _in_label(row, f, right)])
        for row in sheet
    ]
    spans = columns(f for row, figures in inside for f in figures if _amount(f, row))
    spans = [s for s in spans if sum(_in(f, s) for _, figures in inside for f in figures) > 1]
    if not spans:
        return []
    start = next(
        (i for i, (row, figures) in enumerate(inside)
         if any(_amount(f, row) and any(_in(f, s) for s in spans) for f in figures)
         and _label(row, figures, left, right)), 0,
    )  # fmt: skip
    names = _meanings(spans, [row for row, _ in inside[max(0, start - _HEADED) : start]], inside)
    found: list[PlainRow] = []
    for at, (row, figures) in enumerate(inside):
        placed = {i: f for f in figures for i, s in enumerate(spans) if _in(f, s)}
        label = _label(row, list(placed.values()) or figures, left, right)
        side = _side(fold(label), side, any(_amount(f, row) for f in placed.values()))
        values = {names[i]: f for i, f in placed.items() if names[i] not in ("note", "")}
        heads = at < start and _heads(row, placed)
        if values and re.search(r"[^\W\d]{2}", label) and not heads:
            found.append(PlainRow(label, values, row, side))
    return found


def _amount(figure: Figure, row: Ruled) -> bool:
    """Return whether a number is an amount rather than a year or the number of a note."""
    del row
    plain = re.sub(r"\D", "", figure.text)
    year = re.fullmatch(r"(?:19|20)\d\d", figure.text) is not None
    return not year and (len(plain) > 2 or figure.value == 0 or figure.decimals > 0)


def _in(figure: Figure, span: tuple[float, float]) -> bool:
    shared = min(span[1], figure.box[2]) - max(span[0], figure.box[0])
    return shared > 0.25 * min(span[1] - span[0], figure.box[2] - figure.box[0])


def _in_label(row: Ruled, figure: Figure, right: float = float("inf")) -> bool:
    """Return whether a number is within or at the end of a label, before an edge of the table."""
    first, end = figure.words
    words = row.row.words
    taken = {i for f in row.figures for i in range(*f.words)}
    near = min(right, figure.box[2] + 2 * row.space * row.high)
    if end < len(words) and end not in taken and words[end].box[0] < near:
        return True
    # A number in groups of digits is no part of a label, however near it stands.
    before = first > 0 and first - 1 not in taken and not re.search(r"\d\D\d{3}", figure.text)
    return before and figure.box[0] - words[first - 1].box[2] < row.space * row.high


def _label(row: Ruled, figures: Sequence[Figure], left: float, right: float) -> str:
    edge = min((f.box[0] for f in figures), default=right)
    words = [w for w in row.row.words if w.box[0] >= left - 1 and w.box[2] <= min(edge, right) + 1]
    return spelt(" ".join(w.text for w in words)).strip(" .:…_")


def _heads(row: Ruled, placed: Mapping[int, Figure]) -> bool:
    """Return whether a row only tells the years of the columns."""
    text = row.row.text
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    return bool(years) and all(not _amount(f, row) for f in placed.values())


def _side(label: str, side: Side, amounts: bool) -> Side:
    if told("income").search(label):
        return "income"
    if not amounts or re.match(r"total", label) is None:
        if told("liabilities_side").search(label) and not told("assets_side").search(label):
            return "liabilities" if not amounts else side
        if told("assets_side").search(label) and not told("liabilities_side").search(label):
            return "assets" if not amounts else side
    return side


def _meanings(
    spans: Sequence[tuple[float, float]],
    heads: Sequence[Ruled],
    inside: Sequence[tuple[Ruled, Sequence[Figure]]],
) -> list[str]:
    """Return what each column is: by the headings above, else by gross - depreciation = net."""
    texts = [_heading(span, spans, heads) for span in spans]
    names = [_meaning(text) for text in texts]
    years = [_year(text) for text in texts]
    for i, name in enumerate(names):
        if name or years[i] is None:
            continue
        names[i] = "net" if years[i] == max(y for y in years if y is not None) else "previous"
    if sorted(names) == sorted(set(names)) and all(names):
        return names
    return _by_sums(spans, inside, names)


def _heading(
    span: tuple[float, float], spans: Sequence[tuple[float, float]], heads: Sequence[Ruled]
) -> str:
    """Return the words above a column, those of no other."""
    edges = [0.0, *((a[1] + b[0]) / 2 for a, b in pairwise(spans)), float("inf")]
    place = list(spans).index(span)
    low = max(edges[place], span[0] - 1.5 * (span[1] - span[0]) - 20)
    return fold(" ".join(_text(row, low, edges[place + 1]) for row in heads))


def _meaning(text: str) -> str:
    hits = {
        name: re.search(rf"(?<![\w'-])(?:{facts()['plain'][name]})(?![\w-])", text)
        for name in _ROLES
    }
    for name in ("previous", "note", "gross", "depreciation", "net"):
        if hits[name]:
            return name
    return ""


def _year(text: str) -> int | None:
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    return int(years[-1]) if years else None


def _by_sums(
    spans: Sequence[tuple[float, float]],
    inside: Sequence[tuple[Ruled, Sequence[Figure]]],
    names: Sequence[str],
) -> list[str]:
    """Return the usual order of columns, notes apart."""
    amounts = [i for i in range(len(spans)) if names[i] != "note" and not _notes(spans[i], inside)]
    usual = {1: ("net",), 2: ("net", "previous"), 3: ("gross", "depreciation", "net")}
    order = usual.get(len(amounts), ("gross", "depreciation", "net", "previous"))
    found = [""] * len(spans)
    for i, name in zip(amounts, order, strict=False):
        found[i] = name
    return found


def _notes(span: tuple[float, float], inside: Sequence[tuple[Ruled, Sequence[Figure]]]) -> bool:
    here = [f for _, figures in inside for f in figures if _in(f, span)]
    return all(len(re.sub(r"\D", "", f.text)) <= 2 and not f.decimals for f in here)
