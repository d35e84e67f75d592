"""`socle read`: the fields of documents, with their evidence and the checks that prove them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from socle.cli.options import console, listener, print_json, takes
from socle.errors import InputError, UsageError

if TYPE_CHECKING:
    from socle.aliases import Product


@dataclass(frozen=True)
class ReadOptions:
    """What `socle read` takes."""

    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE|FOLDER", help="Documents.")
    ] = None
    kind: Annotated[
        str | None, typer.Option("--as", help="Kind of the documents; recognised by default.")
    ] = None
    out: Annotated[
        Path | None, typer.Option(help="Write .jsonl (all), or .csv (one row for each line).")
    ] = None
    precision: Annotated[
        float, typer.Option(min=0, max=1, help="How often an accepted field shall be right.")
    ] = 0.95
    names: Annotated[
        str | None, typer.Option(help="Names of fields: textract or documentai; ours by default.")
    ] = None
    ranker: Annotated[
        Path | None, typer.Option(help="Folder of a ranker that was learnt from corrections.")
    ] = None
    jobs: Annotated[int | None, typer.Option(min=1, help="Files read at the same time.")] = None
    correct: Annotated[
        Path | None,
        typer.Option(help="JSON lines of right values: learn from them, a ranker into --out."),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per file.")] = False


@takes(ReadOptions)
def read(options: ReadOptions) -> None:
    """Read documents: identity papers, invoices, receipts, tax forms, accounts."""
    from socle.reading import files_in

    if options.correct:
        _learn(options, options.correct)
        return
    if not options.paths:
        raise UsageError("There is nothing to read.", "Name files, or a folder of them.")
    _refuse_idle_ranker(options)
    names = _names(options.names)
    if options.out and options.out.suffix not in (".jsonl", ".csv"):
        raise UsageError(
            f"{options.out.suffix or 'No suffix'}: this is not written.",
            "--out takes a name that ends in .jsonl or .csv",
        )
    files, others = files_in(options.paths)
    if others:
        console().print(f"{others} other files in these folders are no documents", markup=False)
    found = _found(options, names, files)
    if options.out:
        failed = _written(options.out, found)
    else:
        failed = _shown(found, options.json, alone=len(files) == 1)
    if failed:
        raise InputError(
            f"{failed} of {len(files)} files could not be read.", "What was read is complete."
        )


def _refuse_idle_ranker(options: ReadOptions) -> None:
    if options.ranker is None:
        return
    from socle.correcting import KINDS

    if options.kind and options.kind not in KINDS:
        raise UsageError(
            f"A ranker says nothing to the kind {options.kind!r}.",
            f"--ranker is for: {', '.join(KINDS)}. Leave it out.",
        )
    if not options.ranker.is_dir():
        raise InputError(
            f"There is no ranker in {options.ranker}.",
            "Make one: socle read --correct corrections.jsonl --out FOLDER",
        )


def _names(asked: str | None) -> Product | None:
    from socle.aliases import PRODUCTS

    found = next((name for name in PRODUCTS if name == asked), None)
    if asked is not None and found is None:
        raise UsageError(
            f"There are no names called {asked!r}.",
            f"Choose among: {', '.join(PRODUCTS)}; or leave it out for ours.",
        )
    return found


def _found(
    options: ReadOptions, names: Product | None, files: list[Path]
) -> Iterator[dict[str, Any]]:
    from socle.readers import Settings
    from socle.reading import Asked, read

    asked = Asked(
        options.kind,
        options.precision,
        names,
        Settings(ranker=options.ranker),
        jobs=options.jobs,
    )
    journal = options.out.with_name(f".{options.out.name}.journal") if options.out else None
    with listener() as listen:
        yield from read(files, asked, journal, listen)


def _shown(found: Iterator[dict[str, Any]], as_json: bool, alone: bool) -> int:
    """Print readings as they come; return how many files failed."""
    from socle.cli.documents import print_reading

    failed = 0
    for told in found:
        if as_json:
            print_json(told)
        elif "error" in told and alone:
            raise InputError(f"{told['file']}: {told['error']['message']}", told["error"]["hint"])
        else:
            print_reading(told)
        failed += "error" in told
    return failed


def _written(out: Path, found: Iterator[dict[str, Any]]) -> int:
    """Write all readings in the order of their files; return how many failed."""
    from socle.cli.documents import print_counts, rows_of_csv
    from socle.files import refuse_unwritable, write_atomically

    refuse_unwritable(out)
    readings = sorted(found, key=lambda told: told["file"])
    if out.suffix == ".csv":
        write_atomically(out, rows_of_csv(readings))
    else:
        import json

        write_atomically(out, (json.dumps(r, ensure_ascii=False) + "\n" for r in readings))
    out.with_name(f".{out.name}.journal").unlink(missing_ok=True)
    print_counts(readings, out)
    return sum("error" in told for told in readings)


def _learn(options: ReadOptions, given: Path) -> None:
    """Refit the ranker to corrections, and say whether it helped."""
    from dataclasses import asdict

    from socle.correcting import correct, corrections_in
    from socle.readers import Settings

    idle = {"FILE and FOLDER": options.paths, "--as": options.kind, "--names": options.names}
    said = [name for name, value in idle.items() if value]
    if said:
        raise UsageError(
            "--correct learns from the files that the corrections name, each with its kind.",
            f"Leave out: {', '.join(said)}.",
        )
    out = options.out or given.with_suffix(".ranker")
    with listener() as listen:
        found = correct(corrections_in(given), out, Settings(ranker=options.ranker), listen)
    if options.json:
        print_json({"ranker": str(out) if found.kept else None, **asdict(found)})
        return
    screen = console()
    screen.print(
        f"{found.documents} documents, {found.known} values; right on held-out ones: "
        f"{found.before} before, {found.after} after"
    )
    if found.kept:
        screen.print(f"Written: {out}. Read with it: socle read --ranker {out}", markup=False)
    else:
        screen.print("It would have been worse, so that nothing was written.")
