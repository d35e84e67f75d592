"""Where labels go so that none covers another; how wide a text is without asking a browser."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTHS = {
    0.24: "ijl'|.,:;!I",
    0.31: ' ()[]{}/\\-tfr"`·',
    0.5: "ckszxyvJ*^_",
    0.7: "ABCDEGHKNOPQRSUVXYw&",
    0.86: "mM%",
    0.98: "W@…—",
}
_WIDTH = {char: width for width, chars in _WIDTHS.items() for char in chars}
_SAFETY = 1.05
"""Fonts differ: what Helvetica sets in 100 takes others up to 105."""
_RINGS = (5.0, 9.0, 14.0, 21.0, 30.0, 42.0, 56.0, 75.0, 100.0, 130.0)
_ANGLES = tuple(math.tau * i / 16 for i in (0, 8, 12, 4, 14, 2, 10, 6, 15, 1, 9, 7, 13, 3, 11, 5))


@dataclass(frozen=True)
class Box:
    """A rectangle: its upper left corner and its sides."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Return whether two boxes share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def holds(self, other: Box) -> bool:
        """Return whether a box lies wholly within this one."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


@dataclass(frozen=True)
class Placed:
    """A label that has found room, and whether it needs a line to its point."""

    box: Box
    far: bool


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is in a sans-serif font of so many pixels."""
    return _SAFETY * size * sum(map(_advance, text))


def _advance(char: str) -> float:
    known = _WIDTH.get(char)
    if known is not None:
        return known
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn"):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.2 if ord(char) > 0x1F000 else 1.0
    return 0.57


def shorten(text: str, width: float, size: float) -> str:
    """Return a text cut in its middle, where endings tell names apart, to fit a width."""
    if text_width(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        head = (kept + 1) // 2
        cut = f"{text[:head].rstrip()}…{text[len(text) - (kept - head) :].lstrip()}"
        if text_width(cut, size) <= width:
            return cut
    return "…"


def broken(text: str, width: float, size: float) -> list[str]:
    """Return a name on one line, or on two where it is too long.

    It is cut where it has a line break, or after its dot, or else near its middle.
    """
    whole = text.replace("\n", " ")
    if text_width(whole, size) <= width:
        return [whole]
    head, dot, tail = text.partition("\n" if "\n" in text else " · ")
    if dot:
        return [shorten(head, width, size), shorten(tail, width, size)]
    spots = [i + 1 for i, char in enumerate(text[:-1]) if char in " -_/."]
    fits = [i for i in spots if text_width(text[:i], size) <= width]
    if not fits:
        return [shorten(text, width, size)]
    at = min(fits, key=lambda i: abs(i - len(text) / 2))
    return [text[:at].strip(), shorten(text[at:].strip(), width, size)]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places near the wanted ones, at least `gap` apart and within low..high.

    Neighbours that are too close form a block, which stands where its members wish on average
    (the pool of adjacent violators). Where there is no room for all, the gap shrinks.
    """
    if not wanted:
        return []
    n = len(wanted)
    gap = min(gap, (high - low) / (n - 1)) if n > 1 else gap
    order = sorted(range(n), key=lambda i: wanted[i])
    blocks: list[list[float]] = []
    for rank, i in enumerate(order):
        blocks.append([wanted[i] - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            value, weight = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + value * weight) / (last[1] + weight)
            last[1] += weight
    places = [0.0] * n
    starts = [value for value, weight in blocks for _ in range(int(weight))]
    for rank, i in enumerate(order):
        places[i] = min(max(starts[rank], low), high - (n - 1) * gap) + rank * gap
    return places


def place(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    bounds: Box,
    lines: Sequence[tuple[tuple[float, float], tuple[float, float]]] = (),
    radius: float = 6.0,
) -> list[Placed | None]:
    """Return a box for the label of each point, None where there is no room.

    Greedy, in the order given: on rings around its point each label takes the nearest spot that
    covers no other label and no point; one that crosses fewer of the lines is worth a way.

    Args:
        points: where the marks are.
        sizes: width and height of each label.
        bounds: where labels may lie.
        lines: what labels had better not cross.
        radius: the half side of a mark.
    """
    marks = [Box(x - radius, y - radius, 2 * radius, 2 * radius) for x, y in points]
    taken: list[Box] = []
    found: list[Placed | None] = []
    for (x, y), (width, height) in zip(points, sizes, strict=True):
        best: tuple[float, Placed] | None = None
        for ring in _RINGS:
            if best and best[0] <= ring:
                break
            for turn, angle in enumerate(_ANGLES):
                box = _beside(x, y, radius + ring - 3, angle, (width, height))
                if not bounds.holds(box) or any(map(box.overlaps, (*marks, *taken))):
                    continue
                crossed = sum(_crosses(box, a, b) for a, b in lines)
                cost = ring + 0.1 * turn + 18.0 * crossed
                if best is None or cost < best[0]:
                    best = cost, Placed(box, ring > _RINGS[2])
        found.append(best[1] if best else None)
        if best:
            taken.append(best[1].box)
    return found


def _beside(x: float, y: float, away: float, angle: float, size: tuple[float, float]) -> Box:
    """Return the box that touches the end of a ray from (x, y) with its nearest side."""
    right, down = math.cos(angle), math.sin(angle)
    width, height = size
    left = x + away * right - width * (1 - right) / 2
    return Box(left, y + away * down - height * (1 - down) / 2, width, height)


def _crosses(box: Box, a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Return whether a straight line runs through a box (Liang and Barsky 1984)."""
    start, end = 0.0, 1.0
    dx, dy = b[0] - a[0], b[1] - a[1]
    edges = (
        (-dx, a[0] - box.x),
        (dx, box.x + box.width - a[0]),
        (-dy, a[1] - box.y),
        (dy, box.y + box.height - a[1]),
    )
    for p, q in edges:
        if p == 0:
            if q < 0:
                return False
        elif p < 0:
            start = max(start, q / p)
        else:
            end = min(end, q / p)
    return start < end
