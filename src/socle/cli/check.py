"""`socle check`: what is wrong with a file of rows, before anything is trained on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from socle import plugins
from socle.cli.options import console, print_json
from socle.data.columns import Columns, guess_columns
from socle.data.dataset import Dataset
from socle.data.passages import passage
from socle.examples import References, Sentence
from socle.formats import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from socle.data.checking import TokenCounter
    from socle.data.findings import Findings, Rows

_SHOWN = 5
_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def check(
    data: Annotated[Path, typer.Argument(help="A file of labelled texts, sentences or pairs.")],
    test: Annotated[Path | None, typer.Option(help="The file kept for the test.")] = None,
    text_column: Annotated[str | None, typer.Option(help="The column of texts.")] = None,
    label_column: Annotated[str | None, typer.Option(help="The column of labels.")] = None,
    base: Annotated[
        str | None, typer.Option(help="Also look for texts longer than this base reads at once.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look for duplicates, leaks into the test, odd labels and empty rows; each with its lines."""
    from socle.data import checking, checking_pairs, reading

    kind, columns, dataset, kept = _read(reading.read_table(data), test, text_column, label_column)
    first = dataset.examples[0].target if dataset else None
    if isinstance(first, Sentence):
        findings = checking.check_words(dataset, kept)
    else:
        counter, limit = _counter(base) if base else (None, None)
        if isinstance(first, References):
            findings = checking_pairs.check_pairs(dataset, kept, count_tokens=counter, limit=limit)
        else:
            findings = checking.check(
                dataset, kept, columns=columns, count_tokens=counter, limit=limit
            )
    found = {
        "data": str(data),
        "test": str(test) if test else None,
        "task": kind,
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


def _read(
    table: Table, test: Path | None, text: str | None, label: str | None
) -> tuple[str, Columns, Dataset[Any], Dataset[Any] | None]:
    """Return the task that rows look like, their columns, the rows, and those of the test.

    Rows of texts come as they are given, also those without text or label.
    """
    from socle.contest import columns_of_pairs, recognised
    from socle.data import checking_pairs, reading

    name = recognised(table)
    other = reading.read_table(test) if test else None
    if name == "classification":
        columns = guess_columns(table, text, label)
        rows = reading.as_given(table, columns)
        alike = reading.columns_alike(other, columns) if other else columns
        return name, columns, rows, reading.as_given(other, alike) if other else None
    kind = plugins.load("tasks", name)
    columns = kind.columns(table, text, label, None)
    if name == "generation":
        whole = checking_pairs.with_incomplete(table, columns, kind.examples(table, columns))
        if other is None:
            return name, columns, whole, None
        alike = columns_of_pairs(kind, other, columns)
        held = checking_pairs.with_incomplete(other, alike, kind.examples(other, alike))
        return name, columns, whole, held
    parts = [_marked(kind.examples(one, columns)) for one in (table, other) if one]
    return name, columns, parts[0], parts[1] if other else None


def _marked(rows: Dataset[Any]) -> Dataset[Any]:
    """Return rows about two entities with these marked: one text may stand there for many pairs."""
    told = (
        replace(one, text=passage(one.text, one.spans).text) if one.spans else one for one in rows
    )
    return Dataset(tuple(told), rows.name, rows.notes)


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
    from rich.table import Table as Lines

    screen = console()
    tested = f", {findings.n_test} test rows" if found["test"] else ""
    columns, pairs = found["columns"], found["task"] == "generation"
    told = f"{findings.n} rows{tested}" + ("" if pairs else f", {len(findings.labels)} labels")
    names = ("source", "target") if pairs else ("text", "label")
    where = f" ({names[0]} in {columns['text']!r}, {names[1]} in {columns['label']!r})"
    screen.print(escape(f"{found['data']}: {told}{where if columns['label'] else ''}"))
    for note in found["notes"]:
        screen.print(escape(note), style="cyan")
    if not findings.found:
        screen.print("Nothing to report.")
        return
    table = Lines("", "what was found", "rows", "what to do", show_lines=True)
    for one in findings.found:
        severity = f"[{_STYLES[one.severity]}]{one.severity}[/]"
        table.add_row(severity, escape(one.message), escape(_rows(one.rows)), escape(one.hint))
    screen.print(table)


def _rows(rows: tuple[Rows, ...]) -> str:
    shown = [" = ".join(group[:_SHOWN]) for group in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        shown.append(f"and {len(rows) - _SHOWN} more (--json lists all)")
    return "\n".join(shown)
