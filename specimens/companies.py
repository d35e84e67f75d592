"""Invented companies and persons, with numbers whose check digits are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from specimens.writing import Language, read_words

T = TypeVar("T")
COUNTRIES = {
    "USD": "us", "GBP": "gb", "AUD": "au", "CAD": "ca", "MYR": "my", "INR": "my", "CHF": "ch",
}  # fmt: skip


class Dice:
    """Random draws that read well."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[int(self.rng.integers(len(options)))]

    def chance(self, share: float) -> bool:
        """Return True this often."""
        return bool(self.rng.random() < share)

    def integer(self, low: int, high: int) -> int:
        """Return a whole number of this range, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def digits(self, count: int) -> str:
        """Return so many digits, the first of them not zero."""
        return str(self.rng.integers(10 ** (count - 1), 10**count))


@dataclass(frozen=True)
class Party:
    """A seller or a buyer; what it does not have is an empty string."""

    name: str
    lines: tuple[str, ...]
    city: str
    country: str
    siren: str = ""
    siret: str = ""
    vat_id: str = ""
    iban: str = ""
    bic: str = ""
    bank: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    web: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def party(dice: Dice, language: Language, currency: str, person: bool = False) -> Party:
    """Return a company (or a person) of the country that the currency and language suggest."""
    words = read_words("names.toml")[language]
    country = COUNTRIES.get(currency) or {"fr": "fr", "de": "de", "en": "eu"}[language]
    name = _person(dice, words) if person else _company(dice, words)
    lines, city = _address(dice, language, country)
    phone, fax = _phone(dice, country), _phone(dice, country)
    slug = "".join(c for c in _plain(name).lower() if c.isalnum())[:14] or "contact"
    host = f"{slug}.{words['tld']}"
    office = "" if person else dice.pick(["contact", "info", "compta", "office", "hello"])
    mail = f"{office}@{host}" if office else f"{slug}@mail{dice.integer(1, 9)}.example"
    made = Party(name, lines, city, country, phone=phone, fax=fax, email=mail, web=f"www.{host}")
    if person:
        return made
    numbers = _numbers(dice, country)
    bank = dice.pick(words["banks"])
    extra = {"capital": str(dice.integer(1, 90) * 1000), "ape": f"{dice.digits(4)}Z"}
    extra["chief"] = _person(dice, words)
    return Party(
        name, lines, city, country, bank=bank, bic=_bic(dice, country), phone=phone, fax=fax,
        email=mail, web=f"www.{host}", extra=extra, **numbers,
    )  # fmt: skip


def _person(dice: Dice, words: dict[str, Any]) -> str:
    return f"{dice.pick(words['people'])} {dice.pick(words['families'])}"


def _company(dice: Dice, words: dict[str, Any]) -> str:
    kind = dice.integer(0, 5)
    form = dice.pick(words["forms"])
    family = dice.pick(words["families"])
    trade = dice.pick(words["trades"])
    english = words["tld"] == "com"
    if kind == 0:
        name = f"{dice.pick(words['heads'])}{' ' if english else ''}{dice.pick(words['tails'])}"
    elif kind == 1:
        name = f"{family} {trade}" if english else f"{trade} {family}"
    elif kind == 2:
        name = f"{family} & {dice.pick(words['families'])}"
    elif kind == 3:
        name = f"{dice.pick(words['people'])} {family}"
        form = form or dice.pick([f for f in words["forms"] if f])
    elif kind == 4:
        name = f"{dice.pick(words['heads'])} {trade}"
    else:
        link = {"fr": "& Fils", "de": "& Söhne", "com": "& Sons"}[words["tld"]]
        name = f"{family} {link}"
    name = f"{form} {name}" if form in ("SARL", "EURL") and dice.chance(0.4) else f"{name} {form}"
    name = name.strip()
    return name.upper().replace("ß", "SS") if dice.chance(0.2) else name


def _address(dice: Dice, language: Language, country: str) -> tuple[tuple[str, ...], str]:
    names = read_words("names.toml")
    words = names[language]
    street = dice.pick(words["streets"]).format(x=dice.pick(words["street_names"]))
    number = str(dice.integer(1, 220))
    if language == "fr":
        number += dice.pick(["", "", "", "", " bis", ",", " ter"])
    line = f"{street} {number}" if language == "de" else f"{number} {street}"
    if language == "en":
        key = f"cities_{country}" if f"cities_{country}" in words else "cities_gb"
        code, city = dice.pick(words[key])
        place = f"{city}, {code}" if country == "us" else f"{city} {code}"
        place = f"{code} {city}" if country == "my" else place
    else:
        code, city = dice.pick(names["ch" if country == "ch" else language]["cities"])
        mark = {"fr": "F-", "de": "D-", "ch": "CH-"}[country if country == "ch" else language]
        place = f"{mark if dice.chance(0.06) else ''}{code} {city}"
    place = place.upper().replace("ß", "SS") if dice.chance(0.15) else place
    lines = [line, place]
    if dice.chance(0.22):
        lines.insert(dice.integer(0, 1), dice.pick(words["extras"]))
    if dice.chance(0.22):
        home = words.get("country") or words["countries"].get(country, "")
        lines.append("Suisse" if country == "ch" and language == "fr" else home)
        if country == "ch" and language == "de":
            lines[-1] = "Schweiz"
    return tuple(part for part in lines if part), city


def _phone(dice: Dice, country: str) -> str:
    d = dice.digits
    if country == "fr":
        pairs = [d(2) for _ in range(4)]
        mark = dice.pick([" ", ".", " ", "-", ""])
        head = dice.pick(["01", "02", "03", "04", "05", "09", "+33 1", "+33 (0)4"])
        return head + mark + mark.join(pairs)
    if country in ("us", "ca"):
        return dice.pick(["({a}) {b}-{c}", "{a}-{b}-{c}", "+1 {a} {b} {c}", "{a}.{b}.{c}"]).format(
            a=d(3), b=d(3), c=d(4)
        )
    if country == "de":
        return dice.pick(["0{a} / {b}", "+49 {a} {b}", "(0{a}) {b}-0", "0{a}-{b}"]).format(
            a=d(3), b=d(6)
        )
    head = {"gb": "+44 ", "ch": "+41 ", "au": "+61 ", "my": "+60 "}.get(country, "+353 ")
    return dice.pick([head, "0"]) + f"{d(2)} {d(3)} {d(4)}"


def _numbers(dice: Dice, country: str) -> dict[str, str]:
    if country == "fr":
        siren = _luhn(dice.digits(8))
        siret = _luhn(siren + f"{dice.integer(1, 80):05d}"[-4:])
        key = (12 + 3 * (int(siren) % 97)) % 97
        bank, desk, account = dice.digits(5), dice.digits(5), dice.digits(11)
        rib = 97 - (89 * int(bank) + 15 * int(desk) + 3 * int(account)) % 97
        iban = _iban("FR", f"{bank}{desk}{account}{rib:02d}")
        return {"siren": siren, "siret": siret, "vat_id": f"FR{key:02d}{siren}", "iban": iban}
    if country == "de":
        iban = _iban("DE", dice.digits(8) + f"{int(dice.digits(9)):010d}")
        return {"vat_id": "DE" + _mod_11_10(dice.digits(8)), "iban": iban}
    if country in ("gb", "eu"):
        stem = dice.digits(7)
        total = sum(int(c) * w for c, w in zip(stem, range(8, 1, -1), strict=True))
        iban = _iban("GB", f"{dice.pick(['ALBN', 'NWDX', 'HRBX'])}{dice.digits(6)}{dice.digits(8)}")
        return {"vat_id": f"GB{stem}{97 - total % 97 if total % 97 else 97:02d}", "iban": iban}
    if country == "ch":
        iban = _iban("CH", dice.digits(5) + dice.digits(12))
        return {"vat_id": _swiss(dice), "iban": iban}
    return {}


def _swiss(dice: Dice) -> str:
    while True:
        stem = dice.digits(8)
        weights = (5, 4, 3, 2, 7, 6, 5, 4)
        check = -sum(int(c) * w for c, w in zip(stem, weights, strict=True)) % 11
        if check < 10:
            whole = stem + str(check)
            return f"CHE-{whole[:3]}.{whole[3:6]}.{whole[6:]} MWST"


def _luhn(stem: str) -> str:
    """Return digits with the one behind them that makes the sum of Luhn end in zero."""
    total = 0
    for place, char in enumerate(reversed(stem)):
        doubled = int(char) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return stem + str(-total % 10)


def _mod_11_10(stem: str) -> str:
    check = 5
    for char in stem:
        check = (((check or 10) * 2) % 11 + int(char)) % 10
    return stem + str((1 - ((check or 10) * 2) % 11) % 10)


def _iban(country: str, account: str) -> str:
    digits = "".join(str(int(c, 36)) for c in account + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"


def _bic(dice: Dice, country: str) -> str:
    land = {"eu": "IE", "us": "US"}.get(country, country.upper())
    house = dice.pick(["ARMO", "PNTX", "HBKD", "NWTR", "CLSX"])
    return f"{house}{land}{dice.pick(['2A', 'PP', 'FF'])}"


def _plain(text: str) -> str:
    import unicodedata

    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
