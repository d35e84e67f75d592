"""What speaks for a field of a machine-readable zone, and what cannot be told by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from socle.checks.mrz import Format, Zone, failing, number_of

Proof = Literal["agreed", "digit_sure", "digit", "sure", "bare", "disputed"]
SURE = 0.99
"""A character that an engine is surer of than this leaves no doubt; see benchmarks/identity.py."""
_BLIND: Mapping[str, str] = {
    "G": "6", "6": "G", "L": "1", "1": "L", "S": "8", "8": "S", "K": "<", "<": "K",
}  # fmt: skip
"""Characters that look alike and have equal weight modulo 10: check digits do not part them."""
_SPREAD: Mapping[str, tuple[str, ...]] = {
    "surname": ("surname", "names"),
    "given_names": ("given_names", "names"),
    "optional_data": ("optional_data", "optional_data_2"),
    "issue_date": ("document_number",),
}


def places(layout: Format, name: str) -> list[tuple[int, int]]:
    """Return where the characters of a field stand, as (line, column)."""
    parts = _SPREAD.get(name, (name,))
    if name == "nationality" and name not in layout.parts:
        parts = ("issuing_state",)
    spans = [layout.parts[part] for part in parts if part in layout.parts]
    return [place for span in spans for place in span.places()]


def covered(layout: Format, name: str) -> bool:
    """Return whether a check digit is computed over all characters of a field."""
    mine = set(places(layout, name))
    return any(
        mine <= {place for span in digit.over for place in span.places()} for digit in layout.digits
    )


def blind(zone: Zone, name: str) -> str:
    """Return characters of a field that its check digit cannot tell from others, each once.

    Only where letters and digits may both stand; elsewhere the position decides.
    """
    alphabets = zone.format.alphabets
    text = "".join(
        zone.lines[line][column]
        for line, column in places(zone.format, name)
        if alphabets.get((line, column)) == "any"
    )
    if name == "document_number":
        text = number_of(zone)[0]
    return "".join(sorted({c for c in text.strip("<") if c in _BLIND}))


def proof(zone: Zone, name: str, doubt: float | None, agreed: bool | None) -> Proof:
    """Return what speaks for a field.

    Args:
        zone: as it was read.
        name: of the field.
        doubt: least probability among its characters; None if the engine does not tell.
        agreed: whether a second source says the same; None if there is none.
    """
    if agreed is not None:
        return "agreed" if agreed else "disputed"
    failed = {place for digit in failing(zone) for span in digit.over for place in span.places()}
    if failed & set(places(zone.format, name)):
        return "bare"
    sure = doubt is not None and doubt >= SURE and not _lone_k(zone, name)
    if covered(zone.format, name):
        return "digit_sure" if sure else "digit"
    return "sure" if sure else "bare"


def _lone_k(zone: Zone, name: str) -> bool:
    """Return whether optional data hold a K among fillers: more often one of them, misread."""
    parts = [zone.part(part) for part in _SPREAD["optional_data"]]
    return name == "optional_data" and any("K" in part.split("<") for part in parts)
