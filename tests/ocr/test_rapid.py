"""The engine that ships: it reads print exactly, however the page is turned."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from socle import plugins
from socle.errors import MissingExtraError
from socle.ocr.rapid import OPTION, _Rapid
from socle.pages import Word
from socle.pages.rows import rows_of
from socle.pictures.turning import Turn
from tests.printing import LINES, printed


def said(words: tuple[Word, ...]) -> list[str]:
    return [row.text for row in rows_of(words)]


@pytest.fixture(scope="module")
def read() -> tuple[Word, ...]:
    return OPTION.words(printed(), 200.0)


def test_it_is_on_the_menu() -> None:
    assert plugins.load("ocr", "rapid") is OPTION
    assert "rapid" in plugins.names("ocr")


def test_print_is_read_exactly(read: tuple[Word, ...]) -> None:
    assert said(read) == [line.replace("²", "2") for line in LINES]


def test_words_stand_where_they_are_printed(read: tuple[Word, ...]) -> None:
    dark = printed() < 128
    for word in read:
        left, top, right, bottom = (round(side) for side in word.box)
        assert dark[top:bottom, left:right].any()
        # Paper shows on both sides of a word.
        assert not dark[top + 6 : bottom - 6, left - 4 : left - 1].any()
        assert not dark[top + 6 : bottom - 6, right + 2 : right + 4].any()
        assert 0.6 * 30 < word.size < 1.6 * 30


def test_each_letter_has_its_probability(read: tuple[Word, ...]) -> None:
    for word in read:
        assert len(word.characters) == len(word.text)
        assert all(0 < odds <= 1 for odds in word.characters)
    assert np.mean([word.confidence for word in read]) > 0.9


@pytest.mark.parametrize("degrees", [90, 180, 15, 168])
def test_turned_pages_are_read(read: tuple[Word, ...], degrees: float) -> None:
    page = printed()
    turn = Turn.by(degrees, page.shape[1], page.shape[0])
    words = OPTION.words(turn.picture(page), 200.0)
    assert [word.text for word in words] == [word.text for word in read]
    for straight, word in zip(read, words, strict=True):
        there = turn.point(*middle(straight))
        assert np.hypot(*np.subtract(there, middle(word))) < 8


def middle(word: Word) -> tuple[float, float]:
    return (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2


def test_an_empty_page_has_no_words() -> None:
    assert OPTION.words(np.full((1200, 900, 3), 255, np.uint8), 200.0) == ()
    assert OPTION.words(np.zeros((40, 3), np.uint8), 200.0) == ()


def test_lone_digits_are_read_upright() -> None:
    words = OPTION.words(printed(["Quantité", "1", "7", "11"]), 200.0)
    assert [word.text for word in words] == ["Quantité", "1", "7", "11"]


def test_the_same_picture_gives_the_same_words(read: tuple[Word, ...]) -> None:
    assert OPTION.words(printed(), 200.0) == read


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(MissingExtraError, match="rapidocr"):
        _Rapid().words(printed(), 200.0)
