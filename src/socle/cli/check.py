"""`socle check`: what is wrong with a file of labelled texts, before anything is trained on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from socle.cli.options import console, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from socle.data.checking import TokenCounter
    from socle.data.findings import Findings, Rows

_SHOWN = 5
_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def check(
    data: Annotated[Path, typer.Argument(help="A file of labelled texts, or a folder of one.")],
    test: Annotated[Path | None, typer.Option(help="The file kept for the test.")] = None,
    text_column: Annotated[str | None, typer.Option(help="The column of texts.")] = None,
    label_column: Annotated[str | None, typer.Option(help="The column of labels.")] = None,
    base: Annotated[
        str | None, typer.Option(help="Also look for texts longer than this base reads at once.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look for duplicates, leaks into the test, odd labels and empty rows; each with its lines."""
    from socle.data import checking, reading

    table, columns = reading.read_rows(data, text_column, label_column)
    dataset, kept = reading.as_given(table, columns), None
    if test is not None:
        other = reading.read_table(test)
        kept = reading.as_given(other, reading.columns_alike(other, columns))
    counter, limit = _counter(base) if base else (None, None)
    findings = checking.check(dataset, kept, columns=columns, count_tokens=counter, limit=limit)
    found = {
        "data": str(data),
        "test": str(test) if test else None,
        "columns": {"text": columns.text, "label": columns.label},
        **findings.to_json(),
        "notes": [*dataset.notes, *(kept.notes if kept else ())],
    }
    if as_json:
        print_json(found)
    else:
        _show(found, findings)
    if findings.failed:
        raise typer.Exit(1)


def _counter(name: str) -> tuple[TokenCounter, int]:
    """Return what counts a text's tokens, and how many the base reads at once."""
    import numpy as np

    from socle.bases import finding, loading

    located = finding.find(name)
    tokenizer = loading.load_tokenizer(located.folder)

    def count(texts: Sequence[str]) -> NDArray[np.int64]:
        whole = [located.base.prefix + text for text in texts]
        encoded = tokenizer.encode_batch_fast(whole, add_special_tokens=False)
        return np.array([len(encoding.ids) for encoding in encoded], dtype=np.int64)

    return count, max(0, located.base.context - tokenizer.num_special_tokens_to_add(False))


def _show(found: Mapping[str, Any], findings: Findings) -> None:
    from rich.markup import escape
    from rich.table import Table

    screen = console()
    tested = f", {findings.n_test} test rows" if found["test"] else ""
    columns = found["columns"]
    screen.print(
        escape(
            f"{found['data']}: {findings.n} rows{tested}, {len(findings.labels)} labels "
            f"(text in {columns['text']!r}, label in {columns['label']!r})"
        ),
    )
    for note in found["notes"]:
        screen.print(escape(note), style="cyan")
    if not findings.found:
        screen.print("Nothing to report.")
        return
    table = Table("", "what was found", "rows", "what to do", show_lines=True)
    for one in findings.found:
        severity = f"[{_STYLES[one.severity]}]{one.severity}[/]"
        table.add_row(severity, escape(one.message), escape(_rows(one.rows)), escape(one.hint))
    screen.print(table)


def _rows(rows: tuple[Rows, ...]) -> str:
    shown = [" = ".join(group[:_SHOWN]) for group in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        shown.append(f"and {len(rows) - _SHOWN} more (--json lists all)")
    return "\n".join(shown)
