"""The bytes of a file of accounting entries: their encoding, their line ends, their lines.

Files of a gigabyte are usual, so bytes are looked at piece by piece and lines are handed on one by
one. What was found decides how the lines are decoded, also where the order forbids it: all other
rules can still be told.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from socle.checks import fec_official
from socle.errors import UnreadableError

_PIECE = 1 << 16
"""Bytes; a line longer than twice this is no line of entries."""
_UTF_16 = {b"\xff\xfe": "UTF-16, little end first", b"\xfe\xff": "UTF-16, big end first"}
_ALLOWED = ("ASCII", "UTF-8", "UTF-8 with a byte order mark", "ISO 8859-15")


@dataclass(frozen=True)
class Writing:
    """How a file is written.

    Attributes:
        encoding: in words.
        codec: what Python decodes it with.
        ends: kinds of line ends found: `CR LF`, `LF`, `CR`.
        end: the one that the official checker takes for all, "" for none.
        ended: whether it finds an end of the last line, and no more.
    """

    encoding: str
    codec: str
    ends: tuple[str, ...]
    end: str = ""
    ended: bool = True

    @property
    def allowed(self) -> bool:
        """Whether the order allows the encoding."""
        return self.encoding in _ALLOWED

    @property
    def wide(self) -> bool:
        """Whether a letter takes two bytes or more."""
        return self.encoding in _UTF_16.values()


@contextmanager
def opened(source: Path | bytes) -> Iterator[BinaryIO]:
    """Open a file, or bytes that are in memory already, for reading."""
    stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    try:
        yield stream
    finally:
        stream.close()


def writing(stream: BinaryIO) -> Writing:
    """Return how a file is written; goes once through it, from its beginning.

    Raises:
        UnreadableError: it is empty, is no text, or has a line that is far too long.
    """
    first = stream.read(4)
    stream.seek(0)
    if not first:
        raise UnreadableError("This file is empty.", "Export the entries again.")
    if first[:2] in _UTF_16:
        return Writing(_UTF_16[first[:2]], "utf-16", ())
    seen = _Seen()
    while piece := stream.read(_PIECE):
        seen.take(piece)
    return seen.told(first.startswith(codecs.BOM_UTF8))


class _Seen:
    """What the pieces of a file held so far."""

    def __init__(self) -> None:
        self.utf_8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self.ascii = True
        self.controls = False
        self.pairs = self.feeds = self.returns = 0
        self.head = self.tail = b""
        self.unbroken = False

    def take(self, piece: bytes) -> None:
        """Look at the next piece."""
        if b"\0" in piece:
            raise UnreadableError(
                "This file holds bytes of zero: it is no text.",
                "A file of accounting entries is text in ASCII, ISO 8859-15 or UTF-8.",
            )
        self._ends(piece)
        if piece.isascii():
            if self.utf_8 and self.utf_8.getstate()[0]:
                self.utf_8 = None  # a sequence was cut off by plain letters
            return
        self.ascii = False
        if self.utf_8:
            try:
                self.utf_8.decode(piece)
            except UnicodeDecodeError:
                self.utf_8 = None
        # 0x80 to 0x9f are controls in ISO 8859, and letters and quotes in Windows-1252.
        self.controls = self.controls or len(piece.translate(None, _CONTROLS)) != len(piece)

    def _ends(self, piece: bytes) -> None:
        self.head = self.head or piece[: fec_official.LOOKED_AT]
        together = self.tail[-1:] + piece
        self.pairs += together.count(b"\r\n")
        feeds, returns = piece.count(b"\n"), piece.count(b"\r")
        self.feeds += feeds
        self.returns += returns
        broken = bool(feeds or returns)
        if not broken and self.unbroken:
            raise UnreadableError(
                f"A line is longer than {2 * _PIECE:,} bytes.",
                "Each entry stands on a line of its own: export the entries again.",
            )
        self.unbroken = not broken and len(piece) == _PIECE
        self.tail = together[-2:]

    def told(self, marked: bool) -> Writing:
        feeds, returns = self.feeds - self.pairs, self.returns - self.pairs
        counts = {"CR LF": self.pairs, "LF": feeds, "CR": returns}
        kinds = tuple(name for name, count in counts.items() if count > 0)
        end = fec_official.line_end(self.head)
        # The LF of a last pair would be a line to who takes CR for the end.
        ended = bool(end) and not (end == "\r" and self.tail == b"\r\n")
        return Writing(*self._encoding(marked), kinds, end, ended)

    def _encoding(self, marked: bool) -> tuple[str, str]:
        if self.ascii:
            return "ASCII", "ascii"
        if self.utf_8 and not self.utf_8.getstate()[0]:
            return "UTF-8 with a byte order mark" if marked else "UTF-8", "utf-8-sig"
        if self.controls:
            return "Windows-1252", "cp1252"
        return "ISO 8859-15", "iso8859-15"


_CONTROLS = bytes(range(0x80, 0xA0))


def lines(stream: BinaryIO, how: Writing) -> Iterator[str]:
    """Yield the lines of a file without their ends, decoded."""
    for line in _decoded(stream, how, None):
        yield line[:-1] if line[-1:] == "\n" else line


def lines_and_ends(stream: BinaryIO, how: Writing) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file, decoded, each with its own end."""
    for line in _decoded(stream, how, ""):
        text = line.rstrip("\r\n")
        yield text, line[len(text) :]


def _decoded(stream: BinaryIO, how: Writing, newline: str | None) -> Iterator[str]:
    stream.seek(0)
    text = io.TextIOWrapper(stream, how.codec, errors="replace", newline=newline)
    try:
        yield from text
    finally:
        if not stream.closed:
            text.detach()
