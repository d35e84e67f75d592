"""A file of rows becomes a `Table`: the contract of every format in this folder.

To add a format, add a module here that holds `OPTION`, an object with the attributes and the
method of `Format`. `read` finds the format by the file's suffix (after `.gz` and `.zst`).
What several formats need stands here too: the one way in which foreign values become cells.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from socle import plugins
from socle.decoding import refuse_missing
from socle.errors import RowsError, UnreadableError

Cell = str | tuple[str, ...] | None
COMPRESSED = (".gz", ".zst")
FOLDER = "/"
"""The suffix that stands for a folder in `Format.suffixes`."""

_AS_CSV = "Save the sheet as CSV (UTF-8) in your spreadsheet program, and give that file."
_AS_TABLE = "Give a table of rows, such as CSV with the columns text,label."
_HINTS = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), _AS_CSV),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar"), "Unpack it, and give what is inside."),
    **dict.fromkeys((".pdf", ".doc", ".docx", ".odt", ".html", ".png", ".jpg"), _AS_TABLE),
    ".bz2": "Unpack it with bunzip2, and give what comes out.",
    ".xz": "Unpack it with unxz, and give what comes out.",
    ".arrow": "Give the folder that holds it, or save it as Parquet.",
}


@dataclass(frozen=True)
class Table:
    """Rows by column, every cell a text, several texts, or nothing."""

    path: Path
    columns: Mapping[str, Sequence[Cell]]
    """Column name -> one cell per row, in the file's order."""
    lines: Sequence[int]
    """For each row the line of the file on which it begins (from 1), or its number."""
    notes: tuple[str, ...] = ()
    """What the reader found worth saying, such as an encoding that is not UTF-8."""

    def __len__(self) -> int:
        return len(self.lines)


class Format(Protocol):
    """How one kind of file becomes a table."""

    suffixes: tuple[str, ...]
    """Lower-case file suffixes, such as `(".csv",)`; `FOLDER` for a folder."""

    def read(self, path: Path) -> Table:
        """Read the whole file.

        Raises:
            UnreadableError: the file is missing, empty, damaged, or not of this format.
            RowsError: the file is of this format, but its rows do not make a table.
        """
        ...


def read(path: str | Path) -> Table:
    """Read a file of rows (or a folder saved by `datasets`), in the format that its name tells.

    Raises:
        UnreadableError: the file is missing, empty, damaged, or of an unknown format.
        RowsError: it was read, but holds no rows, or rows that do not make a table.
    """
    path = Path(path)
    refuse_missing(path)
    suffix = FOLDER if path.is_dir() else suffix_of(path)
    known = _by_suffix()
    if suffix not in known:
        shown = " ".join(sorted(known.keys() - {FOLDER}))
        raise UnreadableError(
            f"{path} is of an unknown kind: its name "
            + (f"ends in {suffix}." if suffix else "has no ending."),
            _HINTS.get(suffix, f"Give a file that ends in one of {shown} (also .gz or .zst)."),
        )
    table = known[suffix].read(path)
    if not len(table):
        raise RowsError(f"{path} has column names, but no row.", "Give at least a few rows.")
    return table


@cache
def _by_suffix() -> Mapping[str, Format]:
    options: list[Format] = [plugins.load("formats", name) for name in plugins.names("formats")]
    return {suffix: option for option in options for suffix in option.suffixes}


def suffix_of(path: Path) -> str:
    """Return the suffix that tells the format, in lower case: `.csv` for `reviews.CSV.gz`."""
    inner = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    return inner.suffix.lower()


def read_frame(frame: Any, name: str = "data frame") -> Table:
    """Return a frame of pandas, polars, pyarrow or `datasets` as a table; rows count from 1.

    Raises:
        RowsError: it has no rows, or is no frame at all.
    """
    names = getattr(frame, "column_names", None)
    if names is None:
        names = getattr(frame, "columns", None)
    if names is None or not hasattr(frame, "__getitem__"):
        raise RowsError(
            f"A {type(frame).__name__} is not a table of rows.",
            "Give a path, a data frame, or a list of dictionaries.",
        )
    columns = {str(column): cells(_values(frame[column])) for column in names}
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        raise RowsError(f"The {name} has no rows.", "Give at least a few rows.")
    return Table(Path(name), columns, range(1, rows + 1))


def read_records(
    records: Iterable[Mapping[str, Any]], path: Path, lines: Sequence[int] | None = None
) -> Table:
    """Return rows that are dictionaries as a table; a key that a row lacks is an empty cell."""
    rows = list(records)
    names = list(dict.fromkeys(str(key) for row in rows for key in row))
    columns = {name: cells(row.get(name) for row in rows) for name in names}
    return Table(path, columns, range(1, len(rows) + 1) if lines is None else lines)


def _values(column: Any) -> Iterable[Any]:
    for method in ("to_pylist", "tolist", "to_list"):
        if hasattr(column, method):
            found: Iterable[Any] = getattr(column, method)()
            return found
    return list(column)


def cells(values: Iterable[Any]) -> list[Cell]:
    """Return foreign values (numbers, dates, lists, nothing) as cells."""
    return [value if type(value) is str and value.isascii() else _cell(value) for value in values]


def _cell(value: Any) -> Cell:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return tuple(_plain(item) for item in items if item is not None)
    if hasattr(value, "tolist") and not isinstance(value, str):
        return _cell(value.tolist())
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        # A lone surrogate (possible in JSON) can be neither hashed nor tokenised.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 3.0 is how a frame with gaps writes the label 3
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def from_arrow(table: Any, path: Path, features: object = None) -> Table:
    """Return a pyarrow table as ours; class numbers become the names that `features` gives.

    Args:
        table: a `pyarrow.Table`.
        path: the file or folder that it was read from.
        features: column -> feature, as `datasets` describes them, or None.

    Raises:
        pyarrow.ArrowInvalid: the table's buffers contradict each other.
    """
    # A flipped offset in a file would otherwise be followed out of the buffer: a crash.
    table.validate(full=True)
    described = features if isinstance(features, Mapping) else {}
    columns: dict[str, Sequence[Cell]] = {}
    for name in table.column_names:
        values = table.column(name).to_pylist()
        columns[name] = cells(_named(values, described.get(name)))
    return Table(path, columns, range(1, table.num_rows + 1))


def _named(values: list[Any], feature: object) -> Iterable[Any]:
    if isinstance(feature, list) and len(feature) == 1:
        feature = {"feature": feature[0]}
    if not isinstance(feature, Mapping):
        return values
    inner = feature.get("feature")
    if isinstance(inner, Mapping):
        return (v if v is None else list(_named(v, inner)) for v in values)
    names = feature.get("names")
    if not isinstance(names, list):
        return values
    return (names[v] if isinstance(v, int) and 0 <= v < len(names) else v for v in values)
