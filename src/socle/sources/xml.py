"""XML that is not trusted: no document types, no entities, no network, a limit on its size."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Any

from socle.errors import MissingExtraError, UnreadableError

LARGEST = 40_000_000
"""Bytes; e-invoices carry their annexes inside, in base 64."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(r"\s*<\?xml\b[^>]*\?>")
_TYPE = b"<!DOCTYPE"
_LONG = 9_000_000


def looks_like_xml(data: bytes) -> bool:
    """Return whether the first thing in the bytes is a tag, in any encoding; cheap."""
    start = data[:200].replace(b"\0", b"")
    for mark, _ in _MARKS:
        start = start.removeprefix(mark.replace(b"\0", b""))
    return start.lstrip()[:1] == b"<"


def parse(data: bytes, name: str = "The XML") -> Any:
    """Return the root element (`lxml`).

    The encoding is the one that the file declares; where the file does not hold to it, what its
    bytes are valid in.

    Args:
        data: the whole file.
        name: what messages call it.

    Raises:
        UnreadableError: empty, too large, not well formed, or with a document type of its own.
    """
    try:
        from lxml import etree
    except ModuleNotFoundError as error:
        raise MissingExtraError("lxml", "documents") from error
    if not data.strip(b"\0 \t\r\n"):
        raise UnreadableError(f"{name} is empty.", "Ask for the file again.")
    if len(data) > LARGEST:
        raise UnreadableError(
            f"{name} has {len(data) / 1e6:.0f} MB.", f"At most {LARGEST // 10**6} MB are read."
        )
    given: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    if len(data) > _LONG and _TYPE not in data:
        # Annexes can be longer than the parser allows a text to be. Its limits guard against
        # entities, and none can be declared where the encoding is sure and no type is declared.
        given |= {"huge_tree": True, "encoding": "utf-8"}
    parser = etree.XMLParser(**given, remove_pis=True, remove_comments=True)
    try:
        root = etree.fromstring(data.lstrip(b" \t\r\n"), parser)
    except etree.XMLSyntaxError as error:
        root = _again(data, parser, name, error)
    if root.getroottree().docinfo.doctype:
        raise UnreadableError(
            f"{name} declares a document type, which could hide other files in it.",
            "No invoice and no bank statement needs one: ask for the file without it.",
        )
    return root


def plain(root: Any, renamed: Mapping[str, str]) -> Any:
    """Return the same root, its elements without namespaces and by the names of `renamed`."""
    for element in root.iter():
        if isinstance(element.tag, str):
            name = element.tag.rpartition("}")[2]
            element.tag = renamed.get(name, name)
    return root


def _again(data: bytes, parser: Any, name: str, error: Exception) -> Any:
    """Parse text whose encoding is not what it says."""
    from lxml import etree

    text = _decoded(data)
    try:
        return etree.fromstring(_DECLARED.sub("", text, count=1).lstrip().encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        raise UnreadableError(
            f"{name} is damaged: {str(error).partition(' (<string>')[0]}.",
            "Ask for the file again, or open it in an editor at this line.",
        ) from None


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Windows-1252 gives every byte a character, save five that are not printed anyway.
        return data.decode("cp1252", errors="replace")
