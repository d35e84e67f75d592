"""Names of seller and buyer, put together from lines of print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from socle.ranking.addresses import country_in, has_form, has_street, town_in
from socle.ranking.labels import key
from socle.ranking.party_lines import (
    ROLES,
    SALUTATION,
    Piece,
    Spot,
    clean,
    gap,
    hosted,
    hosts_of,
    is_label,
)
from socle.ranking.ranker import logit
from socle.ranking.scoring import CLASSES, Scored

_FLOOR = 0.2
"""A name is chosen from this likelihood on: nearly all documents have one."""
_MORE = 0.5
"""Further lines of a name are taken from this likelihood on."""
_REGISTERED = re.compile(r"(?i)\s*[(\[][^()\[\]]*\d{4,}[^()\[\]]*[)\]]?\s*$")
"""A number of registration in brackets behind a name, which is none of it."""
_CALLED = re.compile(
    r"(?i)[\s,–-]+(?:co[-. ]?reg|company (?:no|nr|reg|number|site)|"
    r"reg(?:istration|d)?\.? ?(?:no|nr)|siret|siren|r\.?c\.?s\.?|hrb|gst|vat|tva|ust)\b"
    r"[^a-z]*(?:\w+[ .:-]+){0,2}\d[\d ]{3,}.*$"
)
"""The same behind a word for it."""
_WEAK = 0.15
_DOUBTFUL = 0.3
"""Below this likelihood what heads the block of an address is the better name."""
_HINTED = 0.3
"""A street is taken for a party's from this likelihood on, where the party has no name."""
_SUREST_HEADING = 0.6
"""What heads a block is the name no more surely than this, however sure its address is."""
_MOST_WORDS = 7
"""Words of a name, at most."""
_MOST_ABOVE = 3
"""Lines between a street and the head of its block, at most."""
_SALUTED = 2.0
"""What a salutation on the line above adds to the log of the odds that a line names the buyer."""
_BLANK = 0.8
"""Blocks stand apart by so many heights of print or more."""
_FIRST = 0.2
"""The first line of a document belongs to the name below from this likelihood on."""
_RIVALS = 5
_LEAST = 1e-6
_OTHER = {"supplier": "receiver", "receiver": "supplier"}


@dataclass(frozen=True)
class _Offer:
    """A line that may be a party's name.

    Attributes:
        share: how likely it is.
        beside: how likely, where the other party's name is known to be another line.
        whole: whether the lines around it are surely none of the name.
    """

    share: float
    beside: float
    line: Piece
    whole: bool = False


def names_of(found: Scored) -> dict[str, Spot]:
    """Return the names of seller and buyer, as far as they stand there; the two differ.

    Who has no likely name, a private person say, has what heads the block of the address.
    """
    likely = {role: _shares(found, role) for role in ROLES}
    offered = {role: _offered(found, likely[role], likely[_OTHER[role]]) for role in ROLES}
    best: tuple[float, dict[str, _Offer]] = (-1.0, {})
    for picked in product(*[[None, *offered[role]] for role in ROLES]):
        made = {role: one for role, one in zip(ROLES, picked, strict=True) if one is not None}
        keys = [key(one.line.text) for one in made.values()]
        if len(set(keys)) < len(keys):
            continue
        shares = [one.share if len(made) == 1 else one.beside for one in made.values()]
        score = sum(min(4.0, logit(share)) - logit(_FLOOR) for share in shares)
        if score > best[0]:
            best = score, made
    chosen = best[1]
    if "receiver" in chosen:
        chosen["receiver"] = _company_of(found, chosen["receiver"], chosen.get("supplier"))
    names = {role: _named(found, likely[role], one) for role, one in chosen.items()}
    for role in ROLES:
        share = chosen[role].beside if role in names else 0.0
        taken = {key(name.text) for other, name in names.items() if other != role}
        heading = _heading(found, role, taken) if share < _DOUBTFUL else None
        if heading is not None:
            names[role] = heading
    return names


def _company_of(found: Scored, offer: _Offer, supplier: _Offer | None) -> _Offer:
    """Return the company above a person to whom it is addressed, if it is surely one.

    It is where it has a legal form, or is named again elsewhere or in a mailbox.
    """
    above = offer.line.up
    if above is None or not _may_head(above) or has_form(offer.line.text):
        return offer
    if above.label or not _alike(above, offer.line):
        return offer
    said = key(above.text)
    again = sum(key(line.text) == said for line in found.lines) > 1
    again = again or hosted(above.text, hosts_of(found.lines)) == 1.0
    taken = supplier is not None and key(supplier.line.text) == said
    if taken or not (again or has_form(above.text)) or SALUTATION.fullmatch(above.text):
        return offer
    return _Offer(offer.share, offer.beside, above, True)


