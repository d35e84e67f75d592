"""US individual income tax return, form 1040: every line by its number, and who files.

Values come from the form's fields, else from the page laid over the blank of its year. Both are
compared where both are there, and the year's arithmetic is checked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from socle.checks import us_tax
from socle.errors import InputError
from socle.pages import Document, Page
from socle.readers import Settings
from socle.readings import Check, Field, Reading, Source
from socle.sources import forms
from socle.sources.forms import Filled, Template
from socle.values.amounts import parse_amount

_TITLE = re.compile(r"individual\s*income\s*tax\s*return", re.I)
_FORM = re.compile(r"\b(?:form\s*)?1\s?0\s?4\s?0\b", re.I)
_PRINTED = re.compile(r"1\s?0\s?4\s?0\s*\((20\d\d)\)|31,?\s*(20\d\d),?\s*or\s*other", re.I)
_SURE = {"form": 0.999, "text": 0.995, "ocr": 0.97, "barcode": 0.999, "embedded": 0.999}
"""Share of lines that were right by source on the forms measured (`benchmarks/taxes.py`), rounded
down; OCR's own doubt lowers it."""
_WARPED = 0.6
"""Not measured: where boxes cannot be told apart firmly, no line is sure enough to be accepted."""
_SAME_FORM = 0.6
"""Share of form fields that must stand where the blank of a year has them."""
REQUIRED = ("year", "taxpayer_name", "ssn", "line_11")


class Form1040:
    """The reader of form 1040."""

    name = "form-1040"
    about = "US individual income tax return (form 1040), of the years whose blanks are known."

    def suits(self, document: Document) -> float:
        """Return how much the document looks like a form 1040."""
        text = " ".join(_text(page) for page in document.pages[:3])
        if _TITLE.search(text) and _FORM.search(text):
            return 0.98
        blanks = forms.templates("1040") if document.form else ()
        if any(forms.matching_fields(document, blank) >= _SAME_FORM for blank in blanks):
            return 0.9
        return 0.3 if _PRINTED.search(text) else 0.0

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return the lines of the form.

        Raises:
            InputError: the document has neither form fields nor words.
        """
        if not document.form and not any(page.words for page in document.pages):
            raise InputError(
                "There is neither print nor a form field in this document.",
                "Read it by OCR: socle read recognises print where none is stored.",
            )
        printed = printed_year(document)
        blank, found, other = _filled(document, printed)
        fields = {"form": Field("1040", "1040", _SURE["text"])}
        if blank is None:
            return Reading(
                self.name,
                fields | _year(printed, document),
                notes=[_missing(printed)],
                required=REQUIRED,
            )
        pages = {page.number: page for page in document.pages}
        fields |= _year(blank.year, document)
        fields |= _fields(found, pages)
        checks = _checks(fields, blank.year)
        checks += [_agreement(found, other)] if other else []
        return Reading(self.name, fields, checks=checks, notes=_notes(found), required=REQUIRED)


def printed_year(document: Document) -> int | None:
    """Return the tax year that the form prints of itself, None where it cannot be read."""
    seen: Counter[int] = Counter()
    for page in document.pages:
        for match in _PRINTED.finditer(_text(page)):
            seen[int(match[1] or match[2])] += 1
    return seen.most_common(1)[0][0] if seen else None


def _text(page: Page) -> str:
    return " ".join(word.text for word in page.words)


def _filled(
    document: Document, printed: int | None
) -> tuple[Template | None, dict[str, Filled], dict[str, Filled]]:
    """Return the blank of the form, its values, and those of the page beside the fields' own."""
    blanks = [b for b in forms.templates("1040") if printed in (None, b.year)]
    fitting = [(forms.matching_fields(document, b), b) for b in blanks if document.form]
    best = max(fitting, key=lambda pair: pair[0], default=(0.0, None))
    by_field = best[1] if best[0] >= _SAME_FORM else None
    laid = [(b, *forms.from_pages(document.pages, b)) for b in blanks]
    laid = [row for row in laid if row[2]]
    page = max(laid, key=lambda row: sum(o.share for o in row[2].values()), default=None)
    if by_field is not None:
        found = forms.from_fields(document, by_field)
        print_too = page[1] if page and page[0] is by_field else {}
        if found:
            return by_field, {**print_too, **found}, print_too
    return (page[0], page[1], {}) if page else (by_field, {}, {})


