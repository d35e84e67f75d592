"""Two sources of the same document: do they say the same?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from socle.readings import Check, Field, Value
from socle.values.folding import unaccented

_APART = re.compile(r"[^\w]+")
_SAME, _OTHER = 0.8, 0.34
"""Shares of common words from which texts are the same, and below which they are not."""
_TYPES = frozenset({"credit_note"})


def agreement(first: Mapping[str, Field], second: Mapping[str, Field]) -> list[Check]:
    """Return a check `sources_agree` for each field that both sources have.

    Numbers agree to half a cent, dates and identifiers to the character, spaces and marks aside.
    Names, addresses and other texts agree where the words of the shorter are in the longer; where
    only some are, it is not decided.
    """
    found = []
    for name in first:
        if name in second:
            ours, theirs = first[name], second[name]
            passed = _agree(name, ours.value, theirs.value)
            said = f"{ours.source}: {_told(ours)}"
            if passed is not True:
                said += f"; {theirs.source}: {_told(theirs)}"
            found.append(Check("sources_agree", passed, said, (name,)))
    return found


def _agree(name: str, first: Value, second: Value) -> bool | None:
    if name == "invoice_type":
        # Print seldom says more than whether it is a credit note.
        return (first in _TYPES) == (second in _TYPES)
    if isinstance(first, bool | list) or isinstance(second, bool | list):
        return first == second
    if isinstance(first, float | int) and isinstance(second, float | int):
        return abs(first - second) < 0.005 + 1e-9
    ours, theirs = _words(first), _words(second)
    if "".join(ours) == "".join(theirs):
        return True
    if name.endswith(("_name", "_address", "_terms", "_contact")) or name == "address":
        return _alike(ours, theirs)
    return False


def _alike(first: list[str], second: list[str]) -> bool | None:
    few, many = sorted((set(first), set(second)), key=len)
    share = len(few & many) / len(few) if few else 0.0
    return True if share >= _SAME else None if share >= _OTHER else False


def _words(value: Value) -> list[str]:
    plain = unaccented(str(value)).casefold()
    return [word for word in _APART.split(plain.replace("_", " ")) if word]


def _told(field: Field) -> str:
    return str(field.raw or field.value)[:80]
