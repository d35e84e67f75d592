"""The PDF417 code on the back of licences and identity cards of the United States and Canada.

Source: AAMVA DL/ID Card Design Standard, annex D: a header with the issuer's number and a
directory of subfiles, then elements of three letters, one a line. Directories are often wrong by
some bytes in the field, so elements are found by their lines and not by their offsets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_HEADER = re.compile(r"@\s*(?:ANSI ?|AAMVA|AAMVA ?)\s?(\d{6})(\d{2})?")
_ELEMENT = re.compile(r"(?:^|[\n\r\x1e\x1c]|(?<=DL)|(?<=ID))(D[A-D][A-Z])([^\n\r\x1e\x1c]*)")
_CANADIAN = re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d", re.IGNORECASE)
"""A postal code of Canada."""
_NOTHING = frozenset({"NONE", "UNAVL", "UNAVAIL", "UNK", "N/A"})


@dataclass(frozen=True)
class Card:
    """What a code says.

    Attributes:
        issuer: its number of six digits.
        kind: `driving_licence` or `identity_card`.
        values: canonical names to values.
        elements: all elements as they stand.
    """

    issuer: str
    kind: str
    values: Mapping[str, str]
    elements: Mapping[str, str]


def parse(content: bytes) -> Card | None:
    """Return what the content of a PDF417 code says, None if it is not of this standard."""
    text = content.decode("latin-1")
    header = _HEADER.search(text[:60])
    if not header:
        return None
    body = text[header.end() :]
    elements: dict[str, str] = {}
    for code, value in _ELEMENT.findall(body):
        elements.setdefault(code, " ".join(value.split()))
    if not elements:
        return None
    identity = re.match(r"\d*?(?:\d\d)?ID\d", body) is not None
    kind = "identity_card" if identity else "driving_licence"
    return Card(header[1], kind, _values(elements), elements)


def _values(elements: Mapping[str, str]) -> dict[str, str]:
    told = _told()

    def first(name: str) -> str:
        found = (elements.get(code, "") for code in told[name])
        return next((one for one in found if one and one.upper() not in _NOTHING), "")

    country = first("country").upper()
    canadian = country == "CAN" or (not country and _CANADIAN.match(first("postal_code")))
    surname, given = _names(first("surname"), first("given_names"), first("full_name"))
    street = " ".join(part for part in (first("street"), first("street_2")) if part)
    town = " ".join(part for part in (first("province"), _postal(first("postal_code"))) if part)
    values = {
        "document_number": re.sub(r"[\s\-]", "", first("document_number")),
        "surname": surname,
        "given_names": " ".join(part for part in (given, first("middle_names")) if part),
        "birth_date": _date(first("birth_date")),
        "expiry_date": _date(first("expiry_date")),
        "issue_date": _date(first("issue_date")),
        "sex": told["sexes"].get(first("sex").upper(), ""),
        "address": ", ".join(part for part in (street, first("city"), town) if part),
        "issuing_state": "CAN" if canadian else "USA",
    }
    return {name: value for name, value in values.items() if value}


def _names(surname: str, given: str, full: str) -> tuple[str, str]:
    """Return surname and given names; early versions put all into one, surname first."""
    if full and not surname:
        parts = [part.strip() for part in re.split(r"[,@$]", full) if part.strip()]
        return parts[0] if parts else "", " ".join(parts[1:])
    return surname.rstrip(","), " ".join(given.replace(",", " ").split())


def _postal(text: str) -> str:
    """Return a postal code without the zeros and spaces that fill it up."""
    text = text.strip()
    if text.isdigit() and len(text) == 9:
        return text[:5] if text.endswith("0000") else f"{text[:5]}-{text[5:]}"
    return text


def _date(text: str) -> str:
    """Return a date of eight digits as ISO 8601: MMDDCCYY (United States), CCYYMMDD (Canada).

    Which of the two it is shows by itself: no month is 19 or 20.
    """
    digits = re.sub(r"\D", "", text)
    if len(digits) != 8:
        return ""
    if digits[:2] in ("19", "20"):
        digits = digits[4:] + digits[:4]
    try:
        return date(int(digits[4:]), int(digits[:2]), int(digits[2:4])).isoformat()
    except ValueError:
        return ""


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("aamva.toml").read_text(encoding="utf-8"))
