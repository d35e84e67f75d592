"""Annual accounts by box and by label, in layouts that are made here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from socle.documents import Given, opened
from socle.errors import InputError
from socle.guard import Limits
from socle.pages import Document, Page, Word
from socle.readers import Settings
from socle.readers.balance_sheet import OPTION
from specimens.liasse import Accounts, make

CELLS = ("box", "label", "gross", "depreciation", "net", "previous")


def document(made: Accounts) -> Document:
    return opened(Given(Path("accounts.pdf"), made.pdf, Limits()))


@pytest.mark.parametrize(
    "number", [0, 1, 2, 4, 6, 13, 20, 24, 43, 49, 3000, 3001, 3003, 3017, 5061, 5062]
)
def test_every_box_and_every_row(number: int) -> None:
    made = make(number)
    found = OPTION.read(document(made), Settings())
    truth = {name: value for name, value in made.truth.items() if name != "lines"}
    assert {name: field.value for name, field in found.fields.items()} == truth
    rows = [{cell: row.values[cell] for cell in CELLS} for row in found.tables["lines"]]
    assert rows == [{cell: line.get(cell) for cell in CELLS} for line in made.truth["lines"]]
    assert [check.name for check in found.checks if check.passed is False] == []
    assert OPTION.suits(document(made)) >= 0.6


def altered(given: Document, old: str, new: str) -> Document:
    """Return a document in which a word is another one, wherever it stands."""
    pages = tuple(
        replace(page, words=tuple(replace(w, text=new) if w.text == old else w for w in page.words))
        for page in given.pages
    )
    return replace(given, pages=pages)


def forms() -> Accounts:
    return next(made for made in map(make, range(40)) if made.form == "forms")


def test_codes_that_ocr_spoilt_are_repaired() -> None:
    made = forms()
    for old, new in (("CO", "C0"), ("CO", "co"), ("1A", "IA"), ("DI", "D1")):
        found = OPTION.read(altered(document(made), old, new), Settings())
        name = f"box_{old.lower()}"
        assert found.fields[name].value == made.truth[name]


def test_a_code_that_is_lost_is_known_by_its_label() -> None:
    made = forms()
    given = document(made)
    pages = tuple(
        replace(page, words=tuple(w for w in page.words if w.text != "BX")) for page in given.pages
    )
    found = OPTION.read(replace(given, pages=pages), Settings())
    assert found.fields["box_bx"].value == made.truth["box_bx"]


def test_sides_that_differ_are_rejected() -> None:
    made = next(m for m in map(make, range(60)) if m.form == "english")
    total = f"{made.truth['total_liabilities']:,.0f}"
    given = document(made)
    page = given.pages[0]
    place = max(i for i, word in enumerate(page.words) if word.text == total)
    words: list[Word] = list(page.words)
    words[place] = replace(words[place], text="99,999,999")
    pages = (replace(page, words=tuple(words)), *given.pages[1:])
    found = OPTION.read(replace(given, pages=pages), Settings())
    assert found.status(0.5) == "reject"
    assert "balance_sheet_balances" in {c.name for c in found.checks if c.passed is False}


def test_other_papers_are_no_accounts() -> None:
    empty = Document(Path("x"), "image/png", (Page(1, 10, 10),))
    assert OPTION.suits(empty) == 0.0
    with pytest.raises(InputError):
        OPTION.read(empty, Settings())
