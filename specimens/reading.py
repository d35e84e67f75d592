"""Specimens as pages of words: as their text layer gives them, or as OCR would garble them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from socle.documents import Given, opened
from socle.guard import Limits
from socle.pages import Document, Page, Word
from socle.readings import Box
from specimens.invoices import Specimen

# What recognisers take for each other; digits only for each other's look-alikes and letters.
_CONFUSED = {
    "0": "O", "O": "0", "o": "0", "1": "lI", "l": "1I", "I": "l1", "5": "S", "S": "5", "8": "B",
    "B": "8", "é": "e", "è": "e", "ê": "e", "à": "a", "ç": "c", "ü": "u", "ö": "o", "ä": "a",
    "ß": "B", "°": "o*", ":": ";.", ",": ".", ".": ",", "€": "E", "£": "E", "m": "n", "n": "ri",
    "c": "e", "e": "c", "u": "ii", "h": "b", "g": "q", "-": "~", "'": "`", "6": "G", "2": "Z",
    "É": "E", "È": "E", "À": "A", "Ü": "U", "Ö": "O", "/": "I", "rn": "m",
}  # fmt: skip


def words(specimen: Specimen) -> Document:
    """Return the pages of a specimen with the words of their text layer."""
    return opened(Given(Path("specimen.pdf"), specimen.pdf, Limits()))


def noisy_document(document: Document, rng: np.random.Generator, strength: float) -> Document:
    """Return the document as OCR would give it; see `noisy`."""
    pages = tuple(_noisy_page(page, rng, strength) for page in document.pages)
    return replace(document, pages=pages)


def noisy(print_: Sequence[Word], rng: np.random.Generator, strength: float) -> tuple[Word, ...]:
    """Return words as OCR of a scan would give them; what they should say is unchanged.

    Args:
        print_: words in reading order.
        rng: where the faults fall.
        strength: 0 for none; 1 for a good scan (about one sign in 150 is wrong, one space in 25
            is lost), 3 for a bad one.
    """
    if strength <= 0:
        return tuple(print_)
    heard: list[Word] = []
    for word in print_:
        text = "".join(_heard(char, rng, strength) for char in word.text)
        if not text or (len(text) == 1 and not text.isalnum() and rng.random() < 0.05 * strength):
            continue
        fault = text != word.text
        sure = float(np.clip(rng.normal(0.8 if fault else 0.97, 0.05), 0.3, 1.0))
        word = replace(word, text=text, box=_shaken(word, rng, strength), confidence=sure)
        if heard and _near(heard[-1], word) and rng.random() < 0.04 * strength:
            heard[-1] = _joined(heard[-1], word)
        elif len(text) > 3 and rng.random() < 0.004 * strength:
            heard += _parted(word, int(rng.integers(1, len(text))))
        else:
            heard.append(word)
    return tuple(heard)


def _noisy_page(page: Page, rng: np.random.Generator, strength: float) -> Page:
    slope = float(rng.normal(0, 0.004 * strength))
    leaning = [
        replace(word, box=(word.box[0], word.box[1] + slope * word.box[0],
                           word.box[2], word.box[3] + slope * word.box[0]))
        for word in page.words
    ]  # fmt: skip
    return replace(page, words=noisy(leaning, rng, strength), source="ocr")


def _heard(char: str, rng: np.random.Generator, strength: float) -> str:
    roll = rng.random()
    # Accents and small marks get lost far more often than letters and digits.
    often = 0.03 if char in "éèêàçüöäß°É" else 0.012 if char in ",.:;'-" else 0.003
    if roll < often * strength and char in _CONFUSED:
        options = _CONFUSED[char]
        return options[int(rng.integers(len(options)))]
    if roll > 1 - 0.0015 * strength and not char.isdigit():
        return ""
    return char


def _shaken(word: Word, rng: np.random.Generator, strength: float) -> Box:
    high = word.box[3] - word.box[1]
    jitter = rng.normal(0, 0.04 * high * min(strength, 2), 4)
    left, top, right, low = (float(s + by) for s, by in zip(word.box, jitter, strict=True))
    return left, top, max(right, left + 0.1 * high), max(low, top + 0.1 * high)


def _near(one: Word, two: Word) -> bool:
    high = one.box[3] - one.box[1]
    level = abs(one.box[1] - two.box[1]) < 0.4 * high
    return level and -0.2 * high < two.box[0] - one.box[2] < 0.6 * high


def _joined(one: Word, two: Word) -> Word:
    a, b = one.box, two.box
    box = (a[0], min(a[1], b[1]), b[2], max(a[3], b[3]))
    return replace(one, text=one.text + two.text, box=box)


def _parted(word: Word, at: int) -> list[Word]:
    left, top, right, low = word.box
    middle = left + (right - left) * at / len(word.text)
    return [
        replace(word, text=word.text[:at], box=(left, top, middle, low)),
        replace(word, text=word.text[at:], box=(middle, top, right, low)),
    ]
