"""Machine-readable zones of travel and identity documents: layouts, check digits, values.

Source: ICAO Doc 9303, parts 3 to 7; the layouts are in `mrz.toml`, the states in `states.toml`.

A check digit is weak evidence: one wrong reading in ten passes by chance, and characters whose
values are equal modulo 10 (G and 6, L and 1, S and 8, K and <) can never be told apart by it.
Names, nationality, sex and issuing state have none at all.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from socle.readings import Check
from socle.values.dates import full_year

FILLER = "<"
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")
Holds = Literal["letters", "digits", "any"]
_WEIGHTS = (7, 3, 1)
_HORIZON = 50
"""Years from today: an expiry in two digits that would lie further on is of the last century."""


@dataclass(frozen=True)
class Span:
    """Characters of a zone: a line and a half-open range, from 0."""

    line: int
    start: int
    stop: int

    def of(self, lines: tuple[str, ...]) -> str:
        """Return the characters."""
        return lines[self.line][self.start : self.stop]

    def places(self) -> list[tuple[int, int]]:
        """Return (line, column) of each character."""
        return [(self.line, column) for column in range(self.start, self.stop)]


@dataclass(frozen=True)
class Digit:
    """A check digit: where it stands and what it is computed over.

    Attributes:
        filler: a filler may stand in its place, if nothing is there to prove (optional data) or
            the number goes on in the optional data (TD1).
    """

    name: str
    at: Span
    over: tuple[Span, ...]
    filler: bool


@dataclass(frozen=True)
class Format:
    """One layout, see `mrz.toml`."""

    name: str
    lines: int
    width: int
    codes: tuple[str, ...]
    parts: Mapping[str, Span]
    holds: Mapping[str, Holds]
    digits: tuple[Digit, ...]

    @property
    def alphabets(self) -> Mapping[tuple[int, int], Holds]:
        """What may stand at each (line, column); check digits are digits."""
        return _alphabets(self.name)


@dataclass(frozen=True)
class Zone:
    """Lines of the right number and width, in a known layout."""

    format: Format
    lines: tuple[str, ...]

    def part(self, name: str) -> str:
        """Return the characters of a part, fillers included; empty if the layout has none."""
        span = self.format.parts.get(name)
        return span.of(self.lines) if span else ""


@cache
def formats() -> Mapping[str, Format]:
    """Return the layouts by name."""
    told = tomllib.loads(Path(__file__).with_name("mrz.toml").read_text(encoding="utf-8"))
    return {name: _format(name, one) for name, one in told.items()}


@cache
def states() -> Mapping[str, tuple[str, ...]]:
    """Return the codes that may stand for a state, with names as papers print them."""
    told = tomllib.loads(Path(__file__).with_name("states.toml").read_text(encoding="utf-8"))
    return {code: tuple(names) for code, names in told.items()}


def format_of(lines: tuple[str, ...]) -> Format | None:
    """Return the layout of lines by their number, width and beginning; None if there is none."""
    if not lines:
        return None
    shapes = [one for one in formats().values() if (one.lines, one.width) == _shape(lines)]
    fits = [(len(code), one) for one in shapes for code in one.codes if lines[0].startswith(code)]
    return max(fits, key=lambda pair: pair[0])[1] if fits else None


def check_digit(text: str) -> str:
    """Return the check digit over a text of the zone's alphabet."""
    return str(sum(weight_value(c) * _WEIGHTS[i % 3] for i, c in enumerate(text)) % 10)


def weight_value(character: str) -> int:
    """Return what a character counts in a check digit: 0 to 9, A to Z as 10 to 35, < as 0."""
    if character == FILLER:
        return 0
    return int(character) if character.isdigit() else ord(character) - ord("A") + 10


def failing(zone: Zone) -> tuple[Digit, ...]:
    """Return the check digits that do not agree."""
    return tuple(digit for digit in zone.format.digits if not _agrees(zone, digit))


