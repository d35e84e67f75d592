"""Bar codes on a page: QR, Data Matrix, PDF417, Aztec and the linear ones, by ZXing."""

from __future__ import annotations

import numpy as np

from socle.errors import MissingExtraError
from socle.pages import Code, Page, Picture

DPI = 150.0
"""Enough for the modules of a 2D-Doc or a Swiss QR-bill, and 20 ms a page."""


def on(page: Page) -> tuple[Code, ...]:
    """Return the codes that stand on a page which can be rendered, boxes in its unit."""
    if page.render is None:
        return ()
    picture = page.render(max(DPI, min(page.dpi, 2 * DPI)))
    scale = page.width / picture.shape[1]
    return tuple(
        Code(code.symbology, code.content, (*(scale * side for side in code.box),))
        for code in found(picture)
    )


def found(picture: Picture) -> list[Code]:
    """Return the codes of a picture, boxes in its pixels.

    Raises:
        MissingExtraError: `zxing-cpp` is not installed.
    """
    try:
        import zxingcpp
    except ModuleNotFoundError as error:
        raise MissingExtraError("zxing-cpp", "documents") from error
    grey = picture if picture.ndim == 2 else picture.mean(axis=2).astype(np.uint8)
    codes = []
    for code in zxingcpp.read_barcodes(np.ascontiguousarray(grey), try_invert=False):
        corners = code.position
        points = (corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left)
        across, down = [float(p.x) for p in points], [float(p.y) for p in points]
        box = (min(across), min(down), max(across), max(down))
        codes.append(Code(str(code.format).removeprefix("BarcodeFormat."), code.bytes, box))
    return codes
