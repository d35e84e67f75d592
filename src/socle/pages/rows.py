"""Words of a page, put into rows of print and, where wide gaps part them, into cells.

Rows follow the print: a page that is turned by some degrees gives the same rows as a straight
one, since the slope is taken from the words themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

import numpy as np
from numpy.typing import NDArray

from socle.pages import Page, Word
from socle.readings import Box

_GAP = 1.0
"""A gap this many times as wide as the letters are high parts two cells."""
_STEEPEST = 0.2
"""Slopes beyond this (11 degrees) are no skew: the page should have been turned."""


@dataclass(frozen=True)
class Cell:
    """Words of a row with no wide gap between them."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        """The words, one space between."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def box(self) -> Box:
        """What encloses the words, in the page's unit."""
        return around(word.box for word in self.words)

    @cached_property
    def size(self) -> float:
        """Height of the print, in the page's unit."""
        return median(word.box[3] - word.box[1] for word in self.words)

    def held(self, start: int, end: int) -> tuple[Word, ...]:
        """Return the words that a span of the text touches."""
        found, at = [], 0
        for word in self.words:
            if at < end and start < at + len(word.text):
                found.append(word)
            at += len(word.text) + 1
        return tuple(found)


@dataclass(frozen=True)
class Row(Cell):
    """One line of print, from left to right."""

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The words parted where gaps are wide."""
        parts: list[list[Word]] = [[self.words[0]]]
        for before, word in zip(self.words, self.words[1:], strict=False):
            if word.box[0] - before.box[2] > _GAP * self.size:
                parts.append([])
            parts[-1].append(word)
        return tuple(Cell(tuple(part)) for part in parts)


def rows(page: Page) -> tuple[Row, ...]:
    """Return the rows of a page, from the top."""
    return rows_of(page.words)


def rows_of(words: Sequence[Word]) -> tuple[Row, ...]:
    """Return the rows that words form, from the top.

    A word joins the row whose band of print covers half of its height or more, after the slope of
    the page was taken out.
    """
    words = [word for word in words if word.text.strip()]
    if not words:
        return ()
    slope = slope_of(words)
    straight = [(_middle(word) - slope * (word.box[0] + word.box[2]) / 2, word) for word in words]
    straight.sort(key=lambda pair: pair[0])
    groups: list[list[tuple[float, Word]]] = []
    bands: list[tuple[float, float]] = []
    for middle, word in straight:
        half = (word.box[3] - word.box[1]) / 2
        found = _band(bands, middle, half)
        if found is None:
            groups.append([])
            bands.append((middle - half, middle + half))
            found = len(bands) - 1
        groups[found].append((middle, word))
        # The band of a row is that of its typical word: a tall one must not swallow its neighbours.
        centre = float(np.median([m for m, _ in groups[found]]))
        tall = float(np.median([(w.box[3] - w.box[1]) / 2 for _, w in groups[found]]))
        bands[found] = (centre - tall, centre + tall)
    order = sorted(range(len(groups)), key=lambda i: bands[i])
    return tuple(
        Row(tuple(sorted((word for _, word in groups[i]), key=lambda word: word.box[0])))
        for i in order
    )


def slope_of(words: Sequence[Word]) -> float:
    """Return how far the print falls per unit to the right, 0 for a straight page.

    Taken as the median over pairs of neighbours in a row, each weighed by its distance.
    """
    if len(words) < 2:
        return 0.0
    left = np.array([word.box[0] for word in words])
    right = np.array([word.box[2] for word in words])
    middle = np.array([_middle(word) for word in words])
    high = np.array([word.box[3] - word.box[1] for word in words])
    slopes, weights = [], []
    for i in range(len(words)):
        gap = left - right[i]
        near = (gap > -0.2 * high[i]) & (gap < 6 * high[i]) & (np.abs(middle - middle[i]) < high[i])
        near &= np.abs(high - high[i]) < 0.5 * high[i]
        near[i] = False
        if not near.any():
            continue
        j = int(np.flatnonzero(near)[np.argmin(gap[near])])
        run = (left[j] + right[j] - left[i] - right[i]) / 2
        if run > 0:
            slopes.append((middle[j] - middle[i]) / run)
            weights.append(run)
    if not slopes:
        return 0.0
    found = _weighed_median(np.array(slopes), np.array(weights))
    return found if abs(found) < _STEEPEST else 0.0


def around(boxes: Iterable[Box]) -> Box:
    """Return the least box that encloses all of these (one or more)."""
    sides = np.array(list(boxes), dtype=float)
    low, high = sides[:, :2].min(axis=0), sides[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _middle(word: Word) -> float:
    return (word.box[1] + word.box[3]) / 2


def _band(bands: list[tuple[float, float]], middle: float, half: float) -> int | None:
    """Return the row that covers half of a word's height at least; the last ones are nearest."""
    best, most = None, 0.5
    for i in range(len(bands) - 1, max(-1, len(bands) - 8), -1):
        low, high = bands[i]
        shared = min(high, middle + half) - max(low, middle - half)
        share = shared / max(2 * min(half, (high - low) / 2), 1e-9)
        if share > most:
            best, most = i, share
    return best


def _weighed_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
