"""Degraded pages: what is printed can be found where the transform says that it went."""

from __future__ import annotations

import numpy as np
import pytest

from socle.pages import Picture
from specimens.degrading import KINDS, Kind, degrade

BOXES = [(60, 50, 90, 70), (300, 60, 340, 90), (70, 420, 120, 440), (310, 430, 350, 470)]


@pytest.fixture
def page() -> Picture:
    """A page of 400 x 520 pixels with four black bars."""
    made = np.full((520, 400, 3), 255, np.uint8)
    for left, top, right, bottom in BOXES:
        made[top:bottom, left:right] = 0
    return made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_print_is_where_the_transform_says(page: Picture, kind: Kind, strength: float) -> None:
    for seed in range(4):
        seen, went = degrade(page, np.random.default_rng(seed), kind, strength)
        grey = seen if seen.ndim == 2 else seen.mean(axis=2)
        for box in BOXES:
            middle = np.array([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]])
            x, y = went.points(middle)[0].round().astype(int)
            ink = np.median(grey[y - 3 : y + 4, x - 3 : x + 4])
            left, top, right, bottom = went.box(box)
            x, y = round((left + right) / 2), round((top + bottom) / 2)
            above = np.median(grey[round(top) - 12 : round(top) - 5, x - 3 : x + 4])
            beside = np.median(grey[y - 3 : y + 4, round(right) + 5 : round(right) + 12])
            assert ink < 0.7 * min(above, beside)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_picture(page: Picture, kind: Kind) -> None:
    one, _ = degrade(page, np.random.default_rng(5), kind)
    two, _ = degrade(page, np.random.default_rng(5), kind)
    other, _ = degrade(page, np.random.default_rng(6), kind)
    assert one.dtype == np.uint8
    assert np.array_equal(one, two)
    assert one.shape != other.shape or not np.array_equal(one, other)


def test_greys_stay_greys(page: Picture) -> None:
    for kind in KINDS:
        assert degrade(page[:, :, 0], np.random.default_rng(0), kind)[0].ndim == 2


def test_a_fax_knows_two_colours(page: Picture) -> None:
    seen, _ = degrade(page, np.random.default_rng(0), "fax")
    assert set(np.unique(seen)) == {0, 255}


def test_more_strength_does_more_harm(page: Picture) -> None:
    def harm(kind: Kind, strength: float) -> float:
        seeds = range(6)
        seen = [degrade(page, np.random.default_rng(s), kind, strength)[0] for s in seeds]
        # Paper far from print: noise and shadows show there.
        return float(np.mean([one[150:350, 150:250].std() for one in seen]))

    assert harm("scan", 1.0) > 2 * harm("scan", 0.0)
    assert harm("photo", 1.0) > 2 * harm("photo", 0.0)
