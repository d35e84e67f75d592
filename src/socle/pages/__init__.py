"""Pages of placed words: what every document becomes before it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socle.readings import Box

Picture = NDArray[np.uint8]
"""(height, width) of greys or (height, width, 3) of RGB."""


@dataclass(frozen=True)
class Word:
    """A piece of print without spaces.

    Attributes:
        box: left, top, right, bottom in the page's own unit, from its upper left corner.
        confidence: what OCR said of it; 1 for a text layer.
        size: height of the letters, in the page's unit.
        characters: probability of each character of `text`, where OCR tells.
    """

    text: str
    box: Box
    confidence: float = 1.0
    size: float = 0.0
    characters: tuple[float, ...] = ()


@dataclass(frozen=True)
class Code:
    """A one- or two-dimensional bar code: its symbology (`QRCode`, `PDF417` ...) and content."""

    symbology: str
    content: bytes
    box: Box


@dataclass(frozen=True)
class FormValue:
    """The value of one field of a PDF form: text, or whether a box is ticked."""

    value: str | bool
    page: int
    box: Box


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        number: from 1.
        width, height: in the page's own unit: points of 1/72 inch (PDF) or pixels (pictures).
        words: in reading order of the source; empty where nothing was recognised.
        source: where the words come from.
        render: returns the page as a picture at so many dots per inch; None for data and text.
        dpi: what one asks of `render` to get a picture at its own resolution.
        drawn: whether it shows pictures or drawings, among which codes may be.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...] = ()
    source: Literal["text", "ocr", "none"] = "none"
    codes: tuple[Code, ...] = ()
    render: Callable[[float], Picture] | None = None
    dpi: float = 200.0
    drawn: bool = True

    def fraction(self, box: Box) -> Box:
        """Return a box in fractions of the page, as readings tell it."""
        w, h = self.width or 1.0, self.height or 1.0
        return box[0] / w, box[1] / h, box[2] / w, box[3] / h


@dataclass(frozen=True)
class Document:
    """A file that was opened.

    Attributes:
        media: its media type, by its content and not by its name.
        pages: empty for files that hold data (XML, FEC, OFX, MT940, CSV).
        attachments: files embedded in it, by name.
        form: values of a PDF form, by the full name of the field.
        data: the bytes of files that hold data.
        facts: what else the file says of itself (title, author, creation date).
    """

    path: Path
    media: str
    pages: tuple[Page, ...] = ()
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    form: Mapping[str, FormValue] = field(default_factory=dict)
    data: bytes = b""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The words of all pages, one space between."""
        return " ".join(word.text for page in self.pages for word in page.words)
