"""The tables of documents that were read, which `figures.py` puts into the pages.

Each benchmark of papers keeps its own file; a table whose file is not there yet is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from measure import RESULTS, table

from socle.metrics.significance import wilson

Row = dict[str, Any]
_SEEN = ("all", "on the page")
_HEADS = ["paper", "source", "papers", "right", "wrong", "absent", "share right (95 %)", "accepted"]


def newest(name: str) -> Any:
    """Return what the newest file of a benchmark holds, None if there is none."""
    found = sorted(RESULTS.glob(f"{name}-20*.json"))
    if not found:
        return None
    held = json.loads(found[-1].read_text())
    return held["results"] if isinstance(held, dict) and "results" in held else held


def papers() -> str:
    """Return right, wrong and absent values by paper and source."""
    lines = []
    for row in (*_invoices(), *_taxes(), *_accounts(), *_payroll()):
        right, wrong, absent = row["right"], row["wrong"], row["absent"]
        low, high = wilson(right, right + wrong + absent)
        share = f"{right / max(1, right + wrong + absent):.3f} ({low:.3f} to {high:.3f})"
        told = [row["paper"], row["source"], row["papers"], right, wrong, absent, share]
        lines.append([*told, row.get("accepted", "-")])
    return table(_HEADS, lines)


def identity() -> str:
    """Return what became of identity papers, and how many were accepted though wrong."""
    names = {"zones": "zones as text", "pictures": "pictures", "stress": "degraded zones"}
    lines = []
    for row in newest("identity") or []:
        what = names.get(row["set"], row["set"])
        if row["set"] == "stress":
            what += ", with the printed part" if row["print"] else ", the zone alone"
            what += ", probabilities told" if row["probabilities"] else ""
        by = row.get("by", "socle")
        states = [row.get(key, "-") for key in ("accept", "review", "reject")]
        states[0] = row["valid"] if "valid" in row else states[0]
        own = row.get("false accepts", "-")
        lines.append([what, by, row["documents"], row["exact"], *states, own])
    heads = ["", "by", "papers", "wholly right", "accept", "review", "reject", "false accepts"]
    return table(heads, lines)


def fuzzed() -> str:
    """Return what became of mutated files."""
    found = newest("fuzzing")
    lines = []
    for kind, outcomes in found["outcomes"].items():
        read = sum(count for what, count in outcomes.items() if what.startswith("read as"))
        lines.append([kind, sum(outcomes.values()), read, sum(outcomes.values()) - read])
    told = (
        f"({found['files']:,} files, {found['calls_that_died']} calls died; a child held "
        f"{found['peak_megabytes_of_a_child']} MB at most of {found['limit_megabytes']:,} allowed, "
        f"the caller {found['peak_megabytes_of_the_caller']} MB; slowest file "
        f"{found['slowest_file_seconds']} s)"
    )
    heads = ["mutated", "files", "opened", "refused with a message"]
    return f"{table(heads, lines)}\n\n{told}"


def official() -> str:
    """Return on how many files of entries our forecast of the official checker was right."""
    heads = ["files of entries", "files", "same verdict", "same view"]
    keys = ("files", "same_verdict", "same_view")
    found = newest("fec-official") or {}
    return table(heads, [[name, *(row[key] for key in keys)] for name, row in found.items()])


def lines() -> str:
    """Return right, wrong and absent line items by set."""
    rows = []
    for name, row in (newest("lines") or {}).items():
        for how in ("loose", "strict"):
            right, wrong, absent, f1, low, high = row[how]
            counts = [row["papers"], right, wrong, absent]
            most = f"{row['reach']:.3f}" if "reach" in row else "-"
            rows.append([f"{name}, {how}", *counts, f"{f1:.3f} ({low:.3f} to {high:.3f})", most])
    return table(["set", "papers", "right", "wrong", "absent", "F1 (95 %)", "F1 at most"], rows)


def speed() -> str:
    """Return seconds a page by source."""
    heads = ["", "files", "pages", "seconds", "seconds a page", "minutes for 1,000", "peak MB"]
    return table(heads, [list(row.values()) for row in newest("reading-speed") or []])


def _taxes() -> Iterator[Row]:
    yield from newest("taxes") or []


def _accounts() -> Iterator[Row]:
    found = newest("accounts")
    if not found:
        return
    for name, row in {**found, **(newest("accounts-ocr") or {})}.items():
        what, _, source = name.rpartition(" ")
        if "heads_right" not in row:
            continue
        source = {"ocr": "OCR at 200 dpi"}.get(source, source)
        paper = {"layouts": "bank statements, own layouts"}.get(what, f"bank statements, {what}")
        told = {"source": source, "papers": row["documents"], "accepted": row["accepted"]}
        yield {"paper": f"{paper}: movements", **told} | _counts(row, "")
        yield {"paper": f"{paper}: fields", **told} | _counts(row, "heads_")
    fec = found["fec"]
    for kind in ("sound", "broken"):
        right = fec[f"{kind}_right"]
        counts = {"right": right, "wrong": fec[kind] - right, "absent": 0}
        yield {
            "paper": f"FEC, {kind} books: verdicts",
            "source": "file",
            "papers": fec[kind],
        } | counts


def _counts(row: Row, prefix: str) -> Row:
    return {key: row[f"{prefix}{key}"] for key in ("right", "wrong", "absent")}


def _invoices() -> Iterator[Row]:
    found = newest("einvoices")
    if found:
        counts = dict.fromkeys(("right", "wrong", "absent"), 0)
        for field in found["fields"].values():
            for key, count in field.items():
                counts[key] += count
        told = {"papers": found["speed"]["documents"]}
        yield {"paper": "Factur-X, ZUGFeRD: XML", "source": "embedded"} | told | counts


def invoices() -> str:
    """Return F1 of the header fields of invoices and receipts by set and source."""
    rival = newest("invoice2data-rival") or {}
    theirs = {name: row for name, row in rival.items() if name.endswith("by invoice2data")}
    lines = []
    for name, row in {**(newest("invoices") or {}), **theirs}.items():
        told = {key: f"{row[key][0]:.3f} ({row[key][1]:.3f} to {row[key][2]:.3f})" for key in _SEEN}
        accepted = [row.get(key, "-") for key in ("straight_through", "straight_through_printed")]
        most = f"{row['reach']:.3f}" if "reach" in row else "-"
        lines.append([name, row["documents"], *told.values(), most, *accepted])
    heads = ["set, source", "papers", "F1", "F1, of what is printed", "F1 at most"]
    return table([*heads, "accepted at 99.5 %", "the same, of what is printed"], lines)


def _payroll() -> Iterator[Row]:
    for row in newest("payroll") or []:
        for what in ("fields", "cells"):
            counts = map(int, row[f"{what} right/wrong/absent"].split("/"))
            told = {key: row[key] for key in ("source", "papers", "accepted")}
            named = dict(zip(("right", "wrong", "absent"), counts, strict=True))
            yield {"paper": f"{row['kind']}: {what}", **told, **named}


TABLES: dict[str, Callable[[], str]] = {
    "papers": papers,
    "invoices": invoices,
    "identity": identity,
    "fuzzed": fuzzed,
    "lines": lines,
    "official": official,
    "speed": speed,
}
