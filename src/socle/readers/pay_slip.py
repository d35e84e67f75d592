"""Pay slips: French bulletins de paie, US pay stubs, UK pay slips; their table and their sums.

The 2D-Doc of a slip, where there is one, is a second source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from socle.checks.agreement import agreement
from socle.checks.payroll import Pay, dated, judged, net_paid
from socle.errors import InputError
from socle.pages import Document
from socle.readers import Settings
from socle.readings import Check, Field, Line, Reading, Source, Value
from socle.sources import pay_heads, two_d_doc
from socle.sources.figures import mark_of, ruled
from socle.sources.labelled import fold, with_fields
from socle.sources.pay_sums import Sum, chosen, sums
from socle.sources.pay_table import PayLine, pay_lines, top_of
from socle.sources.pay_words import named, pattern, titled
from socle.sources.two_d_doc_trust import verify
from socle.values.amounts import parse_amount

REQUIRED = ("gross", "net_paid")
_MONEY = ("gross", "net_taxable", "income_tax", "net_paid")
_CHECKED = ("employer_siret", "employee_nir")
_NOT_LINES = frozenset({"gross", "contributions", "net_before_tax", "net_social", "net_taxable",
                        "net_paid", "employer_cost"})  # fmt: skip
# How often values are right on layouts never seen, by what proves them; see benchmarks/payroll.py.
_PROVEN, _TOLD, _PLACED = 0.995, 0.95, 0.85
_MOST_TRIED = 4
"""Places where a sum is printed that are tried for it."""
_BRITISH = r"£|\bnational insurance\b|\bpaye\b|\bni (?:number|no)\b"
_AMERICAN = r"\b(?:federal|fica|medicare|social security|401\(?k|ssn|w-?4)\b"


@dataclass
class _Found:
    """What the pages say."""

    source: Source
    lines: list[PayLine] = field(default_factory=list)
    sums: dict[str, list[Sum]] = field(default_factory=dict)
    heads: dict[str, pay_heads.Head] = field(default_factory=dict)


class PaySlip:
    """Reads one pay slip."""

    name = "pay-slip"
    about = "Pay slip (bulletin de paie, pay stub): gross, net, tax and every line, that add up."

    def suits(self, document: Document) -> float:
        """Return how much the document looks like a pay slip."""
        if any(_kind(code.content) for page in document.pages for code in page.codes):
            return 1.0
        text = document.text[:20_000]
        told = {one.name for one in named(text)}
        titles = titled(text)
        if not titles and not {"gross", "net_paid"} <= told:
            # Tax papers name some of these sums too.
            return 0.0
        sure = 0.5 * titles + 0.15 * min(3, len(told & {"gross", "net_paid", *_MONEY}))
        persons = re.search(r"securite sociale|\bnir\b|employee|salarie|employeur", fold(text))
        return min(0.97, sure + 0.1 * bool(persons)) if told & {"gross", "net_paid"} else 0.0

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return the first slip of the document.

        Raises:
            InputError: there is neither an amount nor a 2D-Doc of a pay slip.
        """
        found = _found(document)
        coded, checks, notes = _coded(document)
        if not found.sums and not found.lines and not coded:
            raise InputError(
                "There is neither a sum of pay nor a line of one in this document.",
                "Is this a pay slip? Scan it at 200 dots per inch at least.",
            )
        pays = [_pay(line, kind) for line, kind in _kinds(found.lines)]
        found.sums = _settled(found.sums, pays)
        checks += judged(pays, _values(found.sums))
        fields = {**_heads(found), **_sums(found, checks)}
        checks += agreement(coded, fields)
        fields |= coded
        checks += _plausible(fields)
        lines = [_line(line, kind, found.source, checks, i)
                 for i, (line, kind) in enumerate(_kinds(found.lines))]  # fmt: skip
        return Reading(self.name, fields, {"lines": lines}, checks, notes, REQUIRED)


def _found(document: Document) -> _Found:
    pages = with_fields(document)
    ocr = any(page.source == "ocr" for page in pages)
    found = _Found("ocr" if ocr else "text")
    decimal = mark_of(pages)
    text = fold(document.text)
    day_first = not re.search(_AMERICAN, text) or re.search(_BRITISH, text) is not None
    for page in pages:
        sheet = ruled(page, decimal)
        lines = pay_lines(sheet)
        for name, of_it in sums(sheet, lines).items():
            found.sums.setdefault(name, []).extend(of_it)
        found.lines += lines
        for name, head in pay_heads.heads(page, day_first, top_of(sheet)).items():
            found.heads.setdefault(name, head)
    return found


def _kinds(lines: Sequence[PayLine]) -> Iterator[tuple[PayLine, str]]:
    """Yield the lines that are no sums, with what each is: by its table or its place in it."""
    stage = "earning"
    for line in lines:
        told = line.sums[0] if line.sums else ""
        # Nets of other names stand below the contributions, and are no lines either.
        if stage == "extra" and not told and fold(line.label).startswith("net "):
            continue
        if told in _NOT_LINES or told.endswith("_to_date"):
            if told == "gross":
                stage = "deduction"
            elif told == "contributions":
                stage = "extra"
            continue
        if told == "income_tax":
            yield line, "tax"
        elif stage != "extra" and line.kind and line.table:
            yield line, "earning" if line.kind == "gain" else "deduction"
        else:
            yield line, stage


def _values(told: Mapping[str, Sequence[Sum]]) -> dict[str, float]:
    return {name: of_it[0].value for name, of_it in told.items()}


