"""Amounts of money and other numbers as people print them.

French `1 234,56 €`, English `$1,234.56`, German `1.234,56`, Swiss `1'234.56`; signs before or
behind, parentheses and CR/DR of accountants, currency marks and codes before or behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Decimal = Literal[",", "."]

_SPACES = "\u00a0\u202f\u2009\u2007 "
_MARKS = {"€": "EUR", "£": "GBP", "¥": "JPY", "US$": "USD", "$": "USD", "CHF": "CHF", "Fr.": "CHF"}
_MARKS |= {"CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD"}
_MARKS |= {"S$": "SGD", "R$": "BRL", "Rs": "INR", "Rs.": "INR", "₹": "INR"}
_CODES = (
    *("EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "JPY", "CNY", "SEK", "NOK", "DKK", "PLN"),
    *("CZK", "HUF", "RON", "BGN", "TRY", "INR", "MYR", "SGD", "HKD", "ZAR", "BRL", "MXN", "MAD"),
    *("TND", "XOF", "XAF", "ILS", "KRW", "THB", "IDR", "PHP", "AED", "SAR", "RM", "FF", "DM"),
)
_ALIASES = {"RM": "MYR", "FF": "FRF", "DM": "DEM", "EURO": "EUR", "EUROS": "EUR"}
_MINUS = "-\u2212\u2013\u2014"

_DIGITS = rf"\d{{1,3}}(?:[{_SPACES}.,'’]\d{{3}})+(?:[.,]\d{{1,4}})?|\d+(?:[.,]\d{{1,6}})?"
_BEFORE = (
    r"(?:US|CA|AU|NZ|HK|[ACSR])\$|[€£¥$₹]|(?<![^\W\d_])"
    r"(?:CHF|Fr\.|EUR|USD|GBP|RM|Rs\.?|CAD|AUD|SGD|MYR|INR)"
)
_BEHIND = r"€|£|[$]|EUROS?|" + "|".join(_CODES)
_AMOUNT = re.compile(
    rf"(?P<open>\()?(?:(?P<minus>[{_MINUS}+])\s?)?(?:(?P<before>{_BEFORE})\s?)?"
    rf"(?:(?P<minus2>[{_MINUS}])\s?)?"
    rf"(?(before)|(?<![\w.,]))(?P<digits>{_DIGITS})(?![\d])(?P<dash>,[{_MINUS}]+)?"
    rf"(?:\s?(?P<behind>{_BEHIND}))?(?P<minus3>[{_MINUS}](?!\d))?(?P<close>\))?"
    r"(?:\s?(?P<side>CR|DR|C|D|Cr|Dr))?(?!\w)"
)


@dataclass(frozen=True)
class Amount:
    """A number found in a text.

    Attributes:
        value: signed.
        start, end: characters of the text that hold it.
        currency: its ISO 4217 code where a mark or a code stands beside it.
        decimals: digits behind the decimal mark, as printed.
    """

    value: float
    start: int
    end: int
    currency: str | None = None
    decimals: int = 0


def parse_amount(text: str, decimal: Decimal | None = None) -> float | None:
    """Return the one amount that is the whole text, or None.

    Args:
        text: as printed.
        decimal: the decimal mark of the document, where it is known; else `1.234` and `1,234` are
            taken for thousands, and any other single mark for a decimal one.
    """
    text = text.strip()
    found = _AMOUNT.fullmatch(text)
    return _read(found, decimal).value if found else None


def amounts_in(text: str, decimal: Decimal | None = None) -> list[Amount]:
    """Return the amounts of a text, from left to right; see `parse_amount`."""
    return [_read(found, decimal) for found in _AMOUNT.finditer(text)]


def currency_of(text: str) -> str | None:
    """Return the ISO 4217 code of the currency that a text names first, or None."""
    found = re.search(rf"US\$|[€£¥$]|\b(?:EUROS?|{'|'.join(_CODES)})\b", text)
    return _code(found.group()) if found else None


def decimal_mark(texts: list[str]) -> Decimal | None:
    """Return the decimal mark that most amounts with two decimals use, None if none tells."""
    votes = {",": 0, ".": 0}
    for text in texts:
        for found in re.finditer(r"\d([.,])\d\d(?!\d|[.,]\d)", text):
            votes[found.group(1)] += 1
    if votes[","] == votes["."]:
        return None
    return "," if votes[","] > votes["."] else "."


def _read(found: re.Match[str], decimal: Decimal | None) -> Amount:
    value, decimals = _number(found["digits"], decimal)
    if (
        found["minus"] not in (None, "+")
        or found["minus2"]
        or found["minus3"]
        or (found["open"] and found["close"])
    ):
        value = -value
    if (found["side"] or "").upper() in ("DR", "D"):
        value = -value
    mark = found["before"] or found["behind"]
    start, end = found.span()
    # A bracket without its partner belongs to the text around.
    start += bool(found["open"] and not found["close"])
    end -= bool(found["close"] and not found["open"])
    return Amount(value, start, end, _code(mark) if mark else None, decimals)


def _number(digits: str, decimal: Decimal | None) -> tuple[float, int]:
    plain = re.sub(rf"[{_SPACES}'’]", "", digits)
    marks = [c for c in plain if c in ",."]
    if not marks:
        return float(plain), 0
    last = marks[-1]
    behind = len(plain) - plain.rindex(last) - 1
    if len(set(marks)) == 2:
        is_decimal = True
    elif len(marks) > 1:
        is_decimal = False
    elif decimal:
        is_decimal = last == decimal
    else:
        is_decimal = behind != 3 or plain.startswith("0")
    if not is_decimal:
        return float(re.sub("[.,]", "", plain)), 0
    whole = re.sub("[.,]", "", plain[: plain.rindex(last)])
    return float(f"{whole or 0}.{plain[plain.rindex(last) + 1 :]}"), behind


def _code(mark: str) -> str:
    upper = mark.upper()
    return _MARKS.get(mark) or _ALIASES.get(upper) or upper
