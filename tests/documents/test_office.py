"""Office files become lines of print in which rows and cells survive."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

import pytest

from socle.documents import Given, opened
from socle.errors import UnreadableError
from socle.guard import Limits
from socle.pages import Document
from socle.pages.rows import rows
from tests.documents import making


def _open(content: bytes, limits: Limits | None = None) -> Document:
    return opened(Given(Path("x"), content, limits or Limits()))


def _cells(document: Document, page: int = 0) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in rows(document.pages[page])]


LINES = [("Désignation", "Qté", "Prix"), ("Vis et écrous", "12", "1 200,50"), ("Clé", "1", "7,00")]


def _fill(document: Any) -> None:
    document.sections[0].header.paragraphs[0].text = "Atelier Martin"
    document.sections[0].footer.paragraphs[0].text = "SIREN 732 829 320"
    document.add_paragraph("Facture n° 12\tDate : 03/02/2026")
    table = document.add_table(len(LINES), 3)
    for row, line in zip(table.rows, LINES, strict=True):
        for cell, text in zip(row.cells, line, strict=True):
            cell.text = text
    document.add_paragraph("word " * 60)
    document.add_paragraph("Total TTC 1 207,50")


def test_paragraphs_and_tables_of_docx() -> None:
    found = _cells(_open(making.docx(_fill)))
    assert found[0] == ["Atelier Martin"]
    assert found[1] == ["Facture n° 12", "Date : 03/02/2026"]
    assert [tuple(row) for row in found[2:5]] == LINES
    assert all(len(row[0]) <= 100 for row in found[5:])
    assert sum(row[0].count("word") for row in found) == 60
    assert found[-2:] == [["Total TTC 1 207,50"], ["SIREN 732 829 320"]]


def test_merged_cells_stand_once() -> None:
    def fill(document: Any) -> None:
        table = document.add_table(2, 3)
        table.cell(0, 0).merge(table.cell(0, 2)).text = "Prestations"
        for i, text in enumerate("abc"):
            table.cell(1, i).text = text

    assert _cells(_open(making.docx(fill))) == [["Prestations"], ["a", "b", "c"]]


def test_pictures_are_noted() -> None:
    document = _open(making.docx(lambda d: d.add_picture(io.BytesIO(making.picture("PNG")))))
    assert "1 pictures in it are not read" in document.facts["notes"][0]


def _book(fill: Any) -> bytes:
    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    fill(book)
    book.save(out)
    return out.getvalue()


def test_sheets_show_values_as_they_are_formatted() -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        sheet.append(["Date", None, "Montant", "Taux", "Oui"])
        sheet.append([datetime.date(2026, 2, 3), None, 1234.5, 0.2, True])
        sheet["C2"].number_format = "#,##0.00 €"
        sheet["D2"].number_format = "0%"
        sheet.append([None, None, 3, 1 / 3, "texte"])
        book.create_sheet("deux").append(["autre"])
        book.create_sheet("caché").append(["hidden"])
        book["caché"].sheet_state = "hidden"

    document = _open(_book(fill))
    assert _cells(document) == [
        ["Date", "Montant", "Taux", "Oui"],
        ["2026-02-03", "1234.50", "20 %", "True"],
        ["3", "0.333333333333333", "texte"],
    ]
    assert len(document.pages) == 2
    assert document.pages[1].words[0].text == "autre"


def test_a_sheet_with_one_cell_in_its_last_corner_costs_little() -> None:
    def fill(book: Any) -> None:
        book.active["XFD1"] = "far"
        book.active["A900000"] = "deep"

    with pytest.raises(UnreadableError, match="more than 500000 cells"):
        _open(_book(fill))


def test_text_and_tables_of_odt() -> None:
    rows_ = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in line)
        + "</table:table-row>"
        for line in LINES
    )
    body = (
        '<text:h>Facture<text:s text:c="2"/>12<office:annotation><text:p>no</text:p>'
        "</office:annotation><text:tab/>2026</text:h>"
        f"<text:section><text:p>Bonjour</text:p></text:section><table:table>{rows_}</table:table>"
    )
    head = (
        "<style:master-page><style:header><text:p>Tête</text:p></style:header></style:master-page>"
    )
    found = _cells(_open(making.odf(body, styles=head)))
    assert found[:3] == [["Tête"], ["Facture 12", "2026"], ["Bonjour"]] or found[:3] == [
        ["Tête"],
        ["Facture", "12", "2026"],
        ["Bonjour"],
    ]
    assert [tuple(row) for row in found[3:]] == LINES


def test_repeated_cells_of_ods_do_not_explode() -> None:
    body = (
        '<table:table><table:table-row><table:table-cell table:number-columns-repeated="2">'
        "<text:p>a</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row></table:table>'
        "<table:table><table:table-row><table:table-cell><text:p>zwei</text:p>"
        "</table:table-cell></table:table-row></table:table>"
    )
    document = _open(making.odf(body, "spreadsheet"))
    assert _cells(document) == [["a", "a"]]
    assert document.pages[-1].words[0].text == "zwei"
    full = body.replace("<table:table-cell table:number", "<table:table-cell x='1' table:number")
    wide = full.replace("16384", "9").replace("16000", "3")
    assert _open(making.odf(wide, "spreadsheet")).pages


def test_a_locked_package_is_told() -> None:
    locked = making.package(
        {"META-INF/manifest.xml": "<m><encryption-data/></m>", "content.xml": "?"},
        "application/vnd.oasis.opendocument.text",
    )
    with pytest.raises(UnreadableError, match="protected by a password"):
        _open(locked)
