"""A recognised line of print: its characters with their places, and the words that they form."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from socle.pages import Word
from socle.readings import Box

_SPACE = 0.55
"""A gap this many times as high as the line parts two words where the engine saw no space."""


@dataclass(frozen=True)
class Line:
    """What was read in one line.

    Attributes:
        text: its characters.
        probabilities: of each character.
        places: where each stands, from 0 at the left end of the line to 1 at the right.
    """

    text: str
    probabilities: tuple[float, ...]
    places: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """The mean probability of the characters; 0 for none."""
        return float(np.mean(self.probabilities)) if self.probabilities else 0.0


def decoded(scores: NDArray[np.float32], alphabet: list[str], share: float) -> Line:
    """Return the line that the steps of a CTC model tell, most probable character by step.

    Args:
        scores: probabilities, (steps, characters); character 0 is the blank.
        alphabet: the characters.
        share: the part of the steps that the line fills, 0 to 1; padding follows.

    Source: Graves et al. 2006, Connectionist Temporal Classification, best path decoding.
    """
    best = scores.argmax(axis=1)
    steps = max(1.0, share * len(best))
    text, sure, places = [], [], []
    start = 0
    while start < len(best):
        end = start + 1
        while end < len(best) and best[end] == best[start]:
            end += 1
        if best[start]:
            text.append(alphabet[best[start]])
            sure.append(float(scores[start:end, best[start]].max()))
            places.append(min(1.0, (start + end) / 2 / steps))
        start = end
    return Line("".join(text), tuple(sure), tuple(places))


def words_of(line: Line, corners: NDArray[np.float32]) -> list[Word]:
    """Return the words of a line, each with a box that encloses it in the picture.

    Args:
        line: what was read.
        corners: of the line, clockwise from the upper left one, (4, 2), in pixels.
    """
    width = float(np.linalg.norm(corners[1] - corners[0]))
    height = float(np.linalg.norm(corners[3] - corners[0]))
    found = []
    for start, end in _parts(line, width / max(height, 1.0)):
        # Half a character reaches out on both sides of its middle.
        half = _half(line, start, end)
        left = max(0.0, line.places[start] - half)
        right = min(1.0, line.places[end - 1] + half)
        text = unicodedata.normalize("NFC", line.text[start:end])
        sure = line.probabilities[start:end]
        characters = sure if len(sure) == len(text) else ()
        box = _box(corners, left, right)
        found.append(Word(text, box, float(np.mean(sure)), height, characters))
    return found


def _parts(line: Line, ratio: float) -> list[tuple[int, int]]:
    """Return where words begin and end: at spaces, and at gaps too wide to be anything else."""
    gaps = np.diff(np.array(line.places)) * ratio if len(line.places) > 1 else np.array([])
    usual = float(np.median(gaps)) if len(gaps) else 0.0
    parts: list[tuple[int, int]] = []
    start = None
    for i, character in enumerate(line.text):
        if character.isspace():
            if start is not None:
                parts.append((start, i))
            start = None
            continue
        wide = i > 0 and start is not None and gaps[i - 1] > max(2.2 * usual, usual + _SPACE)
        if start is None:
            start = i
        elif wide:
            parts.append((start, i))
            start = i
    if start is not None:
        parts.append((start, len(line.text)))
    return parts


def _half(line: Line, start: int, end: int) -> float:
    near = [
        b - a for a, b in zip(line.places[start:end], line.places[start + 1 : end], strict=False)
    ]
    if near:
        return float(median(near)) / 2
    return 0.5 / max(1, len(line.text))


def _box(corners: NDArray[np.float32], left: float, right: float) -> Box:
    top = corners[1] - corners[0]
    low = corners[2] - corners[3]
    points = np.stack(
        [
            corners[0] + left * top,
            corners[0] + right * top,
            corners[3] + right * low,
            corners[3] + left * low,
        ]
    )
    small, large = points.min(axis=0), points.max(axis=0)
    return float(small[0]), float(small[1]), float(large[0]), float(large[1])
