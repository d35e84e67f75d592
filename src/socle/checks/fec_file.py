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
    """

    encoding: str
    codec: str
    ends: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        """Whether the order allows the encoding."""
        return self.encoding in _ALLOWED


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
        self.last = b""
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
        together = self.last + piece
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
        self.last = piece[-1:]

    def told(self, marked: bool) -> Writing:
        ends = {
            "CR LF": self.pairs,
            "LF": self.feeds - self.pairs,
            "CR": self.returns - self.pairs,
        }
        kinds = tuple(name for name, count in ends.items() if count > 0)
        if self.ascii:
            return Writing("ASCII", "ascii", kinds)
        if self.utf_8 and not self.utf_8.getstate()[0]:
            name = "UTF-8 with a byte order mark" if marked else "UTF-8"
            return Writing(name, "utf-8-sig", kinds)
        if self.controls:
            return Writing("Windows-1252", "cp1252", kinds)
        return Writing("ISO 8859-15", "iso8859-15", kinds)


_CONTROLS = bytes(range(0x80, 0xA0))


def lines(stream: BinaryIO, how: Writing) -> Iterator[str]:
    """Yield the lines of a file without their ends, decoded."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, how.codec, errors="replace", newline=None)
    try:
        for line in text:
            yield line[:-1] if line[-1:] == "\n" else line
    finally:
        if not stream.closed:
            text.detach()
