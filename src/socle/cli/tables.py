"""What commands print as tables, for people."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from socle.bases import Base
from socle.bases.plotting import readable
from socle.events import duration


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


SHOWN = {
    "chrf": "chrF",
    "bleu": "BLEU",
    "rougeL": "ROUGE-L",
    "rouge1": "ROUGE-1",
    "accuracy": "accuracy",
    "upos": "UPOS",
    "ufeats": "features",
    "lemma": "lemma",
    "uas": "UAS",
    "las": "LAS",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "macro_f1": "macro-F1",
    "partial_f1": "partial F1",
    "ece": "ECE",
}
"""How tables name metrics."""
_OF_TEXTS = ("macro_f1", "ece")
_OF_WORDS = ("precision", "recall", "partial_f1", "upos", "ufeats", "lemma", "uas")
_OF_WRITING = ("bleu", "rouge1")
_COMPARED = (
    "CPU-s/1,000",
    "p50 ms",
    "MB",
    "trained",
)


def print_comparison(facts: Mapping[str, Any], screen: Console) -> None:
    """Print the candidates of a comparison, what more labels may bring, and the verdict."""
    data = facts["data"]
    title = f"{data['n_test']:,} test rows, {data['n_train']:,} to learn from"
    table = Table(title=title, title_justify="left")
    table.add_column("candidate")
    rows = [row for row in facts["candidates"] if "metrics" in row]
    names = metrics_shown(rows, facts["metric"])
    for column in (*headed(names), *_COMPARED):
        table.add_column(column, justify="right")
    for row in rows:
        mark = " ←" if row["name"] == facts["verdict"]["cheapest_equivalent"] else ""
        table.add_row(row["name"] + mark, *figures(row, names), *_compared(row))
    screen.print(table)
    for row in facts["candidates"]:
        for key, word in (("skipped", "Left out"), ("failed", "Failed")):
            if key in row:
                screen.print(f"{word}: {row['name']}: {row[key]}", markup=False)
    for text in _lessons(facts):
        screen.print(text, markup=False)
    screen.print(facts["verdict"]["text"], markup=False, style="bold")


def metrics_shown(rows: Sequence[Mapping[str, Any]], first: str) -> list[str]:
    """Return the metrics that a table of candidates shows, that of the comparison first."""
    there = set.intersection(*(set(row["metrics"]) for row in rows)) if rows else set()
    words = "accuracy" not in there or "f1" in there
    extra = _OF_WRITING if "chrf" in there else _OF_WORDS if words else _OF_TEXTS
    return [first, *(name for name in extra if name in there and name != first)]


def headed(names: Sequence[str]) -> list[str]:
    """Return the headings of such metrics, with that of the interval behind the first."""
    heads = [SHOWN.get(name, name) for name in names]
    return [heads[0], "95 % interval", *heads[1:]]


def figures(row: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return the cells below `headed`."""
    low, high = row["interval"]
    cells = [f"{row['metrics'][name]:.3f}" for name in names]
    return [cells[0], f"{low:.3f} to {high:.3f}", *cells[1:]]


def _compared(row: Mapping[str, Any]) -> list[str]:
    cost = row["cost"] or {}
    return [
        _number(cost.get("cpu_seconds_per_1000"), ".2f"),
        _number(cost.get("latency_p50_ms"), ".1f"),
        _number(cost.get("peak_memory_mb"), ",.0f"),
        duration(cost["train_seconds"]) if cost.get("train_seconds") is not None else "-",
    ]


def _lessons(facts: Mapping[str, Any]) -> list[str]:
    """Return the sentences that a comparison has learnt, those that are there."""
    found = [(facts["detectable"] or {}).get("text") or ""]
    for row in facts["transfer"]:
        gap, (low, high) = 100 * row["difference"], (100 * end for end in row["interval"])
        found.append(
            f"Transfer of {row['candidate']} against {row['against']}: {row['sign']}, "
            f"{gap:+.1f} points ({low:+.1f} to {high:+.1f})"
        )
    found.append((facts["curve"] or {}).get("text") or "")
    faults = facts["faults"] or {}
    if faults.get("n_suspects"):
        found.append(f"{faults['n_suspects']} likely label errors are listed in the report.")
    return [text for text in found if text]


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _console() -> Console:
    return Console(markup=False, width=None if sys.stdout.isatty() else 160)
