"""US wage and tax statement, form W-2: its boxes by their numbers, and who paid whom."""

from __future__ import annotations

from socle.checks import us_tax
from socle.errors import InputError
from socle.pages import Document
from socle.readers import Settings
from socle.readings import Field, Reading
from socle.sources import us_boxes

REQUIRED = ("year", "ssn", "ein", "box_1")


class W2:
    """The reader of form W-2."""

    name = "w2"
    about = "US wage and tax statement (form W-2): boxes, employer, employee."

    def suits(self, document: Document) -> float:
        """Return how much the document looks like a W-2."""
        form, sure = us_boxes.form_of(document.text)
        return sure if form == "w-2" else 0.0

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return the boxes of the first statement of the document.

        Raises:
            InputError: the document has neither words nor form fields.
        """
        if not document.text and not document.form:
            raise InputError(
                "There is neither print nor a form field in this document.",
                "Scan it at 200 dots per inch at least.",
            )
        boxes, checks = us_boxes.read_boxes(document, "w-2")
        year = us_boxes.year_of(document.text)
        fields = {"form": Field("W-2", "W-2", 0.99)}
        if year:
            fields["year"] = Field(year, str(year), 0.97)
        fields |= boxes
        checks += us_tax.w2(us_boxes.amounts(boxes), year)
        checks += us_tax.identified(us_boxes.texts(boxes, ("ssn", "ein", "box_15")))
        notes = [
            "Copies or statements in this document differ; the values are those of the first."
            for check in checks[:1]
            if check.name == "copies_agree"
        ]
        return Reading(self.name, fields, checks=checks, notes=notes, required=REQUIRED)


OPTION = W2()
