"""Charts of lines: learning curves, risk against coverage, drift of layers, reliability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from socle.rendering.placing import Box, shorten, spread, text_width
from socle.rendering.scales import Scale, around, tick_text
from socle.rendering.svg import NARROW, SIZE, Drawing, Point, y_axis


@dataclass(frozen=True)
class Spot:
    """A point of a curve and, where it is known, how far its value may be off."""

    x: float
    y: float
    ends: tuple[float, float] | None = None


@dataclass(frozen=True)
class Series:
    """A named curve, with the part of it that is only foretold."""

    name: str
    slot: int
    """The number of its colour and of its mark."""
    points: Sequence[Spot]
    forecast: Sequence[Spot] = ()


@dataclass(frozen=True)
class Axes:
    """What the axes of a chart of lines are called, and how they run."""

    x: str
    y: str
    logarithmic: bool = False
    x_domain: tuple[float, float] | None = None
    marks: bool = True
    """Whether each point has a mark; without, only the line is drawn."""
    height: float = 290.0


def lines(series: Sequence[Series], axes: Axes, width: float) -> Drawing:
    """Draw curves with their names at their right ends, or below where these are long.

    Args:
        series: at least one, each with at least one point.
        axes: their titles and their kind.
        width: of the drawing.
    """
    longest = max(text_width(s.name, SIZE) for s in series) + 16
    beside = longest < width * (0.32 if width > NARROW else 0.27)
    left, top = 46.0, 34.0
    right, bottom = width - (longest if beside else 16.0), top + axes.height
    below = 0.0 if beside else 18.0 * len(series) + 8
    drawing = Drawing(width, bottom + 46 + below)
    xs, ys = _scales(series, axes, (left + 4, right - 4), (bottom, top))
    y_axis(drawing, ys, (left, right), 6)
    _x_ticks(drawing, xs, axes, (left, right, bottom))
    drawing.text((2, top - 18), axes.y, "axis-title")
    for one in sorted(series, key=lambda s: s.slot, reverse=True):
        _curve(drawing, one, xs, ys, axes)
    if beside:
        _names(drawing, series, (xs, ys), right)
    else:
        _legend(drawing, series, bottom + 58)
    return drawing


def _scales(
    series: Sequence[Series], axes: Axes, across: Point, down: Point
) -> tuple[Scale, Scale]:
    spots = [p for s in series for p in (*s.points, *s.forecast)]
    heights = [v for p in spots for v in (p.y, *(p.ends or ()))]
    xs = [p.x for p in spots if p.x > 0 or not axes.logarithmic]
    domain = axes.x_domain or (min(xs), max(xs))
    if domain[0] == domain[1]:
        domain = (
            (domain[0] * 0.5, domain[0] * 2) if axes.logarithmic else (domain[0] - 1, domain[0] + 1)
        )
    return Scale(domain, across, axes.logarithmic), Scale(around(heights, 0.04), down)


def _x_ticks(drawing: Drawing, xs: Scale, axes: Axes, ends: tuple[float, float, float]) -> None:
    left, right, bottom = ends
    found = xs.ticks(4 if right - left < 400 else 7)
    for tick in found:
        text = f"{tick:,g}" if axes.logarithmic else tick_text(tick, found)
        drawing.line((xs(tick), bottom), (xs(tick), bottom + 5), "axis")
        drawing.text((xs(tick), bottom + 17), text, "tick", "middle")
    drawing.line((left, bottom), (right, bottom), "axis")
    drawing.text((right, bottom + 36), f"{axes.x} →", "axis-title", "end")


def _curve(drawing: Drawing, one: Series, xs: Scale, ys: Scale, axes: Axes) -> None:
    tone = f"s{one.slot}"
    ahead = [*one.points[-1:], *one.forecast] if one.forecast else []
    highs = [(xs(p.x), ys((p.ends or (p.y, p.y))[1])) for p in ahead[1:]]
    lows = [(xs(p.x), ys((p.ends or (p.y, p.y))[0])) for p in ahead[1:]]
    start = [(xs(p.x), ys(p.y)) for p in ahead[:1]]
    drawing.path([*start, *highs, *reversed(lows)], f"band {tone}", closed=True)
    drawing.path([(xs(p.x), ys(p.y)) for p in ahead], f"line ahead {tone}")
    drawing.path([(xs(p.x), ys(p.y)) for p in one.points], f"line {tone}")
    for p in one.points if axes.marks else ():
        if p.ends:
            drawing.line((xs(p.x), ys(p.ends[0])), (xs(p.x), ys(p.ends[1])), f"whisker {tone}")
        drawing.mark((xs(p.x), ys(p.y)), 4, f"mark {tone}", one.slot, f"{one.name}: {p.y:.3f}")


def _names(
    drawing: Drawing, series: Sequence[Series], scales: tuple[Scale, Scale], right: float
) -> None:
    xs, ys = scales
    last = [(s.forecast or s.points)[-1] for s in series]
    places = spread([ys(p.y) for p in last], 15, ys.range[1], ys.range[0])
    for one, p, y in zip(series, last, places, strict=True):
        if abs(y - ys(p.y)) > 20 or right - xs(p.x) > 12:
            drawing.line((xs(p.x) + 6, ys(p.y)), (right + 5, y), "leader")
        drawing.text((right + 8, y + 4), one.name, f"name s{one.slot}")


def _legend(drawing: Drawing, series: Sequence[Series], top: float) -> None:
    for i, one in enumerate(series):
        y = top + 18 * i
        drawing.line((4, y - 4), (24, y - 4), f"line s{one.slot}")
        drawing.mark((14, y - 4), 4, f"mark s{one.slot}", one.slot)
        drawing.text((32, y), shorten(one.name, drawing.width - 36, SIZE), f"name s{one.slot}")


@dataclass(frozen=True)
class Bin:
    """The texts of a range of probability: how sure the model was, how often it was right."""

    confidence: float
    accuracy: float
    count: int


def reliability(bins: Sequence[Bin], slot: int, width: float) -> Drawing:
    """Draw how often answers are right against how sure the model was of them.

    On the diagonal, probabilities mean what they say. The bars below count the texts.
    """
    left, top = 46.0, 34.0
    side = width - left - 14
    bottom, bars = top + side, 44.0
    drawing = Drawing(width, bottom + bars + 54)
    xs, ys = Scale((0, 1), (left, left + side)), Scale((0, 1), (bottom, top))
    y_axis(drawing, ys, (left, left + side), 6)
    drawing.line((xs(0), ys(0)), (xs(1), ys(1)), "diagonal")
    drawing.text((xs(0.03), ys(0.94)), "too modest", "note")
    drawing.text((xs(0.97), ys(0.05)), "too sure", "note", "end")
    drawing.text((2, top - 18), "share that is right ↑", "axis-title")
    shown = [b for b in bins if b.count > 0]
    most = max((b.count for b in shown), default=1)
    drawing.path([(xs(b.confidence), ys(b.accuracy)) for b in shown], f"line s{slot}")
    for b in shown:
        x = xs(b.confidence)
        tip = f"{b.count:,} texts: sure to {b.confidence:.2f}, right {b.accuracy:.2f}"
        drawing.line((x, ys(b.accuracy)), (x, ys(b.confidence)), f"whisker s{slot}")
        drawing.mark((x, ys(b.accuracy)), 3 + 4 * (b.count / most) ** 0.5, f"mark s{slot}", 0, tip)
        high = max(1.0, (bars - 10) * b.count / most)
        drawing.rectangle(Box(x - 6, bottom + bars - high, 12, high), f"bar s{slot}", tip=tip)
    drawing.line((left, bottom + bars), (left + side, bottom + bars), "axis")
    drawing.text((left - 7, bottom + bars - 8), "texts", "tick", "end")
    for tick in xs.ticks(6):
        drawing.text((xs(tick), bottom + bars + 17), f"{tick:g}", "tick", "middle")
    drawing.text((left + side, bottom + bars + 36), "probability it gives →", "axis-title", "end")
    return drawing
