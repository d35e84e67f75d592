"""Addresses of seller and buyer, put together from lines of print, and their parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from socle.ranking.addresses import country_in, has_street, town_in
from socle.ranking.party_lines import Piece, Spot, clean, is_label
from socle.ranking.ranker import logit
from socle.ranking.scoring import CLASSES, Scored

_MORE = 0.5
"""Lines of an address are taken from this likelihood on."""
_WEAK = 0.15
_MOST_LINES = 7
_LONG_NUMBER = re.compile(r"\d[\dA-Z]{5,}|\d{5,}-[A-Z]\b")
_TO_TOWN = 3
"""Lines from the last sure one of an address to that of its town, at most."""


def address_of(found: Scored, role: str, name: Spot | None) -> Spot | None:
    """Return the address of a party, or None; of several the fullest, then that at the name."""
    shares = found.line_shares[:, CLASSES["lines"].index(f"{role}_address")]
    best: tuple[float, list[Piece]] | None = None
    seen: set[int] = set()
    for piece in found.lines:
        if shares[piece.order] < _MORE or piece.order in seen:
            continue
        run = _run(piece, shares)
        seen |= {line.order for line in run}
        worth = sum(float(shares[line.order]) - 0.3 for line in run[:_MOST_LINES])
        worth += 0.8 * any(town_in(line.text) for line in run)
        worth += 0.3 * any(has_street(line.text) for line in run)
        worth += 0.4 * bool(name and _touches(run, name.lines))
        if best is None or worth > best[0]:
            best = worth, run
    if best is None:
        # What stands below a name down to a town is its address, though no line alone looks so.
        below = [] if name is None else _to_town(name.lines, (), shares)
        if not below:
            return None
        best = 0.0, below
    lines = _without_person(_trimmed(_completed(best[1], name, shares)), name)
    score = float(np.mean([logit(float(shares[line.order])) for line in lines]))
    score += 1.0 if any(town_in(line.text) for line in lines) else -1.0
    return Spot(", ".join(_joined(lines)), "\n".join(_joined(lines)), tuple(lines), score)


def _run(piece: Piece, shares: NDArray[np.float32]) -> list[Piece]:
    """Return the lines of an address from its first one on; one weak line may stand within."""
    run = [piece]
    at = piece.down
    while at is not None and len(run) < _MOST_LINES:
        after = at.down
        if shares[at.order] < _MORE and not (
            shares[at.order] > _WEAK and after is not None and shares[after.order] >= _MORE
        ):
            break
        run.append(at)
        at = after
    return run


def _completed(run: list[Piece], name: Spot | None, shares: NDArray[np.float32]) -> list[Piece]:
    """Add weak lines between the name and the address and down to the town, and a country."""
    named = set() if name is None else {line.order for line in name.lines}
    between: list[Piece] = []
    for line in run[0].chain("up", 5):
        if line.order in named:
            break
        if not _may_be(line, shares):
            between = between if between and shares[between[-1].order] > _WEAK else []
            break
        between.append(line)
    else:
        between = []
    run = [*reversed(between), *run, *_to_town(run, named, shares)]
    for after in run[-1].chain("down", 2):
        if not country_in(after.text) or after.order in named:
            break
        run = [*run, after]
    return run


def _to_town(
    run: Sequence[Piece], named: Iterable[int], shares: NDArray[np.float32]
) -> list[Piece]:
    """Return the lines below an address up to that of its town, if it has none and one is near."""
    below: list[Piece] = []
    if any(town_in(line.text) for line in run):
        return below
    for line in run[-1].chain("down", _TO_TOWN):
        if line.order in named or not _may_be(line, shares):
            break
        below.append(line)
        if town_in(line.text):
            return below
    return []


def _numbered(line: Piece) -> bool:
    """Return whether a line gives a number of registration: longer than any of an address."""
    return bool(_LONG_NUMBER.search(line.text)) and not town_in(line.text)


def _may_be(line: Piece, shares: NDArray[np.float32]) -> bool:
    if line.content[9] > 0 or line.content[10] > 0 or is_label(line):
        return False
    if _numbered(line):
        return False
    digits = any(char.isdigit() for char in line.text)
    fits = has_street(line.text) or digits or line.text.endswith(",") or line.start > 0
    return bool(fits or shares[line.order] > _WEAK)


def _trimmed(run: list[Piece]) -> list[Piece]:
    """Take numbers of registration from the ends of an address."""
    kept = list(run)
    while len(kept) > 1 and _numbered(kept[0]):
        kept = kept[1:]
    while len(kept) > 1 and _numbered(kept[-1]):
        kept = kept[:-1]
    return kept


def _without_person(run: list[Piece], name: Spot | None) -> list[Piece]:
    """Take from an address whom it is for, who stands between the company and the street."""
    if name is None or len(run) < 2 or run[0].up not in name.lines:
        return run
    words = run[0].text.split()
    capital = all(word[:1].isupper() for word in words) and len(words) in (2, 3)
    letters = all(char.isalpha() or char in " .'’-" for char in run[0].text)
    placed = has_street(run[0].text) or town_in(run[0].text) or country_in(run[0].text)
    street = any(has_street(line.text) for line in run[1:])
    return run[1:] if capital and letters and street and not placed else run


def _touches(run: Sequence[Piece], lines: Sequence[Piece]) -> bool:
    near = {run[0].up, *(line.cell for line in lines)}
    return run[0].up in lines or run[0].cell in near


def _joined(lines: Sequence[Piece]) -> list[str]:
    """Return the texts of lines; parts of one cell stay together as they are printed."""
    found: list[str] = []
    start: tuple[Piece, int] | None = None
    for before, line in zip([None, *lines], lines, strict=False):
        if before is not None and before.cell is line.cell and start is not None:
            found[-1] = start[0].cell.text[start[1] : line.end]
            continue
        start = line, line.start
        found.append(line.text)
    return [clean(text) for text in found]


@dataclass(frozen=True)
class Parted:
    """An address by its parts."""

    postcode: str | None
    city: str | None
    country: str | None


def parted(spot: Spot) -> Parted:
    """Return postcode, town and country (ISO 3166-1) of an address, as far as it prints them."""
    towns = [town for line in reversed(spot.lines) if (town := town_in(line.text))]
    country = next((c for line in reversed(spot.lines) if (c := country_in(line.text))), None)
    if not towns:
        return Parted(None, None, country)
    return Parted(towns[0].postcode, towns[0].city or None, country)
