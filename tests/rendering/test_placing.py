"""Labels find places where none covers another."""

from __future__ import annotations

import itertools
import random

import pytest

from socle.rendering.placing import Box, broken, place, shorten, spread, text_width

BOUNDS = Box(0, 0, 600, 300)


@pytest.mark.parametrize("seed", range(8))
def test_no_label_covers_another_or_a_point_or_leaves_the_chart(seed: int) -> None:
    draw = random.Random(seed)
    points = [(draw.uniform(20, 580), draw.uniform(20, 280)) for _ in range(9)]
    # Three points in one spot, as near ties are.
    points += [(300.0, 150.0), (301.0, 151.0), (302.0, 150.0)]
    sizes = [(draw.uniform(20, 90), 14.0) for _ in points]
    found = place(points, sizes, BOUNDS)
    boxes = [spot.box for spot in found if spot]
    assert len(boxes) == len(points)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert all(BOUNDS.holds(box) for box in boxes)
    marks = [Box(x - 6, y - 6, 12, 12) for x, y in points]
    assert not any(box.overlaps(mark) for box in boxes for mark in marks)


def test_a_label_without_room_is_not_placed() -> None:
    assert place([(10, 10)], [(50, 14)], Box(0, 0, 30, 30)) == [None]


def test_a_label_avoids_a_line_where_it_can() -> None:
    line = ((300.0, 150.0), (600.0, 150.0))
    (spot,) = place([(300, 150)], [(60, 14)], BOUNDS, [line])
    (free,) = place([(300, 150)], [(60, 14)], BOUNDS)
    assert spot
    assert free
    assert free.box == Box(308, 143, 60, 14), "the nearest place is on the right, on the line"
    assert spot.box.x + 60 < 300 or abs(spot.box.y + 7 - 150) > 7


def test_spread_keeps_order_gap_and_ends() -> None:
    wanted = [10.0, 11.0, 12.0, 50.0, 99.0, 100.0]
    found = spread(wanted, 15.0, 0.0, 100.0)
    gaps = [b - a for a, b in itertools.pairwise(found)]
    assert min(gaps) >= 15.0 - 1e-9
    assert found[0] >= 0.0
    assert found[-1] <= 100.0 + 1e-9
    assert spread([10.0, 60.0], 15.0, 0.0, 100.0) == [10.0, 60.0]


def test_spread_answers_in_the_order_asked_and_shrinks_gaps_for_lack_of_room() -> None:
    assert spread([90.0, 10.0], 15.0, 0.0, 100.0) == [90.0, 10.0]
    found = spread([5.0] * 11, 15.0, 0.0, 100.0)
    assert found == pytest.approx([10.0 * i for i in range(11)])
    assert spread([], 15.0, 0.0, 100.0) == []


def test_widths_follow_the_letters() -> None:
    assert text_width("iiii", 12) < text_width("mmmm", 12)
    assert text_width("中文", 12) > text_width("ab", 12)
    assert text_width("e\N{COMBINING ACUTE ACCENT}", 12) == text_width("e", 12)
    assert text_width("", 12) == 0


def test_long_names_keep_their_ends() -> None:
    name = "full · paraphrase-multilingual-minilm-l12-v2"
    short = shorten(name, 120, 12)
    assert text_width(short, 12) <= 120
    assert short.startswith("full")
    assert short.endswith("v2")
    assert shorten("head", 120, 12) == "head"
    assert broken(name, 220, 12) == ["full", "paraphrase-multilingual-minilm-l12-v2"]
    assert broken("head\nagainst scratch", 400, 12) == ["head against scratch"]
    assert broken("head\nagainst scratch", 90, 12) == ["head", "against scratch"]
    assert all(
        text_width(line, 12) <= 100 for line in broken("a_label_without_any_end_" * 3, 100, 12)
    )
