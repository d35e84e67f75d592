"""What an encoder is given to read, and which of its tokens each stretch of it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.examples import Passage, Read

Ints = NDArray[np.int64]
Kept = tuple[int, Ints | None, Ints | None]
"""Number of a window, tokens of its stretches, and the numbers of these."""


def text_of(given: Read) -> str:
    """Return the text alone."""
    return given if isinstance(given, str) else given.text


def stretches(given: Read) -> Ints | None:
    """Return first character and the one behind the last of each stretch, shape (n, 2).

    None for a text, which is one vector whatever its length.
    """
    if isinstance(given, str):
        return None
    if isinstance(given, Passage):
        return np.array(given.spans, dtype=np.int64).reshape(-1, 2)
    return np.array([(w.start, w.end) for w in given.words], dtype=np.int64).reshape(-1, 2)


def ranges(windows: Sequence[Any], wanted: Ints, given: Read) -> list[Kept]:
    """Return which windows are read, and the tokens of which stretches there.

    Args:
        windows: encodings of `tokenizers`, of one text.
        wanted: characters of each stretch in the text as it was encoded, shape (n, 2).
        given: what is read; a passage is read in one window, a sentence in all that hold words.

    Returns:
        For each window that is read its number, the tokens (stretches, 2), the stretches' numbers.
    """
    if len(windows) == 1 or not len(wanted):
        return [(0, _tokens(windows[0], wanted), np.arange(len(wanted)))]
    covered = np.array([_covered(one) for one in windows], dtype=np.int64)
    room = np.minimum(
        wanted[:, 0][None] - covered[:, 0][:, None], covered[:, 1][:, None] - wanted[:, 1][None]
    )
    if isinstance(given, Passage):
        # The first stretch of a passage is the text itself: no window shows it whole.
        one = int(room[:, 1:].min(axis=1).argmax()) if room.shape[1] > 1 else 0
        return [(one, _tokens(windows[one], wanted), np.arange(len(wanted)))]
    best = room.argmax(axis=0)
    found: list[Kept] = []
    for at in np.unique(best).tolist():
        numbers = np.flatnonzero(best == at)
        found.append((at, _tokens(windows[at], wanted[numbers]), numbers))
    return found


def _covered(window: Any) -> tuple[int, int]:
    inside = [span for span, special in _spans(window) if not special]
    return (inside[0][0], inside[-1][1]) if inside else (0, 0)


def _spans(window: Any) -> list[tuple[tuple[int, int], int]]:
    return list(zip(window.offsets, window.special_tokens_mask, strict=True))


def _tokens(window: Any, wanted: Ints) -> Ints:
    """Return the tokens that overlap each stretch; the next one where none does."""
    places = [i for i, (_, special) in enumerate(_spans(window)) if not special]
    if not places:
        return np.tile(np.array([0, 1], dtype=np.int64), (len(wanted), 1))
    at = np.array(places, dtype=np.int64)
    spans = np.array([window.offsets[i] for i in places], dtype=np.int64)
    first = np.searchsorted(spans[:, 1], wanted[:, 0], side="right")
    last = np.searchsorted(spans[:, 0], wanted[:, 1], side="left")
    first = np.minimum(first, len(at) - 1)
    last = np.maximum(np.minimum(last, len(at)), first + 1)
    return np.stack([at[first], at[last - 1] + 1], axis=1)
