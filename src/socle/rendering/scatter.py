"""The chart of quality against cost, with the front that no candidate beats on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from socle.rendering.charts import Mark, beyond
from socle.rendering.numbers import amount, score
from socle.rendering.placing import Box, Placed, place, shorten, text_width
from socle.rendering.scales import Scale, around
from socle.rendering.svg import NARROW, SIZE, Drawing, Point, y_axis

_LINE = 14.0
_ARROWS = 26.0
"""Pixels below the scale for the marks that are off it."""
_NAMED = 10
"""Marks up to which names may stand on the chart itself."""


@dataclass(frozen=True)
class _Field:
    """The scales of a chart, and where marks that are off them stand."""

    xs: Scale
    ys: Scale
    free: float | None
    """The place on the axis of those that cost nothing, if any does."""
    off: set[int]
    """The marks below the chart."""

    def point(self, i: int, mark: Mark) -> Point:
        """Return where the mark of that place in the list is drawn."""
        x = self.xs(mark.cost) if mark.cost > 0 or self.free is None else self.free
        return x, self.ys.range[0] + _ARROWS / 2 if i in self.off else self.ys(mark.value)


def against_cost(
    marks: Sequence[Mark], front: Sequence[str], titles: tuple[str, str], width: float
) -> Drawing:
    """Draw quality against cost on a logarithmic axis, and the front that nobody beats on both.

    A quality far below all others is an arrow at the lower edge, a cost of zero stands at the left
    edge. Names that find no room become numbers, and a list below.

    Args:
        marks: the value is the quality.
        front: names of the marks on the Pareto front.
        titles: of the cost and of the quality.
        width: of the drawing.
    """
    left, right, top = 46.0, width - 14.0, 34.0
    bottom = top + (280.0 if width <= NARROW else 330.0)
    field = _field(marks, (left, right), (bottom, top))
    points = [field.point(i, m) for i, m in enumerate(marks)]
    stairs = _stairs([p for m, p in zip(marks, points, strict=True) if m.name in front], right)
    room = Box(left + 2, top - 6, right - left + 10, bottom - top + 4)
    names = [f"{m.name} {score(m.value)}" if i in field.off else m.name
             for i, m in enumerate(marks)]  # fmt: skip
    labels, placed = _labels(marks, names, points, stairs, room)
    listed = labels != names
    drawing = Drawing(width, bottom + 48 + (18.0 * len(marks) + 10 if listed else 0))
    _frame(drawing, field, titles)
    drawing.path(stairs, "front")
    for i, (mark, point) in enumerate(zip(marks, points, strict=True)):
        if mark.ends and i not in field.off:
            ends = field.ys(mark.ends[0]), field.ys(mark.ends[1])
            drawing.line((point[0], ends[0]), (point[0], ends[1]), "stem")
    for i, (mark, point) in enumerate(zip(marks, points, strict=True)):
        _marked(drawing, mark, point, i in field.off, titles[0])
    for mark, label, point, spot in zip(marks, labels, points, placed, strict=True):
        if spot:
            _labelled(drawing, mark, label, point, spot)
    if listed:
        _listed(drawing, marks, bottom + 62)
    return drawing


def _field(marks: Sequence[Mark], across: Point, down: Point) -> _Field:
    costs = [m.cost for m in marks if m.cost > 0] or [1.0]
    free = any(m.cost <= 0 for m in marks)
    low, high = min(costs) / (12 if free else 1.6), max(costs) * 1.6
    off = beyond(marks)
    values = [e for i, m in enumerate(marks) if i not in off for e in (*(m.ends or ()), m.value)]
    # The arrows of marks that are off the scale stand between it and the axis.
    ys = Scale(around(values, 0.04), (down[0] - (_ARROWS if off else 0), down[1]))
    xs = Scale((low, high), across, logarithmic=True)
    return _Field(xs, ys, across[0] + 14 if free else None, off)


def _marked(drawing: Drawing, mark: Mark, point: Point, off: bool, cost: str) -> None:
    tip = f"{mark.name}: {score(mark.value)}, {cost} {amount(mark.cost)}"
    if not off:
        drawing.mark(point, 5.5, mark.kind, tip=tip)
        return
    x, y = point
    drawing.path([(x, y + 5), (x - 5, y - 4), (x + 5, y - 4)], mark.kind, closed=True)


def _labels(
    marks: Sequence[Mark],
    names: list[str],
    points: Sequence[Point],
    stairs: Sequence[Point],
    room: Box,
) -> tuple[list[str], list[Placed | None]]:
    """Return names with their places, or numbers where the names find no room."""
    lines = list(pairwise(stairs))
    long = any(text_width(name, SIZE) > room.width * 0.45 for name in names)
    if len(marks) <= _NAMED and not long:
        placed = _in_order(marks, points, names, room, lines)
        if all(placed):
            return names, placed
    numbers = [str(i + 1) for i in range(len(marks))]
    return numbers, _in_order(marks, points, numbers, room, lines)


def _in_order(
    marks: Sequence[Mark],
    points: Sequence[Point],
    labels: Sequence[str],
    room: Box,
    lines: Sequence[tuple[Point, Point]],
) -> list[Placed | None]:
    """Place the labels of the story first."""
    order = sorted(range(len(marks)), key=lambda i: marks[i].tone == "other")
    sizes = [(text_width(labels[i], SIZE) * (1.08 if marks[i].tone != "other" else 1) + 4, _LINE)
             for i in order]  # fmt: skip
    spots = place([points[i] for i in order], sizes, room, lines)
    found: list[Placed | None] = [None] * len(marks)
    for i, spot in zip(order, spots, strict=True):
        found[i] = spot
    return found


def _stairs(points: Sequence[Point], right: float) -> list[Point]:
    """Return the steps of a front through points: what the best quality is up to each cost."""
    steps: list[Point] = []
    for x, y in sorted(points):
        if steps:
            if y >= steps[-1][1]:
                continue
            steps.append((x, steps[-1][1]))
        steps.append((x, y))
    return [*steps, (right, steps[-1][1])] if steps else []


def _frame(drawing: Drawing, field: _Field, titles: tuple[str, str]) -> None:
    left, right = field.xs.range
    bottom, top = field.ys.range
    y_axis(drawing, field.ys, (left, right), 5)
    bottom += _ARROWS if field.off else 0
    edge = (field.free or left) + (24 if field.free else 0)
    for tick in field.xs.ticks(6 if right > NARROW else 4):
        x = field.xs(tick)
        if x >= edge:
            drawing.text((x, bottom + 17), f"{tick:,g}", "tick", "middle")
            drawing.line((x, bottom), (x, bottom + 5), "axis")
    if field.free is not None:
        drawing.text((field.free, bottom + 17), "0", "tick", "middle")
    drawing.line((left, bottom), (right, bottom), "axis")
    drawing.text((2, top - 18), f"{titles[1]} ↑", "axis-title")
    drawing.text((right, bottom + 36), f"{titles[0]} (log scale) →", "axis-title", "end")


def _labelled(drawing: Drawing, mark: Mark, label: str, point: Point, spot: Placed) -> None:
    box = spot.box
    if spot.far:
        x = min(max(point[0], box.x), box.x + box.width)
        y = min(max(point[1], box.y + 2), box.y + box.height - 2)
        drawing.line(point, (x, y), "leader")
    drawing.text((box.x + 2, box.y + 11), label, f"name halo {mark.tone}")


def _listed(drawing: Drawing, marks: Sequence[Mark], top: float) -> None:
    right = min(drawing.width, 480.0)
    drawing.text((right - 52, top - 12), "quality", "note", "end")
    drawing.text((right - 2, top - 12), "cost", "note", "end")
    for i, mark in enumerate(marks):
        y = top + 18 * i + 4
        drawing.text((18, y), str(i + 1), f"name {mark.tone}", "end")
        drawing.text((26, y), shorten(mark.name, right - 126, SIZE), f"name {mark.tone}")
        drawing.text((right - 52, y), score(mark.value), f"value {mark.tone}", "end")
        drawing.text((right - 2, y), amount(mark.cost), f"value {mark.tone}", "end")
