"""Files that hold data, and plain text: XML, OFX, MT940, FEC, CSV; what they are, content tells."""

from __future__ import annotations

import csv
import io
import re

from socle.decoding import decoded
from socle.documents import Given, checked_xml
from socle.errors import UnreadableError
from socle.pages import Document
from socle.pages.flow import typeset

_LOOKED_AT = 1 << 16
_XML = "application/xml"
_OFX = "application/x-ofx"
_MT940 = "application/x-mt940"
FEC = "text/x-fec"
_CSV = "text/csv"
_TEXT = "text/plain"
_FEC_COLUMNS = (
    *("journalcode", "journallib", "ecriturenum", "ecrituredate", "comptenum", "comptelib"),
    *("pieceref", "piecedate", "ecriturelib", "debit", "credit", "validdate"),
)
"""Names of columns. Source: article A47 A-1 of the Livre des procédures fiscales."""
_FEC_LEAST = 8
_OFX_START = re.compile(rb"\A\s*(?:OFXHEADER\s*:|<OFX>|<\?xml[^>]*>\s*<\?OFX\b|<\?OFX\b)", re.I)
_XML_START = re.compile(rb"\A\s*<(?:\?xml|[A-Za-z_][\w.-]*(?::[\w.-]+)?(?:\s|/?>))")
_HTML_START = re.compile(rb"\A\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html\b)", re.I)
_MT940_TAGS = (":20:", ":25", ":28", ":60", ":61:")
_OTHERS = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"II*\0", b"MM\0*")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROL = 0.01


class _Data:
    """Data and plain text."""

    name = "data"

    def suits(self, content: bytes) -> tuple[float, str]:
        """Return 0.5 or less: any picture may begin with a letter, and text comes last."""
        start = content[:_LOOKED_AT]
        if start.startswith(_OTHERS) or 0 < start.count(0) < len(start) // 5:
            return 0.0, _TEXT  # decoding takes time, and bytes guess
        if _HTML_START.match(start.lstrip(b"\xef\xbb\xbf")):
            return 0.0, _TEXT
        text, _ = decoded(start)
        if _OFX_START.match(start.lstrip(b"\xef\xbb\xbf")):
            return 0.5, _OFX
        plain = text.encode("utf-8", "replace")
        if _XML_START.match(plain) or plain.lstrip().lower().startswith(b"<!doctype"):
            return 0.5, _XML
        if not text.strip() or len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
            return 0.0, _TEXT
        return 0.4, _kind_of(text)

    def open(self, given: Given, media: str) -> Document:
        """Return the bytes; plain text is set in pages as well."""
        name, content = given.path.name, given.content
        if media == _XML or (media == _OFX and _is_xml(content)):
            root = checked_xml(content.lstrip(), name)
            return Document(given.path, media, data=content, facts={"root": root})
        text, notes = decoded(content)
        facts = {"notes": tuple(f"Encoding: {note}." for note in notes)} if notes else {}
        if media != _TEXT:
            return Document(given.path, media, data=content, facts=facts)
        most = given.limits.pages
        pages = typeset(text.splitlines() if "\f" not in text else _with_feeds(text), most)
        if len(pages) > most:
            raise UnreadableError(
                f"{name} is a text of more than {most} pages; no more are read.",
                "Split it, or raise the limit if you trust it.",
            )
        return Document(given.path, media, pages, data=content, facts=facts)


OPTION = _Data()


def _is_xml(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml")


def _kind_of(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    names = [re.sub(r"\W", "", cell).lower() for cell in re.split(r"[\t|;,]", lines[0])]
    if sum(name in names for name in _FEC_COLUMNS) >= _FEC_LEAST:
        return FEC
    tags = [tag for tag in _MT940_TAGS if any(line.startswith(tag) for line in lines)]
    if ":20:" in tags and len(tags) >= 3:
        return _MT940
    return _CSV if _is_table(lines if len(text) < _LOOKED_AT // 4 else lines[:-1]) else _TEXT


def _is_table(lines: list[str]) -> bool:
    """Whether one sign parts all lines into equally many cells, more than two or by `;` or tab."""
    rows = lines[:200]
    for sign, least in ((";", 2), ("\t", 2), (",", 3), ("|", 3)):
        try:
            counts = {len(row) for row in csv.reader(io.StringIO("\n".join(rows)), delimiter=sign)}
        except csv.Error:
            continue
        if len(counts) == 1 and counts.pop() >= least and len(rows) > 1:
            return True
    return False


def _with_feeds(text: str) -> list[str]:
    """Return lines; `splitlines` would take a form feed for the end of one."""
    return re.split(r"\r\n|\r|\n", text)
