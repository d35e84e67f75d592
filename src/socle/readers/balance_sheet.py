"""Balance sheets and income statements: French forms 2050 to 2053 by box, others by label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from socle.checks import accounts
from socle.errors import InputError
from socle.pages import Document, Page
from socle.pages.rows import around, rows
from socle.readers import Settings
from socle.readings import Check, Field, Line, Reading, Source, Value
from socle.sources.figures import Figure, Ruled, mark_of, ruled
from socle.sources.labelled import Ask, Hit, collect, fold, with_fields
from socle.sources.liasse import BoxRow, box_rows, facts, form_of
from socle.sources.plain_accounts import PlainRow, plain_rows, told
from socle.values.dates import dates_in
from socle.values.identifiers import siren, siren_of

_PROVEN, _TOLD, _PLACED, _DOUBTED = 0.99, 0.95, 0.8, 0.5
# How often values are right on layouts never seen, by what proves them; see benchmarks/payroll.py.
_CELLS = ("gross", "depreciation", "net", "previous")


@dataclass
class _Found:
    """What the pages say: rows of forms, or plain rows."""

    source: Source
    rows: list[BoxRow | PlainRow] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    decimals: int = 0

    @property
    def boxes(self) -> list[BoxRow]:
        return [row for row in self.rows if isinstance(row, BoxRow)]

    @property
    def plain(self) -> list[PlainRow]:
        return [row for row in self.rows if isinstance(row, PlainRow)]


class BalanceSheet:
    """Reads the annual accounts of one company."""

    name = "balance-sheet"
    about = "Balance sheet and income statement: French forms 2050 to 2053, or by their labels."

    def suits(self, document: Document) -> float:
        """Return how much a document looks like annual accounts."""
        text = fold(document.text[:30_000])
        forms = sum(bool(re.search(facts()[f]["title"], text)) for f in ("2050", "2051", "2052"))
        titled = re.search(
            r"\bbilan\b|balance sheet|statement of financial position|compte de resultat"
            r"|income statement|profit and loss|statement of (?:income|operations)"
            r"|comptes (?:annuels|sociaux)|annual accounts", text,
        )  # fmt: skip
        sides = [told(n).search(text) is not None for n in ("assets", "liabilities", "result")]
        general = told("general").search(text) is not None
        sure = 0.3 * bool(titled) + 0.2 * min(2, forms) + 0.25 * min(3, sum(sides) + general)
        return min(0.97, sure) if titled or sum(sides[:2]) == 2 else 0.0

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return the accounts.

        Raises:
            InputError: there is no row with an amount.
        """
        found = _found(document)
        if not found.rows:
            raise InputError(
                "There is no row of a balance sheet or of an income statement in this document.",
                "Scan it at 200 dots per inch at least, all pages.",
            )
        unit = 10.0**-found.decimals
        heads = _heads(document, found.source)
        year = int(str(heads["year_end"].value)[:4]) if "year_end" in heads else None
        fields, checks = _boxes(found, unit, year) if found.boxes else ({}, [])
        fields |= _totals(found)
        values = {name: fields[name].value for name in _SUMS if name in fields}
        assets, owed = (values.get(n) for n in ("total_assets", "total_liabilities"))
        checks += accounts.balanced(_number(assets), _number(owed), unit)
        lines = [_plain(row) for row in found.rows]
        checks += accounts.netted(lines, unit)
        if found.plain:
            checks += accounts.added(lines, unit)
            checks += _results(found, unit)
        checks += _identified(heads, settings.today)
        fields = {**heads, **_sure(fields, checks)}
        table = [_line(row, found.source, checks, i) for i, row in enumerate(found.rows)]
        required = _required(found)
        return Reading(self.name, fields, {"lines": table}, checks, _notes(document), required)


_SUMS = ("total_assets", "total_liabilities", "result")


def _required(found: _Found) -> tuple[str, ...]:
    """Return what must be there: a balance sheet has two sides, an income statement a result."""
    sides = {row.side for row in found.plain}
    if found.forms:
        balance = {"2050", "2051"} & set(found.forms)
        return _SUMS[:2] if balance else ("result",)
    return ("result",) if sides <= {"income"} else _SUMS[:2]


