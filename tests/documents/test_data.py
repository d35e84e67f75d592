"""Data stays as it is; plain text is set in pages where its columns stay apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from socle.documents import Given, open_document, opened
from socle.errors import UnreadableError
from socle.guard import Limits
from socle.pages import Document
from socle.pages.rows import rows


def _open(content: bytes) -> Document:
    return opened(Given(Path("x"), content, Limits()))


def test_xml_keeps_its_bytes_and_tells_its_root() -> None:
    content = "<?xml version='1.0' encoding='ISO-8859-15'?><a:b xmlns:a='urn:x'>é€</a:b>".encode(
        "iso-8859-15"
    )
    document = _open(content)
    assert document.data == content
    assert document.facts["root"] == "{urn:x}b"
    assert _open("\ufeff<Document xmlns='urn:iso:camt'/>".encode()).facts["root"] == (
        "{urn:iso:camt}Document"
    )
    assert _open(b"<Invoice><ID/></Invoice>").facts["root"] == "Invoice"


def test_ofx_of_both_kinds() -> None:
    assert _open(b"OFXHEADER:100\n\n<OFX><A></OFX>").media == "application/x-ofx"
    second = _open(b"<?xml version='1.0'?>\n<?OFX OFXHEADER='200'?><OFX><A/></OFX>")
    assert (second.media, second.facts["root"]) == ("application/x-ofx", "OFX")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_columns_of_plain_text_stay_apart(encoding: str) -> None:
    text = "Société Générale\n\nRéf.   Quantité\tMontant\nVis        12      1 200,50 €\fPage 2\n"
    document = _open(text.encode(encoding))
    assert document.media == "text/plain"
    found = [[cell.text for cell in row.cells] for row in rows(document.pages[0])]
    assert found[0] == ["Société Générale"]
    assert found[1] == ["Réf.", "Quantité", "Montant"]
    assert found[2] == ["Vis", "12", "1 200,50 €"]
    assert [word.text for word in document.pages[1].words] == ["Page", "2"]
    assert document.pages[0].source == "text"


def test_a_comma_in_each_line_makes_no_table() -> None:
    assert _open(b"Dear Sir, hello\nyours, Zo\n").media == "text/plain"
    assert _open(b"a,b,c\n1,2,3\n").media == "text/csv"
    assert _open(b'a;b\n"x;y";3\n').media == "text/csv"
    assert not _open(b"a;b\n1;2\n").pages


@pytest.mark.real
def test_real_entry_files_are_told_by_their_columns() -> None:
    folder = Path(__file__).parents[3] / "shared/data/documents/comptes-fr"
    paths = sorted(folder.rglob("*.txt"))
    if not paths:
        pytest.skip("the shared data is not here")
    for path in paths:
        assert opened(Given(path, path.read_bytes(), Limits())).media == "text/x-fec"


def test_a_ledger_of_any_size_is_left_to_its_reader(tmp_path: Path) -> None:
    heads = (
        "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\t"
        "CompAuxLib\tPieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\t"
        "ValidDate\tMontantdevise\tIdevise\n"
    )
    row = "VT\tVentes\t1\t20240105\t411000\tClients\t\t\tF1\t20240105\tFacture\t10,00\t0,00"
    row += "\t\t\t\t\t\n"
    path = tmp_path / "732829320FEC20241231.txt"
    path.write_text(heads + row * 2000, encoding="utf-8")
    found = open_document(path, Limits(file_bytes=10_000))
    assert found.media == "text/x-fec"
    path.write_text("a,b\n" * 20_000, encoding="utf-8")
    with pytest.raises(UnreadableError, match="at most"):
        open_document(path, Limits(file_bytes=10_000))
