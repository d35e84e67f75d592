"""What a ranking knows of each candidate: its labels, its place, its form and its company."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from socle.ranking.candidates import Candidate, Family, rates_of
from socle.ranking.labels import hashed, key, meaning, vector
from socle.ranking.party_lines import Piece
from socle.ranking.sheet import Sheet
from socle.ranking.sums_among import Sums, sums_among

_GRAMS = 96
_NEAR = 0.05
"""By how much a label left of a value loses with each height of print between."""
_BELOW = 0.3
"""The same for one above."""
_SKIP = 0.9
VALID_AT = -12
"""Where among the features of identifiers it stands whether check digits hold; next to it, fail."""


@dataclass(frozen=True)
class Parties:
    """How surely each line of print belongs to the seller and to the buyer, by its cell."""

    lines: Sequence[Piece]
    roles: NDArray[np.float32]
    """(lines, 2)."""


class Surroundings:
    """A document, as far as it bears on its candidates."""

    def __init__(self, sheet: Sheet, found: Sequence[Candidate], parties: Parties) -> None:
        self._sheet = sheet
        self._found = found
        self._parties = parties
        self._money = [c for c in found if c.family == "money"]
        values = [number(c) for c in self._money if c.hit.decimals == 2 or c.hit.currency]
        self._sums: Sums = sums_among(values, rates_of(sheet))
        self._times = Counter((c.family, str(c.hit.value)) for c in found)
        # What is written with decimals tells the size of the sums; counts and years do not.
        solid = sorted({abs(number(c)) for c in self._money if c.hit.decimals == 2}, reverse=True)
        self._ranks = {value: place for place, value in enumerate(solid)}
        self._rows = sorted({(c.cell.page, c.cell.row) for c in self._money if c.hit.decimals == 2})
        self._below = {row: len(self._rows) - 1 - i for i, row in enumerate(self._rows)}
        self._in_row = Counter((c.cell.page, c.cell.row) for c in self._money)
        days = sorted({str(c.hit.value) for c in found if c.family == "date"})
        self._days = {day: place for place, day in enumerate(days)}
        self._lines = self._by_column()

    def features(self, family: Family) -> tuple[list[Candidate], NDArray[np.float32]]:
        """Return the candidates of a family, and what is known of each, (candidates, features)."""
        chosen = [c for c in self._found if c.family == family]
        if not chosen:
            return [], np.zeros((0, 0), dtype=np.float32)
        return chosen, np.stack([self._of(one) for one in chosen])

    def _of(self, one: Candidate) -> NDArray[np.float32]:
        own = {
            "money": self._of_money,
            "date": self._of_date,
            "reference": self._of_reference,
            "terms": self._of_text,
        }.get(one.family, self._of_identifier)(one)
        scalars = np.array([*self._place(one), *own], dtype=np.float32)
        return np.concatenate([_labels(one), scalars])

    def _place(self, one: Candidate) -> list[float]:
        page = self._sheet.pages[one.cell.page]
        left, top, right, bottom = page.fraction(one.box)
        row = self._sheet.rows[one.cell.page][one.cell.row]
        unit = self._sheet.units[one.cell.page]
        return [
            left,
            (left + right) / 2,
            right,
            (top + bottom) / 2,
            one.cell.page == 0,
            one.cell.page == len(self._sheet.pages) - 1,
            min(4, len(self._sheet.pages)) / 4,
            min(2.0, one.cell.size / unit - 1.0),
            one.cell.column == 0,
            one.cell.column == len(row) - 1,
            len(row) / 6,
            one.cell.row / max(1, len(self._sheet.rows[one.cell.page])),
            bool(key(one.same)),
            min(1.0, one.left.distance / 40) if one.left.text else 1.0,
            min(4, one.left.skipped) / 4,
            min(1.0, one.above.distance / 12) if one.above.text else 1.0,
            min(6, one.above.skipped) / 6,
            min(4, self._times[one.family, str(one.hit.value)] - 1) / 4,
            one.hit.start / max(1, len(one.cell.text)),
            len(one.cell.text) / 60,
            bool(self._sheet.after(one.cell)),
        ]

    def _of_money(self, one: Candidate) -> list[float]:
        value = number(one)
        rank = self._ranks.get(abs(value), len(self._ranks))
        row = (one.cell.page, one.cell.row)
        below = self._below.get(row, len(self._rows))
        return [
            math.log10(abs(value) + 1) / 6,
            value < 0,
            value == 0,
            one.hit.decimals == 2,
            one.hit.decimals == 0,
            one.hit.currency is not None,
            rank == 0,
            rank == 1,
            rank == 2,
            rank / max(1, len(self._ranks)),
            below == 0,
            below == 1,
            below == 2,
            min(12, below) / 12,
            below / max(1, len(self._rows)),
            min(5, self._in_row[row]) / 5,
            *self._sums.of(value),
        ]

    def _of_date(self, one: Candidate) -> list[float]:
        day = str(one.hit.value)
        place, last = self._days[day], len(self._days) - 1
        apart = [(_day(day) - _day(other)).days for other in self._days if other != day]
        return [
            place == 0,
            place == last,
            last == 0,
            min(6, last) / 6,
            place / max(1, last),
            any(0 < days <= 95 for days in apart),
            any(-95 <= days < 0 for days in apart),
            any(days in (14, 15, 30, 31, 45, 60) for days in apart),
            any(-days in (14, 15, 30, 31, 45, 60) for days in apart),
            any(abs(days) > 400 for days in apart),
        ]

    def _of_reference(self, one: Candidate) -> list[float]:
        said = str(one.hit.value)
        digits = sum(char.isdigit() for char in said)
        return [
            digits / len(said),
            len(said) / 20,
            len(said) == 4 and said[:2] in ("19", "20"),
            len(said) == 5 and said.isdigit(),
            said.isdigit(),
            " " in said,
            any(mark in said for mark in "-/"),
            bool(re.search(r"(?:19|20)\d\d", said)) and len(said) > 4,
            said[:1].isalpha(),
            bool(re.match(r"(?i)(inv|fa|f|fac|re|rg|r|av|fv|si|ar)[\W_]?\d", said)),
            bool(re.fullmatch(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}", said)),
            len(said) <= 2,
            _inner(one, self._found),
            one.hit.start > 0 and one.cell.text[one.hit.start - 1] in "#:°º",
            _titled(self._sheet, one),
        ]

    def _of_identifier(self, one: Candidate) -> list[float]:
        said = str(one.hit.value)
        seller, buyer, near_seller, near_buyer = self._owners(one)
        return [
            one.hit.valid is True,
            one.hit.valid is False,
            len(said) == 9,
            len(said) == 14,
            said[:2].isalpha(),
            said.startswith(("0", "+", "(")),
            seller,
            buyer,
            near_seller,
            near_buyer,
            seller - buyer,
            len(said) / 30,
        ]

    def _of_text(self, one: Candidate) -> list[float]:
        said = str(one.hit.value)
        return [
            len(said) / 60,
            len(said.split()) / 10,
            any(char.isdigit() for char in said),
            bool(re.search(r"(?i)\d+\s*(jours|days|tage)", said)),
            said.endswith("."),
            said[:1].isupper(),
            bool(re.search(r"(?i)net|fin de mois|réception|receipt|erhalt|comptant|sofort", said)),
            bool(meaning(said)),
        ]

    def _by_column(self) -> dict[int, list[tuple[Piece, float, float]]]:
        found: dict[int, list[tuple[Piece, float, float]]] = {}
        for piece, (seller, buyer) in zip(self._parties.lines, self._parties.roles, strict=True):
            if seller > 0.1 or buyer > 0.1:
                found.setdefault(piece.cell.page, []).append((piece, float(seller), float(buyer)))
        return found

    def _owners(self, one: Candidate) -> tuple[float, float, float, float]:
        """Return how surely the block of a value is the seller's and the buyer's, and the same of
        what stands near it, above or around.
        """
        unit = self._sheet.units[one.cell.page]
        best = [0.0, 0.0, 0.0, 0.0]
        for piece, seller, buyer in self._lines.get(one.cell.page, ()):
            down = (one.box[1] - piece.box[1]) / unit
            across = _apart(one.box, piece.box) / unit
            own = 0.93 ** abs(down) if -3 < down < 14 and across < 2 else 0.0
            near = 1 / (1 + 0.15 * abs(down) + 0.08 * across)
            best[0], best[1] = max(best[0], own * seller), max(best[1], own * buyer)
            best[2], best[3] = max(best[2], near * seller), max(best[3], near * buyer)
        return best[0], best[1], best[2], best[3]


def number(one: Candidate) -> float:
    """Return the value of an amount."""
    return float(str(one.hit.value))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _apart(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    return max(0.0, one[0] - two[2], two[0] - one[2])


def _inner(one: Candidate, others: Sequence[Candidate]) -> bool:
    """Return whether a longer candidate holds this one."""
    return any(
        other.cell is one.cell
        and other is not one
        and other.family == one.family
        and other.hit.start <= one.hit.start
        and one.hit.end <= other.hit.end
        for other in others
    )


def _titled(sheet: Sheet, one: Candidate) -> float:
    """Return how surely the words before a value are the title of the document."""
    known = meaning(one.same)
    big = one.cell.size / sheet.units[one.cell.page]
    title = max(known.get("title_invoice", 0.0), known.get("title_credit", 0.0))
    return title * min(2.0, big) / 2


def _labels(one: Candidate) -> NDArray[np.float32]:
    """Return what the words around a value mean, and their letters."""
    left = _SKIP**one.left.skipped / (1 + _NEAR * one.left.distance)
    above = _SKIP**one.above.skipped / (1 + _BELOW * one.above.distance)
    over = _SKIP**one.over.skipped / (1 + _BELOW * one.over.distance)
    beside = one.same if key(one.same) else one.left.text
    return np.concatenate(
        [
            vector(one.same),
            vector(one.left.text, left),
            vector(one.above.text, above),
            vector(one.over.text, over),
            vector(one.after, 0.7),
            hashed(beside, _GRAMS),
            hashed(one.above.text, _GRAMS),
        ]
    )
