"""Who pays whom for which days: the head of a pay slip, by labels, titles and places."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from socle.pages import Page, Word
from socle.pages.rows import Cell, Row, around, rows
from socle.readings import Box
from socle.sources.labelled import Ask, Hit, collect, fold
from socle.sources.pay_words import named, pattern, titled, words
from socle.values import identifiers
from socle.values.dates import dates_in, parse_date

_DAY = (
    r"\d{1,2}[/.\- ]\d{1,2}[/.\- ](?:20)?\d\d|\d{4}-\d\d-\d\d|"
    r"\d{1,2}(?:er|st|nd|rd|th)? [^\W\d]{3,9}\.? \d{4}|[^\W\d]{3,9}\.? \d{1,2},? \d{4}"
)
_NAME = r"[:\s]*([^\W\d][^\d:]*[^\W\d]\.?)"
_SIRET = r"(?<!\d)(?:\d[ .]?){13}\d(?!\d)"
_NIR = (
    r"(?<!\d)[12][ .]?\d\d[ .]?\d\d[ .]?\d[\dAB][ .]?(?:\d[ .]?){5}\d"
    r"(?:[ ./-]{0,3}\d ?\d)?(?!\d)"
)
_CHECKED = ("employer_siret", "employee_nir")
_TOP = 0.42
"""The head stands in this upper part of the page."""
_NO_NAME = re.compile(
    r"\d{4,}|[:@]|\b[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}$"
    r"|\b(?:page|copie|duplicata|siret|ape|naf|urssaf|matricule|confidenti\w+|www"
    r"|convention|emploi|qualification|tel|fax|periode|paiement)\b"
)


@dataclass(frozen=True)
class Head:
    """One value of the head, with its place on the page."""

    value: str
    raw: str
    page: Page
    words: tuple[Word, ...]
    sure: bool = True

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where it stands, in fractions of the page."""
        return (self.page.fraction(around(word.box for word in self.words)),)

    @property
    def confidence(self) -> float:
        """That of its least sure word."""
        return min(word.confidence for word in self.words)


def heads(whole: Page, day_first: bool, bottom: float | None) -> dict[str, Head]:
    """Return what the head of a slip says, by the canonical names of fields.

    Args:
        whole: the first page.
        day_first: how dates in numbers are read.
        bottom: where the table begins, in the page's unit; None if there is none.
    """
    low = _TOP * whole.height if bottom is None else bottom
    page = replace(whole, words=tuple(word for word in whole.words if word.box[3] <= low + 1))
    hits: dict[str, Hit] = {}
    for hit in collect(page, _asks()):
        hits.setdefault(hit.name, hit)
    # Dates of payment and identifiers may stand at the foot as well; among the lines only what
    # proves itself is taken for an identifier.
    for hit in collect(whole, _asks()):
        known = hit.name in _CHECKED and valid(hit.name, re.sub(r"[^0-9AB]", "", hit.text))
        if known or hit.name == "pay_date":
            hits.setdefault(hit.name, hit)
    found: dict[str, Head] = {}
    for name, read in (("employer_siret", _siret), ("employee_nir", _nir)):
        value = read(hits[name].text) if name in hits else None
        if value:
            found[name] = _head(value, hits[name])
    printed = rows(page)
    found |= _days(hits, printed, page, day_first)
    person = _employee(hits, printed, page)
    if person:
        found["employee_name"] = person
    firm = _employer(hits, printed, page, person)
    if firm:
        found["employer_name"] = firm
    return found


def _asks() -> list[Ask]:
    told = words()["heads"]
    values = {
        "employer_siret": _SIRET, "employee_nir": _NIR, "employer_name": r"[:\s]*(\S.*\S)",
        "employee_name": _NAME, "surname": _NAME, "given_name": _NAME,
        "period": r"[:\s]*(\S.*\S)",
    }  # fmt: skip
    asks = [
        Ask(name, rf"(?<![a-z]){told[name]}(?![a-z'])(?: ?:(?!\S))?", values.get(name, _DAY))
        for name in told
        if name != "civility"
    ]
    # Labels that only bound their neighbours.
    rest = r"(?<![a-z])(?:matricule|emploi|qualification|code (?:ape|naf)|urssaf|adresse|address"
    rest += r"|(?:employee|staff|payroll|employer|company) (?:id|number|no\.?|ref|code|address))"
    return [*asks, Ask("other", rf"{rest}(?![a-z])", r"(?!)", more=False)]


def _head(value: str, hit: Hit, sure: bool = True) -> Head:
    return Head(value, hit.text, hit.page, hit.words, sure)


def _siret(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) == 14 else None


def _nir(text: str) -> str | None:
    compact = re.sub(r"[^0-9AB]", "", text)
    return compact if len(compact) in (13, 15) else None


