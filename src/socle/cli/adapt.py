"""`socle adapt`: from a file of labelled rows to an adapted model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from socle.cli.options import console, listener, print_json, takes
from socle.cli.tables import figures, headed, metrics_shown
from socle.errors import UsageError
from socle.events import Listener, duration
from socle.recipe import Recipe, read_recipe

if TYPE_CHECKING:
    from socle.model import AdaptedModel


@dataclass(frozen=True)
class AdaptOptions:
    """What `socle adapt` takes."""

    data: Annotated[
        Path | None,
        typer.Argument(help="File of rows (CSV, JSONL, ...) or sentences (CoNLL, CoNLL-U)."),
    ] = None
    task: Annotated[str | None, typer.Option(help="Task; recognised from the rows.")] = None
    base: Annotated[
        str | None, typer.Option(help="Base: a name of `socle bases list`, a hub id, a folder.")
    ] = None
    strategy: Annotated[
        str | None,
        typer.Option(
            help="auto, head, partial, lora, full, contrastive, zero-shot, few-shot; or a rival: "
            "majority, classical, nearest, scratch, copy, lead."
        ),
    ] = None
    test: Annotated[
        Path | None,
        typer.Option(help="File of test rows; a fifth of DATA is set apart without it."),
    ] = None
    out: Annotated[Path | None, typer.Option(help="Folder of the model.")] = None
    effort: Annotated[str | None, typer.Option(help="quick, normal or thorough.")] = None
    seed: Annotated[int | None, typer.Option(help="Seed of every draw.")] = None
    replay: Annotated[float | None, typer.Option(help="General texts per example, in 0..1.")] = None
    text_column: Annotated[str | None, typer.Option(help="Column of texts.")] = None
    label_column: Annotated[str | None, typer.Option(help="Column of labels.")] = None
    group_column: Annotated[
        str | None, typer.Option(help="Column of groups that no split may tear.")
    ] = None
    data_licence: Annotated[
        str | None, typer.Option(help="Licence of DATA, such as CC-BY-4.0; `own` if it is yours.")
    ] = None
    labels: Annotated[
        str | None,
        typer.Option(help='Instead of DATA: labels to ask for, as in "a,b", or a file of them.'),
    ] = None
    unlabelled: Annotated[
        Path | None, typer.Option(help="With --labels: file of texts like those to come.")
    ] = None
    prompt: Annotated[
        Path | None, typer.Option(help="TOML file of what a language model is told.")
    ] = None
    shots: Annotated[int | None, typer.Option(help="Examples that few-shot shows.")] = None
    recipe: Annotated[Path | None, typer.Option(help="TOML file of settings.")] = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False
    add_label: Annotated[
        Path | None, typer.Option(help="Model that learns the labels of DATA beside its own.")
    ] = None
    old: Annotated[
        Path | None, typer.Option(help="With --add-label: rows that the model learnt from.")
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False


@takes(AdaptOptions)
def adapt(options: AdaptOptions) -> None:
    """Adapt a base to labelled rows, and measure it beside its rivals."""
    _refuse_mixed(options)
    names = ("task", "base", "strategy", "effort", "seed", "replay", "data_licence", "shots")
    columns = ("text_column", "label_column", "group_column")
    recipe = read_recipe(options.recipe) if options.recipe else Recipe()
    recipe = recipe.changed({name: getattr(options, name) for name in (*names, *columns)})
    recipe = recipe.changed({"prompt": str(options.prompt) if options.prompt else None})
    if options.shots is not None and recipe.strategy != "few-shot":
        raise UsageError(
            "--shots goes with --strategy few-shot, which alone shows examples.",
            "Name it, or leave --shots out.",
        )
    named = options.data.name.split(".")[0] if options.data else "zero-shot"
    out = options.out or Path(f"{named}.socle")
    with listener() as listen:
        model = _run(options, recipe, out, listen)
    if options.json:
        print_json(model.report)
    else:
        _show(model.report, out)


def _run(options: AdaptOptions, recipe: Recipe, out: Path, listen: Listener) -> AdaptedModel:
    data, test = options.data, options.test
    if options.labels is not None:
        return _instructed(options.labels, options.unlabelled, recipe, out, listen)
    if options.add_label is None:
        from socle.adapting import adapt as run

        return run(data, test=test, recipe=recipe, out=out, resume=options.resume, listen=listen)
    from socle.extending import extend

    model, old = options.add_label, options.old
    return extend(model, data, old=old, test=test, recipe=recipe, out=out, listen=listen)


def _instructed(
    labels: str, unlabelled: Path | None, recipe: Recipe, out: Path, listen: Listener
) -> AdaptedModel:
    import csv

    from socle.data.reading import read_texts
    from socle.instructing import instruct

    texts = list(read_texts(unlabelled, recipe.text_column)) if unlabelled else []
    given = Path(labels)
    known = len(labels) < 256 and given.is_file()
    names = list(read_texts(given, None)) if known else next(csv.reader([labels]), [])
    return instruct(names, texts=texts, recipe=recipe, out=out, listen=listen)


def _refuse_mixed(options: AdaptOptions) -> None:
    """Refuse options that say nothing together with others, or without them."""
    _refuse_unlabelled(options)
    if options.add_label is None and options.old is not None:
        raise UsageError("--old goes with --add-label.", "Name the model with --add-label MODEL.")
    words = ("task", "base", "strategy", "effort", "replay", "resume")
    given = [f"--{word}" for word in words if getattr(options, word)]
    if options.add_label is not None and given:
        raise UsageError(
            f"{', '.join(given)} cannot go with --add-label: they stay as they are in the model.",
            "Leave them out.",
        )


def _refuse_unlabelled(options: AdaptOptions) -> None:
    """Refuse what does not go with labels by name, or asks for them."""
    if options.labels is None:
        if options.data is None:
            raise UsageError(
                "There is nothing to learn from.",
                'Give a file of labelled rows, or the names of labels: --labels "a,b".',
            )
        if options.unlabelled is not None:
            raise UsageError("--unlabelled goes with --labels.", 'Name the labels: --labels "a,b"')
        return
    words = ("data", "test", "resume", "add_label", "shots")
    given = [
        "DATA" if w == "data" else f"--{w.replace('_', '-')}" for w in words if getattr(options, w)
    ]
    if given:
        raise UsageError(
            f"{', '.join(given)} cannot go with --labels, which learns from no labelled row.",
            "Leave --labels out to learn from rows; their labels are known then.",
        )
    if options.strategy not in (None, "auto", "zero-shot"):
        raise UsageError(
            f"--strategy {options.strategy} needs labelled rows.",
            "With labels by name there is --strategy zero-shot.",
        )


def _show(report: Mapping[str, Any], out: Path) -> None:
    screen = console()
    if not report["candidates"]:
        screen.print(report["verdict"]["text"], markup=False)
        _ending(report, out)
        return
    title = f"{report['n_test']} test examples, {report['n_train']} to learn from"
    table = Table(title=title, title_justify="left")
    for column in ("", "strategy", "base"):
        table.add_column(column)
    rows = [row for row in report["candidates"] if "skipped" not in row]
    names = metrics_shown(rows, next(iter(report["intervals"])))
    for column in (*headed(names), "trained in", "texts/s"):
        table.add_column(column, justify="right")
    for row in rows:
        mark = "→" if row["strategy"] == report["strategy"] else ""
        table.add_row(mark, *_cells(row, names))
    screen.print(table)
    for row in report["candidates"]:
        if "skipped" in row:
            screen.print(f"Not tried: {row['strategy']}: {row['skipped']}", markup=False)
    for row in (report.get("old_labels") or {}).get("labels", ()):
        said = f"F1 {row['before']:.3f} before, {row['after']:.3f} after, {row['support']} rows"
        screen.print(f"Old label {row['label']!r}: {said}", markup=False)
    screen.print(report["verdict"]["text"], markup=False)
    _ending(report, out)


def _ending(report: Mapping[str, Any], out: Path) -> None:
    screen = console()
    screen.print(f"Saved: {out}", markup=False)
    asked = "<e1>one</e1> and <e2>other</e2>" if report["task"] == "relations" else "a text"
    screen.print(f'Ask it: socle predict {out} "{asked}"', markup=False)


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    speed = row["documents_per_second"]
    return [
        row["strategy"],
        row["base"] or "none",
        *figures(row, names),
        duration(row["seconds"]),
        f"{speed:,.0f}" if speed < 1e5 else "-",
    ]
