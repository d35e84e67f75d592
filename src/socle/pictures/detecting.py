"""Where lines of text stand in a picture, by a network that marks the pixels of print."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.pages import Picture

_MARKED = 0.3
"""Pixels that the network marks at least so strongly are print."""
_SURE = 0.35
"""Lines whose pixels are marked less strongly than this on average are dropped. Lone digits are
marked weakly; what is no print, the network that reads will tell."""
_SHRUNK = 1.6
"""The network marks the core of a line; it is grown by this times its area over its outline."""
_STEP = 32
"""Sides of what the network sees are multiples of this."""
_MOST_LINES = 3000
_LOOKED_AT = 6_000_000
"""Pixels in which the height of print is measured: larger pictures are made smaller first."""
_BLANK = 24
"""Rows of paper without print, in pixels of the network, at which a page may be cut."""
_BAND = 704
"""Rows that the network sees at a time where a page can be cut: its memory grows with them."""


@dataclass(frozen=True)
class Strip:
    """A line of print: a rectangle that may be askew.

    Attributes:
        x, y: its centre, in pixels of the picture.
        long, high: along and across the print.
        angle: by which the print falls to the right, in degrees; within -45 and 45 as it is found,
            whichever way the print runs.
        sure: how strongly it was marked, 0 to 1.
    """

    x: float
    y: float
    long: float
    high: float
    angle: float
    sure: float

    @property
    def tall(self) -> bool:
        """Whether it stands on its end."""
        return self.high > 1.5 * self.long

    def turned(self, degrees: float) -> Strip:
        """Return the same rectangle for print that runs another way, by a multiple of 90."""
        across = round(degrees / 90) % 2 == 1
        long, high = (self.high, self.long) if across else (self.long, self.high)
        return replace(self, long=long, high=high, angle=self.angle + degrees)

    def cut(self, picture: Picture) -> Picture:
        """Return what it covers of a picture, level."""
        import cv2

        wide, high = max(2, round(self.long)), max(2, round(self.high))
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        left = self.x - cos * wide / 2 + sin * high / 2
        top = self.y - sin * wide / 2 - cos * high / 2
        matrix = np.array([[cos, -sin, left], [sin, cos, top]])
        way = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        level = cv2.warpAffine(
            picture, matrix, (wide, high), flags=way, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(level, dtype=np.uint8)


class Detector:
    """Finds lines of print.

    Args:
        session: of onnxruntime, with a network of the kind DB (Liao et al. 2019) as PP-OCR has it:
            (1, 3, height, width) in BGR from -1 to 1 -> (1, 1, height, width) from 0 to 1.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def strips(self, picture: Picture, scale: float) -> list[Strip]:
        """Return the lines of print of a picture, from the top.

        Args:
            picture: greys or RGB.
            scale: by which it is made smaller (or larger) for the network.
        """
        import cv2

        high, wide = picture.shape[:2]
        size = (max(_STEP, round(wide * scale)), max(_STEP, round(high * scale)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = picture if size == (wide, high) else cv2.resize(picture, size, interpolation=way)
        found: list[Strip] = []
        for left, top, right, bottom in _bands(np.asarray(small)):
            marks = self._marks(np.asarray(small[top:bottom, left:right]))
            found += _strips(marks, (left, top), (wide / size[0], high / size[1]))
        return sorted(found, key=lambda strip: (strip.y, strip.x))

    def _marks(self, part: Picture) -> NDArray[np.float32]:
        """Return how strongly each pixel is marked, of the size of the part."""
        import cv2

        high, wide = part.shape[:2]
        down, across = -high % _STEP, -wide % _STEP
        grown: Any = cv2.copyMakeBorder(part, 0, down, 0, across, cv2.BORDER_REPLICATE)
        grey = grown.ndim == 2
        grown = np.repeat(grown[:, :, None], 3, axis=2) if grey else grown[:, :, ::-1]
        seen = grown.astype(np.float32)
        seen *= 2 / 255
        seen -= 1
        given = np.ascontiguousarray(seen.transpose(2, 0, 1)[None])
        marks = self._session.run(None, {self._input: given})[0][0, 0]
        return np.asarray(marks[:high, :wide], dtype=np.float32)


def _bands(picture: Picture) -> Iterator[tuple[int, int, int, int]]:
    """Yield the parts of a page that hold anything: left, top, right, bottom.

    Paper is even; a row is blank where no pixel differs much from those beside it. Pages full of
    noise have no blank rows, and are seen as a whole.
    """
    import cv2

    grey: Any = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    square = np.ones((3, 3), np.uint8)
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, square) > 24
    rows, columns = np.flatnonzero(edges.any(axis=1)), np.flatnonzero(edges.any(axis=0))
    if not len(rows):
        return
    high, wide = grey.shape
    left = max(0, int(columns[0]) - _BLANK // 2)
    right = min(wide, int(columns[-1]) + 1 + _BLANK // 2)
    cuts = np.flatnonzero(np.diff(rows) > _BLANK)
    starts = [int(rows[0]), *(int(rows[i + 1]) for i in cuts)]
    ends = [*(int(rows[i]) + 1 for i in cuts), int(rows[-1]) + 1]
    top, last = starts[0], ends[0]
    for start, end in zip(starts[1:], ends[1:], strict=True):
        # Blank paper between two parts is seen only if that is cheaper than its own margins.
        if end - top > _BAND or start - last > 4 * _BLANK:
            yield left, max(0, top - _BLANK // 2), right, min(high, last + _BLANK // 2)
            top = start
        last = end
    yield left, max(0, top - _BLANK // 2), right, min(high, last + _BLANK // 2)


def _strips(
    marks: NDArray[np.float32], corner: tuple[int, int], scale: tuple[float, float]
) -> Iterator[Strip]:
    """Yield the lines that marks form."""
    import cv2

    core = cv2.dilate((marks > _MARKED).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(core, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines[:_MOST_LINES]:
        (x, y), (one, two), angle = cv2.minAreaRect(outline)
        if min(one, two) < 3:
            continue
        sure = _mean_within(marks, ((x, y), (one, two), angle))
        if sure < _SURE:
            continue
        # The side nearest to level is the one that print runs along.
        angle = (angle + 45) % 180 - 45
        if angle > 45:
            angle, one, two = angle - 90, two, one
        grown = one * two * _SHRUNK / (2 * (one + two))
        yield Strip(
            (x + corner[0]) * scale[0],
            (y + corner[1]) * scale[1],
            (one + 2 * grown) * scale[0],
            (two + 2 * grown) * scale[1],
            angle,
            sure,
        )


def _mean_within(marks: NDArray[np.float32], rectangle: Any) -> float:
    """Return the mean of the marks in a rectangle that may be askew."""
    import cv2

    corners = cv2.boxPoints(rectangle)
    high, wide = marks.shape
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (wide - 1, high - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, (wide - 1, high - 1)).astype(int)
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [np.round(corners - (left, top)).astype(np.int32)], 1)
    part = np.ascontiguousarray(marks[top : bottom + 1, left : right + 1])
    return float(cv2.mean(part, mask)[0])


def height_of_print(picture: Picture, least: int = 8) -> float | None:
    """Return the usual height of small letters in pixels; None where there are too few letters.

    Taken from connected dark spots of the shape of letters.

    Args:
        picture: greys or RGB.
        least: how many letters there must be.
    """
    import cv2

    share = min(1.0, math.sqrt(_LOOKED_AT / (picture.shape[0] * picture.shape[1])))
    seen: Any = picture
    if share < 1:
        seen = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    grey: Any = seen if seen.ndim == 2 else cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY)
    wide = max(15, round(max(grey.shape) / 60)) | 1
    ink = cv2.adaptiveThreshold(
        grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, wide, 20
    )
    _, _, told, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    across, down = told[1:, cv2.CC_STAT_WIDTH], told[1:, cv2.CC_STAT_HEIGHT]
    filled = told[1:, cv2.CC_STAT_AREA] / np.maximum(across * down, 1)
    letters = (down >= 4) & (across >= 3) & (down < max(grey.shape) / 12)
    letters &= (across < 2.5 * down) & (down < 5 * across) & (filled > 0.15) & (filled < 0.95)
    heights = down[letters]
    return float(np.percentile(heights, 40)) / share if len(heights) >= least else None
