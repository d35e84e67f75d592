"""The ladder of sources, per page: a text layer that is real, else print that is recognised.

Embedded files, form values and data stay as they are: they stand above both, and readers ask for
them first. What cannot be trusted is not used, and the user is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from socle import plugins
from socle.documents import noted
from socle.ocr import Recogniser
from socle.pages import Document, FormValue, Page, Picture, Word
from socle.pictures.detecting import height_of_print
from socle.pictures.glancing import Glance, glance
from socle.pictures.turning import upright
from socle.sources.codes import codes_on

_ENGINE = "rapid"
_DPI, _FINE_DPI = 200.0, 300.0
_SMALL = 9.0
"""Pixels at 200 dots per inch: print with small letters lower than this is seen at 300."""
_MOST_RECOGNISED = 40
"""Pages of one document that are recognised: some seconds each."""
_ODD = 0.1
"""Share of signs without meaning from which on a text layer is none."""
_SPEAKABLE = 0.5
"""Share of longer words that have a vowel at least, in a text layer that is real."""
_UNPAINTED = 0.5
"""Share of words that are not painted from which on a text layer is the work of another OCR."""
_AGREED = 0.8
"""Share of such words that must be recognised in a sample of the page, else it is not believed."""
_SAMPLE_WORDS = 25
_FEW = 40
"""Words: with less, and most of the page's ink elsewhere, the page is a scan with a stamp."""
_ELSEWHERE = 0.6
_VOWEL = re.compile("[aeiouyàâäæèéêëîïôöœùûüÿáíóúãõåø]", re.IGNORECASE)


def settle(document: Document, ocr: Recogniser | None = None) -> Document:
    """Return the document with words and codes on all of its pages.

    Args:
        document: as it was opened.
        ocr: reads print; None for the engine that comes with Socle, loaded when a page needs it.

    What was found out of pages stands in `facts`: `turned` (degrees by which pages were turned to
    stand upright), and sentences for the user in `notes`.

    Raises:
        MissingExtraError: a page must be recognised, and no engine is installed.
    """
    if not document.pages:
        return document
    ladder = _Ladder(document, ocr)
    pages = tuple(ladder.climbed(page) for page in document.pages)
    if ladder.left:
        ladder.notes.append(
            f"Pages {', '.join(map(str, ladder.left))} are pictures and were not read: at most "
            f"{_MOST_RECOGNISED} pages of a file are recognised."
        )
    facts = {**document.facts, **({"turned": ladder.turned} if ladder.turned else {})}
    settled = replace(document, pages=pages, facts=facts)
    return noted(settled, *ladder.notes) if ladder.notes else settled


