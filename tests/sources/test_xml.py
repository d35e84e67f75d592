import pytest

from socle.errors import UnreadableError
from socle.sources import xml


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_any_encoding_is_read(encoding: str) -> None:
    data = "<a><b>Künstler €</b></a>".encode(encoding)
    if encoding == "utf-16-le":
        data = b"\xff\xfe" + data
    assert xml.looks_like_xml(data)
    assert xml.parse(data).findtext("b") == "Künstler €"


@pytest.mark.parametrize("declared", ["UFT-8", "no such thing", "utf-8"])
def test_a_wrong_declaration_is_passed_over(declared: str) -> None:
    data = f'<?xml version="1.0" encoding="{declared}"?><a>é</a>'.encode("cp1252")
    assert xml.parse(data).text == "é"


def test_entities_and_document_types_are_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    outside = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    for text in (bomb, outside, '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'):
        for encoding in ("utf-8", "utf-16"):
            with pytest.raises(UnreadableError, match="document type"):
                xml.parse(text.encode(encoding))


def test_a_billion_laughs_end_at_once() -> None:
    parts = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    text = f'<!DOCTYPE a [<!ENTITY e0 "ha">{parts}]><a b="&e11;">&e11;</a>'
    with pytest.raises(UnreadableError):
        xml.parse(text.encode())


@pytest.mark.parametrize("data", [b"", b"  \n", b"\0\0"])
def test_nothing_is_told_as_empty(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="empty"):
        xml.parse(data)


@pytest.mark.parametrize("data", [b"<a><b></a>", b"<a", b"<a>&c;</a>", b"<a>\0</a>", b"<\xff\xfe>"])
def test_what_is_damaged_is_told(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        xml.parse(data)


def test_long_annexes_are_read_and_too_long_files_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"<a>" + b"QUJD" * 3_000_000 + b"</a>"
    assert len(xml.parse(data).text) == 12_000_000
    monkeypatch.setattr(xml, "LARGEST", 1_000_000)
    with pytest.raises(UnreadableError, match="12 MB"):
        xml.parse(data)
