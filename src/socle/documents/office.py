"""Office files: DOCX by python-docx, XLSX by openpyxl, ODT and ODS by lxml, set in lines.

Paragraphs and rows of tables become lines, so that what stands side by side stays so. Macros,
formulas and embedded files are never run; pictures are not looked at.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from socle.documents import Given, checked_xml
from socle.errors import MissingExtraError, UnreadableError
from socle.pages import Document
from socle.pages.flow import paragraph_lines, table_lines, typeset

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
DOCX = f"{_OPEN_XML}wordprocessingml.document"
XLSX = f"{_OPEN_XML}spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
_ZIP = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_FILES = 5000
_RATIO = 300
"""Packed text may shrink to a hundredth; what shrinks more than this is made to explode."""
_SMALL = 1 << 20
_MOST_CELLS = 500_000
_MOST_REPEATS = 1000
_BREAK = "\f"
_LOCKED = "application/x-locked"


class _Office:
    """Word processors and spreadsheets."""

    name = "office"

    def suits(self, content: bytes) -> tuple[float, str]:
        """Return 1 for a package of one of these kinds, or one that is locked."""
        if content.startswith(_OLD) and "EncryptedPackage".encode("utf-16-le") in content:
            return 1.0, _LOCKED
        if not content.startswith(_ZIP):
            return 0.0, DOCX
        start = content[30:150]
        if start.startswith(b"mimetype" + ODT.encode()):
            return 1.0, ODT
        if start.startswith(b"mimetype" + ODS.encode()):
            return 1.0, ODS
        for mark, media in ((b"word/document", DOCX), (b"xl/workbook", XLSX)):
            if mark in content:
                return 0.9, media
        return 0.0, DOCX

    def open(self, given: Given, media: str) -> Document:
        """Return pages of lines.

        The names of parts and their sizes, as the package declares them, are counted before
        anything is unpacked; zipfile unpacks no more of a part than was declared.
        """
        name = given.path.name
        if media == _LOCKED:
            raise _locked(name)
        try:
            with zipfile.ZipFile(io.BytesIO(given.content)) as package:
                pictures = _check(package, given)
                lines = itertools.chain.from_iterable(_READERS[media](package, given))
                most = given.limits.pages
                pages = typeset(lines, most)
        except (UnreadableError, MemoryError, MissingExtraError):
            raise
        except Exception as error:
            raise UnreadableError(
                f"{name} is damaged or cut off ({error}).",
                "Open it in its own program and save it anew, or as PDF.",
            ) from error
        if len(pages) > most:
            raise UnreadableError(
                f"{name} has more than {most} pages; no more are read.",
                "Split it, or raise the limit if you trust it.",
            )
        notes = (f"{pictures} pictures in it are not read: save it as PDF.",) if pictures else ()
        return Document(given.path, media, pages, facts={"notes": notes} if notes else {})


OPTION = _Office()


def _check(package: zipfile.ZipFile, given: Given) -> int:
    """Refuse bombs, locked packages and XML that declares entities; return how many pictures."""
    name, limits = given.path.name, given.limits
    parts = package.infolist()
    if len(parts) > _MOST_FILES:
        raise UnreadableError(
            f"{name} holds {len(parts)} parts; at most {_MOST_FILES} are read.",
            "It is no document that an office program wrote.",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise _locked(name)
    whole = sum(part.file_size for part in parts)
    if whole > limits.unpacked_bytes:
        raise UnreadableError(
            f"{name} unpacks to {whole >> 20} MB; at most {limits.unpacked_bytes >> 20} MB are "
            "unpacked.",
            "Split it, or raise the limit if you trust it.",
        )
    for part in parts:
        if part.file_size > _SMALL and part.file_size > _RATIO * max(part.compress_size, 1):
            raise UnreadableError(
                f"{name} is a bomb: {part.filename[:80]} unpacks to "
                f"{part.file_size // max(part.compress_size, 1)} times its size.",
                "Do not trust the file.",
            )
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            content = package.read(part)
            if part.filename == "META-INF/manifest.xml" and b"encryption-data" in content:
                raise _locked(name)
            if content:
                checked_xml(content, f"{name} ({part.filename[:80]})")
    return sum(
        part.filename.startswith(("word/media/", "xl/media/", "Pictures/"))
        and not part.filename.endswith("/")
        for part in parts
    )


def _docx(package: zipfile.ZipFile, given: Given) -> Iterator[Iterable[str]]:
    try:
        import docx
    except ImportError as error:
        raise MissingExtraError("python-docx", "documents") from error
    document = docx.Document(io.BytesIO(given.content))
    seen: set[Any] = set()
    for section in document.sections:
        if section.header not in seen and not section.header.is_linked_to_previous:
            yield from _blocks(section.header)
    yield from _blocks(document)
    for section in document.sections:
        if not section.footer.is_linked_to_previous:
            yield from _blocks(section.footer)


def _blocks(holder: Any) -> Iterator[Iterable[str]]:
    """Yield the lines of paragraphs and tables in their order, text in frames behind its place."""
    for block in holder.iter_inner_content():
        if hasattr(block, "rows"):
            yield table_lines([[_cell(cell) for cell in _cells(row)] for row in block.rows])
        else:
            yield paragraph_lines(block.text)
            for frame in block._p.xpath(".//w:txbxContent[not(ancestor::mc:Fallback)]"):
                for inner in frame.xpath(".//w:p"):
                    yield paragraph_lines("".join(t.text or "" for t in inner.xpath(".//w:t")))


def _cells(row: Any) -> list[Any]:
    """Return the cells of a row; those that are merged stand there once for each column."""
    found: list[Any] = []
    for cell in row.cells:
        if not any(cell._tc is other._tc for other in found):
            found.append(cell)
    return found


def _cell(cell: Any) -> str:
    lines = [cell.text] if not cell.tables else [line for b in _blocks(cell) for line in b]
    return "\n".join(lines).strip()


def _xlsx(package: zipfile.ZipFile, given: Given) -> Iterator[Iterable[str]]:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError("openpyxl", "documents") from error
    book = openpyxl.load_workbook(io.BytesIO(given.content), read_only=True, data_only=True)
    left = _MOST_CELLS
    for number, sheet in enumerate(book.worksheets):
        if sheet.sheet_state != "visible":
            continue
        if number:
            yield [_BREAK]
        sheet.reset_dimensions()  # what a sheet says of its size is not to be believed
        rows = []
        for row in sheet.iter_rows():
            left -= len(row) + 1
            if left < 0:
                raise _too_many_cells(given)
            rows.append([_shown(cell) for cell in row])
        yield table_lines(_trimmed(rows))


def _shown(cell: Any) -> str:
    """Return a value about as the program shows it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    form = str(getattr(cell, "number_format", "") or "").split(";")[0]
    percent = "%" in form
    decimals = len(form.partition(".")[2].rstrip("%_ )€$").split('"')[0].strip("#[]- "))
    number = value * 100 if percent else value
    if "." in form and decimals:
        return f"{number:.{min(decimals, 8)}f}" + (" %" if percent else "")
    return f"{number:.15g}" + (" %" if percent else "")


