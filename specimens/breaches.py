"""Books of accounting entries that break one rule each, named as in `socle/checks/fec.toml`."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from specimens.accounts import COLUMNS, Book, cents

Breach = Callable[[Book, random.Random], Book]

ALSO: dict[str, set[str]] = {
    "entry_balance": {"journal_balance", "file_balance"},
    "file_balance": {"journal_balance", "entry_balance"},
    "number": {"no_amount", "entry_balance", "journal_balance", "file_balance"},
    "field_count": {"entry_balance", "journal_balance", "file_balance"},
    "journal_balance": {"entry_balance"},
}
"""Rules that cannot be broken without breaking these too."""


def _cell(column: str, value: str) -> Breach:
    """Put a value into one line that is neither the first nor the last."""

    def breach(book: Book, draw: random.Random) -> Book:
        book.rows[draw.randrange(6, len(book.rows) - 6)][column] = value
        return book

    return breach


def _filled(column: str, value: Callable[[str], str]) -> Breach:
    """Change one cell that has a value other than zero."""

    def breach(book: Book, draw: random.Random) -> Book:
        fit = [row for row in book.rows[6:] if row[column] not in ("", "0,00")]
        row = draw.choice(fit)
        row[column] = value(row[column])
        return book

    return breach


def _header(change: Callable[[str], str]) -> Breach:
    return lambda book, draw: replace(book, columns=tuple(map(change, book.columns)))


def _moved(book: Book, draw: random.Random) -> Book:
    """Move a cent from one entry of a journal to the next: both are wrong, the journal is not."""
    lines = [row for row in book.rows if row["JournalCode"] == "VE" and row["Debit"] != "0,00"]
    one, two = lines[1], lines[2]
    for row, step in ((one, 1), (two, -1)):
        amount = cents(row["Debit"]) + step
        row["Debit"] = f"{amount // 100},{amount % 100:02d}"
    return book


def _journals(book: Book, draw: random.Random) -> Book:
    """Give one line of an entry to another journal."""
    lines = [row for row in book.rows if row["JournalCode"] == "BQ"]
    lines[1]["JournalCode"], lines[1]["JournalLib"] = "OD", "Opérations diverses"
    return book


def _twice(book: Book, draw: random.Random) -> Book:
    row = next(row for row in book.rows[6:] if row["Debit"] != "0,00")
    amount = cents(row["Debit"]) + 500
    row["Debit"], row["Credit"] = f"{amount // 100},{amount % 100:02d}", "5,00"
    return book


def _void(book: Book, draw: random.Random) -> Book:
    at = draw.randrange(6, len(book.rows) - 1)
    extra = {**book.rows[at], "Debit": "0,00", "Credit": "0,00"}
    book.rows.insert(at, extra)
    return book


def _gap(book: Book, draw: random.Random) -> Book:
    """Leave an entry out of a journal."""
    number = [row["EcritureNum"] for row in book.rows if row["JournalCode"] == "VE"][6]
    book.rows[:] = [row for row in book.rows if row["EcritureNum"] != number]
    return book


def _swapped(book: Book, draw: random.Random) -> Book:
    """Let the numbers of two entries change places."""
    numbers = list(dict.fromkeys(r["EcritureNum"] for r in book.rows if r["JournalCode"] == "AC"))
    other = {numbers[3]: numbers[4], numbers[4]: numbers[3]}
    for row in book.rows:
        row["EcritureNum"] = other.get(row["EcritureNum"], row["EcritureNum"])
    return book


def _last_first(book: Book, draw: random.Random) -> Book:
    opening = [row for row in book.rows if row["JournalCode"] == "AN"]
    others = [row for row in book.rows if row["JournalCode"] != "AN"]
    for row in opening:
        row["ValidDate"] = others[-1]["ValidDate"]
    return replace(book, rows=[*others, *opening])


def _late(book: Book, draw: random.Random) -> Book:
    day = f"{book.year_end + timedelta(draw.randint(1, 40)):%Y%m%d}"
    number = book.rows[-1]["EcritureNum"]
    for row in book.rows:
        if row["EcritureNum"] == number:
            row["EcritureDate"] = row["ValidDate"] = day
    return book


def _early(book: Book, draw: random.Random) -> Book:
    row = book.rows[-1]
    day = book.year_end - timedelta(60)
    number = row["EcritureNum"]
    for row in book.rows:
        if row["EcritureNum"] == number:
            row["EcritureDate"] = f"{book.year_end:%Y%m%d}"
            row["ValidDate"] = f"{book.year_end - timedelta(1):%Y%m%d}"
        elif row["ValidDate"] > f"{day:%Y%m%d}":
            row["EcritureDate"] = row["ValidDate"] = f"{day:%Y%m%d}"
    return book


def _unordered(book: Book, draw: random.Random) -> Book:
    for row in book.rows[:3]:
        row["ValidDate"] = f"{book.year_end:%Y%m%d}"
    return book


def _short(book: Book, draw: random.Random) -> Book:
    line = draw.randrange(8, len(book.rows))

    def cut(text: str) -> str:
        lines = text.split(book.end)
        lines[line] = lines[line].rpartition(book.separator)[0]
        return book.end.join(lines)

    return replace(book, raw=cut)


def _blank(book: Book, draw: random.Random) -> Book:
    line = draw.randrange(8, len(book.rows))

    def add(text: str) -> str:
        lines = text.split(book.end)
        return book.end.join([*lines[:line], "", *lines[line:]])

    return replace(book, raw=add)


def _signed(book: Book, draw: random.Random) -> Book:
    """Write Montant and Sens instead, with a Sens that does not exist."""
    made = with_sense(book)
    next(row for row in made.rows[9:] if row["Sens"] == "D")["Sens"] = "X"
    return made


def with_sense(book: Book, debit: str = "D", credit: str = "C") -> Book:
    """Return a book with Montant and Sens in place of Debit and Credit.

    Args:
        book: its rows get the two as well.
        debit: what Sens says of a debit.
        credit: what it says of a credit.
    """
    for row in book.rows:
        side = "Debit" if row["Debit"] != "0,00" else "Credit"
        row |= {"Montant": row[side], "Sens": debit if side == "Debit" else credit}
    other = {"Debit": "Montant", "Credit": "Sens"}
    columns = tuple(other.get(name, name) for name in COLUMNS)
    return replace(book, columns=columns, keys=columns)


def _dropped(book: Book, draw: random.Random) -> Book:
    left = tuple(name for name in book.columns if name != "EcritureLib")
    return replace(book, columns=left, keys=left)


def _exchanged(book: Book, draw: random.Random) -> Book:
    names = list(book.columns)
    names[8], names[9] = names[9], names[8]
    return replace(book, columns=tuple(names), keys=tuple(names))


def _doubled(book: Book, draw: random.Random) -> Book:
    return replace(book, columns=(*book.columns, "CompteLib"), keys=(*book.keys, "CompteLib"))


def _mixed(book: Book, draw: random.Random) -> Book:
    return replace(book, end="\r\n", raw=lambda text: text.replace("\r\n", "\n", 3))


def _wrong_siren(book: Book, draw: random.Random) -> Book:
    last = (int(book.siren[-1]) + draw.randint(1, 9)) % 10
    return replace(book, siren=f"{book.siren[:-1]}{last}")


def _thousands(book: Book, draw: random.Random) -> Book:
    row = draw.choice([row for row in book.rows[6:] if len(row["Debit"]) > 6])
    row["Debit"] = f"{row['Debit'][:-6]} {row['Debit'][-6:]}"
    return book


BREACHES: dict[str, Breach] = {
    "file_name": lambda book, draw: replace(book, name=f"Export_{book.file_name}"),
    "siren": _wrong_siren,
    "encoding": lambda book, draw: replace(book, encoding="utf-16"),
    "separator": lambda book, draw: replace(book, separator=";"),
    "line_ends": _mixed,
    "column_missing": _dropped,
    "column_name": _header(lambda name: {"EcritureLet": "EcrtureLet"}.get(name, name)),
    "column_case": _header(lambda name: {"Montantdevise": "MontantDevise"}.get(name, name)),
    "column_order": _exchanged,
    "column_twice": _doubled,
    "empty_line": _blank,
    "field_count": _short,
    "mandatory": _cell("EcritureLib", ""),
    "date_calendar": _cell("PieceDate", "20230230"),
    "date_format": _filled("PieceDate", lambda day: f"{day[6:]}/{day[4:6]}/{day[:4]}"),
    "number": _filled("Debit", lambda amount: "douze"),
    "thousands": _thousands,
    "number_format": _filled("Credit", lambda amount: amount.replace(",", ".")),
    "side": _signed,
    "both_sides": _twice,
    "no_amount": _void,
    "account_number": _filled("CompteNum", lambda account: "C" + account[1:]),
    "account_root": _filled("CompteNum", lambda account: "995" + account[3:]),
    "entry_date": _late,
    "valid_date": _early,
    "auxiliary": _filled("CompAuxLib", lambda label: ""),
    "lettering": _filled("DateLet", lambda day: ""),
    "foreign_amount": _filled("Idevise", lambda currency: ""),
    "currency": _filled("Idevise", lambda currency: "US$"),
    "opening_first": _last_first,
    "number_order": _swapped,
    "number_gap": _gap,
    "validation_order": _unordered,
    "entry_balance": _filled("Debit", lambda amount: f"{cents(amount) // 100 + 1},00"),
    "entry_balance_alone": _moved,
    "journal_balance": _journals,
    "file_balance": _filled("Credit", lambda amount: "-" + amount),
}
