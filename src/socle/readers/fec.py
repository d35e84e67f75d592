"""Files of accounting entries (FEC): totals, and every rule of the order of 29 July 2013."""

from __future__ import annotations

from pathlib import Path

from socle.checks.fec import Verdict, verdict
from socle.checks.fec_header import looks_like_entries
from socle.pages import Document
from socle.readers import Settings
from socle.readings import Field, Reading, Value

_HEAD = 4096


class Fec:
    """Reads a file of accounting entries; there is nothing to guess, so all is certain."""

    name = "fec"
    about = "French file of accounting entries (FEC), judged by every rule of its order."

    def suits(self, document: Document) -> float:
        """Return 1 where the first line names columns of accounting entries."""
        if document.pages:
            return 0.0
        head = document.data[:_HEAD] or _head(document.path)
        codec = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
        lines = head.decode(codec, "ignore").splitlines()
        return float(bool(lines) and looks_like_entries(lines[0]))

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return totals, checks by rule, and the table `violations`.

        Raises:
            InputError: its first line names no columns of accounting entries.
        """
        # Read from the disk where possible: such files can be larger than memory.
        source = document.path if document.path.is_file() else document.data
        found = verdict(source, document.path.name)
        fields = {name: Field(value, str(value), source="embedded") for name, value in _told(found)}
        tables = {"violations": found.violations} if found.violations else {}
        return Reading(
            self.name, fields, tables, found.checks, _notes(found), ("siren", "year_end")
        )


def _head(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as stream:
        return stream.read(_HEAD)


def _told(found: Verdict) -> list[tuple[str, Value]]:
    told: list[tuple[str, Value]] = []
    if found.siren:
        told.append(("siren", found.siren))
    if found.year_end:
        told.append(("year_end", found.year_end.isoformat()))
    return [
        *told,
        ("entries", found.entries),
        ("lines_count", found.lines_count),
        ("total_debit", found.total_debit),
        ("total_credit", found.total_credit),
    ]


def _notes(found: Verdict) -> list[str]:
    kind = "profit" if found.result >= 0 else "loss"
    return [
        f"Accounts of classes 6 and 7 give a {kind} of {abs(found.result):,.2f}.",
        f"The file is written in {found.encoding}.",
    ]


OPTION = Fec()
