"""What files are told by: their content; and what is said of those that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from socle import plugins
from socle.documents import open_document
from socle.errors import SocleError, UnreadableError
from socle.guard import Guard, Limits
from tests.documents import making

GOOD = "Facture n° 12\nTotal 120,00"


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _sheet() -> bytes:
    import io

    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Total", 120])
    book.save(out)
    return out.getvalue()


MAKERS = {
    "application/pdf": lambda: making.pdf(GOOD),
    "image/png": lambda: making.picture("PNG"),
    "image/jpeg": lambda: making.picture("JPEG"),
    "image/tiff": lambda: making.picture("TIFF"),
    "image/webp": lambda: making.picture("WEBP"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": lambda: making.docx(
        lambda d: d.add_paragraph("Total 120,00")
    ),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _sheet,
    "application/vnd.oasis.opendocument.text": lambda: making.odf("<text:p>Total</text:p>"),
    "application/vnd.oasis.opendocument.spreadsheet": lambda: making.odf("", "spreadsheet"),
    "application/xml": lambda: b'<?xml version="1.0"?><Invoice xmlns="urn:x"/>',
    "application/x-ofx": lambda: b"OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKTRANLIST></OFX>",
    "application/x-mt940": lambda: b":20:X\n:25:1/2\n:28C:1\n:60F:C260101EUR1,00\n",
    "text/csv": lambda: b"date;label;amount\n2026-01-01;a;1,00\n2026-01-02;b;2,00\n",
    "text/plain": lambda: b"Invoice 12\n\nTotal: 120.00\n",
    "text/x-fec": lambda: (
        b"JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\t"
        b"CompAuxLib\tPieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\t"
        b"ValidDate\tMontantdevise\tIdevise\nVT\tVentes\t1\t20260101\t411\tC\t\t\tF1\t20260101\tx\t"
        b"1,00\t0,00\t\t\t20260101\t\t\n"
    ),
}


@pytest.mark.parametrize("media", MAKERS)
@pytest.mark.parametrize("name", ["file.pdf", "file.jpg", "file"])
def test_content_tells_what_a_file_is(tmp_path: Path, media: str, name: str) -> None:
    document = open_document(_file(tmp_path, name, MAKERS[media]()))
    assert document.media == media
    promised = {"file.pdf": "application/pdf", "file.jpg": "image/jpeg"}.get(name, media)
    said = any("is named" in note for note in document.facts.get("notes", ()))
    assert said == (media != promised)
    assert document.pages or document.data


def _locked_office() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")


def _many_pages() -> bytes:
    return making.pdf(*["page"] * 30)


def _zip_bomb() -> bytes:
    good = making.docx(lambda d: d.add_paragraph("x"))
    return making.repacked(good, word__media__bomb_xml=b"<a>" + b" " * (20 << 20) + b"</a>")


def _laughing_docx() -> bytes:
    return making.repacked(making.docx(lambda d: d.add_paragraph("x")), word__x_xml=making.LAUGHS)


def _utf16_laughs() -> bytes:
    return making.LAUGHS.decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")


BAD = {
    "empty.pdf": (lambda: b"", "is empty"),
    "zeros.pdf": (lambda: bytes(5000), "nothing but zeros"),
    "cut.pdf": (lambda: making.pdf(*[GOOD] * 5)[:-800], "cut off"),
    "start.pdf": (lambda: making.pdf(GOOD)[:300], "cut off"),
    "locked.pdf": (lambda: making.pdf(GOOD, password="secret"), "protected by a password"),
    "damaged.pdf": (lambda: b"%PDF-1.7\n" + os.urandom(500) + b"\nstartxref\n9\n%%EOF", "damaged"),
    "many.pdf": (_many_pages, "has 30 pages; at most 20"),
    "bomb.png": (lambda: making.png_head(40_000, 40_000), "1600 million pixels; at most 40"),
    "cut.png": (lambda: making.picture("PNG", size=(400, 400))[:-300], "cut off"),
    "cut.jpg": (lambda: making.picture("JPEG", size=(400, 400))[:-300], "cut off"),
    "head.jpg": (lambda: b"\xff\xd8\xff\xe0" + bytes(40), "damaged picture"),
    "wide.webp": (
        lambda: b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + bytes(40),
        "million pixels",
    ),
    "bomb.docx": (_zip_bomb, "is a bomb"),
    "large.docx": (
        lambda: making.repacked(
            making.docx(lambda d: d.add_paragraph("x")), word__y_bin=os.urandom(3 << 20)
        ),
        "unpacks to 3 MB",
    ),
    "laughs.docx": (_laughing_docx, "declares a document type"),
    "laughs.xml": (lambda: making.LAUGHS, "declares a document type"),
    "laughs16.xml": (_utf16_laughs, "declares a document type"),
    "outside.xml": (
        lambda: b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "declares a document type",
    ),
    "cut.xml": (lambda: b'<?xml version="1.0"?><Invoice><ID>1</ID>', "no well-formed XML"),
    "deep.xml": (lambda: b"<a>" * 5000 + b"</a>" * 5000, "nests more than 200"),
    "cut.docx": (lambda: making.docx(lambda d: d.add_paragraph("x"))[:-500], "damaged or cut off"),
    "locked.docx": (_locked_office, "protected by a password"),
    "old.doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old format"),
    "page.html": (lambda: b"<!DOCTYPE html><html><p>x</p></html>", "a web page"),
    "some.zip": (lambda: making.package({"a.txt": "x"}), "a ZIP archive"),
    "noise.bin": (lambda: bytes(range(256)) * 20, "not known here"),
    "long.txt": (lambda: b"line\n" * 5000, "more than 20 pages"),
    "large.txt": (lambda: b"x" * (3 << 20), "has 3.0 MB; at most 2 MB"),
}
TIGHT = Limits(file_bytes=2 << 20, pages=20, unpacked_bytes=2 << 20)
LARGE = ("bomb.docx", "large.docx")


def _limits(name: str) -> Limits:
    if name == "bomb.docx":
        return Limits()
    return Limits(unpacked_bytes=2 << 20) if name == "large.docx" else TIGHT


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str) -> None:
    make, said = BAD[name]
    with pytest.raises(UnreadableError) as caught:
        open_document(_file(tmp_path, name, make()), _limits(name))
    assert said in caught.value.message
    assert name in caught.value.message
    assert caught.value.hint


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        open_document(tmp_path / "none.pdf")
    with pytest.raises(UnreadableError, match="cannot be read"):
        open_document(tmp_path)


def read(path: Path, limits: Limits) -> list[str]:
    """Be the work on one file, in the child."""
    document = open_document(path, limits)
    return [word.text for page in document.pages for word in page.words]


def test_bad_files_among_good_ones_stop_nobody(tmp_path: Path) -> None:
    bad = [_file(tmp_path, name, make()) for name, (make, _) in BAD.items() if name not in LARGE]
    good = [_file(tmp_path, f"good{i}.pdf", making.pdf(f"Facture {i}")) for i in range(40)]
    mixed = [path for pair in zip(good, bad, strict=False) for path in pair] + good[len(bad) :]
    with Guard(TIGHT, jobs=2) as guard:
        found = dict(guard.map(read, mixed, TIGHT))
    assert set(found) == set(mixed)
    assert all(found[path] == ["Facture", str(i)] for i, path in enumerate(good))
    assert all(isinstance(found[path], SocleError) for path in bad)


def test_every_opener_has_what_the_contract_asks_for() -> None:
    for name in plugins.names("documents"):
        opener = plugins.load("documents", name)
        assert opener.name == name
        assert opener.suits(b"\x00\x01\x02" * 50)[0] == 0
