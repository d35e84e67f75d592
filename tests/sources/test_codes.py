"""Printed codes are found on pages and in pictures, and only where there are any."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from socle.pages import Page, Picture, Word
from socle.pictures.glancing import glance
from socle.sources.codes import codes_in, codes_on
from tests.printing import printed


def drawn(content: str, kind: str, scale: int = 5) -> Picture:
    made = zxingcpp.create_barcode(content, getattr(zxingcpp.BarcodeFormat, kind))
    picture: Picture = np.array(made.to_image(scale=scale), dtype=np.uint8)
    return np.pad(picture, 4 * scale, constant_values=255)


def on_paper(code: Picture, at: tuple[int, int] = (500, 900)) -> Picture:
    paper = np.full((2339, 1654), 255, np.uint8)
    print_ = printed()
    paper[: print_.shape[0], : print_.shape[1]] = print_
    paper[at[1] : at[1] + code.shape[0], at[0] : at[0] + code.shape[1]] = code
    return paper


@pytest.mark.parametrize("kind", ["QRCode", "DataMatrix", "Aztec", "PDF417", "Code128"])
def test_codes_are_found_with_their_bytes_and_place(kind: str) -> None:
    code = drawn("DC04FR0000012345", kind)
    (found,) = codes_in(on_paper(code))
    assert (found.symbology, found.content) == (kind, b"DC04FR0000012345")
    left, top, right, bottom = found.box
    assert 500 <= left < right <= 500 + code.shape[1]
    assert 900 <= top < bottom <= 900 + code.shape[0]


def test_turned_codes_are_found() -> None:
    assert codes_in(np.rot90(on_paper(drawn("hello", "QRCode"))))[0].content == b"hello"


def test_print_is_no_code() -> None:
    assert codes_in(printed()) == ()


def page_of(picture: Picture, words: tuple[Word, ...] = ()) -> Page:
    """Return a page of A4 in points, drawn from a picture at 200 dots per inch."""
    from PIL import Image

    def render(dpi: float) -> Picture:
        size = (round(1654 * dpi / 200), round(2339 * dpi / 200))
        return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))

    return Page(1, 595.44, 842.04, words, "text", render=render)


def words_over(picture: Picture) -> tuple[Word, ...]:
    """Return words where the rows of print are."""
    rows = np.flatnonzero((printed() < 128).any(axis=1))
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 8) + 1)
    return tuple(
        Word("x", (18.0, run[0] * 0.36 - 1, 590.0, run[-1] * 0.36 + 1), size=11.0) for run in runs
    )


def test_a_glance_finds_where_a_code_may_be() -> None:
    picture = on_paper(drawn("hello", "QRCode"))
    page = page_of(picture, words_over(picture))
    glanced = glance(page)
    assert glanced is not None
    assert glanced.seen.all()
    (patch,) = glanced.patches
    (found,) = codes_on(page, 300, glanced.patches)
    assert found.content == b"hello"
    assert found.symbology == "QRCode"
    assert patch[0] - 5 < found.box[0] < found.box[2] < patch[2] + 5
    assert abs(found.box[0] - 0.36 * 520) < 10


def test_a_page_of_text_is_not_drawn_again() -> None:
    picture = on_paper(np.full((10, 10), 255, np.uint8))
    page = page_of(picture, words_over(picture))
    glanced = glance(page)
    assert glanced is not None
    assert glanced.patches == ()
    assert glanced.unexplained < 0.1
    assert codes_on(page, 300, glanced.patches) == ()


def test_words_over_blank_paper_are_not_seen() -> None:
    picture = on_paper(np.full((10, 10), 255, np.uint8))
    hidden = Word("hidden", (100.0, 700.0, 160.0, 712.0), size=11.0)
    glanced = glance(page_of(picture, (*words_over(picture), hidden)))
    assert glanced is not None
    assert glanced.seen.tolist() == [True] * (len(glanced.seen) - 1) + [False]


def test_pages_that_cannot_be_drawn_have_no_codes() -> None:
    assert codes_on(Page(1, 100, 100), 300) == ()
    assert glance(Page(1, 100, 100)) is None