def _settled(told: dict[str, list[Sum]], pays: Sequence[Pay]) -> dict[str, list[Sum]]:
    """Return the sums with those first that lead from gross to net, where several are printed."""
    names = [name for name in ("net_paid", "income_tax", "gross") if name in told]
    check = net_paid(pays, _values(told))
    if check is None or check.passed:
        return told
    for picked in product(*(told[name][:_MOST_TRIED] for name in names)):
        tried = dict(told)
        for name, one in zip(names, picked, strict=True):
            tried[name] = [one, *(other for other in told[name] if other is not one)]
        found = net_paid(pays, _values(tried))
        if found is not None and found.passed:
            return tried
    return told


def _pay(line: PayLine, kind: str) -> Pay:
    base = line.figures.get("base") or line.figures.get("quantity")
    rate = line.figures.get("rate") or line.figures.get("employer_rate")
    decimals = tuple(max(2, f.decimals) if f else 2 for f in (base, rate))
    amount = line.amount
    if amount is not None and "gain" not in line.figures and kind == "earning":
        # A retention among the earnings: an absence.
        amount = -abs(amount) if "deduction" in line.figures else amount
    return Pay(
        line.label, kind, base.value if base else None, line.value("rate"), amount,
        line.value("employer_rate"), line.value("employer_amount"), (decimals[0], decimals[1]),
    )  # fmt: skip


def _line(line: PayLine, kind: str, source: Source, checks: Sequence[Check], i: int) -> Line:
    base = line.value("base")
    values: dict[str, Value] = {
        "label": line.label,
        "base": line.value("quantity") if base is None else base,
        "rate": line.value("rate"),
        "employee_amount": line.amount,
        "employer_amount": line.value("employer_amount"),
        "kind": kind,
    }
    if "employer_rate" in line.figures:
        values["employer_rate"] = line.value("employer_rate")
    failed = any(c.line == i + 1 and c.passed is False for c in checks)
    proven = any(c.name in ("gross_adds_up", "contributions_add_up") and c.passed for c in checks)
    sure = 0.5 if failed else _TOLD if not proven else 0.98
    sure = min(sure, line.confidence) if source == "ocr" else sure
    return Line(values, line.raw, sure, source, line.ruled.page.number, line.boxes)


def _sums(found: _Found, checks: Sequence[Check]) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name in _MONEY:
        one = chosen(found.sums, name)
        if one is None:
            continue
        about = [c.passed for c in checks if name in c.fields and c.name != "year_to_date"]
        sure = _PROVEN if True in about and False not in about else _TOLD
        sure = 0.6 if False in about else sure
        sure = sure if sure == _PROVEN else sure * one.confidence
        value = abs(one.value) if name == "income_tax" else one.value
        fields[name] = Field(value, one.text, sure, found.source, one.ruled.page.number, one.boxes)
    return fields


def _heads(found: _Found) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, head in found.heads.items():
        told = pay_heads.valid(name, head.value) if name in _CHECKED else None
        sure = _PROVEN if told else _TOLD if head.sure else _PLACED
        sure *= head.confidence if not told else 1.0
        fields[name] = Field(
            head.value, head.raw, sure, found.source, head.page.number, head.boxes
        )  # fmt: skip
    return fields


def _plausible(fields: Mapping[str, Field]) -> list[Check]:
    checks = []
    for name in _CHECKED:
        if name in fields:
            value = str(fields[name].value)
            passed = pay_heads.valid(name, value)
            told = (name,) if passed is not None else ()
            checks.append(Check(f"{name}_valid", passed, value, told))
    days = [
        date.fromisoformat(str(fields[name].value)) if name in fields else None
        for name in ("period_start", "period_end", "pay_date")
    ]
    return checks + dated(*days)


def _kind(content: bytes) -> bool:
    return re.match(rb"DC0[1-4].{16}06", content) is not None


def _coded(document: Document) -> tuple[dict[str, Field], list[Check], list[str]]:
    """Return what the 2D-Doc of a slip says, whether its signature holds, and what to say of it."""
    for page in document.pages:
        for code in page.codes:
            if not two_d_doc.is_two_d_doc(code) or not _kind(code.content):
                continue
            try:
                parsed = two_d_doc.parse(code.content)
            except InputError as error:
                return {}, [], [f"The 2D-Doc was not used: {error.message}"]
            where = (page.fraction(code.box),)
            fields = {
                name: Field(value, raw, 0.999, "barcode", page.number, where)
                for name, value, raw in _of_code(parsed.named)
            }
            verdict = verify(parsed)
            note = f"{parsed.label}, 2D-Doc of version {parsed.version:02d}. {verdict.detail}"
            return fields, [verdict.check(tuple(fields))], [note]
    return {}, [], []


def _of_code(told: Mapping[str, str]) -> Iterator[tuple[str, Value, str]]:
    for name in ("gross", "net_taxable", "net_paid"):
        raw = told.get(name, "")
        amount = parse_amount(raw, "," if "," in raw else ".")
        if amount is not None:
            yield name, amount, raw
    for name in ("period_start", "period_end"):
        day = two_d_doc.day(told[name]) if told.get(name) else None
        if day is not None:
            yield name, day.isoformat(), told[name]
    for name in ("employer_siret", "employer_name"):
        if told.get(name):
            yield name, told[name].strip(), told[name]
    person = [told.get(f"beneficiary_{part}", "") for part in ("given_name", "surname")]
    whole = " ".join(part for part in person if part) or told.get("beneficiary_line_1", "")
    if whole:
        plain = re.sub(r"\s+", " ", whole.replace("/", " ")).strip()
        bare = re.sub(rf"(?i)\A{pattern('heads', 'civility').pattern}\s", "", plain)
        yield "employee_name", bare, whole


OPTION = PaySlip()
