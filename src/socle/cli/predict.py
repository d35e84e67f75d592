"""`socle predict`: ask an adapted model."""

from __future__ import annotations

import json as json_
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from socle.cli.options import console, takes
from socle.errors import UsageError


@dataclass(frozen=True)
class PredictOptions:
    """What `socle predict` takes."""

    model: Annotated[Path, typer.Argument(help="Folder of the model.")]
    texts: Annotated[list[str] | None, typer.Argument(metavar="[TEXT]...", help="Texts.")] = None
    file: Annotated[
        Path | None,
        typer.Option(
            help="File of texts: .txt with one a line, or rows as for adapt; - for stdin."
        ),
    ] = None
    out: Annotated[Path | None, typer.Option(help="Write JSON lines here.")] = None
    text_column: Annotated[str | None, typer.Option(help="Column of texts.")] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False


@takes(PredictOptions)
def predict(options: PredictOptions) -> None:
    """Answer for texts, with calibrated probabilities."""
    from socle.files import write_atomically
    from socle.model import load

    texts = _texts(options)
    model = load(options.model)
    answers = (model.task.answer(text, found) for text, found in model.stream(texts))
    lines = (json_.dumps(answer, ensure_ascii=False) for answer in answers)
    if options.out:
        write_atomically(options.out, (f"{line}\n" for line in lines))
        console().print(f"Written: {options.out}", markup=False)
    elif options.json:
        for line in lines:
            print(line)
    else:
        _show(answers)


def _show(answers: Iterator[dict[str, Any]]) -> None:
    for answer in answers:
        label = answer["label"]
        said = ", ".join(label) or "(none)" if isinstance(label, list) else label
        text = " ".join(answer["text"].split())
        short = text if len(text) <= 80 else text[:79] + "…"
        print(f"{said}\t{answer['probability']:.3f}\t{short}")


def _texts(options: PredictOptions) -> Iterator[str]:
    if options.file is None:
        if not options.texts:
            raise UsageError(
                "There is nothing to answer.",
                'Give texts, as in: socle predict MODEL "a text", or a file with --file.',
            )
        return iter(options.texts)
    if str(options.file) == "-":
        return (line.rstrip("\n") for line in sys.stdin)
    return _read(options.file, options.text_column)


def _read(path: Path, column: str | None) -> Iterator[str]:
    from socle.data.columns import guess_text_column
    from socle.data.reading import read_table, text_in
    from socle.errors import UnreadableError

    if path.suffix.lower() == ".txt":
        try:
            with path.open(encoding="utf-8") as stream:
                for line in stream:
                    yield line.rstrip("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableError(
                f"{path} cannot be read: {error}", "Give a UTF-8 file with one text a line."
            ) from error
        return
    table = read_table(path)
    for cell in table.columns[guess_text_column(table, column)]:
        yield text_in(cell)
