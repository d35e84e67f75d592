"""Lines of print that were read, parted into words by the paper that shows between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.pages import Picture
from socle.pictures.spelling import Spelt

_GAPS = (0.26, 0.38, 0.50)
"""Paper wider than this share of the size of type is a space, though none was read: between wide
signs, beside a narrow one, between two. Where all are equally wide, narrow ones have much paper
beside them.
"""
_NARROW = frozenset("1iIl|!.,:;'`·-_/\\()[]{}*°<>jtfrJ")
_MARKS = frozenset(".,:/-'")
"""Signs within numbers."""
_ELIDED = re.compile(r"(?<!\w)I(?=['’][^\W\d_]{3})")
"""The article of `l'eau`, which looks like a capital in many founts; English has `I'll` at most."""
_UNLIKE = 2.5
"""A gap is a space only if it is this many times as wide as those between letters."""
_HIGH_LETTER, _HIGH_ACCENT, _LOW_LETTER, _TAIL = 0.73, 0.93, 0.54, 0.21
"""How far capitals and digits, accents on them, small letters and tails reach, in sizes of type."""
_ASCENT, _DESCENT = 0.92, 0.22
"""The same of a box as text layers give it."""
_LOW = frozenset("acegmnopqrsuvwxyzçıœæø")
_TAILED = frozenset("gjpqyçÇ,;()[]{}|/Q§$@")
_ACCENT = 0.08
"""Share of a line's height that may lie between a letter and its accent."""
_SPECK, _RULE = 0.004, 0.85
"""Shares of a row that are dark: less is dirt, more is a rule."""
_LEAST_TYPE, _MOST_TYPE = 0.35, 1.25
"""Of the height of a line that was found: type of another size is a mistake."""


@dataclass(frozen=True)
class Piece:
    """A word of a line.

    Attributes:
        sure: the probability of each letter.
        left, right: where it stands along the line, 0 to 1.
    """

    text: str
    sure: tuple[float, ...]
    left: float
    right: float


def pieces(line: Picture, spelt: Spelt, size: float) -> list[Piece]:
    """Return the words of a line: parted at the spaces that were read, and where paper is wide.

    Args:
        line: level and closely cut.
        spelt: what it says.
        size: of its type, in pixels of the line.
    """
    text = spelt.text
    letters = [i for i, sign in enumerate(text) if not sign.isspace()]
    if not letters:
        return []
    ink = inked(line)
    wide = len(ink)
    places = [min(wide - 1, max(0, round(spelt.places[i] * wide))) for i in letters]
    gaps = [_gap(ink, one, two) for one, two in pairwise(places)]
    spaced = [two - one > 1 for one, two in pairwise(letters)]
    starts = _starts(text, letters, gaps, spaced, size)
    found = []
    for start, end in zip(starts, [*starts[1:], len(letters)], strict=True):
        signs = letters[start:end]
        left = gaps[start - 1][1] if start else _first(ink)
        right = gaps[end - 1][0] if end < len(letters) else _last(ink)
        said = _ELIDED.sub("l", "".join(text[i] for i in signs))
        sure = tuple(spelt.sure[i] for i in signs)
        found.append(Piece(said, sure, left / wide, max(right, left + 1) / wide))
    return found


@dataclass(frozen=True)
class Type:
    """How a line is set: where its letters stand across it, and how large its type is.

    Attributes:
        middle: of a box as text layers give it, from the top of the line.
        high: of this box.
        size: of the type; all in pixels of the line.
    """

    middle: float
    high: float
    size: float


def type_of(line: Picture, text: str) -> Type | None:
    """Return how a line is set, from its print and from what it says; None if that is unclear.

    Args:
        line: level; other lines and rules may show above and below.
        text: what it says, which tells how far letters reach above and below the base line.
    """
    above, below = _reach(text)
    if not above:
        return None
    rows = _dark(line).mean(axis=1)
    rows[rows > _RULE] = 0.0
    found = _main_run(rows > _SPECK, round(_ACCENT * len(rows)), rows)
    if found is None:
        return None
    size = (found[1] - found[0]) / (above + below)
    if not _LEAST_TYPE * len(rows) < size < _MOST_TYPE * len(rows):
        return None
    base = found[1] - below * size
    return Type(base - (_ASCENT - _DESCENT) / 2 * size, (_ASCENT + _DESCENT) * size, size)


