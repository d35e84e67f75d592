"""The bytes of a file, and the text that they spell: compression, encodings, foreign files.

Nothing is changed in silence: whatever is not plain UTF-8 comes back with a note that says what
was found and where.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from socle.errors import ResourceError, UnreadableError

SHOWN = 5
"""How many line numbers a message lists."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_AS_CSV = "Save the sheet as CSV (UTF-8) in your spreadsheet program, and give that file."
_AS_TABLE = "Give a table of rows, such as CSV with the columns text,label."
_FOREIGN_STARTS = (
    (b"%PDF", "a PDF document", _AS_TABLE),
    (b"PK\x03\x04", "a zip archive", "Unpack it, and give the table of rows that is inside."),
    (b"\xd0\xcf\x11\xe0", "an old Microsoft Office file", _AS_CSV),
    (b"PAR1", "a Parquet file", "Rename it to end in .parquet."),
    (b"ARROW1", "an Arrow file", "Save it as Parquet, or as CSV."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
    (b"\x89PNG", "a picture", _AS_TABLE),
    (
        b"\xff\xd8\xff",
        "a picture",
        "Give a table of rows, such as CSV with the columns text,label.",
    ),
    (b"\x7fELF", "a program", _AS_TABLE),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, and give the table inside."),
    (b"Rar!", "a RAR archive", "Unpack it, and give the table that is inside."),
    (b"BZh", "a bzip2 archive", "Unpack it with bunzip2, and give what comes out."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it with unxz, and give what comes out."),
)
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_LEGACY = (
    *("cp1252", "mac_roman", "cp850", "cp1251", "koi8_r", "cp1250", "cp1253", "cp1254"),
    *("cp1255", "cp1256", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
)
"""Encodings older than UTF-8, the likeliest for French and English first."""
_WESTERN = 3
_WESTERN_CHARACTERS = frozenset(
    "àáâäãåæçèéêëìíîïñòóôöõøœùúûüÿßÀÁÂÄÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØŒÙÚÛÜŸ«»“”‘’–—…€£°º§·•¿¡\u00a0"
)
_ASCII = bytes(range(128))
_FEW = 0.25
"""Share of bytes above 127 in Western text, at most; other scripts have more."""
_MOSTLY = 0.9
_AS_CLEAN = 0.01
_SAMPLE = 1 << 15
_LOOKED_AT = 1 << 16
_BINARY_SHARE = 0.1


def refuse_missing(path: Path) -> None:
    """Raise if nothing stands at `path`.

    Raises:
        UnreadableError: always when it is missing; the hint names files with a similar name.
    """
    try:
        if path.exists():
            return
        there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else None
    except (OSError, ValueError) as error:
        raise UnreadableError(
            f"{str(path)[:200]!r} is not a path that can be opened.", f"The system says: {error}"
        ) from error
    if there is None:
        raise UnreadableError(
            f"There is no file {path}, and no folder {path.parent}.", "Check the path."
        )
    near = get_close_matches(path.name, there, n=3)
    hint = (
        f"Did you mean {' or '.join(near)}?" if near else f"Check the path; {path.parent} exists."
    )
    raise UnreadableError(f"There is no file {path}.", hint)


def content(path: Path) -> bytes:
    """Return the bytes of a file, decompressed if it is gzip or Zstandard.

    Raises:
        UnreadableError: missing, a folder, empty, not allowed, or its compression is damaged.
        ResourceError: what it unpacks to does not fit in memory.
    """
    refuse_missing(path)
    if path.is_dir():
        raise UnreadableError(f"{path} is a folder, not a file.", "Give one of the files in it.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableError(
            f"{path} cannot be opened: {error.strerror}.", "Check that you may read it."
        ) from error
    if not raw:
        raise UnreadableError(f"{path} is empty (0 bytes).", "Was it fully written or copied?")
    try:
        unpacked = _unpacked(raw, path)
    except MemoryError as error:
        raise ResourceError(
            f"{path} does not fit in memory once unpacked.", "Give it in several smaller files."
        ) from error
    if not unpacked:
        raise UnreadableError(f"{path} is empty once unpacked.", "Was it fully written or copied?")
    return unpacked


def _unpacked(raw: bytes, path: Path) -> bytes:
    suffix = path.suffix.lower()
    try:
        if raw.startswith(_GZIP):
            return gzip.decompress(raw)
        if raw.startswith(_ZSTD):
            return _unpacked_zstd(raw)
    except (EOFError, OSError, zlib.error) as error:
        kind = "gzip" if raw.startswith(_GZIP) else "Zstandard"
        raise UnreadableError(
            f"{path} is a damaged or incomplete {kind} file: {error}",
            "Copy or download it again, and compare its size with the original's.",
        ) from error
    if suffix in (".gz", ".zst"):
        raise UnreadableError(
            f"{path} is not compressed as its name says: it does not begin like a {suffix} file.",
            f"If it is plain, rename it without {suffix}; if it was cut or damaged, copy it again.",
        )
    return raw


def _unpacked_zstd(raw: bytes) -> bytes:
    import zstandard

    parts = []
    try:
        while raw:
            frame = zstandard.ZstdDecompressor().decompressobj()
            parts.append(frame.decompress(raw))
            if not frame.eof:
                raise EOFError("it breaks off before its end")
            raw = frame.unused_data
    except zstandard.ZstdError as error:
        raise EOFError(str(error)) from error
    return b"".join(parts)


def text_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and what was found worth saying about its encoding.

    Raises:
        UnreadableError: missing, empty, damaged, or not text at all.
    """
    raw = content(path)
    refuse_foreign(raw, path)
    text, notes = decoded(raw)
    if "\0" in text:
        lines = [n for n, line in enumerate(text.split("\n"), start=1) if "\0" in line]
        notes = (*notes, f"NUL characters were removed ({some_lines(lines)})")
        text = text.replace("\0", "")
    if not text.strip():
        raise UnreadableError(f"{path} holds nothing but blanks.", "Give a file with rows in it.")
    return text, tuple(f"{path.name}: {note}" for note in notes)


def refuse_foreign(raw: bytes, path: Path) -> None:
    """Raise if the bytes are those of a well-known kind of file that is not text.

    Raises:
        UnreadableError: a PDF, a spreadsheet, an archive, a picture, or binary data.
    """
    for start, kind, hint in _FOREIGN_STARTS:
        if raw.startswith(start):
            if kind == "a zip archive" and (b"xl/work" in raw or b"spreadsheet" in raw[:200]):
                kind, hint = "a spreadsheet", _AS_CSV
            elif kind == "a zip archive" and b"word/document" in raw:
                kind, hint = "a Word document", "Copy its table to a spreadsheet, save it as CSV."
            raise UnreadableError(f"{path} is {kind}, whatever its name says.", hint)
    head = raw[:_LOOKED_AT]
    if _encoding_of_start(head):
        return
    controls = len(head) - len(head.translate(None, delete=_CONTROL))
    if controls > _BINARY_SHARE * len(head):
        raise UnreadableError(
            f"{path} is not text: {controls / len(head):.0%} of its bytes are control codes.",
            "Give a text file: CSV, TSV or JSON lines, best in UTF-8.",
        )


def _encoding_of_start(head: bytes) -> str | None:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if len(head) >= 8 and odd > 0.6 * half and even < 0.05 * half:
        return "utf-16-le"
    if len(head) >= 8 and even > 0.6 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def decoded(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text that the bytes spell, and notes about an encoding that is not UTF-8.

    A byte order mark decides. Else what is UTF-8 is read as such, line by line, and the other
    lines in cp1252, which holds Latin-1. A file without any accent in UTF-8 may be in another
    old encoding altogether; it is guessed.
    """
    named = _encoding_of_start(raw[:_LOOKED_AT])
    if named and named != "utf-8":
        text = raw.decode(named, errors="replace").lstrip("\ufeff")
        lost = text.count("\ufffd")
        note = f"read as {named.upper()}" + (f"; {lost} characters are damaged" if lost else "")
        return text, (note,)
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError:
        return _decoded_by_line(raw)


def _decoded_by_line(raw: bytes) -> tuple[str, tuple[str, ...]]:
    lines = raw.split(b"\n")
    texts: list[str | None] = []
    bad, accented = [], 0
    for number, line in enumerate(lines):
        try:
            texts.append(line.decode("utf-8"))
            accented += not line.isascii()
        except UnicodeDecodeError:
            texts.append(None)
            bad.append(number)
    encoding = _LEGACY[0] if accented else _guessed([lines[n] for n in bad])
    for number in bad:
        texts[number] = _in(lines[number], encoding)
    said = "Latin-1 (cp1252)" if encoding == "cp1252" else encoding
    if accented:
        where = some_lines([n + 1 for n in bad])
        note = f"mixed encodings: UTF-8, but {len(bad)} lines read as {said} ({where})"
    else:
        note = f"not UTF-8, read as {said}; if accents look wrong, save it as UTF-8"
    return "\n".join(t or "" for t in texts), (note,)


def _guessed(lines: Sequence[bytes]) -> str:
    """Return the encoding of lines that are not UTF-8.

    Western ones are told by the characters that they would give, which a few accents settle and
    statistics of byte pairs do not; for the others, the first of `_LEGACY` that
    charset-normalizer finds about as clean as the cleanest is taken.
    """
    sample = b"\n".join(lines)[:_SAMPLE]
    accents = sample.translate(None, delete=_ASCII)
    if len(accents) < _FEW * len(sample):
        read = {name: accents.decode(name, "replace") for name in _LEGACY[:_WESTERN]}
        likeliest = max(read, key=lambda name: _western(read[name]))
        if sum(c in _WESTERN_CHARACTERS for c in read[likeliest]) >= _MOSTLY * len(accents):
            return likeliest
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=list(_LEGACY))
    best = found.best()
    if best is None:
        return _LEGACY[0]
    clean = [match for match in found if match.chaos <= best.chaos + _AS_CLEAN]
    # Encodings that read the sample alike are listed under one of them.
    names = {name for match in clean for name in (match.encoding, *match.could_be_from_charset)}
    return next((name for name in _LEGACY if name in names), _LEGACY[0])


def _western(accents: str) -> int:
    # Accents are rarer on capitals: the wrong encoding often gives just those.
    return sum((c in _WESTERN_CHARACTERS) * (1 if c.isupper() else 2) for c in accents)


def _in(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return line.decode("latin-1")


def some_lines(lines: Sequence[int], shown: int = SHOWN) -> str:
    """Return line numbers in words, as in `lines 3, 8, 9, ...`."""
    more = ", ..." if len(lines) > shown else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:shown]))}{more}"
