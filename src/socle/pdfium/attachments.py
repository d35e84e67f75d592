"""Files that are embedded in a PDF."""

from __future__ import annotations

import ctypes
from typing import Any

from socle.errors import UnreadableError
from socle.guard import Limits


def attachments(pdf: Any, name: str, limits: Limits, notes: list[str]) -> dict[str, bytes]:
    """Return the embedded files by their names; those that are too large are noted instead.

    Args:
        pdf: of pypdfium2.
        name: of the file, for errors.
        limits: how many there may be, and how large.
        notes: added to.

    Raises:
        UnreadableError: they are too many, or too large together.
    """
    import pypdfium2.raw as pdfium

    count = pdf.count_attachments()
    if count > limits.attachments:
        raise UnreadableError(
            f"{name} has {count} embedded files; at most {limits.attachments} are read.",
            "Remove them, or raise the limit if you trust it.",
        )
    found: dict[str, bytes] = {}
    for i in range(count):
        held = pdfium.FPDFDoc_GetAttachment(pdf, i)
        if not held:
            continue
        called = _free(_name(held) or f"file {i + 1}", found)
        length = ctypes.c_ulong()
        pdfium.FPDFAttachment_GetFile(held, None, 0, ctypes.byref(length))
        if length.value > limits.attachment_bytes:
            notes.append(f"The embedded file {called} is too large to be read.")
            continue
        if sum(map(len, found.values())) + length.value > limits.unpacked_bytes:
            raise UnreadableError(
                f"The embedded files of {name} hold more than {limits.unpacked_bytes >> 20} MB.",
                "Remove them, or raise the limit if you trust it.",
            )
        buffer = ctypes.create_string_buffer(max(length.value, 1))
        if not pdfium.FPDFAttachment_GetFile(held, buffer, length.value, ctypes.byref(length)):
            notes.append(f"The embedded file {called} is damaged.")
            continue
        found[called] = buffer.raw[: length.value]
    return found


def _name(held: Any) -> str:
    import pypdfium2.raw as pdfium

    length = pdfium.FPDFAttachment_GetName(held, None, 0)
    if length <= 2:
        return ""
    buffer = (pdfium.FPDF_WCHAR * (length // 2))()
    pdfium.FPDFAttachment_GetName(held, buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", "replace")


def _free(name: str, taken: dict[str, bytes]) -> str:
    """Return a name that no other file has."""
    free, n = name, 1
    while free in taken:
        n += 1
        free = f"{name} ({n})"
    return free
