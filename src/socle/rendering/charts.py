"""Charts with one line for each candidate: values with their whiskers, and differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from socle.rendering.numbers import score, signed
from socle.rendering.placing import Box, broken, shorten, text_width
from socle.rendering.scales import Scale, around, cut_below
from socle.rendering.svg import NARROW, SIZE, Drawing, Point, x_axis

_LINE = 14.0
"""Pixels from one line of text to the next."""
_VALUES = 150.0
"""Room for the values right of a wide chart."""


@dataclass(frozen=True)
class Mark:
    """A candidate on a chart."""

    name: str
    value: float
    ends: tuple[float, float] | None = None
    """The interval of the value."""
    seeds: Sequence[float] = ()
    """The value of each seed."""
    tone: str = "other"
    """A class of `style.css`: chosen, winner, other, or a sign."""
    hollow: bool = False
    cost: float = 0.0
    """Where it lies from left to right, on a chart of quality against cost."""

    @property
    def kind(self) -> str:
        """The style class of its mark."""
        return f"mark {self.tone}{' hollow' if self.hollow else ''}"

    @property
    def extent(self) -> tuple[float, ...]:
        """Every value that a chart of it must have room for."""
        return (*(self.ends or ()), self.value, *self.seeds)


def beyond(marks: Sequence[Mark]) -> set[int]:
    """Return the places of the marks so far below the others that they would press them flat."""
    least = cut_below(m.value for m in marks)
    return {i for i, m in enumerate(marks) if m.value < least}


def dots(marks: Sequence[Mark], width: float, near: float | None = None) -> Drawing:
    """Draw values with their intervals, one line each, in the order given.

    A value far below all others is an arrow at the left edge.

    Args:
        marks: at least one.
        width: of the drawing; a narrow one has the names above their lines.
        near: how far below the best value the test can tell no difference; shaded.
    """
    phone = width <= NARROW
    left, right = _columns([m.name for m in marks], 280.0, width)
    step, top = (42.0, 22.0) if phone else (32.0, 24.0)
    foot = top + step * len(marks) + 4
    drawing = Drawing(width, foot + 26)
    off = beyond(marks)
    scale = Scale(
        around(e for i, m in enumerate(marks) if i not in off for e in m.extent), (left, right)
    )
    best = max(m.value for m in marks)
    if near:
        _shade(drawing, (max(scale(best - near), left), scale(best)), (top - 4, foot))
    x_axis(drawing, scale, (top, foot), 4 if phone else 6)
    for i, mark in enumerate(marks):
        y = top + step * i + (30 if phone else step / 2)
        if i in off:
            drawing.path([(left, y), (left + 9, y - 5), (left + 9, y + 5)], mark.kind, closed=True)
        else:
            _whisker(drawing, scale, y, mark)
        if phone:
            _above(drawing, mark, (2, y - 13), width - 2)
        else:
            _named(drawing, mark, (left - 14, y), left - 16)
            drawing.text((right + 14, y + 4), score(mark.value), f"value {mark.tone}")
            drawing.text((right + 52, y + 4), _range(mark), "note")
    return drawing


def differences(marks: Sequence[Mark], words: Sequence[str], width: float) -> Drawing:
    """Draw differences around zero, with a word for what each says.

    Args:
        marks: the value is the difference, the tone `positive`, `null` or `negative`.
        words: one for each.
        width: of the drawing.
    """
    phone = width <= NARROW
    left, right = _columns([m.name for m in marks], 290.0, width)
    step, top = (42.0, 12.0) if phone else (30.0, 12.0)
    foot = top + step * len(marks) + 4
    drawing = Drawing(width, foot + 26)
    scale = Scale(around((0.0, *(e for m in marks for e in m.extent)), within=False), (left, right))
    x_axis(drawing, scale, (top, foot), 4 if phone else 6)
    drawing.line((scale(0), top - 6), (scale(0), foot), "zero")
    for i, (mark, word) in enumerate(zip(marks, words, strict=True)):
        y = top + step * i + (30 if phone else step / 2)
        _whisker(drawing, scale, y, mark)
        told = f"{signed(mark.value)} {word}"
        if phone:
            name = shorten(mark.name.replace("\n", " "), width - text_width(told, SIZE) - 18, SIZE)
            drawing.text((2, y - 13), name, "name halo")
            drawing.text((width - 2, y - 13), told, f"value halo {mark.tone}", "end")
        else:
            _named(drawing, mark, (left - 14, y), left - 16)
            drawing.text((right + 14, y + 4), told, f"value {mark.tone}")
    return drawing


def _columns(names: Sequence[str], most: float, width: float) -> tuple[float, float]:
    """Return the left and the right edge of the field where marks lie."""
    if width <= NARROW:
        return 16.0, width - 16.0
    # Some names are bold.
    return min(max(1.08 * text_width(name, SIZE) for name in names), most) + 20, width - _VALUES


def _shade(drawing: Drawing, ends: Point, heights: Point) -> None:
    top, foot = heights
    drawing.rectangle(Box(ends[0], top, ends[1] - ends[0], foot - top), "shade")
    note = "nearer than this test reliably detects"
    half = text_width(note, SIZE - 1) / 2
    at = min(max((ends[0] + ends[1]) / 2, half + 2), drawing.width - half - 2)
    drawing.text((at, top - 6), note, "note", "middle")


def _whisker(drawing: Drawing, scale: Scale, y: float, mark: Mark) -> None:
    if mark.ends:
        low, high = scale(mark.ends[0]), scale(mark.ends[1])
        drawing.line((low, y), (high, y), f"whisker {mark.tone}")
        for x in (low, high):
            drawing.line((x, y - 4), (x, y + 4), f"whisker {mark.tone}")
    for value in mark.seeds if len(set(mark.seeds)) > 1 else ():
        drawing.line((scale(value), y + 6), (scale(value), y + 11), f"seed {mark.tone}")
    drawing.mark((scale(mark.value), y), 5, mark.kind)


def _range(mark: Mark) -> str:
    return f"{score(mark.ends[0])}–{score(mark.ends[1])}" if mark.ends else ""


def _above(drawing: Drawing, mark: Mark, at: Point, right: float) -> None:
    brief = score(mark.value)
    full = f"{brief} ({_range(mark)})" if mark.ends else brief
    room = right - at[0] - 12
    fits = text_width(mark.name, SIZE) + text_width(full, SIZE) <= room
    told = full if fits else brief
    name = shorten(mark.name, room - text_width(told, SIZE), SIZE)
    drawing.text(at, name, f"name halo {mark.tone}")
    drawing.text((right, at[1]), told, f"value halo {mark.tone}", "end")


def _named(drawing: Drawing, mark: Mark, at: Point, room: float) -> None:
    lines = broken(mark.name, room, SIZE)
    for i, line in enumerate(lines):
        y = at[1] + 4 + _LINE * (i - (len(lines) - 1) / 2)
        drawing.text((at[0], y), line, f"name {mark.tone}", "end")