def _number(value: Value | None) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _found(document: Document) -> _Found:
    pages = with_fields(document)
    ocr = any(page.source == "ocr" for page in pages)
    found = _Found("ocr" if ocr else "text")
    decimal = mark_of(pages)
    side = ""
    sheets = [ruled(page, decimal) for page in pages]
    forms = [form_of(sheet) for sheet in sheets]
    for sheet, form in zip(sheets, forms, strict=True):
        if form is not None:
            found.forms.append(form)
            found.rows += box_rows(sheet, form)
        elif not any(forms):
            some = plain_rows(sheet, side)
            side = some[-1].side if some else side
            found.rows += some
    digits = [f.decimals for row in found.rows for f in row.figures.values()]
    found.decimals = 2 if sum(d == 2 for d in digits) > len(digits) / 4 else 0
    return found


def _boxes(found: _Found, unit: float, year: int | None) -> tuple[dict[str, Field], list[Check]]:
    """Return a field for each filled box, and what boxes owe each other."""
    fields: dict[str, Field] = {}
    before: dict[str, float] = {}
    for row in found.boxes:
        for code, figure in row.boxes.items():
            fields.setdefault(f"box_{code.lower()}", _field(figure, row.ruled, found.source))
        if "previous" in row.figures:
            before.setdefault(row.box, row.figures["previous"].value)
    amounts = {
        name.removeprefix("box_").upper(): float(field.value)
        for name, field in fields.items()
        if isinstance(field.value, float)
    }
    checks = accounts.sums(amounts, unit, year) + accounts.same(amounts, unit)
    if "CO" in before:
        # The year before is told net: gross boxes stand for their rows.
        before = {code: value for code, value in before.items() if code != "1A"}
    checks += accounts.sums(before, unit, year, "_previous")
    return fields, checks


def _field(figure: Figure, row: Ruled, source: Source, sure: float = _TOLD) -> Field:
    words = row.row.words[slice(*figure.words)]
    box = row.page.fraction(around(word.box for word in words))
    sure *= min(word.confidence for word in words)
    return Field(figure.value, figure.text, sure, source, row.page.number, (box,))


def _totals(found: _Found) -> dict[str, Field]:
    """Return total of assets, of liabilities, and the result, from boxes or labels."""
    wanted = {"CO": "total_assets", "EE": "total_liabilities", "DI": "result", "HN": "result"}
    fields: dict[str, Field] = {}
    for row in found.boxes:
        name = wanted.get(row.box)
        if name and "net" in row.figures:
            fields.setdefault(name, _field(row.figures["net"], row.ruled, found.source))
    general = [row for row in found.plain if row.is_("general") and "net" in row.figures]
    for plain in found.plain:
        for sum_, phrase in zip(_SUMS, ("assets", "liabilities", "result"), strict=True):
            if plain.is_(phrase) and "net" in plain.figures:
                fields.setdefault(sum_, _field(plain.figures["net"], plain.ruled, found.source))
    for place, plain in enumerate(general):
        name = {"assets": "total_assets", "liabilities": "total_liabilities"}.get(plain.side)
        if name is None and len(general) == 2:
            name = _SUMS[place]
        if name:
            fields.setdefault(name, _field(plain.figures["net"], plain.ruled, found.source))
    return fields


def _results(found: _Found, unit: float) -> list[Check]:
    """Return whether the results that are printed are one."""
    told = [row.figures["net"].value for row in found.plain
            if row.is_("result") and "net" in row.figures]  # fmt: skip
    if len(told) < 2:
        return []
    passed = all(abs(abs(value) - abs(told[0])) <= unit for value in told)
    detail = ", ".join(f"{value:,.2f}" for value in told[:4])
    return [Check("same_result", passed or None, detail, ("result",) if passed else ())]


def _plain(row: BoxRow | PlainRow) -> accounts.Row:
    told = {name: figure.value for name, figure in row.figures.items()}
    cells = (told.get("gross"), told.get("depreciation"), told.get("net"), told.get("previous"))
    return accounts.Row(row.label, *cells, total=isinstance(row, PlainRow) and row.total)


def _sure(fields: Mapping[str, Field], checks: Sequence[Check]) -> dict[str, Field]:
    """Return fields with the confidence that the checks on them give."""
    found = {}
    for name, field_ in fields.items():
        about = [check.passed for check in checks if name in check.fields]
        sure = field_.confidence
        if False in about:
            sure = min(sure, _DOUBTED)
        elif True in about:
            sure = max(sure, _PROVEN)
        found[name] = replace(field_, confidence=sure)
    return found


