"""Parties of e-invoices: their addresses, and the registers that their identifiers belong to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from socle.sources.syntaxes import codes
from socle.values import identifiers


@dataclass(frozen=True)
class Given:
    """An identifier as a file gives it: its scheme (ISO 6523), and whether it is the legal one."""

    text: str
    scheme: str
    legal: bool


def address(streets: Sequence[str], postcode: str, city: str, ends: Sequence[str]) -> list[str]:
    """Return the lines of an address; a country alone is none."""
    place = f"{postcode} {city}".strip()
    lines = [*streets, place] if place else [*streets]
    return [line for line in [*lines, *ends] if line] if lines else []


def registrations(given: Sequence[Given], country: str) -> dict[str, str]:
    """Return `siren`, `siret` or `company_number` to the text that gives it.

    French numbers go by their scheme and length, for the scheme of the SIREN is widely used for
    the SIRET too; a SIRET holds the SIREN.
    """
    found: dict[str, str] = {}
    for one in given:
        number = compact("siren", one.text)
        french = one.scheme in codes()["schemes"]["french"] or (
            one.legal
            and country.upper() == "FR"
            and bool(identifiers.siren(number) or identifiers.siret(number))
        )
        if french and re.fullmatch(r"\d{9}|\d{14}", number):
            found.setdefault("siren" if len(number) == 9 else "siret", number)
        elif one.legal:
            found.setdefault("company_number", one.text)
    if "siret" in found:
        found.setdefault("siren", found["siret"][:9])
    return found


def compact(name: str, text: str) -> str:
    """Return an identifier without spaces; company and VAT numbers without marks either."""
    marked = name in ("vat_id", "siren", "siret")
    plain = re.sub(r"\s|(?<=\w)[.\-/](?=\w)" if marked else r"\s", "", text)
    return plain.upper() if name in ("vat_id", "iban") else plain
