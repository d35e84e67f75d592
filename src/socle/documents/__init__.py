"""A file -> a `Document`: one opener for each family of formats.

Nothing here trusts the file. Openers run in a guarded process; what they count, they count before
they decode. What a file is, its content tells and never its name.

To add a family is to add a file here, or an entry point of the group `socle.documents` in an
outside package: an object that has what `Opener` asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from socle import plugins
from socle.errors import UnreadableError
from socle.guard import Limits
from socle.pages import Document

_MB = 1 << 20
_BY_LINES = ("text/x-fec",)
"""Media types that are read as a stream, so that their size does not matter."""
_SUFFIXES = {
    ".pdf": ("application/pdf",),
    ".png": ("image/png",),
    **dict.fromkeys((".jpg", ".jpeg"), ("image/jpeg",)),
    **dict.fromkeys((".tif", ".tiff"), ("image/tiff",)),
    ".webp": ("image/webp",),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    ".odt": ("application/vnd.oasis.opendocument.text",),
    ".ods": ("application/vnd.oasis.opendocument.spreadsheet",),
    ".xml": ("application/xml", "application/x-ofx"),
    **dict.fromkeys((".ofx", ".qfx"), ("application/x-ofx",)),
    **dict.fromkeys((".sta", ".mt940", ".940"), ("application/x-mt940",)),
    **dict.fromkeys((".csv", ".txt"), ("text/", "application/x-ofx", "application/x-mt940")),
}
"""What a name promises: starts of media types."""
READABLE = "PDF, PNG, JPEG, TIFF, WebP, DOCX, ODT, XLSX, ODS, XML, OFX, MT940, CSV and plain text"
_KNOWN_STRANGERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a file of Word, Excel or Outlook in the old format"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "an RTF text"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x00asm", "a program"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


@dataclass(frozen=True)
class Given:
    """A file as openers get it: where it lies, its bytes, and what it may cost."""

    path: Path
    content: bytes
    limits: Limits


class Opener(Protocol):
    """One family of formats."""

    name: str

    def suits(self, content: bytes) -> tuple[float, str]:
        """Return how surely the content is of this family, 0 to 1, and its media type; cheap."""
        ...

    def open(self, given: Given, media: str) -> Document:
        """Return the document.

        Raises:
            UnreadableError: it is damaged, locked, or larger than the limits.
        """
        ...


def open_document(path: Path, limits: Limits | None = None) -> Document:
    """Open a file by what it is; call it in a guarded process (see `socle.guard`).

    Args:
        path: a file.
        limits: what it may cost.

    What the user should know of it stands in `facts["notes"]`, one sentence each.

    Raises:
        UnreadableError: it is missing, empty, damaged, cut off, locked, too large or of a kind
            that is not read.
    """
    limits = limits or Limits()
    try:
        size = path.stat().st_size
        if path.is_file() and size > limits.file_bytes:
            streamed = _streamed(path)
            if streamed:
                return streamed
            raise UnreadableError(
                f"{path.name} has {size / _MB:.1f} MB; at most {limits.file_bytes / _MB:g} MB "
                "are read.",
                "Split it, or raise the limit if you trust it.",
            )
        # A file may grow, and what is none (a pipe, a device) has no size.
        with path.open("rb") as stream:
            content = stream.read(limits.file_bytes + 1)[: limits.file_bytes]
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UnreadableError(
            f"{path} cannot be read: {why}.", "Check its name, and who may read it."
        ) from error
    return opened(Given(path, content, limits))


def _streamed(path: Path) -> Document | None:
    """Return the head of a file whose reader goes through it line by line, whatever its size."""
    with path.open("rb") as stream:
        head = stream.read(_MB)
    claims = [opener.suits(head) for opener in _openers()]
    _, media = max(claims, key=lambda claim: claim[0])
    return Document(path, media, data=head) if media in _BY_LINES else None


def opened(given: Given) -> Document:
    """Open content that was read already; see `open_document`."""
    if not given.content.strip(b"\0"):
        what = "is empty" if not given.content else "holds nothing but zeros"
        raise UnreadableError(
            f"{given.path.name} {what}.", "Copy or download it again: its content got lost."
        )
    openers = _openers()
    claims = [opener.suits(given.content) for opener in openers]
    best = max(range(len(claims)), key=lambda i: claims[i][0])
    sure, media = claims[best]
    if not sure:
        raise _unknown(given)
    document = openers[best].open(given, media)
    promised = _SUFFIXES.get(given.path.suffix.lower())
    if promised and not media.startswith(promised):
        said = (
            f"It is named {given.path.suffix}, but its content is {media}: that is how it is read."
        )
        return noted(document, said)
    return document


def noted(document: Document, *notes: str) -> Document:
    """Return the document with more notes for the user among its facts."""
    before = tuple(document.facts.get("notes", ()))
    return replace(document, facts={**document.facts, "notes": (*before, *notes)})


def checked_xml(content: bytes, name: str) -> str:
    """Return the root of an XML document, `{namespace}name`, after it was read without building it.

    Raises:
        UnreadableError: it is not well-formed, nests too deeply, or declares a document type or
            entities, which it could use to reach other files or to grow without end.
    """
    from xml.parsers import expat

    found: list[str] = []
    depth = 0

    def begin(tag: str, _: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if not found:
            found.append(tag)
        if depth > 200:
            raise UnreadableError(
                f"{name} nests more than 200 elements.", "No document that is read here does so."
            )

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise UnreadableError(
            f"{name} declares a document type or entities, which are not read from strangers.",
            "Remove the <!DOCTYPE ...> of the XML if you trust it.",
        )

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UnreadableError(
            f"{name} is no well-formed XML: {error}.", "It is damaged or cut off: get it again."
        ) from error
    return ("{" + found[0]) if "}" in found[0] else found[0]


@cache
def _openers() -> tuple[Opener, ...]:
    # Once a process: looking for what outside packages add takes longer than opening most files.
    return tuple(plugins.load("documents", name) for name in plugins.names("documents"))


def _unknown(given: Given) -> UnreadableError:
    start = given.content[:1024].lstrip().lower()
    what = "of a kind that is not known here"
    if start.startswith((b"<!doctype html", b"<html")):
        what = "a web page"
    for magic, name in _KNOWN_STRANGERS:
        if given.content.startswith(magic):
            what = name
    return UnreadableError(
        f"{given.path.name} is {what}, which is not read.",
        f"These are read: {READABLE}. Save or print it as a PDF.",
    )
