"""Which candidate is which field, where the fields are known: what rankings learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.ranking.candidates import Candidate
from socle.ranking.features import number
from socle.ranking.finding import rates
from socle.ranking.labels import compact, meaning
from socle.ranking.party_lines import Piece
from socle.ranking.scoring import CLASSES, Group, Scored

UNKNOWN = -1
"""The target of a candidate that may be a field or only equal to it: nothing is learned of it."""
_ALIKE = 0.84
_JOINED = 0.92
"""Two lines are a name together if they are this much like it; signs are misread."""
_KEPT = 0.35
"""Of several candidates that hold a field's value, those are meant that score this share of the
best one's score."""


def targets(found: Scored, truth: Mapping[str, Any]) -> dict[str, NDArray[np.int64]]:
    """Return the class of each candidate and each line of a document, by network.

    Where several places print a field's value, those that the present scores and the labels
    around them favour are meant; so training goes by rounds.

    Args:
        found: scores of the present round; even ones in the first.
        truth: canonical names to values; `vat` is a list of rows.
    """
    made = {"lines": _line_targets(found, truth)}
    for family, group in found.groups.items():
        made[family] = _targets(found, family, group, truth)
    return made


def _targets(
    found: Scored, family: str, group: Group, truth: Mapping[str, Any]
) -> NDArray[np.int64]:
    count = len(group.members)
    fits = np.zeros((count, len(group.classes)), dtype=bool)
    for place, name in enumerate(group.classes[1:], 1):
        for value in _values(name, truth):
            for i, one in enumerate(group.members):
                fits[i, place] |= _same(family, one, value)
    worth = np.array(group.shares, dtype=np.float64) * fits
    if np.allclose(group.shares, 1 / len(group.classes)):
        worth = _by_labels(found, group) * fits
    chosen = np.where(fits.any(axis=1), worth.argmax(axis=1), 0)
    for place in range(1, len(group.classes)):
        mine = np.flatnonzero(chosen == place)
        if len(mine):
            weak = mine[worth[mine, place] < _KEPT * worth[:, place].max()]
            chosen[weak] = UNKNOWN
    return chosen.astype(np.int64)


def _values(name: str, truth: Mapping[str, Any]) -> list[Any]:
    if name in ("vat_base", "vat_amount"):
        column = name.removeprefix("vat_")
        return [row[column] for row in truth.get("vat") or () if row.get(column) is not None]
    return [truth[name]] if truth.get(name) is not None else []


def _same(family: str, one: Candidate, value: Any) -> bool:
    if family == "money":
        return abs(abs(number(one)) - abs(float(value))) < 0.005
    if family == "date":
        return bool(one.hit.value == value)
    said, true = compact(str(one.hit.value)), compact(str(value))
    if said == true:
        return True
    return len(true) > 4 and _like(said, true) >= _ALIKE and len(said) == len(true)


def _by_labels(found: Scored, group: Group) -> NDArray[np.float64]:
    """Return how well the labels around each candidate fit each class."""
    out = np.full((len(group.members), len(group.classes)), 0.02)
    for i, one in enumerate(group.members):
        row = found.sheet.rows[one.cell.page][one.cell.row]
        rated = any(rates(cell.text) for cell in row)
        near = ((one.same, 1.0), (one.left.text, 0.8), (one.above.text, 0.6), (one.over.text, 0.3))
        for place, name in enumerate(group.classes):
            label = name if name in _LABELS else name.split("_", 1)[-1]
            worth = [weight * meaning(text).get(label, 0.0) for text, weight in near]
            if name in ("vat_base", "vat_amount"):
                worth.append(0.5 if rated else 0.0)
            out[i, place] += max(worth)
    return out


_LABELS = frozenset(name for names in CLASSES.values() for name in names)


def _line_targets(found: Scored, truth: Mapping[str, Any]) -> NDArray[np.int64]:
    classes = CLASSES["lines"]
    made = np.zeros(len(found.lines), dtype=np.int64)
    known = {name: compact(str(truth[name])) for name in classes[1:] if truth.get(name)}
    for i, piece in enumerate(found.lines):
        said = compact(piece.text)
        if len(said) < 2:
            continue
        worth = {name: _part_of(said, true, name.endswith("name")) for name, true in known.items()}
        for name in ("supplier_name", "receiver_name"):
            if worth.get(name) is not None and worth[name] < _ALIKE:
                worth[name] = max(worth[name], _whole_with_next(piece, known[name]))
        best = max(worth.values(), default=0.0)
        if best >= _ALIKE:
            named = [name for name in worth if worth[name] >= best - 0.02]
            made[i] = classes.index(_by_block(named, piece, known) or "none")
    _alone(found.lines, made, classes)
    return made


def _whole_with_next(piece: Piece, true: str) -> float:
    """Return how alike a name is to the line together with the one above or below it."""
    pairs = [(piece.up, piece), (piece, piece.down)]
    joined = [
        compact(a.text) + compact(b.text) for a, b in pairs if a is not None and b is not None
    ]
    alike = max((_like(text, true) for text in joined), default=0.0)
    return alike if alike >= _JOINED else 0.0


def _by_block(named: Sequence[str], piece: Piece, known: Mapping[str, str]) -> str | None:
    """Return which of several names is meant, by what else stands in the block."""
    if len(named) == 1:
        return named[0]
    block = [*piece.chain("up", 6), *piece.chain("down", 6)]
    texts = [compact(one.text) for one in block]

    def worth(name: str) -> float:
        role = name.split("_")[0]
        mine = [true for other, true in known.items() if other.startswith(role)]
        return sum(len(text) > 3 and any(text in true for true in mine) for text in texts)

    return max(named, key=worth)


def _alone(lines: Sequence[Piece], made: NDArray[np.int64], classes: Sequence[str]) -> None:
    """Leave open what is but a town or a country that an address names too."""
    for i, piece in enumerate(lines):
        if not made[i] or not classes[made[i]].endswith("address"):
            continue
        role = classes[made[i]].split("_")[0]
        near = {one.order for one in (*piece.chain("up", 4), *piece.chain("down", 4))}
        mine = [j for j in near if made[j] > 0 and classes[made[j]].startswith(role)]
        digits = any(char.isdigit() for char in piece.text)
        if not mine and not (digits and len(piece.text) > 12):
            made[i] = UNKNOWN


def _part_of(said: str, true: str, whole: bool) -> float:
    """Return how much of a line is in the truth; a name has to be all of it, nearly."""
    if whole and not 0.45 * len(true) <= len(said) <= 1.6 * len(true):
        return 0.0
    if said in true:
        return 1.0 if not whole or len(said) > 0.6 * len(true) else 0.9
    if whole and true in said:
        return 0.95
    if len(said) < 5:
        return 0.0
    match = SequenceMatcher(None, said, true, autojunk=False)
    return sum(block.size for block in match.get_matching_blocks() if block.size > 1) / len(said)


def _like(one: str, two: str) -> float:
    return SequenceMatcher(None, one, two, autojunk=False).ratio()
