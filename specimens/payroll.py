"""Invented pay slips with exact truth: French ones in many layouts, US stubs and UK slips.

    python -m specimens.payroll FOLDER COUNT [FIRST]

A layout follows from its number: columns, wordings, writing of amounts and dates, what is boxed.
Layouts from `HELD` on use wordings that no other layout has. Sums of money are right to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from specimens.companies import Dice, party
from specimens.layouts import Layout
from specimens.pen import families
from specimens.saving import save_all
from specimens.writing import read_words

HELD = 3000
"""Layouts from here on are for figures only."""
CEILINGS = {2019: 3377, 2020: 3428, 2021: 3428, 2022: 3428, 2023: 3666, 2024: 3864, 2025: 3925}
"""Monthly ceiling of French social security, in euros."""


@dataclass
class Slip:
    """One slip in the making: its layout, what it says, and the truth of what was printed.

    Attributes:
        lines: as printed, with `section` and `part` (`earning`, `deduction`, `extra`, `tax`).
        sums: gross, contributions, net ... in currency units.
        year: sums of the year so far.
    """

    layout: Layout
    language: str
    country: str
    heads: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)
    year: dict[str, float] = field(default_factory=dict)
    truth: dict[str, Any] = field(default_factory=dict)
    pdf: bytes = b""

    def word(self, name: str) -> str:
        """Return this layout's wording."""
        told = read_words("payroll.toml")[self.language]
        kind = "held" if self.layout.number >= HELD else "known"
        return str(self.layout.choose(name, told[kind][name]))

    def facts(self) -> dict[str, Any]:
        """Return what slips of this language are made of."""
        found: dict[str, Any] = read_words("payroll.toml")[self.language]
        return found

    @property
    def family(self) -> str:
        """The family of type."""
        return self.layout.choose("family", families())


def make(number: int, seed: int | None = None) -> Slip:
    """Return a slip in the layout of a number, drawn, with its truth."""
    from specimens import payroll_english, payroll_french

    rng = np.random.default_rng([11, number if seed is None else seed])
    dice = Dice(rng)
    layout = Layout(number)
    country = layout.choose("country", ["fr", "fr", "fr", "us", "gb"])
    slip = Slip(layout, "fr" if country == "fr" else "en", country)
    _heads(slip, dice)
    if country == "fr":
        french(slip, dice)
        payroll_french.draw(slip)
    else:
        english(slip, dice)
        payroll_english.draw(slip)
    return slip


def _heads(slip: Slip, dice: Dice) -> None:
    language = "fr" if slip.language == "fr" else "en"
    currency = {"fr": "EUR", "us": "USD", "gb": "GBP"}[slip.country]
    firm = party(dice, language, currency)  # type: ignore[arg-type]
    person = party(dice, language, currency, person=True)  # type: ignore[arg-type]
    month = dice.integer(1, 12)
    start = date(dice.integer(2019, 2025), month, 1)
    end = (start + timedelta(31)).replace(day=1) - timedelta(1)
    if slip.country == "us" and slip.layout.chance("half", 0.5):
        end = start + timedelta(14)
    paid = end + timedelta(dice.pick([0, 0, 1, 3, 5]))
    slip.heads = {"firm": firm, "person": person, "start": start, "end": end, "paid": paid}
    slip.heads["nir"] = _nir(dice)


def _nir(dice: Dice) -> str:
    stem = f"{dice.pick(['1', '2'])}{dice.integer(60, 99):02d}{dice.integer(1, 12):02d}"
    stem += f"{dice.integer(1, 19):02d}{dice.integer(1, 990):03d}{dice.integer(1, 990):03d}"
    return f"{stem}{97 - int(stem) % 97:02d}"


