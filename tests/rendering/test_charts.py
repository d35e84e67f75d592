"""Charts are well-formed, name what they show, and stand extremes."""

from __future__ import annotations

import math
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from socle.rendering.charts import Mark, beyond, differences, dots
from socle.rendering.curves import Axes, Bin, Series, Spot, lines, reliability
from socle.rendering.grids import Change, changes, matrix
from socle.rendering.scatter import against_cost
from socle.rendering.svg import NARROW, WIDE, Drawing

LONG = "full · paraphrase-multilingual-minilm-l12-v2"
MARKS = [
    Mark("majority", 0.1, (0.0, 0.2), cost=0.0, hollow=True),
    Mark("classical", 0.84, (0.8, 0.87), cost=0.4, hollow=True),
    Mark("head", 0.86, (0.82, 0.89), (0.85, 0.87), "chosen", cost=3.0),
    Mark(LONG, 1.0, (1.0, 1.0), tone="winner", cost=9.0),
]
MANY = [Mark(f"{LONG} {i}", 0.8 + 0.01 * i, (0.7, 0.95), cost=1.0 + i) for i in range(14)]
CURVE = Series("head", 0, [Spot(8, 0.5, (0.4, 0.6)), Spot(64, 0.7)], [Spot(128, 0.75, (0.7, 0.8))])
TITLES = ("CPU-seconds", "accuracy")

DRAWN: dict[str, Callable[[float], Drawing]] = {
    "dots": lambda w: dots(MARKS, w, 0.03),
    "one dot": lambda w: dots(MARKS[1:2], w),
    "many dots": lambda w: dots(MANY, w),
    "differences": lambda w: differences(MARKS, ["positive"] * 4, w),
    "scatter": lambda w: against_cost(MARKS, ["majority", "head"], TITLES, w),
    "many in a scatter": lambda w: against_cost(MANY, [], TITLES, w),
    "one in a scatter": lambda w: against_cost(MARKS[:1], ["majority"], TITLES, w),
    "curve": lambda w: lines([CURVE], Axes("rows", "accuracy", logarithmic=True), w),
    "one point": lambda w: lines([Series(LONG, 3, [Spot(0, 0.5)])], Axes("layer", "y"), w),
    "reliability": lambda w: reliability([Bin(0.2, 0.1, 3), Bin(0.9, 1.0, 70)], 0, w),
    "no bins": lambda w: reliability([], 0, w),
    "matrix": lambda w: matrix(["a", "b & c"], [[3, 0], [1, 2000]], w),
    "changes": lambda w: changes([Change("topic", 0.9, 0.8, 0.85)], 1, (0.8, 0.9), w),
}


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_is_well_formed_and_named(name: str, width: float) -> None:
    svg = ElementTree.fromstring(DRAWN[name](width).svg("key", "Title & more", "Summary"))
    assert svg.tag == "svg"
    assert svg.get("role") == "img"
    assert [svg[0].tag, svg[1].tag] == ["title", "desc"]
    assert svg.get("aria-labelledby") == f"{svg[0].get('id')} {svg[1].get('id')}"
    assert svg[0].text == "Title & more"
    assert all(math.isfinite(v) for v in numbers_of(svg))


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", DRAWN)
def test_marks_and_texts_start_within_the_drawing(name: str, width: float) -> None:
    drawing = DRAWN[name](width)
    svg = ElementTree.fromstring(drawing.svg("key", "t", "s"))
    for item in svg.iter():
        x, y = item.get("x") or item.get("cx"), item.get("y") or item.get("cy")
        if x and y:
            assert 0 <= float(x) <= drawing.width
            assert 0 <= float(y) <= drawing.height


def numbers_of(svg: ElementTree.Element) -> list[float]:
    places = ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height")
    return [float(v) for item in svg.iter() for key in places if (v := item.get(key)) is not None]


def texts(drawing: Drawing) -> list[str]:
    svg = ElementTree.fromstring(drawing.svg("key", "t", "s"))
    return [item.text or "" for item in svg.iter("text")]


def test_names_stand_on_the_chart_while_they_find_room() -> None:
    named = texts(against_cost(MARKS[1:3], [], TITLES, WIDE))
    assert {"classical", "head"} <= set(named)
    assert "quality" not in named
    numbered = texts(against_cost(MANY, [], TITLES, WIDE))
    assert {str(i + 1) for i in range(14)} <= set(numbered)
    assert {"quality", f"{LONG} 13"} <= set(numbered), "the list below has the names"


def test_values_far_below_are_off_the_scale_and_say_so() -> None:
    assert beyond(MARKS) == {0}
    assert "majority 0.100" in texts(against_cost(MARKS[:3], [], TITLES, WIDE))
    assert "0.100" in texts(dots(MARKS, WIDE))


def test_a_cost_of_nothing_stands_at_zero() -> None:
    assert "0" in texts(against_cost(MARKS, [], TITLES, WIDE))
    assert "0" not in texts(against_cost(MARKS[1:], [], TITLES, WIDE))


def test_long_names_of_curves_go_below() -> None:
    svg = lines([CURVE, Series(LONG, 1, CURVE.points)], Axes("rows", "y"), NARROW)
    short = lines([CURVE], Axes("rows", "y"), NARROW)
    assert svg.height > short.height


def test_a_matrix_of_many_labels_keeps_its_size_and_scrolls() -> None:
    labels = [f"label {i}" for i in range(30)]
    wide = matrix(labels, [[1] * 30 for _ in labels], NARROW)
    assert wide.rigid
    assert wide.width > NARROW
    assert not matrix(labels, [[1] * 30 for _ in labels], WIDE).rigid
