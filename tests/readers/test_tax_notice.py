"""French notices: code and print, alone and against each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from socle.documents import Given, opened
from socle.errors import InputError
from socle.guard import Limits
from socle.pages import Code, Document, Page, Word
from socle.readers import Settings
from socle.readers.tax_notice import OPTION
from socle.sources.two_d_doc_trust import CERTIFICATES, CHECK
from specimens.notices import Signer, signer, tax_notice
from tests.sources.test_two_d_doc import NOTICE, content

BY = signer()


def opened_pdf(pdf: bytes) -> Document:
    return opened(Given(Path("paper.pdf"), pdf, Limits()))


def drawn(seed: int, by: Signer = BY) -> tuple[Document, dict]:
    """Return a generated notice with its code, and its truth."""
    import zxingcpp

    paper = tax_notice(np.random.default_rng(seed), by)
    document = opened_pdf(paper.save())
    page = document.pages[0]
    assert page.render is not None
    found = zxingcpp.read_barcodes(np.ascontiguousarray(page.render(200.0)))
    codes = tuple(Code("DataMatrix", bytes(code.bytes), (420, 30, 550, 90)) for code in found)
    return replace(document, pages=(replace(page, codes=codes),)), paper.truth


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test.der").write_bytes(BY.certificate)
    monkeypatch.setenv(CERTIFICATES, str(tmp_path))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("seed", range(8))
def test_code_and_print_agree(seed: int) -> None:
    document, truth = drawn(seed)
    assert OPTION.suits(document) == 1.0
    reading = OPTION.read(document, Settings())
    assert {name: reading.fields[name].value for name in truth} == truth
    assert reading.fields["tax_number"].source == "barcode"
    assert reading.status(0.99) == "accept"


@pytest.mark.parametrize("seed", range(8))
def test_print_alone_is_read(seed: int) -> None:
    document, truth = drawn(seed)
    bare = replace(document, pages=tuple(replace(p, codes=()) for p in document.pages))
    assert OPTION.suits(bare) >= 0.9
    reading = OPTION.read(bare, Settings())
    assert {name: reading.fields[name].value for name in truth} == truth
    assert reading.fields["tax_number"].source == "text"


def test_unknown_signer_is_for_review() -> None:
    document, _ = drawn(1)
    reading = OPTION.read(document, Settings())
    assert reading.status(0.9) == "review"
    assert any("FR99" in note for note in reading.notes)


@pytest.mark.usefixtures("trusted")
def test_forged_print_is_rejected() -> None:
    document, truth = drawn(2)
    told = {f"{truth['reference_income']}", f"{truth['reference_income']:,}".replace(",", " ")}
    page = document.pages[0]
    texts = {part for text in told for part in text.split()}
    words = tuple(replace(w, text="999") if w.text in texts else w for w in page.words)
    forged = replace(document, pages=(replace(page, words=words),))
    reading = OPTION.read(forged, Settings())
    failed = [check.name for check in reading.checks if check.passed is False]
    assert failed == ["reference_income_print_and_code"]
    assert reading.fields["reference_income"].value == truth["reference_income"]
    assert reading.status(0.5) == "reject"


@pytest.mark.usefixtures("trusted")
def test_forged_code_is_rejected() -> None:
    document, truth = drawn(3)
    code = document.pages[0].codes[0]
    old = f"41{truth['reference_income']}".encode()
    forged = replace(code, content=code.content.replace(old, b"41" + b"7" * (len(old) - 2)))
    page = replace(document.pages[0], codes=(forged,), words=())
    reading = OPTION.read(replace(document, pages=(page,)), Settings())
    assert next(c for c in reading.checks if c.name == CHECK).passed is False
    assert reading.status(0.5) == "reject"


def test_example_of_the_specification() -> None:
    code = Code("DataMatrix", content(NOTICE), (0, 0, 10, 10))
    document = Document(Path("x.png"), "image/png", (Page(1, 100, 100, codes=(code,)),))
    assert OPTION.suits(document) == 1.0
    reading = OPTION.read(document, Settings())
    values = {name: field.value for name, field in reading.fields.items()}
    assert values["reference_income"] == 63198
    assert values["household_parts"] == 2.75
    assert values["declarants"] == ["RETI PATRICK", "RETISOPHIE"]
    assert (values["income_year"], values["issue_date"]) == (2021, "2022-07-31")
    checks = {check.name: check.passed for check in reading.checks}
    assert checks[CHECK] is None
    assert checks["tax_balance"] is True
    # The specimen's number is none.
    assert checks["tax_number_valid"] is False


def test_damaged_code_falls_back_to_the_print() -> None:
    document, truth = drawn(4)
    page = document.pages[0]
    broken = Code("DataMatrix", b"DC04FR99TESTZZZZ23DC2801FR", (0, 0, 1, 1))
    damaged = Code("DataMatrix", b"DC04FR99TEST00000000", (0, 0, 1, 1))
    reading = OPTION.read(
        replace(document, pages=(replace(page, codes=(broken, damaged)),)), Settings()
    )
    assert reading.fields["tax_number"].value == truth["tax_number"]
    assert any("2D-Doc on page 1 was not used" in note for note in reading.notes)


def test_other_papers_are_not_notices() -> None:
    words = tuple(Word(w, (0, 0, 1, 1)) for w in ("Facture", "total", "30,00"))
    document = Document(Path("x"), "image/png", (Page(1, 10, 10, words, "text"),))
    assert OPTION.suits(document) == 0.0
    with pytest.raises(InputError):
        OPTION.read(Document(Path("x"), "image/png", (Page(1, 10, 10),)), Settings())