def french(slip: Slip, dice: Dice) -> None:
    """Fill a slip with lines and sums of a French month."""
    year = slip.heads["start"].year
    base = dice.integer(170_000, 480_000) / 100
    hourly = round(base / 151.67, 4)
    base = round(hourly * 151.67, 2)
    lines = [_line("Salaire de base", "earning", 151.67, hourly, base)]
    facts = slip.facts()
    for label in facts["earnings"]:
        if dice.chance(0.3):
            if "%" in label:
                hours, price = float(dice.integer(1, 12)), round(hourly * 1.25, 4)
                lines.append(_line(label, "earning", hours, price, round(hours * price, 2)))
            else:
                lines.append(_line(label, "earning", None, None, dice.integer(2000, 40000) / 100))
    gross = round(sum(line["employee_amount"] for line in lines), 2)
    bases = {"gross": gross, "t1": min(gross, CEILINGS[year]), "csg": round(gross * 0.9825, 2)}
    held = free = 0.0
    for section, label, kind, rate, employer in facts["contributions"]:
        if kind == "flat":
            mine = dice.integer(1500, 4500) / 100
            line = _line(label, "deduction", None, None, mine)
            line |= {"employer_amount": round(mine * 1.5, 2), "section": section}
            lines.append(line)
            held += mine
            continue
        part = round(bases[kind] * rate / 100, 2)
        theirs = round(bases[kind] * employer / 100, 2)
        line = _line(label, "deduction", bases[kind], rate or None, part or None)
        line |= {"employer_rate": employer or None, "employer_amount": theirs or None}
        lines.append({**line, "section": section})
        held += part
        free += part if "non d" in label else 0.0
    held = round(held, 2)
    before = round(gross - held, 2)
    for label, sign in facts["extras"]:
        if dice.chance(0.25):
            amount = dice.integer(1500, 12000) / 100
            line = _line(label, "extra", None, None, amount)
            lines.append({**line, "sign": sign})
            before = round(before + sign * amount, 2)
    taxable = round(gross - held + free, 2)
    rate = dice.pick([0.0, 1.3, 2.9, 3.5, 5.3, 7.5, 9.9, 11.9])
    tax = round(taxable * rate / 100, 2)
    slip.lines = lines
    slip.sums = {
        "gross": gross, "contributions": held, "net_before_tax": before, "net_taxable": taxable,
        "income_tax": tax, "tax_rate": rate, "net_paid": round(before - tax, 2),
        "net_social": round(gross - held, 2),
    }  # fmt: skip
    months = slip.heads["start"].month
    for name in ("gross", "net_taxable", "income_tax"):
        slip.year[name] = round(slip.sums[name] * months, 2)


def english(slip: Slip, dice: Dice) -> None:
    """Fill a slip with lines and sums of a US or a UK period."""
    facts = slip.facts()
    rate = dice.integer(1500, 6000) / 100
    hours = float(dice.pick([80, 86.67, 72.5, 160, 151.25]))
    lines = [_line("Regular" if slip.country == "us" else "Basic Pay", "earning", hours, rate,
                   round(hours * rate, 2))]  # fmt: skip
    for label, factor in facts["more"]:
        if dice.chance(0.35):
            if factor:
                more, price = float(dice.integer(2, 16)), round(rate * factor, 2)
                lines.append(_line(label, "earning", more, price, round(more * price, 2)))
            else:
                lines.append(_line(label, "earning", None, None, dice.integer(5000, 90000) / 100))
    gross = round(sum(line["employee_amount"] for line in lines), 2)
    tax = round(gross * dice.integer(8, 20) / 100, 2)
    name = slip.word("us_tax" if slip.country == "us" else "uk_tax")
    lines.append(_line(name, "tax", None, None, tax))
    held = tax
    for label, share in facts[{"us": "us", "gb": "uk"}[slip.country]]:
        if share > 5 or dice.chance(0.7):
            amount = round(gross * share / 100, 2)
            lines.append(_line(label, "deduction", None, None, amount))
            held += amount
    months = slip.heads["start"].month
    for line in lines:
        line["to_date"] = round(line["employee_amount"] * months, 2)
    slip.lines = lines
    slip.sums = {"gross": gross, "contributions": round(held, 2), "income_tax": tax,
                 "net_taxable": gross, "net_paid": round(gross - held, 2)}  # fmt: skip
    slip.year = {key: round(value * months, 2) for key, value in slip.sums.items()}


def _line(
    label: str, part: str, base: float | None, rate: float | None, amount: float | None
) -> dict[str, Any]:
    return {"label": label, "part": part, "base": base, "rate": rate, "employee_amount": amount}


if __name__ == "__main__":
    save_all(make, "slip")
