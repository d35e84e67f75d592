"""What is asked of PDFium, one part a file: opening, the text layer, forms, pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socle.errors import MissingExtraError, UnreadableError
from socle.readings import Box


@dataclass(frozen=True)
class Frame:
    """Where a page lies in its own space (points), and by how many degrees it is turned."""

    left: float
    bottom: float
    right: float
    top: float
    turned: int

    @classmethod
    def of(cls, page: Any) -> Frame:
        """Return the frame of a page of pypdfium2."""
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right, top, int(page.get_rotation()) % 360)

    @property
    def width(self) -> float:
        """Of the page as it is shown."""
        return abs(self.top - self.bottom if self.turned in (90, 270) else self.right - self.left)

    @property
    def height(self) -> float:
        """Of the page as it is shown."""
        return abs(self.right - self.left if self.turned in (90, 270) else self.top - self.bottom)

    def shown(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return a box of the page's own space as it is shown, from the upper left corner."""
        if self.turned == 90:
            return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
        if self.turned == 180:
            return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
        if self.turned == 270:
            return self.top - top, self.right - right, self.top - bottom, self.right - left
        return left - self.left, self.top - top, right - self.left, self.top - bottom


def opened(content: bytes, path: Path) -> Any:
    """Return the PDF of pypdfium2, with its form where it has one.

    Raises:
        UnreadableError: it is locked, damaged or cut off.
    """
    try:
        import pypdfium2
        import pypdfium2.raw as pdfium
    except ImportError as error:
        raise MissingExtraError("pypdfium2", "documents") from error
    name = path.name
    end = max(content.rfind(b"%%EOF"), content.rfind(b"startxref"))
    cut = UnreadableError(
        f"{name} is cut off: its end is missing.", "Download or copy it again, to the end."
    )
    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise UnreadableError(
                f"{name} is protected by a password.",
                "Open it with the password and print it to a new PDF.",
            ) from error
        if end < content.rfind(b"endobj") or end < 0:
            raise cut from error
        raise UnreadableError(
            f"{name} is a damaged PDF.", "Get it again, or print it to a new PDF."
        ) from error
    # PDFium mends what was cut off by leaving pages out, without a word.
    if end < content.rfind(b"endobj"):
        raise cut
    try:
        with _hushed():
            pdf.init_forms()
    except pypdfium2.PdfiumError:
        pdf.formenv = None  # the pages can be read without it
    return pdf


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep pypdfium2 from telling the terminal that it takes forms without their scripts."""
    logger = logging.getLogger("pypdfium2")
    before, logger.disabled = logger.disabled, True
    children = [logging.getLogger(n) for n in logging.root.manager.loggerDict if "pypdfium2" in n]
    states = [child.disabled for child in children]
    for child in children:
        child.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
        for child, state in zip(children, states, strict=True):
            child.disabled = state
