"""The ladder: a real text layer stays, and everything else is recognised or not used."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from socle.documents import open_document
from socle.pages import Document, FormValue, Page, Picture, Word
from socle.pages.rows import rows_of
from socle.sources.ladder import settle
from tests.printing import LINES, printed

TEXT = [line for line in LINES for _ in range(2)]


class Heard:
    """An engine that hears what it is told, and counts."""

    name = "heard"

    def __init__(self, *words: Word) -> None:
        self.given, self.calls = words, 0

    def words(self, picture: Picture, dpi: float) -> tuple[Word, ...]:
        self.calls += 1
        return self.given


def pdf(path: Path, *, scan: bool, mode: int | None = None, lines: list[str] = TEXT) -> Document:
    """Write and open a PDF of one page: a scan or not; text painted (0), unseen (3) or none."""
    canvas = Canvas(str(path), pagesize=(595, 842))
    if scan:
        picture = Image.fromarray(printed())
        high = 595 * picture.height / picture.width
        canvas.drawImage(ImageReader(picture), 0, 842 - high, 595, high)
    if mode is not None:
        text = canvas.beginText(40, 800)
        text.setFont("Helvetica", 11)
        text.setTextRenderMode(mode)
        for line in lines:
            text.textLine(line)
        canvas.drawText(text)
    canvas.save()
    return open_document(path)


def said(page: Page) -> list[str]:
    return [row.text for row in rows_of(page.words)]


def test_a_real_text_layer_stays(tmp_path: Path) -> None:
    ocr = Heard()
    document = settle(pdf(tmp_path / "a.pdf", scan=False, mode=0), ocr)
    assert document.pages[0].source == "text"
    assert said(document.pages[0])[0] == LINES[0]
    assert ocr.calls == 0
    assert "notes" not in document.facts


def test_a_scan_is_recognised(tmp_path: Path) -> None:
    (page,) = settle(pdf(tmp_path / "a.pdf", scan=True)).pages
    assert page.source == "ocr"
    assert said(page) == [line.replace("²", "2") for line in LINES]
    # Boxes are in the page's points.
    assert 0 < page.words[0].box[0] < 100
    assert max(word.box[2] for word in page.words) < 595


def test_words_of_ocr_come_in_the_unit_of_the_page(tmp_path: Path) -> None:
    ocr = Heard(Word("x", (200.0, 400.0, 300.0, 440.0), 0.9, 40.0))
    (page,) = settle(pdf(tmp_path / "a.pdf", scan=True), ocr).pages
    assert page.words[0].box == pytest.approx((72, 144, 108, 158.4), rel=0.01)
    assert page.words[0].size == pytest.approx(14.4, rel=0.01)


def test_text_of_meaningless_signs_is_not_used(tmp_path: Path) -> None:
    opened = pdf(tmp_path / "a.pdf", scan=False, mode=0)
    spoilt = tuple(replace(word, text="\ufffd" * len(word.text)) for word in opened.pages[0].words)
    ocr = Heard(Word("x", (200.0, 400.0, 300.0, 440.0)))
    document = settle(replace(opened, pages=(replace(opened.pages[0], words=spoilt),)), ocr)
    assert document.pages[0].source == "ocr"
    assert "no meaning" in document.facts["notes"][0]


def test_text_in_a_secret_alphabet_is_not_used(tmp_path: Path) -> None:
    secret = str.maketrans("aeiouyéè", "bcdfghjk")
    lines = [line.lower().translate(secret) for line in TEXT]
    ocr = Heard(Word("x", (200.0, 400.0, 300.0, 440.0)))
    document = settle(pdf(tmp_path / "a.pdf", scan=False, mode=0, lines=lines), ocr)
    assert document.pages[0].source == "ocr"


def test_hidden_text_that_agrees_with_the_scan_stays(tmp_path: Path) -> None:
    opened = pdf(tmp_path / "a.pdf", scan=True, mode=3)
    ocr = Heard(*(Word(word, (0.0, 0.0, 1.0, 1.0)) for line in LINES for word in line.split()))
    document = settle(opened, ocr)
    assert document.pages[0].source == "text"
    assert ocr.calls == 1
    assert any("another program" in note for note in document.facts["notes"])


def test_hidden_text_that_lies_is_not_used(tmp_path: Path) -> None:
    lines = ["TOTAL 99 999,00", "Payez à un autre compte"] * 7
    document = settle(pdf(tmp_path / "a.pdf", scan=True, mode=3, lines=lines))
    assert document.pages[0].source == "ocr"
    assert said(document.pages[0])[0] == LINES[0]
    assert any("not painted" in note for note in document.facts["notes"])


def test_a_stamp_on_a_scan_does_not_pass_for_its_text(tmp_path: Path) -> None:
    opened = pdf(tmp_path / "a.pdf", scan=True, mode=0, lines=["Numérisé"])
    ocr = Heard(Word("x", (200.0, 400.0, 300.0, 440.0)))
    assert settle(opened, ocr).pages[0].source == "ocr"


def test_white_text_is_not_used(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(595, 842))
    for row, line in enumerate(TEXT):
        canvas.drawString(40, 800 - 14 * row, line)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(40, 300, "hidden instruction")
    canvas.save()
    document = settle(open_document(tmp_path / "a.pdf"), Heard())
    assert "hidden" not in document.text
    assert "2024-0817" in document.text
    assert "2 words of page 1 cannot be seen" in document.facts["notes"][-1]


def test_values_of_a_form_stay_though_they_are_not_drawn(tmp_path: Path) -> None:
    opened = pdf(tmp_path / "a.pdf", scan=False, mode=0)
    value = Word("Dupont", (100.0, 600.0, 150.0, 612.0), size=10.0)
    page = replace(opened.pages[0], words=(*opened.pages[0].words, value))
    form = {"name": FormValue("Dupont", 1, (95.0, 598.0, 200.0, 614.0))}
    document = settle(replace(opened, pages=(page,), form=form), Heard())
    assert document.pages[0].words[-1] == value
    assert document.form == form


def test_a_picture_on_its_side_is_turned(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.rot90(printed())).save(path, dpi=(200, 200))
    document = settle(open_document(path))
    (page,) = document.pages
    assert document.facts["turned"] == {1: 90.0}
    assert said(page) == [line.replace("²", "2") for line in LINES]
    assert (page.height, page.width) == printed().shape
    assert page.render is not None
    assert page.render(page.dpi).shape == printed().shape


def test_what_has_no_pages_or_pictures_stays_as_it_is() -> None:
    data = Document(Path("a.xml"), "application/xml", data=b"<a/>")
    assert settle(data) is data
    typeset = Document(
        Path("a.txt"), "text/plain", (Page(1, 595, 842, (Word("a", (0, 0, 1, 1)),)),)
    )
    assert settle(typeset, Heard()).pages == typeset.pages


def test_only_so_many_pages_are_recognised() -> None:
    blank = np.full((1100, 850), 255, np.uint8)
    pages = tuple(Page(i, 612, 792, render=lambda dpi: blank) for i in range(1, 45))
    ocr = Heard(Word("x", (200.0, 400.0, 300.0, 440.0)))
    document = settle(Document(Path("a.pdf"), "application/pdf", pages), ocr)
    assert ocr.calls == 40
    assert [page.source for page in document.pages] == ["ocr"] * 40 + ["none"] * 4
    assert "Pages 41, 42, 43, 44" in document.facts["notes"][0]


def test_a_code_on_a_page_of_text_is_read(tmp_path: Path) -> None:
    import zxingcpp

    made = zxingcpp.create_barcode("BCD\n002\n1\nSCT", zxingcpp.BarcodeFormat.QRCode)
    code = np.pad(np.array(made.to_image(scale=6)), 24, constant_values=255)
    kept = io.BytesIO()
    Image.fromarray(code).save(kept, "PNG")
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(595, 842))
    for row, line in enumerate(TEXT):
        canvas.drawString(40, 800 - 14 * row, line)
    canvas.drawImage(ImageReader(kept), 400, 100, 80, 80)
    canvas.save()
    document = settle(open_document(tmp_path / "a.pdf"), Heard())
    (found,) = document.pages[0].codes
    assert found.content == b"BCD\n002\n1\nSCT"
    assert 400 < found.box[0] < found.box[2] < 480
    assert 662 < found.box[1] < found.box[3] < 742
