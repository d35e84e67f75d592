"""Dates as people print them, in French, English and German.

Numbers in any usual order and parting, names of months in full or cut, ordinals. Libraries that
guess dates in any language fill in what is not there; here the set of forms is small and closed,
and a date is never made from a part of one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    1: "jan january janvier janv januar jaenner janner",
    2: "feb february fevrier fev fevr februar",
    3: "mar march mars marz maerz mrz",
    4: "apr april avril avr",
    5: "may mai",
    6: "jun june juin juni",
    7: "jul july juillet juil juli",
    8: "aug august aout aou",
    9: "sep sept september septembre",
    10: "oct october octobre okt oktober",
    11: "nov november novembre",
    12: "dec december decembre dez dezember",
}
_NUMBER = {name: number for number, names in _MONTHS.items() for name in names.split()}
_NAMED = "|".join(sorted(_NUMBER, key=len, reverse=True))
_PART = r"\s?[-/.\u2013]\s?|\s"
_YEAR = r"(?P<y>(?:1[89]|20|21)\d\d|\d\d)"
_FORMS = tuple(
    re.compile(rf"(?<![\w]){form}(?![\w]|[.,]\d)")
    for form in (
        # One kind of mark throughout: `02/01/2022 - 02/15/2022` is two dates.
        r"(?P<y>(?:19|20|21)\d\d)(?P<mark>\s?[-/.\u2013]\s?)(?P<m>\d\d?)(?P=mark)(?P<d>\d\d?)"
        r"(?:t\d\d:\d\d\S*)?",
        rf"(?P<a>\d\d?)(?P<sep>{_PART})(?P<b>\d\d?)(?P=sep){_YEAR}",
        rf"(?P<d>\d\d?)(?:\s?(?:er|st|nd|rd|th|\.))?[\s.\-/,]*(?:of )?(?P<n>{_NAMED})\.?[\s\-/,.']*"
        rf"{_YEAR}",
        rf"(?P<n>{_NAMED})\.?[\s\-]*(?P<d>\d\d?)(?:st|nd|rd|th)?[\s,\-]+{_YEAR}",
        r"(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)",
    )
)


@dataclass(frozen=True)
class Found:
    """A date found in a text, and the characters that hold it."""

    value: date
    start: int
    end: int


def parse_date(text: str, day_first: bool = True) -> date | None:
    """Return the one date that is the whole text, or None.

    Args:
        text: as printed.
        day_first: how `03/04/2024` is read; where one part is over 12 the other is the month.
    """
    found = dates_in(text.strip(), day_first)
    return (
        found[0].value
        if len(found) == 1 and found[0].end - found[0].start == len(text.strip())
        else None
    )


def dates_in(text: str, day_first: bool = True) -> list[Found]:
    """Return the dates of a text, from left to right; see `parse_date`."""
    plain = _plain(text)
    taken: list[Found] = []
    for form in _FORMS:
        for match in form.finditer(plain):
            start, end = match.span()
            if any(start < other.end and other.start < end for other in taken):
                continue
            value = _value(match.groupdict(), day_first)
            if value:
                taken.append(Found(value, start, end))
    return sorted(taken, key=lambda found: found.start)


def full_year(two_digits: int, latest: int) -> int:
    """Return the year of two digits that is nearest to `latest` without passing it."""
    year = latest - latest % 100 + two_digits
    return year if year <= latest else year - 100


def _value(parts: dict[str, str | None], day_first: bool) -> date | None:
    year = int(parts["y"] or 0)
    if year < 100:
        year += 2000 if year < 70 else 1900
    if parts.get("a"):
        first, second = int(parts["a"] or 0), int(parts["b"] or 0)
        day, month = (first, second) if day_first else (second, first)
        if month > 12:
            day, month = month, day
    else:
        name = parts.get("n")
        month = _NUMBER[name] if name else int(parts["m"] or 0)
        day = int(parts["d"] or 0)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Return the text in small letters without accents, of the same length."""
    return "".join(unicodedata.normalize("NFD", c)[0].lower()[0] for c in text)
