"""PDF: words where they stand, also on turned pages; forms, embedded files, pictures of pages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle.documents import Given, opened
from socle.errors import UnreadableError
from socle.guard import Limits
from socle.pages import Document
from tests.documents import making


def _open(content: bytes, limits: Limits | None = None) -> Document:
    return opened(Given(Path("x.pdf"), content, limits or Limits()))


def _dark(document: Document, box: tuple[float, ...], dpi: float = 144) -> float:
    """Return the darkest grey that a box of the first page is rendered with."""
    render = document.pages[0].render
    assert render is not None
    left, top, right, bottom = (round(side * dpi / 72) for side in box)
    return float(render(dpi)[max(top, 0) : bottom, max(left, 0) : right].min())


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_words_stand_where_they_are_printed(turned: int) -> None:
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import RectangleObject

    page = PdfReader(io.BytesIO(making.pdf("Facture 12", size=(400, 600)))).pages[0]
    page.cropbox = RectangleObject((20, 100, 380, 590))
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_page(page).rotate(turned)
    writer.write(out)
    document = _open(out.getvalue())
    [page_] = document.pages
    sides = (360, 490) if turned in (0, 180) else (490, 360)
    assert (page_.width, page_.height) == pytest.approx(sides)
    assert [word.text for word in page_.words] == ["Facture", "12"]
    for word in page_.words:
        assert word.size == pytest.approx(10, abs=1)
        assert _dark(document, word.box) < 128
    first = page_.words[0].box
    # Printed 30 points from the left edge and 40 from the top one of what is shown unturned.
    near = {0: first[0], 90: first[1], 180: 360 - first[2], 270: 360 - first[3]}[turned]
    assert near == pytest.approx(30, abs=2)


def _odd(canvas: Any) -> None:
    canvas.setFont("Helvetica", 10)
    canvas.drawString(50, 800, "Num\u00e9ro de\u00a0facture")
    canvas.drawString(50, 780, "Total")
    canvas.drawString(300, 780, "120,00")
    canvas.saveState()
    text = canvas.beginText(50, 760)
    text.setTextRenderMode(3)
    text.textOut("hidden layer")
    canvas.drawText(text)
    canvas.restoreState()
    canvas.setFont("Helvetica", 0.2)
    canvas.drawString(50, 740, "tiny")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(700, 720, "outside")
    canvas.rotate(90)
    canvas.drawString(100, -500, "upwards 12")


def test_odd_text_is_told() -> None:
    document = _open(making.pdf(_odd))
    said = [word.text for word in document.pages[0].words]
    assert said[:5] == ["Num\u00e9ro", "de", "facture", "Total", "120,00"]
    assert said[5:] == ["hidden", "layer", "upwards", "12"]
    assert document.facts["unpainted"] == {1: pytest.approx(2 / 9)}
    notes = " ".join(document.facts["notes"])
    assert "2 words of the text of page 1 are not painted" in notes
    assert "1 words of page 1 lie outside" in notes
    up = document.pages[0].words[7].box
    assert up[3] - up[1] > up[2] - up[0]


def test_metadata_and_an_empty_password() -> None:
    def draw(canvas: Any) -> None:
        canvas.setTitle("Facture")
        canvas.drawString(50, 800, "Total")

    document = _open(making.pdf(draw, password="", owner="owner"))
    assert document.facts["title"] == "Facture"
    assert document.text == "Total"


def _form(canvas: Any) -> None:
    form = canvas.acroForm
    form.textfield(name="first", value="Zo\u00e9 Martin", x=100, y=700, width=150, height=20)
    form.textfield(name="empty", value="", x=100, y=660, width=150, height=20)
    form.checkbox(name="single", checked=True, x=100, y=620)
    form.checkbox(name="married", checked=False, x=140, y=620)
    canvas.drawString(20, 705, "Name")


def test_values_of_forms_are_read_and_shown() -> None:
    document = _open(making.pdf(_form))
    values = {name: value.value for name, value in document.form.items()}
    assert values == {"first": "Zo\u00e9 Martin", "empty": "", "single": True, "married": False}
    box = document.form["first"].box
    assert box == pytest.approx((100, 122, 250, 142), abs=2)
    assert sorted(word.text for word in document.pages[0].words) == ["Martin", "Name", "Zo\u00e9"]
    inside = [word for word in document.pages[0].words if word.text != "Name"]
    assert all(box[1] <= word.box[1] and word.box[3] <= box[3] for word in inside)
    assert _dark(document, (104, 126, 246, 138)) < 128


def _with_files(files: dict[str, bytes]) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer, out = PdfWriter(), io.BytesIO()
    writer.append(PdfReader(io.BytesIO(making.pdf("Facture"))))
    for name, content in files.items():
        writer.add_attachment(name, content)
    writer.write(out)
    return out.getvalue()


def test_embedded_files_are_read_and_limited() -> None:
    files = {"factur-x.xml": b"<a/>" * 100, "big.bin": bytes(5000)}
    assert dict(_open(_with_files(files)).attachments) == files
    document = _open(_with_files(files), Limits(attachment_bytes=1000))
    assert list(document.attachments) == ["factur-x.xml"]
    assert "big.bin is too large" in document.facts["notes"][0]
    with pytest.raises(UnreadableError, match="2 embedded files; at most 1"):
        _open(_with_files(files), Limits(attachments=1))
    with pytest.raises(UnreadableError, match="more than 0 MB"):
        _open(_with_files(files), Limits(unpacked_bytes=1000))


@pytest.mark.parametrize("size", [(14_400, 14_400), (14_400, 1)])
def test_a_page_is_never_rendered_beyond_the_limit(size: tuple[int, int]) -> None:
    document = _open(making.pdf("x", size=size), Limits(pixels=1_000_000))
    render = document.pages[0].render
    assert render is not None
    assert render(300).size <= 3 * 1_000_000


def test_a_huge_picture_on_a_page_is_not_unpacked() -> None:
    from reportlab.lib.utils import ImageReader

    def draw(canvas: Any) -> None:
        canvas.drawImage(
            ImageReader(io.BytesIO(making.picture("PNG", size=(3000, 2000)))), 0, 0, 9, 9
        )

    document = _open(making.pdf(draw), Limits(pixels=1_000_000))
    render = document.pages[0].render
    assert render is not None
    with pytest.raises(UnreadableError, match="6 million pixels"):
        render(72)
    assert _open(making.pdf(draw)).pages[0].source == "none"


def test_a_page_is_rendered_in_colour() -> None:
    def draw(canvas: Any) -> None:
        canvas.setFillColorRGB(1, 0, 0)
        canvas.rect(0, 0, 600, 900, fill=1)

    render = _open(making.pdf(draw)).pages[0].render
    assert render is not None
    picture = render(72)
    assert picture.dtype == np.uint8
    assert picture.shape == (842, 595, 3)
    assert tuple(picture[400, 300]) == (255, 0, 0)


@pytest.mark.real
def test_real_invoices_have_words_and_their_embedded_xml() -> None:
    folder = Path(__file__).parents[3] / "shared/data/documents/factur-x-invoices"
    paths = sorted(folder.glob("*.pdf"))
    if not paths:
        pytest.skip("the shared data is not here")
    for path in paths:
        document = opened(Given(path, path.read_bytes(), Limits()))
        assert len(document.pages[0].words) > 50
        assert any(name.endswith(".xml") for name in document.attachments)
