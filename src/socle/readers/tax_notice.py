"""French income tax notice (avis d'impôt sur les revenus): its 2D-Doc first, then its print.

The code is signed by the tax office and cannot be misread; the print is a second source, and where
both speak and differ the paper is doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from socle.errors import InputError
from socle.pages import Code, Document, Page
from socle.readers import Settings
from socle.readings import Box, Check, Field, Reading, Source, Value
from socle.sources import two_d_doc
from socle.sources.labelled import Ask, Hit, collect, fold
from socle.sources.two_d_doc import TwoDDoc
from socle.sources.two_d_doc_trust import verify
from socle.values.amounts import parse_amount
from socle.values.dates import parse_date
from socle.values.identifiers import french_tax_number

KINDS = ("04", "28", "18", "24", "27")
"""Notices, and the statements of situation that stand in for them."""
REQUIRED = ("tax_number", "notice_reference", "income_year", "reference_income", "household_parts")
_NUMBER = r"(?<!\d)(?:\d ?){12}\d(?!\d)"
_DATE = r"\d{1,2}[/.\- ](?:\d{1,2}|[^\W\d]+)[/.\- ]\d{4}|\d{1,2}(?:er)? [^\W\d]+ \d{4}"
_AMOUNT = r"\d{1,3}(?:[ \u00a0\u202f.]\d{3})+|\d+"
_NAME = r"[:\s]*([^\W\d][^\d:]*[^\W\d])"
ASKS = (
    Ask("tax_number", r"(?:votre )?numero fiscal(?: de reference)?(?: ?\([^)]{1,3}\))?"
        r"(?:(?: du)? ?declarant 1)?", _NUMBER),
    Ask("tax_number_2", r"numero fiscal(?: du)? ?declarant 2", _NUMBER),
    Ask("notice_reference", r"(?:reference|n(?:o|°|umero)) (?:de l'|d')?avis(?: d'impot)?",
        r"(?<!\w)(?:[0-9A-Z] ?){12}[0-9A-Z](?!\w)"),
    Ask("reference_income", r"revenu fiscal de reference(?: ?\(\d+\))?", _AMOUNT),
    Ask("household_parts", r"nombre de parts?|\bparts? fiscales?", r"\d{1,2}(?:[.,]\d{1,2})?"),
    Ask("recovery_date", r"(?:date de )?mise en recouvrement(?: le)?", _DATE),
    Ask("established_date", r"date d'etablissement|\betabli le\b", _DATE),
    Ask("declarant_1", r"(?<!fiscal )(?<!fiscal du )(?:nom du )?declarant 1", _NAME, rows=1),
    Ask("declarant_2", r"(?<!fiscal )(?<!fiscal du )(?:nom du )?declarant 2", _NAME, rows=1),
)  # fmt: skip
_YEARS = (
    r"revenus? (?:de l'annee|de|percus en|annee) (20\d\d)",
    r"impot(?: sur le revenu)? (?:20\d\d )?sur les revenus (20\d\d)",
)
_SURE = {"barcode": 0.999, "text": 0.95, "ocr": 0.9, "form": 0.99, "embedded": 0.999}
"""How often values are right by source. On generated notices all were (`benchmarks/taxes.py`); true
ones are private and were not seen, so that less is claimed for the print."""


class TaxNotice:
    """The reader of French tax notices."""

    name = "tax-notice"
    about = "French income tax notice (avis d'impôt), by its 2D-Doc and its print."

    def suits(self, document: Document) -> float:
        """Return how much the document looks like a tax notice."""
        if any(re.match(rb"DC0[1-4].{16}(?:04|28|18|24|27)", c.content) for c in _codes(document)):
            return 1.0
        text = fold(document.text)
        titled = re.search(r"avis d'imp(?:ot|osition)|situation declarative", text)
        # The pages that explain taxes name the income too; the number of the payer is the payer's.
        if titled and "revenu fiscal de reference" in text:
            return 0.95 if "numero fiscal" in text else 0.7
        return 0.4 if titled and "numero fiscal" in text else 0.0

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return the fields of a notice.

        Raises:
            InputError: there is neither a 2D-Doc nor print in the document.
        """
        codes, notes = _parsed(document)
        if not codes and not any(page.words for page in document.pages):
            raise InputError(
                "There is neither a 2D-Doc nor print in this document.",
                "Scan it at 200 dots per inch at least, the whole page with its code.",
            )
        printed = _printed(document)
        fields: dict[str, Field] = {}
        checks: list[Check] = []
        if codes:
            page, box, code = codes[0]
            fields = _of_code(code, page, box)
            verdict = verify(code)
            checks.append(verdict.check(tuple(fields)))
            notes.append(f"{code.label}, 2D-Doc of version {code.version:02d}. {verdict.detail}")
            checks += _agreement(fields, printed, document)
            checks += _balance(code)
        fields = {**printed, **fields}
        checks += _plausible(fields, settings.today)
        return Reading(self.name, fields, checks=checks, notes=notes, required=REQUIRED)


def _codes(document: Document) -> list[Code]:
    return [code for page in document.pages for code in page.codes]


def _parsed(document: Document) -> tuple[list[tuple[Page, Box, TwoDDoc]], list[str]]:
    """Return the codes of notices, and what to say of the damaged ones."""
    found, notes = [], []
    for page in document.pages:
        for code in page.codes:
            if not two_d_doc.is_two_d_doc(code):
                continue
            try:
                parsed = two_d_doc.parse(code.content)
            except InputError as error:
                notes.append(f"A 2D-Doc on page {page.number} was not used: {error.message}")
                continue
            if parsed.kind in KINDS:
                found.append((page, code.box, parsed))
    return found, notes


