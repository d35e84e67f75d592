"""Values of a text by their form: amounts, dates, identifiers; more are found than are meant.

Texts may come from OCR: spaces may be lost, digits taken for letters, decimal marks for others.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from socle.readings import Value
from socle.values import identifiers
from socle.values.amounts import Decimal, amounts_in
from socle.values.dates import dates_in, parse_date

_LOOKS = str.maketrans("OoQDlI|SsBZzGb", "00001115582266")
"""Digits for letters that look like them, where digits are expected."""
_NUMBERLIKE = re.compile(
    r"(?<![^\s:(+\-€$£])[-+(]?[€$£]?[\dOoQlI|SBZ][\dOoQDlI|SsBZzG.,'’]{2,}(?!\w)"
)
_TAILED = re.compile(r"(?<=\d[.,]\d\d)[A-Z*#]{1,2}(?![\w.,])")
_MARKED = re.compile(r"\d{1,3}(?:([.,])\d{3})+\1\d\d(?!\d|[.,]\d)")
_GLUED_AMOUNT = re.compile(r"(?<=[^\W\d_])\d{1,3}(?:[ ,.']?\d{3})*[.,]\d\d(?![\w])")
_RATE = re.compile(r"(?<![\w.,])(\d{1,2}(?:[.,]\d{1,3})?)\s?%")
_GLUED_DATE = re.compile(r"(?<!\d)\d{1,2}([-/.])\d{1,2}\1(?:20\d\d)(?=\d{1,2}:)")
_MIXED_DATE = re.compile(
    r"(?<![\d./-])(\d{1,2})[ /.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?![\d./-]|[ ]?:)"
)
_LETTER_BEFORE_DATE = re.compile(r"[^\W\d_](?=\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})")
_DATELIKE = re.compile(r"(?<!\w)[\dOolIS]{1,4}[-/.][\dOolIS]{1,2}[-/.][\dOolIS]{2,4}(?!\w)")
_BARE_PAIRS = re.compile(r"\d{1,2}\s\d{1,2}\s\d{2}")
"""Numbers parted by spaces alone, as of a telephone, are no date of two digits of a year."""
_AHEAD = 10
"""Years: later dates are no dates of invoices."""
_TOKEN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9/_\\.\-]*[A-Za-z0-9])?")
_PREFIX = re.compile(r"[A-Z]{1,5}[-/.]?")
_LABEL_GLUED = re.compile(r"[A-Za-z]{4,}(?=\d{3,})")
_EMAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w,.])(?:\+|\(?0|\(|\d)[\d ()./\-–]{6,22}\d(?![\w%])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[ ]?[\dOIl]{2}(?:[ ]?[A-Z0-9]){11,32}")
_ZIP = re.compile(r"\d{5}-\d{4}")
"""A postcode of the United States with its four digits of an area."""
_LIKE_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}(?: ?\d){8,32}(?![A-Za-z0-9])")
_ONE = r"[\dOIl]"
_GROUP = rf"[ .\u00a0]?{_ONE}"
_DIGITS = re.compile(
    rf"(?<![\dA-Za-z])(?:{_ONE}{{14}}|{_ONE}{{9}}(?:[ ]{_ONE}{{5}})?|"
    rf"{_ONE}{{3}}(?:{_GROUP}{_ONE}{{2}}){{2}}(?:{_GROUP}{_ONE}{{4}})?)(?![\dA-Za-z])"
)
_LONGEST_REFERENCE = 32


@dataclass(frozen=True)
class Hit:
    """A value in a text.

    Attributes:
        start, end: characters that hold it.
        valid: whether its check digits are right; None where it has none.
        decimals: digits behind the mark, of amounts.
        currency: ISO 4217 code beside an amount.
    """

    value: Value
    start: int
    end: int
    valid: bool | None = None
    decimals: int = 0
    currency: str | None = None


def amounts(text: str, decimal: Decimal | None) -> list[Hit]:
    """Return the amounts of a text, rates in per cent and parts of dates left out."""
    clean = _NUMBERLIKE.sub(_digits, text)
    clean = _TAILED.sub(lambda found: " " * len(found.group()), clean)
    clean = _MARKED.sub(lambda found: _grouped(found.group(), decimal or "."), clean)
    rates = [found.span() for found in _RATE.finditer(clean)]
    taken = [(found.start, found.end) for found in days(text, True)] + rates
    found = [
        Hit(a.value, a.start, a.end, None, a.decimals, a.currency)
        for a in amounts_in(clean, decimal)
        if not any(a.start < end and start < a.end for start, end in taken)
    ]
    for match in _GLUED_AMOUNT.finditer(clean):
        if not any(hit.start < match.end() and match.start() < hit.end for hit in found):
            read = amounts_in(match.group(), decimal)
            if len(read) == 1:
                found.append(Hit(read[0].value, *match.span(), None, read[0].decimals))
    return found


def rates(text: str) -> list[Hit]:
    """Return the rates in per cent of a text."""
    return [
        Hit(float(found.group(1).replace(",", ".")), *found.span())
        for found in _RATE.finditer(_NUMBERLIKE.sub(_digits, text))
    ]


def days(text: str, day_first: bool) -> list[Hit]:
    """Return the dates of a text, in ISO 8601."""
    clean = _DATELIKE.sub(lambda found: found.group().translate(_LOOKS), text)
    clean = _LETTER_BEFORE_DATE.sub(" ", clean)
    found = [Hit(d.value.isoformat(), d.start, d.end) for d in dates_in(clean, day_first)]
    for match in _GLUED_DATE.finditer(clean):
        day = parse_date(match.group(), day_first)
        if day and not any(hit.start < match.end() and match.start() < hit.end for hit in found):
            found.append(Hit(day.isoformat(), *match.span()))
    for match in _MIXED_DATE.finditer(clean):
        day = parse_date("/".join(match.groups()), day_first)
        if day and not any(hit.start < match.end() and match.start() < hit.end for hit in found):
            found.append(Hit(day.isoformat(), *match.span()))
    latest = date.today().year + _AHEAD
    return [
        hit
        for hit in found
        if 1950 <= int(str(hit.value)[:4]) <= latest
        and not _BARE_PAIRS.fullmatch(clean[hit.start : hit.end])
    ]


def references(text: str) -> Iterator[Hit]:
    """Yield what may be a number that names something: signs with a digit among them.

    Words in capitals before digits may belong to it or not; both are yielded.
    """
    tokens = list(_TOKEN.finditer(text))
    for place, token in enumerate(tokens):
        said = token.group()
        if not any(char.isdigit() for char in said) or len(said) > _LONGEST_REFERENCE:
            continue
        yield Hit(said, *token.span())
        glued = _LABEL_GLUED.match(said)
        if glued:
            yield Hit(said[glued.end() :], token.start() + glued.end(), token.end())
        before = tokens[place - 1] if place else None
        if before and _PREFIX.fullmatch(before.group()) and token.start() - before.end() <= 3:
            apart = text[before.end() : token.start()]
            if apart.strip() in ("", "-", "/", "#"):
                yield Hit(text[before.start() : token.end()], before.start(), token.end())
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        gap = text[token.end() : after.start()] if after else ""
        if after and after.group().isdigit() and gap in (" ", " - ", " / "):
            yield Hit(text[token.start() : after.end()], token.start(), after.end())


def vat_ids(text: str) -> list[Hit]:
    """Return the VAT numbers of a text, valid or not, without spaces and marks."""
    found: list[Hit] = []
    for country, pattern in _vat_patterns():
        for match in pattern.finditer(text):
            compact = country + _read_as(re.sub(r"[ .\-]", "", match.group())[2:], country)
            valid = identifiers.vat_id(compact) is not None
            if not any(hit.start < match.end() and match.start() < hit.end for hit in found):
                found.append(Hit(compact, *match.span(), valid))
    return found


def company_numbers(text: str) -> list[Hit]:
    """Return numbers of nine and fourteen digits, as French companies have, valid or not."""
    found = []
    for match in _DIGITS.finditer(text):
        compact = re.sub(r"[ .\u00a0]", "", match.group()).translate(_LOOKS)
        if len(compact) not in (9, 14) or len(set(compact)) == 1:
            continue
        valid = identifiers.siren(compact) if len(compact) == 9 else identifiers.siret(compact)
        found.append(Hit(compact, *match.span(), valid is not None))
    return found


def accounts(text: str) -> list[Hit]:
    """Return the international bank account numbers of a text, valid or of the right length."""
    found = []
    for match in _IBAN.finditer(text):
        said = match.group()
        length = _forms()["iban"].get(said[:2])
        if length is None:
            continue
        places = [place for place, char in enumerate(said, 1) if char != " "]
        if len(places) < length:
            continue
        end = places[length - 1]
        kept = said[:end].replace(" ", "")
        fixed = kept[:2] + kept[2:4].translate(_LOOKS) + kept[4:]
        tried = [fixed, kept[:2] + kept[2:].translate(_LOOKS)]
        proven = next((one for one in tried if identifiers.iban(one)), None)
        found.append(Hit(proven or fixed, match.start(), match.start() + end, proven is not None))
    return found


def called_accounts(text: str) -> list[Hit]:
    """Return what may be account numbers of a wrong length, if they are called so."""
    return [
        Hit(found.group().replace(" ", ""), *found.span(), False)
        for found in _LIKE_IBAN.finditer(text)
    ]


def emails(text: str) -> list[Hit]:
    """Return the e-mail addresses of a text."""
    return [Hit(f.group().replace(" ", ""), *f.span()) for f in _EMAIL.finditer(text)]


def phones(text: str) -> list[Hit]:
    """Return what may be numbers of telephones, as printed."""
    found = []
    for match in _PHONE.finditer(text):
        said = match.group().strip()
        digits = sum(char.isdigit() for char in said)
        if 8 <= digits <= 15 and not days(said, True) and not _ZIP.fullmatch(said):
            found.append(Hit(" ".join(said.split()), match.start(), match.start() + len(said)))
    return found


def _digits(found: re.Match[str]) -> str:
    said = found.group()
    if sum(char.isdigit() for char in said) * 2 < len(said):
        return said
    return said.translate(_LOOKS)


def _grouped(said: str, decimal: Decimal) -> str:
    """Return an amount whose marks are all alike with those that it should have."""
    return re.sub(r"[.,]", "'", said[:-3]) + decimal + said[-2:]


def _read_as(rest: str, country: str) -> str:
    """Return the signs of a VAT number with look-alikes as its country's form asks."""
    for form in _forms()["vat"][country]:
        if len(form) == len(rest):
            return "".join(
                char.translate(_LOOKS) if kind == "N" else char
                for char, kind in zip(rest, form, strict=True)
            )
    return rest


@cache
def _forms() -> Mapping[str, Any]:
    with Path(__file__).with_name("forms.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _vat_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    signs = {"N": r"[ .\-]?[\dOIl]", "X": r"[ .\-]?[\dA-Z]", "A": r"[A-Z]"}
    found = []
    for country, forms in _forms()["vat"].items():
        bodies = "|".join("".join(signs.get(c, rf"[ .\-]?{c}") for c in form) for form in forms)
        found.append((country, re.compile(rf"(?<![A-Za-z0-9]){country}(?:{bodies})(?![\dA-Za-z])")))
    return tuple(found)
