"""Charts on a grid: the confusion matrix, and probes before and after an adaptation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from socle.rendering.placing import Box, broken, shorten, text_width
from socle.rendering.scales import Scale, around
from socle.rendering.svg import NARROW, SIZE, Drawing, x_axis

_SMALL = 11.0


def matrix(labels: Sequence[str], counts: Sequence[Sequence[int]], width: float) -> Drawing:
    """Draw how often each label (down) was answered with each label (across).

    The shade is the share of the line; the right answers have a colour of their own. With many
    labels the drawing is wider than asked, and scrolls.

    Args:
        labels: of the lines and of the columns.
        counts: one line for each label.
        width: to keep to where cells stay large enough to see.
    """
    n = len(labels)
    room = 96.0 if width <= NARROW else 150.0
    longest = max((text_width(label, SIZE) for label in labels), default=0.0)
    left = min(longest, room) + 12
    head = min(longest, room if width > NARROW else 84.0) + 34
    cell = min(46.0, max(17.0, (width - left - 4) / max(n, 1)))
    whole = left + n * cell + 4
    drawing = Drawing(whole, head + n * cell + 6, rigid=whole > width)
    drawing.text((2, 13), "answered →", "axis-title")
    drawing.text((2, head - 8), "true ↓", "axis-title")
    for i, label in enumerate(labels):
        at = left + cell * (i + 0.5) + 4
        drawing.upright((at, head - 6), shorten(label, head - 34 + 12, SIZE), "tick")
        drawing.text(
            (left - 6, head + cell * (i + 0.5) + 4), shorten(label, left - 12, SIZE), "tick", "end"
        )
    for i, line in enumerate(counts):
        total = sum(line) or 1
        for j, count in enumerate(line):
            box = Box(left + cell * j, head + cell * i, cell - 1.5, cell - 1.5)
            tip = f"{labels[i]} answered as {labels[j]}: {count:,} of {total:,}"
            _cell(drawing, box, (count, total, i == j), tip)
    return drawing


def _cell(drawing: Drawing, box: Box, found: tuple[int, int, bool], tip: str) -> None:
    count, total, right = found
    share = count / total
    drawing.rectangle(box, "empty")
    if not count:
        return
    # The square root lets rare confusions be seen at all.
    drawing.rectangle(box, "right" if right else "wrong", max(0.08, share**0.5), tip)
    text = f"{count:,}"
    if text_width(text, _SMALL) <= box.width - 1:
        deep = "cell deep" if share**0.5 > 0.55 else "cell"
        at = box.x + box.width / 2, box.y + box.height / 2 + 3.5
        drawing.text(at, text, deep, "middle")


@dataclass(frozen=True)
class Change:
    """A probe's accuracy before and after, and with a probe learnt anew on what came out."""

    name: str
    before: float
    after: float
    refitted: float | None = None

    @property
    def extent(self) -> list[float]:
        """Every value that a chart of it must have room for."""
        return [v for v in (self.before, self.after, self.refitted) if v is not None]


def changes(
    probes: Sequence[Change], slot: int, ends: tuple[float, float], width: float
) -> Drawing:
    """Draw from where to where each probe went.

    Args:
        probes: at least one.
        slot: the number of the colour.
        ends: the least and the greatest value, so that several such charts share a scale.
        width: of the drawing.
    """
    phone = width <= NARROW
    left = 8.0 if phone else min(max(text_width(p.name, SIZE) for p in probes), 230.0) + 18
    right, top, step = width - 16.0, 34.0, 40.0 if phone else 30.0
    foot = top + step * len(probes) + 4
    drawing = Drawing(width, foot + 26)
    scale = Scale(around(ends, 0.05), (left, right))
    _key(drawing, slot, any(p.refitted is not None for p in probes))
    x_axis(drawing, scale, (top, foot), 4 if phone else 6)
    for i, p in enumerate(probes):
        y = top + step * i + (27 if phone else step / 2)
        if phone:
            drawing.text((left, y - 11), shorten(p.name, right - left, SIZE), "name")
        else:
            lines = broken(p.name, left - 18, SIZE)
            for j, line in enumerate(lines):
                at = y + 4 + 14 * (j - (len(lines) - 1) / 2)
                drawing.text((left - 14, at), line, "name", "end")
        drawing.line((scale(p.before), y), (scale(p.after), y), f"line s{slot}")
        if p.refitted is not None:
            drawing.mark((scale(p.refitted), y), 4, "mark other", 2, f"refitted {p.refitted:.3f}")
        drawing.mark((scale(p.before), y), 4.5, "mark other hollow", 0, f"before {p.before:.3f}")
        drawing.mark((scale(p.after), y), 4.5, f"mark s{slot}", 0, f"after {p.after:.3f}")
    return drawing


def _key(drawing: Drawing, slot: int, refitted: bool) -> None:
    parts = [("before", "mark other hollow", 0), ("after", f"mark s{slot}", 0)]
    parts += [("after, probe learnt anew", "mark other", 2)] if refitted else []
    x = 8.0
    for text, kind, shape in parts:
        drawing.mark((x, 12), 4.5, kind, shape)
        drawing.text((x + 10, 16), text, "note")
        x += text_width(text, SIZE) + 30
