"""Documents made in the tests, good ones and bombs."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any


def pdf(
    *pages: str | Callable[[Any], None],
    size: tuple[float, float] = (595, 842),
    password: str | None = None,
    owner: str | None = None,
) -> bytes:
    """Return a PDF; each page is lines of text, or draws on a canvas of reportlab."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    lock = None
    if password is not None:
        lock = StandardEncryption(password, ownerPassword=owner or "owner", strength=128)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, encrypt=lock)
    for page in pages:
        if callable(page):
            page(canvas)
        else:
            canvas.setFont("Helvetica", 10)
            for i, line in enumerate(page.splitlines()):
                canvas.drawString(50, size[1] - 50 - 14 * i, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def png_head(wide: int, high: int) -> bytes:
    """Return a small PNG that declares so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    row = zlib.compress(bytes(1 + wide // 8) * min(high, 100), 9)
    head = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **how: Any) -> bytes:
    """Return a picture whose left half is black and whose right half is white."""
    from PIL import Image

    made = Image.new("L", size, 255)
    made.paste(0, (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    made.convert(mode).save(out, kind, **how)
    return out.getvalue()


def package(parts: Mapping[str, bytes | str], first: str | None = None) -> bytes:
    """Return a zip; `first` is the content of an unpacked part `mimetype` at its start."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        if first:
            made.writestr(zipfile.ZipInfo("mimetype"), first)
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def docx(fill: Callable[[Any], None]) -> bytes:
    """Return a DOCX that a function has filled."""
    import docx as library

    document = library.Document()
    fill(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def repacked(content: bytes, **parts: bytes) -> bytes:
    """Return a package with other parts in it; `__` in a name stands for `/`, `_xml` for `.xml`."""
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        kept = {name: made.read(name) for name in made.namelist()}
    changed = {name.replace("__", "/").replace("_xml", ".xml"): c for name, c in parts.items()}
    return package({**kept, **changed})


def odf(body: str, kind: str = "text", styles: str = "") -> bytes:
    """Return an ODT or ODS with this body."""
    names = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "text", "table", "style", "draw")
    )
    parts = {"content.xml": f"<office:document-content {names}><office:body><office:{kind}>{body}"
             f"</office:{kind}></office:body></office:document-content>"}  # fmt: skip
    if styles:
        parts["styles.xml"] = f"<office:document-styles {names}>{styles}</office:document-styles>"
    return package(
        parts, f"application/vnd.oasis.opendocument.{'text' if kind == 'text' else kind}"
    )


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;">]><l>&d;</l>"""