def _year(year: int | None, document: Document) -> dict[str, Field]:
    scanned = bool(document.pages) and document.pages[0].source == "ocr"
    rung: Source = "ocr" if scanned else "text"
    return {"year": Field(year, str(year), _SURE["text"], rung)} if year else {}


def _missing(printed: int | None) -> str:
    known = ", ".join(str(year) for year in sorted(b.year for b in forms.templates("1040")))
    if printed is None:
        return f"The page fits no blank form that is known (years {known}): no line was read."
    return f"This is a form of {printed}; lines are known for {known}, so that none was read."


def _notes(found: Mapping[str, Filled]) -> list[str]:
    return [
        f"What stands in {name} cannot be its value, and was left out: {filled.text!r}."
        for name, filled in found.items()
        if _value(name, filled) is None
    ]


def _fields(found: Mapping[str, Filled], pages: Mapping[int, Page]) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, filled in found.items():
        value = _value(name, filled)
        if value is not None:
            fields[name] = _field(value, filled, pages)
    for who, parts in (("taxpayer", ("first_name", "last_name")),):
        there = [found[part] for part in parts if part in found]
        if there:
            name = " ".join(part.text for part in there)
            whole = _field(name, there[0], pages)
            boxes = tuple(box for part in parts if part in fields for box in fields[part].boxes)
            sure = min(fields[part].confidence for part in parts if part in fields)
            fields[f"{who}_name"] = Field(name, name, sure, whole.source, whole.page, boxes)
    return fields


def _field(value: str | float, filled: Filled, pages: Mapping[int, Page]) -> Field:
    sure = _SURE[filled.source] * min((word.confidence for word in filled.words), default=1.0)
    sure *= 1.0 if filled.firm else _WARPED
    page = pages.get(filled.page)
    boxes = (page.fraction(filled.box),) if page else ()
    return Field(value, filled.text, sure, filled.source, filled.page, boxes)


def _value(name: str, filled: Filled) -> str | float | None:
    if name.startswith("line_"):
        return _amount(filled)
    if name.endswith("ssn"):
        digits = re.sub(r"\D", "", filled.text)
        return digits if len(digits) == 9 else None
    if name == "zip":
        return re.sub(r"\s", "", filled.text)
    return filled.text


def _amount(filled: Filled) -> float | None:
    """Return the amount of a line: whole dollars, cents where they were written."""
    text = re.sub(r"\s", "", filled.text).rstrip(".,")
    if text in ("-0-", "0-", "-0"):
        return 0.0
    return parse_amount(text, decimal=".")


def _checks(fields: Mapping[str, Field], year: int) -> list[Check]:
    amounts = {
        name.removeprefix("line_"): float(found.value)
        for name, found in fields.items()
        if name.startswith("line_") and isinstance(found.value, float)
    }
    known = {n: str(f.value) for n, f in fields.items() if n in ("ssn", "spouse_ssn", "state")}
    return [*us_tax.lines(amounts, year), *us_tax.identified(known)]


def _agreement(found: Mapping[str, Filled], printed: Mapping[str, Filled]) -> Check:
    """Return whether fields and print say the same wherever both say something."""
    off = [
        name
        for name, filled in found.items()
        if filled.source == "form"
        and name in printed
        and re.sub(r"\W", "", filled.text) != re.sub(r"\W", "", printed[name].text)
    ]
    detail = "; ".join(f"{n}: field {found[n].text}, print {printed[n].text}" for n in off)
    return Check("fields_and_print_agree", not off, detail, tuple(off))


OPTION = Form1040()
