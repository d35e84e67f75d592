"""Columns of a table of lines: where they part, and what each of them holds."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from socle.pages import Word
from socle.pages.rows import Row
from socle.ranking.headings import Header
from socle.values.amounts import Decimal, amounts_in, currency_of

_SPACE = 0.5
"""Words nearer than this share of their height stand in one cell."""
_MOST = 600
"""Readings of the headings that are tried."""
_NUMERIC = frozenset({"quantity", "unit_price", "amount", "gross_amount", "tax_amount"})
_UNNAMED = ("other", "quantity", "unit_price", "amount", "tax_rate")


@dataclass(frozen=True)
class Column:
    """A strip of the page between two borders, what it holds, and its heading's own lines."""

    kind: str
    left: float
    right: float
    stacked: tuple[str, ...] = ()


def parted(header: Header, body: Sequence[Row], around: Sequence[Row] = ()) -> list[float]:
    """Return the borders between the columns of a header, one less than it has headings.

    Each lies left of a heading where many cells begin, else where it cuts the fewest words, in
    the widest gap.

    Args:
        header: the headings.
        body: rows that fill the columns.
        around: rows between these, whose text may run on beyond its column.
    """
    spans = [(a, b, 1.0) for row in body for a, b in _blocks(row)]
    spans += [(a, b, 0.1) for row in around for a, b in _blocks(row)]
    spans += [(heading.box[0], heading.box[2], 2.5) for heading in header.headings]
    borders: list[float] = []
    for one, two in itertools.pairwise(header.headings):
        low = max([one.box[0], *borders[-1:]])
        high = max(two.box[2], low + 1)
        begun = _begun(two.box[0], body) if two.box[0] > max(low, one.box[2]) else None
        borders.append(begun or _gap(low, high, spans, (one.box[2] + two.box[0]) / 2))
    return borders


def _begun(left: float, body: Sequence[Row]) -> float | None:
    """Return a border just left of where a heading and most of its cells begin, None if none do."""
    high = max((row.box[3] - row.box[1] for row in body), default=0.0)
    border = left - 0.12 * high
    begins = cuts = 0
    for row in body:
        spans = _blocks(row, words=False)
        marks = {word.box[0] for word in row.words if currency_of(word.text) == word.text}
        marks |= {word.box[0] for word in row.words if not any(c.isalnum() for c in word.text)}
        begins += any(abs(x - left) < 0.12 * high for x, _ in spans if x not in marks)
        cuts += any(start < border < end for start, end in spans)
    return border if begins >= 0.6 * len(body) and not cuts and begins else None


def _gap(
    low: float,
    high: float,
    spans: Sequence[tuple[float, float, float]],
    middle: float,
) -> float:
    edges = sorted({low, high, *(x for a, b, _ in spans for x in (a, b) if low < x < high)})
    best = (math.inf, 0.0, middle)
    for start, end in itertools.pairwise(edges):
        inside = (start + end) / 2
        cost = sum(weight for a, b, weight in spans if a < inside < b)
        best = min(best, (cost, start - end, inside))
    return best[2]


def _blocks(row: Row, words: bool = True) -> list[tuple[float, float]]:
    """Return from where to where words stand that belong together whatever the columns are.

    These are words, where asked for, and the groups of digits of one number, with no more than a
    space between.
    """
    spans: list[tuple[float, float]] = []
    last: Word | None = None
    for word in row.words:
        high = word.box[3] - word.box[1]
        near = last is not None and word.box[0] - last.box[2] < _SPACE * high
        one = last is not None and near and _one(last.text, word.text)
        if one and last is not None and (words or last.text[-1:].isdigit()):
            spans[-1] = (spans[-1][0], max(spans[-1][1], word.box[2]))
        else:
            spans.append((word.box[0], word.box[2]))
        last = word
    return spans


def _one(left: str, right: str) -> bool:
    digits = left[-1:].isdigit(), right[:1].isdigit()
    if all(digits):
        return bool(re.fullmatch(r"\d{3}([.,]\d+)?\D{0,2}", right)) and len(left) <= 4
    return not any(char.isdigit() for char in left + right)


def cells(row: Row, borders: Sequence[float]) -> list[list[Word]]:
    """Return the words of a row by column; a word belongs where its middle lies."""
    found: list[list[Word]] = [[] for _ in range(len(borders) + 1)]
    for word in row.words:
        middle = (word.box[0] + word.box[2]) / 2
        found[sum(border < middle for border in borders)].append(word)
    return found


def text_of(words: Sequence[Word]) -> str:
    """Return words with one space between."""
    return " ".join(word.text for word in words)


def number_in(text: str, decimal: Decimal | None) -> float | None:
    """Return the number of a cell, which may have a unit or a currency beside it."""
    found = amounts_in(text, decimal)
    letters = sum(char.isalpha() for char in text)
    if not found or letters > 14:
        return None
    # Currencies that are not known stand between the sign and the digits.
    minus = found[0].value > 0 and re.match(r"-\s?\D{1,5}\d", text.strip()) is not None
    return -found[0].value if minus else found[0].value


