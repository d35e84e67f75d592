"""JSON lines, one object per line, and JSON files that hold one list of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from socle.decoding import text_of
from socle.errors import UnreadableError
from socle.formats import Table, read_records

_BLANKS = re.compile(r"\s*")


class Json:
    """The option: `.jsonl`, `.ndjson` and `.json`."""

    suffixes = (".jsonl", ".ndjson", ".json")

    def read(self, path: Path) -> Table:
        """Read the whole file; the keys of the objects are the columns.

        Raises:
            UnreadableError: the file is missing, empty, damaged, or a line is not an object.
        """
        text, notes = text_of(path)
        found = list(_items(text, path) if text.lstrip().startswith("[") else _lines(text, path))
        table = read_records((row for _, row in found), path, [line for line, _ in found])
        return Table(table.path, table.columns, table.lines, notes)


def _lines(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    # Not splitlines(): a JSON string may hold U+2028 and other characters that it splits at.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, _object(json.loads(line), number, path)
            except (ValueError, RecursionError) as error:
                raise _unreadable(path, number, error) from error


def _items(text: str, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    decoder, line, counted = json.JSONDecoder(), 1, 0
    position = _after_blanks(text, text.index("[") + 1)
    while text[position : position + 1] != "]":
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise _unreadable(path, line, error) from error
        yield line, _object(value, line, path)
        position = _after_blanks(text, end)
        if text[position : position + 1] == ",":
            position = _after_blanks(text, position + 1)
        elif text[position : position + 1] != "]":
            raise _unreadable(path, line, ValueError("the list is not closed"))


def _after_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def _object(value: Any, line: int, path: Path) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise UnreadableError(
        f"{path}, line {line}: a {type(value).__name__} stands where an object is expected.",
        'Write each row as an object, such as {"text": "...", "label": "..."}.',
    )


def _unreadable(path: Path, line: int, error: Exception) -> UnreadableError:
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return UnreadableError(
        f"{path}, line {line} is not JSON: {reason}",
        "Each line must be one complete object; was the file cut, or is it of another kind?",
    )


OPTION = Json()
