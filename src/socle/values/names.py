"""Names in print and in the machine-readable zone: whether one can be the other.

Source of the transliterations: ICAO Doc 9303 part 3, section 6.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from socle.values.folding import unaccented

_WRITTEN: dict[str, tuple[str, ...]] = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Æ": ("AE",),
    "Ö": ("OE", "O"),
    "Ø": ("OE", "O"),
    "Œ": ("OE",),
    "Ü": ("UE", "UXX", "U"),
    "ß": ("SS",),
    "ẞ": ("SS",),
    "Ñ": ("N", "NXX"),
    "Þ": ("TH",),
    "Ð": ("D",),
    "Ĳ": ("IJ",),
    "Ł": ("L",),
    "Đ": ("D",),
    "İ": ("I",),
    "ı": ("I",),
}
_MOST = 64
"""Spellings that are tried of one name."""


def compact(text: str) -> str:
    """Return letters and digits only, in capitals without accents."""
    return "".join(c for c in _plain(text) if c.isalnum())


def spellings(text: str) -> set[str]:
    """Return the ways a printed name may be written in a zone, letters only."""
    found = [""]
    for character in unicodedata.normalize("NFC", text.upper()):
        ways = _WRITTEN.get(character) or (compact(character),)
        found = [start + way for start in found for way in ways][:_MOST]
    return set(found)


def same_name(zone: str, printed: str, cut: bool) -> bool:
    """Return whether a name of a zone and a printed one are the same.

    Args:
        zone: as the zone has it, spaces for fillers.
        printed: as printed.
        cut: whether the zone had no room left, so that the name may be cut short in it.
    """
    short = compact(zone)
    if not short:
        return False
    printed = re.sub(r"\(.*?\)", "", printed)
    return any(
        full == short or (cut and len(short) >= 3 and full.startswith(short))
        for full in spellings(printed)
    )


def without_doubles(text: str) -> str:
    """Return letters with each run of one letter brought to a single one.

    Engines that align characters with time steps lose one of two equal neighbours.
    """
    return "".join(letter for letter, _ in groupby(text))


def _plain(text: str) -> str:
    return unaccented(text.upper().replace("Œ", "OE").replace("Æ", "AE"))
