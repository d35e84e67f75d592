"""Identifiers that prove themselves by check digits: accounts, companies, persons, taxes.

Each function takes a text as printed and returns the identifier in its compact form, or None if
it is none. Formats and check digits are those of `python-stdnum`; nothing is looked up online.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from socle.errors import MissingExtraError

_ITIN = r"9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}"


def iban(text: str) -> str | None:
    """Return an international bank account number: mod 97, and the length of its country."""
    found = _checked("iban", text)
    # The check digits of the national part are an addition that some test data lack.
    return found if found and re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}", found) else None


def bic(text: str) -> str | None:
    """Return a business identifier code of 8 or 11 characters."""
    return _checked("bic", text)


def siren(text: str) -> str | None:
    """Return the nine digits of a French company (Luhn)."""
    return _checked("fr.siren", text)


def siret(text: str) -> str | None:
    """Return the fourteen digits of a French establishment (Luhn; La Poste has its own sum)."""
    return _checked("fr.siret", text)


def french_vat(text: str) -> str | None:
    """Return `FR`, two characters of key and a SIREN; letters in the key are allowed."""
    found = _checked("fr.tva", text)
    return f"FR{found}" if found else None


def vat_id(text: str) -> str | None:
    """Return a VAT number of a member state, of the United Kingdom or of Switzerland."""
    compact = _compact(text)
    if compact.startswith("FR"):
        return french_vat(compact)
    if compact.startswith("GB"):
        found = _checked("gb.vat", compact)
        return f"GB{found}" if found else None
    if compact.startswith("CHE"):
        return _checked("ch.vat", compact) or _checked("ch.uid", compact)
    return _checked("eu.vat", compact)


def nir(text: str) -> str | None:
    """Return the fifteen characters of a French social security number with its key."""
    compact = _compact(text)
    return _checked("fr.nir", compact) if len(compact) == 15 else None


def french_tax_number(text: str) -> str | None:
    """Return the thirteen digits of a French taxpayer: the last three are the rest of the first
    ten divided by 511.
    """
    compact = _compact(text)
    if not re.fullmatch(r"[0-3]\d{12}", compact):
        return None
    return compact if int(compact[:10]) % 511 == int(compact[10:]) else None


def ssn(text: str) -> str | None:
    """Return the nine digits of a US social security number or of an ITIN.

    Source of the groups of an ITIN: IRS, Internal Revenue Manual 3.21.263, since 2015 with 50 to
    65 as well, which `python-stdnum` does not know.
    """
    found = _checked("us.ssn", text)
    if found:
        return found.replace("-", "")
    compact = _compact(text)
    return compact if re.fullmatch(_ITIN, compact) else None


def ein(text: str) -> str | None:
    """Return the nine digits of a US employer, whose first two name an office that gives some."""
    found = _checked("us.ein", text)
    return found.replace("-", "") if found else None


def routing_number(text: str) -> str | None:
    """Return the nine digits of a US bank (weights 3, 7, 1)."""
    return _checked("us.rtn", text)


def siren_of(siret_or_vat: str) -> str | None:
    """Return the SIREN that a SIRET or a French VAT number holds."""
    compact = _compact(siret_or_vat)
    if re.fullmatch(r"\d{14}", compact):
        return compact[:9]
    if re.fullmatch(r"FR[0-9A-Z]{2}\d{9}", compact):
        return compact[4:]
    return None


def _compact(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text).upper()


def _checked(name: str, text: str) -> str | None:
    try:
        module: Any = import_module(f"stdnum.{name}")
        problem: Any = import_module("stdnum.exceptions")
    except ModuleNotFoundError as error:
        raise MissingExtraError("python-stdnum", "documents") from error
    try:
        return str(module.validate(_compact(text)))
    except problem.ValidationError:
        return None
