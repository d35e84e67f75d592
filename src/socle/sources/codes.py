"""Printed codes on pages: QR, Data Matrix (2D-Doc), Aztec, PDF417 and Code 128."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from socle.errors import MissingExtraError
from socle.pages import Code, Page, Picture
from socle.readings import Box

_FORMATS = ("QRCode", "MicroQRCode", "DataMatrix", "Aztec", "PDF417", "Code128")
"""Those whose check sums are strong: weaker ones are found where there are none."""
_NAMES = {
    **dict.fromkeys(("QRCodeModel1", "QRCodeModel2"), "QRCode"),
    **dict.fromkeys(("AztecCode", "AztecRune"), "Aztec"),
    **dict.fromkeys(("CompactPDF417", "MicroPDF417"), "PDF417"),
}
_MOST_PATCHES = 6
_FINER = 2.0
_DARK, _LIGHT = 100, 155
_PURE, _LEAST_DARK = 0.8, 0.15
_MARGIN = 0.15
"""Of a patch, that is looked at around it: codes need some quiet paper."""


def codes_in(picture: Picture) -> tuple[Code, ...]:
    """Return the codes in a picture (greys or RGB), boxes in its pixels, from the top.

    Raises:
        MissingExtraError: the package `zxing-cpp` is not installed.
    """
    try:
        import zxingcpp
    except ImportError as error:
        raise MissingExtraError("zxing-cpp", "documents") from error
    formats: Any = tuple(getattr(zxingcpp.BarcodeFormat, name) for name in _FORMATS)
    given = np.ascontiguousarray(picture if picture.ndim == 2 else _grey(picture))
    codes = [_code(found) for found in zxingcpp.read_barcodes(given, formats=formats)]
    return tuple(sorted(codes, key=_place))


def codes_on(page: Page, dpi: float, patches: Sequence[Box] | None = None) -> tuple[Code, ...]:
    """Return the codes on a page, boxes in its unit, from the top.

    Args:
        page: one that can be drawn; on others there are none.
        dpi: dots per inch to look at it; what looks like a code and is not read is drawn finer.
        patches: where to look; None for everywhere.
    """
    if page.render is None or (patches is not None and not patches):
        return ()
    picture = page.render(dpi)
    if patches is None:
        return _placed(codes_in(picture), page, picture, (0, 0))
    codes: list[Code] = []
    left: list[Box] = []
    for patch in patches[:_MOST_PATCHES]:
        part, corner = _part(picture, page, patch)
        found = _placed(codes_in(part), page, picture, corner)
        codes += found
        if not found and _two_toned(part):
            left.append(patch)
    if left:
        picture = page.render(_FINER * dpi)
        for patch in left:
            part, corner = _part(picture, page, patch)
            codes += _placed(codes_in(part), page, picture, corner)
    return tuple(sorted(set(codes), key=_place))


def _grey(picture: Picture) -> Picture:
    import cv2

    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), np.uint8)


def _part(picture: Picture, page: Page, patch: Box) -> tuple[Picture, tuple[int, int]]:
    """Return a part of a page that was drawn, and the corner of it."""
    high, wide = picture.shape[:2]
    across, down = wide / page.width, high / page.height
    margin = _MARGIN * max(patch[2] - patch[0], patch[3] - patch[1])
    x, y = max(0, int((patch[0] - margin) * across)), max(0, int((patch[1] - margin) * down))
    end = int((patch[2] + margin) * across) + 1, int((patch[3] + margin) * down) + 1
    return picture[y : end[1], x : end[0]], (x, y)


def _placed(
    codes: Sequence[Code], page: Page, picture: Picture, corner: tuple[int, int]
) -> tuple[Code, ...]:
    """Return codes of a part of a picture in the unit of the page."""
    high, wide = picture.shape[:2]
    across, down = wide / page.width, high / page.height
    (x, y), placed = corner, []
    for code in codes:
        left, top, right, bottom = code.box
        box = ((x + left) / across, (y + top) / down, (x + right) / across, (y + bottom) / down)
        placed.append(Code(code.symbology, code.content, box))
    return tuple(placed)


def _two_toned(part: Picture) -> bool:
    """Whether a part of a page is of dark and of light alone, as codes are and few logos."""
    grey = part if part.ndim == 2 else part.max(axis=2)
    dark, light = float((grey < _DARK).mean()), float((grey > _LIGHT).mean())
    return dark + light > _PURE and _LEAST_DARK < dark < 1 - _LEAST_DARK


def _code(found: Any) -> Code:
    name = found.format.name
    here = found.position
    corners = (here.top_left, here.top_right, here.bottom_left, here.bottom_right)
    xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
    box = (float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys)))
    return Code(_NAMES.get(name, name), bytes(found.bytes), box)


def _place(code: Code) -> tuple[float, float, bytes]:
    return code.box[1], code.box[0], code.content
