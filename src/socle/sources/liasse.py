"""Forms 2050 to 2053 of the French tax return of companies: amounts by the codes of their boxes.

The codes are printed in columns of their own, left of their boxes. A code that OCR has lost or
spoilt is known by the label of its row.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from socle.pages import Word
from socle.sources.figures import Figure, Ruled, columns, empty, spelt
from socle.sources.labelled import fold

FORMS = ("2050", "2051", "2052", "2053")
_FEWEST = 5
"""So many codes of one form make a page that form."""
_ALIKE = 0.86
"""Labels that are this alike are the same, where the code is not legible."""
_LOOKS = str.maketrans("0158|62", "OISBIGZ")
"""Signs that OCR reads for letters."""


@dataclass(frozen=True)
class BoxRow:
    """A row of a form.

    Attributes:
        box: its first code: the one of the line as a whole.
        figures: `gross`, `depreciation`, `net`, `previous`: what is filled.
        boxes: figures by code.
    """

    box: str
    label: str
    figures: Mapping[str, Figure]
    boxes: Mapping[str, Figure]
    ruled: Ruled
    known: bool = True


@dataclass(frozen=True)
class _Code:
    text: str
    word: Word
    place: int
    at: int = 0


@dataclass
class _Sheet:
    """A page of a form: its codes by row, and the columns that they stand in."""

    form: str
    rows: Sequence[Ruled]
    codes: Mapping[int, list[_Code]]
    places: list[float] = field(default_factory=list)
    spots: dict[int, float] = field(default_factory=dict)


@cache
def facts() -> dict[str, Any]:
    """Return labels and boxes of the forms, and other words of `liasse.toml`."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def _codes(form: str) -> Mapping[str, tuple[str, int]]:
    """Return the label and the place in its row by code."""
    return {
        code: (label, place)
        for label, *codes in facts()[form]["rows"]
        for place, code in enumerate(codes)
    }


def form_of(sheet: Sequence[Ruled]) -> str | None:
    """Return which form a page is, by its codes; None if it is none."""
    counts = {form: len({c.text for c in _seen(sheet, form)}) for form in FORMS}
    best = max(FORMS, key=lambda form: counts[form])
    return best if counts[best] >= _FEWEST else None


def box_rows(sheet: Sequence[Ruled], form: str) -> list[BoxRow]:
    """Return the filled rows of a page of a form, from the top.

    Args:
        sheet: rows of the page.
        form: one of `FORMS`.
    """
    page = _sheet(sheet, form)
    inside = [_free(row, page.codes.get(at, [])) for at, row in enumerate(sheet)]
    last = max(page.places, default=0.0)
    right = columns(f for at in page.codes for f in inside[at] if f.box[0] > last)
    found: list[BoxRow] = []
    taken: set[str] = {c.text for codes in page.codes.values() for c in codes}
    for at, row in enumerate(sheet):
        codes = page.codes.get(at) or _by_label(row, form, taken, page)
        codes = [*codes, *_lost(row, codes, page, taken)]
        made = _row(row, codes, inside[at], right, form, page) if codes else None
        if made is not None:
            found.append(made)
            taken |= set(made.boxes)
    return found


def _seen(sheet: Sequence[Ruled], form: str) -> list[_Code]:
    """Return the words of a page that look like codes of a form."""
    known = _codes(form)
    found = []
    for at, row in enumerate(sheet):
        words = row.row.words
        for i, word in enumerate(words):
            text = re.sub(r"[^\w|]", "", word.text)
            if text not in known:
                continue
            behind = words[i + 1] if i + 1 < len(words) else None
            if behind is None or _begins(behind, form) or behind.box[0] - word.box[2] > row.high:
                found.append(_Code(text, word, known[text][1], at))
    return found


def _begins(word: Word, form: str) -> bool:
    """Return whether a word may stand behind a code: a number, another code, a dash."""
    return bool(re.match(r"[-(\u2212]?\d", word.text)) or empty(word) or word.text in _codes(form)


def _sheet(sheet: Sequence[Ruled], form: str) -> _Sheet:
    """Return the codes of a page that stand in columns of codes, the spoilt ones repaired."""
    seen = _seen(sheet, form)
    high = median(row.high for row in sheet)
    places: list[float] = []
    spots: dict[int, float] = {}
    for place in sorted({code.place for code in seen}):
        lefts = [code.word.box[0] for code in seen if code.place == place]
        places += _clusters(lefts, 2.5 * high)
        spots[place] = median(lefts)
    places = sorted(_clusters(places, 2.5 * high, least=1))
    codes: dict[int, list[_Code]] = {}
    known = _codes(form)
    have = {code.text for code in seen}
    for at, row in enumerate(sheet):
        for word in row.row.words:
            if not any(abs(word.box[0] - p) < 2.5 * high for p in places):
                continue
            text = re.sub(r"[^\w|]", "", word.text)
            if text not in known:
                text = _repaired(text, form) or ""
                if not text or text in have:
                    continue
            codes.setdefault(at, []).append(_Code(text, word, known[text][1], at))
    return _Sheet(form, sheet, codes, places, spots)


