"""Words of names and addresses: legal forms, streets, postcodes with towns, countries."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_TOWN = r"(?P<city>[^\W\d_][^\d,;|•●·]{1,40}?)"
_END = r"\s*(?:$|[,;|•●·(]|\s[-–]\s|\s\d)"
_POSTCODES = tuple(
    re.compile(form)
    for form in (
        # Great Britain, behind the town or alone.
        rf"(?:{_TOWN}[\s,]+)?(?P<code>\b[A-Z]{{1,2}}\d[A-Z\d]?\s?\d[A-Z]{{2}})\b",
        # United States, Australia: town, state and number.
        rf"{_TOWN}[\s,]+(?:[A-Z]{{2,3}})[\s.]+(?P<code>\d{{5}}(?:-\d{{4}})?|\d{{4}})\b",
        # Canada.
        rf"(?:{_TOWN}[\s,]+)?(?:[A-Z]{{2}}\s+)?(?P<code>\b[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b",
        # Ireland.
        rf"(?:{_TOWN}[\s,]+)?(?P<code>\b[A-Z]\d[\dW]\s[A-Z0-9]{{4}})\b",
        # Netherlands.
        rf"(?<!\d)(?P<code>\d{{4}}\s?[A-Z]{{2}})\s+{_TOWN}{_END}",
        # The number before the town, with the country's sign or without.
        rf"(?<![\w.,/\-])(?:(?:[A-Z]{{1,3}})\s?-?\s?)?(?P<code>\d{{4,6}})\s+{_TOWN}{_END}",
    )
)
_PO_BOX = re.compile(r"(?i)\b(b\.?p\.?|p\.?\s?o\.?\s?box|cs|postfach)\s?\d+")


@dataclass(frozen=True)
class Town:
    """A postcode with its town."""

    postcode: str
    city: str


@cache
def _words() -> Mapping[str, Any]:
    with Path(__file__).with_name("parties.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _forms() -> frozenset[str]:
    return frozenset(_words()["forms"])


@cache
def _streets() -> tuple[frozenset[str], tuple[str, ...]]:
    words = _words()["streets"]
    whole = frozenset(word.lstrip("*") for word in words)
    return whole, tuple(word[1:] for word in words if word.startswith("*"))


@cache
def _countries() -> Mapping[str, str]:
    return {name: code for code, names in _words()["countries"].items() for name in names}


def town_in(text: str) -> Town | None:
    """Return the postcode and the town that a line holds, or None."""
    for form in _POSTCODES:
        found = form.search(text)
        if found:
            city = (found.group("city") or "").strip(" ,.-")
            return Town(" ".join(found.group("code").split()), city)
    return None


def has_form(text: str) -> bool:
    """Return whether a text names the legal form or trade of a company."""
    return any(word.strip(",;()").casefold() in _forms() for word in text.split())


def has_street(text: str) -> bool:
    """Return whether a text holds a word of streets."""
    whole, ends = _streets()
    for word in text.split():
        said = word.strip(",;()").casefold()
        if said in whole or (len(said) > 5 and said.endswith(ends)):
            return True
    return bool(_PO_BOX.search(text))


def country_in(text: str) -> str | None:
    """Return the ISO 3166-1 code of a country that is the whole of a text, or its last words."""
    said = text.casefold().strip(" .,;()")
    if said in _countries():
        return _countries()[said]
    parts = [part.strip() for part in re.split(r"[,;•●·|–-]|\s{2,}", said)]
    return _countries().get(parts[-1]) if parts else None
