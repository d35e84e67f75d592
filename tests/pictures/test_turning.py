"""Turning pictures and pages, and telling from words how a page is turned."""

from __future__ import annotations

import numpy as np
import pytest

from socle.pages import Code, Page, Word
from socle.pages.rows import rows_of
from socle.pictures.turning import Turn, laid, turn_of, upright

WORDS = [
    Word(text, (100.0 + 70 * k, 200.0 + 40 * row, 160.0 + 70 * k, 224.0 + 40 * row), size=21.0)
    for row in range(3)
    for k, text in enumerate(("alpha", "bravo", "delta", "gamma"))
]


def turned(degrees: float) -> Page:
    """Return the page of 600 x 800 with its words, turned clockwise."""
    turn = Turn.by(degrees, 600, 800)
    words = []
    for word in WORDS:
        left, top, right, bottom = word.box
        middle = turn.point((left + right) / 2, (top + bottom) / 2)
        box = laid(*middle, right - left, bottom - top, degrees)
        words.append(Word(word.text, box, size=word.size))
    return Page(1, *turn.size, tuple(words), "ocr")


@pytest.mark.parametrize("degrees", [0, 3, -4, 12, -25, 90, 93, 180, 170, -90, -100])
def test_the_turn_is_told_by_the_words(degrees: float) -> None:
    off = turn_of(turned(degrees).words) - degrees
    assert abs((off + 180) % 360 - 180) < 0.5


@pytest.mark.parametrize("degrees", [12, -25, 90, 93, 180, 170, -90, -100])
def test_a_page_is_put_upright(degrees: float) -> None:
    page, by = upright(turned(degrees))
    assert abs((by + degrees + 180) % 360 - 180) <= 6
    assert [row.text for row in rows_of(page.words)] == ["alpha bravo delta gamma"] * 3
    if degrees % 90 == 0:
        assert (page.width, page.height) == pytest.approx((600, 800))
        for word, known in zip(page.words, WORDS, strict=True):
            assert word.box == pytest.approx(known.box)


def test_a_page_that_leans_a_little_stays() -> None:
    page = turned(4)
    assert upright(page) == (page, 0.0)


def test_codes_and_pictures_turn_with_the_page() -> None:
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    page = turned(90)
    code = Code("QRCode", b"x", (10.0, 20.0, 30.0, 40.0))
    drawn = Page(1, page.width, page.height, page.words, "ocr", (code,), lambda dpi: picture)
    straight, by = upright(drawn)
    assert by == -90
    assert straight.codes[0].box == pytest.approx((20.0, 770.0, 40.0, 790.0))
    assert straight.render is not None
    assert np.array_equal(straight.render(72), np.rot90(picture))


def test_few_words_tell_nothing() -> None:
    assert turn_of(turned(90).words[:3]) == 0.0


@pytest.mark.parametrize("degrees", [0, 30, 90, 180, -75])
def test_places_go_there_and_back(degrees: float) -> None:
    first = Turn.by(degrees, 300, 500)
    for turn in (first, first.then_half()):
        there = turn.point(70, 410)
        assert 0 <= there[0] <= turn.size[0]
        assert 0 <= there[1] <= turn.size[1]
        assert turn.back(*there) == pytest.approx((70, 410))
    assert first.then_half().matrix == pytest.approx(
        Turn.by(degrees + 180, 300, 500).matrix, abs=1e-6
    )


def test_pictures_turn_as_places_do() -> None:
    picture = np.zeros((50, 80), np.uint8)
    picture[10:14, 60:64] = 255
    for degrees in (90, 180, -90, 20):
        turn = Turn.by(degrees, 80, 50)
        seen = turn.picture(picture)
        y, x = np.argwhere(seen > 128).mean(axis=0)
        assert turn.point(61.5, 11.5) == pytest.approx((x + 0.5, y + 0.5), abs=1.1)
