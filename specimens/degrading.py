"""What printing, scanning, faxing and photographing do to a page, with exact tracking of places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from socle.pages import Picture
from socle.readings import Box

Kind = Literal["scan", "photo", "fax"]
KINDS: tuple[Kind, ...] = ("scan", "photo", "fax")
_PAPER = 255
_TABLE = (70, 180)
"""Greys of what lies around a photographed page."""


@dataclass(frozen=True)
class Transform:
    """Where each place of the page went.

    Attributes:
        matrix: (3, 3), from pixels of the page to pixels of the degraded picture.
    """

    matrix: NDArray[np.float64]

    def points(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where places (n, 2) went, also (n, 2)."""
        ahead = np.column_stack([places, np.ones(len(places))]) @ self.matrix.T
        return np.asarray(ahead[:, :2] / ahead[:, 2:], dtype=np.float64)

    def box(self, box: Box) -> Box:
        """Return the least upright box around what a box became."""
        left, top, right, bottom = box
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        went = self.points(np.array(corners, dtype=np.float64))
        low, high = went.min(axis=0), went.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def degrade(
    picture: Picture, rng: np.random.Generator, kind: Kind = "scan", strength: float = 0.5
) -> tuple[Picture, Transform]:
    """Return a picture of a page after its way through a machine, and where each place went.

    Args:
        picture: greys or RGB of 8 bits, best at 200 dots per inch.
        rng: what happens follows from it, and from it alone.
        kind: `scan` (flat, a little askew), `photo` (by hand: perspective, shadow, a table around)
            or `fax` (black and white, coarse).
        strength: 0 (hardly anything) to 1 (a person reads it with some effort).
    """
    strength = float(np.clip(strength, 0.0, 1.0))
    steps: dict[Kind, Callable[..., tuple[Picture, Transform]]] = {
        "scan": _scan,
        "photo": _photo,
        "fax": _fax,
    }
    return steps[kind](np.ascontiguousarray(picture), rng, strength)


def _scan(page: Picture, rng: np.random.Generator, hard: float) -> tuple[Picture, Transform]:
    page = _inked(page, rng, hard)
    if rng.random() < 0.5 * hard:
        page = _folded(page, rng, hard)
    dots = rng.uniform(1.0 - 0.45 * hard, 1.0)
    turned = _about_centre(page, rng.normal(0.0, 0.2 + 1.2 * hard), dots)
    seen = _warped(page, turned, _PAPER)
    seen = _blurred(seen, rng.uniform(0.2, 0.3 + 0.9 * hard))
    light = _slope(seen.shape[:2], rng, 0.02 + 0.10 * hard)
    seen = _noisy(_lit(seen, light), rng, 1.0 + 9.0 * hard)
    return _compressed(seen, int(rng.uniform(92 - 55 * hard, 95))), Transform(turned)


def _photo(page: Picture, rng: np.random.Generator, hard: float) -> tuple[Picture, Transform]:
    page = _inked(page, rng, 0.5 * hard)
    if rng.random() < 0.3 + 0.4 * hard:
        page = _folded(page, rng, hard)
    warp = _by_hand(page, rng, hard)
    table = int(rng.integers(*_TABLE))
    seen = _warped(page, warp, table)
    seen = _blurred(seen, rng.uniform(0.3, 0.5 + 1.1 * hard))
    light = _slope(seen.shape[:2], rng, 0.10 + 0.25 * hard)
    if rng.random() < 0.4 + 0.4 * hard:
        light = light * _shadow(seen.shape[:2], rng, 0.15 + 0.30 * hard)
    seen = _lit(seen, light)
    if seen.ndim == 3:
        seen = seen * rng.uniform(1.0 - 0.10 * hard, 1.0, 3)
    seen = _noisy(seen, rng, 2.0 + 8.0 * hard)
    return _compressed(seen, int(rng.uniform(90 - 50 * hard, 95))), Transform(warp)


def _fax(page: Picture, rng: np.random.Generator, hard: float) -> tuple[Picture, Transform]:
    """Send a page as group 3 does: two colours, 204 dots across and 98 to 196 down an inch."""
    grey: Any = page if page.ndim == 2 else cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    turned = _about_centre(grey, rng.normal(0.0, 0.2 + 0.8 * hard), 1.0)
    seen = _noisy(_blurred(_warped(grey, turned, _PAPER), 0.5), rng, 4.0 + 16.0 * hard)
    high, wide = seen.shape
    down = max(1, round(high * rng.uniform(1.0 - 0.45 * hard, 1.0)))
    coarse = cv2.resize(seen, (wide, down), interpolation=cv2.INTER_AREA)
    dots = (coarse > rng.uniform(140 - 25 * hard, 150 + 15 * hard)).astype(np.uint8)
    spoilt = rng.random(dots.shape) < 0.002 * hard
    dots = np.where(spoilt, 1 - dots, dots) * np.uint8(255)
    for row in rng.integers(0, down, rng.poisson(2.0 * hard)):
        dots[row] = 255  # a line that was lost
    back = cv2.resize(dots, (wide, high), interpolation=cv2.INTER_NEAREST)
    return np.asarray(back, dtype=np.uint8), Transform(turned)


def _about_centre(page: Picture, degrees: float, scale: float) -> NDArray[np.float64]:
    """Return the turn about the middle of a page of another size; what leaves the page is cut."""
    high, wide = page.shape[:2]
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    return np.diag([scale, scale, 1.0]) @ matrix


