"""Encodings: what is found, and what is said about it."""

import codecs
from pathlib import Path

import pytest

from socle.decoding import decoded, text_of
from socle.errors import UnreadableError

FRENCH = (
    "text,label\nL'hôtel était très bruyant, déçu.,négatif\n"
    "Séjour agréable à côté du château,positif\n"
)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8)],
)
def test_utf8_needs_no_note(encoding: str, mark: bytes) -> None:
    assert decoded(mark + FRENCH.encode(encoding)) == (FRENCH, ())


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
def test_utf16_and_utf32(encoding: str, mark: bytes) -> None:
    text, notes = decoded(mark + FRENCH.encode(encoding))
    assert text == FRENCH
    assert encoding.upper() in notes[0]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "iso8859-15"])
def test_latin_1_is_read_and_announced(encoding: str) -> None:
    text, notes = decoded(FRENCH.encode(encoding))
    assert text == FRENCH
    assert "Latin-1" in notes[0]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("mac_roman", FRENCH),
        ("cp850", FRENCH),
        ("cp1251", "Очень хороший фильм, всем советую посмотреть.\n" * 3),
        ("koi8_r", "Очень хороший фильм, всем советую посмотреть.\n" * 3),
        ("shift_jis", "この映画はとても面白かったです。また見たいと思います。\n" * 3),
        ("cp1250", "Zażółć gęślą jaźń, bardzo dobry film i świetni aktorzy.\n" * 3),
    ],
)
def test_older_encodings_are_guessed_and_announced(encoding: str, text: str) -> None:
    found, notes = decoded(text.encode(encoding))
    assert found == text
    assert encoding in notes[0]


def test_an_english_file_with_one_curly_apostrophe() -> None:
    text = "text,label\n" + "a plain line,x\n" * 50 + "it’s late,y\n"
    assert decoded(text.encode("cp1252"))[0] == text


def test_mixed_encodings_are_read_line_by_line() -> None:
    lines = ["text,label", "déjà vu,a", "café — crème,b", "plain,a", "où ça,b"]
    raw = b"\n".join(
        line.encode("cp1252" if i in (2, 4) else "utf-8") for i, line in enumerate(lines)
    )
    text, notes = decoded(raw)
    assert text.split("\n") == lines
    assert "mixed encodings" in notes[0]
    assert "2 lines" in notes[0]
    assert "(lines 3, 5)" in notes[0]


def test_bytes_that_no_encoding_has_are_still_read() -> None:
    text, notes = decoded(b"caf\xe9 \x81\x8d\xff\xc3\n" * 3)
    assert len(text.split("\n")) == 4
    assert notes


def test_nul_characters_are_removed_and_announced(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,label\nfi\0ne,a\nok,b\nw\0\0ell,a\n")
    text, notes = text_of(path)
    assert text == "text,label\nfine,a\nok,b\nwell,a\n"
    assert notes == ("a.csv: NUL characters were removed (lines 2, 4)",)


def test_a_file_of_nul_bytes_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\0" * 5000)
    with pytest.raises(UnreadableError, match="not text"):
        text_of(path)
