"""Draw ten years of language models: parameters against years, with the bases on this machine.

The milestones and their sources stand in `milestones.csv`: those of the group `largest` were the
largest published, or close to it, when they came; the others show what else one can start from.
"""

from __future__ import annotations

import csv
import importlib.util
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socle.bases import Base
from socle.errors import MissingExtraError, UsageError
from socle.files import write_atomically

_TABLE = Path(__file__).with_name("milestones.csv")
_FORMATS = (".svg", ".png", ".pdf")
# Okabe and Ito's colours, told apart by every kind of colour vision.
_LARGEST, _SMALLER, _HERE = "#0072B2", "#8C8C8C", "#D55E00"
_INK = "#333333"
_TURN = 2021.1
"""Growth slowed here: one straight line does not fit both sides."""
_ABOVE, _BELOW = 4e12, 1.1e7
_OFFSETS = ((7, 0), (-7, 0), (0, 9), (0, -9), (7, 9), (7, -9), (-7, 9), (-7, -9))


@dataclass(frozen=True)
class Milestone:
    """One published model: its month as a decimal year, its parameters, where they are stated."""

    model: str
    year: float
    parameters: int
    group: str
    source: str


def milestones() -> tuple[Milestone, ...]:
    """Return the table of milestones, oldest first."""
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        rows = [_milestone(row) for row in csv.DictReader(stream)]
    return tuple(sorted(rows, key=lambda m: m.year))


