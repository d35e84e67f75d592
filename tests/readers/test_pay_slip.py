"""Pay slips of many layouts are read to the cell; what is broken is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from socle.documents import Given, opened
from socle.errors import InputError
from socle.guard import Limits
from socle.pages import Code, Document, Page, Word
from socle.readers import Settings
from socle.readers.pay_slip import OPTION
from socle.readings import Reading
from specimens.payroll import Slip, make

CELLS = ("label", "base", "rate", "employee_amount", "employer_amount")


def document(slip: Slip) -> Document:
    return opened(Given(Path("slip.pdf"), slip.pdf, Limits()))


def read(slip: Slip) -> Reading:
    return OPTION.read(document(slip), Settings())


@pytest.mark.parametrize(
    "number", [0, 1, 2, 3, 4, 5, 12, 37, 56, 66, 69, 88, 115, 3000, 3014, 3094]
)
def test_every_field_and_every_cell(number: int) -> None:
    slip = make(number)
    found = read(slip)
    truth = {name: value for name, value in slip.truth.items() if name != "lines"}
    assert {name: field.value for name, field in found.fields.items()} == truth
    lines = [{cell: row.values[cell] for cell in CELLS} for row in found.tables["lines"]]
    assert lines == [{cell: line[cell] for cell in CELLS} for line in slip.truth["lines"]]
    assert [check.name for check in found.checks if check.passed is False] == []
    assert OPTION.suits(document(slip)) >= 0.6


def changed(slip: Slip, old: str, new: str) -> Reading:
    given = document(slip)
    page = given.pages[0]
    assert any(old in word.text for word in page.words)
    words = tuple(replace(word, text=word.text.replace(old, new)) for word in page.words)
    return OPTION.read(replace(given, pages=(replace(page, words=words),)), Settings())


def test_a_wrong_net_is_rejected() -> None:
    slip = make(3)
    right = f"{slip.truth['net_paid']:,.2f}"
    found = changed(slip, right, "9,999.99")
    assert found.status(0.5) == "reject"
    assert "net_paid_adds_up" in {c.name for c in found.checks if c.passed is False}
    assert found.fields["net_paid"].confidence < 0.9


def test_a_wrong_siret_is_rejected() -> None:
    slips = (slip for slip in map(make, range(60)) if "employer_siret" in slip.truth)
    slip = next(s for s in slips if s.truth["employer_siret"] in document(s).text.split())
    siret = slip.truth["employer_siret"]
    other = f"{siret[:-1]}{(int(siret[-1]) + 1) % 10}"
    found = changed(slip, siret, other)
    assert {c.name for c in found.checks if c.passed is False} == {"employer_siret_valid"}


def test_a_two_d_doc_is_a_second_source() -> None:
    slip = make(0)
    net = f"{slip.truth['net_paid']:.2f}".replace(".", ",")
    head = b"DC03FR000001FFFFFFFF0601"
    agreed = f"5C{net}\x1d50{slip.truth['employer_siret']}".encode()
    for message, passed in ((agreed, True), (b"5C1,00\x1d", False)):
        code = Code("DataMatrix", head + message + b"\x1f", (0.0, 0.0, 9.0, 9.0))
        given = document(slip)
        pages = (replace(given.pages[0], codes=(code,)),)
        found = OPTION.read(replace(given, pages=pages), Settings())
        checks = [c.passed for c in found.checks if c.name == "sources_agree"]
        assert checks[0] is passed
        assert found.fields["net_paid"].source == "barcode"


def test_other_papers_are_not_pay_slips() -> None:
    empty = Document(Path("x"), "image/png", (Page(1, 10, 10),))
    assert OPTION.suits(empty) == 0.0
    words = [Word(w, (0.0, 0.0, 1.0, 1.0)) for w in ("taxable", "income", "gross", "pay")]
    form = replace(empty, pages=(Page(1, 10, 10, tuple(words), "text"),))
    assert OPTION.suits(form) == 0.0
    with pytest.raises(InputError):
        OPTION.read(empty, Settings())
