"""Blank forms laid over filled pages, shifted, scaled, turned and warped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from socle.pages import Document, FormValue, Page, Word
from socle.sources.forms import (
    Sheet,
    Slot,
    Template,
    align,
    from_fields,
    from_pages,
    matching_fields,
    templates,
)

_DRAW = np.random.default_rng(3)
ANCHORS = tuple(
    (f"anchor{i}", float(x), float(y))
    for i, (x, y) in enumerate(_DRAW.uniform([30, 30], [470, 760], (40, 2)))
)
SLOTS = (
    Slot("line_1a", "f1_1[0]", (500, 100, 576, 112)),
    Slot("line_1b", "f1_2[0]", (500, 112, 576, 124)),
)
SHEET = Sheet((612, 792), ANCHORS, SLOTS)
BLANK = Template("1040", 2024, (SHEET,))


def page(matrix: np.ndarray, kept: float = 1.0, noise: float = 0.0, seed: int = 0) -> Page:
    """Return the sheet, mapped by a (2, 3) matrix, with 1,234 on line 1a and 567 on line 1b."""
    draw = np.random.default_rng(seed)
    words = []
    filled = [("1,234", 550.0, 106.0), ("567", 560.0, 118.0)]
    printed = [a for a in ANCHORS if draw.random() < kept]
    for text, x, y in [*printed, *filled]:
        u, v = matrix @ np.array([x, y, 1.0]) + draw.normal(0, noise, 2)
        half = 3.0 * abs(matrix[0, 0])
        words.append(Word(text, (u - 2 * half, v - half, u + 2 * half, v + half)))
    far = np.abs(matrix @ np.array([612, 792, 1.0]))
    return Page(1, float(far[0]), float(far[1]), tuple(words), "text")


def _turned(degrees: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.hstack([turn, np.array(shift)[:, None]])


@pytest.mark.parametrize(
    "matrix",
    [
        _turned(0, 1, (0, 0)),
        _turned(0, 2.78, (40, -25)),
        _turned(2.5, 2.78, (60, 10)),
        _turned(-4, 1.0, (5, 50)),
        np.array([[1.02, 0.01, 3.0], [0.0, 0.97, 8.0]]),
    ],
)
def test_values_are_found_wherever_the_page_lies(matrix: np.ndarray) -> None:
    found, overlays = from_pages([page(matrix, kept=0.7, noise=0.3)], BLANK)
    assert {name: f.text for name, f in found.items()} == {"line_1a": "1,234", "line_1b": "567"}
    assert 0.5 < overlays[0].share <= 1


def test_other_page_is_no_such_sheet() -> None:
    words = [Word(f"word{i}", (i * 5.0, i * 9.0, i * 5.0 + 4, i * 9.0 + 8)) for i in range(60)]
    assert align(Page(1, 612, 792, tuple(words), "text"), SHEET) is None
    scattered = np.random.default_rng(0).uniform(0, 700, (40, 2))
    same = [Word(a[0], (x, y, x + 9, y + 9)) for a, (x, y) in zip(ANCHORS, scattered, strict=True)]
    assert align(Page(1, 612, 792, tuple(same), "text"), SHEET) is None


def test_empty_box_gives_nothing() -> None:
    whole = page(_turned(0, 1, (0, 0)))
    bare = tuple(w for w in whole.words if w.text != "567")
    found, _ = from_pages(
        [Page(1, 612, 792, (*bare, Word("....", (530, 115, 560, 121))), "text")], BLANK
    )
    assert list(found) == ["line_1a"]


def test_fields_give_values_and_their_places_the_year() -> None:
    form = {
        "top[0].Page1[0].f1_1[0]": FormValue("1,234", 1, (500, 100, 576, 112)),
        "top[0].Page1[0].f1_2[0]": FormValue("  ", 1, (500, 112, 576, 124)),
    }
    document = Document(Path("x.pdf"), "application/pdf", (Page(1, 612, 792),), form=form)
    assert {n: f.text for n, f in from_fields(document, BLANK).items()} == {"line_1a": "1,234"}
    assert matching_fields(document, BLANK) == 1.0
    moved = Template(
        "1040",
        2023,
        (Sheet((612, 792), ANCHORS, (Slot("line_1a", "f1_1[0]", (500, 300, 576, 312)),)),),
    )
    assert matching_fields(document, moved) == 0.0


def test_templates_hold_every_line_once() -> None:
    for blank in templates("1040"):
        names = [slot.name for sheet in blank.sheets for slot in sheet.slots]
        assert len(names) == len(set(names))
        for line in ("1a", "1z", "9", "11", "15", "24", "25d", "33", "34", "37"):
            assert f"line_{line}" in names
    assert [blank.year for blank in templates("1040")] == [2024, 2023]