def closes(line: Mapping[str, float | None]) -> bool | None:
    """Return whether quantity times price, less the reduction, is the amount; None if unknown."""
    quantity, price, amount = line.get("quantity"), line.get("unit_price"), line.get("amount")
    if quantity is None or price is None or amount is None:
        return None
    product = quantity * price
    reduced = line.get("reduction")
    # Prices are printed rounded: half of their last digit counts for each piece.
    slack = 0.0051 + 0.00501 * min(abs(quantity), 2) + 1e-9
    if abs(abs(product) - abs(amount)) <= slack:
        return True
    if reduced:
        by_rate = product * (1 - abs(reduced) / 100)
        by_sum = abs(product) - abs(reduced)
        return bool(abs(abs(by_rate) - abs(amount)) <= slack or abs(by_sum - abs(amount)) <= slack)
    return False


def named(
    header: Header, table: Sequence[Sequence[list[Word]]], decimal: Decimal | None
) -> list[str]:
    """Return what each column holds, as its heading allows and its cells show.

    Args:
        header: the headings.
        table: cells of the rows that hold numbers.
        decimal: the decimal mark of the document.
    """
    texts = [[text_of(row[i]) for row in table] for i in range(len(header.headings))]
    options = [_options(header, i, texts[i], decimal) for i in range(len(texts))]
    _give_description(options, texts)
    numbers = [[number_in(text, decimal) for text in column] for column in texts]
    best: tuple[float, tuple[str, ...]] = (-math.inf, tuple(kinds[0] for kinds in options))
    for choice in itertools.islice(itertools.product(*options), _MOST):
        score = _fit(choice, options, numbers)
        if score > best[0]:
            best = (score, choice)
    return list(best[1])


def _options(
    header: Header, place: int, texts: Sequence[str], decimal: Decimal | None
) -> tuple[str, ...]:
    """Return what a column may hold, the likeliest first."""
    full = [text for text in texts if text]
    numeric = sum(number_in(text, decimal) is not None for text in full)
    is_numeric = bool(full) and numeric >= 0.5 * len(full)
    unnamed: tuple[str, ...] = _UNNAMED if is_numeric else ("other",)
    if is_numeric and sum("%" in text for text in full) > 0.5 * len(full):
        unnamed = ("tax_rate", "reduction")
    kinds = header.headings[place].kinds or unnamed
    if not full:
        return kinds[:1]
    if not is_numeric:
        words = tuple(kind for kind in kinds if kind not in _NUMERIC)
        return words if words else ("description", "other")
    if "tax_amount" in kinds and "tax_rate" in kinds and not _rates(full, decimal):
        kinds = ("tax_amount", *(kind for kind in kinds if kind != "tax_amount"))
    if "gross_amount" in kinds and "amount" not in kinds:
        kinds = (*kinds, "amount")
    if "unit_price" in kinds and place == len(header.headings) - 1:
        kinds = (*kinds, "amount")  # a second price is that of all pieces
    fitting = tuple(kind for kind in kinds if kind != "description" or _wordy(full))
    return fitting if fitting else ("other",)


def _rates(texts: Sequence[str], decimal: Decimal | None) -> bool:
    """Return whether all numbers may be rates of tax: few different ones, below 28."""
    found = {number_in(text, decimal) for text in texts} - {None}
    percents = sum("%" in text for text in texts) >= 0.5 * len(texts)
    return percents or (len(found) <= 4 and all(0 <= (value or 0) < 28 for value in found))


def _wordy(texts: Sequence[str]) -> bool:
    letters = sum(sum(char.isalpha() for char in text) for text in texts)
    return letters >= 3 * len(texts)


def _give_description(options: list[tuple[str, ...]], texts: Sequence[Sequence[str]]) -> None:
    """Let exactly one column be the description: that of most letters among those allowed."""

    def letters(i: int) -> int:
        return sum(sum(char.isalpha() for char in text) for text in texts[i])

    allowed = [i for i, kinds in enumerate(options) if "description" in kinds]
    others = [i for i, kinds in enumerate(options) if kinds[0] in ("other", "product_code", "unit")]
    candidates = allowed or [i for i in others if letters(i)]
    if not candidates:
        return
    chosen = max(candidates, key=letters)
    for i in allowed:
        left = tuple(kind for kind in options[i] if kind != "description")
        options[i] = left or ("product_code" if i < chosen else "other",)
    options[chosen] = ("description",)


def _fit(
    choice: Sequence[str],
    options: Sequence[tuple[str, ...]],
    numbers: Sequence[Sequence[float | None]],
) -> float:
    """Return how well a reading of the headings suits the rows."""
    score = 0.0
    for kind, kinds in zip(choice, options, strict=True):
        score -= 0.1 * kinds.index(kind)
    single = [kind for kind in choice if kind in _NUMERIC or kind == "tax_rate"]
    score -= 3.0 * (len(single) - len(set(single)))
    if "amount" not in single and "gross_amount" not in single:
        score -= 2.0
    where = {kind: i for i, kind in enumerate(choice)}
    total = where.get("amount", where.get("gross_amount"))
    if total is None or "quantity" not in where or "unit_price" not in where:
        return score
    hits = 0
    for row in range(len(numbers[0]) if numbers else 0):
        line = {kind: numbers[i][row] for kind, i in where.items()}
        line["amount"] = numbers[total][row]
        hits += closes(line) is True
    # Where nothing else tells, prices have more decimals than quantities.
    fine = [sum(v is not None and v % 1 != 0 for v in numbers[where[kind]])
            for kind in ("quantity", "unit_price")]  # fmt: skip
    score += 0.05 * (fine[1] > fine[0]) - 0.05 * (fine[1] < fine[0])
    return score + 2.0 * hits / max(1, len(numbers[0])) + 0.5 * min(hits, 4)
