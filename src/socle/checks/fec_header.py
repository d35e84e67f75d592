"""The first line of a file of accounting entries: separator, names of columns, and which kind."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches

from socle.checks import fec_official
from socle.checks.fec_report import Report, facts

_SEPARATORS = {"\t": "tab", "|": "|", ";": ";", ",": ",", "^": "^", "~": "~"}


@dataclass(frozen=True)
class Header:
    """The columns of a file.

    Attributes:
        separator: one character.
        width: fields that each line has.
        place: where each known column stands, from 0.
        cash: whether it is a file of cash accounts (BNC, BA).
    """

    separator: str
    width: int
    place: dict[str, int]
    cash: bool


def looks_like_entries(line: str) -> bool:
    """Return whether a first line names most columns of accounting entries."""
    names = {_plain(name) for name in re.split("[" + "".join(_SEPARATORS) + "]", line)}
    return len(names & {_plain(name) for name in facts()["columns"]["commercial"]}) >= 9


def header(line: str, report: Report) -> Header:
    """Return the columns that the first line names; what is wrong with them goes to the report."""
    separator = max(_SEPARATORS, key=line.count)
    if separator not in "\t|" or separator not in line:
        found = f"{_SEPARATORS[separator]!r}" if separator in line else "none"
        report.add("separator", f"found {found}; a tab or | is expected", 1)
    names = line.split(separator)
    canonical = [_known(name) for name in names]
    read = fec_official.columns(names)
    signed = "SENS" in read and "MONTANT" in read
    if not signed and len(names) > 1 and not "".join(names[-2:]).strip(" "):
        # Of empty names at the end the official checker counts one.
        report.officially("field_count", "error")
    place: dict[str, int] = {}
    for i, (name, known) in enumerate(zip(names, canonical, strict=True)):
        if known is None:
            continue
        if known in place:
            report.add(
                "column_twice", f"{known} stands at {place[known] + 1} and {i + 1}", 1, known
            )
            continue
        place[known] = i
        if name != known:
            rule = "column_case" if name.lower() == known.lower() else "column_name"
            view = "" if known.upper() in read else "error"
            report.add(rule, f"{name.strip()!r} must be named {known}", 1, known, name, view)
    _compare(names, place, report)
    cash = any(name in place for name in facts()["columns"]["cash"])
    return Header(separator, len(names), place, cash)


def _compare(names: list[str], place: dict[str, int], report: Report) -> None:
    columns = facts()["columns"]
    expected = list(columns["commercial"])
    if "Montant" in place or "Sens" in place:
        i = expected.index("Debit")
        expected[i : i + 2] = columns["signed"]
    absent = [name for name in expected if name not in place]
    unknown = [name for name in names if _known(name) is None and name.strip()]
    for name in absent:
        near = get_close_matches(name.lower(), [u.lower() for u in unknown], 1, 0.7)
        hint = f"; is it the one called {near[0]!r}?" if near else ""
        report.add("column_missing", f"{name} is missing{hint}", 1, name)
    if absent:
        return
    if any(name in place for name in columns["cash"]):
        expected += [name for name in columns["cash"] if name in place]
    order = sorted(expected, key=lambda name: place[name])
    if order != expected:
        i = next(i for i, pair in enumerate(zip(order, expected, strict=True)) if len({*pair}) == 2)
        report.add(
            "column_order", f"{order[i]} stands where {expected[i]} belongs", 1, order[i], order[i]
        )
    elif [place[name] for name in expected[:18]] != list(range(18)):
        first = next(i for i, name in enumerate(expected) if place[name] != i)
        report.add(
            "column_order", f"{names[first]!r} stands where {expected[first]} belongs", 1,
            value=names[first],
        )  # fmt: skip


def _known(name: str) -> str | None:
    columns = facts()["columns"]
    every = {_plain(n): n for n in (*columns["commercial"], *columns["cash"], *columns["signed"])}
    plain = _plain(name)
    found: str | None = every.get(plain) or facts()["variants"].get(plain)
    return found


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.lower())
    return "".join(c for c in letters if c.isascii() and c.isalnum())
