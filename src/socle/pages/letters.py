"""Letters of a text layer, put together into words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from socle.readings import Box

_APART = 0.5
"""Letters further apart than this share of their height never form one word."""
_TOGETHER = 0.06
"""A space that the reader of the file only guessed, in a gap smaller than this, is none."""
_SMALLEST = 0.5
"""Letters lower than this (in points) are not meant to be seen."""
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2212\ufe63\uff0d", "-"))


def plain(text: str) -> str:
    """Return print as readers expect it: ligatures apart (NFKC), one kind of hyphen.

    It may hold spaces where it had none: a no-break space is one.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).translate(_HYPHENS)


@dataclass(frozen=True)
class Letter:
    """One sign of a text layer.

    Attributes:
        text: one sign; a space parts words.
        box: in the page's unit, from its upper left corner.
        upright: whether the text runs up or down the page.
        guessed: whether the file does not hold it, as spaces between pieces of text.
    """

    text: str
    box: Box
    upright: bool = False
    guessed: bool = False


def words_among(letters: Sequence[Letter]) -> list[list[int]]:
    """Return the words, each as the places of its letters; letters too small to see are left out.

    Words end at spaces, at the end of a line, and where the next letter stands elsewhere: files
    place pieces of text without any space between.
    """
    words: list[list[int]] = []
    last: Letter | None = None
    parted = guessed = False
    for place, letter in enumerate(letters):
        if not letter.text.strip():
            guessed = guessed or (letter.guessed and letter.text == " ")
            parted = parted or not (letter.guessed and letter.text == " ")
            continue
        if max(letter.box[2] - letter.box[0], letter.box[3] - letter.box[1]) < _SMALLEST:
            continue
        gap = _gap(last, letter) if last else None
        joined = gap is not None and gap < _APART and not parted
        if joined and guessed:
            joined = gap is not None and gap < _TOGETHER
        if joined:
            words[-1].append(place)
        else:
            words.append([place])
        last, parted, guessed = letter, False, False
    return words


def _gap(one: Letter, two: Letter) -> float | None:
    """Return the gap as a share of the height; None if they are not of the same line."""
    if one.upright != two.upright:
        return None
    along, across = (1, 0) if one.upright else (0, 1)
    a, b = one.box, two.box
    high = min(a[across + 2] - a[across], b[across + 2] - b[across])
    shared = min(a[across + 2], b[across + 2]) - max(a[across], b[across])
    if shared < 0.5 * high or high <= 0:
        return None
    gap = max(b[along] - a[along + 2], a[along] - b[along + 2])
    return gap / high
