"""Pictures and pages that do not stand upright: by how much print is turned, and turning it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from socle.pages import Page, Picture, Word
from socle.readings import Box

_ENOUGH = 4
"""Steps from word to word that it takes to say which way print runs."""
_SLIGHT = 6.0
"""Degrees that readers of rows cope with."""


@dataclass(frozen=True)
class Turn:
    """A turn about the middle of a picture, so that all of it stays in view.

    Attributes:
        matrix: (2, 3), from places in the old picture to places in the new one.
        size: width and height of the new one.
        degrees: clockwise, as seen.
    """

    matrix: NDArray[np.float64]
    size: tuple[float, float]
    degrees: float

    @classmethod
    def by(cls, degrees: float, wide: float, high: float) -> Turn:
        """Return the turn of a picture of this size, clockwise as seen."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        if degrees % 90 == 0:
            cos, sin = round(cos), round(sin)
        size = (abs(cos) * wide + abs(sin) * high, abs(sin) * wide + abs(cos) * high)
        x = size[0] / 2 - cos * wide / 2 + sin * high / 2
        y = size[1] / 2 - sin * wide / 2 - cos * high / 2
        return cls(np.array([[cos, -sin, x], [sin, cos, y]], dtype=np.float64), size, degrees)

    def then_half(self) -> Turn:
        """Return this turn and then one by half a circle."""
        (a, b, x), (c, d, y) = self.matrix
        wide, high = self.size
        matrix = np.array([[-a, -b, wide - x], [-c, -d, high - y]])
        return Turn(matrix, self.size, (self.degrees + 360) % 360 - 180)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place of the old picture is in the new one."""
        found = self.matrix @ (x, y, 1.0)
        return float(found[0]), float(found[1])

    def back(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place of the new picture was in the old one."""
        found = self.matrix[:, :2].T @ (np.array([x, y]) - self.matrix[:, 2])
        return float(found[0]), float(found[1])

    def picture(self, picture: Picture) -> Picture:
        """Return the new picture."""
        if self.degrees % 90 == 0:
            return np.ascontiguousarray(np.rot90(picture, -round(self.degrees / 90)))
        import cv2

        size = (math.ceil(self.size[0]), math.ceil(self.size[1]))
        found = cv2.warpAffine(
            picture, self.matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(found, dtype=np.uint8)


def laid(x: float, y: float, long: float, high: float, degrees: float) -> Box:
    """Return the upright box of a word that is askew, of its own height rather than around it.

    `x` and `y` are its middle; it is `long` along the print and `high` across, and turned by so
    many degrees.
    """
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    wide, tall = max(long * cos, high * sin), max(high * cos, long * sin)
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


def turn_of(words: Sequence[Word]) -> float:
    """Return by how many degrees (clockwise, -180 to 180) the print of words is turned.

    Taken from the steps between words that follow each other in the order of reading.

    Args:
        words: in the order of reading, boxes as they lie on the page.
    """
    steps = []
    for one, two in pairwise(words):
        x = (two.box[0] + two.box[2] - one.box[0] - one.box[2]) / 2
        y = (two.box[1] + two.box[3] - one.box[1] - one.box[3]) / 2
        far, size = math.hypot(x, y), max(one.size, two.size)
        # Longer steps lead to the next line, or to another column.
        if 0 < far < 0.75 * size * (len(one.text) + len(two.text)) / 2 + 3 * size:
            steps.append((x, y, far))
    if len(steps) < _ENOUGH:
        return 0.0
    angles = np.degrees([math.atan2(y, x) for x, y, _ in steps])
    weights = np.array([far for _, _, far in steps])
    quarter = max(
        (0.0, 90.0, 180.0, -90.0), key=lambda turn: float(weights[_near(angles, turn)].sum())
    )
    near = _near(angles, quarter)
    rest = (angles[near] - quarter + 180) % 360 - 180
    order = np.argsort(rest)
    total = np.cumsum(weights[near][order])
    lean = float(rest[order][np.searchsorted(total, total[-1] / 2)])
    return (quarter + lean + 180) % 360 - 180


def _near(angles: NDArray[np.float64], degrees: float) -> NDArray[np.bool_]:
    return np.asarray(np.abs((angles - degrees + 180) % 360 - 180) < 45)


def upright(page: Page) -> tuple[Page, float]:
    """Return a page turned so that its print is level, and by how many degrees (clockwise).

    Print that leans by some degrees is left as it is: rows are found all the same.
    """
    lean = turn_of(page.words)
    if abs(lean) <= _SLIGHT:
        return page, 0.0
    quarter = 90.0 * round(lean / 90)
    degrees = -quarter if abs(lean - quarter) <= _SLIGHT else -lean
    degrees = (degrees + 180) % 360 - 180 or 0.0
    turn = Turn.by(degrees, page.width, page.height)
    words = tuple(replace(word, box=_turned(word, turn, lean)) for word in page.words)
    codes = tuple(replace(code, box=_around(code.box, turn)) for code in page.codes)
    render = Turned(page.render, degrees) if page.render else None
    wide, high = turn.size
    return replace(page, width=wide, height=high, words=words, codes=codes, render=render), degrees


@dataclass(frozen=True)
class Turned:
    """Renders a page, turned by some degrees clockwise."""

    render: Callable[[float], Picture]
    degrees: float

    def __call__(self, dpi: float) -> Picture:
        """Return the page as it was turned."""
        picture = self.render(dpi)
        high, wide = picture.shape[:2]
        return Turn.by(self.degrees, wide, high).picture(picture)


def _turned(word: Word, turn: Turn, lean: float) -> Box:
    """Return the box of a word after the turn, of its own height."""
    left, top, right, bottom = word.box
    x, y = turn.point((left + right) / 2, (top + bottom) / 2)
    across, down = right - left, bottom - top
    cos, sin = abs(math.cos(math.radians(lean))), abs(math.sin(math.radians(lean)))
    high = 1.13 * word.size or min(across, down)
    long = max(across / cos if cos > 0.7 else 0.0, down / sin if sin > 0.7 else 0.0)
    if turn.degrees % 90 == 0:
        long, high = (across, down) if turn.degrees % 180 == 0 else (down, across)
    return laid(x, y, long, high, lean + turn.degrees)


def _around(box: Box, turn: Turn) -> Box:
    left, top, right, bottom = box
    corners = [turn.point(x, y) for x in (left, right) for y in (top, bottom)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)