def _reach(text: str) -> tuple[float, float]:
    """Return how far letters reach above and below the base line, in sizes of type."""
    letters = [sign for sign in text if sign.isalnum()]
    if not letters:
        return 0.0, 0.0
    low = all(sign in _LOW for sign in letters)
    accents = any(sign.isupper() and not sign.isascii() and sign not in "ÇØŁÆŒ" for sign in letters)
    above = _LOW_LETTER if low else _HIGH_ACCENT if accents else _HIGH_LETTER
    return above, _TAIL if any(sign in _TAILED for sign in text) else 0.0


def _main_run(
    inked_rows: NDArray[np.bool_], least: int, weights: NDArray[np.float64]
) -> tuple[int, int] | None:
    """Return the run of rows with most print; runs nearer than `least` to each other are one."""
    rows = np.flatnonzero(inked_rows)
    if not len(rows):
        return None
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > max(1, least)) + 1)
    main = max(runs, key=lambda run: float(weights[run].sum()))
    return int(main[0]), int(main[-1]) + 1


def inked(line: Picture) -> NDArray[np.bool_]:
    """Return in which columns of a line there is print."""
    # Above and below the letters there may be rules of a table.
    edge = line.shape[0] // 8
    return np.asarray(_dark(line[edge : line.shape[0] - edge]).any(axis=0), dtype=np.bool_)


def _dark(line: Picture) -> NDArray[np.uint8]:
    """Return 1 where there is print, dark on light or light on dark."""
    import cv2

    grey: Any = line if line.ndim == 2 else cv2.cvtColor(line, cv2.COLOR_RGB2GRAY)
    way = cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU
    _, dark = cv2.threshold(np.ascontiguousarray(grey), 0, 1, way)
    return np.asarray(1 - dark if dark.mean() > 0.5 else dark, dtype=np.uint8)


def _starts(
    text: str,
    letters: Sequence[int],
    gaps: Sequence[tuple[int, int]],
    spaced: Sequence[bool],
    size: float,
) -> list[int]:
    """Return at which letters words begin."""
    widths = [right - left for left, right in gaps]
    within = [width for width, space in zip(widths, spaced, strict=True) if not space]
    usual = median(within) if within else 0.0
    starts = [0]
    for k, width in enumerate(widths):
        one, two = text[letters[k]], text[letters[k + 1]]
        least = _GAPS[(one in _NARROW) + (two in _NARROW)] * size
        lost = width > least and width > _UNLIKE * usual and not _one_number(one, two)
        lost = lost and "<" not in text
        if spaced[k] or lost:
            starts.append(k + 1)
    return starts


def _one_number(one: str, two: str) -> bool:
    """Whether two signs are a digit and a mark within numbers, beside which there is much paper."""
    return (one.isdigit() and two in _MARKS) or (one in _MARKS and two.isdigit())


def _gap(ink: NDArray[np.bool_], one: int, two: int) -> tuple[int, int]:
    """Return the widest run of paper between the middles of two letters: its start and end."""
    paper = np.flatnonzero(~ink[one : two + 1])
    if not len(paper):
        middle = (one + two) // 2
        return middle, middle
    runs = np.split(paper, np.flatnonzero(np.diff(paper) > 1) + 1)
    widest = max(runs, key=len)
    return one + int(widest[0]), one + int(widest[-1]) + 1


def _first(ink: NDArray[np.bool_]) -> int:
    columns = np.flatnonzero(ink)
    return int(columns[0]) if len(columns) else 0


def _last(ink: NDArray[np.bool_]) -> int:
    columns = np.flatnonzero(ink)
    return int(columns[-1]) + 1 if len(columns) else len(ink)
