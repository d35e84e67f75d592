"""Write the template of a blank US form 1040: which field is which line, and where print stands.

    python scripts/make_form_templates.py BLANK.pdf YEAR > src/socle/sources/us_1040_YEAR.toml

A field is named after the number of the line printed left of its box, or after the caption above
it. Anchors are words that stand on the page once, and the numbers beside the boxes: filled pages
are aligned by them.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import Any

import pypdf
import pypdfium2

CAPTIONS = {
    "Your first name": "first_name",
    "Last name": "last_name",
    "Your social security number": "ssn",
    "first name and middle initial": "spouse_first_name",
    "Spouse": "spouse_ssn",
    "Home address": "address",
    "Apt": "apartment",
    "City": "city",
    "State": "state",
    "ZIP": "zip",
}
NARROW = 60
"""Boxes narrower than this hold no amount."""


def main() -> None:
    """Print the template."""
    path, year = sys.argv[1], int(sys.argv[2])
    print(f"# Form 1040 of {year}: places in points from the upper left corner of each page.")
    print("# Made of the blank form of the US tax office by scripts/make_form_templates.py.")
    print(f'form = "1040"\nyear = {year}')
    reader, picture = pypdf.PdfReader(path), pypdfium2.PdfDocument(path)
    for number, (page, drawn) in enumerate(zip(reader.pages, picture, strict=True)):
        width, height = drawn.get_size()
        words = printed(drawn, height)
        print(f"\n[[pages]]\nsize = [{width:g}, {height:g}]\nanchors = [")
        boxes = [box for _, _, box in fields(page, height, words, captioned=number == 0)]
        for text, (left, top, right, bottom) in [*anchors(words), *numbers(words, boxes)]:
            print(f'  ["{text}", {(left + right) / 2:.1f}, {(top + bottom) / 2:.1f}],')
        print("]\n[pages.fields]")
        for name, field, box in fields(page, height, words, captioned=number == 0):
            places = ", ".join(f"{side:.1f}" for side in box)
            print(f'{name} = {{ field = "{field}", box = [{places}] }}')


def printed(page: Any, height: float) -> list[tuple[str, list[float]]]:
    """Return the words of a page with their boxes."""
    text = page.get_textpage()
    words: list[tuple[str, list[float]]] = []
    last = ""
    for at in range(text.count_chars()):
        character = text.get_text_range(at, 1)
        if character.strip():
            left, low, right, high = text.get_charbox(at, loose=True)
            box = [left, height - high, right, height - low]
            near = bool(last.strip()) and abs(box[1] - words[-1][1][1]) < 4
            if near and -2 < left - words[-1][1][2] < 1.2:
                word, old = words.pop()
                sides = [min(old[0], left), min(old[1], box[1])]
                words.append((word + character, [*sides, right, max(old[3], box[3])]))
            else:
                words.append((character, box))
        last = character
    return words


def anchors(words: list[tuple[str, list[float]]]) -> list[tuple[str, list[float]]]:
    """Return the words that stand on the page once and are long enough to be known again."""
    count = Counter(word for word, _ in words)
    fit = re.compile(r"[A-Za-z0-9$,.()-]{5,}|[12]0[12]\d")
    return [(w, box) for w, box in words if count[w] == 1 and fit.fullmatch(w)]


def numbers(
    words: list[tuple[str, list[float]]], boxes: list[list[float]]
) -> list[tuple[str, list[float]]]:
    """Return the numbers of lines beside their boxes: elsewhere they stand too, but never there."""
    return [
        (word, place)
        for word, place in words
        if re.fullmatch(r"[1-3]?\d[a-z]?", word)
        and any(
            -1 < box[0] - place[2] < 22 and place[1] < (box[1] + box[3]) / 2 < place[3] + 1
            for box in boxes
        )
    ]


def fields(
    page: Any, height: float, words: list[tuple[str, list[float]]], captioned: bool
) -> list[tuple[str, str, list[float]]]:
    """Return name, field and box of every text field that has a line or a caption."""
    found: list[tuple[str, str, list[float]]] = []
    for note in page.get("/Annots", []):
        widget = note.get_object()
        kind = widget.get("/FT") or widget["/Parent"].get_object().get("/FT")
        if kind != "/Tx":
            continue
        left, low, right, high = (float(side) for side in widget["/Rect"])
        box = [left, height - high, right, height - low]
        name = caption(box, words) if captioned else ""
        if not name and right - left > NARROW:
            name = line(box, words)
        if name:
            found.append((name, str(widget["/T"]), box))
    return found


def line(box: list[float], words: list[tuple[str, list[float]]]) -> str:
    """Return the number of the line whose box this is: what is printed left of it."""
    middle = (box[1] + box[3]) / 2
    row = [
        (word, place)
        for word, place in words
        if place[1] < middle < place[3] + 1 and -1 < box[0] - place[2] < 22
    ]
    text = "".join(word for word, _ in sorted(row, key=lambda pair: pair[1][0]))
    return f"line_{text}" if re.fullmatch(r"[1-3]?\d[a-z]?", text) else ""


def caption(box: list[float], words: list[tuple[str, list[float]]]) -> str:
    """Return what is printed in small type above the box and begins at its left end."""
    row = [
        (word, place)
        for word, place in words
        if box[0] - 1 < place[0] < box[2] and 0 < box[1] - (place[1] + place[3]) / 2 < 10
    ]
    text = " ".join(word for word, _ in sorted(row, key=lambda pair: pair[1][0]))
    for start, name in CAPTIONS.items():
        if text.startswith(start):
            second = name == "last_name" and box[1] > 105
            return "spouse_last_name" if second else name
    return "spouse_first_name" if "spouse" in text and "first name" in text else ""


if __name__ == "__main__":
    main()
