"""`socle predict`: ask one adapted model, or several at once."""

from __future__ import annotations

import json as json_
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from socle.cli.options import console, listener, takes
from socle.errors import InputError, UsageError
from socle.events import Finished, Listener, Started, Stepped

if TYPE_CHECKING:
    from socle.metrics.spans import Scheme
    from socle.model import AdaptedModel
    from socle.predicting import Answered

_EVERY = 100


@dataclass(frozen=True)
class PredictOptions:
    """What `socle predict` takes."""

    model: Annotated[Path, typer.Argument(help="Folder of the model.")]
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Further models, then texts.")
    ] = None
    file: Annotated[
        Path | None,
        typer.Option(
            help="File of texts: .txt with one a line, or rows as for adapt; - for stdin."
        ),
    ] = None
    out: Annotated[Path | None, typer.Option(help="Write the answers here.")] = None
    format: Annotated[
        str | None,
        typer.Option(help="jsonl, conllu, conll, displacy, docbin or brat; jsonl by default."),
    ] = None
    scheme: Annotated[
        str, typer.Option(help="Tags that conll writes: bio, iob1, bioes or bilou.")
    ] = "bio"
    svg: Annotated[
        Path | None, typer.Option(help="Draw the trees into this folder, one SVG a sentence.")
    ] = None
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
    """Answer texts: labels, tags, entities, trees, relations, or texts that are written."""
    from socle.model import load

    paths, given = _parted(options)
    texts = _texts(options, given)
    if options.abstain_below is not None and options.precision is not None:
        raise UsageError(
            "Both --abstain-below and --precision say when to abstain.", "Give one of them."
        )
    with listener() as listen:
        models = {name: load(path, listen) for name, path in zip(_names(paths), paths, strict=True)}
    _refuse_unfit(options, models)
    if options.file and len(models) == 1:
        texts = _placed(options.file, texts, *models.values())
    if len(models) == 1 and not options.format and not options.svg:
        ((_, model),) = models.items()
        _one(options, model, texts)
        return
    if options.abstain_below is not None or options.precision is not None:
        raise UsageError(
            "Abstaining is for one model that prints JSON or lines.",
            "Leave --abstain-below and --precision out, or ask one model.",
        )
    from socle.predicting import predict_together

    with listener() as listen:
        _several(options, predict_together(models, texts, listen), listen)


def _one(options: PredictOptions, model: AdaptedModel, texts: Iterator[str]) -> None:
    from socle.cli.words import shown
    from socle.files import write_atomically

    least = options.abstain_below or 0.0
    if options.precision is not None:
        least = model.threshold_for(options.precision)
        console().print(f"Abstains below a probability of {least:.3f}")
    told = model.stream(texts, abstain_below=least)
    if model.task.family == "words" and not options.json and not options.out:
        for text, found in told:
            print(shown(text, found.target or ()))
        return
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
    elif model.task.family == "generated":
        _show_written(answers)
    else:
        _show(answers)


def _several(options: PredictOptions, told: Iterable[Answered], listen: Listener) -> None:
    from socle.cli.words import documents, drawn, shown_together
    from socle.writers import load as writer_of

    if options.svg:
        told = drawn(told, options.svg)
    name = options.format or ("jsonl" if options.json or options.out else None)
    given = partial(documents, whole=name == "jsonl", scheme=_scheme(options.scheme))
    if name is None:
        for one in told:
            print(shown_together(one))
    elif options.out:
        written = writer_of(name).save(given(_counted(told, listen)), options.out)
        shown = ", ".join(str(path) for path in written[:3]) + (" ..." if written[3:] else "")
        console().print(f"Written: {shown}", markup=False)
    else:
        for piece in writer_of(name).stream(given(told)):
            sys.stdout.write(piece)
    if options.svg:
        console().print(f"Drawn: {options.svg}", markup=False)


def _scheme(name: str) -> Scheme:
    from socle.metrics.spans import SCHEMES

    found = next((scheme for scheme in SCHEMES if scheme == name), None)
    if found is None:
        raise UsageError(
            f"There is no scheme of tags called {name!r}.", f"Choose among: {', '.join(SCHEMES)}"
        )
    return found


def _refuse_unfit(options: PredictOptions, models: Mapping[str, AdaptedModel]) -> None:
    """Refuse options that say nothing to these models."""
    if options.svg and all(model.task.name != "parsing" for model in models.values()):
        raise UsageError(
            "--svg draws trees, and none of these models finds any.",
            "Ask a model of the task parsing as well, or leave --svg out.",
        )
    if options.precision is not None and any(m.task.family == "words" for m in models.values()):
        raise UsageError(
            "--precision is for models that label whole texts: a sentence has no one answer.",
            "Leave it out; every entity comes with a probability of its own.",
        )


def _placed(file: Path, texts: Iterator[str], model: AdaptedModel) -> Iterator[str]:
    """Yield texts as they are; where one lacks what the task needs, say which one it is."""
    for number, text in enumerate(texts, start=1):
        if model.task.family == "texts":
            try:
                model.task.read([text])
            except InputError as error:
                where = f"{file}, {'line' if file.suffix == '.txt' else 'text'} {number}"
                raise type(error)(f"{where}: {error.message}", error.hint) from error
        yield text


def _parted(options: PredictOptions) -> tuple[list[Path], list[str]]:
    """Return the models, which come first, and the texts behind them."""
    paths, texts = [options.model], list(options.texts or ())
    while texts and (Path(texts[0]) / "socle.json").is_file():
        paths.append(Path(texts.pop(0)))
    return paths, texts


def _names(paths: list[Path]) -> list[str]:
    """Return a name for each model: that of its folder, with a number where two share it."""
    names: list[str] = []
    for path in paths:
        name = path.resolve().name.removesuffix(".socle")
        same = sum(other == name or other.startswith(f"{name} ") for other in names)
        names.append(f"{name} {same + 1}" if same else name)
    return names


def _show(answers: Iterator[dict[str, Any]]) -> None:
    for answer in answers:
        label = answer["label"]
        said = ", ".join(label) or "(none)" if isinstance(label, list) else label or "(abstains)"
        text = " ".join(answer["text"].split())
        short = text if len(text) <= 80 else text[:79] + "…"
        print(f"{said}\t{answer['probability']:.3f}\t{short}")


def _show_written(answers: Iterator[dict[str, Any]]) -> None:
    """Print the texts that were written as they are, and say how many were cut off."""
    cut = 0
    for answer in answers:
        cut += answer["finish"] == "length"
        print("(abstains)" if answer["output"] is None else answer["output"])
    if cut:
        said = f"{cut} answers reached the longest length allowed, max_tokens of the recipe"
        console().print(said, markup=False)


def _counted(items: Iterable[Any], listen: Listener) -> Iterator[Any]:
    listen(Started("Answering", None))
    done = 0
    for done, item in enumerate(items, start=1):
        yield item
        if done % _EVERY == 0:
            listen(Stepped("Answering", done))
    listen(Finished("Answering", 0.0))


def _texts(options: PredictOptions, given: list[str]) -> Iterator[str]:
    if options.file is None:
        if not given:
            raise UsageError(
                "There is nothing to answer.",
                'Give texts, as in: socle predict MODEL "a text", or a file with --file.',
            )
        return iter(given)
    from socle.data.reading import lines_of, read_texts

    if str(options.file) == "-":
        return lines_of(sys.stdin.buffer, "Standard input")
    return read_texts(options.file, options.text_column)
