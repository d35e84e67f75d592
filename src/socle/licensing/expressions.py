"""What is said of a licence, such as `MIT OR (Apache-2.0 AND CC-BY-4.0)`, as records."""

from __future__ import annotations

import re

from socle.licensing.records import UNSTATED, Licence, find, known

_WORDS = re.compile(r"[()]|[^\s()]+")


def options(said: str) -> list[tuple[Licence, ...]]:
    """Return the alternatives of an SPDX expression, each with all licences that hold at once.

    Args:
        said: one licence, or several with AND, OR, WITH and parentheses. What nobody has a record
            of is one licence of which nothing is known; so is an expression that does not parse.
    """
    whole = find(said)
    if whole or not said.strip():
        return [(whole or known()[UNSTATED],)]
    words = _WORDS.findall(said)
    try:
        options = _either(words)
    except IndexError:
        words = ["unbalanced"]
    return options if not words else [(_unrecognised(said),)]


def _either(words: list[str]) -> list[tuple[Licence, ...]]:
    options = _both(words)
    while words and words[0].upper() == "OR":
        words.pop(0)
        options = [*options, *_both(words)]
    return options


def _both(words: list[str]) -> list[tuple[Licence, ...]]:
    options = _one(words)
    while words and words[0].upper() == "AND":
        words.pop(0)
        others = _one(words)
        options = [tuple(dict.fromkeys(a + b)) for a in options for b in others]
    return options


def _one(words: list[str]) -> list[tuple[Licence, ...]]:
    if words[0] == "(":
        words.pop(0)
        inner = _either(words)
        if words.pop(0) != ")":
            raise IndexError("a parenthesis stays open")
        return inner
    name = []
    while words and words[0] not in "()" and words[0].upper() not in ("AND", "OR", "WITH"):
        name.append(words.pop(0))
    if words and words[0].upper() == "WITH":
        # An exception only ever allows more: reading on without it errs on the cautious side.
        del words[:2]
    if not name:
        raise IndexError("an operator stands alone")
    said = " ".join(name)
    return [(find(said) or _unrecognised(said),)]


def _unrecognised(said: str) -> Licence:
    return Licence(
        id=" ".join(said.split()),
        name=" ".join(said.split()),
        kind="unknown",
        commercial="unknown",
        says="Socle has no record of this licence; read it.",
    )