def _offered(found: Scored, own: NDArray[np.float32], other: NDArray[np.float32]) -> list[_Offer]:
    """Return the likeliest lines for the name of a party, by its shares and those of the other."""
    alone = _worth(found.lines, own)
    beside = _worth(found.lines, own / np.maximum(np.maximum(1 - other, own), _LEAST))
    order = np.argsort(-beside)[:_RIVALS]
    offers = [_Offer(float(alone[i]), float(beside[i]), found.lines[int(i)]) for i in order]
    return [one for one in offers if one.beside > _FLOOR]


def _shares(found: Scored, role: str) -> NDArray[np.float32]:
    """Return how likely each line names a party; who is greeted is the buyer."""
    shares = found.line_shares[:, CLASSES["lines"].index(f"{role}_name")].copy()
    by = _SALUTED if role == "receiver" else -_SALUTED
    for line in found.lines:
        said = line.up
        if said is None or not SALUTATION.fullmatch(said.text) or not _may_head(line):
            continue
        # Within a block a company may stand above, and it is the buyer.
        if gap(said, said.up) > _BLANK:
            shares[line.order] = 1 / (1 + np.exp(-logit(float(shares[line.order])) - by))
    return shares


def _heading(found: Scored, role: str, taken: set[str]) -> Spot | None:
    """Return what heads the block in which the likeliest address of a party stands.

    Args:
        found: the scores of a document.
        role: of the party.
        taken: letters of the names of others.
    """
    shares = found.line_shares[:, CLASSES["lines"].index(f"{role}_address")]
    likely = [
        line for line in found.lines if shares[line.order] > _HINTED and has_street(line.text)
    ]
    for street in sorted(likely, key=lambda line: -float(shares[line.order])):
        above: list[Piece] = []
        for line in street.chain("up", _MOST_ABOVE):
            said = key(line.text)
            if any(said in name or name in said for name in taken):
                break
            if line.cell is street.cell or not _may_head(line):
                break
            above.append(line)
        if above:
            lines = above[-1:]
            if SALUTATION.fullmatch(lines[0].text) and len(above) > 1:
                lines = above[:-3:-1]
            said = " ".join(clean(line.text) for line in lines)
            sure = min(_SUREST_HEADING, float(shares[street.order]))
            return Spot(said, said, tuple(lines), logit(sure))
    return None


def _may_head(line: Piece) -> bool:
    """Return whether a line may be a name: letters alone, and no part of an address or a label."""
    if any(char.isdigit() or char in "():" for char in line.text) or is_label(line):
        return False
    if len(line.text.split()) > _MOST_WORDS:
        return False
    return not (has_street(line.text) or town_in(line.text) or country_in(line.text))


def _named(found: Scored, shares: NDArray[np.float32], offer: _Offer) -> Spot:
    """Return a name with the lines that it goes on in, and a salutation above it."""
    best = offer.line
    worth = _worth(found.lines, shares)
    lines = [best]
    for step in ("up", "down"):
        at = getattr(best, step)
        while at is not None and not offer.whole and _goes_on(best, at, shares):
            lines = [at, *lines] if step == "up" else [*lines, at]
            at = getattr(at, step)
    above = lines[0].up
    if above is not None and SALUTATION.fullmatch(above.text):
        lines = [above, *lines]
    text = " ".join(clean(line.text) for line in lines)
    text = _CALLED.sub("", _REGISTERED.sub("", text)).strip() or text
    said = key(text)
    rivals = [
        float(w)
        for line, w in zip(found.lines, worth, strict=True)
        if line not in lines and key(line.text) not in said and said not in key(line.text)
    ]
    score = logit(offer.beside) - 0.5 * max(0.0, logit(max(rivals, default=0.0)) + 3.0)
    return Spot(text, "\n".join(line.text for line in lines), tuple(lines), score)


def _worth(lines: Sequence[Piece], shares: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how likely each line is meant, lines of the same words together."""
    none: dict[str, float] = {}
    for line, share in zip(lines, shares, strict=True):
        said = key(line.text)
        none[said] = none.get(said, 1.0) * (1 - float(share))
    worth = []
    for line, share in zip(lines, shares, strict=True):
        together = 0.98 * (1 - none[key(line.text)]) if share > _WEAK else 0.0
        worth.append(0.0 if is_label(line) else max(float(share), together))
    return np.array(worth)


def _alike(one: Piece, other: Piece) -> bool:
    """Return whether lines are printed about as large as each other."""
    return abs(one.cell.size - other.cell.size) <= 0.15 * one.cell.size


def _goes_on(best: Piece, other: Piece, shares: NDArray[np.float32]) -> bool:
    head = other.order == 0 and other.down is best and _may_head(other)
    # Tills centre a name of trade above that of the company; letters begin both on one edge.
    first = head and abs(other.box[0] - best.box[0]) < 0.3 * best.cell.size
    if shares[other.order] < (_FIRST if first else _MORE) or other.cell is best.cell:
        return False
    if not _alike(best, other):
        return False
    return key(other.text) not in key(best.text) and key(best.text) not in key(other.text)