def digit_checks(zone: Zone) -> tuple[Check, ...]:
    """Return one check for each check digit of the layout."""
    failed = failing(zone)
    return tuple(
        Check(
            f"mrz_digit_{digit.name}",
            digit not in failed,
            ""
            if digit not in failed
            else f"{_found(zone, digit)!r} is not the check digit of {_covered(zone, digit)!r}",
            _proved(zone.format, digit),
        )
        for digit in zone.format.digits
    )


def values_of(zone: Zone, today: date) -> dict[str, str]:
    """Return canonical names to values; what is empty or no date is left out.

    `document_type` is the code as it stands, without fillers.
    """
    birth, expiry = zone.part("birth_date"), zone.part("expiry_date")
    found = {
        "document_type": zone.part("document_type").rstrip(FILLER),
        "document_number": number_of(zone)[0],
        "issuing_state": zone.part("issuing_state").replace(FILLER, ""),
        "nationality": zone.part("nationality").replace(FILLER, ""),
        "sex": {FILLER: "X", "": ""}.get(zone.part("sex"), zone.part("sex")),
        "birth_date": birth_date(birth, today),
        "expiry_date": expiry_date(expiry, today),
        "optional_data": _optional(zone),
        **_names(zone),
    }
    if zone.format.name == "FRA-ID":
        found["nationality"] = "FRA"  # this card is given to nationals only
        found["issue_date"] = _issued(zone.part("document_number"), today)
    return {name: value for name, value in found.items() if value}


def number_of(zone: Zone) -> tuple[str, str]:
    """Return the document number and the check digit that goes with it.

    On a TD1 whose number is longer than nine, the rest and the digit stand in the optional data.
    """
    number = zone.part("document_number")
    digit = next(d for d in zone.format.digits if d.name == "document_number")
    found = digit.at.of(zone.lines)
    if zone.format.name == "TD1" and found == FILLER:
        rest = zone.part("optional_data").split(FILLER)[0]
        if len(rest) > 1:
            return number + rest[:-1], rest[-1]
    return number.rstrip(FILLER).replace(FILLER, ""), found


def birth_date(six: str, today: date) -> str:
    """Return a date of birth as ISO 8601; less precise where the zone leaves parts open.

    The century is the last one that gives no date after today. Empty if it is no date.
    """
    year = six[:2]
    if not year.isdigit():
        return ""
    full = full_year(int(year), today.year)
    if full == today.year and six[2:].isdigit() and six[2:] > today.strftime("%m%d"):
        full -= 100
    if six[2:] == FILLER * 4:
        return str(full)
    if six[4:] == FILLER * 2 and six[2:4].isdigit() and 1 <= int(six[2:4]) <= 12:
        return f"{full}-{six[2:4]}"
    return _iso(full, six[2:])


def expiry_date(six: str, today: date) -> str:
    """Return a date of expiry as ISO 8601, empty if it is none or no date."""
    if not six[:2].isdigit():
        return ""
    return _iso(full_year(int(six[:2]), today.year + _HORIZON), six[2:])


def calendar_checks(zone: Zone, today: date) -> tuple[Check, ...]:
    """Return whether dates exist, follow each other, and whether states are known codes."""
    checks = []
    values = values_of(zone, today)
    for name in ("birth_date", "expiry_date"):
        six = zone.part(name)
        if six.strip(FILLER):
            checks.append(Check(f"mrz_{name}", name in values, six, (name,)))
    birth, expiry = values.get("birth_date", ""), values.get("expiry_date", "")
    if birth and expiry:
        said = f"{birth} before {expiry}"
        checks.append(Check("mrz_dates_order", birth < expiry, said, ("birth_date", "expiry_date")))
    for name in ("issuing_state", "nationality"):
        if zone.part(name).strip(FILLER):
            known = values.get(name) in states()
            checks.append(Check(f"mrz_{name}", known, values.get(name, ""), (name,)))
    if "sex" in zone.format.parts:
        known = zone.part("sex") in ("M", "F", "X", FILLER)
        checks.append(Check("mrz_sex", known, zone.part("sex"), ("sex",)))
    return tuple(checks)