def _odf(package: zipfile.ZipFile, given: Given) -> Iterator[Iterable[str]]:
    try:
        from lxml import etree
    except ImportError as error:
        raise MissingExtraError("lxml", "documents") from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    for part in ("styles.xml", "content.xml"):
        if part not in package.namelist():
            continue
        root = etree.fromstring(package.read(part), parser)
        if part == "styles.xml":
            for head in root.iterfind(".//{*}master-page/{*}header"):
                yield from _odf_blocks(head, given)
        else:
            yield from _odf_blocks(root.find("{*}body/*"), given)


def _odf_blocks(holder: Any, given: Given) -> Iterator[Iterable[str]]:
    """Yield the lines of paragraphs and tables below an element, in their order."""
    sheets = 0
    for block in holder if holder is not None else ():
        kind = _local(block)
        if kind in ("p", "h"):
            yield paragraph_lines(_odf_text(block))
            for frame in block.iterfind(".//{*}text-box"):
                yield from _odf_blocks(frame, given)
        elif kind == "table":
            if sheets and _local(holder) == "spreadsheet":
                yield [_BREAK]
            sheets += 1
            yield table_lines(_trimmed(_odf_rows(block, given)))
        elif kind not in ("tracked-changes", "sequence-decls", "forms"):
            yield from _odf_blocks(block, given)


def _odf_rows(table: Any, given: Given) -> list[list[str]]:
    rows: list[list[str]] = []
    left = _MOST_CELLS
    for row in table.iter("{*}table-row"):
        cells: list[str] = []
        for cell in row:
            if _local(cell) not in ("table-cell", "covered-table-cell"):
                continue
            text = "\n".join(_odf_text(p) for p in cell.iterfind("{*}p"))
            cells += [text] * _times(cell, "number-columns-repeated", bool(text))
        while cells and not cells[-1]:
            cells.pop()
        times = _times(row, "number-rows-repeated", bool(cells))
        left -= (len(cells) + 1) * times
        if left < 0:
            raise _too_many_cells(given)
        rows += [cells] * times
    return rows


def _times(element: Any, name: str, filled: bool) -> int:
    """Return how often a cell or a row stands there; empty ones fill sheets by the million."""
    told = next((v for k, v in element.attrib.items() if k.endswith("}" + name)), "1")
    times = int(told) if told.isdigit() else 1
    return max(1, min(times, _MOST_REPEATS if filled else 50))


def _odf_text(element: Any) -> str:
    """Return the text of a paragraph, without notes, comments and frames."""
    parts = [element.text or ""]
    for child in element:
        kind = _local(child)
        if kind == "s":
            parts.append(" " * min(_count_of(child), 200))
        elif kind == "tab":
            parts.append("\t")
        elif kind == "line-break":
            parts.append("\n")
        elif kind not in ("annotation", "note", "frame", "text-box"):
            parts.append(_odf_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _count_of(spaces: Any) -> int:
    told = next((v for k, v in spaces.attrib.items() if k.endswith("}c")), "1")
    return int(told) if told.isdigit() else 1


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Return rows without the empty columns before and between them that sheets are spaced by."""
    used = {i for row in rows for i, cell in enumerate(row) if cell.strip()}
    return [[cell for i, cell in enumerate(row) if i in used] for row in rows]


def _locked(name: str) -> UnreadableError:
    return UnreadableError(
        f"{name} is protected by a password.", "Open it with the password and save it without."
    )


def _too_many_cells(given: Given) -> UnreadableError:
    return UnreadableError(
        f"{given.path.name} has more than {_MOST_CELLS} cells; no more are read.",
        "Keep the part that is to be read, and save it as a file of its own.",
    )


_READERS = {DOCX: _docx, XLSX: _xlsx, ODT: _odf, ODS: _odf}
