"""Form 1040: fields and print of the blanks' own layout, years that are not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from socle.errors import InputError
from socle.pages import Document, FormValue, Page, Word
from socle.readers import Settings
from socle.readers.form_1040 import OPTION, printed_year
from socle.sources.forms import Template, templates

TITLE = "Form 1040 U.S. Individual Income Tax Return"
VALUES = {"line_1a": "50,000", "line_1z": "50,000", "line_9": "50,000", "line_11": "50,000"}
PERSON = {"first_name": "Maria G", "last_name": "Mockley", "ssn": "970701234", "state": "SC"}
SHARED = Path("../shared/data/documents/us-form-1040")


def printed(blank: Template, values: dict[str, str], year: int | None = None) -> tuple[Page, ...]:
    """Return the pages of a blank with values in its boxes."""
    pages = []
    for number, sheet in enumerate(blank.sheets, 1):
        words = [Word(t, (x - 8, y - 4, x + 8, y + 4)) for t, x, y in sheet.anchors]
        head = f"{TITLE} Form 1040 ({year or blank.year})"
        words += [Word(t, (40.0 * i, 2, 40.0 * i + 30, 9)) for i, t in enumerate(head.split())]
        for slot in sheet.slots:
            left, top, _, bottom = slot.box
            for i, text in enumerate(values.get(slot.name, "").split()):
                at = left + 4 + 30.0 * i
                words.append(Word(text, (at, top + 2, at + 25, bottom - 2)))
        pages.append(Page(number, *sheet.size, tuple(words), "text"))
    return tuple(pages)


def fielded(blank: Template, values: dict[str, str]) -> dict[str, FormValue]:
    """Return the form fields of a blank with values in them."""
    return {
        f"top[0].Page{n}[0].{slot.field}": FormValue(values.get(slot.name, ""), n, slot.box)
        for n, sheet in enumerate(blank.sheets, 1)
        for slot in sheet.slots
    }


@pytest.mark.parametrize("blank", templates("1040"), ids=lambda blank: str(blank.year))
def test_print_is_read_by_line(blank: Template) -> None:
    pages = printed(blank, {**VALUES, **PERSON})
    document = Document(Path("x.pdf"), "application/pdf", pages)
    assert OPTION.suits(document) > 0.9
    reading = OPTION.read(document, Settings())
    found = {name: field.value for name, field in reading.fields.items()}
    assert found["year"] == blank.year
    assert found["line_11"] == 50000.0
    assert found["taxpayer_name"] == "Maria G Mockley"
    assert found["ssn"] == "970701234"
    assert set(VALUES) == {name for name in found if name.startswith("line_")}
    assert reading.fields["line_1a"].page == 1
    assert all(check.passed is not False for check in reading.checks)


@pytest.mark.parametrize("blank", templates("1040"), ids=lambda blank: str(blank.year))
def test_fields_are_read_by_their_place(blank: Template) -> None:
    form = fielded(blank, {**VALUES, **PERSON})
    bare = tuple(Page(n, 612, 792) for n in (1, 2))
    document = Document(Path("x.pdf"), "application/pdf", bare, form=form)
    assert OPTION.suits(document) >= 0.9
    reading = OPTION.read(document, Settings())
    assert reading.fields["year"].value == blank.year
    assert reading.fields["line_9"].value == 50000.0
    assert reading.fields["line_9"].source == "form"


def test_field_and_print_that_differ_are_rejected() -> None:
    blank = templates("1040")[0]
    pages = printed(blank, {**PERSON, **VALUES, "line_11": "99,999"})
    document = Document(Path("x.pdf"), "application/pdf", pages, form=fielded(blank, VALUES))
    reading = OPTION.read(document, Settings())
    (check,) = [c for c in reading.checks if c.name == "fields_and_print_agree"]
    assert check.passed is False
    assert check.fields == ("line_11",)
    assert reading.fields["line_11"].value == 50000.0


def test_sums_that_are_off_are_rejected() -> None:
    pages = printed(templates("1040")[0], {**VALUES, "line_9": "61,000"})
    reading = OPTION.read(Document(Path("x.pdf"), "application/pdf", pages), Settings())
    assert {"line_9", "line_11"} <= {c.name for c in reading.checks if c.passed is False}
    assert reading.status(0.5) == "reject"


def test_lines_of_an_unknown_year_are_not_guessed() -> None:
    pages = printed(templates("1040")[0], VALUES, year=2019)
    document = Document(Path("x.pdf"), "application/pdf", pages)
    assert printed_year(document) == 2019
    reading = OPTION.read(document, Settings())
    assert not [name for name in reading.fields if name.startswith("line_")]
    assert "2019" in reading.notes[0]
    assert "2023, 2024" in reading.notes[0]
    assert reading.status(0.5) == "review"


def test_amounts_as_people_write_them() -> None:
    told = {"line_1a": "-0-", "line_7": "(1,250)", "line_8": "12.50", "line_2b": "n/a"}
    pages = printed(templates("1040")[0], told)
    reading = OPTION.read(Document(Path("x.pdf"), "application/pdf", pages), Settings())
    values = {name: f.value for name, f in reading.fields.items() if name.startswith("line_")}
    assert values == {"line_1a": 0.0, "line_7": -1250.0, "line_8": 12.5}
    assert "line_2b" in reading.notes[0]


def test_empty_document_is_refused() -> None:
    with pytest.raises(InputError):
        OPTION.read(Document(Path("x"), "image/png", (Page(1, 10, 10),)), Settings())


@pytest.mark.real
@pytest.mark.skipif(not SHARED.exists(), reason="no shared data")
def test_flattened_forms_are_read_without_a_fault() -> None:
    import json

    from socle.documents import open_document

    for path in sorted(SHARED.glob("*.json")):
        told = json.loads(path.read_text())
        reading = OPTION.read(open_document(path.with_suffix(".pdf")), Settings())
        lines = {f"line_{n}": float(v.replace(",", "")) for n, v in told["lines"].items()}
        found = {n: f.value for n, f in reading.fields.items() if n.startswith("line_")}
        assert found == lines
        # The amounts of these forms are random.
        assert any(check.passed is False for check in reading.checks)


@pytest.mark.real
@pytest.mark.skipif(not SHARED.exists(), reason="no shared data")
@pytest.mark.parametrize("year", [2023, 2024])
def test_filled_blanks_are_read_without_a_fault(year: int) -> None:
    import numpy as np

    from socle.documents import Given, opened
    from socle.guard import Limits
    from specimens.taxes import fill_1040

    blank = next(blank for blank in templates("1040") if blank.year == year)
    slots = {slot.name: slot.field for sheet in blank.sheets for slot in sheet.slots}
    content = (SHARED / "blank" / f"f1040_{year}.pdf").read_bytes()
    filled, truth = fill_1040(np.random.default_rng(year), content, slots)
    document = opened(Given(Path("x.pdf"), filled, Limits()))
    reading = OPTION.read(document, Settings())
    assert reading.fields["year"].value == year
    assert {name: reading.fields[name].value for name in truth} == truth
    lines = {name for name in reading.fields if name.startswith("line_")}
    assert lines == {name for name in truth if name.startswith("line_")}
    assert {reading.fields[name].source for name in lines} == {"form"}
