"""The form of a page: values of its fields, and words for those that the page does not show."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from socle.pages import FormValue, Word
from socle.pages.letters import plain
from socle.pdfium import Frame
from socle.readings import Box


def form_values(page: Any, number: int, frame: Frame, form: Any) -> Iterator[tuple[str, FormValue]]:
    """Yield the full name and the value of each field of a page that can be filled.

    Args:
        page: of pypdfium2.
        number: of the page, from 1.
        frame: of the page.
        form: the form of the whole document, of PDFium.

    A tick box is True or False, a radio button what it stands for where it is the chosen one and
    empty otherwise, anything else its text.
    """
    for name, value, box in _widgets(page, form, frame):
        yield name, FormValue(value, number, box)


def unseen(value: FormValue, words: Iterable[Word]) -> list[Word]:
    """Return a value as words in its box, unless the page shows words there."""
    if not isinstance(value.value, str) or any(_in(word, value.box) for word in words):
        return []
    return _words_in(value.value, value.box)


def _widgets(page: Any, form: Any, frame: Frame) -> Iterator[tuple[str, str | bool, Box]]:
    """Yield the full name, the value and the box of each field that can be filled."""
    import pypdfium2.raw as pdfium

    rect = pdfium.FS_RECTF()
    for i in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, i)
        if not note:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetFormFieldType(form, note)
            name = _string(pdfium.FPDFAnnot_GetFormFieldName, form, note)
            if not name or not pdfium.FPDFAnnot_GetRect(note, ctypes.byref(rect)):
                continue
            low, high = sorted((rect.bottom, rect.top))
            box = frame.shown(min(rect.left, rect.right), low, max(rect.left, rect.right), high)
            checked = pdfium.FPDFAnnot_IsChecked(form, note)
            if kind == pdfium.FPDF_FORMFIELD_CHECKBOX:
                yield name, bool(checked), box
            elif kind == pdfium.FPDF_FORMFIELD_RADIOBUTTON:
                chosen = _string(pdfium.FPDFAnnot_GetFormFieldExportValue, form, note)
                yield name, chosen if checked else "", box
            elif kind not in (pdfium.FPDF_FORMFIELD_PUSHBUTTON, pdfium.FPDF_FORMFIELD_SIGNATURE):
                yield name, _string(pdfium.FPDFAnnot_GetFormFieldValue, form, note), box
        finally:
            pdfium.FPDFPage_CloseAnnot(note)


def _words_in(value: str, box: Box) -> list[Word]:
    """Return the words of a form's value, laid into its box line by line."""
    lines = [line.split() for line in plain(value).splitlines() if line.strip()]
    high = min((box[3] - box[1]) / max(len(lines), 1), 14.0)
    words = []
    for row, line in enumerate(lines):
        step = min((box[2] - box[0]) / max(len(" ".join(line)), 1), 0.6 * high)
        left = box[0]
        for said in line:
            right = left + step * len(said)
            top = box[1] + row * high if len(lines) > 1 else (box[1] + box[3] - high) / 2
            words.append(Word(said, (left, top, right, top + high), size=0.8 * high))
            left = right + step
    return words


def _in(word: Word, box: Box) -> bool:
    across, down = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _string(ask: Callable[..., int], form: Any, note: Any) -> str:
    """Return a string of a field; PDFium tells its length in bytes, with the zero at its end."""
    length = ask(form, note, None, 0)
    if length <= 2:
        return ""
    import pypdfium2.raw as pdfium

    buffer = (pdfium.FPDF_WCHAR * (length // 2))()
    ask(form, note, buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", "replace")
