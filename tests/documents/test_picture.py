"""Pictures of every mode become greys or RGB of 8 bits, upright, at their own resolution."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from socle.documents import Given, opened
from socle.errors import UnreadableError
from socle.guard import Limits
from socle.pages import Document
from tests.documents import making


def _open(content: bytes, limits: Limits | None = None) -> Document:
    return opened(Given(Path("x"), content, limits or Limits()))


def _shown(document: Document, index: int = 0, dpi: float | None = None) -> np.ndarray:
    page = document.pages[index]
    assert page.render is not None
    return page.render(dpi or page.dpi)


def _halves(picture: np.ndarray) -> tuple[float, float]:
    wide = picture.shape[1]
    return float(picture[:, : wide // 2 - 4].mean()), float(picture[:, wide // 2 + 4 :].mean())


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK", "YCbCr")),
        *(("TIFF", mode) for mode in ("1", "L", "RGB", "RGBA", "CMYK", "I;16", "LAB")),
        *(("WEBP", mode) for mode in ("RGB", "RGBA")),
    ],
)
def test_every_mode_is_black_on_white(kind: str, mode: str) -> None:
    if mode == "I;16":
        made, out = np.full((40, 60), 65535, np.uint16), io.BytesIO()
        made[:, :30] = 0
        Image.fromarray(made).save(out, kind)
        content = out.getvalue()
    else:
        content = making.picture(kind, mode)
    document = _open(content)
    picture = _shown(document)
    assert picture.dtype == np.uint8
    assert picture.shape[:2] == (40, 60)
    dark, light = _halves(picture)
    assert dark < 12
    assert light > 243
    assert (document.pages[0].width, document.pages[0].height) == (60, 40)


def test_what_is_transparent_lies_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(out, "PNG")
    assert (_shown(_open(out.getvalue())) == 255).all()


def test_a_photograph_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    document = _open(making.picture("JPEG", size=(60, 40), exif=exif))
    picture = _shown(document)
    assert (document.pages[0].width, document.pages[0].height) == (40, 60)
    assert picture.shape[:2] == (60, 40)
    assert picture[:25].mean() < 12
    assert picture[35:].mean() > 243


def test_every_picture_of_a_tiff_is_a_page() -> None:
    more = [Image.new("L", (20 + i, 30), 50 * i) for i in range(1, 4)]
    document = _open(making.picture("TIFF", save_all=True, append_images=more, dpi=(300, 300)))
    assert [page.width for page in document.pages] == [60, 21, 22, 23]
    assert [page.number for page in document.pages] == [1, 2, 3, 4]
    assert document.pages[0].dpi == 300
    assert _shown(document, 3).mean() == 150
    assert _shown(document, 1).mean() == 50
    with pytest.raises(UnreadableError, match="4 pictures; at most 3"):
        _open(making.picture("TIFF", save_all=True, append_images=more), Limits(pages=3))


def test_resolution_scales_and_is_capped() -> None:
    document = _open(making.picture("PNG", size=(600, 400), dpi=(300, 300)))
    assert document.pages[0].dpi == pytest.approx(300, abs=0.1)
    assert _shown(document, dpi=150).shape[:2] == (200, 300)
    small = _open(making.picture("PNG", size=(600, 400), dpi=(300, 300)), Limits(pixels=250_000))
    assert _shown(small, dpi=3000).shape[0] * _shown(small, dpi=3000).shape[1] <= 250_000
    assert _open(making.picture("PNG", dpi=(1, 1))).pages[0].dpi == 200


def test_limits_of_pixels_are_the_users_not_those_of_the_library() -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(UnreadableError, match=r"at most 0\.001 million"):
        _open(making.picture("PNG"), Limits(pixels=1000))
    assert before == Image.MAX_IMAGE_PIXELS
