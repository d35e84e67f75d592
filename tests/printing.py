"""Pages of print made in code, for tests of what recognises print."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import reportlab
from PIL import Image, ImageDraw, ImageFont

from socle.pages import Picture

LINES = (
    "FACTURE N° 2024-0817",
    "Société Générale d'Électricité",
    "Date d'échéance : 15/03/2024",
    "SIRET 732 829 320 00074",
    "Désignation Quantité Montant",
    "Câble 3 x 2,5 mm² 12 148,80",
    "TOTAL TTC 1 284,16 €",
)


def printed(lines: Sequence[str] = LINES, size: int = 30) -> Picture:
    """Return a page of print at about 200 dots per inch, in greys."""
    fonts = Path(reportlab.__file__).parent / "fonts"
    font = ImageFont.truetype(str(fonts / "Vera.ttf"), size)
    page = Image.new("L", (24 * size + 120, int(2.2 * size) * len(lines) + 160), 255)
    pen = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        pen.text((60, 80 + int(2.2 * size) * row), line, 0, font)
    return np.asarray(page, dtype=np.uint8)
