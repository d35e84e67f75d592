"""US wage and information statements (W-2, 1099) as boxes: which is which, and what is in them."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from socle.pages import Document, Word
from socle.pages.rows import rows_of
from socle.readings import Check, Field, Value
from socle.sources.labelled import Ask, Hit, collect, fold, with_fields
from socle.values.amounts import parse_amount

FORMS = ("w-2", "1099-int", "1099-div", "1099-misc", "1099-nec")
_SURE = {"form": 0.97, "text": 0.95, "ocr": 0.9, "barcode": 0.99, "embedded": 0.99}
"""How often values are right by source. On generated papers all but a few were (see
`benchmarks/taxes.py`); the official forms themselves could not be had, so that less is claimed."""
_NUMBER = r"(?:(?:(?<![\d.,$a-z])|(?<=box))(?:box )?(?P<number>1?\d[a-f]?|[a-f])[.:)]? )?"
"""The number that stands before a label, if it does; never the end of an amount."""
_MONEY = (
    r"(?!20\d\d(?!\S))-?\(?\$? ?-?"
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+\.\d\d|(?<=\$)\d+|(?<=\$ )\d+|\d{3,}(?! [A-Za-z]))\)?"
)
"""A year alone is no amount, and a whole number of one or two digits only behind a dollar."""
_WORDS = frozenset(
    {
        *("or", "and", "no", "name", "street", "address", "city", "town", "state", "province"),
        *("country", "zip", "code", "foreign", "postal", "telephone", "including", "apt"),
    }
)
"""Words of labels of names and addresses."""
_VALUES = {
    "money": rf"(?<![\w.,-]){_MONEY}(?![\w,-])",
    "ssn": r"(?<!\d)(?:[\dXx*]{3}[- ]?[\dXx*]{2}[- ]?\d{4})(?!\d)",
    "ein": r"(?<!\d)(?:\d\d[- ]?\d{7}|[\dXx*]{3}-[\dXx*]{2}-\d{4})(?!\d)",
    "state": r"(?<!\w)[A-Z]{2}(?!\w)",
    "coded": rf"(?<!\w)[A-Z]{{1,2}} ?\|? ?{_MONEY}(?![\w,])",
    "text": r"[:\s]*(\S.*\S|\S)",
    "line": r"[:\s]*([^\W\d].*\w\.?)",
    "skip": r"(?!)",
    "more": r"(?!)",
}
_LETTERS = 0.75
"""Print lower than this share of the tallest in a box belongs to its label."""
_DEEP = 8
"""Rows of a box under its label at most."""


@cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def form_of(text: str) -> tuple[str, float]:
    """Return which form a text is of, and how sure that is (0 to 1): by title and by number."""
    folded = fold(text)
    best = ("", 0.0)
    for form in FORMS:
        title, number = _facts()[form]["title"]
        titled, numbered = re.search(title, folded), re.search(number, folded)
        sure = 0.97 if titled and numbered else 0.6 if numbered else 0.25 if titled else 0.0
        # An income tax return names the statements that are to be attached to it.
        if re.search(r"individual income tax return|schedule [a-z]\b", folded):
            sure = min(sure, 0.2)
        best = max(best, (form, sure), key=lambda pair: pair[1])
    return best


def year_of(text: str) -> int | None:
    """Return the year that a statement is of; dates of revisions, and other dates, are none.

    A year beside the form's number or title counts most.
    """
    plain = re.sub(r"\(?rev\.?[^)]{0,20}\)?", " ", fold(text))
    votes: defaultdict[int, float] = defaultdict(float)
    marks = [m.span() for m in re.finditer(r"w-?2\b|1099-?[a-z]*|statement|calendar year", plain)]
    for found in re.finditer(r"(?<![\w$/.,-])20[12]\d(?![\w/-]|[.,]\d)", plain):
        near = min((max(a - found.end(), found.start() - b) for a, b in marks), default=500)
        votes[int(found[0])] += 1 + 40 / (8 + max(0, near))
    for found in re.finditer(r"calendar year 20 ?(\d\d)\b", plain):
        votes[2000 + int(found[1])] += 10
    return max(votes, key=lambda year: votes[year]) if votes else None


@cache
def _asks(form: str) -> tuple[tuple[Ask, str, str], ...]:
    """Return what to look for in a form: the ask, the kind of value, and the box's number."""
    boxes = list(_facts()[form]["boxes"])
    if form.startswith("1099"):
        boxes = [*_facts()["1099"]["boxes"], *boxes]
    asks = []
    for box in boxes:
        number, kind = box["number"], box["kind"]
        name = box.get("name") or f"box_{number}"
        before = "" if box.get("own") else _NUMBER
        label = rf"{before}(?<![a-z])(?:{box['label']})(?![a-z])"
        rows = _DEEP if kind == "line" else 2
        ask = Ask(name, label, _VALUES[kind], rows=rows, more=kind == "more")
        asks.append((ask, kind, number))
    return tuple(asks)


