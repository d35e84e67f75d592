"""`socle compare`: which way of learning these rows is worth it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from socle.cli.options import console, listener, print_json, takes
from socle.recipe import Recipe, read_recipe


@dataclass(frozen=True)
class CompareOptions:
    """What `socle compare` takes."""

    data: Annotated[
        Path, typer.Argument(help="File of rows (CSV, JSONL, ...) or sentences (CoNLL, CoNLL-U).")
    ]
    strategies: Annotated[
        str | None,
        typer.Option(help="Names with commas between; all that the time allows without it."),
    ] = None
    bases: Annotated[
        str | None, typer.Option(help="Names, hub ids or folders with commas between.")
    ] = None
    test: Annotated[
        Path | None,
        typer.Option(help="File of test rows; a fifth of DATA is set apart without it."),
    ] = None
    seeds: Annotated[int | None, typer.Option(help="Seeds to fit every candidate with.")] = None
    report: Annotated[
        Path | None, typer.Option(help="HTML page to write; DATA-compared.html without it.")
    ] = None
    out: Annotated[Path | None, typer.Option(help="Save the model to use in this folder.")] = None
    effort: Annotated[str | None, typer.Option(help="quick, normal or thorough.")] = None
    seed: Annotated[int | None, typer.Option(help="Seed of every draw.")] = None
    task: Annotated[str | None, typer.Option(help="Task; recognised from the rows.")] = None
    text_column: Annotated[str | None, typer.Option(help="Column of texts.")] = None
    label_column: Annotated[str | None, typer.Option(help="Column of labels.")] = None
    group_column: Annotated[
        str | None, typer.Option(help="Column of groups that no split may tear.")
    ] = None
    price_per_hour: Annotated[
        float | None, typer.Option(help="What an hour of this machine costs, in euros.")
    ] = None
    data_licence: Annotated[
        str | None, typer.Option(help="Licence of DATA, such as CC-BY-4.0; `own` if it is yours.")
    ] = None
    recipe: Annotated[Path | None, typer.Option(help="TOML file of settings.")] = None
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget what an earlier, equal comparison learnt.")
    ] = False
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False


@takes(CompareOptions)
def compare(options: CompareOptions) -> None:
    """Compare ways of learning the same rows, and say which one to use."""
    from socle.comparing import compare as run
    from socle.comparing import write_page
    from socle.files import refuse_unwritable
    from socle.model import refuse_foreign

    names = ("task", "effort", "seed", "seeds", "text_column", "label_column", "group_column")
    more = ("price_per_hour", "data_licence")
    recipe = read_recipe(options.recipe) if options.recipe else Recipe()
    recipe = recipe.changed({name: getattr(options, name) for name in (*names, *more)})
    page = options.report or Path(options.data.name.split(".")[0] + "-compared.html")
    refuse_unwritable(page)
    if options.out:
        refuse_foreign(options.out)
    with listener() as listen:
        found = run(
            options.data,
            test=options.test,
            strategies=_names(options.strategies),
            bases=_names(options.bases),
            recipe=recipe,
            fresh=options.fresh,
            listen=listen,
        )
    write_page(found, page)
    if options.out:
        found.model().save(options.out)
    if options.json:
        print_json(found.to_json())
        return
    from socle.cli.tables import print_comparison

    print_comparison(found.facts, console())
    console().print(f"Report: {page}", markup=False)
    if options.out:
        console().print(f"Saved: {options.out} ({found.recommended})", markup=False)


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
