"""What commands print on standard output as tables, for people."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from socle.bases import Base
from socle.bases.plotting import readable


def print_bases(bases: list[Base], present: set[str]) -> None:
    """Print one line per base; those of the names `present` are on this machine."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "kind", "size", "year", "languages", "licence", "here"):
        table.add_column(column, justify="right" if column in ("size", "year") else "left")
    for base in bases:
        few = ", ".join(base.languages[:3]) + (" …" if len(base.languages) > 3 else "")
        mark = "yes" if base.name in present else ""
        size = readable(base.parameters)
        table.add_row(base.name, base.kind, size, str(base.year), few, base.licence, mark)
    _console().print(table)


def print_base(base: Base, place: dict[str, str]) -> None:
    """Print all that is known of a base, and of its `folder` and `sha256` here."""
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


def _console() -> Console:
    return Console(markup=False, width=None if sys.stdout.isatty() else 160)
