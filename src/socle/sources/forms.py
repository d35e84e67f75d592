"""Forms whose layout is known: blank templates, and the values of a filled form by line.

A filled form is read from its fields where it still has them. Where they were flattened into the
page, or the page was scanned, the words of the page are laid over the blank: print that stands
once on both gives the shift, scale and turn, and what falls into a box is the value of its line.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.pages import Document, Page, Word
from socle.pages.rows import around
from socle.readings import Box, Source

_Points = NDArray[np.float64]
_TRIALS = 300
_NEAR = (20.0, 14.0, 10.0, 8.0, 6.0, 5.0, 5.0)
"""Anchors fit when they lie this near, in points, to where the blank has them: at first those that
agree but for the warp of a photograph, at last those that stand well within a row of the form."""
_AFFINE = 2
"""So many of these rounds fit an affine map, the others a projective one."""
_FEWEST = 8
"""Anchors that must agree: fewer can agree by chance."""
_SHARE = 0.3
"""Share of the anchors of a blank page that must be found on a page for it to be that page."""
_EDGE = 0.12
"""Share of a box's height within which print lies on its edge."""
_SPREAD = 3.0
"""Points by which the anchors around a box may differ in height; rows are 12 apart."""
_FAR = 150.0
"""Points within which two anchors must lie for a box to be placed firmly."""
_REPEATS = 6
"""A word that stands on the page more often is no anchor."""
_LOCAL = 6
"""Anchors around a box that say how far the paper is warped there."""


@dataclass(frozen=True)
class Slot:
    """A box to fill in: our name, the last part of the form field's name, and the box in points."""

    name: str
    field: str
    box: Box


