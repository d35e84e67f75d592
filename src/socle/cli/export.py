"""`socle export`: give a model to other tools."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from socle.cli.options import console, print_json, takes


@dataclass(frozen=True)
class ExportOptions:
    """What `socle export` takes."""

    model: Annotated[Path, typer.Argument(help="Folder of the model.")]
    to: Annotated[str, typer.Option(help="huggingface or onnx.")]
    out: Annotated[
        Path | None, typer.Option(help="Where to write; beside the model without it.")
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False


@takes(ExportOptions)
def export(options: ExportOptions) -> None:
    """Write a model so that transformers (and peft), or ONNX Runtime, load it without Socle."""
    from socle.exporting import export as run
    from socle.model import load

    out = options.out or options.model.with_suffix(f".{options.to}")
    written = run(load(options.model), options.to, out)
    if options.json:
        print_json({"model": str(options.model), "to": options.to, "out": str(written)})
    else:
        console().print(f"Written: {written}", markup=False)
