"""The ladder of sources: a document with the words and codes of its pages, from the best rung.

Embedded files and form values are there since the document was opened. Here each page gets its
codes, and words from OCR where its own text layer is not to be trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from socle import plugins
from socle.documents import noted
from socle.ocr import Recogniser
from socle.pages import Document, Page, Picture, Word
from socle.readings import Box
from socle.sources import codes

_DPI = 200.0
_MOST_RECOGNISED = 30
"""Pages of one document that are read from pictures: some seconds each."""
_FEWEST = 4
"""A page of fewer words that shows pictures or drawings is a picture with a stamp on it."""
_MOST_ODD = 0.1
_MOST_UNPAINTED = 0.5
_ALIKE = 0.6
"""Share of hidden words that OCR must confirm; below, the hidden text tells something else."""
_SURE = 0.85
"""Mean probability of words below which the page may lie on its side or upside down."""


def settle(document: Document, ocr: Recogniser | None = None) -> Document:
    """Return the document with codes, and with words from OCR where the text layer is none.

    Args:
        document: as it was opened.
        ocr: reads pictures; the engine that comes with Socle by default, loaded when needed.

    Raises:
        MissingExtraError: a page must be read from its picture, and no engine is installed.
    """
    unpainted = document.facts.get("unpainted", {})
    pages: list[Page] = []
    notes: list[str] = []
    recognised = 0
    for page in document.pages:
        hidden = unpainted.get(page.number, 0.0) > _MOST_UNPAINTED
        if page.render is None:
            pages.append(page)
            continue
        if not hidden and real(page):
            known = codes.on(page) if page.drawn else ()
            pages.append(replace(page, codes=known))
            continue
        recognised += 1
        if recognised > _MOST_RECOGNISED:
            pages.append(replace(page, words=(), source="none"))
            continue
        seen = _recognised(page, ocr or _engine())
        if hidden and not _alike(page.words, seen.words):
            notes.append(f"The hidden text of page {page.number} is not what the page shows.")
        pages.append(replace(seen, codes=codes.on(page)))
    if recognised > _MOST_RECOGNISED:
        left = recognised - _MOST_RECOGNISED
        notes.append(f"{left} pages were not read: {_MOST_RECOGNISED} are read from pictures.")
    settled = replace(document, pages=tuple(pages))
    return noted(settled, *notes) if notes else settled


def real(page: Page) -> bool:
    """Return whether the text layer of a page is what a reader sees: enough words, of letters."""
    if page.drawn and len(page.words) < _FEWEST:
        return False
    letters = "".join(word.text for word in page.words)
    odd = sum(_odd(letter) for letter in letters)
    return bool(letters) and odd <= _MOST_ODD * len(letters)


def recognise(ocr: Recogniser, picture: Picture, dpi: float) -> tuple[Word, ...]:
    """Return the words of a picture, turned upright first if it lies on its side.

    Boxes are those of the picture as it was given.
    """
    upright = ocr.words(picture, dpi)
    if _sureness(upright) >= _SURE:
        return upright
    # Words that stand rather than lie tell of a quarter turn; else only half a turn is left.
    turns = (1, 3) if _standing(upright) else (2,)
    best, turn = upright, 0
    for quarter in turns:
        words = ocr.words(np.rot90(picture, quarter), dpi)
        if _weight(words) > _weight(best):
            best, turn = words, quarter
    return tuple(replace(word, box=_turned_back(word.box, turn, picture)) for word in best)


def _recognised(page: Page, ocr: Recogniser) -> Page:
    if page.render is None:
        return page
    dpi = page.dpi if page.source == "none" and page.dpi != _DPI else _DPI
    picture = page.render(dpi)
    scale = page.width / picture.shape[1]
    words = tuple(
        replace(word, box=(*(scale * side for side in word.box),), size=scale * word.size)
        for word in recognise(ocr, picture, dpi)
    )
    return replace(page, words=words, source="ocr" if words else "none")


@cache
def _engine() -> Recogniser:
    engine: Recogniser = plugins.load("ocr", "rapid")
    return engine


def _odd(letter: str) -> bool:
    return letter == "\ufffd" or "\ue000" <= letter <= "\uf8ff" or ord(letter) < 32


def _alike(hidden: Sequence[Word], seen: Sequence[Word]) -> bool:
    told = Counter(word.text.casefold() for word in hidden if len(word.text) > 2)
    found = Counter(word.text.casefold() for word in seen)
    return (told & found).total() >= _ALIKE * told.total()


def _sureness(words: Sequence[Word]) -> float:
    return float(np.mean([word.confidence for word in words])) if words else 0.0


def _weight(words: Sequence[Word]) -> float:
    return sum(len(word.text) * word.confidence**4 for word in words)


def _standing(words: Sequence[Word]) -> bool:
    long = [word.box for word in words if len(word.text) > 2]
    tall = sum(box[3] - box[1] > box[2] - box[0] for box in long)
    return tall > len(long) / 2


def _turned_back(box: Box, quarters: int, picture: Picture) -> Box:
    """Return a box of a picture that was turned left by quarters, in the picture before."""
    high, wide = picture.shape[:2]
    left, top, right, bottom = box
    if quarters == 1:
        return wide - bottom, left, wide - top, right
    if quarters == 2:
        return wide - right, high - bottom, wide - left, high - top
    if quarters == 3:
        return top, high - right, bottom, high - left
    return box
