"""Pages as pictures, no larger than what is allowed."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from socle.errors import UnreadableError
from socle.pages import Picture

_SCANNED = 4
"""Pictures on a page may have so many times the pixels that a page is rendered to: they are read
row by row, and scans of 1200 dots per inch in black and white are no bombs."""


@dataclass(frozen=True)
class Render:
    """Renders a page when it is asked to.

    Attributes:
        pdf: of pypdfium2.
        index: of the page, from 0.
        name: of the file, for errors.
        pixels: the most that a picture may have.
    """

    pdf: Any
    index: int
    name: str
    pixels: int

    def __call__(self, dpi: float) -> Picture:
        """Return the page in RGB, at so many dots per inch or what the limit of pixels leaves.

        Raises:
            UnreadableError: the page is damaged, or a picture on it is larger than the limit.
        """
        name, most, number = self.name, self.pixels, self.index + 1
        try:
            page = self.pdf[self.index]
        except Exception as error:
            raise UnreadableError(
                f"Page {number} of {name} is damaged: {error}", "Get the file again."
            ) from error
        try:
            self._refuse_large_pictures(page)
            wide, high = page.get_size()
            scale = min(dpi / 72, math.sqrt(most / max(wide * high, 1.0)))
            # Sides are rounded up: a page like a thread would pass the limit.
            scale = min(scale, most / 4 / max(wide, high, 1.0))
            bitmap = page.render(scale=max(scale, 1e-6), rev_byteorder=True)
            picture = np.array(bitmap.to_numpy()[..., :3])
            bitmap.close()
            return picture
        except UnreadableError:
            raise
        except Exception as error:
            raise UnreadableError(
                f"Page {number} of {name} cannot be rendered: {error}", "Get the file again."
            ) from error
        finally:
            page.close()

    def _refuse_large_pictures(self, page: Any) -> None:
        """Count the pixels of pictures before PDFium unpacks them."""
        import pypdfium2.raw as pdfium

        wide, high = ctypes.c_uint(), ctypes.c_uint()
        for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
            known = pdfium.FPDFImageObj_GetImagePixelSize(
                picture, ctypes.byref(wide), ctypes.byref(high)
            )
            if known and wide.value * high.value > _SCANNED * self.pixels:
                raise UnreadableError(
                    f"A picture on page {self.index + 1} of {self.name} has "
                    f"{wide.value * high.value / 1e6:.0f} million pixels; at most "
                    f"{_SCANNED * self.pixels / 1e6:.0f} million are unpacked.",
                    "Scan it at a lower resolution, or raise the limit if you trust it.",
                )
