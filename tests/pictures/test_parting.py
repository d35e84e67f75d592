"""Lines parted into words, and how they are set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont

from socle.pages import Picture
from socle.pictures.parting import inked, pieces, type_of
from socle.pictures.spelling import Spelt

SIZE = 32


def line(text: str, *, light: bool = False, rule: bool = False) -> tuple[Picture, Spelt]:
    """Return a line of print, and what it says without its spaces."""
    fonts = Path(reportlab.__file__).parent / "fonts"
    font = ImageFont.truetype(str(fonts / "Vera.ttf"), SIZE)
    wide = int(font.getlength(text)) + 20
    picture = Image.new("L", (wide, 44), 0 if light else 255)
    pen = ImageDraw.Draw(picture)
    pen.text((10, 34), text, 255 if light else 0, font, anchor="ls")
    if rule:
        pen.line((0, 1, wide, 1), 0, 2)
    letters = [i for i, sign in enumerate(text) if sign != " "]
    places = [10 + (font.getlength(text[:i]) + font.getlength(text[: i + 1])) / 2 for i in letters]
    said = "".join(text[i] for i in letters)
    spelt = Spelt(said, (0.9,) * len(said), tuple(place / wide for place in places))
    return np.asarray(picture, dtype=np.uint8), spelt


@pytest.mark.parametrize("text", ["TOTAL TTC", "Montant de la facture", "Net payable"])
@pytest.mark.parametrize("light", [False, True])
def test_lost_spaces_are_put_back(text: str, light: bool) -> None:
    picture, spelt = line(text, light=light)
    found = pieces(picture, spelt, SIZE)
    assert [piece.text for piece in found] == text.split()
    ink = inked(picture)
    for piece in found:
        left, right = round(piece.left * len(ink)), round(piece.right * len(ink))
        assert ink[left]
        assert ink[right - 1]
        assert not ink[right]
        assert not ink[left - 1]


@pytest.mark.parametrize("text", ["1.111,11", "Illimité", "FR7611111", "11/11/2011", "P<UTO<<X"])
def test_words_are_not_torn(text: str) -> None:
    picture, spelt = line(text)
    assert [piece.text for piece in pieces(picture, spelt, SIZE)] == [text]


@pytest.mark.parametrize(
    ("read", "kept"), [("I'Invention", "l'Invention"), ("I'll", "I'll"), ("TI'AB", "TI'AB")]
)
def test_an_elided_article_is_no_capital(read: str, kept: str) -> None:
    picture, spelt = line(read)
    assert [piece.text for piece in pieces(picture, spelt, SIZE)] == [kept]


def test_spaces_that_were_read_part_words() -> None:
    picture, spelt = line("12")
    first, second = spelt.places
    spaced = Spelt("1 2", (0.9, 0.8, 0.7), (first, (first + second) / 2, second))
    one, two = pieces(picture, spaced, SIZE)
    assert (one.text, one.sure, two.text, two.sure) == ("1", (0.9,), "2", (0.7,))
    assert one.right <= two.left


def test_an_empty_line_has_no_words() -> None:
    picture, _ = line("x")
    assert pieces(picture, Spelt("", (), ()), SIZE) == []


@pytest.mark.parametrize("text", ["TOTAL", "montant", "somme", "Égalité", "1284", "Type gros"])
@pytest.mark.parametrize("rule", [False, True])
def test_type_is_measured_from_what_it_says(text: str, rule: bool) -> None:
    picture, spelt = line(text, rule=rule)
    found = type_of(picture, spelt.text)
    assert found is not None
    assert found.size == pytest.approx(SIZE, rel=0.15)
    # The base line is at 34; text boxes reach 0.92 above and 0.22 below it.
    assert found.middle == pytest.approx(34 - 0.35 * SIZE, abs=3.5)


def test_signs_alone_tell_no_type() -> None:
    picture, _ = line("...")
    assert type_of(picture, "...") is None
    assert type_of(np.full((40, 90), 255, np.uint8), "abc") is None
