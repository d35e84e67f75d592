"""`socle predict`: ask an adapted model."""

from __future__ import annotations

import json as json_
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from socle.cli.options import console, listener, takes
from socle.errors import UsageError
from socle.events import Finished, Listener, Started, Stepped

_EVERY = 100


@dataclass(frozen=True)
class PredictOptions:
    """What `socle predict` takes."""

    model: Annotated[Path, typer.Argument(help="Folder of the model.")]
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="Texts.")] = None
    file: Annotated[
        Path | None,
        typer.Option(
            help="File of texts: .txt with one a line, or rows as for adapt; - for stdin."
        ),
    ] = None
    out: Annotated[Path | None, typer.Option(help="Write JSON lines here.")] = None
    text_column: Annotated[str | None, typer.Option(help="Column of texts.")] = None
    abstain_below: Annotated[
        float | None, typer.Option(min=0, max=1, help="Least probability for an answer.")
    ] = None
    precision: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Answer only where this share of answers is right."),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False


@takes(PredictOptions)
def predict(options: PredictOptions) -> None:
    """Answer for texts, with calibrated probabilities."""
    from socle.files import write_atomically
    from socle.model import load

    texts = _texts(options)
    if options.abstain_below is not None and options.precision is not None:
        raise UsageError(
            "Both --abstain-below and --precision say when to abstain.", "Give one of them."
        )
    model = load(options.model)
    least = options.abstain_below or 0.0
    if options.precision is not None:
        least = model.threshold_for(options.precision)
        console().print(f"Abstains below a probability of {least:.3f}")
    told = model.stream(texts, abstain_below=least)
    answers = (model.task.answer(text, found) for text, found in told)
    lines = (json_.dumps(answer, ensure_ascii=False) for answer in answers)
    if options.out:
        with listener() as listen:
            counted = _counted(lines, listen)
            write_atomically(options.out, (f"{line}\n" for line in counted))
        console().print(f"Written: {options.out}", markup=False)
    elif options.json:
        for line in lines:
            print(line)
    else:
        _show(answers)


def _show(answers: Iterator[dict[str, Any]]) -> None:
    for answer in answers:
        label = answer["label"]
        said = ", ".join(label) or "(none)" if isinstance(label, list) else label or "(abstains)"
        text = " ".join(answer["text"].split())
        short = text if len(text) <= 80 else text[:79] + "…"
        print(f"{said}\t{answer['probability']:.3f}\t{short}")


def _counted(lines: Iterator[str], listen: Listener) -> Iterator[str]:
    listen(Started("Answering", None))
    done = 0
    for done, line in enumerate(lines, start=1):
        yield line
        if done % _EVERY == 0:
            listen(Stepped("Answering", done))
    listen(Finished("Answering", 0.0))


def _texts(options: PredictOptions) -> Iterator[str]:
    if options.file is None:
        if not options.texts:
            raise UsageError(
                "There is nothing to answer.",
                'Give texts, as in: socle predict MODEL "a text", or a file with --file.',
            )
        return iter(options.texts)
    from socle.data.reading import lines_of, read_texts

    if str(options.file) == "-":
        return lines_of(sys.stdin.buffer, "Standard input")
    return read_texts(options.file, options.text_column)
