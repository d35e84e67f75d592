"""One page that is drawn, and the truth that goes with it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

A4, LETTER = (595.0, 842.0), (612.0, 792.0)


@dataclass
class Paper:
    """A page to be drawn: places in points from the upper left corner."""

    size: tuple[float, float]
    font: str = "Helvetica"
    truth: dict[str, Any] = field(default_factory=dict)
    stream: io.BytesIO = field(default_factory=io.BytesIO)

    def __post_init__(self) -> None:
        self.canvas = Canvas(self.stream, pagesize=self.size)

    def text(self, x: float, y: float, text: str, size: float = 9, bold: bool = False) -> None:
        """Write a text whose baseline is `y` below the upper edge."""
        bolds = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold"}
        self.canvas.setFont(bolds.get(self.font, "Courier-Bold") if bold else self.font, size)
        self.canvas.drawString(x, self.size[1] - y, text)

    def right(self, x: float, y: float, text: str, size: float = 9) -> None:
        """Write a text that ends at `x`."""
        self.canvas.setFont(self.font, size)
        self.canvas.drawRightString(x, self.size[1] - y, text)

    def wide(self, text: str, size: float = 9) -> float:
        """Return the width of a text."""
        return float(stringWidth(text, self.font, size))

    def frame(self, left: float, top: float, right: float, bottom: float) -> None:
        """Draw a box."""
        self.canvas.setLineWidth(0.5)
        self.canvas.rect(left, self.size[1] - bottom, right - left, bottom - top)

    def code(self, content: str, x: float, y: float, width: float) -> None:
        """Draw a DataMatrix."""
        import zxingcpp

        mark = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.DataMatrix)
        picture = np.pad(np.array(mark.to_image(scale=6)), 12, constant_values=255)
        buffer = io.BytesIO()
        from PIL import Image

        Image.fromarray(picture).save(buffer, "PNG")
        buffer.seek(0)
        height = width * picture.shape[0] / picture.shape[1]
        place = (x, self.size[1] - y - height, width, height)
        self.canvas.drawImage(ImageReader(buffer), *place)

    def save(self) -> bytes:
        """Return the PDF."""
        self.canvas.save()
        return self.stream.getvalue()
