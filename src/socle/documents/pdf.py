"""PDF by PDFium: the text layer as placed words, form values, embedded files, pages to render."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from socle.documents import Given
from socle.errors import UnreadableError
from socle.pages import Document, FormValue, Page, Word
from socle.pdfium import Frame, opened
from socle.pdfium.attachments import attachments
from socle.pdfium.forms import form_values, unseen
from socle.pdfium.rendering import Render
from socle.pdfium.text_layer import text_layer

_MEDIA = "application/pdf"
_FACTS = {
    "Title": "title",
    "Author": "author",
    "Creator": "creator",
    "Producer": "producer",
    "CreationDate": "created",
    "ModDate": "changed",
}

_FEW_SHAPES = 40
"""Rules and boxes of a form; the modules of a two-dimensional code are more."""


class _Pdf:
    """Portable Document Format."""

    name = "pdf"

    def suits(self, content: bytes) -> tuple[float, str]:
        """Return 1 for what begins like a PDF; rubbish before it is allowed, as viewers do."""
        if content.startswith(b"%PDF-"):
            return 1.0, _MEDIA
        return (0.6 if b"%PDF-" in content[:1024] else 0.0), _MEDIA

    def open(self, given: Given, media: str) -> Document:
        """Return pages with the words of the text layer, form values and embedded files."""
        pdf = opened(given.content, given.path)
        name, limits = given.path.name, given.limits
        count = len(pdf)
        if count > limits.pages:
            raise UnreadableError(
                f"{name} has {count} pages; at most {limits.pages} are read.",
                "Split it, or raise the limit if you trust it.",
            )
        if not count:
            raise UnreadableError(f"{name} has no pages.", "It is damaged: get it again.")
        reader = _Reader(pdf, given)
        pages = tuple(reader.page(i) for i in range(count))
        files = attachments(pdf, name, limits, reader.notes)
        told = pdf.get_metadata_dict(skip_empty=True)
        facts: dict[str, Any] = {_FACTS[key]: told[key] for key in _FACTS if key in told}
        if reader.unpainted:
            facts["unpainted"] = reader.unpainted
        if reader.notes:
            facts["notes"] = tuple(reader.notes)
        return Document(given.path, media, pages, files, reader.form, facts=facts)


OPTION = _Pdf()


@dataclass
class _Reader:
    """Reads page after page, and gathers what is told of the whole.

    Attributes:
        unpainted: share of the words of a page that are not painted, where there are any.
    """

    pdf: Any
    given: Given
    form: dict[str, FormValue] = field(default_factory=dict)
    unpainted: dict[int, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def page(self, index: int) -> Page:
        """Return a page with the words of its text layer and of its form."""
        number = index + 1
        try:
            page = self.pdf[index]
        except Exception as error:
            raise UnreadableError(
                f"Page {number} of {self.given.path.name} is damaged ({error}).",
                "Get the file again, or print it to a new PDF.",
            ) from error
        try:
            frame = Frame.of(page)
            layer = text_layer(page, frame)
            words = list(layer.words)
            if layer.unpainted:
                self.unpainted[number] = layer.unpainted / len(words)
                self.notes.append(
                    f"{layer.unpainted} words of the text of page {number} are not painted."
                )
            if layer.outside:
                self.notes.append(f"{layer.outside} words of page {number} lie outside of it.")
            words += self._filled(page, number, frame, layer.words)
            drawn = _drawn(page)
        finally:
            page.close()
        render = Render(self.pdf, index, self.given.path.name, self.given.limits.pixels)
        wide, high = frame.width, frame.height
        source: Literal["text", "none"] = "text" if words else "none"
        return Page(number, wide, high, tuple(words), source, render=render, drawn=drawn)

    def _filled(self, page: Any, number: int, frame: Frame, words: tuple[Word, ...]) -> list[Word]:
        """Keep the values of the page's form; return the words of those that it does not show."""
        added: list[Word] = []
        if self.pdf.formenv is None:
            return added
        for name, value in form_values(page, number, frame, self.pdf.formenv):
            known = self.form.get(name)
            if known is None or not known.value:
                self.form[name] = value
            added += unseen(value, words)
        return added


def _drawn(page: Any) -> bool:
    """Return whether a page shows a picture, or so many shapes that they may form a code."""
    import pypdfium2.raw as pdfium

    shapes = 0
    for one in page.get_objects(max_depth=3):
        if one.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            return True
        shapes += one.type == pdfium.FPDF_PAGEOBJ_PATH
        if shapes > _FEW_SHAPES:
            return True
    return False
