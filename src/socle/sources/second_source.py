"""Whether two sources of an identity paper say the same: zone and print, print and bar code.

Each has its own spelling: dates in two digits or with months in two languages, names with or
without accents, states as codes or as names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from socle.checks.mrz import states
from socle.values.dates import Found, dates_in
from socle.values.folding import unaccented
from socle.values.names import compact, same_name, spellings, without_doubles

_TWO_MONTHS = re.compile(r"([^\W\d]{3,}\.?)\s?/\s?[^\W\d]{3,}\.?\s?(\d)")
_SEXES = {
    **dict.fromkeys(("F", "FF", "FEMALE", "FEMININ", "W", "WF", "FW", "FEMME"), "F"),
    **dict.fromkeys(("M", "MM", "MALE", "MASCULIN", "H", "HM", "MH", "HOMME"), "M"),
    **dict.fromkeys(("X", "XX"), "X"),
}


def agrees(
    name: str, value: str, printed: str, cut: bool = False, day_first: bool = True
) -> bool | None:
    """Return whether a printed text says the same as a value; None if that cannot be told.

    Args:
        name: canonical name of the field.
        value: normalised, from the zone or a bar code.
        printed: as printed.
        cut: whether the source of the value had no room for more.
        day_first: how dates in numbers are printed.
    """
    if name.endswith("_date"):
        found = [one.value.isoformat() for one in printed_dates(printed, day_first)]
        # Print may have two digits of the year as well: the century is compared nowhere.
        return any(one[2:].startswith(value[2:]) for one in found) if found else None
    if name in ("surname", "given_names"):
        return _same_names(value, printed, cut)
    if name == "sex":
        told = sex_of(printed)
        return told == value if told else None
    if name in ("nationality", "issuing_state"):
        codes = states_of(printed)
        return value in codes if codes else None
    if name == "optional_data":
        return True if compact(printed) in compact(value) else None
    return compact(printed) == compact(value)


def printed_dates(text: str, day_first: bool = True) -> list[Found]:
    """Return dates; of months in two languages (`12 AUG/AOUT 74`) the first counts."""
    return dates_in(_TWO_MONTHS.sub(r"\1 \2", text), day_first)


def sex_of(text: str) -> str:
    """Return F, M or X for the sex as printed; empty if it is none."""
    return _SEXES.get(compact(text), "")


def states_of(text: str) -> frozenset[str]:
    """Return the codes that a printed state or nationality may mean; empty if it is unknown."""
    plain = compact(text)
    found = _named().get(plain, frozenset())
    return found | {plain} if plain in states() else found


def names_state(text: str, code: str) -> bool:
    """Return whether a text names a state, as a word of its own."""
    words = " ".join(re.findall(r"\w+", _upper(text)))
    return any(
        len(name) >= 4 and f" {name} " in f" {words} "
        for name in (" ".join(re.findall(r"\w+", one)) for one in states().get(code, ()))
    )


def with_doubles(value: str, printed: str) -> str:
    """Return a name with the doubled letters that it lost to the engine, as print has them.

    Empty if anything else differs, or if print has no more of them.
    """
    short = compact(value)
    for full in spellings(printed):
        if len(full) > len(short) and without_doubles(full) == without_doubles(short):
            parts, at = [], 0
            for word in value.split():
                size = _same_run(word, full[at:])
                parts.append(full[at : at + size])
                at += size
            return " ".join(parts) if at == len(full) else ""
    return ""


def _same_run(word: str, text: str) -> int:
    """Return how many letters of a text are a word, doubled letters apart."""
    want = without_doubles(word)
    sizes = [n for n in range(len(word), len(text) + 1) if without_doubles(text[:n]) == want]
    return max(sizes, default=0)


def apart_by(first: str, second: str) -> int:
    """Return how many letters must be changed, put in or left out to turn one into the other."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def _same_names(value: str, printed: str, cut: bool) -> bool | None:
    if same_name(value, printed, cut):
        # Where words begin must be the same as well: a lost filler joins two names, a lost space
        # of print does so too, and which of them was lost cannot be told.
        parted = [compact(word) for word in re.split(r"[\s,\-]+", printed) if compact(word)]
        mine = value.split()
        return True if len(mine) == len(parted) or (cut and len(mine) < len(parted)) else None
    short, long = sorted((compact(value), compact(printed)), key=len)
    # A second line of print, a married name behind the name: neither proof nor contradiction.
    if short and long.startswith(short):
        return None
    return False


def _upper(text: str) -> str:
    return unaccented(text.upper())


@cache
def _named() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code, names in states().items():
        for name in names:
            found.setdefault(compact(name), set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items()}
