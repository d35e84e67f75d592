"""Lines of files that end them in several ways, put together as the official checker does it.

It takes one line end for all. Another one parts nothing for it: inside a field it is a letter, and
between two entries it makes one line of both.
"""

from __future__ import annotations

from collections.abc import Iterator

from socle.checks.fec_header import Header
from socle.checks.fec_report import Report

_MOST_PARTS = 1000


def joined(
    rows: Iterator[tuple[str, str]], end: str, columns: Header, report: Report
) -> Iterator[tuple[int, str]]:
    """Yield each entry with its line, from 2.

    Args:
        rows: lines and their ends, behind the names of columns.
        end: the line end that the official checker takes.
        columns: of this file.
        report: told of line ends inside fields, and between entries.
    """
    line, parts, separators = 2, list[tuple[str, str]](), 0
    for text, own in rows:
        parts.append((text, own))
        separators += text.count(columns.separator)
        # Two entries or more are not kept: the rest of the file may be one line to the checker.
        whole = end in own or separators >= columns.width or len(parts) >= _MOST_PARTS
        if whole:
            yield from _entries(line, parts, separators, columns, report)
            line, parts, separators = line + len(parts), [], 0
    if parts:
        yield from _entries(line, parts, separators, columns, report)


def _entries(
    line: int, parts: list[tuple[str, str]], separators: int, columns: Header, report: Report
) -> Iterator[tuple[int, str]]:
    if len(parts) > 1 and separators == columns.width - 1:
        inside = "".join(own for _, own in parts[:-1])
        # A file with Sens is written anew, with LF, before its lines are looked at.
        view = "error" if "Sens" in columns.place and "\n" in inside else ""
        report.add("line_ends", "a line end stands inside a field", line, official=view)
        yield line, "".join(text + own for text, own in parts[:-1]) + parts[-1][0]
        return
    if len(parts) > 1:
        report.officially("field_count", "error")
    yield from enumerate((text for text, _ in parts), line)