def _line(row: BoxRow | PlainRow, source: Source, checks: Sequence[Check], i: int) -> Line:
    values: dict[str, Value] = {"box": row.box if isinstance(row, BoxRow) else None}
    values["label"] = row.label
    for name in _CELLS:
        values[name] = row.figures[name].value if name in row.figures else None
    words = [w for f in row.figures.values() for w in row.ruled.row.words[slice(*f.words)]]
    sure = _TOLD * min(word.confidence for word in words)
    if any(c.line == i + 1 and c.passed is False for c in checks):
        sure = min(sure, _DOUBTED)
    return Line(values, row.ruled.row.text, sure, source, row.ruled.page.number, (row.ruled.box,))


def _heads(document: Document, source: Source) -> dict[str, Field]:
    """Return company, SIREN and end of the year."""
    fields: dict[str, Field] = {}
    for page in document.pages:
        for name, value, hit, sure in _head(page):
            sure *= hit.confidence
            fields.setdefault(
                name, Field(value, hit.text, sure, source, page.number, hit.boxes)
            )  # fmt: skip
    if "company_name" not in fields and document.pages:
        fields |= _titled(document.pages[0], source)
    return fields


def _asks() -> list[Ask]:
    words = facts()["heads"]
    values = {
        "company_name": r"[:\s]*([^\W\d].*\S)",
        "siret": r"(?<!\d)(?:\d ?){13}\d(?!\d)", "siren": r"(?<!\d)(?:\d ?){8}\d(?!\d)",
        "year_end": r"(?:\d ?){8}(?!\d)|\d\d?[-/. ]\d\d?[-/. ]\d{2,4}|\d\d?(?:er|st|nd|rd|th)? "
                    r"[^\W\d]+ \d{4}|[^\W\d]+ \d\d?,? \d{4}",
    }  # fmt: skip
    return [
        Ask(name, rf"(?<![a-z]){words[name]}(?![a-z])(?: ?\*)?(?: ?:(?!\S))?", values[name])
        for name in words
    ]


def _head(page: Page) -> Iterator[tuple[str, str, Hit, float]]:
    for hit in collect(page, _asks()):
        if hit.name == "company_name":
            name = re.split(r"\s{2,}|(?i:\b(?:siret|siren|adresse|duree)\b)", hit.text)[0]
            yield "company_name", name.strip(" :*"), hit, _TOLD
        elif hit.name == "year_end":
            day = _day(hit.text)
            if day:
                yield "year_end", day.isoformat(), hit, _TOLD
        else:
            digits = re.sub(r"\D", "", hit.text)
            whole = siren_of(digits) if hit.name == "siret" else digits
            if whole:
                sure = _PROVEN if siren(whole) else _DOUBTED
                yield "siren", whole, hit, sure


def _day(text: str) -> date | None:
    digits = re.sub(r"\s", "", text)
    if re.fullmatch(r"\d{8}", digits):
        digits = f"{digits[:2]}/{digits[2:4]}/{digits[4:]}"
        text = digits
    days = dates_in(text)
    return days[0].value if days else None


def _titled(page: Page, source: Source) -> dict[str, Field]:
    """Return the company as the page's first line that is no title and no date."""
    title = r"\bbilan\b|balance sheet|compte|statement|accounts|exercice|year|page|\d{4}|actif"
    for row in rows(page)[:6]:
        for cell in row.cells:
            if re.search(r"[^\W\d]{3}", cell.text) and not re.search(title, fold(cell.text)):
                box = page.fraction(cell.box)
                sure = _PLACED * min(word.confidence for word in cell.words)
                name = Field(cell.text, cell.text, sure, source, page.number, (box,))
                return {"company_name": name}
    return {}


def _identified(heads: Mapping[str, Field], today: date) -> list[Check]:
    checks = []
    if "siren" in heads:
        number = str(heads["siren"].value)
        checks.append(Check("siren_valid", siren(number) is not None, number, ("siren",)))
    if "year_end" in heads:
        day = date.fromisoformat(str(heads["year_end"].value))
        checks.append(Check("year_has_ended", day <= today, day.isoformat(), ("year_end",)))
    return checks


def _notes(document: Document) -> list[str]:
    found = told("thousands").search(fold(document.text[:20_000]))
    if found is None:
        return []
    return [f"The paper says {found[0]!r}: amounts are given as they are printed."]


OPTION = BalanceSheet()
