"""What pay slips are labelled with; the words themselves are in `pay_slip.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from socle.sources.labelled import fold


@dataclass(frozen=True)
class Named:
    """A label of a sum, and the characters of the text that hold it."""

    name: str
    start: int
    end: int
    to_date: bool


@cache
def words() -> dict[str, Any]:
    """Return the phrases of `pay_slip.toml`."""
    return tomllib.loads(Path(__file__).with_name("pay_slip.toml").read_text("utf-8"))


@cache
def pattern(section: str, name: str) -> re.Pattern[str]:
    """Return a phrase as a whole word or words of a folded text."""
    return re.compile(rf"(?<![a-z])(?:{words()[section][name]})(?![a-z])")


def titled(text: str) -> bool:
    """Return whether a text holds the title of a pay slip."""
    return any(re.search(rf"(?<![a-z]){t}(?![a-z])", fold(text)) for t in words()["titles"]["all"])


def named(text: str) -> list[Named]:
    """Return the labels of sums in a text, from left to right; of two that overlap the longer."""
    plain = fold(text)
    found: list[Named] = []
    for name in words()["amounts"]:
        for match in pattern("amounts", name).finditer(plain):
            before = plain[max(0, match.start() - 24) : match.start()]
            behind = plain[match.end() : match.end() + 16]
            near = rf"{before} | {re.split(r'[0-9]', behind)[0]}"
            year = pattern("words", "cumulative").search(near) is not None
            found.append(Named(name, match.start(), match.end(), year))
    found.sort(key=lambda one: one.start - one.end)
    kept: list[Named] = []
    for one in found:
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
