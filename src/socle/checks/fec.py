"""The file of accounting entries (FEC) of a French company, judged by every rule of its order.

Rules and columns stand in `fec.toml`, the chart of accounts in `pcg.toml`. They are re-written from
article A47 A-1 of the Livre des procédures fiscales and from what the official checker, Test Compta
Demat of the DGFiP, makes known in its notice and sources; nothing of its code (CeCILL) is here.

Of the rules of Test Compta Demat, these are covered: the file name, the separator, one kind of line
end, columns present by name, fields in each line as many as in the first, no empty line, mandatory
fields filled (commercial and cash accounts), dates, amounts numeric with a decimal comma and
without thousands (Montantdevise too), Sens D/C/+1/-1, and its alerts (accounts that begin with
three digits, debit and credit on one line or none, years before 1900 or after 2099). Where it is
looser than the order (30 February, a trailing sign, a column twice), both verdicts are told: ours
by rule, its own in the check `test_compta_demat`; see `fec_official.py`. Not covered: the XML form
of the file, EBCDIC, files of fixed width, years before 2013 (on which it is milder), what it asks
of cash accounts beyond our rules, bytes of zero, which it drops, and Montant or Sens as the first
column, which it misreads. It is silent on balances, numbers, the year, the chart of accounts and
pairs of columns, which are judged here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from socle.checks import fec_official
from socle.checks.fec_file import Writing, lines, lines_and_ends, opened, writing
from socle.checks.fec_header import Header, header, looks_like_entries
from socle.checks.fec_joined import joined
from socle.checks.fec_ledger import Ledger, money
from socle.checks.fec_lines import UNIT, Lines
from socle.checks.fec_report import Report
from socle.errors import InputError
from socle.readings import Check, Line
from socle.values import identifiers

_NAME = re.compile(r"(\d{9})FEC(\d{4})(\d\d)(\d\d)", re.ASCII)


@dataclass(frozen=True)
class Verdict:
    """What a file of accounting entries says, and what is wrong with it.

    Attributes:
        siren, year_end: from the file name; None where it does not tell.
        total_debit, total_credit: sums in euros.
        result: accounts of class 7 less class 6, in euros.
        encoding: in words.
    """

    siren: str | None
    year_end: date | None
    entries: int
    lines_count: int
    total_debit: float
    total_credit: float
    result: float
    encoding: str
    checks: Sequence[Check]
    violations: Sequence[Line]


def verdict(source: Path | bytes, name: str) -> Verdict:
    """Judge a file of accounting entries, in one pass over its lines.

    Args:
        source: where it lies, or its bytes.
        name: the name of the file, which says whose it is and when the year ends.

    Raises:
        InputError: its first line names no columns of accounting entries.
        UnreadableError: it is empty or no text.
    """
    report = Report()
    siren, year_end = _named(name, report)
    with opened(source) as stream:
        how = writing(stream)
        _judge_writing(how, report)
        columns, rows = _entries(stream, how, report)
        single = Lines(columns, report)
        ledger = Ledger(report, year_end)
        for number, row in rows:
            entry = single.entry(row, number)
            if entry is not None:
                ledger.take(entry)
    if not ledger.lines:
        report.add("empty_line", "there is no entry at all", 2)
    ledger.finish(columns.cash)
    report.details["file_balance"] = f"debit = credit = {money(ledger.debit)}"
    return Verdict(
        siren,
        year_end,
        ledger.entries,
        ledger.lines,
        round(ledger.debit / UNIT, 2),
        round(ledger.credit / UNIT, 2),
        round(ledger.result / UNIT, 2),
        how.encoding,
        report.checks(),
        report.violations(),
    )


def _entries(
    stream: BinaryIO, how: Writing, report: Report
) -> tuple[Header, Iterator[tuple[int, str]]]:
    """Return the columns, and the entries with their lines."""
    if len(how.ends) < 2:
        rows = lines(stream, how)
        return _columns(next(rows, ""), report), enumerate(rows, 2)
    pairs = lines_and_ends(stream, how)
    first, end = next(pairs)
    columns = _columns(first, report)
    if how.end not in end:
        # The names go on in the first entry, as the official checker reads them.
        report.officially("column_name", "error")
    return columns, joined(pairs, how.end, columns, report)


def _columns(first: str, report: Report) -> Header:
    if not looks_like_entries(first):
        raise InputError(
            "The first line names no columns of a file of accounting entries.",
            "It must begin with: JournalCode JournalLib EcritureNum EcritureDate ...",
        )
    return header(first, report)


def _named(name: str, report: Report) -> tuple[str | None, date | None]:
    report.officially("file_name", fec_official.file_name(name))
    stem, dot, suffix = name.partition(".")
    found = _NAME.fullmatch(stem)
    if not found or (dot and not re.fullmatch(r"[A-Za-z]{3,4}", suffix)):
        report.add("file_name", f"found {name!r}", value=name, official="")
        found = _NAME.search(name)
    if not found:
        report.aside["siren"] = "The file name does not tell it."
        return None, None
    try:
        year_end = date(int(found[2]), int(found[3]), int(found[4]))
    except ValueError:
        said = f"{found[2]}{found[3]}{found[4]} is no date"
        report.add("file_name", said, value=name, official="")
        year_end = None
    if not identifiers.siren(found[1]):
        report.add("siren", f"{found[1]} has a wrong check digit", value=found[1])
    return found[1], year_end


def _judge_writing(how: Writing, report: Report) -> None:
    report.details["encoding"] = how.encoding
    if not how.allowed:
        message = f"found {how.encoding}; ASCII, ISO 8859-15 or UTF-8 is expected"
        view = "error" if how.wide else ""
        report.add("encoding", message, value=how.encoding, official=view)
    if not how.ended:
        report.officially("line_ends", "error")
    if len(how.ends) > 1:
        report.add("line_ends", f"found {', '.join(how.ends)}", official="")
