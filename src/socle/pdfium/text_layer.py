"""The text layer of a page as placed words."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any

from socle.pages import Word
from socle.pages.letters import Letter, plain, words_among
from socle.pdfium import Frame
from socle.readings import Box

_INVISIBLE = 3
"""The mode of rendering of text that is not painted: OCR put behind a scan."""
_HYPHEN = 2
"""What PDFium tells for a hyphen at the end of a line."""


@dataclass(frozen=True)
class TextLayer:
    """What a page says.

    Attributes:
        words: in the order of the file.
        unpainted: how many of them are not painted.
        outside: how many more lie outside of the page.
    """

    words: tuple[Word, ...]
    unpainted: int
    outside: int


def text_layer(page: Any, frame: Frame) -> TextLayer:
    """Return what the text layer of a page of pypdfium2 says."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    try:
        letters, places = _letters(text, frame)
        words: list[Word] = []
        unpainted = outside = 0
        for group in words_among(letters):
            word = _word(text, [letters[i] for i in group], places[group[0]])
            if not word.text:
                continue
            if not _on(word.box, frame):
                outside += 1
                continue
            owner = pdfium.FPDFText_GetTextObject(text, places[group[0]])
            if owner and pdfium.FPDFTextObj_GetTextRenderMode(owner) == _INVISIBLE:
                unpainted += 1
            words.append(word)
        return TextLayer(tuple(words), unpainted, outside)
    finally:
        text.close()


def _letters(text: Any, frame: Frame) -> tuple[list[Letter], list[int]]:
    """Return the signs of a page in the order of the file, and their numbers for PDFium."""
    import pypdfium2.raw as pdfium

    rect = pdfium.FS_RECTF()
    pointer = ctypes.byref(rect)
    handle = text.raw
    unicode, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    angle_of, guessed = pdfium.FPDFText_GetCharAngle, pdfium.FPDFText_IsGenerated
    letters: list[Letter] = []
    places: list[int] = []
    for i in range(pdfium.FPDFText_CountChars(handle)):
        code = unicode(handle, i)
        if code in (9, 10, 13, 32, 160):
            sign, box, upright = " " if code in (9, 32, 160) else "\n", (0.0, 0.0, 0.0, 0.0), False
            letters.append(Letter(sign, box, upright, guessed(handle, i) == 1))
            places.append(i)
            continue
        if not box_of(handle, i, pointer):
            continue
        box = frame.shown(rect.left, rect.bottom, rect.right, rect.top)
        upright = abs(math.sin(angle_of(handle, i))) > 0.7
        if frame.turned in (90, 270):
            upright = not upright
        letters.append(Letter(_sign(code), box, upright))
        places.append(i)
        if code == _HYPHEN:
            letters.append(Letter("\n", box))
            places.append(i)
    return letters, places


def _sign(code: int) -> str:
    # A soft hyphen in a text layer is one that was painted.
    if code in (_HYPHEN, 0xAD):
        return "-"
    # Half of a pictograph, of which PDFium forgets the other.
    if 0xD800 <= code < 0xE000:
        return " "
    # What has no meaning stays visible: a text layer full of it is none.
    if code < 32 or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF:
        return "\ufffd"
    return chr(code)


def _word(text: Any, letters: list[Letter], place: int) -> Word:
    import pypdfium2.raw as pdfium

    said = "".join(plain("".join(letter.text for letter in letters)).split())
    sides = list(zip(*(letter.box for letter in letters), strict=True))
    box = (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))
    matrix = pdfium.FS_MATRIX()
    size = float(pdfium.FPDFText_GetFontSize(text, place))
    if pdfium.FPDFText_GetMatrix(text, place, ctypes.byref(matrix)):
        size *= math.hypot(matrix.c, matrix.d)
    high = box[2] - box[0] if letters[0].upright else box[3] - box[1]
    if not 0.5 * high < size < 2.5 * high:
        size = high  # fonts lie about one or the other; the box is where the word stands
    return Word(said, box, size=size)


def _on(box: Box, frame: Frame) -> bool:
    """Whether the middle of a box lies on the page."""
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return 0 <= across <= frame.width and 0 <= down <= frame.height