@dataclass(frozen=True)
class Sheet:
    """A page of a blank form: its size in points, words that stand on it once, and boxes."""

    size: tuple[float, float]
    anchors: tuple[tuple[str, float, float], ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Template:
    """A blank form of one year."""

    form: str
    year: int
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Filled:
    """What was found in one box.

    Attributes:
        text: words from left to right, one space between.
        page: from 1.
        box: in the page's own unit.
        source: the rung of the ladder.
        words: none where it comes from a form field.
        firm: whether the place leaves no doubt of the box; False where the paper is warped there,
            or the print lies on the edge of its box.
    """

    text: str
    page: int
    box: Box
    source: Source
    words: tuple[Word, ...] = ()
    firm: bool = True


@dataclass(frozen=True)
class Overlay:
    """How a sheet lies on a page.

    Attributes:
        matrix: (3, 3), projective, from the page's unit to points of the sheet.
        places: (n, 2) anchors on the sheet that were found.
        off: (n, 2) how far the matrix puts each from its place, in points.
        share: anchors found, of those that the sheet has.
    """

    matrix: _Points
    places: _Points = field(repr=False)
    off: _Points = field(repr=False)
    share: float

    def back(self, points: _Points, near: _Points) -> tuple[_Points, bool]:
        """Return where points (n, 2) of the page lie on the sheet, and whether that is firm.

        Args:
            points: in the page's unit.
            near: (2,) a place on the sheet; the anchors around it say how the paper is warped.
        """
        away = np.linalg.norm(self.places - near, axis=1)
        nearest = np.argsort(away)[:_LOCAL]
        shift = np.median(self.off[nearest], axis=0)
        spread = float(np.median(np.abs(self.off[nearest, 1] - shift[1])))
        firm = spread < _SPREAD and float(away[nearest[1]]) < _FAR
        return _mapped(self.matrix, points) - shift, firm


@cache
def templates(form: str) -> tuple[Template, ...]:
    """Return the blanks that come with Socle for a form (`1040`), the newest year first."""
    found = Path(__file__).parent.glob(f"us_{form}_*.toml")
    blanks = [_template(tomllib.loads(path.read_text(encoding="utf-8"))) for path in found]
    return tuple(sorted(blanks, key=lambda blank: -blank.year))


def _template(facts: Mapping[str, Any]) -> Template:
    sheets = tuple(
        Sheet(
            size=(page["size"][0], page["size"][1]),
            anchors=tuple((str(t), float(x), float(y)) for t, x, y in page["anchors"]),
            slots=tuple(
                Slot(name, slot["field"], tuple(slot["box"]))
                for name, slot in page["fields"].items()
            ),
        )
        for page in facts["pages"]
    )
    return Template(facts["form"], facts["year"], sheets)


def from_fields(document: Document, template: Template) -> dict[str, Filled]:
    """Return what stands in the form fields of a document, by our names; empty ones left out."""
    given = {(value.page, name.rsplit(".", 1)[-1]): value for name, value in document.form.items()}
    found: dict[str, Filled] = {}
    first = min((page for page, _ in given), default=1)
    for number, sheet in enumerate(template.sheets):
        for slot in sheet.slots:
            value = given.get((first + number, slot.field))
            text = value.value.strip() if value and isinstance(value.value, str) else ""
            if value and text:
                found[slot.name] = Filled(text, value.page, value.box, "form")
    return found


def matching_fields(document: Document, template: Template, within: float = 4.0) -> float:
    """Return the share of a blank's boxes whose field stands there in the document, 0 to 1.

    Years reuse the names of fields for other lines; only the place tells the year. Where only
    filled fields are known, the share is of those.
    """
    hits = seen = 0
    boxes = {
        name.rsplit(".", 1)[-1]: value
        for name, value in document.form.items()
        if value.page <= len(document.pages) or not document.pages
    }
    for sheet in template.sheets:
        for slot in sheet.slots:
            value = boxes.get(slot.field)
            if value is not None:
                seen += 1
                off = max(abs(a - b) for a, b in zip(value.box, slot.box, strict=True))
                hits += off <= within
    return hits / seen if seen else 0.0


def from_pages(
    pages: Sequence[Page], template: Template
) -> tuple[dict[str, Filled], dict[int, Overlay]]:
    """Return what stands in the boxes of a filled form, and how each sheet lies on its page.

    Args:
        pages: with their words.
        template: the blank.

    Returns:
        Values by our names, empty boxes left out; overlays by the index of the sheet.
    """
    found: dict[str, Filled] = {}
    overlays: dict[int, Overlay] = {}
    for index, sheet in enumerate(template.sheets):
        laid = [(page, overlay) for page in pages if (overlay := align(page, sheet))]
        if not laid:
            continue
        page, overlay = max(laid, key=lambda pair: pair[1].share)
        overlays[index] = overlay
        for slot in sheet.slots:
            words, firm = _inside(page.words, slot.box, overlay)
            if words:
                text = " ".join(word.text for word in words)
                source: Source = "ocr" if page.source == "ocr" else "text"
                box = around(word.box for word in words)
                found[slot.name] = Filled(text, page.number, box, source, words, firm)
    return found, overlays


def align(page: Page, sheet: Sheet) -> Overlay | None:
    """Return how a sheet lies on a page, or None if the page is not that sheet.

    Two anchors at a time propose a shift, scale and turn; the proposal with which most anchors
    agree is refined, round by round, to a projective map over all that agree.
    """
    pairs = _pairs(page.words, sheet)
    if len(pairs) < _FEWEST:
        return None
    here = np.array([(x, y) for x, y, _, _ in pairs])
    there = np.array([(x, y) for _, _, x, y in pairs])
    keep = _agreeing(there, here, _NEAR[0])
    matrix = np.eye(3)
    off = here
    for number, near in enumerate(_NEAR):
        if keep.sum() < _FEWEST:
            return None
        fit = _affine if number < _AFFINE else _projective
        matrix = fit(there[keep], here[keep])
        off = _mapped(matrix, there) - here
        keep = np.linalg.norm(off, axis=1) < near
    distinct = len({tuple(place) for place in here[keep]})
    share = distinct / len(sheet.anchors)
    if share < _SHARE or distinct < _FEWEST:
        return None
    return Overlay(matrix, here[keep], off[keep], share)


def _pairs(words: Sequence[Word], sheet: Sheet) -> list[tuple[float, float, float, float]]:
    """Return anchors of the sheet beside words of the page that read the same."""
    where: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        where[_plain(word.text)].append(word)
    return [
        (x, y, (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2)
        for text, x, y in sheet.anchors
        if len(where.get(_plain(text), ())) <= _REPEATS
        for word in where[_plain(text)]
    ]


def _plain(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.lower())


def _agreeing(points: _Points, places: _Points, near: float) -> NDArray[np.bool_]:
    """Return which points agree with the best similarity to their places that two of them give."""
    draw = np.random.default_rng(0)
    best = np.zeros(len(points), dtype=bool)
    a, b = (v[:, 0] + 1j * v[:, 1] for v in (points, places))
    spread = np.ptp(places, axis=0).max()
    for _ in range(_TRIALS):
        i, j = draw.choice(len(a), 2, replace=False)
        if a[i] == a[j] or abs(b[i] - b[j]) < 0.25 * spread:
            continue
        turn = (b[i] - b[j]) / (a[i] - a[j])
        keep = np.abs(turn * (a - a[i]) + b[i] - b) < near
        if keep.sum() > best.sum():
            best = keep
    return best


def _mapped(matrix: _Points, points: _Points) -> _Points:
    """Return points (n, 2) under a projective map."""
    full = np.hstack([points, np.ones((len(points), 1))]) @ matrix.T
    depth = np.where(np.abs(full[:, 2:]) < 1e-9, 1e-9, full[:, 2:])
    return np.asarray(full[:, :2] / depth, dtype=float)


def _affine(points: _Points, places: _Points) -> _Points:
    full = np.hstack([points, np.ones((len(points), 1))])
    solved, *_ = np.linalg.lstsq(full, places, rcond=None)
    return np.vstack([solved.T, [0.0, 0.0, 1.0]])


def _projective(points: _Points, places: _Points) -> _Points:
    """Return the (3, 3) map that brings points to their places, by least squares."""
    size = np.abs(points).max() or 1.0
    scaled, wide = points / size, np.abs(places).max() or 1.0
    target = places / wide
    ones, none = np.ones((len(points), 1)), np.zeros((len(points), 3))
    across = np.hstack([scaled, ones, none, -target[:, :1] * scaled])
    down = np.hstack([none, scaled, ones, -target[:, 1:] * scaled])
    solved, *_ = np.linalg.lstsq(np.vstack([across, down]), target.T.ravel(), rcond=None)
    matrix = np.append(solved, 1.0).reshape(3, 3)
    back = np.diag([wide, wide, 1.0])
    return np.asarray(back @ matrix @ np.diag([1 / size, 1 / size, 1.0]), dtype=float)


def _inside(words: Sequence[Word], box: Box, overlay: Overlay) -> tuple[tuple[Word, ...], bool]:
    """Return the words whose middle lies in a box of the sheet, and whether that is firm.

    They come from left to right, without dots.
    """
    left, top, right, bottom = box
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    middles = np.array([[(w.box[0] + w.box[2]) / 2, (w.box[1] + w.box[3]) / 2] for w in words])
    places, firm = overlay.back(middles, centre)
    x, y = places.T
    within = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    kept = [i for i in map(int, np.flatnonzero(within)) if re.search(r"\w", words[i].text)]
    edge = _EDGE * (bottom - top)
    firm = firm and all(top + edge <= y[i] <= bottom - edge for i in kept)
    return tuple(words[i] for i in sorted(kept, key=lambda i: float(x[i]))), firm