def growth(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return (a, b) of the straight line log10(parameters) = a + b * year, by least squares."""
    years = [year for year, _ in points]
    sizes = [math.log10(parameters) for _, parameters in points]
    middle, height = sum(years) / len(years), sum(sizes) / len(sizes)
    spread = sum((year - middle) ** 2 for year in years)
    slope = sum((x - middle) * (y - height) for x, y in zip(years, sizes, strict=True)) / spread
    return height - slope * middle, slope


def readable(parameters: int) -> str:
    """Return a number of parameters as people say it: `118 M`, `1.7 B`, `1.6 T`; `?` for 0."""
    rounded = float(f"{parameters:.3g}")
    for limit, unit in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if rounded >= limit:
            return f"{rounded / limit:.3g} {unit}"
    return f"{parameters:,}" if parameters else "?"


def draw(path: Path, here: Sequence[Base]) -> None:
    """Write the plot to `path`, as the ending says: .svg, .png or .pdf.

    Args:
        path: where to write.
        here: the bases to mark; those without year or parameters are left out.

    Raises:
        UsageError: the ending is none of these.
        MissingExtraError: matplotlib is not installed.
        ResourceError: the place cannot be written.
    """
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(
            f"A plot cannot be written as {path.name!r}.", f"End it in {', '.join(_FORMATS)}."
        )
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("matplotlib", "plot")
    import io

    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "socle", "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(10, 6.2), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _fill(axes, [base for base in here if base.year and base.parameters])
        quiet = {"Date": None} if path.suffix.lower() == ".svg" else None
        figure.savefig(buffer, format=path.suffix[1:].lower(), dpi=110, metadata=quiet)
    write_atomically(path, buffer.getvalue())


def _milestone(row: dict[str, str]) -> Milestone:
    year, month = row["month"].split("-")
    return Milestone(
        row["model"],
        int(year) + (int(month) - 0.5) / 12,
        int(row["parameters"]),
        row["group"],
        row["source"],
    )


def _fill(axes: Any, here: Sequence[Base]) -> None:
    known = milestones()
    _frame(axes)
    largest = [(m.year, float(m.parameters)) for m in known if m.group == "largest"]
    _trend(axes, [point for point in largest if point[0] <= _TURN])
    _trend(axes, [point for point in largest if point[0] >= _TURN - 0.1])
    labels = []
    for m in known:
        colour = _LARGEST if m.group == "largest" else _SMALLER
        axes.plot(m.year, m.parameters, "o", color=colour, markersize=5, zorder=3)
        labels.append((m.year, float(m.parameters), m.model, colour, False))
    for base, year in zip(here, _spread(here), strict=True):
        axes.plot(
            year, base.parameters, "D", color=_HERE, markersize=8, markeredgecolor="white", zorder=5
        )
        labels.append((year, float(base.parameters), base.name, _HERE, True))
    _legend(axes, bool(here))
    _place(axes, sorted(labels, key=lambda label: not label[4]))


def _spread(here: Sequence[Base]) -> list[float]:
    """Return where in its year each base stands: the record knows the year only, so evenly."""
    alike = {base.year: sorted(b.name for b in here if b.year == base.year) for base in here}
    return [
        base.year + (alike[base.year].index(base.name) + 1) / (len(alike[base.year]) + 1)
        for base in here
    ]


def _frame(axes: Any) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    axes.set_yscale("log")
    axes.set_ylim(_BELOW, _ABOVE)
    axes.set_xlim(2017.8, 2027.2)
    axes.set_xticks(range(2018, 2028), [str(year) for year in range(2018, 2028)])
    axes.set_yticks([10**power for power in range(8, 13)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: readable(round(value))))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, colors=_INK, labelsize=9)
    axes.set_title(
        "Parameters of published language models", loc="left", color=_INK, fontsize=13, pad=26
    )


def _trend(axes: Any, points: Sequence[tuple[float, float]]) -> None:
    height, slope = growth(points)
    ends = [points[0][0], points[-1][0]]
    axes.plot(
        ends,
        [10 ** (height + slope * year) for year in ends],
        color=_LARGEST,
        alpha=0.22,
        linewidth=9,
        solid_capstyle="round",
        zorder=1,
        label=f"×{10**slope:.2g} a year, {int(ends[0])} to {int(ends[1])}",
    )


def _legend(axes: Any, marked: bool) -> None:
    trends = [line.get_label() for line in axes.lines if str(line.get_label()).startswith("×")]
    parts = [
        ("among the largest when published  (" + "; ".join(trends) + ")", _LARGEST),
        ("others", _SMALLER),
    ]
    if marked:
        parts.append(("on this machine", _HERE))
    from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

    words: list[Any] = [
        TextArea(
            f"{'◆' if colour == _HERE else '●'} {text}", textprops={"color": colour, "size": 9}
        )
        for text, colour in parts
    ]
    box = AnchoredOffsetbox(
        loc="lower left",
        child=HPacker(children=words, pad=0, sep=14),
        frameon=False,
        bbox_to_anchor=(-0.008, 1.0),
        bbox_transform=axes.transAxes,
    )
    axes.add_artist(box)


def _place(axes: Any, labels: Sequence[tuple[float, float, str, str, bool]]) -> None:
    """Write each label beside its point, where it covers neither a point nor another label."""
    figure = axes.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    taken = [_dot(axes, x, y) for x, y, *_ in labels]
    inside = axes.get_window_extent(renderer)
    for x, y, text, colour, strong in labels:
        best = None
        for scale in (1.0, 2.0, 3.2, 4.5):
            for dx, dy in _OFFSETS:
                note = _write(axes, (x, y), text, (dx * scale, dy * scale), colour, strong)
                box = note.get_window_extent(renderer).expanded(1.02, 1.08)
                fits = inside.x0 <= box.x0 and box.x1 <= figure.bbox.x1 - 4
                if fits and not any(box.overlaps(other) for other in taken):
                    best = box
                    break
                note.remove()
            if best is not None:
                break
        if best is not None:
            taken.append(best)


def _dot(axes: Any, x: float, y: float) -> Any:
    from matplotlib.transforms import Bbox

    px, py = axes.transData.transform((x, y))
    return Bbox.from_bounds(px - 5, py - 5, 10, 10)


def _write(
    axes: Any,
    at: tuple[float, float],
    text: str,
    by: tuple[float, float],
    colour: str,
    strong: bool,
) -> Any:
    dx, dy = by
    far = math.hypot(dx, dy) > 13
    return axes.annotate(
        text,
        at,
        xytext=by,
        textcoords="offset points",
        ha="left" if dx > 0 else "right" if dx < 0 else "center",
        va="bottom" if dy > 0 else "top" if dy < 0 else "center",
        color=colour if strong else _INK if colour == _LARGEST else "#6B6B6B",
        fontsize=9,
        fontweight="bold" if strong else "normal",
        arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkB": 4}
        if far
        else None,
        zorder=6,
    )