def _of_code(code: TwoDDoc, page: Page, box: Box) -> dict[str, Field]:
    named = code.named
    first = named.get("declarant_1_tax_number") or named.get("tax_number", "")
    people = [named[key] for key in ("declarant_1", "declarant_2") if named.get(key)]
    raw: dict[str, tuple[Value, str]] = {
        "tax_number": (first or None, first),
        "declarants": ([_person(p) for p in people] or None, ", ".join(people)),
    }
    for name, read in _READ.items():
        if named.get(name):
            raw[name] = (read(named[name]), named[name])
    on = two_d_doc.day(named.get("issue_date", "")) or code.issued
    raw["issue_date"] = (on.isoformat() if on else None, named.get("issue_date", ""))
    where = (page.fraction(box),)
    return {
        name: Field(value, text, _SURE["barcode"], "barcode", page.number, where)
        for name, (value, text) in raw.items()
        if value is not None
    }


def _person(name: str) -> str:
    return re.sub(r"\s+", " ", name.replace("/", " ")).strip()


def _number(text: str) -> float | None:
    return parse_amount(text.replace(".", " ") if re.search(r"\.\d{3}", text) else text)


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"(?:19|20)\d\d", text) else None


def _joined(text: str) -> str:
    return re.sub(r"\s", "", text)


def _iso(text: str) -> str | None:
    found = parse_date(text)
    return found.isoformat() if found else None


_READ: Mapping[str, Callable[[str], Value]] = {
    "notice_reference": _joined,
    "income_year": _year,
    "reference_income": _number,
    "household_parts": lambda text: parse_amount(text, decimal="," if "," in text else "."),
    "net_income_tax": _number,
    "tax_withheld": _number,
    "declaration_date": lambda text: found.isoformat() if (found := two_d_doc.day(text)) else None,
}


def _printed(document: Document) -> dict[str, Field]:
    """Return the fields as the pages print them."""
    hits: dict[str, Hit] = {}
    for page in document.pages:
        for hit in collect(page, ASKS):
            hits.setdefault(hit.name, hit)
    fields: dict[str, Field] = {}
    for name, hit in hits.items():
        read = {**_READ, "tax_number": _joined}.get(name)
        value = read(hit.text) if read else None
        if value is not None:
            fields[name] = _field(value, hit)
    dated = hits.get("recovery_date") or hits.get("established_date")
    if dated and (on := _iso(dated.text)):
        fields["issue_date"] = _field(on, dated)
    people = [hits[key] for key in ("declarant_1", "declarant_2") if key in hits]
    if people:
        whole = _field([_person(hit.text) for hit in people], people[0])
        fields["declarants"] = whole
    return fields | _printed_year(document)


def _field(value: Value, hit: Hit) -> Field:
    sure = _SURE[hit.source] * hit.confidence
    return Field(value, hit.text, sure, hit.source, hit.page.number, hit.boxes)


def _printed_year(document: Document) -> dict[str, Field]:
    for page in document.pages:
        text = fold(" ".join(word.text for word in page.words))
        for pattern in _YEARS:
            if found := re.search(pattern, text):
                source: Source = "ocr" if page.source == "ocr" else "text"
                year = int(found[1])
                return {"income_year": Field(year, found[0], _SURE[source], source, page.number)}
    return {}


def _agreement(
    coded: Mapping[str, Field], printed: Mapping[str, Field], document: Document
) -> list[Check]:
    """Return a check for each value of the code that the print says too."""
    checks = []
    text = fold(document.text)
    for name, field in coded.items():
        if name == "declarants":
            people = field.value if isinstance(field.value, list) else []
            parts = [part for person in people for part in fold(str(person)).split()]
            missing = [part for part in parts if part not in text]
            if text and people:
                detail = f"not in the print: {', '.join(missing)}" if missing else ""
                checks.append(Check(f"{name}_print_and_code", not missing, detail, (name,)))
        elif name in printed:
            same = printed[name].value == field.value
            detail = f"the code says {field.value}, the print {printed[name].value}"
            checks.append(Check(f"{name}_print_and_code", same, detail, (name,)))
    return checks


def _balance(code: TwoDDoc) -> list[Check]:
    """Return whether tax, tax withheld and what is left agree, where the code has all three."""
    amounts = [code.values.get(key) for key in ("4V", "4X")]
    left = code.values.get("4W") or code.values.get("4Z")
    tax, held, rest = (_number(text) if text else None for text in (*amounts, left))
    if tax is None or held is None or rest is None:
        return []
    detail = f"tax {tax:g}, withheld {held:g}, left {rest:g}"
    return [
        Check("tax_balance", abs(abs(tax - held) - abs(rest)) <= 1, detail, ("net_income_tax",))
    ]


def _plausible(fields: Mapping[str, Field], today: date) -> list[Check]:
    checks = []
    if "tax_number" in fields:
        number = str(fields["tax_number"].value)
        valid = french_tax_number(number) is not None
        detail = f"{number}: last three digits are the first ten modulo 511"
        checks.append(Check("tax_number_valid", valid, detail, ("tax_number",)))
    if "income_year" in fields and "issue_date" in fields:
        year, on = fields["income_year"].value, date.fromisoformat(str(fields["issue_date"].value))
        fits = isinstance(year, int) and year < on.year and on <= today
        detail = f"income of {year}, notice of {on}"
        checks.append(Check("dates_in_order", fits, detail, ("income_year", "issue_date")))
    if "household_parts" in fields:
        count = fields["household_parts"].value
        quarters = isinstance(count, float) and count >= 0.5 and (count * 4).is_integer()
        detail = f"{count} shares, in quarters of a share"
        checks.append(Check("household_parts_valid", quarters, detail, ("household_parts",)))
    return checks


OPTION = TaxNotice()
