"""Rules that one line of accounting entries must satisfy by itself.

Millions of lines go through here: what most lines repeat (dates, accounts, the form of amounts) is
judged once and remembered.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import NamedTuple

from socle.checks import fec_official
from socle.checks.fec_header import Header
from socle.checks.fec_report import Report, facts

UNIT = 1_000_000
"""Amounts are whole numbers of so many parts, so that sums are exact."""
_PLAIN = re.compile(r"(-?)(\d+),(\d\d)\Z", re.ASCII)
_NUMBER = re.compile(r"([+-]?)(\d+)(?:,(\d*))?\Z", re.ASCII)
_POWER = re.compile(r"[+-]?\d+(?:,\d+)?[Ee][+-]?\d{1,2}\Z", re.ASCII)
_LOOSE = re.compile(r"([+-]?)([\d.,]*\d[\d.,]*)\s*([+-]?)\Z", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f'.]\d{3})+(?:,\d+)?[+-]?\Z|[+-]?\d+ [\d ,]+\Z")
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)\Z", re.ASCII)
_OTHER_DAYS = (
    re.compile(r"(?P<y>\d{4})[-/.]?(?P<m>\d\d)[-/.]?(?P<d>\d\d)(?:[T ][\d:]+)?\Z", re.ASCII),
    re.compile(r"(?P<d>\d\d)[-/.]?(?P<m>\d\d)[-/.]?(?P<y>\d{4})(?:[T ][\d:]+)?\Z", re.ASCII),
)
_MOST_REMEMBERED = 200_000


class Entry(NamedTuple):
    """What later rules need of a line; amounts in `UNIT`s, dates as AAAAMMJJ or None."""

    line: int
    journal: str
    journal_name: str
    number: str
    account: str
    debit: int
    credit: int
    day: str | None
    validated: str | None


class Lines:
    """The rules of single lines, for the columns of one file."""

    def __init__(self, columns: Header, report: Report) -> None:
        self.columns = columns
        self.report = report
        self._edges = (f" {columns.separator}", f"{columns.separator} ")
        kind = "cash" if columns.cash else "commercial"
        place = columns.place
        self._mandatory = [(place[n], n) for n in facts()["mandatory"][kind] if n in place]
        self._dates = [(place[n], n) for n in facts()["columns"]["dates"] if n in place]
        self._days: dict[str, str | None] = {"": None}
        self._amounts: dict[str, int] = {"": 0}
        self._accounts: dict[str, str | None] = {}
        self._at = {name: place.get(name, -1) for name in _NAMED}
        self._pairs = [
            (rule, place[one], place[two], one, two)
            for rule, one, two in _PAIRS
            if one in place and two in place
        ]
        self._has_sense = "Montant" in place and "Sens" in place
        self._sides: Callable[[list[str], int], tuple[int, int]] = (
            self._signed if self._has_sense else self._both
        )

    def entry(self, text: str, line: int) -> Entry | None:
        """Return what a line says; None for one that cannot be parted into fields.

        Args:
            text: the line without its end.
            line: its number, from 1.
        """
        if "\u00a0" in text:
            # Programs pad and group with it; it is no value, as a space is none.
            text = text.replace("\u00a0", " ")
        cells = text.split(self.columns.separator)
        if len(cells) != self.columns.width:
            self._uneven(cells, text, line)
            return None
        if text[-1:] == " " or any(edge in text for edge in self._edges):
            if self._has_sense:
                self.report.officially("side", fec_official.side(cells[self._at["Sens"]]))
            cells = [cell.strip(" ") for cell in cells]
        for place, name in self._mandatory:
            if not cells[place]:
                self.report.add("mandatory", f"{name} has no value", line, name)
        days = [self._day(cells[place], name, line) for place, name in self._dates]
        debit, credit = self._sides(cells, line)
        self._amount(cells, "Montantdevise", line)
        for rule, first, second, one, two in self._pairs:
            if bool(cells[first]) != bool(cells[second]):
                full, void = (one, two) if cells[first] else (two, one)
                self._lonely(rule, full, void, cells[first] or cells[second], line)
        at = self._at
        if at["Idevise"] >= 0 and cells[at["Idevise"]]:
            self._currency(cells[at["Idevise"]], line)
        account = cells[at["CompteNum"]] if at["CompteNum"] >= 0 else ""
        if account:
            self._account(account, line)
        told = dict(zip((name for _, name in self._dates), days, strict=True))
        return Entry(
            line,
            cells[at["JournalCode"]] if at["JournalCode"] >= 0 else "",
            cells[at["JournalLib"]] if at["JournalLib"] >= 0 else "",
            cells[at["EcritureNum"]] if at["EcritureNum"] >= 0 else "",
            account,
            debit,
            credit,
            told.get("EcritureDate"),
            told.get("ValidDate"),
        )

    def _uneven(self, cells: list[str], text: str, line: int) -> None:
        if not text.strip():
            self.report.add("empty_line", "the line is empty", line)
            return
        message = f"{len(cells)} fields instead of {self.columns.width}"
        official = "" if self._has_sense and self._refitted(text) else None
        self.report.add("field_count", message, line, official=official)

    def _refitted(self, text: str) -> bool:
        """Whether a line is sound to the official checker, which writes files with Sens anew.

        Empty fields at its end come and go.
        """
        separator = self.columns.separator
        full = [cell.strip(" ") for cell in text.rstrip(f" {separator}").split(separator)]
        needed = (self._at["Sens"], *(place for place, _ in self._mandatory))
        if len(full) > self.columns.width or max(needed) >= len(full):
            return False
        return all(full[i] for i in needed) and full[needed[0]].upper() in facts()["sides"]

    def _both(self, cells: list[str], line: int) -> tuple[int, int]:
        debit = self._amount(cells, "Debit", line)
        credit = self._amount(cells, "Credit", line)
        if debit and credit:
            said = f"{cells[self._at['Debit']]} / {cells[self._at['Credit']]}"
            self.report.add("both_sides", "both Debit and Credit have an amount", line, value=said)
        elif not debit and not credit:
            self.report.add("no_amount", "neither Debit nor Credit has an amount", line)
        return debit, credit

    def _signed(self, cells: list[str], line: int) -> tuple[int, int]:
        amount = self._amount(cells, "Montant", line)
        said = cells[self._at["Sens"]]
        side = facts()["sides"].get(said.upper())
        if side is None:
            self.report.add("side", f"{said!r} is neither D nor C", line, "Sens", said)
        if not amount:
            self.report.add("no_amount", "Montant has no amount", line, "Montant")
        return (0, amount) if side == -1 else (amount, 0)

    def _amount(self, cells: list[str], name: str, line: int) -> int:
        place = self._at[name]
        if place < 0:
            return 0
        text = cells[place]
        known = self._amounts.get(text)
        if known is not None:
            return known
        value, rule, message = amount_of(text)
        if rule:
            self.report.add(rule, message, line, name, text, fec_official.amount(text))
        elif len(self._amounts) < _MOST_REMEMBERED:
            self._amounts[text] = value
        return value

    def _day(self, text: str, name: str, line: int) -> str | None:
        if text in self._days:
            return self._days[text]
        value, rule, message = day_of(text)
        if rule:
            view = fec_official.day(text, name == "EcritureDate")
            self.report.add(rule, f"{name}: {message}", line, name, text, view)
        elif len(self._days) < _MOST_REMEMBERED:
            self._days[text] = value
        return value

    def _account(self, text: str, line: int) -> None:
        if text not in self._accounts:
            rule = wrong_account(text)
            if len(self._accounts) < _MOST_REMEMBERED:
                self._accounts[text] = rule
        else:
            rule = self._accounts[text]
        if rule == "account_number":
            self.report.add(rule, "three digits are expected first", line, "CompteNum", text)
        elif rule:
            message = f"the chart has no account {text[:3]}; charts of some trades have others"
            self.report.add(rule, message, line, "CompteNum", text)

    def _lonely(self, rule: str, full: str, void: str, value: str, line: int) -> None:
        # Zero in place of no foreign amount says nothing.
        if full == "Montantdevise" and not amount_of(value)[0]:
            return
        self.report.add(rule, f"{full} has a value, {void} has none", line, full, value)

    def _currency(self, text: str, line: int) -> None:
        if text not in _currencies():
            self.report.add("currency", f"{text!r} is no currency", line, "Idevise", text)


_NAMED = (
    *("JournalCode", "JournalLib", "EcritureNum", "CompteNum", "Debit", "Credit"),
    *("Montant", "Sens", "Montantdevise", "Idevise"),
)
_PAIRS = (
    ("auxiliary", "CompAuxNum", "CompAuxLib"),
    ("lettering", "EcritureLet", "DateLet"),
    ("foreign_amount", "Montantdevise", "Idevise"),
)


def amount_of(text: str) -> tuple[int, str, str]:
    """Return an amount in `UNIT`s, the rule that its writing breaks (or ""), and why."""
    plain = _PLAIN.match(text)
    if plain:
        value = int(plain[2] + plain[3]) * (UNIT // 100)
        return (-value if plain[1] else value), "", ""
    found = _NUMBER.match(text)
    if found:
        return _value(found[1], found[2], found[3] or ""), "", ""
    if _GROUPED.match(text):
        value = _grouped(text)
        return value, "thousands", "an amount without separators of thousands is expected"
    loose = _LOOSE.match(text)
    if loose and not (loose[1] and loose[3]) and loose[2].count(".") + loose[2].count(",") < 2:
        whole, _, parts = loose[2].replace(",", ".").partition(".")
        value = _value(loose[1] or loose[3], whole or "0", parts)
        return value, "number_format", "a decimal comma, and a sign before, are expected"
    if _POWER.match(text):
        value = int(Decimal(text.replace(",", ".")) * UNIT)
        return value, "number", "a number without an exponent is expected"
    return 0, "number", "a number is expected"


def day_of(text: str) -> tuple[str | None, str, str]:
    """Return a date as AAAAMMJJ, the rule that its writing breaks (or ""), and why."""
    found = _DAY.match(text)
    if found and _exists(*found.groups()):
        return text, "", ""
    for form in _OTHER_DAYS:
        other = form.match(text)
        if other and _exists(other["y"], other["m"], other["d"]):
            day = other["y"] + other["m"] + other["d"]
            return day, "date_format", f"{text!r} must be written {day}"
    return None, "date_calendar", f"{text!r} is no date"


def wrong_account(text: str) -> str | None:
    """Return the rule that an account number breaks, or None."""
    if not re.match(r"\d{3}", text, re.ASCII):
        return "account_number"
    thirds = _roots().get(text[:2])
    if thirds is None or not (thirds == "*" or text[2] == "0" or text[2] in thirds):
        return "account_root"
    return None


def _exists(year: str, month: str, day: str) -> bool:
    try:
        return 1900 <= date(int(year), int(month), int(day)).year < 2100
    except ValueError:
        return False


def _value(sign: str, whole: str, parts: str) -> int:
    value = int(whole) * UNIT + int((parts + "000000")[:6])
    return -value if sign == "-" else value


def _grouped(text: str) -> int:
    whole, _, parts = text.partition(",")
    digits = re.sub(r"\D", "", whole)
    behind = re.sub(r"\D", "", parts)
    return _value("-" if "-" in text else "", digits or "0", behind)


@cache
def _roots() -> dict[str, str]:
    text = (resources.files("socle.checks") / "pcg.toml").read_text("utf-8")
    roots: dict[str, str] = tomllib.loads(text)["roots"]
    return roots


@cache
def _currencies() -> frozenset[str]:
    text = (resources.files("socle.values") / "currencies.toml").read_text("utf-8")
    told = tomllib.loads(text)
    return frozenset(f"{told['active']} {told['former']}".split())