def _clusters(lefts: Sequence[float], wide: float, least: int = 2) -> list[float]:
    """Return the middles of places that several codes share."""
    groups: list[list[float]] = []
    for left in sorted(lefts):
        if groups and left - groups[-1][-1] < wide:
            groups[-1].append(left)
        else:
            groups.append([left])
    return [median(group) for group in groups if len(group) >= least]


def _repaired(text: str, form: str) -> str | None:
    """Return the code that OCR took for two other signs, None if it is none."""
    if len(text) != 2 or text.isdigit():
        return "1A" if form == "2050" and text in ("IA", "lA", "|A") else None
    looks = text.replace("l", "I").upper().translate(_LOOKS)
    if looks in _codes(form):
        return looks
    return "1A" if form == "2050" and looks == "IA" else None


def _free(row: Ruled, codes: Sequence[_Code]) -> list[Figure]:
    """Return the figures of a row that are none of its codes (`1A` has a digit in it)."""
    taken = {id(code.word) for code in codes}
    return [
        f for f in row.figures
        if not any(id(w) in taken for w in row.row.words[slice(*f.words)])
    ]  # fmt: skip


def _by_label(row: Ruled, form: str, taken: set[str], page: _Sheet) -> list[_Code]:
    """Return the codes of a row whose label is known, where none is legible."""
    if not row.figures or not page.places:
        return []
    words = [w for w in row.row.words if w.box[0] < page.places[0] - row.high]
    text = fold(" ".join(word.text for word in words))
    if len(text) < 5:
        return []
    known = {label: codes for label, *codes in facts()[form]["rows"] if codes[0] not in taken}
    best = max(known, key=lambda label: _alike(label, text), default=None)
    if best is None or _alike(best, text) < _ALIKE or best.startswith("TOTAL ("):
        return []
    return [_stood(row, code, place, page) for place, code in enumerate(known[best])]


def _lost(row: Ruled, codes: Sequence[_Code], page: _Sheet, taken: Container[str]) -> list[_Code]:
    """Return the codes of a row that are not legible while others of it are."""
    told = {code.text for code in codes}
    for _, *known in facts()[page.form]["rows"]:
        if told & set(known):
            return [
                _stood(row, code, place, page)
                for place, code in enumerate(known)
                if code not in told and code not in taken and place in page.spots
            ]
    return []


def _stood(row: Ruled, code: str, place: int, page: _Sheet) -> _Code:
    """Return a code where the others of its column stand."""
    x = page.spots.get(place, page.places[-1])
    return _Code(code, Word(code, (x, row.row.box[1], x + row.high, row.row.box[3])), place)


def _alike(label: str, text: str) -> float:
    return SequenceMatcher(None, fold(label), text, autojunk=False).ratio()


def _row(
    row: Ruled,
    codes: list[_Code],
    figures: Sequence[Figure],
    right: Sequence[tuple[float, float]],
    form: str,
    page: _Sheet,
) -> BoxRow | None:
    codes = sorted(codes, key=lambda code: code.word.box[0])
    first = codes[0].word.box[0]
    boxes: dict[str, Figure] = {}
    last = max(page.places)
    for i, code in enumerate(codes):
        nexts = [c.word.box[0] for c in codes[i + 1 :]]
        nexts += [p for p in page.places if p > code.word.box[0] + 4 * row.high]
        limit = min(nexts, default=_edge(right, code.word.box[2]))
        inside = [f for f in figures if code.word.box[2] - 1 <= f.box[0] and f.middle < limit]
        if inside:
            boxes[code.text] = inside[0]
    label = spelt(" ".join(w.text for w in row.row.words if w.box[2] <= first))
    rest = _right(figures, right, last)
    told = _named(form, codes, boxes, rest)
    if not told and not boxes:
        return None
    box = next((c.text for c in codes if c.place == 0), codes[0].text)
    known = _codes(form)[codes[0].text][0]
    return BoxRow(box, label.strip(" .:") or known, told, boxes, row)


def _edge(right: Sequence[tuple[float, float]], start: float) -> float:
    """Return where the column right of a code ends."""
    beyond = [span for span in right if span[1] > start]
    return beyond[0][1] + 1.0 if beyond else float("inf")


def _right(
    figures: Sequence[Figure], right: Sequence[tuple[float, float]], last: float
) -> dict[int, Figure]:
    """Return the figures right of all codes by their column."""
    found = {}
    for figure in figures:
        if figure.box[0] <= last:
            continue
        shares = [min(b, figure.box[2]) - max(a, figure.box[0]) for a, b in right]
        if shares and max(shares) > 0:
            found[shares.index(max(shares))] = figure
    return found


def _named(
    form: str, codes: Sequence[_Code], boxes: Mapping[str, Figure], rest: Mapping[int, Figure]
) -> dict[str, Figure]:
    """Return what each figure of a row is."""
    told: dict[str, Figure] = {}
    by_place = {code.place: boxes[code.text] for code in codes if code.text in boxes}
    if form == "2050":
        names = ("depreciation", "net", "previous")
        if 0 in by_place:
            told["gross"] = by_place[0]
    else:
        names = ("net", "previous", "")
        if 0 in by_place:
            told["net"] = by_place[0]
    for place, figure in rest.items():
        if place < len(names) and names[place]:
            told.setdefault(names[place], figure)
    return told