def read_boxes(document: Document, form: str) -> tuple[dict[str, Field], list[Check]]:
    """Return the fields of a statement by name, and whether its copies agree.

    Args:
        document: with words, form values or both.
        form: one of `FORMS`.
    """
    asks = {ask.name: (ask, kind) for ask, kind, _ in _asks(form)}
    hits: dict[str, list[tuple[str, Hit]]] = {}
    boxes = [value for value in document.form.values() if isinstance(value.value, str)]
    for page in with_fields(document):
        here = [value.box for value in boxes if value.page == page.number]
        for hit in collect(page, [ask for ask, _ in asks.values()], here):
            kind = asks[hit.name][1]
            name = hit.name
            if name.startswith("box_") and re.fullmatch(r"1?\d[a-f]?", hit.number):
                name = f"box_{hit.number}"
            hits.setdefault(name, []).append((kind, hit))
    fields: dict[str, Field] = {}
    checks: list[Check] = []
    for name, found in hits.items():
        read = [(hit, _values(name, kind, hit)) for kind, hit in found]
        # A title may read like a label, but bears no number.
        read = sorted(((h, v) for h, v in read if v), key=lambda pair: not pair[0].number)
        if not read:
            continue
        hit, values = read[0]
        for key, value in values.items():
            sure = _SURE[hit.source] * hit.confidence
            fields[key] = Field(value, hit.text, sure, hit.source, hit.page.number, hit.boxes)
        others = [v[name] for _, v in read[1:] if name in v and v[name] != values.get(name)]
        if others:
            detail = f"{name} is {values.get(name)}, another copy says {others[0]}"
            checks.append(Check("copies_agree", False, detail, (name,)))
    return _named(fields), checks


def _named(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return the fields with a last name of its own box joined to the first name."""
    found = dict(fields)
    last = found.pop("last_name", None)
    first = found.get("taxpayer_name")
    if first and last and str(last.value) not in str(first.value):
        name = f"{first.value} {last.value}"
        sure = min(first.confidence, last.confidence)
        both = (*first.boxes, *last.boxes)
        found["taxpayer_name"] = replace(first, value=name, raw=name, confidence=sure, boxes=both)
    return found


def _values(name: str, kind: str, hit: Hit) -> dict[str, Value]:
    if kind == "money":
        amount = _amount(hit.text)
        return {} if amount is None else {name: amount}
    if kind == "coded":
        match = re.fullmatch(r"([A-Z]{1,2})[ |]*(.+)", hit.text)
        amount = _amount(match[2]) if match else None
        return {name: amount, f"{name}_code": match[1]} if match and amount is not None else {}
    if kind in ("ssn", "ein"):
        return {name: re.sub(r"[-\s]", "", hit.text)}
    if kind == "line":
        line = _first_line(hit)
        return {name: line} if line else {}
    return {name: hit.text.strip()}


def _amount(text: str) -> float | None:
    return parse_amount(re.sub(r"\s", "", text), decimal=".")


def _first_line(hit: Hit) -> str:
    """Return the first row of a name with its address: the name.

    What remains of a label that took two lines stands above or among it, in smaller type.
    """
    tall = max(_height(word) for word in hit.words)
    kept = [w for w in hit.words if not (_of_label(w) and _height(w) < 0.8 * tall)]
    rows = [
        row
        for row in rows_of(kept)
        if max(_height(w) for w in row.words) >= _LETTERS * tall
        and not all(_of_label(w) for w in row.words)
    ]
    cells = [cell.text for cell in rows[0].cells] if rows else []
    # An amount in the same row belongs to the next box, whose label was not legible.
    name = itertools.takewhile(lambda text: not re.fullmatch(_MONEY, text), cells)
    return " ".join(name).strip(" :,")


def _height(word: Word) -> float:
    return word.box[3] - word.box[1]


def _of_label(word: Word) -> bool:
    return fold(word.text).strip(",.:()") in _WORDS


def amounts(fields: Mapping[str, Field]) -> dict[str, float]:
    """Return the amounts of the boxes by number, as the rules want them."""
    return {
        name.removeprefix("box_"): field.value
        for name, field in fields.items()
        if name.startswith("box_") and isinstance(field.value, float)
    }


def texts(fields: Mapping[str, Field], names: Sequence[str]) -> dict[str, str]:
    """Return the fields of these names as text."""
    return {name: str(fields[name].value) for name in names if name in fields}