@dataclass
class _Ladder:
    """Settles page after page, and gathers what is told of the whole."""

    document: Document
    given: Recogniser | None
    turned: dict[int, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    recognised: int = 0

    @cached_property
    def ocr(self) -> Recogniser:
        """The engine, loaded when it is first needed."""
        if self.given is not None:
            return self.given
        engine: Recogniser = plugins.load("ocr", _ENGINE)
        return engine

    def climbed(self, page: Page) -> Page:
        """Return a page with the words of the best rung that holds, and with its codes."""
        if page.render is None:
            return page
        if not page.words:
            return self._by_ocr(page)
        glanced = glance(page)
        if glanced is None:
            return page
        why = self._doubt(page, glanced)
        if why:
            self.notes.append(f"The text of page {page.number} is not used: {why}.")
            return self._by_ocr(page)
        page = self._without_unseen(page, glanced)
        return replace(page, codes=page.codes + codes_on(page, _DPI, glanced.patches))

    def _doubt(self, page: Page, glanced: Glance) -> str:
        """Return why the text layer of a page is not believed, empty if it is."""
        odd = _share_odd(page.words)
        if odd >= _ODD:
            return f"{odd:.0%} of its signs have no meaning"
        if not _speakable(page.words):
            return "its words are no words, the fonts of the file hide what they show"
        if self.document.facts.get("unpainted", {}).get(page.number, 0.0) >= _UNPAINTED:
            return self._disagreement(page)
        elsewhere = glanced.unexplained >= _ELSEWHERE
        if len(page.words) < _FEW and elsewhere and self._says_more(page):
            return "most of the page is a picture"
        return ""

    def _disagreement(self, page: Page) -> str:
        """Compare text that is not painted with what is recognised in a strip of the page."""
        picture = self._picture(page, _DPI)
        high = picture.shape[0]
        top, bottom = _fullest(page)
        rows = slice(int(top / page.height * high), int(bottom / page.height * high) + 1)
        strip = np.ascontiguousarray(picture[rows])
        heard = {_plain(word.text) for word in self.ocr.words(strip, _DPI)}
        there = [word for word in page.words if top <= _middle(word) <= bottom]
        told = [_plain(word.text) for word in there]
        told = [text for text in told if len(text) > 1]
        agreed = sum(text in heard for text in told) / len(told) if told else 0.0
        if agreed < _AGREED:
            return f"it is not painted, and only {agreed:.0%} of a sample of it stands on the page"
        self.notes.append(
            f"The text of page {page.number} was recognised by another program; {agreed:.0%} of a "
            "sample of it stands on the page."
        )
        return ""

    def _says_more(self, page: Page) -> bool:
        """Whether a page with few words looks like a scan: rows of print where no words are."""
        picture = self._picture(page, _DPI)
        grey = picture if picture.ndim == 2 else picture.mean(axis=2).astype(np.uint8)
        blank = np.array(grey)
        for word in page.words:
            x, y = grey.shape[1] / page.width, grey.shape[0] / page.height
            left, top, right, bottom = word.box
            area = (
                slice(int(top * y), int(bottom * y) + 1),
                slice(int(left * x), int(right * x) + 1),
            )
            blank[area] = 255
        return height_of_print(blank, least=_FEW * 4) is not None

    def _without_unseen(self, page: Page, glanced: Glance) -> Page:
        """Return a page without words where nothing is printed; those of its form stay."""
        boxes = [v.box for v in self.document.form.values() if _on(v, page)]
        kept = tuple(
            word
            for word, seen in zip(page.words, glanced.seen, strict=True)
            if seen or any(_inside(word, box) for box in boxes)
        )
        if len(kept) < len(page.words):
            count = len(page.words) - len(kept)
            self.notes.append(
                f"{count} words of page {page.number} cannot be seen and are not used."
            )
        return replace(page, words=kept)

    def _by_ocr(self, page: Page) -> Page:
        """Return a page with the words that are recognised on it, turned upright."""
        if self.recognised >= _MOST_RECOGNISED:
            self.left.append(page.number)
            return replace(page, words=(), source="none")
        self.recognised += 1
        pdf = self.document.media == "application/pdf"
        dpi = _DPI if pdf else page.dpi
        picture = self._picture(page, dpi)
        if pdf and (height_of_print(picture) or _SMALL) < _SMALL:
            dpi = _FINE_DPI
            picture = self._picture(page, dpi)
        x, y = page.width / picture.shape[1], page.height / picture.shape[0]
        words = tuple(_scaled(word, x, y) for word in self.ocr.words(picture, dpi))
        codes = codes_on(page, _FINE_DPI if pdf else page.dpi)
        page = replace(page, words=words, source="ocr", codes=codes)
        page, degrees = upright(page)
        if degrees:
            self.turned[page.number] = degrees
            self.notes.append(f"Page {page.number} was turned by {degrees:.0f} degrees.")
        return page

    def _picture(self, page: Page, dpi: float) -> Picture:
        render: Any = page.render
        picture: Picture = render(dpi)
        return picture


def _share_odd(words: Sequence[Word]) -> float:
    """Return the share of signs that have no meaning: replaced, private or control signs."""
    text = "".join(word.text for word in words)
    odd = sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" or c < " " for c in text)
    return odd / len(text) if text else 0.0


def _speakable(words: Sequence[Word]) -> bool:
    """Whether longer words have vowels, as those of real texts have."""
    long = [word.text for word in words if len(word.text) >= 4 and word.text.isalpha()]
    latin = [text for text in long if max(text) < "\u0250"]
    if len(latin) < 10:
        return True
    return sum(bool(_VOWEL.search(text)) for text in latin) >= _SPEAKABLE * len(latin)


def _fullest(page: Page) -> tuple[float, float]:
    """Return top and bottom of the part of a page that holds enough words for a sample."""
    words = sorted(page.words, key=_middle)
    count = min(_SAMPLE_WORDS, len(words))
    spans = [
        (_middle(words[i + count - 1]) - _middle(words[i]), i)
        for i in range(len(words) - count + 1)
    ]
    _, first = min(spans)
    sample = words[first : first + count]
    return min(word.box[1] for word in sample) - 2, max(word.box[3] for word in sample) + 2


def _middle(word: Word) -> float:
    return (word.box[1] + word.box[3]) / 2


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _on(value: FormValue, page: Page) -> bool:
    return value.page == page.number


def _inside(word: Word, box: tuple[float, float, float, float]) -> bool:
    x = (word.box[0] + word.box[2]) / 2
    return box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= _middle(word) <= box[3] + 1


def _scaled(word: Word, across: float, down: float) -> Word:
    left, top, right, bottom = word.box
    box = (left * across, top * down, right * across, bottom * down)
    return replace(word, box=box, size=word.size * down)
