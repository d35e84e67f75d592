"""Candidates for the fields of a document: every value of a form, with the labels around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from socle.ranking import finding
from socle.ranking.finding import Hit
from socle.ranking.labels import key, meaning
from socle.ranking.sheet import Cell, Sheet
from socle.readings import Box
from socle.values.amounts import Decimal, currency_of, decimal_mark

Family = Literal["money", "date", "reference", "company", "account", "phone", "email", "terms"]
FAMILIES: tuple[Family, ...] = (
    *("money", "date", "reference", "company"),
    *("account", "phone", "email", "terms"),
)
_NEAR_NUMBER = re.compile(r"(?i)siren|siret|s\.i\.r|r\.?\s?c\.?\s?s\b")
_TERMS = re.compile(
    r"(?i)\b(jours?|days?|tagen?|dagen|nett?o?|réception|receipt|erhalt|comptant|virement|skonto|"
    r"fin de mois|end of month|eom|sofort|prompt|immediat\w*|prélèvement|chèque|upon|abzug|cash|"
    r"advance|délai|échéance)\b"
)
_LONGEST_TERMS = 90
_SHORTEST_WORD = 3
"""Letters of the last word of a label, at least: an `à` behind it begins the terms."""
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})([/.\-])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)")


@dataclass(frozen=True)
class Label:
    """Words around a value.

    Attributes:
        distance: from the value, in heights of print.
        skipped: cells between that hold values themselves.
    """

    text: str = ""
    distance: float = 0.0
    skipped: int = 0


@dataclass(frozen=True, eq=False)
class Candidate:
    """A value that may be a field's.

    Attributes:
        same: the words before it in its cell, back to the value before.
        left: the next cell to the left that holds words.
        above, over: the next two cells above that hold words.
        after: the words behind it in its cell, up to the next value.
    """

    family: Family
    hit: Hit
    cell: Cell
    box: Box
    same: str
    after: str
    left: Label
    above: Label
    over: Label

    @property
    def raw(self) -> str:
        """The value as it is printed."""
        return self.cell.text[self.hit.start : self.hit.end]


@dataclass(frozen=True)
class Writing:
    """How a document writes numbers and dates."""

    decimal: Decimal | None
    day_first: bool


def writing_of(sheet: Sheet) -> Writing:
    """Return how a document writes numbers and dates, by all of them together."""
    rows = [" ".join(c.text for c in row) for page in sheet.rows for row in page if row]
    ends = [row[-1].text for page in sheet.rows for row in page if row]
    amounts = [text for text in ends if len(key(text)) <= 4]
    return Writing(decimal_mark(amounts) or decimal_mark(rows), _day_first(rows))


def rates_of(sheet: Sheet) -> set[float]:
    """Return the rates in per cent that a document prints."""
    return {float(str(hit.value)) for cell in sheet.cells for hit in finding.rates(cell.text)}


def _day_first(rows: Sequence[str]) -> bool:
    """Return whether 03/04/2024 is the third of April."""
    text = "\n".join(rows)
    votes = 0
    for found in _SLASHED.finditer(text):
        one, mark, two = int(found.group(1)), found.group(2), int(found.group(3))
        if one > 12 >= two or mark == ".":
            votes += 1
        elif two > 12 >= one:
            votes -= 1
    if votes:
        return votes > 0
    dollars = currency_of(text) == "USD" or bool(re.search(r"US\$|\bUSD\b|\bU\.?S\.?A\b", text))
    states = len(re.findall(r"\b[A-Z]{2}\s{1,2}\d{5}(?:-\d{4})?\b", text))
    return not (dollars and (states > 0 or "USD" in text))


def candidates(sheet: Sheet) -> list[Candidate]:
    """Return everything that may be a field of a document, in reading order."""
    writing = writing_of(sheet)
    found: list[Candidate] = []
    solid = {cell.number: _solid(cell, writing) for cell in sheet.cells}
    for cell in sheet.cells:
        for family, hit in _hits(cell, writing, sheet):
            found.append(_candidate(sheet, solid, (family, hit), cell))
    return found


def _finders(writing: Writing) -> dict[Family, Callable[[str], Iterable[Hit]]]:
    return {
        "email": finding.emails,
        "account": finding.accounts,
        "company": _companies,
        "date": lambda text: finding.days(text, writing.day_first),
        "money": lambda text: finding.amounts(text, writing.decimal),
        "phone": finding.phones,
    }


def _companies(text: str) -> list[Hit]:
    found = finding.vat_ids(text)
    for hit in finding.company_numbers(text):
        if any(hit.start < other.end and other.start < hit.end for other in found):
            continue
        near = text[max(0, hit.start - 40) : hit.end + 12]
        if hit.valid or _NEAR_NUMBER.search(near):
            found.append(hit)
    return found


def _solid(cell: Cell, writing: Writing) -> list[Hit]:
    """Return the values of a cell that surely are some: they end the label of the next."""
    found: list[Hit] = []
    for family, finder in _finders(writing).items():
        for hit in finder(cell.text):
            weak = family == "phone" or (family == "money" and not (hit.decimals or hit.currency))
            if not weak and not _touches(hit, found):
                found.append(hit)
    found += [hit for hit in finding.rates(cell.text) if not _touches(hit, found)]
    return sorted(found, key=lambda hit: hit.start)


def _touches(hit: Hit, others: Sequence[Hit]) -> bool:
    return any(hit.start < other.end and other.start < hit.end for other in others)


def _hits(cell: Cell, writing: Writing, sheet: Sheet) -> list[tuple[Family, Hit]]:
    """Return the candidates of a cell; identifiers keep their digits from weaker forms."""
    found: list[tuple[Family, Hit]] = []
    text = cell.text
    strong: list[Hit] = []
    for family, finder in _finders(writing).items():
        for hit in finder(text):
            if family in ("money", "phone") and _touches(hit, strong):
                continue
            if family == "money" and not _money(hit, text):
                continue
            found.append((family, hit))
            if family in ("email", "account", "company", "date"):
                strong.append(hit)
    for hit in _called_accounts(cell, sheet):
        if not _touches(hit, strong):
            found.append(("account", hit))
            strong.append(hit)
    mails = [hit for family, hit in found if family in ("email", "account")]
    amounts = [hit for family, hit in found if family == "money" and hit.decimals]
    for hit in finding.references(text):
        if not _touches(hit, mails) and not _touches(hit, amounts) and not _rate(text, hit):
            found.append(("reference", hit))
    terms = _terms(cell, sheet)
    if terms:
        found.append(("terms", terms))
    return found


def _called_accounts(cell: Cell, sheet: Sheet) -> list[Hit]:
    """Return the account numbers of a wrong length: a value that is wrong is better than none."""
    found = []
    for hit in finding.called_accounts(cell.text):
        before = cell.text[: hit.start]
        beside = None if key(before) else next(sheet.before(cell), None)
        said = meaning(before if beside is None else beside.text)
        if {"iban", "bank"} & set(said):
            found.append(hit)
    return found


def _money(hit: Hit, text: str) -> bool:
    """Return whether a number may be an amount: with decimals, a currency, or a cell of its own."""
    if hit.decimals in (2, 3) or hit.currency:
        return True
    alone = not key(text[: hit.start] + text[hit.end :])
    tail = not key(text[hit.end :]) and bool(meaning(text[: hit.start]))
    return (alone or tail) and hit.decimals < 2 and abs(float(str(hit.value))) < 1e7


def _rate(text: str, hit: Hit) -> bool:
    return text[hit.end : hit.end + 2].strip()[:1] == "%"


def _terms(cell: Cell, sheet: Sheet) -> Hit | None:
    """Return the part of a cell that may say when and how to pay."""
    text = cell.text
    mark = text.find(":")
    start = 0
    if 0 < mark < len(text) - 2 and "payment_terms" in meaning(text[:mark]):
        start = mark + 1
    else:
        labelled = _calls_terms(next(sheet.before(cell), None))
        if not _TERMS.search(text) and not labelled:
            return None
        over = next((other for _, other in sheet.above(cell, cell.box)), None)
        start = 0 if labelled or _calls_terms(over) else _behind_label(text)
    start += len(text[start:]) - len(text[start:].lstrip(" :.-"))
    value = text[start:].strip()
    if not 3 <= len(value) <= _LONGEST_TERMS:
        return None
    return Hit(value, start, start + len(value))


def _calls_terms(cell: Cell | None) -> bool:
    """Return whether a cell is a label of terms of payment."""
    return cell is not None and "payment_terms" in meaning(cell.text)


def _behind_label(text: str) -> int:
    """Return where terms begin that follow their label without a mark."""
    words = list(re.finditer(r"\S+", text))
    for count in range(min(4, len(words) - 1), 0, -1):
        said = text[: words[count - 1].end()]
        known = len(key(words[count - 1].group())) >= _SHORTEST_WORD
        if known and meaning(said).get("payment_terms", 0.0) == 1.0:
            return words[count - 1].end()
    return 0


def _candidate(
    sheet: Sheet, solid: dict[int, list[Hit]], found: tuple[Family, Hit], cell: Cell
) -> Candidate:
    family, hit = found
    others = [other for other in solid[cell.number] if not _touches(hit, [other])]
    start = max((other.end for other in others if other.end <= hit.start), default=0)
    end = min((other.start for other in others if other.start >= hit.end), default=len(cell.text))
    box = cell.box_of(hit.start, hit.end)
    above, over = _above(sheet, solid, cell, box)
    return Candidate(
        family,
        hit,
        cell,
        box,
        cell.text[start : hit.start],
        cell.text[hit.end : end][:32],
        _left(sheet, solid, cell),
        above,
        over,
    )


def _left(sheet: Sheet, solid: dict[int, list[Hit]], cell: Cell) -> Label:
    unit = sheet.units[cell.page]
    for skipped, other in enumerate(sheet.before(cell)):
        hits = solid[other.number]
        text = other.text[hits[-1].end :] if hits else other.text
        if len(key(text)) < 2 and hits:
            # The words before the values of a cell may label what stands right of it too.
            text = other.text[: hits[0].start] if skipped or len(hits) == 1 else ""
        if len(key(text)) >= 1 and not _only_currency(text):
            return Label(text, max(0.0, (cell.box[0] - other.box[2]) / unit), skipped)
    return Label()


def _only_currency(text: str) -> bool:
    """Return whether a text names a currency and nothing else, as `RM` does, and not `Total RM`."""
    return len(text.split()) == 1 and currency_of(text.strip()) is not None


def _above(sheet: Sheet, solid: dict[int, list[Hit]], cell: Cell, box: Box) -> tuple[Label, Label]:
    found: list[Label] = []
    skipped = 0
    for distance, other in sheet.above(cell, box):
        hits = solid[other.number]
        if hits or len(key(other.text)) < 2:
            skipped += 1
            if len(hits) != 1 or hits[0].start < 3 or len(key(other.text[: hits[0].start])) < 3:
                continue
        found.append(Label(other.text, distance, skipped))
        if len(found) == 2:
            return found[0], found[1]
    return found[0] if found else Label(), Label()
