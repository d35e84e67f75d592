"""How amounts, numbers, dates and labels are written on a page."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from specimens.layouts import Layout

Language = Literal["fr", "en", "de"]
CENT = Decimal("0.01")
_HOLES = re.compile(r"({[a-z]+})")
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF", "CAD": "CA$", "AUD": "A$"}
_SYMBOLS |= {"MYR": "RM", "INR": "Rs."}
_DATES: dict[str, tuple[str, ...]] = {
    "fr": (*["{d:02}/{m:02}/{y}"] * 5, "{d:02}.{m:02}.{y}", "{d:02}-{m:02}-{y}", "{d} {month} {y}",
           "{d:02}/{m:02}/{yy:02}", "{y}-{m:02}-{d:02}", "{d} {short} {y}", "{d:02} {month} {y}"),
    "de": (*["{d:02}.{m:02}.{y}"] * 5, "{d}.{m}.{y}", "{d}. {month} {y}", "{d:02}.{m:02}.{yy:02}",
           "{y}-{m:02}-{d:02}", "{d:02}. {month} {y}", "{d:02}/{m:02}/{y}"),
    "en": ("{d:02}/{m:02}/{y}", "{d} {month} {y}", "{d:02} {short} {y}", "{d:02}-{short}-{y}",
           "{y}-{m:02}-{d:02}", "{d:02}.{m:02}.{y}", "{d:02}-{m:02}-{y}", "{d:02}/{m:02}/{yy:02}",
           "{month} {d}, {y}", "{short}-{d:02}-{y}"),
    "us": ("{m:02}/{d:02}/{y}", "{m}/{d}/{y}", "{month} {d}, {y}", "{short} {d}, {y}",
           "{y}-{m:02}-{d:02}", "{m:02}/{d:02}/{yy:02}", "{d} {month} {y}", "{m:02}-{d:02}-{y}"),
}  # fmt: skip


def read_words(name: str) -> dict[str, Any]:
    """Return a file of words that stands beside this module."""
    return _read(name)


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Hand:
    """The writing of one document: fixed by its layout, its language and its currency."""

    layout: Layout
    language: Language
    currency: str

    def label(self, name: str) -> str:
        """Return the wording for a name, without a colon; see `wordings.toml`."""
        options = read_words("wordings.toml")[self.language][name]
        text = str(self.layout.choose(f"label.{self.language}.{name}", options))
        if self.layout.chance("label.upper", 0.15):
            return "".join(
                part if part.startswith("{") else part.upper() for part in _HOLES.split(text)
            )
        return text

    def any_of(self, name: str) -> list[str]:
        """Return all wordings for a name."""
        return [str(text) for text in read_words("wordings.toml")[self.language][name]]

    def colon(self, label: str) -> str:
        """Return a label as this layout ends it."""
        mark = self.layout.choose("label.mark", [":", ":", " :", " :", "", "", "."])
        if label[-1:] in ".#°:":
            return label
        return label + mark

    def date(self, day: date) -> str:
        """Return a date as this layout writes it."""
        kind = "us" if self.currency == "USD" else self.language
        form = self.layout.choose(f"date.{kind}", _DATES[kind])
        months = read_words("wordings.toml")[self.language]
        if self.language == "fr" and day.day == 1 and form.startswith("{d} "):
            form = form.replace("{d} ", "1er ")
        return form.format(
            d=day.day,
            m=day.month,
            y=day.year,
            yy=day.year % 100,
            month=months["months"][day.month - 1],
            short=months["short_months"][day.month - 1],
        )

    def number(self, value: Decimal, least: int = 0) -> str:
        """Return a number without a currency, with at least so many decimals."""
        mark, group = self._marks()
        digits = max(least, -int(value.normalize().as_tuple().exponent))
        text = f"{abs(value):,.{digits}f}".replace(",", "\0").replace(".", mark)
        text = text.replace("\0", group)
        return self._signed(text) if value < 0 else text

    def amount(self, value: Decimal, place: str = "total") -> str:
        """Return an amount of money; `place` says whether it stands in a cell or in a total."""
        text = self.number(value, 2)
        forms = ["after", "after", "none", "code_after", "tight", "none"]
        if self.currency in ("USD", "GBP", "CAD", "AUD", "MYR", "INR"):
            forms = ["before", "before", "none", "code_after", "before", "code_before"]
        elif self.currency == "CHF":
            forms = ["code_before", "none", "code_after", "none"]
        elif self.language == "en":
            forms = ["before", "after", "none", "code_after", "before"]
        form = self.layout.choose(f"amount.{place}.{self._land()}", forms)
        sign = _SYMBOLS[self.currency]
        return {
            "after": f"{text} {sign}",
            "tight": f"{text}{sign}",
            "before": f"{sign}{text}" if text[0] != "-" else f"-{sign}{text[1:]}",
            "code_after": f"{text} {self.currency}",
            "code_before": f"{self.currency} {text}",
            "none": text,
        }[form]

    def rate(self, value: Decimal, place: str = "total") -> str:
        """Return a rate in per cent."""
        mark, _ = self._marks()
        least = self.layout.choose(f"rate.digits.{place}", [0, 0, 1, 2, 2])
        digits = max(least, -int(value.normalize().as_tuple().exponent))
        text = f"{value:.{digits}f}".replace(".", mark)
        return text + self.layout.choose(f"rate.sign.{place}", ["%", " %", "%"])

    def says_currency(self, place: str) -> bool:
        """Return whether amounts at a place name their currency."""
        return self.amount(Decimal("1.00"), place) != self.number(Decimal("1.00"), 2)

    def _land(self) -> str:
        if self.currency in ("USD", "GBP", "CAD", "AUD", "MYR", "INR"):
            return "anglo"
        return "swiss" if self.currency == "CHF" else self.language

    def _marks(self) -> tuple[str, str]:
        options = {
            "fr": [(",", " "), (",", " "), (",", "\xa0"), (",", ""), (",", "."), (".", " ")],
            "de": [(",", "."), (",", "."), (",", "."), (",", ""), (",", " ")],
            "en": [(".", ","), (".", ","), (".", ","), (".", "")],
            "anglo": [(".", ","), (".", ","), (".", ","), (".", "")],
            "swiss": [(".", "'"), (".", "'"), (".", "’"), (".", " "), (".", "")],
        }
        return self.layout.choose(f"marks.{self._land()}", options[self._land()])

    def _signed(self, text: str) -> str:
        form = self.layout.choose("minus", ["-{}", "-{}", "-{}", "{}-", "({})", "- {}"])
        if form == "({})" and self.language != "en":
            form = "-{}"
        return form.format(text)


def cents(value: Decimal) -> Decimal:
    """Return an amount rounded to cents, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)
