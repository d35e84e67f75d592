"""US information statements, forms 1099-INT, -DIV, -MISC and -NEC: their boxes by number."""

from __future__ import annotations

from socle.checks import us_tax
from socle.errors import InputError
from socle.pages import Document
from socle.readers import Settings
from socle.readings import Field, Reading
from socle.sources import us_boxes

REQUIRED = ("form", "year", "payer_name", "ein", "ssn")


class Form1099:
    """The reader of forms 1099."""

    name = "form-1099"
    about = (
        "US statements of interest, dividends, other income and fees (1099-INT, DIV, MISC, NEC)."
    )

    def suits(self, document: Document) -> float:
        """Return how much the document looks like one of these statements."""
        form, sure = us_boxes.form_of(document.text)
        return sure if form.startswith("1099") else 0.0

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return the boxes of the statement.

        Raises:
            InputError: which statement it is, is not said in the document.
        """
        form, sure = us_boxes.form_of(document.text)
        if not form.startswith("1099"):
            raise InputError(
                "This document names none of the forms 1099-INT, 1099-DIV, 1099-MISC, 1099-NEC.",
                "Other forms 1099 are not read; scan it again if the title is not legible.",
            )
        boxes, checks = us_boxes.read_boxes(document, form)
        year = us_boxes.year_of(document.text)
        fields = {"form": Field(form.upper(), form.upper(), sure)}
        if year:
            fields["year"] = Field(year, str(year), 0.97)
        fields |= boxes
        checks += us_tax.parts(us_boxes.amounts(boxes), form)
        checks += us_tax.identified(us_boxes.texts(boxes, ("ssn", "ein")))
        return Reading(self.name, fields, checks=checks, required=REQUIRED)


OPTION = Form1099()