def _by_hand(page: Picture, rng: np.random.Generator, hard: float) -> NDArray[np.float64]:
    """Return how a camera held over a page sees it; all of the page stays in the picture."""
    high, wide = page.shape[:2]
    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], dtype=np.float64)
    seen = corners + rng.uniform(-1, 1, (4, 2)) * (0.01 + 0.05 * hard) * min(wide, high)
    angle = np.radians(rng.normal(0.0, 0.7 + 3.5 * hard))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = (seen - seen.mean(axis=0)) @ turn.T * rng.uniform(1.0 - 0.3 * hard, 1.0)
    edge = rng.uniform(0.01, 0.02 + 0.05 * hard) * min(wide, high)
    seen += edge - seen.min(axis=0)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def _warped(page: Picture, matrix: NDArray[np.float64], around: int) -> Any:
    """Return the page moved by a matrix, in a picture just large enough for what stays of it."""
    high, wide = page.shape[:2]
    flat = abs(matrix[2, 0]) + abs(matrix[2, 1]) == 0
    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], dtype=np.float64)
    if flat:  # a scanner sees its glass, and not what hangs over
        scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
        size = (max(8, round(wide * scale)), max(8, round(high * scale)))
    else:
        far = Transform(matrix).points(corners).max(axis=0) + 0.02 * min(wide, high)
        size = (int(far[0]), int(far[1]))
    shrunk = np.hypot(matrix[0, 0], matrix[1, 0])
    if shrunk < 0.9:  # sampling alone would lose thin strokes
        page = _blurred(page, 0.4 / float(shrunk))
    border = (around,) * (1 if page.ndim == 2 else page.shape[2])
    return cv2.warpPerspective(
        page,
        matrix,
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=border,
    )


def _inked(page: Picture, rng: np.random.Generator, hard: float) -> Any:
    """Return print that ran a little (thicker) or is worn (thinner, paler, with specks)."""
    amount = rng.uniform(-0.6, 0.6) * hard
    square = np.ones((2, 2), np.uint8)
    other = cv2.erode(page, square) if amount > 0 else cv2.dilate(page, square)
    inked = cv2.addWeighted(page, 1 - abs(amount), other, abs(amount), 0)
    pale = rng.uniform(0.0, 0.35) * hard
    return np.asarray(inked + (255 - inked) * pale, dtype=np.uint8)


def _folded(page: Picture, rng: np.random.Generator, hard: float) -> Any:
    """Return a page with one to three creases: a bright or dark line with a soft edge."""
    seen = page.astype(np.float32)
    for _ in range(int(rng.integers(1, 4))):
        across = bool(rng.random() < 0.6)
        length = page.shape[0 if across else 1]
        runs = np.arange(page.shape[1 if across else 0], dtype=np.float32)
        place = np.float32(rng.uniform(0.1, 0.9) * length) + np.float32(rng.normal(0, 0.01)) * runs
        far = np.arange(length, dtype=np.float32)[:, None] - place[None, :]
        line = np.exp(-((far / np.float32(rng.uniform(1.0, 3.0))) ** 2))
        shade = line * np.float32(rng.uniform(-60, 40) * hard)
        dark = np.float32(rng.uniform(0, 30) * hard)
        shade -= np.where(far > 0, np.exp(-np.abs(far) / 60), np.float32(0)) * dark
        shade = shade if across else shade.T
        seen += shade if page.ndim == 2 else shade[:, :, None]
    return np.asarray(np.clip(seen, 0, 255), dtype=np.uint8)


def _blurred(picture: Any, sigma: float) -> Any:
    return cv2.GaussianBlur(picture, (0, 0), sigma) if sigma > 0.15 else picture


def _slope(shape: tuple[int, int], rng: np.random.Generator, depth: float) -> Any:
    """Return light that falls off to one side, (height, width), at most 1."""
    down, across = _grid(shape)
    angle = rng.uniform(0, 2 * np.pi)
    falls = np.cos(angle) * (across - 0.5) + np.sin(angle) * (down - 0.5)
    return np.clip(1 - depth * (0.5 + falls), 0.2, 1.0, dtype=np.float32)


def _shadow(shape: tuple[int, int], rng: np.random.Generator, depth: float) -> Any:
    """Return the soft shadow of the hand that holds the camera."""
    down, across = _grid(shape)
    angle = rng.uniform(0, 2 * np.pi)
    far = np.cos(angle) * (across - rng.uniform(0.2, 0.8)) + np.sin(angle) * (
        down - rng.uniform(0.2, 0.8)
    )
    soft = np.float32(rng.uniform(0.02, 0.15))
    return 1 - np.float32(depth) / (1 + np.exp(-far / soft, dtype=np.float32))


def _grid(shape: tuple[int, int]) -> tuple[Any, Any]:
    """Return how far down and across each pixel lies, from 0 to 1."""
    down, across = (np.linspace(0, 1, length, dtype=np.float32) for length in shape)
    return down[:, None], across[None, :]


def _lit(picture: Any, light: Any) -> Any:
    return picture * (light if picture.ndim == 2 else light[:, :, None])


def _noisy(picture: Any, rng: np.random.Generator, sigma: float) -> Any:
    noise = rng.standard_normal(picture.shape[:2], dtype=np.float32) * np.float32(sigma)
    noise = noise if picture.ndim == 2 else noise[:, :, None]
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _compressed(picture: Picture, quality: int) -> Picture:
    """Return a picture that was kept as JPEG of this quality (0 to 100)."""
    swapped = picture if picture.ndim == 2 else picture[:, :, ::-1]
    _, kept = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, quality])
    opened: Any = cv2.imdecode(kept, cv2.IMREAD_UNCHANGED)
    return np.ascontiguousarray(opened if opened.ndim == 2 else opened[:, :, ::-1])
