"""Files of accounting entries with one cell, one name or one way of writing changed in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import measure  # noqa: F401  (the generators of papers lie beside this folder)

from specimens.accounts import CASH, COLUMNS, Book, book
from specimens.breaches import with_sense

Probe = tuple[str, Book]
_ROW = 10
"""The line that is changed: neither the first of the file nor of its entry."""
_FAR = 100
"""A line beyond the bytes that are looked at for line ends."""
_DAYS = {
    "PieceDate": (
        *("20231301", "20230132", "20230230", "20230431", "00000000", "0", "20230000"),
        *("2023-02-15", "2023--02..15", "15/02/2023", "15022023", "2023/2/5", "19121914"),
        *("18991231", "21000101", "20230215T10:00:00", "20230215 10:00:00", "20230215T10"),
        *("2023021", "abc"),
    ),
    "EcritureDate": ("00000000", "0", "21000101", "20230230", "15/02/2023"),
    "DateLet": ("0",),
    "ValidDate": ("0", "-"),
}
_AMOUNTS = {
    "Debit": (
        *("12.50", "12", "1 234,50", "1.234,50", "1,234,50", "1\u00a0234,50", "1\u202f234,50"),
        *("12,50-", "+12,50", "-12,50", "--5", "- 5,00", "12,5 EUR", "1E3", "(5,00)", ",5", "5,"),
        *("5,123456", "12,50D", "", "0,00", " 12,50 ", "12,50\u00a0", "1'234,50", ".", ","),
    ),
    "Montantdevise": (
        *("12.50", "abc", "1 234,50", "0", "12,50-", "++5", "-5-", "5 -", "- 5", "12,50 -"),
        *("1e3", "1E", "5,0E-2", "--5E3", "1,5,"),
    ),
}
_ACCOUNTS = ("41", "41A000", "411", "411 000", "C11000", "0AB", "41100A")
_SENSES = (
    *(("D", "C"), ("+1", "-1"), ("d", "c"), ("1", "-1"), (" D", " C"), ("D ", "C ")),
    *((" +1 ", " -1 "), ("Debit", "Credit"), ("", "")),
)
_NAMES = (
    *("export.txt", "732829320FEC20241399.txt", "732829320FEC20240231.txt", "FEC20231231.txt"),
    *("732829320FEC19991231.txt", "732829320FEC20231231_v2.txt", "732829320FEC20231231.csv"),
    "732829320fec20231231.txt",
)
_ENCODINGS = (
    *("cp1252", "iso8859-15", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp850"),
    "mac_roman",
)


def probes() -> Iterator[Probe]:
    """Yield each file with the name of what is changed in it."""
    yield from _cells()
    yield from _columns()
    yield from _lines()
    yield from _ends()
    yield from _senses()
    for name in _NAMES:
        yield f"file name {name}", replace(_sound(), name=name)
    for code in _ENCODINGS:
        yield f"encoding {code}", replace(_sound(), encoding=code)


def _sound() -> Book:
    return replace(book(0), encoding="utf-8")


def _cell(column: str, value: str) -> Book:
    made = _sound()
    made.rows[_ROW][column] = value
    return made


def _amount(column: str, value: str) -> Book:
    if column == "Montantdevise":
        made = _cell("Idevise", "USD")
        made.rows[_ROW][column] = value
        return made
    made = _sound()
    next(row for row in made.rows[6:] if row[column] not in ("", "0,00"))[column] = value
    return made


def _cells() -> Iterator[Probe]:
    for column in COLUMNS:
        yield f"empty {column}", _cell(column, "")
    yield "a no-break space as EcritureLib", _cell("EcritureLib", "\u00a0")
    for column, days in _DAYS.items():
        for day in days:
            yield f"{column} {day}", _cell(column, day)
    for column, amounts in _AMOUNTS.items():
        for amount in amounts:
            yield f"{column} {amount!r}", _amount(column, amount)
    for account in _ACCOUNTS:
        yield f"CompteNum {account}", _cell("CompteNum", account)
    for debit in ("", "-5,00"):
        made = _cell("Debit", debit)
        made.rows[_ROW]["Credit"] = "0,00" if debit else ""
        yield f"Debit {debit!r}, no Credit", made
    yield "a tab file with | in a label", replace(_cell("EcritureLib", "a | b"), separator="\t")
    yield "a | file with a tab in a label", replace(_cell("EcritureLib", "a\tb"), separator="|")


def _columns() -> Iterator[Probe]:
    def named(change: Callable[[str], str]) -> Book:
        return replace(_sound(), columns=tuple(map(change, COLUMNS)))

    def wide(*more: str) -> Book:
        return replace(_sound(), columns=(*COLUMNS, *more), keys=(*COLUMNS, *more))

    for column in COLUMNS:
        left = tuple(name for name in COLUMNS if name != column)
        yield f"without column {column}", replace(_sound(), columns=left, keys=left)
    yield "capitals in columns", named(str.upper)
    for word in ("PièceRef", "PiéceRef", "PiêceRef", "PIÈCEREF", "Piece Ref"):
        renamed = tuple(word if name == "PieceRef" else name for name in COLUMNS)
        yield f"column {word}", replace(_sound(), columns=renamed)
    yield "spaces round columns", named(lambda name: f" {name} ")
    spaced = (COLUMNS[0], *(f" {name} " for name in COLUMNS[1:]))
    yield "spaces round columns but the first", replace(_sound(), columns=spaced)
    yield "columns in quotation marks", named(lambda name: f'"{name}"')
    yield "columns in another order", replace(_sound(), columns=COLUMNS[::-1], keys=COLUMNS[::-1])
    for more in (("Analytique",), ("EcritureNum",), ("",), ("", ""), CASH):
        yield f"more columns {more}", wide(*more)
    yield "one separator too many in the header", replace(_sound(), columns=(*COLUMNS, ""))
    yield "a header longer than 4096 bytes", wide("A" * 5000)


def _lines() -> Iterator[Probe]:
    one = _sound()
    sign, end = one.separator, one.end

    def raw(change: Callable[[str], str]) -> Book:
        return replace(one, raw=change)

    def longer(text: str) -> str:
        lines = text.split(end)
        lines[_ROW] += sign
        return end.join(lines)

    yield "one separator too many in one line", raw(longer)
    yield "an empty line at the end", raw(lambda text: text + end)
    yield "no line end at the end", raw(lambda text: text.rstrip("\r\n"))
    yield "a line of separators", raw(lambda text: text + sign * 17 + end)
    yield "a line of spaces", raw(lambda text: f"{text}   {end}")
    yield "a byte of zero in a label", raw(lambda text: text.replace("Pièce", "Pi\0ce", 1))
    yield "no lines", replace(one, rows=[])
    yield "empty fields at the end left out", raw(_cut(one))
    for other in ("\t", "|", ";", ",", "~"):
        made = _sound()
        if other == ",":
            for row in made.rows:
                row |= {name: row[name].replace(",", ".") for name in ("Debit", "Credit")}
                row["Montantdevise"] = row["Montantdevise"].replace(",", ".")
        yield f"separator {other!r}", replace(made, separator=other)


def _cut(made: Book) -> Callable[[str], str]:
    def cut(text: str) -> str:
        first, *lines = text.split(made.end)
        return made.end.join([first, *(line.rstrip(made.separator) for line in lines)])

    return cut


def _ends() -> Iterator[Probe]:
    def joined(end: str, other: str, at: int) -> Book:
        def raw(text: str) -> str:
            lines = text.split(end)
            return end.join(lines[:at]) + other + end.join(lines[at:])

        return replace(_sound(), end=end, raw=raw)

    def last(end: str, other: str) -> Book:
        return replace(_sound(), end=end, raw=lambda text: text.removesuffix(end) + other)

    ends = {"CR LF": "\r\n", "LF": "\n", "CR": "\r"}
    for name, end in ends.items():
        yield f"line ends {name}", replace(_sound(), end=end)
        for word, other in ends.items():
            if other != end:
                yield f"line ends {name}, one {word} near", joined(end, other, 5)
                yield f"line ends {name}, one {word} far down", joined(end, other, _FAR)
                yield f"line ends {name}, {word} behind the first line", joined(end, other, 1)
                yield f"line ends {name}, {word} behind the last line", last(end, other)
                made = _cell("EcritureLib", f"a{other}b")
                yield f"line ends {name}, {word} in a label", replace(made, end=end)


def _senses() -> Iterator[Probe]:
    for debit, credit in _SENSES:
        yield f"Sens {debit!r} {credit!r}", with_sense(_sound(), debit, credit)
    made = with_sense(_sound())
    made.rows[_ROW]["Montant"] = "12.50"
    yield "Montant 12.50", made
    made = with_sense(_sound())
    yield "Sens, empty fields at the end left out", replace(made, raw=_cut(made))
    made = with_sense(_sound())
    made.rows[_ROW]["EcritureLib"] = "a\nb"
    yield "Sens, LF in a label", made
    order = ("Sens", *(name for name in made.columns if name != "Sens"))
    yield "Sens as the first column", replace(with_sense(_sound()), columns=order, keys=order)
