"""What the official checker makes of names and values: "error" (not conform), "alert" or "".

It is looser than the order in some places and stricter in others, so what it says of a file cannot
follow from our rules alone. This is re-written from its notice, its sources and its answers, which
`benchmarks/fec_official.py` compares with ours; nothing of its code (CeCILL) is here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

LOOKED_AT = 4096
"""Bytes at the beginning of a file from which its line end is taken."""
_NAME = re.compile(r".+FEC20\d\d[01]\d[0-3]\d", re.ASCII | re.DOTALL)
_ACCENTS = str.maketrans("éè", "ee")
_TIME = r"(?:[T ]\d\d?:\d\d?:\d\d?)?\Z"
_DAYS = (
    re.compile(r"(?P<y>\d{4})[-/.]*(?P<m>[01]\d)[-/.]*(?P<d>[0-3]\d)" + _TIME, re.ASCII),
    re.compile(r"(?P<d>[0-3]\d)[-/.]*(?P<m>[01]\d)[-/.]*(?P<y>\d{4})" + _TIME, re.ASCII),
)
_SIGNED = re.compile(r"[+-]*[\d,]+ *[+-]*\Z", re.ASCII)
_POWER = re.compile(r"[+-]*[\d,]+[Ee][\d+-]+\Z", re.ASCII)
_REMEMBERED = 1 << 16


def file_name(name: str) -> str:
    """Return what it makes of a file name: anything, then FEC and a day that may be one."""
    return "" if _NAME.match(name.upper()) else "error"


def line_end(head: bytes) -> str:
    """Return the line end that it takes for all, by the first `LOOKED_AT` bytes; "" for none."""
    return next((end.decode() for end in (b"\r\n", b"\r", b"\n") if end in head), "")


def columns(names: Iterable[str]) -> set[str]:
    """Return the names of columns as it reads them, in capitals.

    A space before a name is left out, but not before the first; capitals keep their accents.
    """
    read = [name.translate(_ACCENTS).upper().rstrip(" ") for name in names]
    return {name.lstrip(" ") if i else name for i, name in enumerate(read)}


@lru_cache(_REMEMBERED)
def day(text: str, filled: bool) -> str:
    """Return what it makes of a date; zeros are none, which is an error if it must be `filled`."""
    if not text.strip("0-/."):
        return "error" if filled else ""
    found = [match for match in (form.match(text) for form in _DAYS) if match]
    for match in found:
        if match["y"][:2] in ("19", "20"):
            return "error" if int(match["m"]) > 12 or int(match["d"]) > 31 else ""
    return "alert" if found else "error"


@lru_cache(_REMEMBERED)
def amount(text: str) -> str:
    """Return what it makes of an amount: a point, or two of comma and space, are an error."""
    if "." in text or text.count(",") + text.count(" ") > 1:
        return "error"
    signed = _SIGNED.match(text) and text.count("-") < 2
    return "" if signed or _POWER.match(text) or not text else "error"


def side(text: str) -> str:
    """Return what it makes of a Sens that is sound but for spaces around it."""
    return "error" if text != text.strip(" ") and text.strip(" ")[-1:].isalpha() else ""
