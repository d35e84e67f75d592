"""Putting print on pages: positions from the upper left corner, in points."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

Align = Literal["left", "right", "centre"]
Style = Literal["", "b", "i"]
Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)

_STANDARD = {
    "Helvetica": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "Times": ("Times-Roman", "Times-Bold", "Times-Italic"),
    "Courier": ("Courier", "Courier-Bold", "Courier-Oblique"),
}
_FILES = {
    "DejaVuSans": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf"),
    "DejaVuSerif": ("DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf", "DejaVuSerif-Italic.ttf"),
    "DejaVuMono": ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf", "DejaVuSansMono-Oblique.ttf"),
    "Stix": ("STIXGeneral.ttf", "STIXGeneralBol.ttf", "STIXGeneralItalic.ttf"),
    "Vera": ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf"),
}


@cache
def families() -> tuple[str, ...]:
    """Return the names of the families of type that this machine has."""
    found = [name for name in _FILES if _registered(name)]
    return (*_STANDARD, *found)


@cache
def _registered(name: str) -> bool:
    for style, file in zip("rbi", _FILES[name], strict=True):
        path = _locate(file)
        if path is None:
            return False
        try:
            pdfmetrics.registerFont(TTFont(f"{name}-{style}", str(path)))
        except TTFError:
            return False
    return True


def _locate(file: str) -> Path | None:
    import reportlab

    folders = [Path(reportlab.__file__).parent / "fonts", Path("/usr/share/fonts/truetype/dejavu")]
    try:
        import matplotlib

        folders.append(Path(matplotlib.__file__).parent / "mpl-data" / "fonts" / "ttf")
    except ImportError:
        pass
    return next((folder / file for folder in folders if (folder / file).is_file()), None)


def face(family: str, style: Style = "") -> str:
    """Return the name of a face as reportlab knows it; Helvetica where the family is missing."""
    place = "rbi".index(style or "r")
    if family in _STANDARD:
        return _STANDARD[family][place]
    if family in _FILES and _registered(family):
        return f"{family}-{'rbi'[place]}"
    return _STANDARD["Helvetica"][place]


@dataclass
class Pen:
    """Draws on pages that are written when all of them are known.

    Attributes:
        width, height: of each page.
        margin: left and right.
        y: how far down the running text has come.
        bottom: running text stays above it.
        on_page: called when a page was begun, the first one apart.
    """

    width: float
    height: float
    family: str = "Helvetica"
    size: float = 9.0
    margin: float = 50.0
    bottom: float = 760.0
    y: float = 40.0
    top: float = 40.0
    on_page: Callable[[Pen], None] | None = None
    pages: list[list[tuple[object, ...]]] = field(default_factory=lambda: [[]])

    def text(
        self,
        x: float,
        y: float,
        text: str,
        style: Style = "",
        size: float | None = None,
        align: Align = "left",
        colour: Colour = BLACK,
    ) -> float:
        """Write a text whose line of print begins at `y`; return its width."""
        size = size or self.size
        name = face(self.family, style)
        wide = pdfmetrics.stringWidth(text, name, size)
        x -= {"left": 0.0, "right": wide, "centre": wide / 2}[align]
        self.pages[-1].append(("text", x, y + 0.8 * size, text, name, size, colour))
        return float(wide)

    def measure(self, text: str, style: Style = "", size: float | None = None) -> float:
        """Return the width of a text."""
        return float(pdfmetrics.stringWidth(text, face(self.family, style), size or self.size))

    def wrap(
        self, text: str, width: float, style: Style = "", size: float | None = None
    ) -> list[str]:
        """Return a text as lines that fit a width; a word that is too long keeps its own line."""
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.measure(longer, style, size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def rule(self, x: float, y: float, right: float, thick: float = 0.5) -> None:
        """Draw a line from left to right."""
        self.pages[-1].append(("line", x, y, right, y, thick))

    def stroke(self, x: float, y: float, low: float, thick: float = 0.5) -> None:
        """Draw a line from the top down."""
        self.pages[-1].append(("line", x, y, x, low, thick))

    def fill(self, x: float, y: float, right: float, low: float, grey: float) -> None:
        """Lay a grey ground under what is drawn next."""
        self.pages[-1].append(("fill", x, y, right, low, grey))

    def frame(self, x: float, y: float, right: float, low: float) -> None:
        """Draw a box."""
        self.pages[-1].append(("frame", x, y, right, low, 0.5))

    def need(self, high: float) -> bool:
        """Begin a page if so much does not fit; return whether one was begun."""
        if self.y + high <= self.bottom:
            return False
        self.turn()
        return True

    def turn(self) -> None:
        """Begin a page."""
        self.pages.append([])
        self.y = self.top
        if self.on_page is not None:
            self.on_page(self)

    def pdf(self) -> bytes:
        """Return the pages as a PDF file."""
        target = io.BytesIO()
        canvas = Canvas(target, pagesize=(self.width, self.height), invariant=1)
        for page in self.pages:
            for call in page:
                _draw(canvas, self.height, call)
            canvas.showPage()
        canvas.save()
        return target.getvalue()


def _draw(canvas: Canvas, high: float, call: tuple[object, ...]) -> None:
    kind, *rest = call
    if kind == "text":
        x, y, text, name, size, colour = rest
        canvas.setFont(name, size)
        canvas.setFillColorRGB(*colour)  # type: ignore[misc]
        canvas.drawString(x, high - y, text)  # type: ignore[operator]
        return
    x, y, right, low, value = rest
    if kind == "line":
        canvas.setLineWidth(value)
        canvas.line(x, high - y, right, high - low)  # type: ignore[operator]
        return
    if kind == "fill":
        canvas.setFillGray(value)
    canvas.rect(
        x,
        high - low,  # type: ignore[operator]
        right - x,  # type: ignore[operator]
        low - y,  # type: ignore[operator]
        stroke=int(kind == "frame"),
        fill=int(kind == "fill"),
    )
