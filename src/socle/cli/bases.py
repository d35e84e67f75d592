"""`socle bases`: the foundation models that one can start from, and which are on this machine."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from socle.bases import Base
    from socle.events import Event

app = typer.Typer(no_args_is_help=True, help="The foundation models that one can start from.")
Name = Annotated[str, typer.Argument(help="A name from the list, or a hub id (owner/name).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class Kind(StrEnum):
    """What a base does, as the option writes it."""

    encoder = "encoder"
    decoder = "decoder"
    encoder_decoder = "encoder-decoder"


@app.command("list")
def list_bases(
    kind: Annotated[Kind | None, typer.Option(help="Only bases of this kind.")] = None,
    here: Annotated[bool, typer.Option("--here", help="Only those on this machine.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the bases that have a record; those on this machine are marked."""
    from socle.bases import catalogue, finding

    present = {base.name for base in finding.here()}
    records = [
        base for base in map(catalogue.record, catalogue.names()) if kind in (None, base.kind)
    ]
    shown = [base for base in records if not here or base.name in present]
    shown.sort(key=lambda base: (list(Kind).index(Kind(base.kind)), base.parameters))
    if as_json:
        rows = [asdict(base) | {"here": base.name in present} for base in shown]
        print(json.dumps({"bases": rows}, ensure_ascii=False))
    else:
        _table(shown, present)


@app.command()
def show(
    name: Name,
    verify: Annotated[bool, typer.Option("--verify", help="Hash every file again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a base, and where its files are."""
    from socle.bases import finding
    from socle.errors import MissingBaseError

    try:
        located = finding.find(name, verify=verify)
        base, place = located.base, {"folder": str(located.folder), "sha256": located.sha256}
    except MissingBaseError:
        base, place = finding.known(name), {"folder": "", "sha256": ""}
    if as_json:
        print(json.dumps(asdict(base) | place, ensure_ascii=False))
    else:
        _facts(base, place)


@app.command()
def fetch(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Fetch again, over what is here.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a base to this machine, each file checked against its SHA-256."""
    from socle.bases import fetching

    located = fetching.fetch(name, _tell, force=force)
    found = {"name": located.base.name, "folder": str(located.folder), "sha256": located.sha256}
    found |= {"licence": located.base.licence, "restrictions": located.base.use_restrictions}
    print(json.dumps(found, ensure_ascii=False) if as_json else f"{name}: {located.folder}")


@app.command()
def plot(
    out: Annotated[Path, typer.Option(help="Where to draw: .svg, .png or .pdf.")] = Path(
        "bases.svg"
    ),
    as_json: AsJson = False,
) -> None:
    """Draw parameters against years since 2018, with the bases on this machine marked."""
    from socle.bases import finding, plotting

    marked = finding.here()
    plotting.draw(out, marked)
    found = {"plot": str(out), "bases": [base.name for base in marked]}
    print(json.dumps(found, ensure_ascii=False) if as_json else f"Drawn: {out}")


def _table(bases: list[Base], present: set[str]) -> None:
    from rich.table import Table

    from socle.bases.plotting import readable

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "kind", "size", "year", "languages", "licence", "here"):
        table.add_column(column, justify="right" if column in ("size", "year") else "left")
    for base in bases:
        few = ", ".join(base.languages[:3]) + (" …" if len(base.languages) > 3 else "")
        mark = "yes" if base.name in present else ""
        size = readable(base.parameters)
        table.add_row(base.name, base.kind, size, str(base.year), few, base.licence, mark)
    _console().print(table)


def _facts(base: Base, place: dict[str, str]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    facts: dict[str, Any] = asdict(base) | place
    sources = [f"{s.kind} {s.id} {s.revision}".strip() for s in base.sources]
    facts |= {"sources": "\n".join(sources), "folder": place["folder"] or "not on this machine"}
    for key, value in facts.items():
        text = ", ".join(value) if isinstance(value, tuple) else value
        text = f"{text:,}" if key in ("parameters", "context") else str(text)
        if text:
            table.add_row(key.replace("_", " "), text)
    _console().print(table)


def _console() -> Any:
    from rich.console import Console

    return Console(markup=False, width=None if sys.stdout.isatty() else 160)


def _tell(event: Event) -> None:
    """Say on the error stream what a long fetch is doing."""
    from socle import events

    match event:
        case events.Started(job):
            print(job, file=sys.stderr)
        case events.Stepped(_, done, detail):
            print(f"  {done}. {detail}", file=sys.stderr)
        case events.Finished(_, seconds):
            print(f"  done in {seconds:.1f} s", file=sys.stderr)
        case events.Noted(text):
            print(text, file=sys.stderr)
