"""`socle bases`: the foundation models that one can start from, and which are on this machine."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from socle.cli.options import listener, print_json

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
    from socle.cli import tables

    present = {base.name for base in finding.here()}
    records = [
        base for base in map(catalogue.record, catalogue.names()) if kind in (None, base.kind)
    ]
    shown = [base for base in records if not here or base.name in present]
    shown.sort(key=lambda base: (list(Kind).index(Kind(base.kind)), base.parameters))
    if as_json:
        rows = [asdict(base) | {"here": base.name in present} for base in shown]
        print_json({"bases": rows})
    else:
        tables.print_bases(shown, present)


@app.command()
def show(
    name: Name,
    verify: Annotated[bool, typer.Option("--verify", help="Hash every file again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a base, and where its files are."""
    from socle.bases import finding
    from socle.cli import tables
    from socle.errors import MissingBaseError

    try:
        located = finding.find(name, verify=verify)
        base, place = located.base, {"folder": str(located.folder), "sha256": located.sha256}
    except MissingBaseError:
        base, place = finding.known(name), {"folder": "", "sha256": ""}
    if as_json:
        print_json(asdict(base) | place)
    else:
        tables.print_base(base, place)


@app.command()
def fetch(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Fetch again, over what is here.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a base to this machine, each file checked against its SHA-256."""
    from socle.bases import fetching

    with listener() as listen:
        located = fetching.fetch(name, listen, force=force)
    found = {"name": located.base.name, "folder": str(located.folder), "sha256": located.sha256}
    found |= {"licence": located.base.licence, "restrictions": located.base.use_restrictions}
    print_json(found) if as_json else print(f"{name}: {located.folder}")


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
    print_json(found) if as_json else print(f"Drawn: {out}")
