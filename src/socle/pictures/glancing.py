"""A first look at a page at low resolution: which of its words can be seen, and what else can.

It costs some ten milliseconds, and tells whether it is worth to look closer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.pages import Page, Word
from socle.readings import Box

_DPI = 75.0
_EDGE = 24
"""Neighbours that differ by more (of 255) are an edge of something."""
_FAINT = 10
"""A place whose pixels differ less than this shows nothing."""
_CODE_SIDE = 18
"""Pixels (6 mm): no printed code is smaller."""
_CODE_FILLED = 0.45
"""Share of a code's place that edges fill at least."""


@dataclass(frozen=True)
class Glance:
    """What a first look tells.

    Attributes:
        seen: which words show anything where they should stand.
        unexplained: share of the edges of the page where no word stands.
        patches: places without words that are as busy as a printed code, in the page's unit.
    """

    seen: NDArray[np.bool_]
    unexplained: float
    patches: tuple[Box, ...]


def glance(page: Page) -> Glance | None:
    """Return what a first look at a page tells; None for a page that cannot be drawn."""
    if page.render is None:
        return None
    import cv2

    picture = page.render(_DPI)
    grey: Any = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    high, wide = grey.shape
    scale = (wide / page.width, high / page.height)
    square = np.ones((3, 3), np.uint8)
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, square)
    boxes = [_pixels(word, scale, (wide, high)) for word in page.words]
    seen = [
        x0 < x1 and y0 < y1 and int(edges[y0:y1, x0:x1].max()) > _FAINT for x0, y0, x1, y1 in boxes
    ]
    busy = (edges > _EDGE).astype(np.uint8)
    before = int(busy.sum())
    for x0, y0, x1, y1 in boxes:
        busy[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = 0
    share = float(busy.sum()) / before if before else 0.0
    return Glance(np.array(seen, dtype=np.bool_), share, _patches(busy, scale))


def _pixels(
    word: Word, scale: tuple[float, float], size: tuple[int, int]
) -> tuple[int, int, int, int]:
    left, top, right, bottom = word.box
    x0, y0 = int(left * scale[0]), int(top * scale[1])
    x1, y1 = int(np.ceil(right * scale[0])), int(np.ceil(bottom * scale[1]))
    return max(0, x0), max(0, y0), min(size[0], max(x1, x0 + 1)), min(size[1], max(y1, y0 + 1))


def _patches(busy: NDArray[np.uint8], scale: tuple[float, float]) -> tuple[Box, ...]:
    """Return the busy places, largest first."""
    import cv2

    joined = cv2.morphologyEx(busy, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, told, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    found = []
    for x, y, across, down, area in told[1:].tolist():
        if min(across, down) < _CODE_SIDE or area < _CODE_FILLED * across * down:
            continue
        box = (x / scale[0], y / scale[1], (x + across) / scale[0], (y + down) / scale[1])
        found.append((area, box))
    return tuple(box for _, box in sorted(found, reverse=True))
