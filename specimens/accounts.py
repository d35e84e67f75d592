"""Files of accounting entries (FEC) with exact truth, sound or with one rule broken.

    python -m specimens.accounts FOLDER     one sound file and one for each rule

The companies are invented. A book that is broken breaks the rule that it is named after and no
other, but for those in `ALSO`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

COLUMNS = (
    *("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib"),
    *("CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit"),
    *("EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise"),
)
CASH = ("DateRglt", "ModeRglt", "NatOp", "IdClient")
Row = dict[str, str]

_SALES = (("707000", "Ventes de marchandises"), ("706100", "Prestations de services"))
_COSTS = (
    ("606300", "Petit équipement"),
    ("613200", "Locations immobilières"),
    ("622600", "Honoraires"),
    ("626000", "Frais postaux"),
)


@dataclass(frozen=True)
class Book:
    """A year of entries, and how it is written to a file.

    Attributes:
        rows: lines, by column.
        columns: names as written in the first line; `keys` names the cells below them.
        raw: what is done to the text of the file, as the last step.
    """

    siren: str
    year_end: date
    rows: list[Row]
    columns: tuple[str, ...] = COLUMNS
    keys: tuple[str, ...] = COLUMNS
    separator: str = "\t"
    encoding: str = "utf-8"
    end: str = "\r\n"
    name: str = ""
    raw: Callable[[str], str] = field(default=lambda text: text)

    @property
    def file_name(self) -> str:
        """The name that the order asks for, unless another was given."""
        return self.name or f"{self.siren}FEC{self.year_end:%Y%m%d}.txt"

    def write(self, folder: Path) -> Path:
        """Write the file into a folder; return where."""
        lines = [self.separator.join(self.columns)]
        lines += [self.separator.join(row.get(key, "") for key in self.keys) for row in self.rows]
        text = self.raw(self.end.join(lines) + self.end)
        path = folder / self.file_name
        path.write_bytes(text.encode(self.encoding))
        return path

    def truth(self) -> dict[str, object]:
        """Return what a reader must find."""
        debit = sum(cents(row.get("Debit", "0")) for row in self.rows)
        credit = sum(cents(row.get("Credit", "0")) for row in self.rows)
        return {
            "siren": self.siren,
            "year_end": self.year_end.isoformat(),
            "entries": len({(row["JournalCode"], row["EcritureNum"]) for row in self.rows}),
            "lines_count": len(self.rows),
            "total_debit": debit / 100,
            "total_credit": credit / 100,
        }


def book(seed: int, entries: int = 60, cash: bool = False) -> Book:
    """Return a sound book: opening entries, sales, purchases and payments, all balanced."""
    draw = random.Random(seed)
    year = draw.randint(2015, 2025)
    end = draw.choice([date(year, 12, 31), date(year, 6, 30), date(year, 9, 30)])
    rows = list(lines_of(draw, end, entries))
    made = Book(siren(draw), end, rows)
    made = replace(
        made,
        separator=draw.choice("\t|"),
        encoding=draw.choice(["utf-8", "iso8859-15", "utf-8-sig"]),
        end=draw.choice(["\r\n", "\n", "\r"]),
    )
    if cash:
        for row in rows:
            row |= {
                "DateRglt": row["EcritureDate"],
                "ModeRglt": "Virement",
                "NatOp": "",
                "IdClient": "",
            }
        made = replace(made, columns=COLUMNS + CASH, keys=COLUMNS + CASH)
    return made


def lines_of(draw: random.Random, end: date, entries: int) -> Iterator[Row]:
    """Yield the lines of a year, in order; they need no more memory than one entry."""
    start = date(end.year - 1, end.month, 28) + timedelta(4)
    start = start.replace(day=1)
    days = (end - start).days
    yield from _opening(draw, start, end)
    numbers = {"VE": 0, "AC": 0, "BQ": 0}
    for i in range(entries):
        day = start + timedelta(days * i // max(entries - 1, 1))
        journal = draw.choice(list(numbers))
        numbers[journal] += 1
        yield from _entry(draw, journal, numbers[journal], day)


def siren(draw: random.Random) -> str:
    """Return an invented SIREN with a right check digit."""
    digits = [draw.randint(1, 9) for _ in range(8)]
    doubled = [sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)


def cents(amount: str) -> int:
    """Return an amount such as `-12,50` in cents."""
    return round(100 * float(amount.replace(",", ".") or 0))


def _opening(draw: random.Random, start: date, end: date) -> Iterator[Row]:
    bank, capital = draw.randint(100_000, 9_000_000), draw.randint(1_000, 90_000)
    day = f"{start:%Y%m%d}"
    for account, label, debit, credit in (
        ("512000", "Banque", bank, 0),
        ("101000", "Capital", 0, capital),
        ("110000", "Report à nouveau", 0, bank - capital),
    ):
        yield _row("AN", "À nouveaux", "AN1", day, account, label, debit, credit) | {
            "PieceRef": "AN", "EcritureLib": "Reprise des soldes"
        }  # fmt: skip


def _entry(draw: random.Random, journal: str, number: int, day: date) -> Iterator[Row]:
    net = draw.randint(1_000, 900_000)
    tax = round(net * 0.2)
    when = f"{day:%Y%m%d}"
    third = draw.randint(1, 40)
    sides: list[tuple[str, str, int, int]]
    if journal == "VE":
        name = "Ventes"
        account, label = draw.choice(_SALES)
        sides = [("411000", "Clients", net + tax, 0), (account, label, 0, net)]
        sides += [("445710", "TVA collectée", 0, tax)]
    elif journal == "AC":
        name = "Achats"
        account, label = draw.choice(_COSTS)
        sides = [(account, label, net, 0), ("445660", "TVA déductible", tax, 0)]
        sides += [("401000", "Fournisseurs", 0, net + tax)]
    else:
        name = "Banque"
        sides = [("512000", "Banque", net, 0), ("411000", "Clients", 0, net)]
    piece = f"{journal}-{number:05d}"
    for account, label, debit, credit in sides:
        row = _row(journal, name, f"{journal}{number:06d}", when, account, label, debit, credit)
        row |= {"PieceRef": piece, "EcritureLib": f"Pièce {piece} réglée à échéance"}
        if account in ("411000", "401000"):
            row |= {"CompAuxNum": f"T{third:03d}", "CompAuxLib": f"Tiers imaginé n° {third}"}
            if journal == "BQ":
                row |= {"EcritureLet": "AA", "DateLet": when}
            elif third % 9 == 0:
                row |= {"Montantdevise": _comma(debit + credit), "Idevise": "USD"}
        yield row


def _row(
    journal: str,
    name: str,
    number: str,
    day: str,
    account: str,
    label: str,
    debit: int,
    credit: int,
) -> Row:
    return {
        **dict.fromkeys(COLUMNS, ""),
        "JournalCode": journal,
        "JournalLib": name,
        "EcritureNum": number,
        "EcritureDate": day,
        "PieceDate": day,
        "ValidDate": day,
        "CompteNum": account,
        "CompteLib": label,
        "Debit": _comma(debit),
        "Credit": _comma(credit),
    }


def _comma(amount: int) -> str:
    return f"{amount // 100},{amount % 100:02d}"


if __name__ == "__main__":
    from specimens.breaches import BREACHES

    target = Path(sys.argv[1])
    for rule, breach in {"sound": lambda made, draw: made, **BREACHES}.items():
        (target / rule).mkdir(parents=True, exist_ok=True)
        breach(book(0), random.Random(0)).write(target / rule)
