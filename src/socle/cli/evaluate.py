"""`socle evaluate`: measure a model on labelled rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from socle.cli.options import console, listener, print_json, takes
from socle.cli.tables import SHOWN


@dataclass(frozen=True)
class EvaluateOptions:
    """What `socle evaluate` takes."""

    model: Annotated[Path, typer.Argument(help="Folder of the model.")]
    data: Annotated[Path, typer.Argument(help="File of labelled rows or sentences.")]
    text_column: Annotated[str | None, typer.Option(help="Column of texts.")] = None
    label_column: Annotated[str | None, typer.Option(help="Column of labels.")] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False


@takes(EvaluateOptions)
def evaluate(options: EvaluateOptions) -> None:
    """Measure a model on labelled rows that it never saw."""
    from socle.evaluating import evaluate as run
    from socle.model import load

    with listener() as listen:
        report = run(
            load(options.model, listen),
            options.data,
            text_column=options.text_column,
            label_column=options.label_column,
            listen=listen,
        )
    if options.json:
        kept = ("n", "metrics", "intervals", "labels", "notes")
        facts = report.to_json()
        raw = {"raw": facts["raw"]} if report.raw else {}
        print_json({"model": str(options.model)} | {key: facts[key] for key in kept} | raw)
        return
    screen = console()
    for note in report.notes:
        screen.print(note, markup=False)
    (first, (low, high)), *_ = report.intervals.items()
    others = (name for name in report.metrics if name != first and name in SHOWN)
    told = ", ".join(f"{SHOWN[name]} {report.metrics[name]:.3f}" for name in others)
    screen.print(
        f"{report.n} examples: {SHOWN.get(first, first)} {report.metrics[first]:.3f} "
        f"(95 % interval {low:.3f} to {high:.3f}), {told}; {report.speed:,.0f} texts per second"
    )
    if report.raw:
        told = ", ".join(f"{SHOWN.get(k, k)} {v:.3f}" for k, v in report.raw.items())
        screen.print(f"On raw text (CoNLL 2018): {told}")
    if not report.labels:
        return
    table = Table()
    table.add_column("label")
    for column in ("precision", "recall", "F1", "examples"):
        table.add_column(column, justify="right")
    for row in (one for one in report.labels if one.support or one.precision):
        numbers = (f"{value:.3f}" for value in (row.precision, row.recall, row.f1))
        table.add_row(row.label, *numbers, str(row.support))
    screen.print(table)
