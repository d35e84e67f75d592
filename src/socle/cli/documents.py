"""How readings of documents are shown and written: tables for people, rows for spreadsheets."""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from socle.cli.options import console

_STYLES = {"accept": "bold green", "review": "bold yellow", "reject": "bold red"}
_EVIDENCE = ("confidence", "page", "boxes", "source")
_MOST_ROWS = 20
_PIPED_WIDTH = 120
_KNOWN = ("file", "kind", "status", "pages", "fields", "checks", "notes", "seconds", "error")


def print_reading(told: Mapping[str, Any]) -> None:
    """Print one document: its fields, its tables, what failed, and what to do with it."""
    screen = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    kind = (told["kind"] or "unread").replace("-", " ")
    screen.print(f"\n{told['file']}: {kind}, ", end="", markup=False)
    screen.print(told["status"], style=_STYLES[told["status"]])
    if "error" in told:
        screen.print(f"{told['error']['message']} {told['error']['hint']}", markup=False)
        return
    if told["fields"]:
        screen.print(_fields(told["fields"]))
    for name, rows in told.items():
        if name not in _KNOWN and rows:
            screen.print(_rows(name, rows))
            if len(rows) > _MOST_ROWS:
                screen.print(f"... {len(rows) - _MOST_ROWS} more rows: --json or --out shows all")
    _print_checks(screen, told["checks"])
    for note in told.get("notes", ()):
        screen.print(f"Note: {note}", markup=False, soft_wrap=True)


def _fields(fields: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("field", "value", "sure", "from", "checks"):
        table.add_column(column, justify="right" if column == "sure" else "left")
    for name, found in fields.items():
        page = f", page {found['page']}" if found["page"] else ""
        marks = "".join(_mark(check["passed"]) for check in found["checks"])
        sure = f"{100 * found['confidence']:.1f} %"
        table.add_row(name, _text(found["value"]), sure, found["source"] + page, marks)
    return table


def _rows(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    names = [key for key in dict.fromkeys(k for row in rows for k in row) if key not in _EVIDENCE]
    table = Table(box=None, pad_edge=False, header_style="bold", title=name, title_justify="left")
    for column in names:
        numbers = all(isinstance(row.get(column), int | float | None) for row in rows)
        table.add_column(column, justify="right" if numbers else "left")
    for row in rows[:_MOST_ROWS]:
        table.add_row(*(_text(row.get(column)) for column in names))
    return table


def _print_checks(screen: Console, checks: Sequence[Mapping[str, Any]]) -> None:
    decided = [check for check in checks if check["passed"] is not None]
    if decided:
        screen.print(f"{sum(c['passed'] for c in decided)} of {len(decided)} checks passed")
    for check in checks:
        # One that bears on no field had nothing to be applied to.
        if check["passed"] is False or (check["passed"] is None and check.get("fields")):
            word = "Failed" if check["passed"] is False else "Not proven"
            detail = f": {check['detail']}" if check.get("detail") else ""
            screen.print(f"{word}: {check['name']}{detail}", markup=False, soft_wrap=True)


def print_counts(readings: Sequence[Mapping[str, Any]], out: Path) -> None:
    """Print how many documents of each kind have which status, and which failed."""
    screen = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("kind", "accept", "review", "reject"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    counts = Counter((told["kind"] or "(not read)", told["status"]) for told in readings)
    for kind in sorted({kind for kind, _ in counts}):
        table.add_row(kind, *(str(counts[kind, status]) for status in _STYLES))
    screen.print(table)
    for told in readings:
        if "error" in told:
            error = told["error"]
            screen.print(f"{told['file']}: {error['message']} {error['hint']}", markup=False)
    screen.print(f"Written: {out}", markup=False)


def rows_of_csv(readings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the text of a table with one row for each line of each document.

    The fields of the document stand in every row of it; a document without lines has one row.
    """
    fields = list(dict.fromkeys(name for told in readings for name in told["fields"]))
    cells = list(
        dict.fromkeys(
            key for told in readings for row in told["lines"] for key in row if key not in _EVIDENCE
        )
    )
    heads = ["file", "kind", "status", "error", *fields, *(f"line_{name}" for name in cells)]
    yield _csv(heads)
    for told in readings:
        error = told.get("error", {}).get("message", "")
        values = [told["fields"].get(name, {}).get("value") for name in fields]
        for row in told["lines"] or [{}]:
            own = [row.get(name) for name in cells]
            yield _csv([told["file"], told["kind"], told["status"], error, *values, *own])


def _csv(cells: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula: the document chose what stands there.

    Source: OWASP, CSV Injection.
    """
    text = _plain(cell)
    dangerous = isinstance(cell, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if dangerous else text


def _text(value: Any) -> Text:
    """Return a cell as it is: neither markup nor what steers a terminal comes out of a document."""
    return Text("".join(c if c.isprintable() else " " for c in _plain(value)))


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(_plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(own)}" for key, own in value.items())
    return str(value)


def _mark(passed: bool | None) -> str:
    return {True: "✓", False: "✗", None: "?"}[passed]