def _agrees(zone: Zone, digit: Digit) -> bool:
    found, covered = _found(zone, digit), _covered(zone, digit)
    if digit.filler and found == FILLER:
        return not covered.strip(FILLER)
    return found == check_digit(covered)


def _found(zone: Zone, digit: Digit) -> str:
    return number_of(zone)[1] if _continued(zone, digit) else digit.at.of(zone.lines)


def _covered(zone: Zone, digit: Digit) -> str:
    if _continued(zone, digit):
        return number_of(zone)[0]
    return "".join(span.of(zone.lines) for span in digit.over)


def _continued(zone: Zone, digit: Digit) -> bool:
    if zone.format.name != "TD1" or digit.name != "document_number":
        return False
    return digit.at.of(zone.lines) == FILLER and len(number_of(zone)[0]) > 9


def _proved(layout: Format, digit: Digit) -> tuple[str, ...]:
    """Return the fields that a check digit bears on."""
    if digit.name != "composite":
        return (digit.name,)
    covered = {place for span in digit.over for place in span.places()}
    names = (name for name, span in layout.parts.items() if covered.issuperset(span.places()))
    return tuple(name for name in names if name not in ("optional_data_2", "office"))


def _names(zone: Zone) -> dict[str, str]:
    if "names" not in zone.format.parts:
        given = zone.part("given_names").replace(FILLER, " ")
        return {"surname": _spaced(zone.part("surname")), "given_names": " ".join(given.split())}
    first, _, rest = zone.part("names").partition(FILLER * 2)
    return {"surname": _spaced(first), "given_names": _spaced(rest)}


def _spaced(text: str) -> str:
    return " ".join(text.replace(FILLER, " ").split())


def _optional(zone: Zone) -> str:
    first = zone.part("optional_data").strip(FILLER)
    if zone.format.name == "TD1" and len(number_of(zone)[0]) > 9:
        first = zone.part("optional_data").partition(FILLER)[2].strip(FILLER)
    second = zone.part("optional_data_2").strip(FILLER)
    return _spaced(f"{first}{FILLER}{second}")


def _issued(number: str, today: date) -> str:
    """Return year and month of issue, out of the number of an old French card."""
    if not number[:4].isdigit() or not 1 <= int(number[2:4]) <= 12:
        return ""
    return f"{full_year(int(number[:2]), today.year)}-{number[2:4]}"


def _iso(year: int, month_day: str) -> str:
    try:
        return date(year, int(month_day[:2]), int(month_day[2:])).isoformat()
    except ValueError:
        return ""


def _shape(lines: tuple[str, ...]) -> tuple[int, int]:
    widths = {len(line) for line in lines}
    return len(lines), widths.pop() if len(widths) == 1 else 0


@cache
def _alphabets(name: str) -> Mapping[tuple[int, int], Holds]:
    layout = formats()[name]
    found: dict[tuple[int, int], Holds] = {
        place: layout.holds[part] for part, span in layout.parts.items() for place in span.places()
    }
    return found | {(d.at.line, d.at.start): "digits" for d in layout.digits}


def _format(name: str, told: dict[str, Any]) -> Format:
    return Format(
        name=name,
        lines=told["lines"],
        width=told["width"],
        codes=tuple(told["codes"]),
        parts={part: _span(one["at"]) for part, one in told["parts"].items()},
        holds={part: one["holds"] for part, one in told["parts"].items()},
        digits=tuple(
            Digit(
                digit,
                _span([*one["at"], one["at"][1]]),
                tuple(_span(span) for span in one["over"]),
                one.get("filler", False),
            )
            for digit, one in told["digits"].items()
        ),
    )


def _span(at: list[int]) -> Span:
    line, first, last = at
    return Span(line - 1, first - 1, last)
