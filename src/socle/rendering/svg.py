"""A small vocabulary to draw with: lines, areas, marks and texts, styled by classes of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from socle.rendering.markup import Markup, escape
from socle.rendering.placing import Box
from socle.rendering.scales import Scale, tick_text

WIDE, NARROW, HALF = 780, 344, 346
"""Widths of drawings in pixels: a screen, a phone, half a screen."""
SIZE = 12.0
"""Height of the letters: pixels at the natural width of a drawing."""
Point = tuple[float, float]
_SHAPES = ("circle", "square", "diamond", "triangle")


@dataclass
class Drawing:
    """A picture being drawn; the origin is its upper left corner."""

    width: float
    height: float
    rigid: bool = False
    """Whether it keeps its size on a narrower screen, and scrolls."""
    pieces: list[str] = field(default_factory=list)

    def line(self, a: Point, b: Point, kind: str) -> None:
        """Draw a straight line."""
        ends = f"x1='{_n(a[0])}' y1='{_n(a[1])}' x2='{_n(b[0])}' y2='{_n(b[1])}'"
        self.pieces.append(f"<line class='{kind}' {ends}/>")

    def path(self, points: Sequence[Point], kind: str, closed: bool = False) -> None:
        """Draw a broken line, or the area within it."""
        if len(points) < 2:
            return
        steps = " L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        self.pieces.append(f"<path class='{kind}' d='M{steps}{'Z' if closed else ''}'/>")

    def rectangle(self, box: Box, kind: str, opacity: float = 1.0, tip: str = "") -> None:
        """Draw a filled rectangle; the tip is what a resting pointer reads."""
        fill = "" if opacity >= 1 else f" fill-opacity='{opacity:.2f}'"
        self.pieces.append(
            f"<rect class='{kind}' x='{_n(box.x)}' y='{_n(box.y)}' width='{_n(max(box.width, 0))}' "
            f"height='{_n(max(box.height, 0))}'{fill}>{_tip(tip)}</rect>"
        )

    def mark(self, at: Point, radius: float, kind: str, shape: int = 0, tip: str = "") -> None:
        """Draw a mark: 0 a circle, 1 a square, 2 a diamond, 3 a triangle, and so on again."""
        x, y = at
        drawn = _SHAPES[shape % len(_SHAPES)]
        if drawn == "circle":
            body = f"<circle class='{kind}' cx='{_n(x)}' cy='{_n(y)}' r='{_n(radius)}'>"
            self.pieces.append(f"{body}{_tip(tip)}</circle>")
            return
        r = radius * (0.9 if drawn == "square" else 1.25)
        corners = {
            "square": ((-r, -r), (r, -r), (r, r), (-r, r)),
            "diamond": ((0, -r), (r, 0), (0, r), (-r, 0)),
            "triangle": ((0, -r), (r, 0.8 * r), (-r, 0.8 * r)),
        }[drawn]
        steps = " L".join(f"{_n(x + dx)} {_n(y + dy)}" for dx, dy in corners)
        self.pieces.append(f"<path class='{kind}' d='M{steps}Z'>{_tip(tip)}</path>")

    def text(self, at: Point, text: str, kind: str = "", anchor: str = "start") -> None:
        """Write a text with its base line at a point, which is its `start`, `middle` or `end`."""
        turned = f" text-anchor='{anchor}'" if anchor != "start" else ""
        classes = f" class='{kind}'" if kind else ""
        self.pieces.append(
            f"<text{classes} x='{_n(at[0])}' y='{_n(at[1])}'{turned}>{escape(text)}</text>"
        )

    def upright(self, at: Point, text: str, kind: str = "") -> None:
        """Write a text that runs upwards from a point."""
        self.pieces.append(
            f"<text class='{kind}' transform='translate({_n(at[0])} {_n(at[1])}) rotate(-90)'>"
            f"{escape(text)}</text>"
        )

    def svg(self, key: str, title: str, summary: str) -> Markup:
        """Return the drawing as SVG that screen readers can name.

        Args:
            key: what makes the identifiers of the page unique.
            title: what it shows.
            summary: what one learns from it, for those who cannot see it.
        """
        ids = f"{key}-{_n(self.width)}"
        body = "\n".join(self.pieces)
        return Markup(
            f"<svg viewBox='0 0 {_n(self.width)} {_n(self.height)}' style='{self._sizes()}' "
            f"role='img' aria-labelledby='{ids}-t {ids}-d'>"
            f"\n<title id='{ids}-t'>{escape(title)}</title>"
            f"<desc id='{ids}-d'>{escape(summary)}</desc>\n{body}\n</svg>"
        )

    def _sizes(self) -> str:
        if self.rigid:
            return f"width:{_n(self.width)}px;max-width:none"
        # A drawing for phones may grow on a larger one, any other is not blown up.
        return f"max-width:{_n(self.width * 1.4 if self.width <= NARROW else self.width)}px"


def x_axis(drawing: Drawing, scale: Scale, ends: tuple[float, float], ticks: int = 5) -> None:
    """Draw light vertical lines at round values, their numbers below.

    Args:
        drawing: what to draw on.
        scale: of the values.
        ends: the upper and the lower end of the lines.
        ticks: about how many.
    """
    found = scale.ticks(ticks)
    for tick in found:
        x = scale(tick)
        drawing.line((x, ends[0]), (x, ends[1]), "grid")
        drawing.text((x, ends[1] + 16), tick_text(tick, found), "tick", "middle")


def y_axis(drawing: Drawing, scale: Scale, ends: tuple[float, float], ticks: int = 5) -> None:
    """Draw light horizontal lines at round values, their numbers to the left."""
    found = scale.ticks(ticks)
    for tick in found:
        y = scale(tick)
        drawing.line((ends[0], y), (ends[1], y), "grid")
        drawing.text((ends[0] - 7, y + 4), tick_text(tick, found), "tick", "end")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-0", "0" if abs(value) < 0.05 else "-0")


def _tip(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""
