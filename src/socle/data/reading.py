"""From what a user gives (a path, a data frame, a list of dictionaries) to rows and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from socle import formats
from socle.data.columns import Columns, guess_columns, guess_text_column
from socle.data.dataset import Dataset
from socle.data.passages import marked, place_in
from socle.decoding import refuse_missing
from socle.errors import RowsError, UnreadableError
from socle.examples import Example
from socle.formats import Cell, Table

Target = str | tuple[str, ...]


def read_rows(
    source: Any, text: str | None = None, label: str | None = None, group: str | None = None
) -> tuple[Table, Columns]:
    """Return the rows of a source, and which columns play a part.

    Args:
        source: a path, a data frame (pandas, polars, pyarrow, `datasets`), a list of
            dictionaries, or a table.
        text: name of the column of texts; guessed if None.
        label: name of the column of labels; guessed if None.
        group: name of the column of groups, if any.

    Raises:
        UnreadableError: a file is missing, empty, damaged, or of an unknown format.
        RowsError: there are no rows, or the columns are unknown or unclear.
    """
    table = read_table(source)
    return table, guess_columns(table, text, label, group)


def read_table(source: Any) -> Table:
    """Return the rows of a source, without a look at what the columns mean.

    Raises:
        UnreadableError: a file is missing, empty, damaged, or of an unknown format.
        RowsError: there are no rows, or the source is not one of rows.
    """
    if isinstance(source, Table):
        return source
    if isinstance(source, str | Path):
        return formats.read(source)
    if isinstance(source, list | tuple):
        if not source or not all(isinstance(row, Mapping) for row in source):
            found = "an empty list" if not source else "a list that holds no dictionaries"
            raise RowsError(
                f"The data is {found}.",
                'Give rows such as [{"text": "...", "label": "..."}], a path, or a data frame.',
            )
        return formats.read_records(source, Path("rows"))
    return formats.read_frame(source)


def read_texts(path: Path, column: str | None = None) -> Iterator[str]:
    """Yield the texts of a file: the lines of a .txt, else the rows of its column of texts.

    Raises:
        UnreadableError: the file is missing, damaged, of an unknown format, or a .txt that is not
            UTF-8.
        RowsError: the column is unknown or unclear.
    """
    if path.suffix.lower() != ".txt":
        table = read_table(path)
        texts = map(text_in, table.columns[guess_text_column(table, column)])
        yield from _with_marks(table, texts) if {"e1", "e2"} <= table.columns.keys() else texts
        return
    refuse_missing(path)
    try:
        with path.open("rb") as stream:
            yield from lines_of(stream, str(path))
    except OSError as error:
        raise UnreadableError(
            f"{path} cannot be read: {error}", "Give a file with one text a line."
        ) from error


def _with_marks(table: Table, texts: Iterable[str]) -> Iterator[str]:
    """Yield texts with the two entities marked that their rows name."""
    for text, *cells in zip(texts, table.columns["e1"], table.columns["e2"], strict=True):
        yield marked(text, [place_in(f"e{i}", cell) for i, cell in enumerate(cells, start=1)])


def lines_of(stream: Iterable[bytes], name: str) -> Iterator[str]:
    """Yield the lines of a UTF-8 stream, without a mark at its start.

    Raises:
        UnreadableError: a line is not UTF-8; `name` says of what.
    """
    for number, line in enumerate(stream, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UnreadableError(
                f"{name} cannot be read: line {number} is not UTF-8.",
                "Give UTF-8 with one text a line; `iconv` changes the encoding of a file.",
            ) from error


def targets_of(cells: Sequence[Cell]) -> list[Target]:
    """Return what the cells of a label column say: a label per row, or several per row.

    One cell that holds a list, or labels separated by a bar, makes all of them several: sorted,
    each once. A cell without any is `""`, or `()` for several.
    """
    if not any(isinstance(cell, tuple) or (cell is not None and "|" in cell) for cell in cells):
        return [(cell or "").strip() if not isinstance(cell, tuple) else "" for cell in cells]
    found: list[Target] = []
    for cell in cells:
        parts = cell if isinstance(cell, tuple) else (cell or "").split("|")
        found.append(tuple(sorted({part.strip() for part in parts if part.strip()})))
    return found


def as_given(table: Table, columns: Columns) -> Dataset[Target]:
    """Return every row as an example, also those without text or label: for checking, not training.

    A row's origin is the name of its file and the line on which it begins, `reviews.csv:41`.
    """
    texts = [text_in(cell) for cell in table.columns[columns.text]]
    targets = targets_of(table.columns[columns.label])
    groups = table.columns[columns.group] if columns.group else [None] * len(table)
    rows = zip(texts, targets, groups, table.lines, strict=True)
    examples = tuple(
        Example[Target](text, target, f"{table.path.name}:{line}", text_in(group) or None)
        for text, target, group, line in rows
    )
    return Dataset(examples, table.path.name, table.notes)


def text_in(cell: Cell) -> str:
    """Return the text of a cell, without blanks around it; several texts are joined by spaces."""
    return "" if cell is None else (cell if isinstance(cell, str) else " ".join(cell)).strip()


def columns_alike(table: Table, columns: Columns) -> Columns:
    """Return the columns of another table: those of the same names, else guessed anew.

    Raises:
        RowsError: the names are missing and the guess would be a gamble.
    """
    text, label = (
        name if name in table.columns else None for name in (columns.text, columns.label)
    )
    group = columns.group if columns.group in table.columns else None
    return guess_columns(table, text, label, group)