def _days(
    hits: dict[str, Hit], printed: Sequence[Row], page: Page, day_first: bool
) -> dict[str, Head]:
    found: dict[str, Head] = {}
    for name in ("pay_date", "period_start", "period_end"):
        if name in hits and (day := parse_date(hits[name].text, day_first)):
            found[name] = _head(day.isoformat(), hits[name])
    if "period_start" in found and "period_end" in found:
        return found
    texts: list[tuple[str, tuple[Word, ...]]] = []
    if "period" in hits:
        texts.append((hits["period"].text, hits["period"].words))
    cells = [(cell.text, cell.words) for row in printed for cell in row.cells]
    texts += [cell for cell in cells if _spans(cell[0])]
    texts += [(row.text, row.words) for row in printed if titled(row.text)]
    texts += cells
    for text, held in texts:
        span = period_in(text, day_first)
        if span:
            for name, day in zip(("period_start", "period_end"), span, strict=True):
                found[name] = Head(day.isoformat(), text, page, held)
            break
    return found


def _spans(text: str) -> bool:
    return re.search(r"\b(?:du|from|periode|period)\b", fold(text)) is not None


def period_in(text: str, day_first: bool = True) -> tuple[date, date] | None:
    """Return first and last day of the period that a text tells: two dates, or a month."""
    days = [found.value for found in dates_in(text, day_first)]
    for first, last in pairwise(days):
        if 0 <= (last - first).days <= 366:
            return first, last
    if days:
        return None
    plain = fold(text)
    named_month = re.search(r"([a-z]{3,9})\.? ((?:19|20)\d\d)(?!\d)", plain)
    day = parse_date(f"1 {named_month[1]} {named_month[2]}") if named_month else None
    if day is None and (found := re.search(r"(?<![\d/])(0?[1-9]|1[0-2])/((?:19|20)\d\d)", plain)):
        day = date(int(found[2]), int(found[1]), 1)
    if day is None:
        return None
    return day, day.replace(day=monthrange(day.year, day.month)[1])


def _employee(hits: dict[str, Hit], printed: Sequence[Row], page: Page) -> Head | None:
    if "surname" in hits and "given_name" in hits:
        both = (hits["surname"], hits["given_name"])
        pair = sorted(both, key=lambda hit: hit.words[0].box[1::-1])
        raw = " ".join(hit.text for hit in pair)
        return Head(raw, raw, page, (*pair[0].words, *pair[1].words))
    for name in ("employee_name", "surname"):
        if name in hits and (person := _bare(hits[name].text)) and not _no_name(person):
            return _head(person, hits[name])
    for row in printed:
        for cell in row.cells:
            if _civil(cell.text):
                person = _bare(cell.text)
                if person and not _no_name(person):
                    return Head(person, cell.text, page, cell.words, sure=False)
    return None


def _civil(text: str) -> bool:
    return re.match(rf"{words()['heads']['civility']} \S", fold(text)) is not None


def _bare(text: str) -> str:
    """Return a name without what is put before it."""
    found = re.match(rf"{words()['heads']['civility']} (?=\S)", fold(text))
    return text[found.end() if found else 0 :].strip(" :,")


def _no_name(text: str) -> bool:
    return _NO_NAME.search(fold(text)) is not None


def _employer(
    hits: dict[str, Hit], printed: Sequence[Row], page: Page, person: Head | None
) -> Head | None:
    hit = hits.get("employer_name")
    if hit and not _no_name(hit.text):
        return _head(hit.text.strip(" :"), hit)
    taken = {id(word) for word in (person.words if person else ())}
    cells = [
        cell for row in printed for cell in row.cells if not {id(w) for w in cell.words} & taken
    ]
    fit = [cell for cell in cells if _firm(cell)]
    siret = hits.get("employer_siret")
    if siret:
        box = around(word.box for word in siret.words)
        column = [c for c in fit if _above(c, box, page)]
        fit = column or fit
    if not fit:
        return None
    # The name stands first, or in larger type than what is beside it.
    top = min(cell.box[1] for cell in fit)
    first = [c for c in fit if c.box[1] < top + 3 * (c.box[3] - c.box[1])]
    best = min(first, key=lambda c: (c.box[0] > page.width / 2, c.box[1]))
    return Head(best.text, best.text, page, best.words, sure=False)


def _above(cell: Cell, box: Box, page: Page) -> bool:
    """Return whether a cell stands above an identifier, in the same half of the page."""
    same = (cell.box[0] < page.width / 2) == (box[0] < page.width / 2)
    return same and cell.box[1] <= box[1]


def _firm(cell: Cell) -> bool:
    text = cell.text
    if len(text) < 3 or not re.search(r"[^\W\d]{2}", text) or titled(text):
        return False
    if _no_name(text) or _civil(text) or named(text) or period_in(text) or dates_in(text):
        return False
    return not re.match(r"\d", text) and not pattern("heads", "period").match(fold(text))


def valid(name: str, value: str) -> bool | None:
    """Return whether an identifier of the head is right; None if it has no check digits."""
    if name == "employer_siret":
        return identifiers.siret(value) is not None
    return identifiers.nir(value) is not None if len(value) == 15 else None
