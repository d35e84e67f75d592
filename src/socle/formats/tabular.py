"""Rows of cells with a separator between them: CSV and TSV.

The separator and the use of quotes are read off the file: several readings are tried, and the
one in which the most rows have as many cells as the header is kept.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from socle.decoding import some_lines, text_of
from socle.errors import RowsError, UnreadableError
from socle.formats import Table, cells, suffix_of

_SEPARATORS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLE = 1 << 18
_MOST_RAGGED = 0.05
_WORDS_IN_DATA = 4
_LOOKED_AT = 2000


@dataclass(frozen=True)
class _Reading:
    """One way of reading the file: rows with the lines on which they begin."""

    separator: str
    rows: list[list[str]]
    lines: list[int]
    open_quote: int | None = None
    """Line of a quote that is never closed."""
    sloppy: int | None = None
    """Line of the row in which a quote stands where none should."""

    @property
    def fitting(self) -> float:
        """Share of the rows that have as many cells as the header."""
        width = len(self.rows[0])
        return sum(len(row) == width for row in self.rows) / len(self.rows)


class Tabular:
    """The option: `.csv`, `.tsv` and `.tab`."""

    suffixes = (".csv", ".tsv", ".tab")

    def read(self, path: Path) -> Table:
        """Read the whole file; its first row names the columns.

        Raises:
            UnreadableError: the file is missing, empty, damaged, or not text.
            RowsError: too many rows have not as many cells as the header.
        """
        text, notes = text_of(path)
        first = "\t" if suffix_of(path) != ".csv" else ","
        with _long_fields():
            separator = _separator(text, first)
            reading = _best(text, separator)
        if reading.open_quote is not None:
            raise UnreadableError(
                f"{path}: the quote opened on line {reading.open_quote} is never closed.",
                'Close it, or double quotes inside a quoted cell (""); was the file cut?',
            )
        found = list(notes)
        if separator != first and len(reading.rows[0]) > 1:
            found.append(f"{path.name}: cells are separated by {_NAMES[separator]}")
        if reading.sloppy is not None:
            found.append(
                f"{path.name}: quotes are not well formed (first on line {reading.sloppy}); rows "
                "may have been joined there"
            )
        return _table(path, reading, found)


@contextmanager
def _long_fields() -> Iterator[None]:
    # The limit belongs to the whole process: it is put back as it was.
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _separator(text: str, first: str) -> str:
    sample = text[:_SAMPLE]
    if len(sample) < len(text) and "\n" in sample:
        sample = sample[: sample.rindex("\n") + 1]
    best, most = first, 0.0
    for separator in (first, *(s for s in _SEPARATORS if s != first)):
        reading = _best(sample, separator)
        if len(reading.rows[0]) > 1 and reading.fitting > most:
            best, most = separator, reading.fitting
    return best


def _best(text: str, separator: str) -> _Reading:
    """Return the reading with quotes if they are well formed, else the one that fits best."""
    strict = _parsed(text, separator, strict=True)
    well_formed = strict.open_quote is None and strict.sloppy is None
    joined = any("\n" in cell for row in strict.rows for cell in row)
    if well_formed and not (joined and separator == "\t"):
        return strict
    plain = _parsed(text, separator, quoted=False)
    if well_formed:
        # Tabs come from programs that quote nothing: a stray quote can meet another one lines
        # later and swallow the rows between. If every line by itself is a row, it is one.
        swallowed = plain.fitting == 1 and len(plain.rows[0]) > 1
        return plain if swallowed else strict
    # Python's reader does not say that a file ends inside quotes unless it is strict: so a mark
    # is put at the end, which is a row of its own only outside of them.
    lenient = _parsed(text + "\nend", separator)
    closed = lenient.rows[-1] == ["end"]
    lenient = replace(
        lenient,
        rows=lenient.rows[:-1] if closed else lenient.rows,
        lines=lenient.lines[:-1] if closed else lenient.lines,
        open_quote=None if closed else lenient.lines[-1],
        sloppy=strict.sloppy,
    )
    if not closed and plain.fitting > 1 - _MOST_RAGGED:
        return plain
    return plain if not lenient.rows or plain.fitting >= lenient.fitting else lenient


def _parsed(text: str, separator: str, *, quoted: bool = True, strict: bool = False) -> _Reading:
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        strict=strict,
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    begins = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(begins)
            begins = reader.line_num + 1
    except csv.Error as error:
        cut = "unexpected end" in str(error)
        where = (begins, None) if cut else (None, begins)
        return _Reading(separator, rows or [[""]], lines or [1], *where)
    return _Reading(separator, rows or [[""]], lines or [1])


def _table(path: Path, reading: _Reading, notes: list[str]) -> Table:
    header, rows, lines = _names(reading.rows[0]), reading.rows[1:], reading.lines[1:]
    if _is_data(reading.rows[0], rows):
        header = _names([""] * len(header))
        rows, lines = reading.rows, reading.lines
        notes.append(
            f"{path.name}: line {lines[0]} looks like a row, not like column names; the columns "
            f"are called {' and '.join(repr(name) for name in (header[0], header[-1]))}"
        )
    kept: list[tuple[int, list[str]]] = []
    ragged: list[tuple[int, list[str]]] = []
    for i, row in enumerate(rows):
        if len(row) > len(header) and not any(cell.strip() for cell in row[len(header) :]):
            row = row[: len(header)]
        (kept if len(row) == len(header) else ragged).append((lines[i], row))
    if ragged:
        where = some_lines([line for line, _ in ragged])
        if len(ragged) > _MOST_RAGGED * len(rows):
            raise RowsError(
                f"{path}: {len(ragged)} of {len(rows)} rows have not {len(header)} cells as the "
                f"header has ({where}).",
                "Put quotes around cells that hold the separator "
                f"({_NAMES[reading.separator]} here), or save the file as JSON lines.",
            )
        notes.append(
            f"{path.name}: {len(ragged)} rows that have not {len(header)} cells were left out "
            f"({where})"
        )
    columns = {name: cells(row[i] for _, row in kept) for i, name in enumerate(header)}
    return Table(path, columns, [line for line, _ in kept], tuple(notes))


def _names(header: list[str]) -> list[str]:
    """Return column names that are all filled and all different."""
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        name = plain = cell.strip() or f"column {number}"
        again = 1
        while name in names:
            again += 1
            name = f"{plain} ({again})"
        names.append(name)
    return names


def _is_data(header: list[str], rows: list[list[str]]) -> bool:
    """Whether the first row is one of the data: it has a long text, and a label of other rows."""
    fitting = [row for row in rows[:_LOOKED_AT] if len(row) == len(header) and row != header]
    if not fitting:
        return False
    columns = list(zip(*fitting, strict=True))
    widths = [sum(map(len, column)) for column in columns]
    longest = widths.index(max(widths))
    if len(header[longest].split()) < _WORDS_IN_DATA:
        return False
    if len(header) == 1:
        return len(header[0].split()) >= 2 * _WORDS_IN_DATA
    others = [i for i in range(len(header)) if i != longest]
    return any(
        header[i].strip() in columns[i] or (_number(header[i]) and all(map(_number, columns[i])))
        for i in others
        if header[i].strip()
    )


def _number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


OPTION = Tabular()
